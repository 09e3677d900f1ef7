"""What a letter says, and what nobody can make it say."""

from email import message_from_bytes, policy
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.errors import InvalidInput
from desktop.domain.mail import (
    Letter,
    MailId,
    MailPurpose,
    MailServer,
    checked_address,
    pause_after,
)
from desktop.services.mail.letters import letter_bytes
from desktop.services.mail.templates import (
    SAMPLES,
    Announcement,
    InvoiceReady,
    LimitReached,
    letter_of,
    sample,
)
from tests.fakes import NOON

SERVER = MailServer(host="mail.example", sender_address="us@seller.example", sender_name="Us")
READER = "ann@reader.example"
SENDER_HEADERS = {
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "Content-Type",
    "Content-Transfer-Encoding",
    "MIME-Version",
}
hostile = st.text(
    st.sampled_from("\r\n\t\0 ,;:<>@\"'\\\u0085\u2028\u2029abBcc%=?.") | st.characters(),
    max_size=60,
)


def read(letter, server=SERVER):
    content = letter_bytes(letter, server, MailId("m1"), NOON)
    return message_from_bytes(content, policy=policy.default)


@pytest.mark.parametrize(
    "address",
    [
        "ann@reader.example\r\nBcc: all@reader.example",
        "ann@reader.example, eve@reader.example",
        "ann@reader.example\0",
        '"ann"@reader.example',
        "Ann <ann@reader.example>",
        "ann@[127.0.0.1]",
        "ann@localhost",
        "ann@-reader.example",
        "@reader.example",
        "ann..b@reader.example",
        "ann@reader.example>",
        "ann reader@reader.example",
        "a" * 65 + "@reader.example",
        "ann@" + "a" * 64 + ".example",
        "ann@" + ".".join(["a" * 50] * 6),
        "",
    ],
)
def test_address_that_could_become_more_than_itself_is_refused(address):
    with pytest.raises(InvalidInput, match="not an e-mail address") as told:
        checked_address(address, "recipient")
    assert told.value.field == "recipient"


def test_address_is_written_the_way_servers_know_it():
    assert checked_address(" Ann+test@Bücher.EXAMPLE ") == "Ann+test@xn--bcher-kva.example"


@given(hostile, hostile, hostile)
def test_no_text_adds_a_header_or_a_recipient(name, subject, recipient):
    """Whatever is typed: either it is refused, or it stays within its own header."""
    server = MailServer(host="m", sender_address="us@seller.example", sender_name=name)
    try:
        found = read(Letter(MailPurpose.NEWS, recipient, subject, "text"), server)
    except InvalidInput:
        return
    assert set(found.keys()) <= SENDER_HEADERS
    assert len(found["to"].addresses) == len(found["from"].addresses) == 1
    assert found["from"].addresses[0].addr_spec == "us@seller.example"
    assert " ".join(found["subject"].split()) == " ".join(subject.split())


@given(hostile, hostile)
def test_no_value_becomes_markup(customer, application):
    values = LimitReached(application, customer, "1,000 requests", "999", 99, "now")
    letter = letter_of(MailPurpose.LIMIT_REACHED, READER, values)
    tags = _Tags()
    tags.feed(letter.html)
    assert set(tags.seen) <= {"html", "head", "meta", "title", "body", "h1", "p", "br"}


def test_markup_in_a_name_is_shown_as_it_is_written():
    letter = letter_of(
        MailPurpose.INVOICE_READY,
        READER,
        InvoiceReady("<b>Seller</b>", "1", "June", "USD 1.00", link='https://x.example/?a="&b'),
    )
    assert "&lt;b&gt;Seller" in letter.html
    assert "<b>" not in letter.html
    assert "<b>Seller</b>" in letter.subject
    assert 'https://x.example/?a="&b' in letter.text


@pytest.mark.parametrize("purpose", SAMPLES)
def test_each_notice_has_a_preview_in_text_and_html(purpose):
    letter = sample(purpose, READER)
    assert letter.subject
    assert "{" not in letter.text + letter.html
    message = read(letter)
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert "src=" not in letter.html  # nothing that a mail program would load


def test_paragraphs_of_an_announcement_stay_paragraphs():
    announced = Announcement("News", "What is new", "First.\n\nSecond\tline.\r\n\r\nThird.")
    letter = letter_of(MailPurpose.NEWS, READER, announced)
    assert letter.text == "What is new\n\nFirst.\n\nSecond line.\n\nThird."
    assert letter.html.count("<p>") == 3


def test_subject_that_is_too_long_is_cut():
    values = LimitReached("A" * 400, "", "1 request", "1", 100, "now")
    assert len(letter_of(MailPurpose.LIMIT_REACHED, READER, values).subject) == 200


def test_limit_that_is_reached_says_more_than_one_that_nearly_is():
    full = LimitReached("API", "", "1,000 requests", "1,000", 100, "now")
    letter = letter_of(MailPurpose.LIMIT_REACHED, READER, full)
    assert letter.subject == "Limit reached: API"
    assert "All customers together have used 1,000 of 1,000 requests" in letter.text
    assert "they may be refused" in letter.text


def test_letters_rest_longer_after_each_attempt():
    pauses = [pause_after(attempts) for attempts in range(1, 9)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == pauses[-2]


def test_letter_tells_nothing_of_itself_when_it_is_printed():
    assert READER not in repr(Letter(MailPurpose.NEWS, READER, "subject", "text"))


class _Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen = []

    def handle_starttag(self, tag, attrs):  # noqa: ARG002 (as the library calls it)
        self.seen.append(tag)
