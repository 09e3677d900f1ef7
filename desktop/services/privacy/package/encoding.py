"""Rows as bytes, a batch at a time: as JSON, an object a line, and as CSV.

Both are a few calls for a column and not some for each value, so that a million rows cost little
more than the copying of their texts.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import starmap
from typing import Any, Final

import msgspec

from desktop.services.privacy.package.datasets import Dataset, Row, batches

FORMULA_STARTS: Final = frozenset("=+-@\t\r")
NUMBER: Final = re.compile(r"-(?:\d+\.?\d*|\.\d+)")
QUOTE, TWO_QUOTES = '"', '""'
SPECIAL: Final = (QUOTE, ",", "\r", "\n")
NEEDS_QUOTES: Final = re.compile(f"[{''.join(SPECIAL)}]")
LINE_END: Final = "\r\n"


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows, encoded in both ways."""

    lines: bytes
    table: bytes
    rows: int
    span: tuple[str, str] | None
    """Least and greatest value of the field that says which time is covered."""


def blocks(dataset: Dataset) -> Iterator[Block]:
    """All rows of a dataset."""
    names = [field.name for field in dataset.fields]
    place = names.index(dataset.span) if dataset.span else None
    encoder = LineEncoder(names)
    for batch in batches(dataset.rows()):
        yield Block(encoder.encode(batch), csv_bytes(batch), len(batch), _span(batch, place))


class LineEncoder:
    """Rows as NDJSON in UTF-8."""

    def __init__(self, names: Sequence[str]) -> None:
        self._row = msgspec.defstruct("Row", [(name, Any) for name in names])
        self._encoder = msgspec.json.Encoder()

    def encode(self, rows: Iterable[Row]) -> bytes:
        return self._encoder.encode_lines(list(starmap(self._row, rows)))


def csv_bytes(rows: Sequence[Row]) -> bytes:
    """RFC 4180 in UTF-8, as the `csv` module writes it; rows have more than one value.

    A text that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    columns = [_cells(column) for column in zip(*rows, strict=True)]
    lines = map(",".join, zip(*columns, strict=True))
    return LINE_END.join((*lines, "")).encode()


def _cells(column: Sequence[Any]) -> Sequence[str]:
    if set(map(type, column)) != {str}:
        column = [_guarded(value) if isinstance(value, str) else str(value) for value in column]
    elif not FORMULA_STARTS.isdisjoint({text[:1] for text in column}):
        column = [_guarded(text) for text in column]
    together = "".join(column)
    if not any(special in together for special in SPECIAL):
        return column
    return [
        f'"{text.replace(QUOTE, TWO_QUOTES)}"' if NEEDS_QUOTES.search(text) else text
        for text in column
    ]


def _guarded(text: str) -> str:
    """A negative number is no formula."""
    if text[:1] in FORMULA_STARTS and not NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def _span(rows: Sequence[Row], place: int | None) -> tuple[str, str] | None:
    if place is None:
        return None
    values = [str(row[place]) for row in rows]
    return min(values), max(values)
