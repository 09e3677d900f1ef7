"""The books that outlive the account: documents, reports, usage and revenue, and nobody's name.

Whoever stands in them gets a random id that is the same throughout and leads to nobody. Sums are
those of the vault, to the cent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from contract.erasure import new_replacement
from desktop.domain.calendar import day_number, day_of_number
from desktop.domain.ids import ApplicationId
from desktop.domain.invoices import RevenueQuestion, RevenueReport
from desktop.domain.usage import DateRange, Stamp
from desktop.services.calls import Report
from desktop.services.storage import account_end, applications
from desktop.services.storage.account_end import BookEntry
from desktop.services.storage.timestamps import moment

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.storage.vault import Vault

DOCUMENTS: Final = ("invoice", "payment", "refund", "credit", "payout")
FIGURES: Final = frozenset(
    {
        "amount", "amount_due", "amount_paid", "amount_refunded", "amount_remaining", "billed_at",
        "currency", "currency_code", "details", "discount", "due_date", "earnings", "fee",
        "grand_total", "invoice_number", "number", "period_end", "period_start", "rate", "subtotal",
        "subtotal_excluding_tax", "tax", "tax_percent", "tax_rates_used", "taxable_amount", "total",
        "total_excluding_tax", "total_taxes", "totals",
    }
)  # fmt: skip
"""What is kept of a provider's document: numbers, dates and taxes, at any depth."""
LONGEST_FIGURE: Final = 64


class _Parties:
    """Random ids in place of people: the same one for the same person."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def of(self, known_as: str) -> str:
        return self._known.setdefault(known_as, new_replacement()) if known_as else ""


def write_books(vault: Vault, now: datetime, report: Report) -> dict[str, int]:
    """Write the books anew from what the vault holds; how many records of each kind there are.

    Months are written one by one, so that a vault of any size needs no more memory than the
    largest of them. Raises: InvalidInput (an amount that cannot be worked out), Cancelled,
    VaultError; then the books are not whole, and are begun anew.
    """
    from desktop.services import billing_periods

    parties, stamp = _Parties(), Stamp(now, online=False)
    with vault.transaction() as db:
        account_end.forget_books(db)
        payers, names = _payers(db), _numbered(db)
        documents, reports = _documents(db, parties, payers), _reports(db, parties, payers)
        account_end.add_books(db, chain(documents, reports))
        months = [(one, month) for one in names for month in _months(_days(db, one))]
    for number, (application_id, month) in enumerate(months, start=1):
        report(number, len(months))
        question = RevenueQuestion(application_id, month)
        told = billing_periods.revenue(vault, question, stamp, now, report)
        with vault.transaction() as db:
            name = names[application_id]
            account_end.add_books(db, _usage(db, question, name, parties))
            account_end.add_books(db, _revenue(told, name, parties))
    with vault.reading() as db:
        return account_end.books_by_kind(db)


def _payers(db: Connection) -> Mapping[str, str]:
    """Which caller a payer of a provider is, so that both become one party."""
    rows = db.execute("SELECT provider_customer_id, customer_id FROM billing_links")
    return dict(rows.fetchall())


def _documents(db: Connection, parties: _Parties, payers: Mapping[str, str]) -> Iterator[BookEntry]:
    rows = db.execute(
        """
        SELECT kind, created_at_us, provider, mode, object_id, parent_id, customer_id, status,
            currency, amount_minor, body
        FROM billing_objects WHERE kind IN (SELECT value FROM json_each(:kinds))
        ORDER BY created_at_us, object_id
        """,
        {"kinds": json.dumps(DOCUMENTS)},
    )
    for kind, at_us, provider, mode, object_id, parent_id, customer, status, *money, body in rows:
        currency, minor = money
        detail = {"provider": provider, "mode": mode, "of": parent_id}
        yield BookEntry(
            kind, moment(at_us).date().isoformat(), "", parties.of(payers.get(customer, customer)),
            object_id, status, currency or "", minor, None,
            {**detail, **figures(json.loads(body))},
        )  # fmt: skip


def _reports(db: Connection, parties: _Parties, payers: Mapping[str, str]) -> Iterator[BookEntry]:
    rows = db.execute(
        """
        SELECT application_id, provider, mode, customer_id, payer, meter, window, part, units, state
        FROM billing_claims ORDER BY window, claim_id
        """
    )
    names = _numbered(db)
    for application, provider, mode, customer, payer, meter, window, part, units, state in rows:
        party = parties.of(customer or payers.get(payer, payer))
        yield BookEntry(
            "report", window, names.get(application, ""), party,
            "", state, "", None, units,
            {"provider": provider, "mode": mode, "meter": meter, "part": part},
        )  # fmt: skip


def _usage(
    db: Connection, question: RevenueQuestion, name: str, parties: _Parties
) -> Iterator[BookEntry]:
    """What each customer used in a month."""
    month = question.period
    rows = db.execute(
        """
        SELECT customer_id, meter, sum(quantity), sum(events) FROM customer_days
        WHERE application_id = ? AND day >= ? AND day < ?
        GROUP BY customer_id, meter ORDER BY customer_id, meter
        """,
        (question.application_id, day_number(month.start), day_number(month.end)),
    )
    for customer, meter, quantity, events in rows:
        yield BookEntry(
            "usage", month.start.isoformat(), name, parties.of(customer), "", "", "", None,
            quantity, {"meter": meter, "calls": events},
        )  # fmt: skip


def _revenue(told: RevenueReport, name: str, parties: _Parties) -> Iterator[BookEntry]:
    """What the owner's price lists come to in a month: without a provider these are the books."""
    for line in told.by_customer:
        for amount in line.amounts:
            yield BookEntry(
                "revenue", told.period.start.isoformat(), name, parties.of(line.key), "", "",
                amount.currency, amount.amount_minor, None, {"digits": amount.digits},
            )  # fmt: skip


def _days(db: Connection, application_id: ApplicationId) -> tuple[int, int] | None:
    first, last = db.execute(
        "SELECT min(day), max(day) FROM customer_days WHERE application_id = ?", (application_id,)
    ).fetchone()
    return None if first is None else (first, last)


def _months(days: tuple[int, int] | None) -> Iterator[DateRange]:
    """Calendar months from the first to the last day, ends not included."""
    if days is None:
        return
    start, last = day_of_number(days[0]).replace(day=1), days[1]
    while day_number(start) <= last:
        end = (start + timedelta(days=31)).replace(day=1)
        yield DateRange(start, end)
        start = end


def _numbered(db: Connection) -> dict[ApplicationId, str]:
    """Applications by number: what they are called is nobody's business any more."""
    return {one: f"API {number}" for number, one in enumerate(applications.real_ids(db), 1)}


def figures(body: Any) -> dict[str, Any]:  # noqa: ANN401 (any JSON)
    """Numbers, dates and taxes of a document: texts that could be words about people stay out."""
    return {key: found for key, value in body.items() if (found := _figure(key, value)) is not None}


def _figure(key: str, value: Any) -> Any:  # noqa: ANN401 (any JSON)
    if key not in FIGURES:
        return None
    if isinstance(value, dict):
        return figures(value) or None
    if isinstance(value, list):
        inner = [figures(one) for one in value if isinstance(one, dict)]
        return [one for one in inner if one] or None
    if isinstance(value, str):
        return value if len(value) <= LONGEST_FIGURE and "@" not in value else None
    return value
