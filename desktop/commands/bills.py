"""`usageflow simulate`, `invoice` and `revenue`: what prices come to, from the vault alone."""

import json
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import typer

from desktop.commands.answers import AsJson
from desktop.commands.supplied import in_vault, of_application
from desktop.domain import calendar
from desktop.domain.csv_text import csv_lines
from desktop.domain.errors import InvalidInput
from desktop.domain.ids import ApplicationId, CustomerId
from desktop.domain.invoices import Invoice, InvoiceQuestion, InvoiceTerms, RevenueQuestion
from desktop.domain.money import Money
from desktop.domain.usage import DateRange
from desktop.domain.what_if import MUCH_PERCENT, DraftOutcome, WhatIfAnswer, WhatIfQuestion
from desktop.services.calls import no_report
from desktop.services.compose import Services
from desktop.services.invoicing import COLUMNS, csv_rows

DAY: Final = "%Y-%m-%d"
MONTH: Final = "%Y-%m"
From = Annotated[datetime, typer.Option("--from", formats=[DAY], help="First day.")]
To = Annotated[datetime, typer.Option("--to", formats=[DAY], help="Day after the last.")]
OfMonth = Annotated[datetime, typer.Option("--month", formats=[MONTH], help="Such as 2026-10.")]
Amount = Annotated[str, typer.Option(help="Decimal number.")]


@in_vault
@of_application
def simulate(  # noqa: PLR0913, PLR0917 (the options of one command)
    services: Services,
    which: ApplicationId,
    start: From,
    end: To,
    draft: Annotated[
        list[Path], typer.Option(help="File of rules, as `usageflow rules export` writes it.")
    ],
    customer: Annotated[list[str] | None, typer.Option(help="Customer id; all without it.")] = None,
    much: Annotated[int, typer.Option(help="Percent from which a rise is counted.")] = MUCH_PERCENT,
    lines: Annotated[Path | None, typer.Option(help="Also write every line as CSV.")] = None,
    as_json: AsJson = False,  # noqa: FBT002 (an option)
) -> None:
    """Try drafts of prices on real usage; asks no service and changes nothing."""
    drafts = tuple(services.what_if.draft_from_file(which, str(file)) for file in draft)
    question = WhatIfQuestion(
        which,
        DateRange(start.date(), end.date()),
        drafts,
        tuple(CustomerId(one) for one in customer or ()),
        much,
    )
    answer = services.what_if.simulate(no_report, question)
    if lines is not None:
        services.what_if.export(no_report, question, str(lines))
    typer.echo(_json(answer) if as_json else _answer_text(answer, much))


@in_vault
@of_application
def invoice(  # noqa: PLR0913, PLR0917 (the options of one command)
    services: Services,
    which: ApplicationId,
    customer: Annotated[str, typer.Option(help="Customer id.")],
    month: OfMonth,
    coupon: Annotated[str, typer.Option(help="Percent off.")] = "0",
    minimum: Amount = "0",
    credits_: Annotated[str, typer.Option("--credits", help="Prepaid amount.")] = "0",
    tax: Annotated[str, typer.Option(help="Percent.")] = "0",
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,  # noqa: FBT002
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Print the bill of a customer for a month, every line explained; sends nothing."""
    terms = InvoiceTerms(
        coupon_percent=_decimal(coupon, "coupon"),
        minimum=_decimal(minimum, "minimum"),
        credits=_decimal(credits_, "credits"),
        tax_percent=_decimal(tax, "tax"),
    )
    question = InvoiceQuestion(which, CustomerId(customer), _month(month), terms)
    found = services.invoices.preview(no_report, question)
    if as_csv:
        typer.echo(csv_lines([list(COLUMNS), *csv_rows(found)]), nl=False)
    else:
        typer.echo(_json(found) if as_json else _invoice_text(found))


@in_vault
@of_application
def revenue(
    services: Services,
    which: ApplicationId,
    start: From,
    end: To,
    as_json: AsJson = False,  # noqa: FBT002 (an option)
) -> None:
    """Print revenue by rule, plan and customer, and the forecast where today is in the period."""
    period = DateRange(start.date(), end.date())
    found = services.invoices.revenue(no_report, RevenueQuestion(which, period))
    if as_json:
        typer.echo(_json(found))
        return
    typer.echo(f"total  {_amounts(found.total)}")
    for title, lines in (
        ("rule", found.by_rule), ("plan", found.by_plan), ("customer", found.by_customer),
    ):  # fmt: skip
        for line in lines:
            typer.echo(f"{title}  {line.label or 'no plan'}  {_amounts(line.amounts)}")
    for one in found.forecast:
        typer.echo(f"forecast  {_amount(one.expected)}  {_amount(one.low)} to {_amount(one.high)}")


def _month(month: datetime) -> DateRange:
    return calendar.month_period(calendar.month_number(month.date()))


def _decimal(text: str, field: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise InvalidInput(f"“{text}” is not a number. Nothing was done.", field=field) from error
    if not value.is_finite():
        raise InvalidInput(f"“{text}” is not a number. Nothing was done.", field=field)
    return value


def _answer_text(answer: WhatIfAnswer, much: int) -> str:
    lines = [line for draft in answer.drafts for line in _draft_text(draft, much)]
    return "\n".join(lines)


def _draft_text(draft: DraftOutcome, much: int) -> list[str]:
    lines = [draft.name]
    for one in draft.currencies:
        up, down = one.up, one.down
        lines.append(f"  live {_amount(one.live)}  draft {_amount(one.draft)}")
        lines.append(
            f"  {up.customers} up by {_amount(up.by)}, {down.customers} down by "
            f"{_amount(down.by)}, {one.unchanged} unchanged"
        )
        if one.much_dearer:
            lines.append(
                f"  Raises the bill of {one.much_dearer} of {one.customers} customers by more "
                f"than {much} %."
            )
    if draft.requests_without_price:
        lines.append(f"  {draft.requests_without_price} requests have no price.")
    for rule in draft.covered:
        days = f", {rule.first} to {rule.last}" if rule.first else ""
        calls = f"{rule.calls} of {rule.of_calls} calls"
        lines.append(f"  {rule.name}: from {calls}, those the vault holds{days}.")
    return lines


def _invoice_text(found: Invoice) -> str:
    period = found.question.period
    lines = [f"{found.customer}  {period.start} to {period.end}"]
    for part in found.parts:
        for line in part.lines:
            lines.append(f"{line.rule}  {line.quantity:f} {line.meter}  {_amount(line.amount)}")
            lines += [f"    {_step_text(step)}" for step in line.explanation]
        lines += [f"{kind.value}  {_amount(amount)}" for kind, amount in part.adjustments]
        lines.append(f"total  {_amount(part.total)}")
    return "\n".join(lines)


def _step_text(step: dict[str, Any]) -> str:
    return "  ".join(f"{name} {value}" for name, value in step.items() if isinstance(value, str))


def _amounts(values: tuple[Money, ...]) -> str:
    return " + ".join(map(_amount, values)) or "0"


def _amount(money: Money) -> str:
    return f"{money.amount:f} {money.currency}"


def _json(value: object) -> str:
    return json.dumps(msgspec.to_builtins(value))
