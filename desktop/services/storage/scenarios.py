"""Saved questions of the what-if page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from desktop.domain.what_if import SavedScenario, WhatIfQuestion
from desktop.services.storage.timestamps import microseconds, moment

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.domain.ids import ApplicationId


def save(db: Connection, scenario: SavedScenario) -> None:
    """Keep a scenario; one of the same name is replaced."""
    question = scenario.question
    db.execute(
        """
        INSERT INTO scenarios (scenario_id, application_id, name, question, saved_at_us)
        VALUES (:id, :application_id, :name, :question, :saved_at)
        ON CONFLICT (application_id, name) DO UPDATE SET question = excluded.question,
            saved_at_us = excluded.saved_at_us
        """,
        {
            "id": scenario.scenario_id,
            "application_id": question.application_id,
            "name": scenario.name,
            "question": msgspec.json.encode(question).decode(),
            "saved_at": microseconds(scenario.saved_at),
        },
    )


def of_application(db: Connection, application_id: ApplicationId) -> tuple[SavedScenario, ...]:
    """By name."""
    rows = db.execute(
        """
        SELECT scenario_id, name, question, saved_at_us FROM scenarios
        WHERE application_id = :id ORDER BY name COLLATE NOCASE, scenario_id
        """,
        {"id": application_id},
    )
    return tuple(
        SavedScenario(
            scenario_id, name, msgspec.json.decode(question, type=WhatIfQuestion), moment(saved_at)
        )
        for scenario_id, name, question, saved_at in rows
    )


def delete(db: Connection, scenario_id: str) -> None:
    db.execute("DELETE FROM scenarios WHERE scenario_id = :id", {"id": scenario_id})


def remove_application(db: Connection, application_id: str) -> None:
    """Drop the scenarios of an application that is gone."""
    db.execute("DELETE FROM scenarios WHERE application_id = :id", {"id": application_id})
