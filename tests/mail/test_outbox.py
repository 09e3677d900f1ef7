"""The outbox: queued once, sent once, held where somebody objects, and safe from a crash."""

import logging
import threading

import pytest

from desktop.domain.errors import InvalidInput, MailServerProblem
from desktop.domain.mail import Letter, MailPurpose, MailServer, MailState
from desktop.services.mail.outbox import A_CONNECTION
from desktop.services.secret_store import MAIL_PASSWORD
from desktop.services.storage import mail
from tests.mail.post_office import PASSWORD

READER = "ann@reader.example"
LETTER = Letter(MailPurpose.NEWS, READER, "News", "All the news.")


class Objector:
    """Somebody who wants no news."""

    def may_send(self, db, address, purpose):  # noqa: ARG002 (as the protocol has it)
        return purpose is not MailPurpose.NEWS

    frozen = frozenset()

    def has_to_wait(self, db, address, purpose):  # noqa: ARG002 (as the protocol has it)
        return address in self.frozen


def test_letter_of_one_key_is_queued_once(desk):
    assert desk.put(LETTER, "invoice-1") is not None
    assert desk.put(LETTER, "invoice-1") is None
    assert desk.put(LETTER, "invoice-2") is not None
    assert desk.states() == [MailState.QUEUED] * 2


def test_letter_is_queued_with_what_it_is_about_or_not_at_all(desk):
    def put_and_fail():
        with desk.vault.transaction() as db:
            desk.outbox.put(db, LETTER)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        put_and_fail()
    assert desk.states() == []


@pytest.mark.parametrize("field", ["recipient", "subject"])
def test_letter_that_cannot_be_written_is_not_queued(desk, field):
    letter = {"recipient": READER, "subject": "News"} | {field: "a\nb"}
    with pytest.raises(InvalidInput) as told:
        desk.put(Letter(MailPurpose.NEWS, text="", **letter))
    assert told.value.field == field
    assert desk.states() == []


def test_objection_keeps_a_letter_from_being_queued_and_from_being_sent(desk, office):
    desk.use(office)
    desk.put(LETTER)
    desk.outbox.objections = Objector()
    assert desk.put(LETTER) is None
    desk.outbox.send_due()
    assert (desk.states(), office.letters) == ([MailState.HELD], [])


def test_objection_to_news_does_not_stop_what_everyone_must_hear(desk, office):
    desk.use(office)
    desk.outbox.objections = Objector()
    desk.put(Letter(MailPurpose.SERVICE, READER, "A breach", "What happened."))
    desk.outbox.send_due()
    assert desk.states() == [MailState.SENT]


def test_letter_to_somebody_frozen_is_held_and_sent_when_they_are_let_go(desk, office):
    desk.use(office)
    desk.outbox.objections = objector = Objector()
    objector.frozen = {READER}
    desk.put(Letter(MailPurpose.SERVICE, READER, "A breach", "What happened."))
    desk.outbox.send_due()
    (one,) = desk.service.picture().letters
    assert (one.state, office.letters) == (MailState.HELD, [])
    assert "child" in one.reason
    objector.frozen = set()
    with desk.vault.transaction() as db:
        mail.queue_held(db, mail.FROZEN, desk.clock())
    desk.outbox.send_due()
    assert desk.states() == [MailState.SENT]


def test_dry_run_says_who_would_get_a_letter_and_sends_none(desk, office):
    desk.use(office)
    desk.outbox.objections = Objector()
    service = Letter(MailPurpose.SERVICE, "bob@reader.example", "A breach", "What happened.")
    first, second = desk.outbox.dry_run((LETTER, service))
    assert (first.would_be_sent, second.would_be_sent) == (False, True)
    assert "does not want" in first.reason
    desk.outbox.send_due()
    assert (desk.states(), office.letters) == ([], [])


def test_text_of_a_letter_goes_when_it_was_sent(desk, office):
    desk.use(office)
    desk.put(LETTER)
    desk.outbox.send_due()
    with desk.vault.reading() as db:
        assert db.execute("SELECT text_part, html_part FROM mail_outbox").fetchall() == [("", "")]


def test_what_became_of_letters_is_forgotten_after_ninety_days(desk, office):
    desk.use(office)
    desk.put(LETTER)
    desk.outbox.send_due()
    desk.later(days=89)
    desk.outbox.send_due()
    assert desk.states() == [MailState.SENT]
    desk.later(days=2)
    desk.outbox.send_due()
    assert desk.states() == []


def test_letter_that_waited_four_days_is_given_up_with_words(desk, office):
    desk.use(office)
    desk.put(LETTER)
    desk.later(days=4, minutes=1)
    desk.outbox.send_due()
    (one,) = desk.service.picture().letters
    assert (one.state, office.letters) == (MailState.REFUSED, [])
    assert "four days" in one.reason
    desk.service.try_again(one.mail_id)
    desk.outbox.send_due()
    assert desk.states() == [MailState.SENT]


