"""Self-audit, four eyes, codes to the address on file, and numbers that equal a recount."""

import json
import re
from datetime import timedelta
from importlib import metadata

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from desktop.domain.attention import Urgency
from desktop.domain.errors import InvalidInput
from desktop.domain.privacy.approvals import Guarded
from desktop.domain.privacy.breaches import Breach
from desktop.domain.privacy.categories import Category
from desktop.domain.privacy.kinds import Channel, Evidence, Refusal, RequestKind
from desktop.domain.privacy.requests import NewRequest, Person
from desktop.domain.privacy.self_audit import Verdict
from desktop.domain.usage import Application
from desktop.services.attention import Scene
from desktop.services.privacy import advisories, installed
from desktop.services.privacy.finding import FoundBy, Match
from desktop.services.privacy.installed import altered_files, is_older, runtime_distributions
from desktop.services.privacy.self_audit import canonical
from desktop.services.storage import privacy_audit, rekeying
from desktop.services.storage.backup import Reason
from tests.fakes import APPLICATION, NOON, PASSPHRASE, no_report
from tests.unit.privacy.test_policy import know

JANE = "jane@example.org"
SECOND = "a second person's words"


@pytest.fixture
def privacy(device):
    return device.services.privacy


def log(device, kind=RequestKind.ACCESS, name="Jane Doe", email=JANE):
    asked = NewRequest(kind, Channel.EMAIL, device.clock(), "UTC", Person(name, email), "Please.")
    return device.services.privacy_requests.log_request(asked).line.request_id


# Self-audit


class FakeFile:
    """A file of an installation with its recorded checksum."""

    size = 4

    def __init__(self, content, recorded):
        self._content, self.hash = content, metadata.FileHash(f"sha256={recorded}")

    def read_binary(self):
        if self._content is None:
            raise FileNotFoundError
        return self._content

    def __str__(self):
        return "lib/module.py"


class FakeDistribution:
    def __init__(self, name, version, *files):
        self.name, self.version, self.files = name, version, files


GOOD_HASH = "n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg"  # of b"test"


@pytest.fixture
def audit(privacy):
    """The self-audit of a program with one library, so that no file of ours is read."""
    service = privacy.self_audit
    service._distributions = lambda: [FakeDistribution("jinja2", "3.1.6")]
    return service


def verdicts(standing):
    return {one.check: one.verdict for one in standing.last.report.findings}


def test_report_is_signed_and_a_change_shows(audit, tmp_path):
    with pytest.raises(InvalidInput, match="no report"):
        audit.write(str(tmp_path / "report.json"))
    signed = audit.run().last
    audit.write(str(tmp_path / "report.json"))
    written = json.loads((tmp_path / "report.json").read_text())
    assert written["signature"] == signed.signature
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signed.signer))
    key.verify(bytes.fromhex(signed.signature), canonical(signed.report))
    with pytest.raises(InvalidSignature):
        key.verify(bytes.fromhex(signed.signature), canonical(signed.report) + b" ")


def test_audit_says_what_it_looked_at_and_what_not(audit, device):
    found = {one.check: one.said for one in audit.run().last.report.findings}
    assert str(advisories.shipped().as_of) in found["known defects"]
    assert "Nothing was asked of the network" in found["known defects"]
    assert "encrypted (AES-256)" in found["encryption"]
    assert found["last backup"] == "Never, as far as this vault knows."
    assert verdicts(audit.standing())["file modes"] is Verdict.GOOD


def test_audit_knows_the_backups_beside_the_vault(audit):
    made = rekeying.back_up(audit._vault, Reason.MANUAL, no_report)
    found = {one.check: one for one in audit.run().last.report.findings}
    assert found["last backup"].said == f"{made.made_at:%Y-%m-%d %H:%M} UTC."
    assert found["last backup"].verdict is Verdict.GOOD


def test_library_with_a_known_defect_is_named(audit):
    audit._distributions = lambda: [FakeDistribution("jinja2", "3.1.5")]
    finding = audit.run().last.report.findings[0]
    assert finding.verdict is Verdict.BAD
    assert "jinja2 3.1.5 (CVE-2025-27516, mended in 3.1.6)" in finding.said


