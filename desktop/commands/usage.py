"""`usageflow usage`: an overview of a period, or the answer to any question about usage."""

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any, Final

import typer

from contract.durations import merged, quantile
from desktop.commands.answers import AsJson
from desktop.commands.supplied import in_vault
from desktop.domain.errors import InvalidInput
from desktop.domain.ids import ApplicationId
from desktop.domain.money import decimal_text
from desktop.domain.usage import DateRange, GroupBy, UsageRow, UsageTable
from desktop.domain.usage_questions import Comparison, Dimension, Filter, Grain, Measure, Question
from desktop.domain.usage_spelling import (
    SCHEME,
    filter_of_text,
    question_from,
    question_of_link,
)
from desktop.services.calls import no_report
from desktop.services.compose import Services
from desktop.services.usage_export import UsageFormat, text_rows

DATE_FORMAT: Final = "%Y-%m-%d"
FIELDS: Final = {
    GroupBy.ENDPOINT: ("endpoint",),
    GroupBy.CUSTOMER: ("customer", "customer_id"),
    GroupBy.DAY: ("day",),
}
"""What names a row of the usage table, by how it is grouped."""
COUNTS: Final = ("requests", "units", "errors", "denied")
PERCENTILES: Final = {"p50_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99}
"""How long calls took; not known per customer."""
TEXT_COLUMNS: Final = ("start", "group", "value", "unit", "before", "gap")


View = Annotated[
    str, typer.Argument(help="A link such as usageflow://usage?…, or a question as JSON.")
]
Start = Annotated[datetime | None, typer.Option("--from", formats=[DATE_FORMAT], help="First day.")]
End = Annotated[
    datetime | None, typer.Option("--to", formats=[DATE_FORMAT], help="Day after the last.")
]
Asked = Annotated[Measure | None, typer.Option(help="What to ask for; without it, an overview.")]
GroupedBy = Annotated[str, typer.Option(help="What a line stands for, such as endpoint.")]
Buckets = Annotated[Grain, typer.Option(help="How long a bucket is.")]
Only = Annotated[list[str] | None, typer.Option(help="Filter such as endpoint:id,id; repeatable.")]
Without = Annotated[list[str] | None, typer.Option("--not", help="Leave out, such as customer:id.")]
Compared = Annotated[Comparison, typer.Option(help="With which period.")]
Top = Annotated[int, typer.Option(help="How many groups have a line of their own.")]
OneApplication = Annotated[str, typer.Option(help="Id; else all of the service.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print CSV.")]


@in_vault
def usage(  # noqa: PLR0913, PLR0917 (the options of one command)
    services: Services,
    view: View = "",
    start: Start = None,
    end: End = None,
    measure: Asked = None,
    group_by: GroupedBy = "",
    grain: Buckets = Grain.DAY,
    only: Only = None,
    without: Without = None,
    compare: Compared = Comparison.NONE,
    top: Top = 5,
    application: OneApplication = "",
    as_json: AsJson = False,  # noqa: FBT002 (an option)
    as_csv: AsCsv = False,  # noqa: FBT002
) -> None:
    """Print usage from the vault; asks no service. Days are those of each application's zone.

    With a question the output of --json and --csv is what the window exports for the same view.
    """
    if not view and measure is None:
        _overview(services, _period(start, end), group_by, as_json=as_json)
        return
    question = _given(view) if view else Question(
        _period(start, end),
        measure or Measure.REQUESTS,
        ApplicationId(application) if application else None,
        grain,
        _dimension(group_by),
        _filters(only or (), without or ()),
        compare,
        top,
    )  # fmt: skip
    if as_json or as_csv:
        kind = UsageFormat.JSON if as_json else UsageFormat.CSV
        services.answers.export.write(no_report, question, kind, sys.stdout.buffer.write)
        sys.stdout.buffer.flush()
        return
    answer = services.answers.questions.ask(no_report, question, 0)
    typer.echo(_aligned([TEXT_COLUMNS, *text_rows(answer)], texts=2))


def _overview(services: Services, period: DateRange, grouping: str, *, as_json: bool) -> None:
    """All measures that add up, of all applications together."""
    try:
        group_by = GroupBy(grouping or GroupBy.ENDPOINT)
    except ValueError as error:
        raise InvalidInput(
            f"An overview is grouped by {', '.join(GroupBy)}, not by {grouping}. Nothing was done. "
            "Add --measure, such as --measure requests.",
            field="group_by",
        ) from error
    table = services.usage.table(period, group_by)
    typer.echo(_usage_json(table, group_by) if as_json else _usage_text(table, group_by))


def _filters(only: Iterable[str], without: Iterable[str]) -> tuple[Filter, ...]:
    return (
        *(filter_of_text(one, excludes=False) for one in only),
        *(filter_of_text(one, excludes=True) for one in without),
    )


def _period(start: datetime | None, end: datetime | None) -> DateRange:
    if start is None or end is None:
        raise InvalidInput(
            "The period is missing. Nothing was done. Give --from and --to, or a link.",
            field="period",
        )
    return DateRange(start.date(), end.date())


def _dimension(grouping: str) -> Dimension | None:
    try:
        return Dimension(grouping) if grouping else None
    except ValueError as error:
        raise InvalidInput(
            f"“{grouping}” is nothing that usage can be grouped by. Nothing was done. Use one of "
            f"{', '.join(Dimension)}.",
            field="group_by",
        ) from error


def _given(view: str) -> Question:
    return question_of_link(view) if view.startswith(f"{SCHEME}:") else question_from(view)


def _usage_json(table: UsageTable, group_by: GroupBy) -> str:
    as_of = None if table.as_of is None else table.as_of.isoformat()
    return json.dumps({"rows": [_fields(row, group_by) for row in table.rows], "as_of": as_of})


def _fields(row: UsageRow, group_by: GroupBy) -> dict[str, Any]:
    names = {name: getattr(row, name) for name in FIELDS[group_by]}
    counts = {"requests": row.requests, "units": decimal_text(row.units)}
    fields = {**names, **counts, "errors": row.errors, "denied": row.denied}
    return fields if group_by is GroupBy.CUSTOMER else fields | _percentiles(row)


def _percentiles(row: UsageRow) -> dict[str, int | None]:
    """Whole milliseconds; null where no call reported a duration."""
    counts = merged([row.durations])
    found = {name: quantile(counts, share) for name, share in PERCENTILES.items()}
    return {name: None if value is None else round(value) for name, value in found.items()}


def _usage_text(table: UsageTable, group_by: GroupBy) -> str:
    """Aligned columns under their names, and how current they are."""
    columns = [FIELDS[group_by][0], *COUNTS]
    if group_by is not GroupBy.CUSTOMER:
        columns += PERCENTILES
    lines = [(group_by.value, *columns[1:])]
    for row in table.rows:
        fields = _fields(row, group_by)
        lines.append(tuple("-" if fields[name] is None else str(fields[name]) for name in columns))
    as_of = "never synced" if table.as_of is None else f"as of {table.as_of:%Y-%m-%d %H:%M} UTC"
    return f"{_aligned(lines, texts=1)}\n{as_of}"


def _aligned(lines: Sequence[Sequence[str]], *, texts: int) -> str:
    """Columns under each other, the first ones as texts, the others as numbers."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    sides = [str.ljust if place < texts else str.rjust for place in range(len(widths))]
    return "\n".join(
        "  ".join(
            side(cell, width) for side, cell, width in zip(sides, line, widths, strict=True)
        ).rstrip()
        for line in lines
    )
