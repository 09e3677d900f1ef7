"""Finds the value of one number of a drafted price that brings the live revenue."""

from __future__ import annotations

import copy
import re
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from contract.pricing.errors import InvalidField
from contract.pricing.rule import Rule
from desktop.domain.errors import InvalidInput
from desktop.domain.money import Money, decimal_text
from desktop.domain.pricing.drafts import checked_price
from desktop.domain.what_if import BreakEven, BreakEvenQuestion
from desktop.services.bills import Charges, money_of, payable_rule
from desktop.services.simulation import Trial, drafted_id, with_current_cells

if TYPE_CHECKING:
    from desktop.services.calls import Report
    from desktop.services.storage.vault import Vault

PATH: Final = re.compile(r"(?:tiers\[(?P<place>\d{1,4})\]\.)?(?P<name>[a-z_]+)")


def find(vault: Vault, question: BreakEvenQuestion, now: datetime, report: Report) -> BreakEven:
    """The value nearest to the range's start that passes the live revenue, and its neighbour.

    Halves the range: a revenue that rises or falls with the value passes the target once; one that
    does both passes it somewhere, and the answer is such a place.
    Raises: InvalidInput (field `field`), Cancelled, VaultError.
    """
    with_current_cells(vault, report)
    with vault.reading() as db:
        search = _Search(Trial(db, question.what_if, now), question)
        low, high = search.range()
        starts_above = search.brings(low) >= search.target
        if (search.brings(high) >= search.target) is starts_above:
            raise _never(search, low, high)
        steps = (high - low).bit_length()
        while high - low > 1:
            report(steps - (high - low).bit_length(), steps)
            middle = (low + high) // 2
            if (search.brings(middle) >= search.target) is starts_above:
                low = middle
            else:
                high = middle
        at, beside = (low, high) if starts_above else (high, low)
        return search.answer(at, beside)


def _never(search: _Search, low: int, high: int) -> InvalidInput:
    ends = sorted((search.told(low), search.told(high)))
    return InvalidInput(
        f"No value between the ends of the range breaks even: they bring {ends[0][1]} and "
        f"{ends[1][1]}, the live prices {search.money(search.target).amount}. Choose a wider range "
        "or another number.",
        field="field",
    )


class _Search:
    """Revenue as a function of the value; what does not depend on it is added up once."""

    def __init__(self, trial: Trial, question: BreakEvenQuestion) -> None:
        """Raises: InvalidInput (field `field`)."""
        self._question = question
        rules = question.what_if.drafts[question.draft].rules
        rule_id = drafted_id(rules[question.rule], question.rule)
        self._price = checked_price(rules[question.rule].draft.price)
        self._currency = self._rule(self._price).currency
        live, draft = trial.totals(), trial.totals()
        self._charges: list[Charges] = []
        for stretch in trial.stretches():
            for charges in trial.charges(trial.live, stretch):
                live.add(charges)
            for charges in trial.charges(trial.drafts[question.draft], stretch):
                draft.add(charges)
                if charges.version.rule_id == rule_id:
                    self._charges.append(charges)
        mine = sum(int(charges.minor.sum()) for charges in self._charges)
        self._others = draft.total(self._currency) - mine
        self.target = live.total(self._currency)
        self._known: dict[int, int] = {}

    def range(self) -> tuple[int, int]:
        """First and last value to try, in steps; bounds of tiers stay in their order."""
        _, name, place = _found(self._price, self._question.field)
        scale = 10**self._question.places
        low, high = 0, int(self._question.most * scale)
        if name == "up_to" and place is not None:
            tiers = self._price["tiers"]
            below = Decimal(tiers[place - 1]["up_to"]) if place else Decimal(0)
            low = int(below * scale) + 1
            above = tiers[place + 1].get("up_to") if place + 1 < len(tiers) else None
            high = high if above is None else min(high, int(Decimal(above) * scale) - 1)
        if low >= high:
            raise InvalidInput("There is no value to try in this range.", field="most")
        return low, high

    def brings(self, steps: int) -> int:
        """Revenue in minor units with this many steps as the value."""
        if steps not in self._known:
            rule = self._with(steps)
            self._known[steps] = self._others + sum(
                int(charges.rated(rule).sum()) for charges in self._charges
            )
        return self._known[steps]

    def answer(self, at: int, beside: int) -> BreakEven:
        return BreakEven(
            self.value(at),
            self.money(self.brings(at)),
            self.value(beside),
            self.money(self.brings(beside)),
            self.money(self.target),
        )

    def told(self, steps: int) -> tuple[int, Decimal]:
        return self.brings(steps), self.money(self.brings(steps)).amount

    def money(self, minor: int) -> Money:
        return money_of(minor, self._currency)

    def value(self, steps: int) -> Decimal:
        return Decimal(steps).scaleb(-self._question.places)

    def _with(self, steps: int) -> Rule:
        price = copy.deepcopy(self._price)
        owner, name, _ = _found(price, self._question.field)
        owner[name] = decimal_text(self.value(steps))
        return self._rule(price)

    def _rule(self, price: dict[str, Any]) -> Rule:
        try:
            return payable_rule(price)
        except InvalidField as error:
            raise InvalidInput(f"{error} Nothing was looked for.", field="field") from error


def _found(price: dict[str, Any], path: str) -> tuple[dict[str, Any], str, int | None]:
    """The object that has the number of a path, its name there, and the place of its tier.

    Raises: InvalidInput (field `field`).
    """
    match = PATH.fullmatch(path)
    tiers = price.get("tiers", ())
    if match is None or (match["place"] and int(match["place"]) >= len(tiers)):
        raise InvalidInput(
            f"The price has no number {path}. Name one, such as unit_amount or "
            "tiers[1].unit_amount.",
            field="field",
        )
    if not match["place"]:
        return price, match["name"], None
    place = int(match["place"])
    return tiers[place], match["name"], place
