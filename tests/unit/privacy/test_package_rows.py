"""Rows of a package: written as the `csv` and `json` modules write them, and counted again."""

import csv
import io
import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from desktop.domain.privacy.categories import Category
from desktop.services.privacy.package import datasets
from desktop.services.privacy.package.datasets import Dataset, Field, Kind, batches
from desktop.services.privacy.package.encoding import LineEncoder, blocks, csv_bytes
from desktop.services.privacy.package.row_counts import LONGEST, Lines, Table, WrongRow

HOSTILE = st.text(
    st.one_of(
        st.sampled_from("\"',;\r\n\t=+-@\0\\\u2028\ufeff0.5 e"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=12,
)
VALUE = HOSTILE | st.integers(-(2**63), 2**63 - 1) | st.booleans()
ROWS = st.lists(st.tuples(HOSTILE, VALUE, HOSTILE), max_size=8)
FIELDS = (
    Field("at", Kind.INSTANT, "When."),
    Field("class", Kind.TEXT, "A word of Python."),
    Field("units", Kind.DECIMAL, "Units."),
    Field("calls", Kind.WHOLE, "Calls."),
    Field("wanted", Kind.YES_NO, "Yes."),
)
RIGHT = {"at": "x", "class": "y", "units": "-1.50", "calls": 4, "wanted": True}


def of_module(rows):
    text = io.StringIO()
    csv.writer(text).writerows([guarded(value) for value in row] for row in rows)
    return text.getvalue().encode()


def guarded(value):
    """The rule in other words: a spreadsheet must not take it for a formula."""
    if not isinstance(value, str) or not value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return value
    digits = value[1:].replace(".", "", 1)
    is_number = value[0] == "-" and digits.isdecimal() and digits.isascii()
    return value if is_number else f"'{value}"


@settings(max_examples=300, deadline=None)
@given(ROWS)
def test_table_is_what_the_csv_module_writes(rows):
    assert csv_bytes(rows) == of_module(rows)


@settings(max_examples=200, deadline=None)
@given(ROWS)
def test_lines_say_what_the_rows_say(rows):
    lines = LineEncoder(["a", "b", "c"]).encode(rows).splitlines(keepends=False)
    assert [json.loads(line) for line in lines] == [
        dict(zip("abc", row, strict=True)) for row in rows
    ]


@settings(max_examples=200, deadline=None)
@given(ROWS, st.integers(1, 9))
def test_rows_of_a_table_are_counted_wherever_it_is_cut(rows, length):
    content = csv_bytes([("x", "y", "z"), *rows])
    table = Table()
    for start in range(0, len(content), length):
        table.take(content[start : start + length])
    table.end()
    assert table.rows == len(list(csv.reader(io.StringIO(content.decode(), newline="")))) - 1


def test_table_that_ends_inside_a_value_is_seen():
    table = Table()
    table.take(b'a,b\r\n1,"2\r\n')
    with pytest.raises(WrongRow):
        table.end()


def schema_bytes():
    dataset = Dataset("x", "X", Category.USAGE, FIELDS, lambda: iter(()))
    return msgspec.json.encode(dataset.schema())


def is_taken(line):
    lines = Lines(schema_bytes())
    try:
        lines.take(line)
        lines.end()
    except WrongRow:
        return False
    return lines.rows == 1


ANY = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | HOSTILE
SOME = st.fixed_dictionaries(
    {}, optional={name: st.just(value) | ANY for name, value in (RIGHT | {"more": 1}).items()}
)


@settings(max_examples=300, deadline=None)
@given(SOME | st.just(RIGHT))
def test_rows_are_taken_that_fit_the_schema_and_no_others(row):
    is_whole = not isinstance(row.get("calls"), float)  # 1.0 is an integer in JSON Schema alone
    fits = Draft202012Validator(json.loads(schema_bytes())).is_valid(row) and is_whole
    assert is_taken(json.dumps(row).encode()) == fits


@pytest.mark.parametrize(
    "change",
    [
        {"required": []}, {"additionalProperties": True}, {"properties": [1]}, {"properties": 7},
        {"properties": {"a": {"$ref": "https://example.com/x"}}, "required": ["a"]},
        {"properties": {"a": {"type": "string", "pattern": "(a+)+$"}}, "required": ["a"]},
        {"properties": {"a": "string"}, "required": ["a"]},
    ],
)  # fmt: skip
def test_schema_of_another_form_is_refused_and_nothing_is_fetched(change):
    schema = json.loads(schema_bytes()) | change
    with pytest.raises(WrongRow):
        Lines(json.dumps(schema).encode())


def test_row_without_an_end_is_not_held_in_memory():
    lines = Lines(schema_bytes())
    lines.take(b" " * LONGEST)
    with pytest.raises(WrongRow):
        lines.take(b" ")


def test_batches_are_small_where_rows_are_long(monkeypatch):
    monkeypatch.setattr(datasets, "BATCH_LETTERS", 1000)
    short, long = [("x", 1)] * 2000, [("x" * 400, 1)] * 600
    sizes = [len(batch) for batch in batches([*short, *long])]
    assert sum(sizes) == 2600
    assert max(sizes) == datasets.MOST
    assert sizes[-2] == 2


def test_block_tells_which_time_it_covers():
    rows = [("2026-06-03", 1), ("2026-06-01", 2)]
    fields = (Field("day", Kind.DAY, "Day."), Field("calls", Kind.WHOLE, "Calls."))
    dataset = Dataset("days", "Days", Category.USAGE, fields, lambda: rows, "day")
    (block,) = blocks(dataset)
    assert block.span == ("2026-06-01", "2026-06-03")
