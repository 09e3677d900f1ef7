"""Refusals in words, and in the form in which they are stored with the refused call."""

from typing import Final, Literal

import msgspec

from contract.messages.policies import Limit
from contract.messages.rollups import MICRO
from contract.terms import LimitCounts, LimitKind, LimitScope
from hosted.metering.blocks import FOR_EVER_US, Block
from hosted.metering.limit_rules import LimitRule
from hosted.metering.limits import Refused

DETAIL_KEY: Final = "refusal"
"""Name under which a refused call's event keeps its reason."""

NAMES: Final = {
    LimitKind.FIXED_WINDOW: "in each {interval}",
    LimitKind.SLIDING_WINDOW: "in any stretch of one {interval}",
    LimitKind.TOKEN_BUCKET: "a {interval}, {burst} at once",
}


class Refusal(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a call was refused: the rule, its counter, and when it lets calls pass again."""

    rule: Literal["block", "limit", "override"]
    rule_id: str
    text: str
    used: str | None = None
    allowed: str | None = None
    resets_us: int | None = None


def refusal_by(stopped: Refused | Block) -> Refusal:
    """The refusal a limit or a block stands for."""
    if isinstance(stopped, Block):
        until_us = None if stopped.until_us >= FOR_EVER_US else stopped.until_us
        return Refusal("block", stopped.block_id, block_text(stopped), resets_us=until_us)
    rule = stopped.rule
    return Refusal(
        "override" if rule.is_own else "limit",
        rule.rule_id,
        limit_text(rule.limit),
        used=counted(rule, stopped.reading.used),
        allowed=counted(rule, rule.allowed),
        resets_us=stopped.reading.frees_us,
    )


def limit_text(limit: Limit) -> str:
    """A limit in a sentence."""
    what = "unit" if limit.counts is LimitCounts.UNITS else "call"
    what += "" if limit.allowed == 1 else "s"
    who = "for all callers together" if limit.scope is LimitScope.APPLICATION else "for each caller"
    how = NAMES[limit.kind].format(
        interval=limit.interval.value, burst=limit.burst or limit.allowed
    )
    return f"{limit.allowed} {what} {how}, {who}."


def block_text(block: Block) -> str:
    """A block in a sentence."""
    method, url = block.route
    who = "everybody" if block.customer_id is None else "this customer"
    reason = f" Reason: {block.reason}" if block.reason else ""
    return f"{method} {url} is blocked for {who}.{reason}"


def counted(rule: LimitRule, amount: int) -> str:
    """What a gauge shows, in calls or units, as decimal text."""
    if rule.weight == 1:
        return str(amount)
    sign = "-" if amount < 0 else ""
    whole, rest = divmod(abs(amount), MICRO)
    return f"{sign}{whole}.{rest:06d}".rstrip("0").rstrip(".")
