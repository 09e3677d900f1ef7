"""Every version of every rule: those the service published, and those that wait to be."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from contract.identifiers import version_id
from desktop.domain.editing import EditState, Standing
from desktop.domain.ids import RuleId
from desktop.domain.pricing.published import PricingRule, RuleVersion, Terms
from desktop.domain.pricing.rulebook import RuleBook
from desktop.services.storage import applications, configuration, customer_merges
from desktop.services.storage.configuration import SAMPLE_EPOCH, StoredRow
from desktop.services.storage.rows import CUSTOMER_PLANS, PLANS, VERSIONS

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.domain.ids import ApplicationId

WAITS = Standing(state=EditState.WAITING)


def book_of(db: Connection, application_id: ApplicationId) -> RuleBook:
    """The rules, plans and customers of an application, with the edits that still wait."""
    return RuleBook(
        of_application(db, application_id),
        PLANS.of_application(db, application_id),
        CUSTOMER_PLANS.of_application(db, application_id),
        customer_merges.merges_of(db, application_id),
    )


def of_application(db: Connection, application_id: ApplicationId) -> tuple[RuleVersion, ...]:
    """By rule and number; what waits in the outbox has the number it is going to have."""
    found = {(one.rule_id, one.version): one for one in VERSIONS.of_application(db, application_id)}
    last: dict[RuleId, int] = {}
    for rule_id, version in found:
        last[rule_id] = max(version, last.get(rule_id, 0))
    for waiting in _waiting(db, application_id):
        number = last[waiting.rule_id] = last.get(waiting.rule_id, 0) + 1
        found[waiting.rule_id, number] = _numbered(waiting, number)
    return tuple(found[key] for key in sorted(found))


def names_of(db: Connection, rule_ids: Iterable[str]) -> dict[RuleId, str]:
    """Names of rules that are not deleted."""
    rows = db.execute(
        """
        SELECT entity_id, body ->> 'name' FROM configuration
        WHERE entity = 'pricing_rule' AND entity_id IN (SELECT value FROM json_each(:ids))
        """,
        {"ids": json.dumps(list(rule_ids))},
    )
    return {RuleId(rule_id): name for rule_id, name in rows}


def of_rule(
    db: Connection, application_id: ApplicationId, rule_id: RuleId
) -> tuple[RuleVersion, ...]:
    """The versions of one rule, oldest first."""
    return tuple(one for one in of_application(db, application_id) if one.rule_id == rule_id)


def put_sample(db: Connection, rule: PricingRule, published_at: datetime) -> None:
    """Publish a version of a rule of the sample application, which no service ever sees."""
    version = _numbered(waiting_version(rule, rule.rule_id), rule.version)
    stored = replace(version, published_at=published_at)
    body = json.dumps(VERSIONS.body(stored))
    configuration.put(db, VERSIONS.key(stored), StoredRow(body, 0, SAMPLE_EPOCH))


def _waiting(db: Connection, application_id: ApplicationId) -> Iterator[RuleVersion]:
    """Edits of rules that the service has not seen, oldest first; a deletion ends its rule."""
    rows = db.execute(
        """
        SELECT entity_id, base, body, created_at_us FROM outbox
        WHERE entity = 'pricing_rule' AND rejected = 0
            AND coalesce(body, base) ->> 'application_id' = :application_id
        ORDER BY position
        """,
        {"application_id": application_id},
    )
    zone = applications.zones(db)(application_id)
    for rule_id, base, body, created_at_us in rows:
        terms = msgspec.convert(json.loads(body or base), Terms)
        if body is None:
            day = datetime.fromtimestamp(created_at_us / 1_000_000, zone).date()
            terms = replace(terms, price=None, effective_from=day, note="")
        yield waiting_version(terms, RuleId(rule_id))


def waiting_version(terms: Terms, rule_id: RuleId) -> RuleVersion:
    """A version that the service has not seen."""
    said: dict[str, Any] = {field.name: getattr(terms, field.name) for field in fields(Terms)}
    return RuleVersion(**said, rule_id=rule_id, version_id="", published_at=None, standing=WAITS)


def _numbered(version: RuleVersion, number: int) -> RuleVersion:
    return replace(version, version=number, version_id=version_id(version.rule_id, number))
