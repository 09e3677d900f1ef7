"""Answers as files: the one encoder of CSV and JSON, for the window and the command line alike.

Rows are written as they are counted, some buckets at a time, so that a million of them take no more
memory than a thousand. The bytes depend on the question and the vault alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from desktop.domain import calendar
from desktop.domain.csv_text import csv_lines, harmless
from desktop.domain.money import decimal_text
from desktop.domain.usage import DateRange
from desktop.domain.usage_questions import (
    Answer,
    Comparison,
    GapReason,
    Grain,
    Measure,
    Question,
    Series,
)
from desktop.domain.usage_spelling import spelled
from desktop.services.calls import Report, callable_from_window
from desktop.services.export import ExportReceipt
from desktop.services.whole_file import WholeFile

if TYPE_CHECKING:
    from desktop.services.usage_answering import Asking
    from desktop.services.usage_questions import UsageQuestionService

COLUMNS: Final = (
    "start", "start_utc", "group_id", "group", "value", "unit", "before", "gap",
)  # fmt: skip
CELLS_A_PART: Final = 50_000
WHOLE_NUMBERS: Final = frozenset({"calls", "customers"})


class UsageFormat(StrEnum):
    CSV = "csv"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Row:
    """One line's number in one bucket."""

    start: str
    """Local date, or date and time."""
    start_utc: str
    group_id: str
    group: str
    value: Decimal | None
    unit: str
    before: Decimal | None
    gap: str

    def cells(self) -> Sequence[str]:
        """The row as CSV."""
        return (
            self.start, self.start_utc, harmless(self.group_id), harmless(self.group),
            _text(self.value), self.unit, _text(self.before), self.gap,
        )  # fmt: skip

    def fields(self) -> dict[str, Any]:
        """The row as JSON: what is counted as a number, what has decimals as text."""
        whole = self.unit in WHOLE_NUMBERS
        fields = {
            "start": self.start,
            "start_utc": self.start_utc,
            "group_id": self.group_id,
            "group": self.group,
            "value": _json_number(self.value, whole=whole),
            "unit": self.unit,
        }
        if self.before is not None:
            fields["before"] = _json_number(self.before, whole=whole)
        return {**fields, "gap": self.gap} if self.gap else fields


class UsageExportService:
    """Any thread. A cancel leaves no file behind."""

    def __init__(self, questions: UsageQuestionService) -> None:
        self._questions = questions

    @callable_from_window
    def save(
        self, report: Report, question: Question, kind: UsageFormat, path: str
    ) -> ExportReceipt:
        """Write the whole answer to a file; it is there whole or not at all.

        Raises: InvalidInput (as `UsageQuestionService.ask`), ExportFailed, Cancelled, VaultError.
        """
        with WholeFile(path) as file:
            rows = self.write(report, question, kind, file.write)
        return ExportReceipt(str(file.path), file.size_bytes, file.sha256, rows)

    @callable_from_window
    def text(self, report: Report, question: Question, kind: UsageFormat) -> str:
        """The whole answer as the file would have it, for the clipboard. Raises: as `save`."""
        parts: list[bytes] = []

        def keep(part: bytes) -> int:
            parts.append(part)
            return len(part)

        self.write(report, question, kind, keep)
        return b"".join(parts).decode("utf-8")

    def write(
        self,
        report: Report,
        question: Question,
        kind: UsageFormat,
        write: Callable[[bytes], object],
    ) -> int:
        """Write the bytes of an export piece by piece; return the number of rows."""
        with self._questions.asking(report, question) as asking:
            encoded = _csv if kind is UsageFormat.CSV else _json
            rows = 0
            for part, count in encoded(asking):
                write(part)
                rows += count
                report(rows)
        return rows


