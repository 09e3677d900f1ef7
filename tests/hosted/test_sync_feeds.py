"""A client that follows the feeds ends up with what the service has, whatever happens meanwhile."""

import tempfile
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.messages.rollups import CustomerDay, CustomerHour, EndpointHour, RollupLine
from hosted.admin.cursors import Cursors, CursorUnknown, Place
from hosted.admin.reach import EVERYTHING
from hosted.admin.sync_routes import Feeds
from hosted.metering.events import EventState, Sighting
from hosted.metering.ledger import Open, Settle
from hosted.secrets import Secrets
from hosted.storage.embedded import EmbeddedStorage
from hosted.storage.positions import BackfillPosition
from tests.hosted.storage_contract import DAY, HOUR, Seconds, commit, event, rows_of

KEY = "5a" * 32
SECRETS = Secrets.of(b"k" * 32, "svc_1")
_lines = msgspec.json.Decoder(RollupLine)


def key_of(row):
    """What a row is about, without what it says."""
    names = {
        EndpointHour: ("application_id", "endpoint_id", "hour"),
        CustomerDay: ("application_id", "customer_id", "endpoint_id", "meter", "day"),
        CustomerHour: ("application_id", "customer_id", "endpoint_id", "hour"),
    }
    return (type(row), *(getattr(row, name) for name in names[type(row)]))


class Follower:
    """A desktop in short: keeps the highest revision of each row, and two cursors."""

    def __init__(self, feeds):
        self.feeds = feeds
        self.rows = {}
        self.tail_cursor = self._take(feeds.tail(EVERYTHING, None, 10)).next_cursor
        self.past_cursor = None
        self.has_past = True

    def past(self, limit):
        """One page of the past."""
        if self.has_past:
            end = self._take(self.feeds.backfill(EVERYTHING, self.past_cursor, limit))
            self.past_cursor, self.has_past = end.next_cursor, end.has_more

    def tail(self, limit):
        """One page of what changed; whether there is more."""
        end = self._take(self.feeds.tail(EVERYTHING, self.tail_cursor, limit))
        self.tail_cursor = end.next_cursor
        return end.has_more

    def finish(self):
        """Follow until nothing is left."""
        while self.has_past:
            self.past(3)
        while self.tail(3):
            continue

    def _take(self, page):
        text = zstandard.ZstdDecompressor().decompress(page)
        *rows, end = [_lines.decode(line) for line in text.splitlines()]
        for row in rows:
            known = self.rows.get(key_of(row))
            if known is None or known.revision < row.revision:
                self.rows[key_of(row)] = row
        return end


def feeds_of(storage):
    return Feeds(SimpleNamespace(storage=storage, cursors=Cursors(SECRETS), clock=lambda: 1))


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("call"), st.integers(0, 3), st.integers(0, 4), st.integers(0, 3)),
        st.tuples(st.just("past"), st.integers(1, 4)),
        st.tuples(st.just("tail"), st.integers(1, 4)),
        st.tuples(st.just("refold"), st.integers(0, 3)),
    ),
    max_size=40,
)


def play(storage, follower, steps):
    """Calls, foldings and pages in any order."""
    for kind, *numbers in steps:
        match kind:
            case "call":
                settled_call(storage, *numbers)
            case "past":
                follower.past(*numbers)
            case "tail":
                follower.tail(*numbers)
            case _:
                place = ("app_1", DAY - numbers[0])
                with storage.transaction() as transaction:
                    transaction.refold_customer_hours(*place, storage.largest_customers(*place))


def settled_call(storage, days_ago, customer, endpoint):
    """One call of some customer on some day."""
    opened = event(
        customer_id=f"cus_{customer}",
        endpoint_id=f"ep_{endpoint}",
        hour=HOUR - days_ago * 86_400,
        day=DAY - days_ago,
    )
    closed = msgspec.structs.replace(opened, state=EventState.SETTLED, units_micro=7, status=200)
    sighting = Sighting(opened.endpoint_id, "GET", f"/{endpoint}")
    commit(storage, Open(opened, sighting))
    commit(storage, Settle(closed, sighting))


@settings(max_examples=60, deadline=None)
@given(before=STEPS, during=STEPS)
def test_follower_has_every_row_as_the_service_has_it(before, during):
    with tempfile.TemporaryDirectory() as directory, pytest.MonkeyPatch.context() as patched:
        patched.setattr("hosted.storage.naming.NAMED_CUSTOMERS", 2)
        patched.setattr("hosted.storage.folding.NAMED_CUSTOMERS", 2)
        storage = EmbeddedStorage(Path(directory), KEY, lambda: 1, Seconds())
        play(storage, Follower(feeds_of(storage)), before)
        follower = Follower(feeds_of(storage))
        play(storage, follower, during)
        follower.finish()
        everything = [
            row
            for kind in (EndpointHour, CustomerDay, CustomerHour)
            for row in rows_of(storage, kind)
        ]
        storage.close()
    assert follower.rows == {key_of(row): row for row in everything}
    by_endpoint = hourly_sums(everything, EndpointHour)
    assert hourly_sums(everything, CustomerHour) == by_endpoint


