"""Answers of the service and single calls that are kept to be shown without it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from desktop.services.storage.timestamps import microseconds, moment

if TYPE_CHECKING:
    from sqlite3 import Connection

CONNECTIONS: Final = "connections"
"""Topic of how the SDKs of every application are connected."""
TOKENS: Final = "tokens"
"""Topic of the service's access tokens."""
AUDIT: Final = "audit"
"""Topic of the newest entries of the audit log."""
AUDIT_HEAD: Final = "audit_head"
"""Topic of the last check of the audit log that found it whole."""
LIMIT_CHANGES: Final = "limit_changes"
"""Topic of when limits changed, from the audit log."""


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """`body` is the answer's JSON."""

    body: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class KeptTrace:
    """`body` and `explanation` are messages of the contract as JSON."""

    trace_id: str
    application_id: str
    at: datetime
    body: str
    explanation: str | None


def keep_answer(db: Connection, topic: str, answer: KeptAnswer) -> None:
    db.execute(
        """
        INSERT INTO kept_answers (topic, body, asked_at_us) VALUES (:topic, :body, :asked_at)
        ON CONFLICT DO UPDATE SET body = excluded.body, asked_at_us = excluded.asked_at_us
        """,
        {"topic": topic, "body": answer.body, "asked_at": microseconds(answer.asked_at)},
    )


def answer(db: Connection, topic: str) -> KeptAnswer | None:
    row = db.execute(
        "SELECT body, asked_at_us FROM kept_answers WHERE topic = :topic", {"topic": topic}
    ).fetchone()
    return KeptAnswer(row[0], moment(row[1])) if row else None


def traces_topic(application_id: str) -> str:
    """Topic of the last list of an application's calls."""
    return f"traces:{application_id}"


def keep_trace(db: Connection, trace: KeptTrace, opened_at: datetime) -> None:
    """Keep a call; one that is there already gets its newest form."""
    keep_traces(db, (trace,), opened_at)


def keep_traces(db: Connection, traces: Iterable[KeptTrace], opened_at: datetime) -> None:
    """Keep calls; what has not changed is not written again."""
    opened_at_us = microseconds(opened_at)
    db.executemany(
        """
        INSERT INTO kept_traces (trace_id, application_id, at_us, body, explanation, opened_at_us)
        VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET body = excluded.body,
            explanation = coalesce(excluded.explanation, explanation)
        WHERE body <> excluded.body OR excluded.explanation IS NOT NULL
        """,
        (
            (
                trace.trace_id,
                trace.application_id,
                microseconds(trace.at),
                trace.body,
                trace.explanation,
                opened_at_us,
            )
            for trace in traces
        ),
    )


def trace(db: Connection, trace_id: str) -> KeptTrace | None:
    row = db.execute(
        """
        SELECT trace_id, application_id, at_us, body, explanation FROM kept_traces
        WHERE trace_id = :trace_id
        """,
        {"trace_id": trace_id},
    ).fetchone()
    return _trace(row) if row else None


def traces(db: Connection, application_id: str) -> tuple[KeptTrace, ...]:
    """Newest first."""
    rows = db.execute(
        """
        SELECT trace_id, application_id, at_us, body, explanation FROM kept_traces
        WHERE application_id = :application_id ORDER BY at_us DESC, trace_id
        """,
        {"application_id": application_id},
    )
    return tuple(_trace(row) for row in rows)


def kept_ids(db: Connection, application_id: str) -> frozenset[str]:
    rows = db.execute(
        "SELECT trace_id FROM kept_traces WHERE application_id = :application_id",
        {"application_id": application_id},
    )
    return frozenset(trace_id for (trace_id,) in rows)


def forget_trace(db: Connection, trace_id: str) -> None:
    db.execute("DELETE FROM kept_traces WHERE trace_id = :trace_id", {"trace_id": trace_id})


def _trace(row: tuple[Any, ...]) -> KeptTrace:
    trace_id, application_id, at_us, body, explanation = row
    return KeptTrace(trace_id, application_id, moment(at_us), body, explanation)
