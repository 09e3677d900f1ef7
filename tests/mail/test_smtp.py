"""The way to the mail server: encrypted, checked, and what the server may answer."""

import socket
import ssl

import pytest

from desktop.domain.errors import InvalidInput, LetterNotSent, MailServerProblem
from desktop.domain.mail import Encryption, Letter, MailPurpose, MailState
from desktop.domain.network import Purpose
from desktop.services.mail import smtp
from tests.hosted.certificates import Authority
from tests.mail.post_office import PASSWORD, PostOffice, only_owner

READER = "ann@reader.example"
LETTER = Letter(MailPurpose.SERVICE, READER, "Grüße from the meter", "Line one.\n.\nLine two.\n")


def test_letter_arrives_whole_over_starttls(desk, office):
    desk.use(office)
    mail_id = desk.put(LETTER)
    assert desk.outbox.send_due() is None
    (received,) = office.received()
    assert desk.states() == [MailState.SENT]
    assert received["to"] == READER
    assert received["from"] == "Weather API <notices@seller.example>"
    assert received["subject"] == LETTER.subject
    assert received["message-id"] == f"<{mail_id}@seller.example>"
    assert received["auto-submitted"] == "auto-generated"
    assert received.get_content().splitlines() == LETTER.text.splitlines()


def test_tls_from_the_start_works_too(desk, post_offices):
    office = post_offices(implicit=True, authenticator=only_owner, auth_require_tls=False)
    desk.use(office, encryption=Encryption.IMPLICIT)
    assert desk.service.send_test("") == "notices@seller.example"
    assert office.received()[0]["subject"] == "Test message"


def test_server_is_in_the_list_of_hosts_with_what_was_sent(desk, office):
    desk.use(office)
    desk.put(LETTER)
    desk.outbox.send_due()
    (host,) = (one for one in desk.log.hosts() if one.host == f"localhost:{office.port}")
    assert host.purpose is Purpose.MAIL
    assert host.sent_bytes > len(LETTER.text)


def test_wrong_password_is_told_and_the_letter_waits(desk, office):
    desk.use(office, password="wrong-one")
    desk.put(LETTER)
    with pytest.raises(MailServerProblem, match="did not accept user and password: 535") as told:
        desk.outbox.send_due()
    assert told.value.field == "password"
    assert desk.states() == [MailState.QUEUED]
    assert "535" in desk.service.picture().server.problem
    desk.use(office)
    assert desk.service.picture().server.problem == ""
    desk.outbox.send_due()
    assert desk.states() == [MailState.SENT]


def test_server_that_wants_a_user_says_so(desk, office):
    desk.use(office, user="", password=None)
    with pytest.raises(MailServerProblem, match="asks for a user and a password: 530"):
        desk.service.send_test(READER)


def test_server_without_users_says_so(desk, post_offices):
    desk.use(post_offices(auth_exclude_mechanism=["LOGIN", "PLAIN"]))
    with pytest.raises(MailServerProblem, match="takes no user and password here") as told:
        desk.service.send_test(READER)
    assert told.value.field == "user"


def test_certificate_nobody_trusts_is_refused_before_anything_is_said(desk, tmp_path):
    office = PostOffice(Authority(tmp_path).sign("localhost"), authenticator=only_owner)
    try:
        desk.use(office)
        desk.put(LETTER)
        with pytest.raises(MailServerProblem, match="is not trusted"):
            desk.outbox.send_due()
    finally:
        office.close()
    assert (office.letters, desk.states()) == ([], [MailState.QUEUED])


@pytest.mark.parametrize("implicit", [False, True])
def test_certificate_of_another_name_is_refused(desk, authority, tmp_path, implicit):
    elsewhere = Authority.__new__(Authority)
    elsewhere.__dict__ |= authority.__dict__ | {"directory": tmp_path}
    office = PostOffice(elsewhere.sign("mail.elsewhere.example"), implicit=implicit)
    try:
        encryption = Encryption.IMPLICIT if implicit else Encryption.STARTTLS
        desk.use(office, encryption=encryption)
        with pytest.raises(MailServerProblem, match="is not trusted"):
            desk.service.send_test(READER)
    finally:
        office.close()


def test_server_without_encryption_hears_no_password(desk):
    heard = b""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        desk.use(_Plain(listener.getsockname()[1]))
        answers = _answering(listener, [b"220 hello\r\n", b"250-plain\r\n250 AUTH PLAIN\r\n"])
        with pytest.raises(MailServerProblem, match="offers no encryption") as told:
            desk.service.send_test(READER)
        heard = answers()
    assert told.value.field == "encryption"
    assert PASSWORD.encode() not in heard
    assert b"AUTH" not in heard
    assert b"ehlo [127.0.0.1]" in heard