def hourly_sums(rows, kind):
    """Requests and units by endpoint and hour: named customers and the rest must add up."""
    sums = {}
    for row in rows:
        if isinstance(row, kind) and row.requests:
            requests, units = sums.get((row.endpoint_id, row.hour), (0, 0))
            sums[row.endpoint_id, row.hour] = (requests + row.requests, units + row.units)
    return sums


PLACES = [
    Place("tail", revision=5),
    Place("policy app_1", row_id="pol_1"),
    Place("backfill", backfill=BackfillPosition(20_000, 2, (5, "app_1", "cus_1", "ep_1"))),
    Place("backfill"),
]


@pytest.mark.parametrize("place", PLACES)
def test_cursor_comes_back_as_the_place_it_was_made_of(place):
    cursors = Cursors(SECRETS)
    assert cursors.read(cursors.write(place), place.feed) == place


@pytest.mark.parametrize("place", PLACES)
def test_cursor_is_bound_to_its_service_and_its_feed(place):
    cursor = Cursors(SECRETS).write(place)
    with pytest.raises(CursorUnknown):
        Cursors(Secrets.of(b"k" * 32, "svc_2")).read(cursor, place.feed)
    with pytest.raises(CursorUnknown):
        Cursors(SECRETS).read(cursor, "another")


@given(st.text(max_size=80))
def test_no_text_breaks_the_reading_of_a_cursor(text):
    with pytest.raises(CursorUnknown):
        Cursors(SECRETS).read("ufc" + text, "tail")


def test_cursor_from_the_future_of_a_restored_file_is_unknown(tmp_path):
    storage = EmbeddedStorage(tmp_path, KEY, lambda: 1, Seconds())
    ahead = Cursors(SECRETS).write(Place("tail", revision=storage.revision() + 1))
    feeds = feeds_of(storage)
    with pytest.raises(CursorUnknown):
        feeds.tail(EVERYTHING, ahead, 10)
    storage.close()


def test_whoever_sends_the_usage_cursor_along_is_told_whether_usage_is_new(tmp_path):
    storage = EmbeddedStorage(tmp_path, KEY, lambda: 1, Seconds())
    feeds = feeds_of(storage)
    cursor = end_of(feeds.tail(EVERYTHING, None, 10)).next_cursor
    assert feeds.changes(EVERYTHING, None, 10).usage_is_current is None
    assert feeds.changes(EVERYTHING, None, 10, cursor).usage_is_current
    settled_call(storage, 0, 0, 0)
    assert feeds.changes(EVERYTHING, None, 10, cursor).usage_is_current is False
    cursor = end_of(feeds.tail(EVERYTHING, cursor, 10)).next_cursor
    assert feeds.changes(EVERYTHING, None, 10, cursor).usage_is_current
    with pytest.raises(CursorUnknown):
        feeds.changes(EVERYTHING, None, 10, Cursors(SECRETS).write(Place("tail", revision=99)))
    storage.close()


def test_pages_of_the_past_tell_how_far_they_came(tmp_path):
    storage = EmbeddedStorage(tmp_path, KEY, lambda: 1, Seconds())
    feeds = feeds_of(storage)
    assert end_of(feeds.backfill(EVERYTHING, None, 3)).oldest_day is None
    for days_ago in (0, 1, 5):
        settled_call(storage, days_ago, 0, 0)
    first = end_of(feeds.backfill(EVERYTHING, None, 3))
    assert (first.reached_day, first.oldest_day) == (DAY, DAY - 5)
    second = end_of(feeds.backfill(EVERYTHING, first.next_cursor, 99))
    assert (second.reached_day, second.oldest_day) == (DAY - 5, DAY - 5)
    storage.close()


def end_of(page):
    return _lines.decode(zstandard.decompress(page).splitlines()[-1])


def test_page_says_how_many_rows_it_has_and_whether_more_follow(tmp_path):
    storage = EmbeddedStorage(tmp_path, KEY, lambda: 1, Seconds())
    for number in range(4):
        settled_call(storage, 0, number, 0)
    follower = Follower(feeds_of(storage))
    follower.past(9)
    assert not follower.has_past
    assert len(follower.rows) == 9
    storage.close()
