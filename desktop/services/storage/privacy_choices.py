"""Who wants what, by keyed hashes of addresses. Functions take a connection of the vault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from desktop.domain.privacy.purposes import Choice, Means, Purpose, PurposeCount
from desktop.services.storage.timestamps import microseconds, moment

if TYPE_CHECKING:
    from sqlite3 import Connection

PUT: Final = """
INSERT INTO privacy_choices (subject, purpose, wanted, means, at_us)
VALUES (:subject, :purpose, :wanted, :means, :at_us)
ON CONFLICT DO UPDATE
SET wanted = excluded.wanted, means = excluded.means, at_us = excluded.at_us
WHERE excluded.at_us >= privacy_choices.at_us AND privacy_choices.means <> 'erasure'
"""
"""A choice that is older than the one on file changes nothing, and an erasure holds for good."""


def put(db: Connection, subject: bytes, choice: Choice) -> bool:
    """Note a choice; whether it is the one that holds now."""
    done = db.execute(
        PUT,
        {
            "subject": subject,
            "purpose": choice.purpose.value,
            "wanted": int(choice.wanted),
            "means": choice.means.value,
            "at_us": microseconds(choice.at),
        },
    )
    return done.rowcount > 0


def of(db: Connection, subject: bytes) -> tuple[Choice, ...]:
    """What one person said, by purpose."""
    rows = db.execute(
        "SELECT purpose, wanted, means, at_us FROM privacy_choices WHERE subject = :subject "
        "ORDER BY purpose",
        {"subject": subject},
    )
    return tuple(
        Choice(Purpose(purpose), bool(wanted), Means(means), moment(at_us))
        for purpose, wanted, means, at_us in rows
    )


def is_refused(db: Connection, subject: bytes, purpose: Purpose) -> bool:
    row = db.execute(
        "SELECT wanted FROM privacy_choices WHERE subject = :subject AND purpose = :purpose",
        {"subject": subject, "purpose": purpose.value},
    ).fetchone()
    return row is not None and not row[0]


def counts(db: Connection) -> tuple[PurposeCount, ...]:
    """How many said what, for each purpose anybody said something about."""
    rows = db.execute(
        "SELECT purpose, sum(wanted = 0), sum(wanted) FROM privacy_choices "
        "GROUP BY purpose ORDER BY purpose"
    )
    return tuple(PurposeCount(Purpose(purpose), no, yes) for purpose, no, yes in rows)
