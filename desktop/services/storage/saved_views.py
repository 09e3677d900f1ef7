"""Views of usage that the owner gave a name."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from desktop.domain.ids import ApplicationId
from desktop.domain.usage_spelling import question_from, spelled
from desktop.domain.usage_views import ChartKind, SavedView, UsageView
from desktop.services.storage.timestamps import microseconds

if TYPE_CHECKING:
    from datetime import datetime
    from sqlite3 import Connection

MOST: Final = 500
"""Views of an application that are kept."""


def save(db: Connection, saved: SavedView, saved_at: datetime) -> None:
    """Keep a view; one of the same name is replaced."""
    db.execute(
        """
        INSERT INTO saved_views (view_id, application_id, name, view, saved_at_us)
        VALUES (:id, :application_id, :name, :view, :saved_at)
        ON CONFLICT (application_id, name) DO UPDATE SET view = excluded.view,
            saved_at_us = excluded.saved_at_us
        """,
        {
            "id": saved.view_id,
            "application_id": saved.application_id,
            "name": saved.name,
            "view": _written(saved.view),
            "saved_at": microseconds(saved_at),
        },
    )


def count(db: Connection, application_id: ApplicationId) -> int:
    return int(
        db.execute(
            "SELECT count(*) FROM saved_views WHERE application_id = :id", {"id": application_id}
        ).fetchone()[0]
    )


def of_application(db: Connection, application_id: ApplicationId) -> tuple[SavedView, ...]:
    """By name."""
    rows = db.execute(
        """
        SELECT view_id, name, view FROM saved_views WHERE application_id = :id
        ORDER BY name COLLATE NOCASE, view_id
        """,
        {"id": application_id},
    )
    return tuple(
        SavedView(view_id, application_id, name, _read(view)) for view_id, name, view in rows
    )


def delete(db: Connection, view_id: str) -> None:
    db.execute("DELETE FROM saved_views WHERE view_id = :id", {"id": view_id})


def remove_application(db: Connection, application_id: str) -> None:
    """Drop the views of an application that is gone."""
    db.execute("DELETE FROM saved_views WHERE application_id = :id", {"id": application_id})


def _written(view: UsageView) -> str:
    question = json.loads(spelled(view.question))
    threshold = None if view.threshold is None else f"{view.threshold:f}"
    parts = {"question": question, "kind": view.kind, "days": view.days, "threshold": threshold}
    return json.dumps(parts)


def _read(text: str) -> UsageView:
    parts = json.loads(text)
    question = question_from(json.dumps(parts["question"]))
    written = parts["threshold"]
    threshold = None if written is None else Decimal(written)
    return UsageView(question, ChartKind(parts["kind"]), parts["days"], threshold)
