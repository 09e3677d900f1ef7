"""What a question means in one application: its slots, and which rows its filters leave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from desktop.domain import calendar
from desktop.domain.ids import CustomerId
from desktop.domain.usage_questions import NO_PLAN, Dimension, Filter, Grain, Question
from desktop.services.storage import (
    applications,
    customer_merges,
    rule_versions,
    usage_cells,
    usage_queries,
)
from desktop.services.storage.usage_cells import ANY, LAST, Keys, PlanTerms, Selection, Table

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.domain.pricing.rulebook import RuleBook
    from desktop.domain.usage import Application
    from desktop.services.usage_frames import Frame

QUARTER_S: Final = 900
"""Hours begin on a quarter of an hour in every time zone there is."""
_OF_CUSTOMERS: Final = frozenset({Dimension.CUSTOMER, Dimension.PLAN})
_OF_ENDPOINTS: Final = frozenset({Dimension.ENDPOINT, Dimension.METHOD})


@dataclass(frozen=True)
class Scope:
    """One application under one question; worked out as far as it is needed."""

    db: Connection
    application: Application
    question: Question

    @cached_property
    def zone(self) -> tzinfo:
        return applications.zone(self.application.time_zone)

    @cached_property
    def used(self) -> frozenset[Dimension]:
        """Dimensions of the grouping and of every filter."""
        grouping = self.question.group_by
        return frozenset(one.dimension for one in self.question.filters) | (
            frozenset() if grouping is None else {grouping}
        )

    @cached_property
    def merges(self) -> Mapping[CustomerId, CustomerId]:
        """The customer under which each merged one is shown."""
        return customer_merges.of_application(self.db, self.application.application_id)

    @cached_property
    def endpoints(self) -> Mapping[str, tuple[str, str]]:
        """Method and url by id of every endpoint that was ever seen."""
        return usage_queries.endpoints_by_id(self.db, self.application.application_id)

    @cached_property
    def book(self) -> RuleBook:
        return rule_versions.book_of(self.db, self.application.application_id)

    def method_of(self, endpoint_id: str) -> str:
        """The method of an endpoint; empty for one whose row is unknown."""
        return self.endpoints.get(endpoint_id, ("", ""))[0]

    def keys_of(self, dimension: Dimension) -> Keys:
        """What the filters on a dimension leave of its keys."""
        keys = ANY
        for one in self.question.filters:
            if one.dimension is dimension:
                keys = _narrowed(keys, one)
        return keys

    @property
    def is_left_out(self) -> bool:
        """Whether the filters exclude the whole application."""
        allowed = self.keys_of(Dimension.APPLICATION)
        return self.application.application_id not in allowed

    def table(self) -> Table:
        """The smallest table that tells apart what the question does."""
        by_customer = bool(self.used & _OF_CUSTOMERS) or self.question.measure == "customers"
        by_endpoint = bool(self.used & _OF_ENDPOINTS)
        if self.question.grain is Grain.HOUR or Dimension.HOUR_OF_WEEK in self.used:
            return usage_cells.CUSTOMER_HOURS if by_customer else usage_cells.ENDPOINT_HOURS
        if by_customer:
            both = usage_cells.CUSTOMER_ENDPOINT_DAYS
            return both if by_endpoint else usage_cells.CUSTOMER_DAYS
        return usage_cells.ENDPOINT_DAYS if by_endpoint else usage_cells.DAYS

    def selection(self, table: Table, frame: Frame) -> Selection:
        """The rows of a table that the question is about."""
        by_day = table.slot == "day"
        slots = frame.days if by_day else frame.hours_in(self.zone)
        if self.is_left_out:
            slots = range(0)
        tells_plans = Dimension.PLAN in self.used and bool(self.book.customer_plans)
        plans = self.keys_of(Dimension.PLAN)
        if not tells_plans and NO_PLAN not in plans:  # nobody is on any plan
            slots = range(0)
        return Selection(
            self.application.application_id,
            slots,
            self._endpoint_keys(),
            self._merged_too(self.keys_of(Dimension.CUSTOMER)),
            plans if tells_plans else ANY,
            tells_plans,
            self._terms(by_day=by_day) if tells_plans else (),
            None if by_day else self._chosen_hours(slots),
        )

    def merged_key(self, customer_id: str) -> str:
        return self.merges.get(CustomerId(customer_id), customer_id)

    def members_of(self, customer_ids: Iterable[str]) -> frozenset[str]:
        """Everybody who is shown under one of these ids."""
        wanted = set(map(CustomerId, customer_ids))
        merged = {one for one, into in self.merges.items() if into in wanted}
        return frozenset((wanted - self.merges.keys()) | merged)

    def hour_of_week(self, hour: int) -> str:
        """Key of the hour of the week in which an hour begins."""
        local = datetime.fromtimestamp(hour, self.zone)
        return f"{local.weekday()}-{local.hour:02}"

    def _merged_too(self, keys: Keys) -> Keys:
        """Keys of shown customers as keys of all who are shown under them."""
        if keys.are_all or not self.merges:
            return keys
        only = None if keys.only is None else self.members_of(keys.only)
        return Keys(only, self.members_of(keys.without))

    def _endpoint_keys(self) -> Keys:
        keys, methods = self.keys_of(Dimension.ENDPOINT), self.keys_of(Dimension.METHOD)
        if methods.are_all:
            return keys
        if methods.only is not None:
            fitting = frozenset(one for one in self.endpoints if self.method_of(one) in methods)
            return replace(keys, only=fitting if keys.only is None else keys.only & fitting)
        without = {one for one in self.endpoints if self.method_of(one) in methods.without}
        return replace(keys, without=keys.without | without)

    def _chosen_hours(self, slots: range) -> list[int] | None:
        keys = self.keys_of(Dimension.HOUR_OF_WEEK)
        if keys.are_all:
            return None
        first = slots.start // QUARTER_S * QUARTER_S
        return [at for at in range(first, slots.stop, QUARTER_S) if self.hour_of_week(at) in keys]

    def _terms(self, *, by_day: bool) -> PlanTerms:
        """Who is on which plan in which slots; from a merge of bills on it is the payer's plan."""

        def slot(day: date) -> int:
            if day in {date.min, date.max}:
                return 0 if day == date.min else LAST
            return calendar.day_number(day) if by_day else calendar.instant(day, self.zone)

        terms = {plan.customer_id: plan.terms for plan in self.book.customer_plans}
        merges = self.book.merges
        alone = [one for one in terms if one not in merges.everyone()]
        spans = [(customer, customer, date.min, date.max) for customer in alone]
        cuts = [date.min, *sorted(merges.change_days), date.max]
        for first, end in pairwise(cuts):
            payers = merges.billed_on(first)
            spans += [(one, payers.get(one, one), first, end) for one in merges.everyone()]
        return [
            (customer, term.plan_id or NO_PLAN, slot(starts), slot(ends))
            for customer, payer, first, end in spans
            for term in terms.get(payer, ())
            if (starts := max(first, term.starts_on))
            < (ends := min(end, term.ends_before or date.max))
        ]


def _narrowed(keys: Keys, by: Filter) -> Keys:
    chosen = frozenset(by.keys)
    if by.excludes:
        return replace(keys, without=keys.without | chosen)
    return replace(keys, only=chosen if keys.only is None else keys.only & chosen)


def group_key(dimension: Dimension | None) -> str:
    """Key of the database that a dimension's groups are made from, as `usage_cells.KEYS`."""
    match dimension:
        case Dimension.ENDPOINT | Dimension.METHOD:
            return "endpoint"
        case Dimension.CUSTOMER:
            return "customer"
        case Dimension.PLAN:
            return "plan"
        case _:
            return ""