def rows_of(answer: Answer) -> Iterator[Row]:
    """Bucket by bucket, and in it line by line."""
    reasons = {place: gap.reason for gap in answer.gaps for place in range(gap.first, gap.end)}
    for place, (start, label) in enumerate(zip(answer.starts, answer.labels, strict=True)):
        moment = datetime.fromtimestamp(start, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        for line in answer.series:
            value = line.values[place]
            before = line.before[place] if line.before else None
            gap = "" if value is not None else reasons.get(place, GapReason.NO_DATA)
            yield Row(
                label, moment, line.key, line.label, _amount(line, value), line.unit,
                _amount(line, before), gap,
            )  # fmt: skip


def _csv(asking: Asking) -> Iterator[tuple[bytes, int]]:
    yield csv_lines([COLUMNS]).encode("utf-8"), 0
    for answer in _parts(asking):
        rows = [row.cells() for row in rows_of(answer)]
        yield csv_lines(rows).encode("utf-8"), len(rows)


def _json(asking: Asking) -> Iterator[tuple[bytes, int]]:
    """One object; its rows are written one a line."""
    as_of = asking.stamp.as_of
    head = {
        "question": json.loads(spelled(asking.question)),
        "time_zone": asking.time_zone,
        "as_of": None if as_of is None else as_of.astimezone(UTC).isoformat(timespec="seconds"),
    }
    yield (json.dumps(head, ensure_ascii=False)[:-1] + ', "rows": [').encode("utf-8"), 0
    separator, left_out = "\n", 0
    caveat = ""
    for answer in _parts(asking):
        lines = [json.dumps(row.fields(), ensure_ascii=False) for row in rows_of(answer)]
        if lines:
            yield (separator + ",\n".join(lines)).encode("utf-8"), len(lines)
            separator = ",\n"
        for one in answer.left_out:
            caveat, left_out = one.caveat, left_out + one.requests
    notes = [{"caveat": caveat, "requests": left_out}] if left_out else []
    yield f'\n], "left_out": {json.dumps(notes)}}}\n'.encode(), 0


def _parts(asking: Asking) -> Iterator[Answer]:
    """The answer, some buckets at a time, with the groups that are largest in all of it."""
    question = asking.question
    if question.comparison is not Comparison.NONE or question.measure is Measure.REVENUE:
        yield asking.answer()  # the comparison's buckets are counted from its own start
        return
    periods = list(_periods(asking))
    if len(periods) == 1:
        yield asking.answer()
        return
    ranking = replace(asking, question=replace(question, grain=Grain.WHOLE)).of_days(
        question.period, None
    )
    grouped = question.group_by is not None
    lines = {line.key: line for line in ranking.series}
    keys = [key for key in lines if key] if grouped else None
    for period in periods:
        part = asking.of_days(period, keys)
        yield replace(part, series=tuple(_same_lines(part, lines)))


def _same_lines(part: Answer, lines: dict[str, Series]) -> Iterator[Series]:
    """The part's lines; one that has nothing in this part is there too."""
    found = {line.key: line for line in part.series}
    for key, line in lines.items():
        empty = None if line.unit == "ms" else 0
        nothing = tuple(None if value is None else empty for value in part.totals[0].values)
        yield found.get(key) or replace(line, values=nothing)


def _periods(asking: Asking) -> Iterator[DateRange]:
    """The period cut where buckets begin, each part small enough to be held."""
    question, frame = asking.question, asking.frame
    if question.grain in {Grain.WEEK, Grain.MONTH, Grain.WHOLE}:
        yield question.period
        return
    buckets_a_day = 24 if question.grain is Grain.HOUR else 1
    lines = 1 if question.group_by is None else question.top + 1
    days = max(1, CELLS_A_PART // (lines * buckets_a_day))
    first, end = frame.days.start, frame.days.stop
    for number in range(first, end, days):
        yield DateRange(
            calendar.day_of_number(number), calendar.day_of_number(min(number + days, end))
        )


def _amount(line: Series, value: int | None) -> Decimal | None:
    return None if value is None else line.amount(value)


def _text(number: Decimal | None) -> str:
    return "" if number is None else decimal_text(number)


def _json_number(number: Decimal | None, *, whole: bool) -> int | str | None:
    if number is None:
        return None
    return int(number) if whole else decimal_text(number)
