"""What the last reading says about the money that lies at the provider."""

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from contract.terms import BillingProvider
from desktop.domain.billing.mirror import BalanceSummary, MirroredObject, ObjectKind
from desktop.domain.money import Money
from desktop.services.billing.stripe.currencies import money
from desktop.services.storage import billing_mirror
from desktop.services.storage.timestamps import moment

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.domain.billing.providers import Account

MOST_PAYOUTS: Final = 50


def balance_summary(db: "Connection", account: "Account") -> BalanceSummary:
    """Balance and payouts in the vault."""
    found = billing_mirror.find(db, account, ObjectKind.BALANCE, ObjectKind.BALANCE.value)
    payouts = billing_mirror.every(db, account, ObjectKind.PAYOUT)
    known = billing_mirror.reading(db, account, ObjectKind.BALANCE.value)
    body = {} if found is None else found.body
    return BalanceSummary(
        available=_moneys(account, body.get("available", ())),
        pending=_moneys(account, body.get("pending", ())),
        payouts=payouts[:MOST_PAYOUTS],
        paid_out=_sums(one for one in payouts if one.status == "paid"),
        as_of=None if known.as_of_us is None else moment(known.as_of_us),
    )


def _moneys(account: "Account", rows: Iterable[dict[str, Any]]) -> tuple[Money, ...]:
    if account.provider is not BillingProvider.STRIPE:
        return ()
    return tuple(money(int(row["amount"]), str(row["currency"])) for row in rows)


def _sums(payouts: Iterable[MirroredObject]) -> tuple[Money, ...]:
    sums: dict[tuple[str, int | None], int] = defaultdict(int)
    for one in payouts:
        if one.amount is not None:
            sums[one.amount.currency, one.amount.own_digits] += one.amount.amount_minor
    return tuple(
        Money(minor, currency, digits)
        for (currency, digits), minor in sorted(sums.items(), key=lambda item: item[0][0])
    )
