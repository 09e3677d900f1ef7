"""CSV that a spreadsheet can open without running what others wrote."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Final

FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
"""Spreadsheets run a cell that begins like this; names come from the network."""


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula. Not for numbers, which may be negative."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def csv_lines(rows: Iterable[Sequence[str]], separator: str = ",") -> str:
    """Rows as lines that end in CR LF. Source: RFC 4180."""
    text = StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\r\n").writerows(rows)
    return text.getvalue()
