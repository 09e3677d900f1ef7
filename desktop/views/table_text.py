"""A chart's numbers as text: for the clipboard and for a CSV file."""

import csv
from collections.abc import Iterable
from io import StringIO

from desktop.domain.usage import UsageAnswer

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""Spreadsheets run a cell that begins like this; names come from the network."""


def as_table(answer: UsageAnswer, separator: str) -> str:
    """The answer with one line for each bucket, numbers exact and without grouping."""
    text = StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator="\r\n")
    writer.writerow(["start", *(_harmless(series.label) for series in answer.series)])
    writer.writerows(_rows(answer))
    return text.getvalue()


def _rows(answer: UsageAnswer) -> Iterable[list[str]]:
    for place, start in enumerate(answer.starts):
        yield [start, *(f"{series.values[place]:f}" for series in answer.series)]


def _harmless(label: str) -> str:
    return f"'{label}" if label.startswith(FORMULA_STARTS) else label
