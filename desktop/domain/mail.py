"""E-mail notices: the server they go through, letters, and what became of them."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NewType

from desktop.domain.errors import InvalidInput

MailId = NewType("MailId", str)

MAX_ADDRESS: Final = 254
MAX_LOCAL: Final = 64
MAX_SUBJECT: Final = 200
"""Longest address and local part of RFC 5321 4.5.3.1; a subject that clients show whole."""
LOCAL: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
NOT_OF_A_LINE: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""General categories of Unicode."""
LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")

GIVE_UP_AFTER: Final = timedelta(days=4)
"""Source: RFC 5321 4.5.4.1, at least 4 to 5 days."""
PAUSES: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240))
"""Until the next attempt, after the first, second … one; the last holds for all later ones."""
KEPT_FOR: Final = timedelta(days=90)
"""How long the outbox remembers what became of a letter."""


class Encryption(StrEnum):
    """How the way to the mail server is encrypted. There is no way without."""

    STARTTLS = "starttls"
    """The connection begins in the clear; nothing of ours is said before it is encrypted."""
    IMPLICIT = "tls"


class MailPurpose(StrEnum):
    """Why a letter is sent; whoever objects does so by purpose."""

    LIMIT_REACHED = "limit_reached"
    INVOICE_READY = "invoice_ready"
    POLICY_CHANGE = "policy_change"
    PRIVACY = "privacy"
    """Answers to a person's own request, and codes that prove who asks."""
    SERVICE = "service"
    """What everyone must hear, such as a breach."""
    NEWS = "news"
    """Nothing anybody needs; only for those who did not object."""
    TEST = "test"


class MailState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    """The server was told to take it; its answer is not known yet."""
    SENT = "sent"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    """The connection or the program ended before the answer: it may have been sent."""
    HELD = "held"
    """The recipient objects to letters of this purpose."""
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class MailServer:
    """The owner's mail server, without its password."""

    host: str = ""
    port: int = 587
    encryption: Encryption = Encryption.STARTTLS
    user: str = ""
    """Empty for a server that asks for none."""
    sender_name: str = ""
    sender_address: str = ""
    owner_address: str = ""
    """Where notices to the owner go; empty: to the sender's address."""
    has_password: bool = False
    problem: str = ""
    """What kept the server from taking letters last, such as a wrong password; empty: nothing."""
    problem_at: datetime | None = None

    @property
    def is_set_up(self) -> bool:
        return bool(self.host)

    @property
    def owner(self) -> str:
        """Where notices to the owner go."""
        return self.owner_address or self.sender_address


@dataclass(frozen=True, slots=True)
class OwnerNoticesWanted:
    """Which notices the API's owner wants at their own address."""

    limits: bool = False
    """When a limit is reached or an alert begins."""
    invoices: bool = False
    """When a month's invoices are ready."""


@dataclass(frozen=True, slots=True, repr=False)
class Letter:
    """One letter to one person. Tells nothing of itself when it is printed."""

    purpose: MailPurpose
    recipient: str
    subject: str
    text: str
    html: str = ""
    """The same for programs that show HTML; empty for none."""


@dataclass(frozen=True, slots=True, repr=False)
class OutgoingMail:
    """A letter of the outbox, as the list shows it."""

    mail_id: MailId
    purpose: MailPurpose
    recipient: str
    subject: str
    state: MailState
    reason: str
    """Why it was refused, waits again, or is held."""
    attempts: int
    queued_at: datetime
    next_at: datetime
    """When it is tried next, while it waits."""
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class MailCounts:
    """How many letters of the outbox are in which state; only states that need a look."""

    queued: int
    refused: int
    unknown: int


@dataclass(frozen=True, slots=True, repr=False)
class MailPicture:
    """The mail server and the outbox as the screens show them."""

    server: MailServer
    letters: tuple[OutgoingMail, ...]
    """The newest first."""
    counts: MailCounts
    notices: OwnerNoticesWanted = OwnerNoticesWanted()


def checked_address(text: str, field: str = "address") -> str:
    """An e-mail address as it is sent to: the domain in ASCII and lower case.

    Stricter than RFC 5322: no quoted local parts, comments or address literals, which only get
    past filters of others. Raises: InvalidInput (`field`).
    """
    local, _, domain = text.strip().rpartition("@")
    ascii_domain = _ascii(domain)
    labels = ascii_domain.split(".")
    fits = (
        LOCAL.fullmatch(local) is not None
        and len(local) <= MAX_LOCAL
        and len(labels) > 1
        and all(LABEL.fullmatch(label) for label in labels)
        and len(local) + 1 + len(ascii_domain) <= MAX_ADDRESS
    )
    if not fits:
        raise InvalidInput(
            "This is not an e-mail address that can be written to. Nothing was sent. Write it as "
            "name@example.com.",
            field=field,
        )
    return f"{local}@{ascii_domain}"


def checked_line(text: str, field: str, most: int = MAX_SUBJECT) -> str:
    """A text that becomes one line of a header, such as a subject. Raises: InvalidInput (`field`).

    A line end in it could add headers or recipients of somebody else's choice.
    """
    if visible(text) != text or len(text) > most:
        raise InvalidInput(
            f"This has to be one line of at most {most} visible characters. Nothing was sent.",
            field=field,
        )
    return text.strip()


def visible(text: str) -> str:
    """A text without control characters, line ends of any alphabet, and halves of characters."""
    return "".join(one for one in text if unicodedata.category(one) not in NOT_OF_A_LINE)


def pause_after(attempts: int) -> timedelta:
    """How long a letter waits after this many attempts, 1 or more."""
    return PAUSES[min(attempts, len(PAUSES)) - 1]


def _ascii(domain: str) -> str:
    try:
        return domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""
