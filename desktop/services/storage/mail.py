"""The mail server and the outbox of letters, in the vault."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from desktop.domain.mail import (
    Encryption,
    Letter,
    MailCounts,
    MailId,
    MailPurpose,
    MailServer,
    MailState,
    OutgoingMail,
    OwnerNoticesWanted,
)
from desktop.services.storage.timestamps import microseconds, moment

if TYPE_CHECKING:
    from sqlite3 import Connection

FROZEN: Final = (
    "Somebody reported that the recipient is a child. The letter waits until that is decided."
)
"""Reason of letters that are held back while their recipient is frozen."""
LISTED: Final = """
SELECT mail_id, purpose, recipient, subject, state, reason, attempts, queued_at_us, next_at_us,
    ended_at_us
FROM mail_outbox ORDER BY position DESC LIMIT :limit
"""
DUE: Final = """
SELECT mail_id, purpose, recipient, subject, text_part, html_part, attempts, queued_at_us
FROM mail_outbox WHERE state = 'queued' AND next_at_us <= :now_us
ORDER BY next_at_us, position LIMIT :limit
"""
END: Final = """
UPDATE mail_outbox SET state = :state, reason = :reason, ended_at_us = :now_us,
    text_part = iif(:keeps_text, text_part, ''), html_part = iif(:keeps_text, html_part, '')
WHERE mail_id = :mail_id
"""


@dataclass(frozen=True, slots=True, repr=False)
class Due:
    """A letter whose turn it is."""

    mail_id: MailId
    letter: Letter
    attempts: int
    queued_at: datetime


def server(db: Connection) -> MailServer:
    """The owner's mail server; one without a host when none is set up. Tells of no password."""
    row = db.execute(
        """
        SELECT host, port, encryption, user, sender_name, sender_address, owner_address, problem,
            problem_at_us
        FROM mail_server
        """
    ).fetchone()
    if row is None:
        return MailServer()
    host, port, encryption, user, name, sender, owner, problem, problem_at_us = row
    return MailServer(
        host=host,
        port=port,
        encryption=Encryption(encryption),
        user=user,
        sender_name=name,
        sender_address=sender,
        owner_address=owner,
        problem=problem,
        problem_at=None if problem_at_us is None else moment(problem_at_us),
    )


def store_server(db: Connection, wanted: MailServer) -> None:
    """Take another server, of which no problem is known yet."""
    db.execute(
        """
        INSERT OR REPLACE INTO mail_server (one, host, port, encryption, user, sender_name,
            sender_address, owner_address, problem, problem_at_us)
        VALUES (1, :host, :port, :encryption, :user, :sender_name, :sender_address,
            :owner_address, '', NULL)
        """,
        {
            "host": wanted.host,
            "port": wanted.port,
            "encryption": wanted.encryption.value,
            "user": wanted.user,
            "sender_name": wanted.sender_name,
            "sender_address": wanted.sender_address,
            "owner_address": wanted.owner_address,
        },
    )


def forget_server(db: Connection) -> None:
    db.execute("DELETE FROM mail_server")


def owner_notices(db: Connection) -> OwnerNoticesWanted:
    """Which notices the owner wants; none until they say so."""
    row = db.execute("SELECT limits, invoices FROM owner_notices").fetchone()
    return OwnerNoticesWanted(*map(bool, row)) if row else OwnerNoticesWanted()


def store_owner_notices(db: Connection, wanted: OwnerNoticesWanted) -> None:
    db.execute(
        "INSERT OR REPLACE INTO owner_notices (one, limits, invoices) VALUES (1, ?, ?)",
        (wanted.limits, wanted.invoices),
    )


def note_problem(db: Connection, problem: str, now: datetime) -> None:
    """What keeps the server from taking any letter; an empty text: nothing any more."""
    at_us = microseconds(now) if problem else None
    db.execute(
        "UPDATE mail_server SET problem = :problem, problem_at_us = :at_us",
        {"problem": problem, "at_us": at_us},
    )


def add(db: Connection, mail_id: MailId, once_key: str, letter: Letter, now: datetime) -> bool:
    """Queue a letter; False when one with the same key was queued before."""
    cursor = db.execute(
        """
        INSERT INTO mail_outbox (mail_id, once_key, purpose, recipient, subject, text_part,
            html_part, state, reason, attempts, queued_at_us, next_at_us)
        VALUES (:mail_id, :once_key, :purpose, :recipient, :subject, :text_part, :html_part,
            'queued', '', 0, :now_us, :now_us)
        ON CONFLICT (once_key) DO NOTHING
        """,
        {
            "mail_id": mail_id,
            "once_key": once_key,
            "purpose": letter.purpose.value,
            "recipient": letter.recipient,
            "subject": letter.subject,
            "text_part": letter.text,
            "html_part": letter.html,
            "now_us": microseconds(now),
        },
    )
    return bool(cursor.rowcount)


def is_queued(db: Connection, once_key: str) -> bool:
    """Whether a letter with this key waits or became something in the last 90 days."""
    query = "SELECT 1 FROM mail_outbox WHERE once_key = ?"
    return db.execute(query, (once_key,)).fetchone() is not None


def listed(db: Connection, limit: int) -> tuple[OutgoingMail, ...]:
    """The newest first."""
    return tuple(_outgoing(row) for row in db.execute(LISTED, {"limit": limit}))


def find(db: Connection, mail_id: MailId) -> tuple[MailState, Letter] | None:
    """A letter and its state; its text is empty once it was sent."""
    row = db.execute(
        """
        SELECT state, purpose, recipient, subject, text_part, html_part
        FROM mail_outbox WHERE mail_id = :mail_id
        """,
        {"mail_id": mail_id},
    ).fetchone()
    return None if row is None else (MailState(row[0]), _letter(*row[1:]))


