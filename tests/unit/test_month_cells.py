"""Month cells are the sums of the day rows, whatever happens to the days and whenever.

`USAGEFLOW_CELL_EXAMPLES=2000` tries more than the examples of a usual run.
"""

import os
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlcipher3 import dbapi2 as sqlcipher

from contract import migrations
from contract.messages.rollups import CustomerDay
from desktop.domain import calendar
from desktop.domain.errors import Cancelled
from desktop.services.calls import no_report
from desktop.services.storage import month_cells, month_notes, month_rebuild, rollups, schema
from desktop.services.storage.packed import packed, packed_steps, unpacked, unpacked_steps
from tests.fakes import Device, FakeHosted

ROOT = Path(__file__).parents[2]
APP = "app_1"
EXAMPLES = int(os.environ.get("USAGEFLOW_CELL_EXAMPLES", "100"))
YEAR = range(calendar.month_number(date(2026, 1, 1)), calendar.month_number(date(2027, 1, 1)))
FIRST = calendar.day_number(date(2026, 1, 20))
OF_DAYS = """
    SELECT strftime('%Y-%m', day * 86400, 'unixepoch'), endpoint_id, meter, customer_id,
        sum(quantity), sum(events), max(peak)
    FROM customer_days WHERE application_id = ? GROUP BY 1, 2, 3, 4
    HAVING sum(quantity) <> 0 OR sum(events) <> 0
"""


def database():
    db = sqlcipher.connect(":memory:", isolation_level=None)
    migrations.apply(db, schema.released())
    return db


def utc(_application):
    return ZoneInfo("UTC")


def row(day=FIRST, customer="cus_1", endpoint="end_1", meter="units", *, revision=1, **numbers):
    given_ = {"quantity": 5, "events": 1, "peak": 5} | numbers
    return CustomerDay(APP, customer, endpoint, meter, day, **given_, revision=revision)


def of_days(db):
    return sorted(db.execute(OF_DAYS, (APP,)).fetchall())


def of_cells(db, months=YEAR):
    names = month_cells.customers(db, APP)
    return sorted(
        (calendar.month_start(key.month).isoformat()[:7], key.endpoint_id, key.meter, names[number],
         quantity, events, peak)
        for key, cells in month_cells.blocks(db, APP, months)
        for number, quantity, events, peak in zip(
            cells.customers.tolist(), cells.quantity.tolist(), cells.events.tolist(),
            cells.peak.tolist(), strict=True)
    )  # fmt: skip


rows = st.builds(
    row,
    day=st.integers(FIRST, FIRST + 50),
    customer=st.sampled_from(["cus_1", "cus_2", "cus_3", "anonymous"]),
    endpoint=st.sampled_from(["end_1", "end_2"]),
    meter=st.sampled_from(["units", "bytes"]),
    revision=st.integers(1, 4),
    quantity=st.one_of(st.integers(-5, 5), st.integers(-(10**15), 10**15)),
    events=st.integers(0, 3),
    peak=st.integers(-5, 10**15),
)
steps = st.one_of(
    st.tuples(st.just("page"), st.lists(rows, max_size=12), st.integers(1, 3)),
    st.tuples(st.just("older"), st.integers(1, 3)),
    st.tuples(st.just("fold")),
    st.tuples(st.just("gone")),
)


def take(db, step):
    match step:
        case ("page", found, epoch):
            rollups.store_page(db, found, epoch, utc)
        case ("older", epoch):
            rollups.remove_older(db, epoch)
        case ("fold",):
            month_cells.fold(db)
        case ("gone",):
            rollups.remove_application(db, APP)


@settings(max_examples=EXAMPLES, deadline=None)
@given(history=st.lists(steps, max_size=12))
def test_cells_are_the_sums_of_the_days_at_every_step(history):
    db = database()
    for step in history:
        take(db, step)
        assert of_cells(db) == of_days(db)
    month_cells.fold(db)
    assert of_cells(db) == of_days(db)
    assert db.execute("SELECT count(*) FROM month_changes").fetchone() == (0,)


@given(st.lists(st.integers(-(2**61), 2**61), max_size=30))
def test_packed_columns_come_back_as_they_were(numbers):
    column = np.array(numbers, dtype=np.int64)
    assert unpacked(packed(column)).tolist() == numbers
    ascending = np.unique(np.abs(column))
    assert unpacked_steps(packed_steps(ascending)).tolist() == ascending.tolist()


def test_whole_units_take_few_bytes():
    units = np.arange(10_000, dtype=np.int64) * 7 % 100 * 1_000_000
    assert len(packed(units)) < 2_000
    assert len(packed_steps(np.arange(10_000, dtype=np.int64))) < 100


def test_only_the_months_and_columns_that_are_wanted_are_read():
    db = database()
    rollups.store_page(db, [row(FIRST), row(FIRST + 20)], 1, utc)
    month_cells.fold(db)
    january = range(YEAR.start, YEAR.start + 1)
    ((key, cells),) = month_cells.blocks(db, APP, january, ("quantity",))
    assert key.month == january.start
    assert (cells.quantity.tolist(), cells.events.tolist()) == ([5], [])


