"""A chart's numbers as text: for the clipboard and for a CSV file."""

from collections.abc import Iterable

from desktop.domain.csv_text import csv_lines, harmless
from desktop.domain.usage import UsageAnswer


def as_table(answer: UsageAnswer, separator: str) -> str:
    """The answer with one line for each bucket, numbers exact and without grouping."""
    return csv_lines(_rows(answer), separator)


def _rows(answer: UsageAnswer) -> Iterable[list[str]]:
    yield ["start", *(harmless(series.label) for series in answer.series)]
    for place, start in enumerate(answer.starts):
        yield [start, *(f"{series.values[place]:f}" for series in answer.series)]
