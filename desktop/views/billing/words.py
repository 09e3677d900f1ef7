"""What payment providers have and do, in words."""

from datetime import datetime
from typing import Final

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from contract.terms import BillingProvider
from desktop.domain.billing.mirror import ObjectKind
from desktop.domain.billing.providers import Mode
from desktop.domain.billing.publication import PlanAction
from desktop.domain.billing.reports import LineState
from desktop.domain.billing.webhooks import EventOutcome
from desktop.views import figures

CONTEXT: Final = "billing"

PROVIDERS: Final = {BillingProvider.STRIPE: "Stripe", BillingProvider.PADDLE: "Paddle"}
MODES: Final = {
    Mode.TEST: QT_TRANSLATE_NOOP("billing", "Test"),
    Mode.LIVE: QT_TRANSLATE_NOOP("billing", "Live"),
}
MODE_SENTENCES: Final = {
    Mode.TEST: QT_TRANSLATE_NOOP("billing", "Test: no money moves"),
    Mode.LIVE: QT_TRANSLATE_NOOP("billing", "Live: money moves"),
}
KINDS: Final = {
    ObjectKind.PRODUCT: QT_TRANSLATE_NOOP("billing", "Products"),
    ObjectKind.METER: QT_TRANSLATE_NOOP("billing", "Meters"),
    ObjectKind.PRICE: QT_TRANSLATE_NOOP("billing", "Prices"),
    ObjectKind.CUSTOMER: QT_TRANSLATE_NOOP("billing", "Customers"),
    ObjectKind.SUBSCRIPTION: QT_TRANSLATE_NOOP("billing", "Subscriptions"),
    ObjectKind.INVOICE: QT_TRANSLATE_NOOP("billing", "Transactions"),
    ObjectKind.PAYMENT: QT_TRANSLATE_NOOP("billing", "Payments"),
    ObjectKind.REFUND: QT_TRANSLATE_NOOP("billing", "Refunds"),
    ObjectKind.CREDIT: QT_TRANSLATE_NOOP("billing", "Credit notes"),
    ObjectKind.PAYOUT: QT_TRANSLATE_NOOP("billing", "Payouts"),
}
"""Lists, in the order in which they are offered; the balance is no list."""
OF_STRIPE: Final = frozenset(
    {ObjectKind.METER, ObjectKind.PAYMENT, ObjectKind.CREDIT, ObjectKind.PAYOUT}
)
"""Kinds that Paddle does not have."""
ACTIONS: Final = {
    PlanAction.CREATE_PRODUCT: (QT_TRANSLATE_NOOP("billing", "Make the product"), "plus"),
    PlanAction.UPDATE_PRODUCT: (QT_TRANSLATE_NOOP("billing", "Change the product"), "pencil"),
    PlanAction.CREATE_METER: (QT_TRANSLATE_NOOP("billing", "Make the meter"), "plus"),
    PlanAction.UPDATE_METER: (QT_TRANSLATE_NOOP("billing", "Change the meter"), "pencil"),
    PlanAction.CREATE_PRICE: (QT_TRANSLATE_NOOP("billing", "Make a new price"), "plus"),
    PlanAction.MIGRATE_SUBSCRIPTION: (QT_TRANSLATE_NOOP("billing", "Move a subscription"), "users"),
    PlanAction.ARCHIVE_PRICE: (QT_TRANSLATE_NOOP("billing", "Archive the old price"), "archive"),
}
"""What a step says, and its icon."""
STATES: Final = {
    LineState.PLANNED: (QT_TRANSLATE_NOOP("billing", "Would be sent"), "clock", "muted"),
    LineState.CLAIMED: (QT_TRANSLATE_NOOP("billing", "Not known yet"), "clock", "warn"),
    LineState.SENT: (QT_TRANSLATE_NOOP("billing", "Sent"), "upload", "muted"),
    LineState.ACCEPTED: (QT_TRANSLATE_NOOP("billing", "Accepted"), "circle-check", "ok"),
    LineState.REFUSED: (QT_TRANSLATE_NOOP("billing", "Refused"), "circle-alert", "bad"),
    LineState.HELD: (QT_TRANSLATE_NOOP("billing", "Held"), "lock", "warn"),
    LineState.CANCELLED: (QT_TRANSLATE_NOOP("billing", "Taken back"), "rotate-ccw", "muted"),
    LineState.UNCERTAIN: (QT_TRANSLATE_NOOP("billing", "You decide"), "triangle-alert", "warn"),
}
"""What a line says, its icon and its colour."""
OUTCOMES: Final = {
    EventOutcome.APPLIED: (QT_TRANSLATE_NOOP("billing", "In the lists"), "circle-check", "ok"),
    EventOutcome.OLDER: (QT_TRANSLATE_NOOP("billing", "Known already"), "history", "muted"),
    EventOutcome.NOTICED: (QT_TRANSLATE_NOOP("billing", "Noticed"), "info", "muted"),
}


def say(text: object) -> str:
    """A text of this module in the language of the window."""
    return QCoreApplication.translate(CONTEXT, str(text))


def as_of(moment: datetime | None) -> str:
    """How new a list is."""
    if moment is None:
        return QCoreApplication.translate(CONTEXT, "Never read whole")
    said = QCoreApplication.translate(CONTEXT, "As of {moment}")
    return said.format(moment=figures.dated(moment))
