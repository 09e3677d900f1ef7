"""What the dashboard says of revenue; it is asked for once the figures of usage are on screen."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from desktop.domain.errors import AppError
from desktop.domain.ids import ApplicationId
from desktop.domain.money import Money
from desktop.domain.usage import Comparison, CustomerLine, DateRange
from desktop.domain.usage_questions import Answer, Dimension, Filter, Grain, Measure, Question
from desktop.domain.usage_questions import Comparison as ComparedWith
from desktop.views import figures
from desktop.views.data_table import DataTable
from desktop.views.kpi_card import KpiCard
from desktop.views.models.table_model import Column

if TYPE_CHECKING:
    from collections.abc import Iterable

    from desktop.domain.usage_questions import Series


def revenue_question(
    application_id: ApplicationId,
    period: DateRange,
    compared: ComparedWith = ComparedWith.PREVIOUS,
) -> Question:
    """Revenue by day, beside the period before or last year."""
    return Question(period, Measure.REVENUE, application_id, comparison=compared)


def cost_question(
    application_id: ApplicationId, period: DateRange, customer_ids: tuple[str, ...]
) -> Question:
    """What each of these customers comes to; there has to be one at least."""
    return Question(
        period,
        Measure.REVENUE,
        application_id,
        Grain.WHOLE,
        Dimension.CUSTOMER,
        (Filter(Dimension.CUSTOMER, customer_ids),),
        top=len(customer_ids),
    )


class RevenueCard(KpiCard):
    """What the bills grow by on the days of the period; nothing is said before it is known."""

    def __init__(self) -> None:
        super().__init__(QCoreApplication.translate("RevenueCard", "Metered revenue"))
        self.show_waiting()

    def show_waiting(self) -> None:
        """Say that the figure is still to come."""
        self.show_course(())
        self.show_figure(figures.NOTHING, self.tr("not yet worked out"))

    def show_failure(self, error: AppError) -> None:
        """Say why there is no figure; the rest of the page stands."""
        self.show_course(())
        self.show_figure(figures.NOTHING, str(error), "bad")

    def show_answer(self, answer: Answer) -> None:
        """Show the answer to a `revenue_question`."""
        totals = answer.totals
        self.show_figure(figures.amounts(_amounts(totals)), self._detail(answer))
        # The courses of two currencies have no common height.
        values = totals[0].values if len(totals) == 1 else ()
        self.show_course([float(value or 0) for value in values])

    def _detail(self, answer: Answer) -> str:
        from desktop.views.usage.words import caveat

        last_year = answer.question.comparison is ComparedWith.LAST_YEAR
        said = (self._change(answer.totals, last_year=last_year), *map(caveat, answer.left_out))
        return " \u00b7 ".join(said)

    def _change(self, totals: "tuple[Series, ...]", *, last_year: bool) -> str:
        """How revenue moved; amounts of several currencies are only put side by side."""
        if not totals:
            return self.tr("no price holds for these calls")
        if len(totals) == 1:
            now = totals[0].amount(totals[0].total or 0)
            change = Comparison(now, _amount_before(totals[0]))
            return figures.change(change, last_year=last_year)
        before = tuple(
            _money(one, one.total_before or 0) for one in totals if _amount_before(one) is not None
        )
        said = self.tr("{amount} the period before")
        if last_year:
            said = self.tr("{amount} a year before")
        return said.format(amount=figures.amounts(before))


def _money(series: "Series", minor: int) -> Money:
    return Money(minor, series.unit, series.scale)


def _amounts(found: "Iterable[Series]") -> tuple[Money, ...]:
    """One amount a currency, by currency."""
    ordered = sorted(found, key=lambda one: one.unit)
    return tuple(_money(one, one.total) for one in ordered if one.total is not None)


def _amount_before(series: "Series") -> Decimal | None:
    """Of the period before; None where nothing is known of it."""
    is_known = any(value is not None for value in series.before)
    return series.amount(series.total_before or 0) if is_known else None


@dataclass(frozen=True, slots=True)
class CustomerRow:
    line: CustomerLine
    cost: tuple[Money, ...] | None = None
    """One amount a currency, by currency; empty when no price holds; None while it is unknown."""


class TopCustomers(DataTable[CustomerRow]):
    """Who uses most; what they come to is told later."""

    def __init__(self) -> None:
        name = QCoreApplication.translate("TopCustomers", "Top customers")
        self._costs: dict[str, tuple[Money, ...]] = {}
        self._failure = ""
        super().__init__(name, self._columns(), key=lambda row: row.line.customer_id)
        for column, width_px in ((1, 104), (2, 104), (3, 130)):
            self.setColumnWidth(column, width_px)

    def show_customers(self, lines: tuple[CustomerLine, ...]) -> None:
        """Show other customers, each with its cost if that is known already."""
        found = self._costs
        self.show_rows(tuple(CustomerRow(one, found.get(one.customer_id)) for one in lines))

    def forget_costs(self) -> None:
        """What comes next is about another application or period."""
        self._take({}, "")

    def show_failure(self, error: AppError) -> None:
        """The costs could not be worked out; the rest of the table stands."""
        self._take({}, str(error))

    def show_answer(self, answer: Answer) -> None:
        """Show the answer to a `cost_question`."""
        asked = answer.question.filters[0].keys
        known = [one for one in answer.series if None not in one.values]
        costs = {key: _amounts(one for one in known if one.key == key) for key in asked}
        self._take(costs, "")

    def _take(self, costs: dict[str, tuple[Money, ...]], failure: str) -> None:
        self._costs, self._failure = costs, failure
        rows = self.table_model.rows
        self.show_rows(tuple(replace(row, cost=costs.get(row.line.customer_id)) for row in rows))

    def _columns(self) -> tuple[Column[CustomerRow], ...]:
        tr = QCoreApplication.translate
        return (
            Column(tr("TopCustomers", "Customer"), lambda row: row.line.label),
            Column(
                tr("TopCustomers", "Requests"),
                lambda row: figures.count(row.line.requests),
                lambda row: row.line.requests,
                is_number=True,
            ),
            Column(
                tr("TopCustomers", "Units"),
                lambda row: figures.decimal(row.line.units),
                lambda row: row.line.units,
                is_number=True,
            ),
            Column(
                tr("TopCustomers", "Cost"),
                lambda row: figures.amounts(row.cost or ()),
                lambda row: tuple((one.currency, one.amount_minor) for one in row.cost or ()),
                is_number=True,
                spoken=self._spoken_cost,
            ),
        )

    def _spoken_cost(self, row: CustomerRow) -> str:
        """The cost, or why there is a dash."""
        if row.cost is None:
            return self._failure or self.tr("not yet worked out")
        return figures.amounts(row.cost) if row.cost else self.tr("no price holds")
