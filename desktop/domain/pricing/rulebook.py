"""Which rule prices what: the one place that decides it, for every screen and every bill.

What a customer used on an endpoint on a day is priced by one version of one rule, the first that
matches of

1. rules of the customer: those that name it, and the overrides of its plan's term,
2. rules of the plan that the customer is on that day,
3. all other rules,

and among equals an exact url comes before `*`, then an exact method, then the smaller rule id. A
rule that a plan holds, an override names or one customer owns prices nobody else. Flat prices price
no usage; `fees` says which are due. A draft is tried by `with_version`.

The version of a rule that holds on a day is the highest-numbered one whose `effective_from` has
come; a rule that a version ended prices nothing. What a merged identity used is used by the
customer it was merged into, from the day on from which they have one bill; its own rules and plan
then price nothing any more. Billing periods are calendar months of the application's time zone;
where a version or a plan changes within one, the days before and after are priced apart, each from
zero.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Final

from contract.pricing.rule import Model
from desktop.domain.ids import CustomerId, PlanId, RuleId
from desktop.domain.merges import NO_MERGES, Merges
from desktop.domain.pricing.published import CustomerPlan, Plan, PlanTerm, RuleVersion

Endpoint = tuple[str, str]
"""Method and url."""
Candidates = list[RuleVersion]
MOST_DAYS: Final = 512
"""Days between two changes that are kept worked out."""


class DayRules:
    """The rules of one day. Answers are the same on every day until the next change."""

    def __init__(
        self,
        versions: Iterable[RuleVersion],
        plans: Iterable[Plan],
        terms: dict[CustomerId, PlanTerm],
        bound: frozenset[RuleId],
    ) -> None:
        """`bound` are the rules of plans and overrides; `terms` those that hold on the day."""
        self._terms = terms
        self._held = {version.rule_id: version for version in versions if version.price}
        self._plans = {plan.plan_id: self._of(plan.rule_ids) for plan in plans}
        self._own: dict[CustomerId, Candidates] = defaultdict(list)
        self._usual: Candidates = []
        for version in self._held.values():
            if version.customer_id is not None:
                self._own[version.customer_id].append(version)
            elif version.rule_id not in bound:
                self._usual.append(version)
        self.usual_for = lru_cache(maxsize=4096)(self._usual_for)
        """The version that prices an endpoint for whoever has no plan and no rule of its own."""

    @property
    def special_customers(self) -> frozenset[CustomerId]:
        """Customers whose price may be another than the usual one."""
        return frozenset(self._own) | frozenset(self._terms)

    @property
    def has_fees(self) -> bool:
        """Whether any flat price holds on the day."""
        return any(map(_is_flat, self._held.values()))

    def plan_of(self, customer_id: CustomerId) -> PlanId | None:
        """The plan a customer is on."""
        term = self._terms.get(customer_id)
        return None if term is None else term.plan_id

    def kind_of(self, customer_id: CustomerId) -> Hashable:
        """Equal for customers who pay the same prices for the same usage."""
        if customer_id in self._own:
            return customer_id
        term = self._terms.get(customer_id)
        return None if term is None else (term.plan_id, term.override_ids)

    def version_for(self, customer_id: CustomerId, method: str, url: str) -> RuleVersion | None:
        """The version that prices a customer's usage of an endpoint; None when nothing does."""
        for level in self._levels(customer_id):
            if found := _first_match(level, method, url):
                return found
        return self.usual_for(method, url)

    def fees(self, customer_id: CustomerId, used: Iterable[Endpoint]) -> tuple[RuleVersion, ...]:
        """Flat prices that are due from a customer who used these endpoints.

        Those of the customer and of its plan are due without usage, others with a call where they
        apply. Of the rules for the same method and url the first level's replace the others'.
        """
        places = tuple(used)
        usual = [v for v in self._usual if any(_matches(v, *place) for place in places)]
        due: dict[Endpoint, Candidates] = {}
        for level in (*self._levels(customer_id), usual):
            found: dict[Endpoint, Candidates] = defaultdict(list)
            for version in level:
                if _is_flat(version):
                    found[version.method, version.url].append(version)
            due = {**found, **due}
        return tuple(version for scope in sorted(due) for version in due[scope])

    def _levels(self, customer_id: CustomerId) -> Iterator[Candidates]:
        """The customer's own rules, then its plan's."""
        term = self._terms.get(customer_id)
        own = self._own.get(customer_id, [])
        if term is not None:
            yield [*own, *self._of(term.override_ids)]
            yield [] if term.plan_id is None else self._plans.get(term.plan_id, [])
        elif own:
            yield own

    def _of(self, rule_ids: Iterable[RuleId]) -> Candidates:
        held = (self._held.get(rule_id) for rule_id in rule_ids)
        return [version for version in held if version and version.customer_id is None]

    def _usual_for(self, method: str, url: str) -> RuleVersion | None:
        return _first_match(self._usual, method, url)