@pytest.mark.parametrize(
    ("content", "recorded", "altered"),
    [(b"test", GOOD_HASH, []), (b"tost", GOOD_HASH, ["lib/module.py"]),
     (None, GOOD_HASH, ["lib/module.py"])],
)  # fmt: skip
def test_altered_file_of_a_library_shows(content, recorded, altered):
    file = FakeFile(content, recorded)
    assert list(altered_files(FakeDistribution("x", "1", file))) == altered
    file.size = installed.LARGEST + 1
    assert list(altered_files(FakeDistribution("x", "1", file))) == []


def test_libraries_of_the_program_are_found():
    names = {one.name.casefold() for one in runtime_distributions()}
    assert {"cryptography", "jinja2"} <= names
    assert is_older("3.1.5", "3.1.6")
    assert not is_older("3.1.10", "3.1.6")
    assert not is_older("3.1.6", "3.1.6")


def test_late_request_loose_file_and_old_list_are_findings(audit, device):
    log(device)
    device.clock.forward(days=45)
    database = device.services.vault.files.database
    database.chmod(0o644)
    found = verdicts(audit.run())
    database.chmod(0o600)
    assert found["privacy requests"] is Verdict.BAD
    assert found["file modes"] is Verdict.BAD
    assert found["known defects"] is Verdict.LOOK


def test_report_that_was_never_made_or_is_too_old_is_due(audit, device):
    assert audit.standing().is_due
    audit.run()
    device.clock.forward(days=90)
    assert not audit.standing().is_due
    device.clock.forward(seconds=1)
    assert audit.standing().is_due


# Four eyes


@pytest.fixture
def guarded(privacy):
    approvals = privacy.approvals
    approvals.choose_second("", SECOND)
    approvals.guard(SECOND, export=True, erasure=False)
    return approvals


def build(device, request_id, path):
    match = Match(APPLICATION, "cus_1", "Jane", FoundBy.NAME)
    return device.services.privacy_packages.build(no_report, request_id, (match,), str(path))


def test_export_waits_for_the_second_person(guarded, device, tmp_path):
    request_id = log(device)
    path = tmp_path / "out.zip"
    with pytest.raises(InvalidInput, match="second person") as caught:
        build(device, request_id, path)
    assert caught.value.field == "approval"
    assert not path.exists()
    guarded.approve(Guarded.EXPORT, request_id, "The data protection officer", SECOND)
    with device.services.vault.reading() as db:
        guarded.require(db, Guarded.EXPORT, request_id)
        guarded.require(db, Guarded.ERASURE, request_id)
        with pytest.raises(InvalidInput):
            guarded.require(db, Guarded.EXPORT, "another request")
        (entry,) = privacy_audit.of_action(db, "approved")
        (logged,) = privacy_audit.of_action(db, "received")
    assert entry.actor != logged.actor, "approver and requester are told apart"
    device.clock.forward(days=1, seconds=1)
    with pytest.raises(InvalidInput, match="second person"):
        build(device, request_id, path)


def test_second_passphrase_is_another_than_the_vaults(privacy):
    with pytest.raises(InvalidInput, match="opens the vault") as caught:
        privacy.approvals.choose_second("", PASSPHRASE)
    assert caught.value.field == "new"
    with pytest.raises(InvalidInput, match="8 characters"):
        privacy.approvals.choose_second("", "short")
    assert not privacy.approvals.settings().has_passphrase


def test_owner_alone_cannot_switch_four_eyes_off(guarded, device):
    with pytest.raises(InvalidInput) as caught:
        guarded.guard("not it at all", export=False, erasure=False)
    assert caught.value.field == "passphrase"
    with pytest.raises(InvalidInput):
        guarded.choose_second("not it at all", "another passphrase")
    with pytest.raises(InvalidInput):
        guarded.approve(Guarded.EXPORT, log(device), "me", "not it at all")
    assert guarded.settings().guards(Guarded.EXPORT)
    assert SECOND not in str(device.query("SELECT * FROM privacy_records"))


def test_without_a_second_passphrase_nothing_waits(privacy, device):
    request_id = log(device)
    with device.services.vault.reading() as db:
        privacy.approvals.require(db, Guarded.EXPORT, request_id)
    with pytest.raises(InvalidInput, match="no second passphrase"):
        privacy.approvals.guard("whatever", export=True, erasure=True)


# Codes to the address on file


@pytest.fixture
def asked(device, hosted):
    know(device, hosted, JANE)
    return log(device)


def code_in(device):
    ((text,),) = device.query("SELECT text_part FROM mail_outbox ORDER BY position DESC LIMIT 1")
    return re.search(r"\b\d{8}\b", text)[0]


