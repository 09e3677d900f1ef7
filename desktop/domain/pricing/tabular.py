"""Cells as spreadsheets copy them: tabs, semicolons or commas between, numbers of any custom."""

import csv
import io
import re
from collections.abc import Mapping
from typing import Final

NUMBER: Final = re.compile(r"[+-]?(?=.*\d)[\d.,]+")
GROUPED: Final = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")
"""One separator that may group digits; no group of thousands begins with a zero."""
CURRENCY_SIGNS: Final = "$€£¥ \u00a0"
SPACES: Final = str.maketrans("", "", "\u00a0\u202f \u2009'\u2019_")
OPEN_END: Final = frozenset({"", "∞", "inf", "infinity", "unlimited", "-", "\u2013", "\u2014"})
MOST_ROWS: Final = 20_000


def read_block(text: str) -> list[list[str]]:
    """Rows of cells, without surrounding space; empty rows are left out.

    A spreadsheet's clipboard has tabs; a file has semicolons, or commas where it has none.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    mark = next((mark for mark in "\t;" if mark in lines), ",")
    rows = csv.reader(io.StringIO(lines), delimiter=mark)
    cells = ([cell.strip() for cell in row] for _, row in zip(range(MOST_ROWS), rows, strict=False))
    return [row for row in cells if any(row)]


def plain_number(text: str, *, decimal_comma: bool) -> str:
    """A number as digits with a point, whatever the separators; other text as it is.

    `1.234,5` and `1,234.5` tell by themselves. In `1,234` and `1.234` the one separator could be
    either: `decimal_comma` says which the reader's own customs take for the decimals.
    """
    bare = text.strip().lstrip(CURRENCY_SIGNS).translate(SPACES)
    if not NUMBER.fullmatch(bare):
        return text.strip()
    mark = _decimal_mark(bare, ("," if decimal_comma else "."))
    if mark and bare.count(mark) > 1:
        return text.strip()
    whole = bare.translate({ord(sign): None for sign in ".," if sign != mark})
    return whole.replace(mark, ".") if mark else whole


def _decimal_mark(bare: str, usual: str) -> str:
    """The separator before the decimals; empty where all of them group digits."""
    separators = [sign for sign in bare if sign in ".,"]
    if len(set(separators)) > 1:
        return separators[-1]
    if len(separators) != 1 or (separators[0] != usual and GROUPED.fullmatch(bare)):
        return ""
    return separators[0]


def shown_number(text: str, *, decimal_comma: bool) -> str:
    """A plain number in the reader's customs; `plain_number` reads it back."""
    is_plain = re.fullmatch(r"[+-]?\d+\.\d+", text) is not None
    return text.replace(".", ",") if decimal_comma and is_plain else text


def read_members(text: str, *, decimal_comma: bool) -> dict[str, str | None]:
    """Numbers by name, such as `eu=0.10; us=0.20`; a name without a number has None."""
    members: dict[str, str | None] = {}
    for part in text.split(";"):
        name, _, value = part.partition("=")
        if name.strip():
            number = plain_number(value, decimal_comma=decimal_comma)
            members[name.strip()] = None if is_open_end(number) else number
    return members


def shown_members(members: Mapping[str, object], *, decimal_comma: bool) -> str:
    """What `read_members` reads back."""
    texts = {name: "∞" if value is None else str(value) for name, value in members.items()}
    shown = ((n, shown_number(text, decimal_comma=decimal_comma)) for n, text in texts.items())
    return "; ".join(f"{name}={text}" for name, text in shown)


def is_open_end(text: str) -> bool:
    """Whether a bound says that its tier has no end."""
    return text.strip().casefold() in OPEN_END
