"""What publishing a draft would do: the diff, whom it concerns, and whether bills change."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from contract.terms import Meter
from desktop.domain.calendar import day_number
from desktop.domain.ids import CustomerId
from desktop.domain.pricing.changes import (
    AffectedCustomer,
    MonthUse,
    PublishPreview,
    changed_members,
    textual,
)
from desktop.domain.pricing.published import PricingRule, RuleVersion
from desktop.services.storage import rule_versions, usage_queries
from desktop.services.storage.usage_queries import Span
from desktop.services.usage_chart import units
from desktop.services.usage_labels import customer_labels

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.domain.ids import ApplicationId
    from desktop.domain.pricing.drafts import RuleDraft
    from desktop.domain.pricing.rulebook import RuleBook

DAYS_LOOKED_AT = 31
DAYS_OF_A_MONTH = 30
MOST_MARKS = 200


def preview(db: Connection, rule: PricingRule, today: date) -> PublishPreview:
    """What publishing the rule as its next version would do."""
    from desktop.services.rule_text import terms_tree, tree_text

    versions = rule_versions.of_rule(db, rule.application_id, rule.rule_id)
    number = max((one.version for one in versions), default=0) + 1
    live = versions[-1] if versions else None
    after = terms_tree(rule)
    before = {} if live is None else terms_tree(live)
    seen, affected = _affected(db, rule, number, today)
    return PublishPreview(
        version=number,
        effective_from=rule.effective_from,
        diff=textual(tree_text(before) if live else "", tree_text(after), rule.name),
        fields=changed_members(before, after),
        affected=affected,
        seen_customers=seen,
        changes_live_bill=bool(affected) and rule.effective_from <= today,
        never_held=tuple(
            one.version
            for one in versions
            if one.effective_from > today and one.effective_from >= rule.effective_from
        ),
    )


def month_uses(db: Connection, draft: RuleDraft, today: date) -> tuple[MonthUse, ...]:
    """What customers used in the last 30 days where a draft applies, largest first."""
    endpoints = {
        endpoint_id: place
        for endpoint_id, place in usage_queries.endpoints_by_id(db, draft.application_id).items()
        if draft.method in {"*", place[0]} and draft.url in {"*", place[1]}
    }
    first = day_number(today) - DAYS_OF_A_MONTH
    found: dict[str, Decimal] = defaultdict(Decimal)
    span = Span(draft.application_id, first, first + DAYS_OF_A_MONTH)
    for use in usage_queries.customer_use(db, span, endpoints):
        if draft.customer_id in {None, use.customer_id}:
            counted = Decimal(use.requests) if draft.meter is Meter.REQUESTS else units(use.units)
            found[use.customer_id] += counted
    largest = sorted(found, key=lambda one: (-found[one], one))[:MOST_MARKS]
    labels = customer_labels(db, largest)
    return tuple(MonthUse(CustomerId(one), labels[one], found[one]) for one in largest)


def _affected(
    db: Connection, rule: PricingRule, number: int, today: date
) -> tuple[int, tuple[AffectedCustomer, ...]]:
    """How many customers there were lately, and those whose usage the rule prices."""
    book = rule_versions.book_of(db, rule.application_id)
    drafted = book.with_version(_version(rule, number))
    day = max(today, rule.effective_from)
    customers: set[str] = set()
    concerned: set[str] = set()
    for customer_id, method, url in _recent_use(db, rule.application_id, today):
        customers.add(customer_id)
        if customer_id not in concerned and any(
            _prices(one, rule, (customer_id, method, url), day) for one in (book, drafted)
        ):
            concerned.add(customer_id)
    labels = customer_labels(db, sorted(concerned))
    found = (AffectedCustomer(CustomerId(one), label) for one, label in labels.items())
    return len(customers), tuple(sorted(found, key=lambda one: (one.label, one.customer_id)))


def _prices(book: RuleBook, rule: PricingRule, use: tuple[str, str, str], day: date) -> bool:
    customer_id, method, url = use
    rules = book.on(day)
    version = rules.version_for(CustomerId(customer_id), method, url)
    due = (version, *rules.fees(CustomerId(customer_id), ((method, url),)))
    return any(one is not None and one.rule_id == rule.rule_id for one in due)


def _recent_use(
    db: Connection, application_id: ApplicationId, today: date
) -> list[tuple[str, str, str]]:
    """Customer, method and url of what was called lately."""
    endpoints = usage_queries.endpoints_by_id(db, application_id)
    first = today - timedelta(days=DAYS_LOOKED_AT)
    span = Span(application_id, day_number(first), day_number(today) + 1)
    uses = usage_queries.customer_use(db, span, endpoints)
    return [(use.customer_id, *endpoints[use.endpoint_id]) for use in uses]


def _version(rule: PricingRule, number: int) -> RuleVersion:
    return replace(rule_versions.waiting_version(rule, rule.rule_id), version=number)
