"""SQL of what people sent and chose on the web, and of which vault answers what."""

from dataclasses import asdict
from sqlite3 import Connection
from typing import Final

from hosted.storage.privacy_records import ChoiceRow, MailRows, OwnedRow, PolicyRow, SubmissionRow

MOST_WAITING: Final = 1000
"""Submissions that no vault has fetched; more are refused, so that nobody can fill the disk."""
CHOICES_A_PAGE: Final = 1000

ADD: Final = """
INSERT INTO privacy_inbox (submission_id, received_us, sealed, taken_by)
VALUES (:submission_id, :received_us, :sealed, NULL) ON CONFLICT DO NOTHING
"""
TAKE: Final = """
UPDATE privacy_inbox SET taken_by = coalesce(taken_by, :vault_id)
WHERE submission_id = :submission_id RETURNING taken_by
"""
PUT_OWNED: Final = """
INSERT INTO privacy_owned (request_id, vault_id, number, kind, due, changed_us)
VALUES (:request_id, :vault_id, :number, :kind, :due, :changed_us)
ON CONFLICT DO UPDATE SET number = excluded.number, kind = excluded.kind, due = excluded.due,
    changed_us = excluded.changed_us
WHERE privacy_owned.vault_id = excluded.vault_id
"""
PUT_CHOICE: Final = """
INSERT OR REPLACE INTO privacy_web_choices (subject, purpose, wanted, means, at_us)
VALUES (:subject, :purpose, :wanted, :means, :at_us)
"""
PUT_POLICY: Final = """
INSERT INTO privacy_policies (effective, sha256, text) VALUES (:effective, :sha256, :text)
ON CONFLICT DO UPDATE SET sha256 = excluded.sha256, text = excluded.text
"""
FORGET_HOURS: Final = """
DELETE FROM customer_hours
WHERE hour < :hour AND revision < (SELECT max(revision) FROM endpoint_hours)
"""
IN_FORCE: Final = """
SELECT effective, sha256, text FROM privacy_policies WHERE effective <= :day
ORDER BY effective DESC LIMIT 1
"""


def add(db: Connection, row: SubmissionRow) -> bool:
    """Store a submission, once; False when too many wait."""
    (waiting,) = db.execute("SELECT count(*) FROM privacy_inbox").fetchone()
    if waiting >= MOST_WAITING:
        return False
    db.execute(ADD, asdict(row))
    return True


def take(db: Connection, submission_id: str, vault_id: str) -> str | None:
    """The vault that answers it from now on: the first that asked. None when there is no such."""
    row = db.execute(TAKE, {"submission_id": submission_id, "vault_id": vault_id}).fetchone()
    return None if row is None else str(row[0])


def drop(db: Connection, submission_id: str) -> None:
    """Forget what a vault has stored; one that nobody took stays."""
    db.execute(
        "DELETE FROM privacy_inbox WHERE submission_id = :id AND taken_by IS NOT NULL",
        {"id": submission_id},
    )


def put_owned(db: Connection, row: OwnedRow) -> bool:
    """Store a request, new or changed; False when another vault answers it."""
    return db.execute(PUT_OWNED, asdict(row)).rowcount > 0


def put_choice(db: Connection, row: ChoiceRow) -> None:
    """Store a choice in the place of an earlier one, under a position of its own."""
    db.execute(PUT_CHOICE, asdict(row))


def put_policy(db: Connection, row: PolicyRow) -> None:
    db.execute(PUT_POLICY, asdict(row))


def forget_ended(db: Connection, before_us: int) -> None:
    """Forget requests that ended before an instant."""
    db.execute(
        "DELETE FROM privacy_owned WHERE due IS NULL AND changed_us < :before_us",
        {"before_us": before_us},
    )


def forget_hours(db: Connection, before_hour: int) -> None:
    """Forget what single customers used in hours long gone; the newest revision stays in sight."""
    db.execute(FORGET_HOURS, {"hour": before_hour})


def mail(db: Connection, after: int) -> MailRows:
    """What waits, and choices behind a position."""
    submissions = db.execute(
        "SELECT submission_id, received_us, sealed, taken_by FROM privacy_inbox "
        "ORDER BY received_us, submission_id"
    )
    requests = db.execute(
        "SELECT request_id, vault_id, number, kind, due, changed_us FROM privacy_owned "
        "ORDER BY request_id"
    )
    chosen = db.execute(
        "SELECT position, subject, purpose, wanted, means, at_us FROM privacy_web_choices "
        "WHERE position > :after ORDER BY position LIMIT :limit",
        {"after": after, "limit": CHOICES_A_PAGE},
    ).fetchall()
    return MailRows(
        tuple(SubmissionRow(*row) for row in submissions),
        tuple(OwnedRow(*row) for row in requests),
        tuple(ChoiceRow(s, p, bool(w), m, at) for _, s, p, w, m, at in chosen),
        chosen[-1][0] if chosen else after,
    )


def policy(db: Connection, day: str) -> PolicyRow | None:
    """The version that is in force on a day."""
    row = db.execute(IN_FORCE, {"day": day}).fetchone()
    return None if row is None else PolicyRow(*row)
