"""What Stripe would bill: a preview of the next invoice of each subscription."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from desktop.domain.money import Money
from desktop.services.billing.stripe.api import StripeApi, body_of
from desktop.services.billing.stripe.currencies import money
from desktop.services.billing.stripe.faults import translated
from desktop.services.billing.stripe.objects import id_of

DOING: Final = "make a preview of the invoice"
MOST_LINES: Final = 100
BILLED: Final = frozenset({"active", "trialing", "past_due", "unpaid"})


@dataclass(frozen=True, slots=True)
class PreviewLine:
    price_id: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Preview:
    """The next invoice of a subscription."""

    subscription_id: str
    start: datetime
    end: datetime
    lines: tuple[PreviewLine, ...]
    subtotal: Money
    total: Money


def preview(api: StripeApi, payer: str) -> tuple[Preview, ...]:
    """One preview for each subscription that is billed."""
    with translated(DOING):
        query = {"customer": payer, "limit": 100}
        found = body_of(api.v1.subscriptions.list(query))["data"]
        living = [one for one in found if one["status"] in BILLED]
        return tuple(_preview(api, payer, str(one["id"])) for one in living)


def _preview(api: StripeApi, payer: str, subscription_id: str) -> Preview:
    asked = {"customer": payer, "subscription": subscription_id}
    body = body_of(api.v1.invoices.create_preview(asked))
    lines = body["lines"]
    rows = list(lines["data"])
    while lines["has_more"]:
        query = {"limit": MOST_LINES, "starting_after": rows[-1]["id"]}
        lines = body_of(api.v1.invoices.line_items.list(str(body["id"]), query))
        rows += lines["data"]
    currency = str(body["currency"])
    return Preview(
        subscription_id,
        datetime.fromtimestamp(body["period_start"], UTC),
        datetime.fromtimestamp(body["period_end"], UTC),
        tuple(PreviewLine(_price_of(row), money(row["amount"], currency)) for row in rows),
        money(body["subtotal"], currency),
        money(body["total"], currency),
    )


def _price_of(row: dict[str, Any]) -> str:
    details = (row.get("pricing") or {}).get("price_details") or {}
    return id_of(details.get("price"))
