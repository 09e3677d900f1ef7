"""What becomes of the bills: live and drafted price lists added up and held side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np

from contract.pricing.rule import Currency
from desktop.domain.errors import InvalidInput
from desktop.domain.money import Money
from desktop.domain.what_if import (
    EDGES,
    MOVERS,
    CoveredRule,
    CurrencyOutcome,
    DraftOutcome,
    MonthAmounts,
    Moved,
    Mover,
    RuleAmount,
)
from desktop.services.bills import Coverage, money_of
from desktop.services.storage.packed import Integers

if TYPE_CHECKING:
    from collections.abc import Callable

    from desktop.domain.ids import CustomerId, RuleId
    from desktop.services.bills import Charges

MOST: Final = 2.0**62
ByCurrency = dict[Currency, int]


@dataclass(slots=True)
class Totals:
    """Everything that one price list charges, added up in every way that is shown."""

    size: int
    by_customer: dict[Currency, Integers] = field(default_factory=dict)
    """By currency; minor units by the customer's number."""
    by_rule: dict[RuleId, ByCurrency] = field(default_factory=dict)
    by_month: dict[date, ByCurrency] = field(default_factory=dict)
    names: dict[RuleId, str] = field(default_factory=dict)
    coverage: dict[RuleId, Coverage] = field(default_factory=dict)
    cells: int = 0
    without_price: int = 0

    def add(self, charges: Charges) -> None:
        """Raises: InvalidInput where a total does not fit into 64 bits."""
        rule_id, currency, minor = charges.version.rule_id, charges.currency, charges.minor
        if currency not in self.by_customer:
            self.by_customer[currency] = np.zeros(self.size, dtype=np.int64)
        amounts = self.by_customer[currency]
        self._require_room(amounts, minor)
        amounts[charges.cells.customers] += minor
        total = int(minor.sum())
        _add(self.by_rule.setdefault(rule_id, {}), currency, total)
        _add(self.by_month.setdefault(charges.stretch.days.start, {}), currency, total)
        self.names[rule_id] = charges.version.name
        self.cells += len(minor)
        if charges.coverage is not None:
            before = self.coverage.get(rule_id)
            known = charges.coverage
            self.coverage[rule_id] = known if before is None else before + known

    def total(self, currency: Currency) -> int:
        """What all customers pay, in minor units."""
        amounts = self.by_customer.get(currency)
        return 0 if amounts is None else int(amounts.sum())

    def amounts(self, currency: Currency) -> Integers:
        found = self.by_customer.get(currency)
        return np.zeros(self.size, dtype=np.int64) if found is None else found

    @staticmethod
    def _require_room(amounts: Integers, minor: Integers) -> None:
        nearly = np.abs(amounts.astype(np.float64)).sum() + np.abs(minor.astype(np.float64)).sum()
        if nearly > MOST:
            raise InvalidInput(
                "The bills add up to more than can be calculated with here. Nothing was "
                "calculated. Lower the price, or choose a shorter period.",
                field="price",
            )


def _add(sums: ByCurrency, currency: Currency, minor: int) -> None:
    sums[currency] = sums.get(currency, 0) + minor


@dataclass(frozen=True, slots=True)
class Comparison:
    """Live bills beside drafted ones, of the same customers and days."""

    live: Totals
    draft: Totals
    customer_ids: list[CustomerId]
    labels: Callable[[list[CustomerId]], dict[str, str]]
    much_percent: int

    def outcome(self, name: str) -> DraftOutcome:
        both = (self.live, self.draft)
        currencies = {currency for totals in both for currency in totals.by_customer}
        largest = sorted(currencies, key=lambda one: (-max(t.total(one) for t in both), one.code))
        return DraftOutcome(
            name=name,
            currencies=tuple(map(self._currency, largest)),
            rules=tuple(self._rules()),
            months=tuple(self._months()),
            covered=tuple(self._covered()),
            requests_without_price=self.draft.without_price,
        )

    def _currency(self, currency: Currency) -> CurrencyOutcome:
        live, draft = self.live.amounts(currency), self.draft.amounts(currency)
        billed = (live != 0) | (draft != 0)
        difference = draft - live
        up, down = difference > 0, difference < 0
        much = up & (live > 0) & (_times(difference, 100) > _times(live, self.much_percent))
        return CurrencyOutcome(
            live=money_of(int(live.sum()), currency),
            draft=money_of(int(draft.sum()), currency),
            customers=int(billed.sum()),
            up=Moved(int(up.sum()), money_of(int(difference[up].sum()), currency)),
            down=Moved(int(down.sum()), money_of(int(difference[down].sum()), currency)),
            unchanged=int((billed & (difference == 0)).sum()),
            much_dearer=int(much.sum()),
            newly_billed=int(((live == 0) & (draft > 0)).sum()),
            no_longer_billed=int(((live > 0) & (draft == 0)).sum()),
            movers=tuple(self._movers(live, draft, currency)),
            distribution=distribution(live, draft),
        )

    def _movers(self, live: Integers, draft: Integers, currency: Currency) -> Iterator[Mover]:
        moved = np.flatnonzero(live != draft)
        by_size = moved[np.argsort(-np.abs(draft - live)[moved], kind="stable")][:MOVERS]
        ids = [self.customer_ids[int(number)] for number in by_size]
        labels = self.labels(ids)
        for number, customer_id in zip(by_size, ids, strict=True):
            yield Mover(
                customer_id,
                labels[customer_id],
                money_of(int(live[number]), currency),
                money_of(int(draft[number]), currency),
            )

    def _rules(self) -> Iterator[RuleAmount]:
        names = self.live.names | self.draft.names
        for rule_id in sorted(names, key=lambda one: (names[one], one)):
            yield RuleAmount(
                rule_id,
                names[rule_id],
                moneys(self.live.by_rule.get(rule_id, {})),
                moneys(self.draft.by_rule.get(rule_id, {})),
            )

    def _months(self) -> Iterator[MonthAmounts]:
        for start in sorted(self.live.by_month.keys() | self.draft.by_month.keys()):
            live, draft = (t.by_month.get(start, {}) for t in (self.live, self.draft))
            yield MonthAmounts(start, moneys(live), moneys(draft))

    def _covered(self) -> Iterator[CoveredRule]:
        for totals, is_draft in ((self.live, False), (self.draft, True)):
            for rule_id, known in totals.coverage.items():
                yield CoveredRule(
                    totals.names[rule_id],
                    is_draft,
                    known.calls,
                    known.of_calls,
                    known.first,
                    known.last,
                )


def distribution(live: Integers, draft: Integers) -> tuple[int, ...]:
    """Customers whose bill changes, by percent; whoever is newly billed is above the last edge.

    An edge belongs to the bar below it.
    """
    moved = live != draft
    before, after = live[moved].astype(np.float64), draft[moved].astype(np.float64)
    changes = np.full(len(before), np.inf)
    known = before > 0
    changes[known] = 100 * (after[known] - before[known]) / before[known]
    places = np.searchsorted(np.array(EDGES, dtype=np.float64), changes, side="left")
    return tuple(int(count) for count in np.bincount(places, minlength=len(EDGES) + 1))


def _times(amounts: Integers, factor: int) -> Integers:
    return np.array([int(amount) * factor for amount in amounts], dtype=object)


def moneys(sums: ByCurrency) -> tuple[Money, ...]:
    """One amount a currency, by currency."""
    ordered = sorted(sums.items(), key=lambda item: item[0].code)
    return tuple(money_of(minor, currency) for currency, minor in ordered)
