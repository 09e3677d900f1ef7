"""The chained log of privacy: what was done, by number, and whether it was altered."""

import json

import pytest
from sqlcipher3 import dbapi2 as sqlcipher

from desktop.domain.errors import VaultDamaged
from desktop.domain.privacy.kinds import Channel, Evidence, RequestKind
from desktop.domain.privacy.requests import NewRequest, Person
from desktop.services.storage import privacy_audit
from tests.fakes import NOON


@pytest.fixture
def db(device):
    with device.services.vault.transaction() as connection:
        yield connection


@pytest.fixture
def three(db):
    for number in range(3):
        privacy_audit.append(db, NOON, "test", f"PR-{number:04}", {"count": number})
    return db


def alter(db, statement):
    """Change what the file itself would refuse to change."""
    for trigger in ("privacy_audit_stays", "privacy_audit_grows"):
        db.execute(f"DROP TRIGGER IF EXISTS {trigger}")
    db.execute(statement)


def test_whole_chain_is_followed_to_its_last_entry(three):
    number, head = privacy_audit.check(three)
    assert number == 3
    (stored,) = three.execute("SELECT hash FROM privacy_audit WHERE sequence = 3").fetchone()
    assert head == stored
    assert [entry.subject for entry in privacy_audit.newest(three, 2)] == ["PR-0002", "PR-0001"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE privacy_audit SET facts = '{\"count\":9}' WHERE sequence = 2",
        "UPDATE privacy_audit SET at_us = at_us + 1 WHERE sequence = 3",
        "UPDATE privacy_audit SET actor = 'program' WHERE sequence = 1",
        "DELETE FROM privacy_audit WHERE sequence = 2",
        "DELETE FROM privacy_audit WHERE sequence = 1",
    ],
)
def test_altered_entry_shows(three, statement):
    alter(three, statement)
    with pytest.raises(VaultDamaged, match="altered"):
        privacy_audit.check(three)


@pytest.mark.parametrize(
    "statement", ["UPDATE privacy_audit SET actor = 'x'", "DELETE FROM privacy_audit"]
)
def test_the_file_itself_refuses_changes(three, statement):
    with pytest.raises(sqlcipher.IntegrityError, match="never"):
        three.execute(statement)


def test_every_step_of_a_request_is_logged_without_a_name(device):
    service = device.services.privacy_requests
    person = Person("Jane Doe", "jane@example.org", ("user-7",))
    asked = NewRequest(RequestKind.ACCESS, Channel.EMAIL, NOON, "UTC", person, "My data, please.")
    request_id = service.log_request(asked).line.request_id
    service.log_request(asked)
    service.acknowledge(request_id)
    service.confirm_identity(request_id, (Evidence.CODE,))
    service.add_note(request_id, "Jane called.")
    service.answer(request_id)
    with device.services.vault.reading() as db:
        entries = privacy_audit.newest(db, 9)[::-1]
        assert privacy_audit.check(db)[0] == len(entries)
    actions = [entry.action for entry in entries]
    assert actions == ["received", "repeated", "acknowledge", "confirm_identity", "answer"]
    assert {entry.subject for entry in entries} == {"PR-0001"}
    assert json.loads(entries[0].facts) == {"channel": "email", "kind": "access"}
    assert "jane" not in str(entries).casefold()
    assert "user-7" not in str(entries)
