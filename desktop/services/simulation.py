"""Tries price lists on what was used; for `WhatIfService`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from desktop.domain import calendar
from desktop.domain.csv_text import harmless
from desktop.domain.ids import CustomerId, RuleId
from desktop.domain.money import decimal_text
from desktop.domain.pricing.drafts import checked_terms
from desktop.domain.pricing.published import RuleVersion, Terms
from desktop.domain.what_if import DraftedRule, PriceDraft, WhatIfAnswer, WhatIfQuestion
from desktop.services.bills import Charges, PriceList
from desktop.services.held_calls import HeldCalls
from desktop.services.outcomes import Comparison, Totals
from desktop.services.storage import applications, month_rebuild, rule_versions, usage_queries
from desktop.services.usage_labels import customer_labels
from desktop.services.used import Stretch, Usage, months_of

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.domain.pricing.rulebook import RuleBook
    from desktop.domain.usage import Stamp
    from desktop.services.calls import Report
    from desktop.services.storage.vault import Vault

LIVE: Final = "live"
COLUMNS: Final = (
    "prices", "from", "to", "customer_id", "customer", "rule_id", "rule", "version", "meter",
    "quantity", "requests", "amount", "currency", "from_single_calls",
)  # fmt: skip


class Trial:
    """One question against one picture of the vault: the live price list and each draft's."""

    def __init__(self, db: Connection, question: WhatIfQuestion, now: datetime) -> None:
        """Raises: InvalidInput with the field of a drafted rule."""
        application_id = question.application_id
        self.question = question
        self._db = db
        zone = applications.zones(db)(application_id)
        self.today = calendar.today(now, zone)
        book = rule_versions.book_of(db, application_id)
        endpoints = usage_queries.endpoints_by_id(db, application_id)
        self.usage = Usage(db, application_id)
        held = HeldCalls(db, application_id)

        def listed(drafted: RuleBook) -> PriceList:
            return PriceList(drafted.on(self.today), endpoints, self.usage.population, held)

        self.live = listed(book)
        self.drafts = [listed(self.with_draft(book, draft)) for draft in question.drafts]
        self.chosen = self.usage.population.chosen(question.customer_ids)
        self.parts = months_of(question.period)

    def with_draft(self, book: RuleBook, draft: PriceDraft) -> RuleBook:
        """The book with a draft in force today. Raises: InvalidInput with the field."""
        for number, rule in enumerate(draft.rules):
            book = book.with_version(self._version(book, rule, number))
        return book

    def _version(self, book: RuleBook, rule: DraftedRule, number: int) -> RuleVersion:
        rule_id = drafted_id(rule, number)
        terms = replace(checked_terms(rule.draft, self.today), effective_from=self.today)
        return next_version(book, rule_id, terms, self.today)

    def stretches(self) -> Iterator[Stretch]:
        return self.usage.stretches(self.parts, self.chosen)

    def charges(self, prices: PriceList, stretch: Stretch) -> Iterator[Charges]:
        return prices.charges(stretch, self.chosen)

    def totals(self) -> Totals:
        return Totals(len(self.usage.population))

    def labels(self, ids: list[CustomerId]) -> dict[str, str]:
        return customer_labels(self._db, ids)


def drafted_id(rule: DraftedRule, number: int) -> RuleId:
    """Id of a drafted rule; a new one has none yet, so its place in the draft stands for it."""
    return rule.rule_id or RuleId(f"draft {number + 1}")


def next_version(book: RuleBook, rule_id: RuleId, terms: Terms, today: date) -> RuleVersion:
    """The version that would replace every one of a rule that holds today or is scheduled."""
    newest = book.version_on(rule_id, date.max)
    number = 1 + (newest.version if newest else 0)
    said: dict[str, Any] = {name: getattr(terms, name) for name in Terms.__slots__}
    said |= {"version": number, "effective_from": today}
    return RuleVersion(
        **said, rule_id=rule_id, version_id=f"{rule_id} draft {number}", published_at=None
    )


def with_current_cells(vault: Vault, report: Report) -> None:
    """Make the month cells anew where this version of the program means other ones by them."""
    with vault.reading() as db:
        is_current = month_rebuild.is_current(db)
    if not is_current:
        month_rebuild.rebuild(vault, report)


def simulate(
    vault: Vault, question: WhatIfQuestion, stamp: Stamp, now: datetime, report: Report
) -> WhatIfAnswer:
    """The outcome of each draft. Raises: InvalidInput, Cancelled, VaultError."""
    with_current_cells(vault, report)
    with vault.reading() as db:
        trial = Trial(db, question, now)
        live, drafts = trial.totals(), [trial.totals() for _ in trial.drafts]
        pairs = [(trial.live, live), *zip(trial.drafts, drafts, strict=True)]
        steps, done = len(trial.parts) * len(pairs), 0
        for stretch in trial.stretches():
            for prices, totals in pairs:
                report(done, steps)
                done += 1
                for charges in trial.charges(prices, stretch):
                    totals.add(charges)
                totals.without_price += prices.without_price(stretch)
        ids = trial.usage.population.ids
        outcomes = tuple(
            Comparison(live, totals, ids, trial.labels, question.much_percent).outcome(draft.name)
            for draft, totals in zip(question.drafts, drafts, strict=True)
        )
    return WhatIfAnswer(outcomes, int(trial.chosen.sum()), live.cells, stamp)


def lines(
    vault: Vault, question: WhatIfQuestion, now: datetime, report: Report
) -> Iterator[list[list[str]]]:
    """Rows of the CSV, some at a time. Raises: InvalidInput, Cancelled, VaultError."""
    with_current_cells(vault, report)
    with vault.reading() as db:
        trial = Trial(db, question, now)
        names = [LIVE, *(draft.name for draft in question.drafts)]
        label = cache(lambda number: _label(trial, number))
        for done, stretch in enumerate(trial.stretches()):
            report(done, len(trial.parts))
            for name, prices in zip(names, [trial.live, *trial.drafts], strict=True):
                for charges in trial.charges(prices, stretch):
                    yield [
                        [harmless(name), *_row(charges, place, *label(int(number)))]
                        for place, number in enumerate(charges.cells.customers)
                    ]


def _label(trial: Trial, number: int) -> tuple[CustomerId, str]:
    customer = trial.usage.population.ids[number]
    return customer, trial.labels([customer])[customer]


def _row(charges: Charges, place: int, customer: CustomerId, label: str) -> list[str]:
    version, days = charges.version, charges.stretch.days
    amount = charges.money(int(charges.minor[place]))
    quantity = Decimal(int(charges.cells.quantity[place])).scaleb(-6)
    return [
        days.start.isoformat(),
        days.end.isoformat(),
        customer,
        harmless(label),
        version.rule_id,
        harmless(version.name),
        str(version.version),
        version.meter.value,
        decimal_text(quantity),
        str(charges.cells.events[place]),
        f"{amount.amount:f}",
        amount.currency,
        "" if charges.coverage is None else f"{charges.coverage.calls}/{charges.coverage.of_calls}",
    ]
