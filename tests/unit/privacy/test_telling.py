"""Recipients hear of corrections and erasures: by letter, or as a task of the owner."""

import pytest

from desktop.domain.errors import InvalidInput
from desktop.domain.mail import MailServer, MailState
from desktop.domain.privacy.categories import Category
from desktop.domain.privacy.erasure import ErasureState
from desktop.domain.privacy.kinds import RequestKind
from desktop.domain.privacy.recipients import Disclosure, Ground, Recipient, RecipientKind
from desktop.domain.privacy.telling import About, TellingState
from desktop.domain.usage import Application
from desktop.services.attention import Scene
from desktop.services.storage import mail
from tests.fakes import APPLICATION, NOON
from tests.unit.privacy.test_erasing import (
    JANE,
    MATCH,
    ask,
    certificate_of,
    erase,
    full,  # noqa: F401 - a fixture
)
from tests.unit.privacy.test_erasing_commands import run  # noqa: F401 - a fixture

HOST = Recipient("", "Hosting Ltd", RecipientKind.PROVIDER, "Hosting", (Category.USAGE,))
COURT = Recipient("", "A court", RecipientKind.AUTHORITY, "A dispute", (Category.BILLING,))


def telling_of(device):
    return device.services.erasing.telling


def known(device, recipient, contact=""):
    """Enter a recipient; its id."""
    given = Recipient(
        "", recipient.name, recipient.kind, recipient.purpose, recipient.categories, contact=contact
    )
    lines = device.services.privacy.recipients.save(given)
    return next(
        line.recipient.recipient_id for line in lines if line.recipient.name == recipient.name
    )


def correct(device, request_id=None):
    request_id = request_id or ask(device, RequestKind.CORRECTION)
    device.services.erasing.correction.correct(request_id, (MATCH,), "name", "Jane D.")


def shown(device):
    return [(one.recipient, one.telling.about, one.state) for one in telling_of(device).listed()]


def letters(device):
    return device.query("SELECT recipient, text_part, state FROM mail_outbox")


@pytest.fixture
def post_office(full):  # noqa: F811
    """A mail server is set up; nothing is sent by itself."""
    server = MailServer(host="mail.example", port=465, sender_address="me@seller.example")
    with full.services.vault.transaction() as db:
        mail.store_server(db, server)


def test_provider_is_told_of_a_correction_and_the_owner_ticks_it(full):  # noqa: F811
    known(full, HOST)
    correct(full)
    assert shown(full) == [("Hosting Ltd", About.CORRECTION, TellingState.OPEN)]
    (line,) = telling_of(full).listed()
    assert line.request == "PR-0001"
    telling_of(full).tick(line.telling.telling_id)
    assert [state for _, _, state in shown(full)] == [TellingState.TOLD]
    telling_of(full).untick(line.telling.telling_id)
    assert [state for _, _, state in shown(full)] == [TellingState.OPEN]


def test_authority_is_told_only_where_something_was_given_to_it(full):  # noqa: F811
    court = known(full, COURT)
    request_id = ask(full, RequestKind.CORRECTION)
    correct(full, request_id)
    assert shown(full) == []
    given = Disclosure("", court, NOON, Ground.COURT, (Category.BILLING,), "Invoice 12")
    full.services.privacy.recipients.disclose(given)
    correct(full, request_id)
    assert shown(full) == [("A court", About.CORRECTION, TellingState.OPEN)]


def test_providers_that_are_connected_are_told_by_the_correction_itself(full):  # noqa: F811
    correct(full)
    assert shown(full) == []


def test_erasure_tells_once_and_its_certificate_names_who_was_told(full, tmp_path):  # noqa: F811
    known(full, HOST)
    request_id = ask(full)
    assert erase(full, request_id).state is ErasureState.DONE
    assert shown(full) == [("Hosting Ltd", About.ERASURE, TellingState.OPEN)]
    _, told = certificate_of(full, request_id, tmp_path)
    kept = {line["where"]: line["why"] for line in told["kept"]}
    assert "Art. 19" in kept["Hosting Ltd"]


def test_erasure_that_goes_on_later_tells_nobody_twice(full, hosted):  # noqa: F811
    known(full, HOST)
    request_id = ask(full)
    begun = full.services.erasing.erasure.start(request_id, (MATCH,), keeps_blocks=False)
    for _ in range(2):
        telling_of(full).begin(About.ERASURE, (begun.erasure_id, request_id), ())
    assert len(shown(full)) == 1


def test_recipient_with_an_address_gets_a_letter(full, post_office):  # noqa: F811
    known(full, HOST, "privacy@hosting.example")
    correct(full)
    assert shown(full) == [("Hosting Ltd", About.CORRECTION, TellingState.WAITS)]
    ((recipient, text, state),) = letters(full)
    assert (recipient, state) == ("privacy@hosting.example", "queued")
    assert JANE in text
    assert "Jane" not in text.replace(JANE, "")
    (line,) = telling_of(full).listed()
    with full.services.vault.transaction() as db:
        mail.end(db, line.telling.mail_id, MailState.SENT, "", NOON)
    assert [state for _, _, state in shown(full)] == [TellingState.TOLD]


def test_letter_that_did_not_go_is_the_owners_task_again(full, post_office):  # noqa: F811
    known(full, HOST, "privacy@hosting.example")
    correct(full)
    (line,) = telling_of(full).listed()
    with full.services.vault.transaction() as db:
        mail.end(db, line.telling.mail_id, MailState.REFUSED, "No such box", NOON)
    (line,) = telling_of(full).listed()
    assert (line.state, "yourself" in line.problem) == (TellingState.OPEN, True)


def test_without_a_mail_server_it_is_a_task(full):  # noqa: F811
    known(full, HOST, "privacy@hosting.example")
    correct(full)
    assert shown(full) == [("Hosting Ltd", About.CORRECTION, TellingState.OPEN)]
    assert letters(full) == []


def test_open_tasks_are_on_the_dashboard(full):  # noqa: F811
    def told():
        with full.services.vault.reading() as db:
            scene = Scene(Application(APPLICATION, "My API", "UTC", is_sample=False), NOON)
            return list(telling_of(full).attention(db, scene))

    assert told() == []
    known(full, HOST)
    correct(full)
    (entry,) = told()
    assert (entry.detail, entry.target) == ("Hosting Ltd", "recipients")


def test_address_of_a_recipient_is_checked(full):  # noqa: F811
    with pytest.raises(InvalidInput) as caught:
        known(full, HOST, "nowhere")
    assert caught.value.field == "contact"


def test_nobody_is_ticked_who_need_not_be_told(full):  # noqa: F811
    with pytest.raises(InvalidInput, match="Nobody"):
        telling_of(full).tick("whoever")


def test_script_lists_and_notes(full, run):  # noqa: F811
    known(full, HOST)
    correct(full)
    (one,) = run("tellings", "list")["tellings"]
    assert (one["recipient"], one["state"], one["request"]) == ("Hosting Ltd", "open", "PR-0001")
    (done,) = run("tellings", "done", one["telling_id"])["tellings"]
    assert done["state"] == "told"