def test_code_that_comes_back_confirms_the_identity_and_is_gone(device, asked):
    codes = device.services.privacy.codes
    assert codes.send(asked, JANE.upper()) == JANE.upper()
    code = code_in(device)
    stored = str(device.query("SELECT * FROM privacy_records"))
    assert code not in stored
    with pytest.raises(InvalidInput, match="not the code"):
        codes.check(asked, "0" * 8 if code != "0" * 8 else "1" * 8)
    detail = codes.check(asked, f" {code} ")
    assert detail.progress.identity_confirmed
    assert detail.timeline[-1].detail == Evidence.CODE
    assert device.query("SELECT * FROM privacy_records WHERE kind = 'identity_code'") == []


def test_code_goes_to_no_address_that_only_the_request_names(device, asked):
    with pytest.raises(InvalidInput, match="no account") as caught:
        device.services.privacy.codes.send(asked, "thief@example.com")
    assert caught.value.field == "address"
    assert device.query("SELECT * FROM mail_outbox") == []


def test_code_ends_after_a_day_or_five_tries(device, asked):
    codes = device.services.privacy.codes
    codes.send(asked, JANE)
    code = code_in(device)
    device.clock.forward(days=1, seconds=1)
    with pytest.raises(InvalidInput, match="has ended"):
        codes.check(asked, code)
    codes.send(asked, JANE)
    for _ in range(4):
        with pytest.raises(InvalidInput, match="not the code"):
            codes.check(asked, "none")
    with pytest.raises(InvalidInput, match="tried too often"):
        codes.check(asked, "none")
    with pytest.raises(InvalidInput, match="has ended"):
        codes.check(asked, code_in(device))


# Numbers and attention


def test_numbers_equal_a_recount_of_the_log(privacy, device, tmp_path):
    requests = device.services.privacy_requests
    first, second = log(device), log(device, name="Omar", email="omar@example.net")
    log(device, RequestKind.INQUIRY, "Li", "li@example.com")
    requests.extend(second, "Many calls.")
    device.clock.forward(days=4)
    requests.confirm_identity(first, (Evidence.KNOWN_FACTS,))
    requests.answer(first)
    device.clock.forward(days=6)
    requests.refuse(second, Refusal.NO_MATCH)
    device.clock.forward(days=40)
    found = privacy.overview.numbers()
    with device.services.vault.reading() as db:
        count = {
            action: len(privacy_audit.of_action(db, action))
            for action in ("received", "answer", "refuse", "extend", "revoke")
        }
    assert (found.received, found.answered, found.refused) == (
        count["received"], count["answer"], count["refuse"],
    )  # fmt: skip
    assert (found.extended, found.revoked) == (count["extend"], count["revoke"])
    assert found.open == count["received"] - count["answer"] - count["refuse"] - count["revoke"]
    assert (found.late, found.median_days) == (1, 7.0)
    assert {one.kind: one.received for one in found.by_kind} == {
        RequestKind.ACCESS: 2, RequestKind.INQUIRY: 1,
    }  # fmt: skip
    privacy.overview.write_metrics(str(tmp_path / "metrics.csv"))
    text = (tmp_path / "metrics.csv").read_text()
    assert "median_days,7.0" in text
    assert "Jane" not in text


def test_what_needs_the_owner_is_on_the_dashboard(privacy, audit, device):
    def told():
        scene = Scene(Application(APPLICATION, "My API", "UTC", is_sample=False), device.clock())
        with device.services.vault.reading() as db:
            return {entry.key: entry for entry in privacy.overview.attention(db, scene)}

    request_id = log(device)
    assert told().keys() == {"self_audit"}
    assert told()["self_audit"].title == "No self-audit was made yet."
    audit.run()
    assert told() == {}
    device.services.privacy_requests.acknowledge(request_id)
    device.clock.forward(days=25)
    key = f"privacy_request:{request_id}"
    assert told()[key].urgency is Urgency.SOON
    device.clock.forward(days=6)
    assert told()[key].urgency is Urgency.NOW
    assert "late" in told()[key].title
    leak = Breach("", "Leak", device.clock(), "f", "", "", (Category.USAGE,), 1)
    breach_id = privacy.breaches.record(leak).breach.breach_id
    assert told()[f"breach:{breach_id}"].due == device.clock() + timedelta(hours=72)
    assert device.clock() > NOON
