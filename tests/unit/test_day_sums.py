"""Sums by day are the sums of the hours, whatever comes, comes again or goes."""

import json
from collections import defaultdict
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlcipher3 import dbapi2 as sqlcipher

from contract import migrations
from contract.durations import merged, sparse
from contract.messages.rollups import EndpointHour
from desktop.domain.calendar import local_day
from desktop.domain.errors import Cancelled
from desktop.services.calls import no_report
from desktop.services.storage import day_sums, rollups, schema
from tests.fakes import NOON

APP = "app_1"
START = 1_780_000_200 // 3600 * 3600
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")


@pytest.fixture(scope="module")
def database():
    db = sqlcipher.connect(":memory:", isolation_level=None)
    migrations.apply(db, schema.released())
    yield db
    db.close()


hours = st.builds(
    lambda hour, endpoint, number, revision: EndpointHour(
        APP, endpoint, START + 1800 * hour, 9 * number, number * 10**6, number, 2, 3, 4, 5,
        (7, number, 9 + number, 2) if number else (), revision,
    ),
    st.integers(0, 150), st.sampled_from(["end_1", "end_2"]), st.integers(0, 3), st.integers(1, 3),
)  # fmt: skip


def recounted(rows):
    """Numbers by endpoint and day, and by day under no endpoint, of the rows that hold."""
    newest = {}
    for row in rows:
        key = (row.endpoint_id, row.hour)
        if key not in newest or row.revision > newest[key].revision:
            newest[key] = row
    found = defaultdict(list)
    for row in newest.values():
        day = local_day(row.hour, LORD_HOWE)
        found[day, row.endpoint_id].append(row)
        found[day, ""].append(row)
    return {key: _sums(some) for key, some in found.items()}


def _sums(rows):
    counts = [
        (r.requests, r.units, r.errors_4xx + r.errors_5xx, r.denied, r.unsettled, r.errors_5xx,
         r.status_unknown)
        for r in rows
    ]  # fmt: skip
    return (*map(sum, zip(*counts, strict=True)), sparse(merged(r.durations for r in rows)))


def stored(db):
    rows = db.execute(
        """
        SELECT day, endpoint_id, requests, units, errors, denied, unsettled, errors_5xx,
            status_unknown, durations FROM endpoint_day_sums
        UNION ALL SELECT day, '', requests, units, errors, denied, unsettled, errors_5xx,
            status_unknown, durations FROM day_sums
        """
    )
    return {(day, key): (*counts, tuple(json.loads(text))) for day, key, *counts, text in rows}


@settings(max_examples=40)
@given(st.lists(st.lists(hours, max_size=12), max_size=3))
def test_sums_are_those_of_the_hours_after_every_page(database, pages):
    database.execute("BEGIN")
    try:
        seen = []
        for page in pages:
            rollups.store_page(database, page, 0, lambda _: LORD_HOWE)
            seen += page
            assert stored(database) == recounted(seen)
        rollups.remove_application(database, APP)
        assert stored(database) == {}
    finally:
        database.execute("ROLLBACK")


def test_sums_of_an_older_definition_are_made_anew(device, hosted):
    for hour in range(48):
        hosted.count("end_1", "cus_1", int(NOON.timestamp()) - hour * 3600)
    device.sync()
    with device.services.vault.transaction() as db:
        right = stored(db)
        db.execute("UPDATE day_definition SET definition = 'of before'")
        db.execute("UPDATE endpoint_day_sums SET errors_5xx = 7")
        db.execute("DELETE FROM day_sums")
        assert not day_sums.is_current(db)
    told = []
    day_sums.rebuild(device.services.vault, lambda done, total: told.append((done, total)))
    with device.services.vault.reading() as db:
        assert day_sums.is_current(db)
        assert stored(db) == right
    assert told == [(0, 3)]


def test_rebuild_that_is_cut_off_begins_again(device, hosted):
    hosted.count("end_1", "cus_1", int(NOON.timestamp()))
    device.sync()

    def cut_off(_done, _total=None):
        raise Cancelled("")

    with pytest.raises(Cancelled):
        day_sums.rebuild(device.services.vault, cut_off)
    with device.services.vault.reading() as db:
        assert not day_sums.is_current(db)
        assert stored(db) == {}
    day_sums.rebuild(device.services.vault, no_report)
    assert device.query("SELECT requests FROM day_sums") == [(1,)]
