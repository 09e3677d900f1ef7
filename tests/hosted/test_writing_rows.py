"""Many rows with few statements, small numbers for long names, and what is remembered of rows."""

import sqlite3
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hosted.clock import system_clock
from hosted.storage import cache, naming
from hosted.storage.bulk import SIZES, Bulk
from hosted.storage.cache import RowCache
from hosted.storage.embedded import EmbeddedStorage
from hosted.storage.events import as_bytes, as_text
from hosted.storage.naming import Naming
from hosted.storage.places import Places

ROWS = Bulk(
    "INSERT INTO rows (number, text)", 2, "ON CONFLICT (number) DO UPDATE SET text = 'twice'"
)


@pytest.fixture
def storage(tmp_path):
    opened = EmbeddedStorage(tmp_path, "5a" * 32, system_clock)
    yield opened
    opened.close()


@given(st.integers(0, 700))
def test_any_number_of_rows_is_written_once_in_their_order(count):
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE rows (number INTEGER PRIMARY KEY, text TEXT)")
    statements, rests = [], []
    db.set_trace_callback(statements.append)
    ROWS.write(db, ((number, str(number)) for number in range(count)), lambda: rests.append(1))
    assert len(rests) == len([each for each in statements if each.startswith("INSERT")])
    assert len(rests) <= count // SIZES[0] + 3 * (len(SIZES) - 1)
    rows = db.execute("SELECT number, text FROM rows ORDER BY rowid").fetchall()
    assert rows == [(number, str(number)) for number in range(count)]
    db.close()


def test_a_row_that_is_there_twice_ends_as_its_later_form():
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE rows (number INTEGER PRIMARY KEY, text TEXT)")
    ROWS.write(db, [(1, "once"), (2, "once"), (1, "again")])
    assert dict(db.execute("SELECT number, text FROM rows")) == {1: "twice", 2: "once"}
    db.close()


class TestRowCache:
    def test_what_was_rolled_back_is_not_remembered(self):
        rows = RowCache()
        rows["a"] = 1
        rows.keep()
        rows["a"], rows["b"] = 2, 2
        assert (rows["a"], rows["b"]) == (2, 2)
        rows.forget_staged()
        assert rows["a"] == 1
        assert not rows.has("b")

    def test_each_missing_row_is_named_once(self):
        rows = RowCache()
        rows["a"] = None
        assert rows.missing(["b", "a", "c", "b"]) == ["b", "c"]
        assert rows.has("a")

    def test_memory_does_not_grow_with_the_rows(self, monkeypatch):
        monkeypatch.setattr(cache, "MOST_ROWS", 3)
        rows = RowCache()
        for number in range(10):
            rows[number] = number
            rows.keep()
            assert rows[number] == number
        assert sum(rows.has(number) for number in range(10)) <= 4


@given(st.uuids().map(str) | st.from_regex(r"x_[0-9a-f]{32}\Z"))
def test_an_allocation_id_is_stored_and_read_as_it_was(allocation_id):
    assert as_text(as_bytes(allocation_id)) == allocation_id


def test_a_uuid_takes_sixteen_bytes_and_never_those_of_another_id():
    smallest = str(uuid.UUID(int=0))
    assert len(as_bytes(smallest)) == 16
    assert as_bytes("x_" + "0" * 32).startswith(as_bytes(smallest))
    assert as_bytes("x_" + "0" * 32) != as_bytes(smallest)


def test_a_place_keeps_its_number_across_transactions_and_restarts(tmp_path):
    keys = [("app", f"cus_{number}", "ep") for number in range(3)]
    numbers = []
    for _ in range(2):
        storage = EmbeddedStorage(tmp_path, "5a" * 32, system_clock)
        for wanted in (keys[:2], keys):
            with storage.transaction():
                places = Places(storage._writer, storage._caches)
                places.load(wanted)
                numbers.append([places[key] for key in wanted])
        storage.close()
    assert numbers[0] == numbers[1][:2] == numbers[2]
    assert numbers[1] == numbers[3]
    assert len(set(numbers[3])) == 3


def test_a_place_of_a_rolled_back_transaction_has_no_number(storage):
    def fail():
        with storage.transaction():
            Places(storage._writer, storage._caches).load([("app", "cus", "ep")])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert storage._writer.execute("SELECT count(*) FROM places").fetchone() == (0,)
    assert not storage._caches.places.has(("app", "cus", "ep"))


def test_newcomers_get_rows_of_their_own_while_there_is_room_on_their_day(storage, monkeypatch):
    monkeypatch.setattr(naming, "NAMED_CUSTOMERS", 2)
    monday, tuesday = [
        [(1, day, f"cus_{number}") for number in range(3)] for day in (20_000, 20_001)
    ]
    with storage.transaction():
        names = Naming(storage._writer, storage._caches)
        assert names.named(monday) == set(monday[:2])
        assert names.named(tuesday[2:]) == {tuesday[2]}
    with storage.transaction():
        names = Naming(storage._writer, storage._caches)
        assert names.named(monday) == set(monday[:2])
        assert names.named(tuesday) == {tuesday[0], tuesday[2]}