def test_silent_server_is_given_up(desk, monkeypatch):
    monkeypatch.setattr(smtp, "TIMEOUT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        desk.use(_Plain(listener.getsockname()[1]))
        with pytest.raises(MailServerProblem, match="did not answer"):
            desk.service.send_test(READER)


def test_tls_on_the_wrong_port_is_told(desk, office):
    desk.use(office, encryption=Encryption.IMPLICIT)
    with pytest.raises(MailServerProblem, match="port and encryption belong together"):
        desk.service.send_test(READER)


def test_server_that_is_not_there_is_told(desk):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    desk.use(_Plain(port))
    with pytest.raises(MailServerProblem, match="cannot be reached"):
        desk.service.send_test(READER)


@pytest.mark.parametrize("where", ["RCPT", "DATA"])
def test_refused_letter_stands_with_the_reason_and_without_the_address(desk, office, where):
    desk.use(office)
    office.replies[where] = f"550 5.1.1 <{READER}>: no such user"
    desk.put(LETTER)
    desk.outbox.send_due()
    (one,) = desk.service.picture().letters
    assert one.state is MailState.REFUSED
    assert "550 5.1.1 <[address]>: no such user" in one.reason
    assert READER not in one.reason


@pytest.mark.parametrize("where", ["RCPT", "DATA"])
def test_full_mailbox_is_tried_again_later(desk, office, where):
    desk.use(office)
    office.replies[where] = "452 4.2.2 mailbox full"
    desk.put(LETTER)
    assert desk.outbox.send_due() > desk.now
    assert desk.states() == [MailState.QUEUED]
    desk.outbox.send_due()
    assert office.letters == []
    desk.later(minutes=2)
    desk.outbox.send_due()
    assert desk.states() == [MailState.SENT]
    assert desk.service.picture().letters[0].attempts == 2


def test_one_refusal_does_not_keep_the_others_back(desk, office):
    desk.use(office)
    office.replies["RCPT"] = "550 no such user"
    for _ in range(3):
        desk.put(LETTER)
    desk.outbox.send_due()
    assert desk.states() == [MailState.REFUSED, MailState.SENT, MailState.SENT]


def test_break_after_the_letter_leaves_its_fate_unknown_and_is_not_repeated(desk, office):
    desk.use(office)
    office.breaks_after_data = True
    desk.put(LETTER)
    desk.outbox.send_due()
    (one,) = desk.service.picture().letters
    assert one.state is MailState.UNKNOWN
    assert "broke before the server said" in one.reason
    office.breaks_after_data = False
    desk.later(days=1)
    desk.outbox.send_due()
    assert len(office.letters) == 1
    desk.service.try_again(one.mail_id)
    desk.outbox.send_due()
    first, second = office.received()
    assert first["message-id"] == second["message-id"]


def test_sender_the_server_does_not_know_is_no_fault_of_the_letter(desk, office):
    desk.use(office)
    office.replies["MAIL"] = "553 not your address"
    desk.put(LETTER)
    with pytest.raises(MailServerProblem, match="from this sender: 553"):
        desk.outbox.send_due()
    assert desk.states() == [MailState.QUEUED]


def test_busy_server_is_left_alone(desk, office):
    desk.use(office)
    office.replies["MAIL"] = "421 too many connections"
    desk.put(LETTER)
    with pytest.raises(MailServerProblem, match="at the moment: 421"):
        desk.outbox.send_due()
    assert desk.states() == [MailState.QUEUED]


def test_refused_test_message_says_why(desk, office):
    desk.use(office)
    office.replies["RCPT"] = "550 no such user"
    with pytest.raises(LetterNotSent, match="550 no such user"):
        desk.service.send_test(READER)


def test_nothing_is_sent_before_a_server_is_set_up(desk):
    desk.put(LETTER)
    assert desk.outbox.send_due() is None
    for attempt in (desk.service.send_now, lambda: desk.service.send_test(READER)):
        with pytest.raises(InvalidInput, match="no mail server yet"):
            attempt()
    assert desk.states() == [MailState.QUEUED]


def test_old_protocols_are_not_spoken(desk):
    assert desk.door.tls().minimum_version >= ssl.TLSVersion.TLSv1_2


class _Plain:
    """Where a server of our own listens."""

    def __init__(self, port):
        self.port = port


def _answering(listener, replies):
    """Answer each line of one client in turn; returns a function that ends it with what it said."""
    import threading

    heard = []

    def answer():
        connection, _ = listener.accept()
        with connection:
            for reply in replies:
                connection.sendall(reply)
                heard.append(connection.recv(4096))

    thread = threading.Thread(target=answer)
    thread.start()

    def ended():
        thread.join(10)
        return b"".join(heard)

    return ended
