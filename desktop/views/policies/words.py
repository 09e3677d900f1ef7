"""Words for the choices of a policy, in the owner's language."""

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from contract.terms import (
    IdentityLocation,
    LimitCounts,
    LimitEffect,
    LimitInterval,
    LimitKind,
    LimitScope,
    MeteringTrigger,
)
from desktop.domain.editing import EditState
from desktop.domain.policies import Limit, Passage, Policy
from desktop.views import figures

CONTEXT: Final = "policies"
STATE_ICONS: Final = {
    EditState.SYNCED: ("circle-check", "ok"),
    EditState.WAITING: ("clock", "muted"),
    EditState.CONFLICTED: ("git-compare-arrows", "warn"),
    EditState.REJECTED: ("circle-alert", "bad"),
}
STATES: Final[Mapping[EditState, object]] = {
    EditState.SYNCED: QT_TRANSLATE_NOOP("policies", "Synced"),
    EditState.WAITING: QT_TRANSLATE_NOOP("policies", "Waiting"),
    EditState.CONFLICTED: QT_TRANSLATE_NOOP("policies", "Conflict"),
    EditState.REJECTED: QT_TRANSLATE_NOOP("policies", "Refused"),
}
LOCATIONS: Final[Mapping[IdentityLocation | None, object]] = {
    None: QT_TRANSLATE_NOOP("policies", "Nowhere: callers are anonymous"),
    IdentityLocation.HEADERS: QT_TRANSLATE_NOOP("policies", "Header"),
    IdentityLocation.BEARER: QT_TRANSLATE_NOOP("policies", "Claim of the bearer token (JWT)"),
    IdentityLocation.QUERY: QT_TRANSLATE_NOOP("policies", "Query parameter"),
    IdentityLocation.PATH: QT_TRANSLATE_NOOP("policies", "Path parameter"),
    IdentityLocation.BODY: QT_TRANSLATE_NOOP("policies", "Field of the request body"),
    IdentityLocation.COOKIE: QT_TRANSLATE_NOOP("policies", "Cookie"),
}
INTERVALS: Final[Mapping[LimitInterval, object]] = {
    LimitInterval.SECOND: QT_TRANSLATE_NOOP("policies", "second"),
    LimitInterval.MINUTE: QT_TRANSLATE_NOOP("policies", "minute"),
    LimitInterval.HOUR: QT_TRANSLATE_NOOP("policies", "hour"),
    LimitInterval.DAY: QT_TRANSLATE_NOOP("policies", "day"),
    LimitInterval.WEEK: QT_TRANSLATE_NOOP("policies", "week"),
    LimitInterval.MONTH: QT_TRANSLATE_NOOP("policies", "month"),
}
SHORT_INTERVALS: Final[Mapping[LimitInterval, object]] = {
    LimitInterval.SECOND: QT_TRANSLATE_NOOP("policies", "s"),
    LimitInterval.MINUTE: QT_TRANSLATE_NOOP("policies", "min"),
    LimitInterval.HOUR: QT_TRANSLATE_NOOP("policies", "h"),
    LimitInterval.DAY: QT_TRANSLATE_NOOP("policies", "day"),
    LimitInterval.WEEK: QT_TRANSLATE_NOOP("policies", "week"),
    LimitInterval.MONTH: QT_TRANSLATE_NOOP("policies", "month"),
}
KINDS: Final[Mapping[LimitKind, object]] = {
    LimitKind.FIXED_WINDOW: QT_TRANSLATE_NOOP("policies", "Fixed window"),
    LimitKind.SLIDING_WINDOW: QT_TRANSLATE_NOOP("policies", "Sliding window"),
    LimitKind.TOKEN_BUCKET: QT_TRANSLATE_NOOP("policies", "Token bucket"),
}
COUNTS: Final[Mapping[LimitCounts, object]] = {
    LimitCounts.CALLS: QT_TRANSLATE_NOOP("policies", "calls"),
    LimitCounts.UNITS: QT_TRANSLATE_NOOP("policies", "units"),
}
SCOPES: Final[Mapping[LimitScope, object]] = {
    LimitScope.IDENTITY: QT_TRANSLATE_NOOP("policies", "Each caller"),
    LimitScope.APPLICATION: QT_TRANSLATE_NOOP("policies", "All callers together"),
}
EFFECTS: Final[Mapping[LimitEffect, object]] = {
    LimitEffect.REFUSE: QT_TRANSLATE_NOOP("policies", "Refuse"),
    LimitEffect.WARN: QT_TRANSLATE_NOOP("policies", "Warn me only"),
}
TRIGGERS: Final[Mapping[MeteringTrigger, object]] = {
    MeteringTrigger.REQUEST: QT_TRANSLATE_NOOP("policies", "Every call"),
    MeteringTrigger.SUCCESS: QT_TRANSLATE_NOOP("policies", "Successes"),
    MeteringTrigger.RESPONSE_VALUE: QT_TRANSLATE_NOOP("policies", "A condition"),
}
PASSAGES: Final[Mapping[Passage, object]] = {
    Passage.METERED: QT_TRANSLATE_NOOP("policies", "Metered"),
    Passage.WHITELISTED: QT_TRANSLATE_NOOP("policies", "Whitelisted"),
    Passage.UNMETERED: QT_TRANSLATE_NOOP("policies", "Not metered"),
}

SDKS: Final = {"python": "Python", "go": "Go", "javascript": "JavaScript", "legacy": "Python 0.1"}


def say(text: object) -> str:
    """A text of the tables above in the owner's language."""
    return QCoreApplication.translate(CONTEXT, str(text))


def sdk(kind: str) -> str:
    """Name of a kind of client as the service tells it."""
    return SDKS.get(kind, kind)


def short_limit(limit: Limit) -> str:
    """Such as 600/min."""
    return f"{figures.count(limit.allowed)}/{say(SHORT_INTERVALS[limit.interval])}"


def short_limits(policy: Policy | None) -> str:
    """The first limit, and how many more there are."""
    if policy is None or not policy.limits:
        return figures.NOTHING
    more = len(policy.limits) - 1
    first = short_limit(policy.limits[0])
    return f"{first} +{more}" if more else first


def counted(policy: Policy | None) -> str:
    """What a call counts."""
    metering = policy.metering if policy is not None else None
    if metering is None or (metering.response_field is None and metering.expression is None):
        return say(QT_TRANSLATE_NOOP("policies", "Calls"))
    return metering.response_field or metering.expression or ""