def test_many_notes_are_folded_by_the_page_that_brings_them(monkeypatch):
    monkeypatch.setattr(month_notes, "MANY", 10)
    db = database()
    rollups.store_page(db, [row(FIRST + n) for n in range(5)], 1, utc)
    assert db.execute("SELECT count(*) FROM month_columns").fetchone() == (0,)
    rollups.store_page(db, [row(FIRST + n) for n in range(5, 15)], 1, utc)
    assert db.execute("SELECT count(*) FROM month_changes").fetchone() == (0,)
    assert of_cells(db) == of_days(db)


def test_sum_beyond_64_bits_stays_a_note_and_is_never_a_wrong_number():
    db = database()
    huge = [row(FIRST + n, quantity=2**61, peak=2**61) for n in range(3)]
    others = [row(FIRST, endpoint="end_2")]
    for page in (huge, others):
        rollups.store_rows(db, page, 1, utc)
    month_cells.fold(db)
    assert db.execute("SELECT count(*) FROM month_changes").fetchone() == (3,)
    with pytest.raises(month_cells.TooLarge):
        list(month_cells.blocks(db, APP, YEAR))
    db.execute("DELETE FROM customer_days WHERE endpoint_id = 'end_1' AND day > ?", (FIRST,))
    assert of_cells(db) == of_days(db)


def test_days_from_before_there_were_months_are_in_the_cells():
    db = sqlcipher.connect(":memory:", isolation_level=None)
    older = tuple(step for step in schema.released() if step.number != 105)
    migrations.apply(db, older)
    rollups.store_rows(db, [row()], 1, utc)
    migrations.apply(db, schema.released())
    assert of_cells(db) == of_days(db)


@pytest.fixture
def device(tmp_path):
    hosted = FakeHosted(page_size=4)
    for number in range(60):
        hosted.count(f"end_{number % 2}", f"cus_{number % 3}", FIRST * 86_400 + number * 43_200)
    device = Device(tmp_path / "workspace", hosted)
    device.sync()
    yield device
    device.close()


def test_another_definition_makes_all_cells_anew(device):
    vault, told = device.services.vault, []
    with vault.transaction() as db:
        db.execute("UPDATE month_definition SET definition = 'other months'")
        db.execute("DELETE FROM month_columns")
        db.execute("DELETE FROM month_changes")
    month_rebuild.rebuild(vault, lambda done, total: told.append((done, total)))
    with vault.reading() as db:
        assert month_rebuild.is_current(db)
        assert of_cells(db) == of_days(db)
    assert told == [(0, 2), (1, 2)]


def test_rebuild_that_was_cancelled_begins_again_and_what_comes_meanwhile_counts_once(device):
    vault = device.services.vault

    def cancel(done, _total):
        if done == 1:
            raise Cancelled("Cancelled.")

    with pytest.raises(Cancelled):
        month_rebuild.rebuild(vault, cancel)
    with vault.transaction() as db:
        assert not month_rebuild.is_current(db)
        rollups.store_page(db, [row(FIRST, quantity=77), row(FIRST + 40, quantity=9)], 1, utc)
        month_cells.fold(db)
    month_rebuild.rebuild(vault, no_report)
    with vault.reading() as db:
        assert of_cells(db) == of_days(db)


# Stores pages and folds them, and is killed inside one of the transactions.
VICTIM = """
import os, signal, sys
from desktop.services.storage import month_notes, month_cells, rollups
from desktop.services.storage.vault import Vault
from tests.fakes import PASSPHRASE
from tests.unit.test_month_cells import FIRST, row, utc
from pathlib import Path

month_notes.MANY = 8
last, steps = int(sys.argv[2]), 0
store = month_cells.store

def stepping(*arguments):
    global steps
    steps += 1
    if steps == last:
        os.kill(os.getpid(), signal.SIGKILL)
    store(*arguments)

month_cells.store = stepping
vault = Vault(Path(sys.argv[1]))
vault.unlock(PASSPHRASE)
for page in range(12):
    with vault.transaction() as db:
        found = [row(FIRST + page * 3 + n, f"cus_{n % 3}", quantity=page + n) for n in range(5)]
        rollups.store_page(db, found, 1, utc)
"""


@pytest.mark.real_argon2
@pytest.mark.skipif(os.name == "nt", reason="no kill -9 there")
def test_killed_in_the_middle_of_folding_the_cells_are_still_the_days(device):
    device.close()
    killed = 0
    for last in (2, 5):
        done = subprocess.run(
            [sys.executable, "-c", VICTIM, str(device.directory), str(last)],
            cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode in {0, -signal.SIGKILL}, done.stderr
        killed += done.returncode != 0
        device.reopen()
        with device.services.vault.reading() as db:
            assert of_cells(db) == of_days(db)
        device.close()
    assert killed == 2
    device.reopen()
