"""What sync and the network do, in words."""

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from desktop.domain.connection import SyncPhase, SyncState
from desktop.domain.syncing import LiveMode, LiveState, Outcome, StreamProgress
from desktop.views import figures

CONTEXT: Final = "sync"
A_MINUTE_S: Final = 60

ENTITIES: Final = {
    "application": QT_TRANSLATE_NOOP("sync", "Application"),
    "endpoint": QT_TRANSLATE_NOOP("sync", "Endpoint"),
    "policy": QT_TRANSLATE_NOOP("sync", "Policy"),
    "pricing_rule": QT_TRANSLATE_NOOP("sync", "Pricing rule"),
    "customer": QT_TRANSLATE_NOOP("sync", "Customer"),
    "limit_override": QT_TRANSLATE_NOOP("sync", "Limit of a customer"),
    "block": QT_TRANSLATE_NOOP("sync", "Block"),
    "freeze": QT_TRANSLATE_NOOP("sync", "Freeze of a customer"),
    "scrub_rule": QT_TRANSLATE_NOOP("sync", "Values kept of an endpoint"),
    "catalog": QT_TRANSLATE_NOOP("sync", "Catalog"),
}
OUTCOMES: Final = {
    Outcome.ACCEPTED: QT_TRANSLATE_NOOP("sync", "Accepted"),
    Outcome.MERGED: QT_TRANSLATE_NOOP("sync", "Merged by field"),
    Outcome.CONFLICT: QT_TRANSLATE_NOOP("sync", "Conflict"),
    Outcome.REJECTED: QT_TRANSLATE_NOOP("sync", "Refused"),
}
STREAMS: Final = {
    "changes": QT_TRANSLATE_NOOP("sync", "Configuration"),
    "tail": QT_TRANSLATE_NOOP("sync", "New usage"),
    "backfill": QT_TRANSLATE_NOOP("sync", "Usage of the past"),
}
PHASES: Final = {
    SyncPhase.IDLE: (QT_TRANSLATE_NOOP("sync", "All in step"), "circle-check", "ok"),
    SyncPhase.RUNNING: (QT_TRANSLATE_NOOP("sync", "Syncing"), "refresh-cw", "accent"),
    SyncPhase.OFFLINE: (QT_TRANSLATE_NOOP("sync", "Offline"), "cloud-off", "warn"),
    SyncPhase.NOT_CONNECTED: (QT_TRANSLATE_NOOP("sync", "No service chosen"), "cloud-off", "muted"),
    SyncPhase.FAILED: (QT_TRANSLATE_NOOP("sync", "Sync failed"), "triangle-alert", "bad"),
}
UNDECIDED: Final = (
    QT_TRANSLATE_NOOP("sync", "In step but for conflicts"),
    "git-compare-arrows",
    "warn",
)
TROUBLES: Final = {
    "service_unreachable": QT_TRANSLATE_NOOP("sync", "The service cannot be reached"),
    "service_slow": QT_TRANSLATE_NOOP("sync", "The service does not answer in time"),
    "service_busy": QT_TRANSLATE_NOOP("sync", "The service is busy"),
    "service_faulty": QT_TRANSLATE_NOOP("sync", "The service has a fault"),
    "not_our_service": QT_TRANSLATE_NOOP("sync", "Something else answers"),
    "certificate": QT_TRANSLATE_NOOP("sync", "Certificate problem"),
    "pin_changed": QT_TRANSLATE_NOOP("sync", "The service shows another key"),
    "proxy": QT_TRANSLATE_NOOP("sync", "The proxy does not let us through"),
    "host_not_allowed": QT_TRANSLATE_NOOP("sync", "A host that is not listed"),
    "token_refused": QT_TRANSLATE_NOOP("sync", "The token is not accepted"),
    "another_service": QT_TRANSLATE_NOOP("sync", "Another service answers"),
    "service_refused": QT_TRANSLATE_NOOP("sync", "The service refused"),
    "request_not_taken": QT_TRANSLATE_NOOP("sync", "The service refused"),
    "disk_full": QT_TRANSLATE_NOOP("sync", "The disk is full"),
    "embedded_service": QT_TRANSLATE_NOOP("sync", "The service on this computer does not run"),
}
"""What went wrong on the way to the service, by the code of its error."""
AT_THE_CONNECTION: Final = frozenset(
    {
        "certificate",
        "pin_changed",
        "proxy",
        "not_our_service",
        "token_refused",
        "another_service",
        "host_not_allowed",
        "embedded_service",
    }
)
"""Troubles that are put right in the settings of the connection."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How sync stands: a heading, its icon and colour, and what there is to say beside it."""

    heading: str
    icon_name: str
    colour: str
    text: str
    is_about_connection: bool


def say(text: object) -> str:
    """A text of this module in the language of the window."""
    return QCoreApplication.translate(CONTEXT, str(text))


def entity(kind: str) -> str:
    """What a kind of row is called."""
    return say(ENTITIES[kind]) if kind in ENTITIES else kind


def standing(state: SyncState) -> Standing:
    """The state of sync in one heading and a sentence or two."""
    heading, icon_name, colour = PHASES[state.phase]
    trouble = TROUBLES.get(state.problem_code) if state.problem else None
    if trouble is not None:
        heading = trouble
    elif state.phase is SyncPhase.IDLE and state.conflicts:
        heading, icon_name, colour = UNDECIDED
    if state.problem_code in {"certificate", "pin_changed"}:
        icon_name, colour = "triangle-alert", "bad"
    text = state.problem or _peaceful(state)
    at_connection = bool(state.problem) and state.problem_code in AT_THE_CONNECTION
    return Standing(say(heading), icon_name, colour, text, at_connection)


def _peaceful(state: SyncState) -> str:
    if state.phase is SyncPhase.NOT_CONNECTED:
        return say("Choose a service in the settings. What you do meanwhile stays in the vault.")
    if state.last_success is None:
        return say("Nothing has been synced yet.")
    said = say("Last in step with the service at {moment}.")
    return said.format(moment=figures.moment(state.last_success))


def news(live: LiveState) -> str:
    """How this program hears of news of the service."""
    if live.mode is LiveMode.TOLD:
        return say("The service tells of news at once.")
    if live.mode is LiveMode.UNAVAILABLE:
        return f"{say('The service is asked again and again.')} {live.reason}".strip()
    return say("The service is asked again and again.")


def clock_skew(offset_s: int) -> str:
    """What to say of clocks that differ; `offset_s` is the service's minus ours, 0 for none."""
    if not offset_s:
        return ""
    minutes = max(1, round(abs(offset_s) / A_MINUTE_S))
    if offset_s > 0:
        said = say(
            "The clock of this computer is {minutes} min behind the service's. Amounts are not "
            "concerned; times shown may be. Set the clock of this computer, or let it set itself."
        )
    else:
        said = say(
            "The clock of this computer is {minutes} min ahead of the service's. Amounts are not "
            "concerned; times shown may be. Set the clock of whichever is wrong."
        )
    return said.format(minutes=figures.count(minutes))


def progress(stream: StreamProgress) -> str:
    """How far a stream was followed, in words."""
    rows = say("Rows: {rows}").format(rows=figures.count(stream.received))
    if stream.is_complete:
        return say("{rows}, complete").format(rows=rows)
    if stream.reached_day is not None:
        said = say("{rows}, back to {day}")
        return said.format(rows=rows, day=figures.day(stream.reached_day, with_year=True))
    return rows
