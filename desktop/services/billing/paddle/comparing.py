"""What Paddle has of a month beside our invoice, from what was last read: asks nobody."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from desktop.domain.billing.mirror import MirroredObject
from desktop.domain.billing.reconciliation import ComparedLine
from desktop.domain.invoices import Invoice
from desktop.domain.money import Money
from desktop.services.billing.paddle.charges import claims_of
from desktop.services.billing.paddle.mirroring import money_of

SEPARATOR: Final = " · "
"""Stands in an item's title between the rule and what was counted."""
CANCELLED: Final = "canceled"
REASONS: Final = (
    "Taxes are left out: Paddle adds them by the customer's country.",
    "Paddle's side is as it was last read.",
)

Sums = dict[tuple[str, str], Money]
"""Amounts by what they are for and their currency."""


def compared(
    invoice: Invoice, transactions: Iterable[MirroredObject], claims: frozenset[str]
) -> tuple[tuple[ComparedLine, ...], tuple[ComparedLine, ...]]:
    """Lines by rule, and totals by currency; of Paddle only what carries one of the claims."""
    here = _summed((line.rule, line.amount) for part in invoice.parts for line in part.lines)
    there = _summed(_items(transactions, claims))
    lines = tuple(
        ComparedLine(key[0], here.get(key), there.get(key)) for key in sorted({*here, *there})
    )
    ours, theirs = (
        _summed((currency, amount) for (_, currency), amount in side.items())
        for side in (here, there)
    )
    totals = tuple(
        ComparedLine(key[0], ours.get(key), theirs.get(key)) for key in sorted({*ours, *theirs})
    )
    return lines, totals


def _items(
    transactions: Iterable[MirroredObject], claims: frozenset[str]
) -> Iterator[tuple[str, Money]]:
    for transaction in transactions:
        if transaction.status != CANCELLED and claims & claims_of(transaction.body):
            for item in transaction.body["items"]:
                yield from _item(item)


def _item(item: Mapping[str, Any]) -> Iterator[tuple[str, Money]]:
    price = item["price"]
    unit = money_of(price["unit_price"]["amount"], price["unit_price"]["currency_code"])
    if unit is not None:
        title = str(price["description"]).partition(SEPARATOR)[0]
        yield title, unit.with_minor(unit.amount_minor * int(item["quantity"]))


def _summed(amounts: Iterable[tuple[str, Money]]) -> Sums:
    found: dict[tuple[str, str], list[Money]] = defaultdict(list)
    for title, amount in amounts:
        found[title, amount.currency].append(amount)
    return {
        key: parts[0].with_minor(sum(one.amount_minor for one in parts))
        for key, parts in found.items()
    }
