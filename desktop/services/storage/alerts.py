"""Rules of alerts and what they found."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time
from typing import TYPE_CHECKING, Any, Final

import msgspec

from desktop.domain.alerts import AlertEvent, AlertLine, AlertRule, Finding, QuietHours
from desktop.services.storage.timestamps import microseconds, moment

if TYPE_CHECKING:
    from sqlite3 import Connection

MOST_EVENTS: Final = 10_000
"""Of those that have ended; older ones go."""


def put_rule(db: Connection, rule: AlertRule) -> None:
    """Insert or replace a rule; what it said about itself is worked out anew."""
    db.execute(
        """
        INSERT INTO alert_rules (rule_id, application_id, body) VALUES (:id, :app, :body)
        ON CONFLICT DO UPDATE SET body = excluded.body, problem = ''
        """,
        {
            "id": rule.rule_id,
            "app": rule.application_id,
            "body": msgspec.json.encode(rule).decode(),
        },
    )


def find_rule(db: Connection, rule_id: str) -> AlertRule | None:
    row = db.execute("SELECT body FROM alert_rules WHERE rule_id = ?", (rule_id,)).fetchone()
    return None if row is None else _rule(row[0])


def rules(db: Connection) -> tuple[AlertRule, ...]:
    """Rules of all applications, in order of their ids."""
    rows = db.execute("SELECT body FROM alert_rules ORDER BY rule_id")
    return tuple(_rule(body) for (body,) in rows)


def remove_rule(db: Connection, rule_id: str) -> None:
    """Drop a rule; its history stays."""
    db.execute("DELETE FROM alert_rules WHERE rule_id = ?", (rule_id,))


def note_look(db: Connection, rule_id: str, at: datetime, problem: str) -> None:
    db.execute(
        "UPDATE alert_rules SET problem = :problem, looked_at_us = :at WHERE rule_id = :id",
        {"problem": problem, "at": microseconds(at), "id": rule_id},
    )


def lines(db: Connection, application_id: str) -> tuple[AlertLine, ...]:
    """Rules of an application by name, with how they stand."""
    rows = db.execute(
        """
        SELECT body, problem, looked_at_us, (
            SELECT count(*) FROM alert_events e
            WHERE e.rule_id = alert_rules.rule_id AND e.ended_at_us IS NULL)
        FROM alert_rules WHERE application_id = ?
        ORDER BY body ->> 'name' COLLATE NOCASE, rule_id
        """,
        (application_id,),
    )
    return tuple(
        AlertLine(_rule(body), count, problem, moment(looked) if looked is not None else None)
        for body, problem, looked, count in rows
    )


def open_findings(db: Connection, rule_id: str) -> frozenset[str]:
    """Keys of the findings of a rule that last."""
    rows = db.execute(
        "SELECT finding FROM alert_events WHERE rule_id = ? AND ended_at_us IS NULL", (rule_id,)
    )
    return frozenset(key for (key,) in rows)


def begin(db: Connection, rule: AlertRule, finding: Finding, at: datetime) -> None:
    """Note that something was found; its texts are what it began with."""
    public = finding.text if finding.is_named else ""
    db.execute(
        """
        INSERT INTO alert_events (rule_id, application_id, rule_name, finding, told, public_text,
            began_at_us)
        VALUES (:id, :app, :name, :finding, :told, :public, :at)
        """,
        {
            "id": rule.rule_id,
            "app": rule.application_id,
            "name": rule.name,
            "finding": finding.key,
            "told": finding.text,
            "public": public,
            "at": microseconds(at),
        },
    )


def end(db: Connection, rule_id: str, findings: Iterable[str], at: datetime) -> None:
    """Note that findings are over."""
    db.executemany(
        """
        UPDATE alert_events SET ended_at_us = ?
        WHERE rule_id = ? AND finding = ? AND ended_at_us IS NULL
        """,
        [(microseconds(at), rule_id, key) for key in findings],
    )
    db.execute(
        """
        DELETE FROM alert_events WHERE ended_at_us IS NOT NULL
            AND event_id <= (SELECT max(event_id) FROM alert_events) - :most
        """,
        {"most": MOST_EVENTS},
    )


def take_untold(
    db: Connection, rule_ids: Iterable[str], at: datetime
) -> tuple[tuple[str, str], ...]:
    """Name of the rule and text of each lasting finding that nobody was told of; now they were.

    The text is empty where it names somebody by a pseudonym.
    """
    ids = msgspec.json.encode(list(rule_ids)).decode()
    rows = db.execute(
        """
        UPDATE alert_events SET notified_at_us = :at
        WHERE ended_at_us IS NULL AND notified_at_us IS NULL
            AND rule_id IN (SELECT value FROM json_each(:ids))
        RETURNING rule_name, public_text
        """,
        {"at": microseconds(at), "ids": ids},
    )
    return tuple(rows.fetchall())


def begun_since(
    db: Connection, rule_ids: Iterable[str], since: datetime
) -> tuple[tuple[int, str, str], ...]:
    """Id, name of the rule and text of each lasting finding that began at `since` or later.

    The text is empty where it names somebody by a pseudonym.
    """
    ids = msgspec.json.encode(list(rule_ids)).decode()
    rows = db.execute(
        """
        SELECT event_id, rule_name, public_text FROM alert_events
        WHERE ended_at_us IS NULL AND began_at_us >= :since
            AND rule_id IN (SELECT value FROM json_each(:ids))
        ORDER BY event_id
        """,
        {"since": microseconds(since), "ids": ids},
    )
    return tuple(rows.fetchall())


def history(db: Connection, application_id: str, most: int) -> tuple[AlertEvent, ...]:
    """Lasting ones first, then the newest."""
    rows = db.execute(
        """
        SELECT event_id, rule_id, rule_name, told, began_at_us, ended_at_us, notified_at_us
        FROM alert_events WHERE application_id = :app
        ORDER BY ended_at_us IS NOT NULL, event_id DESC LIMIT :most
        """,
        {"app": application_id, "most": most},
    )
    return tuple(_event(row) for row in rows)


def quiet_hours(db: Connection) -> QuietHours:
    row = db.execute("SELECT quiet_start, quiet_end FROM alert_settings").fetchone()
    return QuietHours(*map(time.fromisoformat, row)) if row else QuietHours()


def put_quiet_hours(db: Connection, quiet: QuietHours) -> None:
    db.execute(
        """
        INSERT INTO alert_settings (one, quiet_start, quiet_end) VALUES (1, :start, :end)
        ON CONFLICT DO UPDATE SET quiet_start = excluded.quiet_start, quiet_end = excluded.quiet_end
        """,
        {"start": quiet.start.isoformat("minutes"), "end": quiet.end.isoformat("minutes")},
    )


def _rule(body: str) -> AlertRule:
    return msgspec.json.decode(body, type=AlertRule)


def _event(row: tuple[Any, ...]) -> AlertEvent:
    event_id, rule_id, rule_name, told, began, ended, notified = row
    return AlertEvent(
        event_id,
        rule_id,
        rule_name,
        told,
        moment(began),
        moment(ended) if ended is not None else None,
        moment(notified) if notified is not None else None,
    )
