"""Answers `get_credits`: what a customer has used, and what its limits leave.

Limits and caps are read from memory; the use of the period from the storage, on another thread.
Source: SDK protocol, section 3.7.
"""

import asyncio
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from contract.messages.rollups import MICRO
from contract.terms import LimitCounts, LimitInterval
from hosted.clock import Clock
from hosted.metering.admission import Rulebook
from hosted.metering.directory import Application, Directory
from hosted.metering.limit_rules import LimitRule
from hosted.metering.policies import Policy
from hosted.metering.windows import local_day, window
from hosted.scrub.identity import customer_id
from hosted.sdk.frames import CreditsQuestion
from hosted.secrets import Secrets
from hosted.storage.base import Storage
from hosted.storage.usage_records import Usage

INTERVALS: Final = {
    LimitInterval.SECOND: "1s",
    LimitInterval.MINUTE: "1m",
    LimitInterval.HOUR: "1h",
    LimitInterval.DAY: "1d",
    LimitInterval.WEEK: "7d",
    LimitInterval.MONTH: "30d",
}
MILLISECOND_US: Final = 1000


class CreditDesk:
    """Tells clients how much a customer has left. Event loop's thread."""

    def __init__(
        self,
        *,
        directory: Directory,
        rules: Rulebook,
        storage: Storage,
        secrets: Secrets,
        clock: Clock,
    ) -> None:
        self._directory = directory
        self._rules = rules
        self._storage = storage
        self._secrets = secrets
        self._clock = clock

    async def answer(self, application: Application, question: CreditsQuestion) -> bytes:
        """Payload of the answer.

        Raises:
            StorageUnavailable: the use of the period cannot be read.
        """
        app_id, now_us = application.application_id, self._clock()
        identity = question.identity if isinstance(question.identity, str) else ""
        customer = customer_id(self._secrets.pseudonyms, app_id, identity)
        interval = self._period(app_id, now_us)
        start_us, end_us = window(interval, now_us, application.zone)
        day = local_day(start_us, application.zone)
        usage = await asyncio.to_thread(self._storage.usage_of_customer, app_id, customer, day)
        answer = {
            "account": self._account(app_id, now_us, start_us, end_us),
            "identity": _identity(identity, usage),
            "workflows": list(self._workflows(app_id, customer, question.workflow, now_us)),
        }
        return msgspec.json.encode(answer)

    def _period(self, application_id: str, now_us: int) -> LimitInterval:
        """Billing period: the cap's, or the month."""
        capped = self._rules.caps.reading(application_id, now_us)
        return LimitInterval.MONTH if capped is None else LimitInterval(capped[0].interval.value)

    def _account(
        self, application_id: str, now_us: int, start_us: int, end_us: int
    ) -> dict[str, Any] | None:
        capped = self._rules.caps.reading(application_id, now_us)
        if capped is None:
            return None
        cap, reading = capped
        return {
            "planId": application_id,
            "used": reading.used,
            "limit": cap.requests,
            "remaining": max(0, cap.requests - reading.used),
            "periodStartAt": start_us // MILLISECOND_US,
            "periodEndAt": end_us // MILLISECOND_US,
            "exceeded": reading.used >= cap.requests,
        }

    def _workflows(
        self, application_id: str, customer: str, wanted: object, now_us: int
    ) -> Iterator[dict[str, Any]]:
        """One entry for each policy that limits the customer, by its tightest limit."""
        for policy in self._directory.policies.endpoint_policies(application_id):
            if wanted is not None and wanted not in _names(policy):
                continue
            plan = self._rules.limiter.plan(policy.policy_id)
            rules = () if plan is None else plan.rules_of(customer, now_us)
            if not rules:
                continue
            tightest = min(rules, key=lambda rule: _left(rule, customer, now_us))
            body = policy.body
            block = self._rules.blocks.find(application_id, body.method, body.url, customer, now_us)
            is_stopped = block is not None or any(
                rule.stops(customer, now_us) and not rule.is_soft for rule in rules
            )
            yield _workflow(policy, tightest, customer, now_us, is_stopped=is_stopped)


def _names(policy: Policy) -> tuple[str, str, str]:
    body = policy.body
    return policy.policy_id, body.url, f"{body.method} {body.url}"


def _left(rule: LimitRule, customer: str, now_us: int) -> int:
    """What a limit leaves, in millionths of a call or unit, so that limits can be compared."""
    left = rule.allowed - rule.reading(customer, now_us).used
    return left if rule.limit.counts is LimitCounts.UNITS else left * MICRO


def _identity(identity: str, usage: Usage | None) -> dict[str, Any]:
    used = 0 if usage is None else _number(usage.units_micro)
    return {"identity": identity, "used": used, "known": usage is not None}


def _workflow(
    policy: Policy, rule: LimitRule, customer: str, now_us: int, *, is_stopped: bool
) -> dict[str, Any]:
    weight = MICRO // rule.weight
    limit = _number(rule.allowed * weight)
    used = _number(rule.reading(customer, now_us).used * weight)
    remaining = max(0, limit - used)
    name = f"{policy.body.method} {policy.body.url}"
    threshold = {
        "tierIndex": 0,
        "thresholdField": rule.limit.counts.value,
        "thresholdValue": limit,
        "currentValue": used,
        "remaining": remaining,
        "action": {"type": "BLOCK", "params": {}},
    }
    return {
        "workflow": name,
        "policyId": policy.policy_id,
        "policyName": name,
        "status": "active",
        "limit": limit,
        "used": used,
        "remaining": remaining,
        "blocked": is_stopped,
        "resetInterval": INTERVALS[rule.limit.interval],
        "nextTier": None if rule.is_soft else threshold,
    }


def _number(micro: int) -> int | float:
    """Millionths as a JSON number: whole where they are whole."""
    return micro // MICRO if micro % MICRO == 0 else micro / MICRO