def test_cancelled_letter_is_not_sent_even_if_its_turn_has_come(desk, office):
    desk.use(office)
    mail_id = desk.put(LETTER)
    deliver = desk.outbox._begin
    desk.outbox._begin = lambda one: desk.service.cancel(mail_id) and deliver(one)
    desk.outbox.send_due()
    assert (desk.states(), office.letters) == ([MailState.CANCELLED], [])


def test_only_letters_that_wait_are_cancelled_and_only_others_tried_again(desk, office):
    desk.use(office)
    mail_id = desk.put(LETTER)
    with pytest.raises(InvalidInput, match="not sent can be sent again"):
        desk.service.try_again(mail_id)
    desk.outbox.send_due()
    for action in (desk.service.cancel, desk.service.try_again):
        with pytest.raises(InvalidInput, match="Nothing was changed"):
            action(mail_id)


def test_more_letters_than_one_connection_takes_are_all_sent(desk, office):
    desk.use(office)
    for _ in range(A_CONNECTION + 1):
        desk.put(LETTER)
    assert desk.outbox.send_due() == desk.now
    assert desk.outbox.send_due() is None
    assert len(office.letters) == A_CONNECTION + 1


def test_courier_sends_what_is_queued_and_rests_while_there_is_nothing(desk, office):
    arrived = threading.Event()
    office.before_answer = arrived.set
    desk.use(office)
    courier = desk.mail.courier
    courier.start()
    courier.start()
    desk.put(LETTER)
    desk.outbox.wake()
    assert arrived.wait(20)
    courier.stop()
    assert desk.states() == [MailState.SENT]


def test_courier_leaves_a_server_alone_that_is_away_ever_longer(desk):
    desk.service.set_server(MailServer(host="localhost", port=1, sender_address=READER), None)
    desk.put(LETTER)
    first, second = desk.mail.courier.round(), desk.mail.courier.round()
    assert first < second
    assert "cannot be reached" in desk.service.picture().server.problem


def test_courier_lives_on_when_the_vault_is_in_the_way(desk, monkeypatch, caplog):
    tried = threading.Event()

    def fail():
        tried.set()
        raise InvalidInput("The vault is busy.")

    monkeypatch.setattr(desk.outbox, "send_due", fail)
    desk.mail.courier.start()
    assert tried.wait(20)
    desk.mail.courier.stop()
    assert "The vault is busy" in caplog.text


def test_password_is_sealed_kept_and_forgotten(desk, office):
    assert desk.use(office).has_password
    assert desk.use(office, password=None).has_password
    with desk.vault.reading() as db:
        assert desk.mail.service._secrets.kept_one(db, MAIL_PASSWORD) == PASSWORD
        (sealed,) = db.execute("SELECT sealed FROM secrets WHERE kind = 'mail_password'").fetchone()
    assert PASSWORD.encode() not in sealed
    assert not desk.use(office, password="").has_password
    desk.use(office)
    desk.service.forget_server()
    assert desk.service.picture().server == MailServer()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("host", ""),
        ("host", "https://mail.example"),
        ("host", "mail.example:25"),
        ("port", 0),
        ("port", 70_000),
        ("user", "a\nb"),
        ("sender_name", "a\r\nBcc: b"),
        ("sender_address", "nobody"),
        ("owner_address", "nobody"),
    ],
)
def test_server_that_cannot_be_used_is_refused_at_its_field(desk, field, value):
    fields = {"host": "mail.example", "sender_address": READER} | {field: value}
    with pytest.raises(InvalidInput) as told:
        desk.service.set_server(MailServer(**fields), "")
    assert told.value.field == field
    assert not desk.service.picture().server.is_set_up


def test_previews_need_no_server(desk):
    letter = desk.service.preview(MailPurpose.INVOICE_READY)
    assert "Invoice: 2026-0042" in letter.text
    with pytest.raises(InvalidInput, match="no preview"):
        desk.service.preview(MailPurpose.PRIVACY)


def test_send_now_does_not_wait_for_the_next_turn(desk, office):
    desk.use(office)
    office.replies["RCPT"] = "450 later"
    desk.put(LETTER)
    desk.outbox.send_due()
    assert desk.service.send_now().letters[0].state is MailState.SENT


def test_problem_of_the_server_is_told_to_whoever_asks_to_send(desk):
    desk.service.set_server(MailServer(host="localhost", port=1, sender_address=READER), None)
    desk.put(LETTER)
    with pytest.raises(MailServerProblem, match="Letters stay in the outbox"):
        desk.service.send_now()


def test_no_log_holds_an_address_a_password_or_a_letter(desk, office, caplog):
    caplog.set_level(logging.DEBUG)
    desk.use(office)
    desk.put(LETTER)
    desk.outbox.send_due()
    desk.use(office, password="another password of the owner")
    desk.put(LETTER)
    with pytest.raises(MailServerProblem) as refused:
        desk.outbox.send_due()
    assert len(office.letters) == 1
    logging.getLogger("desktop.check").debug("the log is read")
    # The server of the test runs in this process and has a log of its own.
    said = [r.getMessage() for r in caplog.records if not r.name.startswith("mail.")]
    text = "\n".join([*said, str(refused.value)])
    assert "the log is read" in text
    for secret in (READER, "notices@seller.example", PASSWORD, "another password", LETTER.text):
        assert secret not in text