class RuleBook:
    """Every version of every rule of one application, its plans, and who is on them."""

    def __init__(
        self,
        versions: Iterable[RuleVersion],
        plans: Iterable[Plan] = (),
        customer_plans: Iterable[CustomerPlan] = (),
        merges: Merges = NO_MERGES,
    ) -> None:
        self._versions: dict[RuleId, list[RuleVersion]] = defaultdict(list)
        for version in sorted(versions, key=lambda one: one.version):
            self._versions[version.rule_id].append(version)
        self.plans = tuple(plans)
        self.customer_plans = tuple(customer_plans)
        self.merges = merges
        self._bound = frozenset(self._bound_rules())
        self.change_days = tuple(sorted(self._all_change_days()))
        """Days on which another version or plan may hold than on the day before."""
        self._page = lru_cache(maxsize=MOST_DAYS)(self._rules_of)

    def names(self) -> dict[RuleId, str]:
        """What each rule is called, by its newest version."""
        return {rule_id: versions[-1].name for rule_id, versions in self._versions.items()}

    def version_on(self, rule_id: RuleId, day: date) -> RuleVersion | None:
        """The version of a rule that holds on a day; one without a price has ended the rule."""
        held = [one for one in self._versions.get(rule_id, ()) if one.effective_from <= day]
        return held[-1] if held else None

    def on(self, day: date) -> DayRules:
        """The rules of a day."""
        return self._page(bisect_right(self.change_days, day))

    def stretches(self, first: date, end: date) -> Iterator[tuple[date, date]]:
        """The days from `first` to before `end`, cut at months and wherever the rules change."""
        cuts = {day for day in self.change_days if first < day < end}
        cuts.update(_month_starts(first, end))
        return pairwise(sorted({first, end, *cuts})) if first < end else iter(())

    def with_version(self, version: RuleVersion) -> "RuleBook":
        """A book in which a version is published too; it replaces one of the same number."""
        others = (
            one
            for versions in self._versions.values()
            for one in versions
            if (one.rule_id, one.version) != (version.rule_id, version.version)
        )
        return RuleBook((*others, version), self.plans, self.customer_plans, self.merges)

    def _rules_of(self, place: int) -> DayRules:
        day = self.change_days[place - 1] if place else date.min
        merged = self.merges.billed_on(day)
        held = (self.version_on(rule_id, day) for rule_id in self._versions)
        versions = (one for one in held if one and one.customer_id not in merged)
        terms = {
            plan.customer_id: term
            for plan in self.customer_plans
            for term in plan.terms
            if term.holds_on(day) and plan.customer_id not in merged
        }
        return DayRules(versions, self.plans, terms, self._bound)

    def _bound_rules(self) -> Iterator[RuleId]:
        for plan in self.plans:
            yield from plan.rule_ids
        for customer in self.customer_plans:
            for term in customer.terms:
                yield from term.override_ids

    def _all_change_days(self) -> set[date]:
        days = {one.effective_from for versions in self._versions.values() for one in versions}
        for customer in self.customer_plans:
            for term in customer.terms:
                days.add(term.starts_on)
                if term.ends_before is not None:
                    days.add(term.ends_before)
        return days | self.merges.change_days


def _first_match(level: Candidates, method: str, url: str) -> RuleVersion | None:
    matching = [one for one in level if _matches(one, method, url) and not _is_flat(one)]
    return min(matching, key=_rank, default=None)


def _matches(version: RuleVersion, method: str, url: str) -> bool:
    return version.method in {"*", method} and version.url in {"*", url}


def _is_flat(version: RuleVersion) -> bool:
    return version.price is not None and version.price["model"] == Model.FLAT


def _rank(version: RuleVersion) -> tuple[bool, bool, str]:
    return version.url == "*", version.method == "*", version.rule_id


def _month_starts(first: date, end: date) -> Iterator[date]:
    day = first.replace(day=1)
    while day < end:
        if day > first:
            yield day
        day = (day + timedelta(days=32)).replace(day=1)
