"""Alerts in words."""

from datetime import datetime
from typing import Final

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from desktop.domain.alerts import CHANGES, AlertEvent, AlertKind, AlertLine, AlertRule
from desktop.domain.usage_questions import Dimension, Measure
from desktop.views import figures

CONTEXT: Final = "Alerts"
KINDS: Final = {
    AlertKind.ABOVE: QT_TRANSLATE_NOOP("Alerts", "More than a limit"),
    AlertKind.BELOW: QT_TRANSLATE_NOOP("Alerts", "Less than a limit"),
    AlertKind.RISE: QT_TRANSLATE_NOOP("Alerts", "A rise in percent"),
    AlertKind.FALL: QT_TRANSLATE_NOOP("Alerts", "A fall in percent"),
    AlertKind.SILENCE: QT_TRANSLATE_NOOP("Alerts", "Silence"),
    AlertKind.FORECAST: QT_TRANSLATE_NOOP("Alerts", "This month's forecast"),
}
MEASURES: Final = {
    Measure.REQUESTS: QT_TRANSLATE_NOOP("Alerts", "Requests"),
    Measure.UNITS: QT_TRANSLATE_NOOP("Alerts", "Units"),
    Measure.REVENUE: QT_TRANSLATE_NOOP("Alerts", "Revenue"),
    Measure.ERRORS: QT_TRANSLATE_NOOP("Alerts", "Errors"),
    Measure.DENIED: QT_TRANSLATE_NOOP("Alerts", "Refused calls"),
    Measure.UNSETTLED: QT_TRANSLATE_NOOP("Alerts", "Unsettled calls"),
    Measure.P50: QT_TRANSLATE_NOOP("Alerts", "Median duration (ms)"),
    Measure.P95: QT_TRANSLATE_NOOP("Alerts", "95th percentile (ms)"),
    Measure.P99: QT_TRANSLATE_NOOP("Alerts", "99th percentile (ms)"),
    Measure.CUSTOMERS: QT_TRANSLATE_NOOP("Alerts", "Customers who called"),
}
GROUPS: Final = {
    None: QT_TRANSLATE_NOOP("Alerts", "Everything together"),
    Dimension.ENDPOINT: QT_TRANSLATE_NOOP("Alerts", "Each endpoint"),
    Dimension.CUSTOMER: QT_TRANSLATE_NOOP("Alerts", "Each customer"),
    Dimension.METHOD: QT_TRANSLATE_NOOP("Alerts", "Each method"),
    Dimension.PLAN: QT_TRANSLATE_NOOP("Alerts", "Each plan"),
}


def say(text: object) -> str:
    """A text of this module in the owner's language."""
    return QCoreApplication.translate(CONTEXT, str(text))


def condition(rule: AlertRule) -> str:
    """What a rule waits for."""
    if rule.kind is AlertKind.SILENCE:
        hours = QCoreApplication.translate("Alerts", "no call for %n hour(s)", "", rule.hours)
        return f"{_about(rule)}: {hours}"
    limit = figures.decimal(rule.limit)
    if rule.kind is AlertKind.FORECAST:
        return say("{about}: {limit} expected this month").format(about=_about(rule), limit=limit)
    days = QCoreApplication.translate("Alerts", "%n day(s)", "", rule.days)
    percent = f"{limit} %" if rule.kind in CHANGES else limit
    texts = {
        AlertKind.ABOVE: QT_TRANSLATE_NOOP("Alerts", "{about}: more than {limit} in {days}"),
        AlertKind.BELOW: QT_TRANSLATE_NOOP("Alerts", "{about}: less than {limit} in {days}"),
        AlertKind.RISE: QT_TRANSLATE_NOOP("Alerts", "{about}: up {limit} in {days}"),
        AlertKind.FALL: QT_TRANSLATE_NOOP("Alerts", "{about}: down {limit} in {days}"),
    }
    return say(texts[rule.kind]).format(about=_about(rule), limit=percent, days=days)


def _about(rule: AlertRule) -> str:
    what = say(MEASURES[rule.measure])
    if rule.group_by is None:
        return what
    by = say(GROUPS.get(rule.group_by, QT_TRANSLATE_NOOP("Alerts", "Each group")))
    return f"{what}, {by.lower()}"


def standing(line: AlertLine, now: datetime) -> str:
    """How a rule stands."""
    rule = line.rule
    if not rule.enabled:
        return say(QT_TRANSLATE_NOOP("Alerts", "Off"))
    if line.problem:
        return say(QT_TRANSLATE_NOOP("Alerts", "Cannot be worked out"))
    if rule.snoozed_until is not None and rule.snoozed_until > now:
        until = figures.moment(rule.snoozed_until)
        return say(QT_TRANSLATE_NOOP("Alerts", "Snoozed until {moment}")).format(moment=until)
    if line.open:
        return QCoreApplication.translate("Alerts", "%n alert(s) now", "", line.open)
    return say(QT_TRANSLATE_NOOP("Alerts", "Quiet"))


def lasting(event: AlertEvent) -> str:
    """From when to when something was so."""
    began = figures.moment(event.began_at)
    if event.ended_at is None:
        return say(QT_TRANSLATE_NOOP("Alerts", "since {began}")).format(began=began)
    ended = figures.moment(event.ended_at)
    return say(QT_TRANSLATE_NOOP("Alerts", "{began} to {ended}")).format(began=began, ended=ended)