def due(db: Connection, now: datetime, limit: int) -> tuple[Due, ...]:
    """Letters whose turn it is, the longest waiting first."""
    rows = db.execute(DUE, {"now_us": microseconds(now), "limit": limit})
    return tuple(
        Due(MailId(row[0]), _letter(*row[1:6]), attempts=row[6], queued_at=moment(row[7]))
        for row in rows
    )


def next_due(db: Connection) -> datetime | None:
    """When the next letter's turn is; None when none waits."""
    (at_us,) = db.execute(
        "SELECT min(next_at_us) FROM mail_outbox WHERE state = 'queued'"
    ).fetchone()
    return None if at_us is None else moment(at_us)


def begin(db: Connection, mail_id: MailId) -> bool:
    """Note that the server is about to be given the letter; False: somebody cancelled it."""
    cursor = db.execute(
        """
        UPDATE mail_outbox SET state = 'sending', attempts = attempts + 1
        WHERE mail_id = :mail_id AND state = 'queued'
        """,
        {"mail_id": mail_id},
    )
    return bool(cursor.rowcount)


def end(db: Connection, mail_id: MailId, state: MailState, reason: str, now: datetime) -> None:
    """Note what became of a letter; its text is kept only where it may be sent again."""
    keeps_text = state in {MailState.REFUSED, MailState.UNKNOWN, MailState.HELD}
    db.execute(
        END,
        {
            "mail_id": mail_id,
            "state": state.value,
            "reason": reason,
            "now_us": microseconds(now),
            "keeps_text": keeps_text,
        },
    )


def put_off(db: Connection, mail_id: MailId, reason: str, until: datetime) -> None:
    """Let a letter that was certainly not taken wait for its next turn."""
    db.execute(
        """
        UPDATE mail_outbox SET state = 'queued', reason = :reason, next_at_us = :until_us,
            attempts = attempts + iif(state = 'queued', 1, 0)
        WHERE mail_id = :mail_id
        """,
        {"mail_id": mail_id, "reason": reason, "until_us": microseconds(until)},
    )


def queue_again(db: Connection, mail_id: MailId, now: datetime) -> None:
    """Give a letter that was not sent another four days, from now on."""
    db.execute(
        """
        UPDATE mail_outbox SET state = 'queued', reason = '', attempts = 0, ended_at_us = NULL,
            queued_at_us = :now_us, next_at_us = :now_us
        WHERE mail_id = :mail_id
        """,
        {"mail_id": mail_id, "now_us": microseconds(now)},
    )


def queue_held(db: Connection, reason: str, now: datetime) -> None:
    """Give letters that were held back for a reason another four days, from now on."""
    held = "SELECT mail_id FROM mail_outbox WHERE state = 'held' AND reason = :reason"
    for (mail_id,) in db.execute(held, {"reason": reason}).fetchall():
        queue_again(db, mail_id, now)


def hurry(db: Connection, now: datetime) -> None:
    """Let every waiting letter have its turn now."""
    db.execute(
        "UPDATE mail_outbox SET next_at_us = :now_us WHERE state = 'queued'",
        {"now_us": microseconds(now)},
    )


def interrupted(db: Connection) -> tuple[MailId, ...]:
    """Letters whose answer never came because the program ended."""
    rows = db.execute("SELECT mail_id FROM mail_outbox WHERE state = 'sending' ORDER BY position")
    return tuple(MailId(mail_id) for (mail_id,) in rows)


def waiting_since(db: Connection, before: datetime) -> tuple[MailId, ...]:
    """Letters that were queued before a moment and still wait."""
    rows = db.execute(
        "SELECT mail_id FROM mail_outbox WHERE state = 'queued' AND queued_at_us < :before_us",
        {"before_us": microseconds(before)},
    )
    return tuple(MailId(mail_id) for (mail_id,) in rows)


def counts(db: Connection) -> MailCounts:
    found = dict(db.execute("SELECT state, count(*) FROM mail_outbox GROUP BY state").fetchall())
    return MailCounts(found.get("queued", 0), found.get("refused", 0), found.get("unknown", 0))


def forget_ended(db: Connection, before: datetime) -> None:
    """Remove what ended before a moment."""
    db.execute(
        "DELETE FROM mail_outbox WHERE ended_at_us < :before_us",
        {"before_us": microseconds(before)},
    )


def forget_recipient(db: Connection, address: str) -> int:
    """Remove every letter to an address; how many there were. For an erasure."""
    cursor = db.execute(
        "DELETE FROM mail_outbox WHERE recipient = :address COLLATE NOCASE AND state <> 'sending'",
        {"address": address},
    )
    return int(cursor.rowcount)


def _letter(purpose: str, recipient: str, subject: str, text: str, html: str) -> Letter:
    return Letter(MailPurpose(purpose), recipient, subject, text, html)


def _outgoing(row: tuple[Any, ...]) -> OutgoingMail:
    mail_id, purpose, recipient, subject, state, reason, attempts, *times = row
    queued_us, next_us, ended_us = times
    return OutgoingMail(
        mail_id=MailId(mail_id),
        purpose=MailPurpose(purpose),
        recipient=recipient,
        subject=subject,
        state=MailState(state),
        reason=reason,
        attempts=attempts,
        queued_at=moment(queued_us),
        next_at=moment(next_us),
        ended_at=None if ended_us is None else moment(ended_us),
    )
