"""How far customers have used up their limits, from synced sums."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from contract.messages.rollups import MICRO
from contract.terms import LimitCounts, LimitInterval, LimitKind, LimitScope
from desktop.domain.calendar import day_number
from desktop.domain.customer_detail import LimitUsed
from desktop.services.storage import customer_facts
from desktop.services.storage.rows import OVERRIDES, POLICIES
from desktop.services.usage_labels import endpoint_label

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.domain.ids import ApplicationId, CustomerId
    from desktop.domain.policies import Limit, LimitOverride, Policy

SHOWN: Final = frozenset({LimitInterval.DAY, LimitInterval.WEEK, LimitInterval.MONTH})
"""Shorter windows are over before a sync tells of them."""


@dataclass(frozen=True, slots=True)
class Now:
    """`today` is the day in the application's time zone, `at` the instant, aware."""

    today: date
    at: datetime


def limits_used(
    db: Connection, application_id: ApplicationId, members: Sequence[CustomerId], now: Now
) -> tuple[LimitUsed, ...]:
    """The limits by identity that hold for a customer, each for the identity that used most.

    Limits of a day, week or month with windows that begin anew are told; what a sliding window or
    a bucket holds only the service knows.
    """
    overrides = [
        one
        for one in OVERRIDES.of_application(db, application_id)
        if one.customer_id in members and (one.expires_at is None or one.expires_at > now.at)
    ]
    found: dict[tuple[str, Limit, bool], int] = {}
    for policy in POLICIES.of_application(db, application_id):
        for limit, who, is_own in _held(policy, overrides, members):
            used = _used(db, policy, limit, who, now.today)
            key = (endpoint_label(policy.method, policy.url), limit, is_own)
            found[key] = max(found.get(key, 0), used)
    return tuple(
        LimitUsed(what, limit.allowed, used, limit.counts, limit.interval, is_own)
        for (what, limit, is_own), used in sorted(
            found.items(), key=lambda item: (-item[1] / max(item[0][1].allowed, 1), item[0][0])
        )
    )


def _held(
    policy: Policy, overrides: Iterable[LimitOverride], members: Sequence[CustomerId]
) -> Iterator[tuple[Limit, Sequence[CustomerId], bool]]:
    """The policy's limits with who has them, those of the customer's own apart."""
    own = {one.customer_id: one for one in overrides if one.policy_id == policy.policy_id}
    for customer_id, override in own.items():
        for limit in filter(_is_shown, override.limits):
            yield limit, (customer_id,), True
    others = [one for one in members if one not in own]
    for limit in filter(_is_shown, policy.limits if others else ()):
        yield limit, others, False


def _is_shown(limit: Limit) -> bool:
    return (
        limit.interval in SHOWN
        and limit.kind is LimitKind.FIXED_WINDOW
        and limit.scope is LimitScope.IDENTITY
    )


def _used(
    db: Connection, policy: Policy, limit: Limit, who: Sequence[CustomerId], today: date
) -> int:
    """What the identity that used most has used of a limit in its present window."""
    span = range(day_number(window_start(limit.interval, today)), day_number(today) + 1)
    sums: dict[str, int] = {}
    for customer, method, url, requests, micro in customer_facts.endpoint_use(
        db, policy.application_id, who, span
    ):
        if policy.method in {"*", method} and policy.url in {"*", url}:
            counted = requests if limit.counts is LimitCounts.CALLS else micro // MICRO
            sums[customer] = sums.get(customer, 0) + counted
    return max(sums.values(), default=0)


def window_start(interval: LimitInterval, today: date) -> date:
    """First day of the window of a limit that begins anew each day, week or month."""
    match interval:
        case LimitInterval.MONTH:
            return today.replace(day=1)
        case LimitInterval.WEEK:
            return today - timedelta(days=today.weekday())
        case _:
            return today
