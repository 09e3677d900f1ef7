"""Rules as typed and not yet published, so that nothing typed is lost."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import msgspec

from desktop.domain.ids import RuleId
from desktop.domain.pricing.drafts import KeptDraft, RuleDraft
from desktop.services.storage.timestamps import microseconds, moment

if TYPE_CHECKING:
    from datetime import datetime
    from sqlite3 import Connection

    from desktop.domain.ids import ApplicationId

NEW_RULE: Final = "new_rule"
"""Stands for the rule that is not yet there."""


def put(db: Connection, draft: RuleDraft, rule_id: RuleId | None, now: datetime) -> None:
    """Keep a draft in the place of the one before."""
    db.execute(
        """
        INSERT INTO rule_drafts (application_id, rule_id, draft, saved_at_us)
        VALUES (:application_id, :rule_id, :draft, :saved_at)
        ON CONFLICT DO UPDATE SET draft = excluded.draft, saved_at_us = excluded.saved_at_us
        """,
        {
            "application_id": draft.application_id,
            "rule_id": rule_id or NEW_RULE,
            "draft": json.dumps(msgspec.to_builtins(draft)),
            "saved_at": microseconds(now),
        },
    )


def remove(db: Connection, application_id: ApplicationId, rule_id: RuleId | None) -> None:
    db.execute(
        "DELETE FROM rule_drafts WHERE application_id = :application_id AND rule_id = :rule_id",
        {"application_id": application_id, "rule_id": rule_id or NEW_RULE},
    )


def of_application(db: Connection, application_id: ApplicationId) -> tuple[KeptDraft, ...]:
    """By rule."""
    rows = db.execute(
        """
        SELECT rule_id, draft, saved_at_us FROM rule_drafts
        WHERE application_id = :application_id ORDER BY rule_id
        """,
        {"application_id": application_id},
    )
    return tuple(
        KeptDraft(
            None if rule_id == NEW_RULE else RuleId(rule_id),
            msgspec.convert(json.loads(draft), RuleDraft),
            moment(saved_at),
        )
        for rule_id, draft, saved_at in rows
    )
