"""Answers as files: the one encoder of CSV and JSON, for the window and the command line alike.

Rows are written as they are counted, some buckets at a time (`usage_parts`), so that a million of
them take no more memory than fifty thousand. The bytes depend on the question and the vault alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from desktop.domain.csv_text import csv_lines, harmless
from desktop.domain.money import scaled_text
from desktop.domain.usage_questions import Answer, GapReason, Question, Series
from desktop.domain.usage_spelling import spelled
from desktop.services.calls import Report, callable_from_window
from desktop.services.export import ExportReceipt
from desktop.services.usage_parts import Parts
from desktop.services.whole_file import WholeFile

if TYPE_CHECKING:
    from desktop.services.usage_answering import Asking
    from desktop.services.usage_questions import UsageQuestionService

COLUMNS: Final = (
    "start", "start_utc", "group_id", "group", "value", "unit", "before", "gap",
)  # fmt: skip
CELLS_A_PIECE: Final = 10_000
WHOLE_NUMBERS: Final = frozenset({"calls", "customers"})


class UsageFormat(StrEnum):
    CSV = "csv"
    JSON = "json"


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
        rows, of = 0, None

        def told(done: int, total: int | None = None) -> None:  # noqa: ARG001 (the rows count)
            report(rows, of)

        with self._questions.asking(told, question) as asking:
            parts = Parts(asking)
            of = parts.cells
            for piece, count in (_csv if kind is UsageFormat.CSV else _json)(asking, parts):
                write(piece)
                rows += count
                report(rows, of)
        return rows


def text_rows(answer: Answer) -> Iterator[tuple[str, ...]]:
    """Start, group, value, unit, value before, and why there is none; bucket by bucket."""
    columns = [_texts(line, answer) for line in answer.series]
    for place, label in enumerate(answer.labels):
        for line, (values, before, gaps) in zip(answer.series, columns, strict=True):
            yield label, line.label, values[place], line.unit, before[place], gaps[place]


def _texts(line: Series, answer: Answer) -> tuple[list[str], list[str], list[str]]:
    """What a line says in each bucket: its values, those before, and why there is none."""
    size = len(line.values)
    gaps = [""] * size
    if None in line.values:
        reasons = {place: gap.reason for gap in answer.gaps for place in range(gap.first, gap.end)}
        gaps = [
            "" if value is not None else reasons.get(place, GapReason.NO_DATA)
            for place, value in enumerate(line.values)
        ]
    before = _numbers(line.before, line.scale) if line.before else [""] * size
    return _numbers(line.values, line.scale), before, gaps


def _numbers(values: Sequence[int | None], scale: int) -> list[str]:
    return ["" if value is None else scaled_text(value, scale) for value in values]


@dataclass(frozen=True, slots=True)
class _Form:
    """How a kind of file writes rows. A row is what its bucket begins with, and its line's cell."""

    lead: Callable[[str, str], str]
    """Beginning of the rows of a bucket, of its local and its UTC start."""
    cells: Callable[[Series, Answer], list[str]]
    """The rest of a line's row in each bucket."""
    between: str
    """Between two rows."""

    def pieces(self, answer: Answer) -> Iterator[tuple[str, int]]:
        """Rows as text, bucket by bucket and in it line by line, and how many they are.

        Most of a row is the same in all of its line or all of its bucket: written once, not a
        million times.
        """
        columns = [self.cells(line, answer) for line in answer.series]
        step = max(1, CELLS_A_PIECE // max(len(columns), 1))
        for first in range(0, len(answer.starts) if columns else 0, step):
            part = slice(first, first + step)
            leads = map(self.lead, answer.labels[part], map(_moment, answer.starts[part]))
            rows = zip(*(column[part] for column in columns), strict=True)
            texts = [
                f"{lead}{f'{self.between}{lead}'.join(row)}"
                for lead, row in zip(leads, rows, strict=True)
            ]
            yield self.between.join(texts), len(texts) * len(columns)


def _moment(start: int) -> str:
    return datetime.fromtimestamp(start, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _csv_cells(line: Series, answer: Answer) -> list[str]:
    group = csv_lines([(harmless(line.key), harmless(line.label))]).removesuffix("\r\n")
    unit = csv_lines([(line.unit,)]).removesuffix("\r\n")
    texts = zip(*_texts(line, answer), strict=True)
    return [f"{group},{value},{unit},{before},{gap}" for value, before, gap in texts]


def _json_cells(line: Series, answer: Answer) -> list[str]:
    """What is counted is a number, what has decimals a text."""
    names = {"group_id": line.key, "group": line.label}
    head = _json_text(names)[1:-1]
    unit, quote = _json_text(line.unit), "" if line.unit in WHOLE_NUMBERS else '"'
    values, befores, gaps = _texts(line, answer)
    return [
        f'{head}, "value": {f"{quote}{value}{quote}" if value else "null"}, "unit": {unit}'
        + (f', "before": {quote}{before}{quote}' if before else "")
        + (f', "gap": "{gap}"}}' if gap else "}")
        for value, before, gap in zip(values, befores, gaps, strict=True)
    ]


def _json_text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


CSV_FORM: Final = _Form(lambda start, utc: f"{start},{utc},", _csv_cells, "\r\n")
JSON_FORM: Final = _Form(
    lambda start, utc: f'{{"start": "{start}", "start_utc": "{utc}", ', _json_cells, ",\n"
)


def _csv(_asking: Asking, parts: Parts) -> Iterator[tuple[bytes, int]]:
    yield csv_lines([COLUMNS]).encode("utf-8"), 0
    for answer in parts:
        for text, rows in CSV_FORM.pieces(answer):
            yield f"{text}\r\n".encode(), rows


def _json(asking: Asking, parts: Parts) -> Iterator[tuple[bytes, int]]:
    """One object; its rows are written one a line."""
    as_of = asking.stamp.as_of
    head = {
        "question": json.loads(spelled(asking.question)),
        "time_zone": asking.time_zone,
        "as_of": None if as_of is None else as_of.astimezone(UTC).isoformat(timespec="seconds"),
    }
    yield (_json_text(head)[:-1] + ', "rows": [').encode("utf-8"), 0
    separator, left_out = "\n", 0
    caveat = ""
    for answer in parts:
        for text, rows in JSON_FORM.pieces(answer):
            yield f"{separator}{text}".encode(), rows
            separator = ",\n"
        for one in answer.left_out:
            caveat, left_out = one.caveat, left_out + one.requests
    notes = [{"caveat": caveat, "requests": left_out}] if left_out else []
    yield f'\n], "left_out": {json.dumps(notes)}}}\n'.encode(), 0
