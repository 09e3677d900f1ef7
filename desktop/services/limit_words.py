"""Limits in words, for explanations, the command line and change logs."""

from contract.terms import LimitEffect, LimitKind, LimitScope
from desktop.domain.policies import Limit
from desktop.domain.policy_text import schedule_text


def limit_in_words(limit: Limit) -> str:
    """One phrase, such as `At most 600 calls per minute for each caller, sliding`."""
    per = "each caller" if limit.scope is LimitScope.IDENTITY else "all callers together"
    parts = [f"At most {limit.allowed:,} {limit.counts.value} per {limit.interval.value} for {per}"]
    if limit.kind is LimitKind.SLIDING_WINDOW:
        parts.append("looking back from each call")
    if limit.kind is LimitKind.TOKEN_BUCKET:
        parts.append(f"filling evenly, {limit.burst or limit.allowed:,} at once")
    if limit.schedule:
        parts.append(f"only {schedule_text(limit.schedule)}")
    if limit.effect is LimitEffect.WARN:
        parts.append("warning only")
    return ", ".join(parts)
