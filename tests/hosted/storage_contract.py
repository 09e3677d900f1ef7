"""What every storage must do; each kind inherits this class and says how it is made."""

import uuid

import msgspec
import pytest

from contract.durations import bin_of
from contract.messages.rollups import OTHERS, CustomerDay, CustomerHour, EndpointHour
from hosted.errors import StorageUnavailable
from hosted.metering.events import EventState, Sighting, UsageEvent
from hosted.metering.ledger import Deny, ExpireHolds, Open, Settle
from hosted.metering.maintenance import Refold
from hosted.storage.configuration_records import StoredAnswer
from hosted.storage.positions import JournalPosition

HOUR = 1_795_424_400
DAY = HOUR // 86_400
APP = "app_1"
SIGHTING = Sighting("ep_1", "GET", "/items")


class Seconds:
    """A clock that is two seconds later at every look, until it is held."""

    def __init__(self):
        self.now = 0.0
        self.is_held = False

    def __call__(self):
        if not self.is_held:
            self.now += 2
        return self.now


def event(state=EventState.OPEN, **fields):
    """An event with the usual values."""
    values = {
        "application_id": APP,
        "allocation_id": str(uuid.uuid4()),
        "endpoint_id": "ep_1",
        "customer_id": "cus_1",
        "state": state,
        "opened_us": HOUR * 1_000_000 + 5,
        "expires_us": HOUR * 1_000_000 + 60_000_005,
        "hour": HOUR,
        "day": DAY,
    }
    return UsageEvent(**{**values, **fields})


def settlement(opened, units=1_000_000, status=200, **fields):
    """The message that closes an event."""
    changed = msgspec.structs.replace(
        opened, state=EventState.SETTLED, units_micro=units, status=status, duration_ms=7, **fields
    )
    return Settle(changed, SIGHTING)


def commit(storage, *commands):
    """Run commands in one transaction, as the writer does."""
    with storage.transaction() as transaction:
        return [command.apply(transaction) for command in commands]


def rows_of(storage, kind):
    """All rows of one rollup, by a backfill in small pages."""
    rows, position, page = [], None, None
    while page is None or page:
        page, position = storage.rollup_backfill(position, 3)
        rows += page
    return [row for row in rows if isinstance(row, kind)]


def is_hour(row):
    """Whether it is a row of an endpoint's hour."""
    return isinstance(row, EndpointHour)


class Mark:
    """Remembers how far the journal was folded."""

    def __init__(self, position):
        self.position = position

    def apply(self, transaction):
        transaction.mark_folded(self.position)


class Broken:
    """A command with a bug."""

    def apply(self, _transaction):
        raise ZeroDivisionError


class StorageContract:
    """Inherit and provide the fixture `storage`, and `reopened` to close and open it again.

    The storage measures seconds by `self.seconds`, an instance of `Seconds`.
    """

    def reopened(self, storage):
        raise NotImplementedError

    def test_new_storage_is_empty_and_keeps_its_name(self, storage):
        service_id = storage.service_id
        assert storage.changes(0, 10) == []
        assert storage.rollup_backfill(None, 10) == ([], None)
        assert self.reopened(storage).service_id == service_id

    def test_settled_call_counts_in_all_three_rollups(self, storage):
        opened = event()
        commit(storage, Open(opened, SIGHTING))
        commit(storage, settlement(opened, units=2_500_000, status=503))
        (hour,) = rows_of(storage, EndpointHour)
        assert (hour.requests, hour.units, hour.errors_5xx) == (1, 2_500_000, 1)
        assert hour.durations == (bin_of(7), 1)
        (day,) = rows_of(storage, CustomerDay)
        assert (day.quantity, day.events, day.peak) == (2_500_000, 1, 2_500_000)
        (customer,) = rows_of(storage, CustomerHour)
        assert (customer.customer_id, customer.requests, customer.units) == ("cus_1", 1, 2_500_000)

    def test_changed_row_is_in_the_tail_again_with_a_higher_revision(self, storage):
        opened = event()
        commit(storage, Open(opened, SIGHTING))
        before = storage.revision()
        assert storage.rollup_tail(before, 10) == []
        commit(storage, settlement(opened))
        rows = storage.rollup_tail(before, 10)
        assert len(rows) == 3
        assert [row.revision for row in rows] == sorted(row.revision for row in rows)
        assert all(row.revision > before for row in rows)

    def test_revisions_go_on_after_opening_again(self, storage):
        commit(storage, Open(event(), SIGHTING))
        before = storage.revision()
        storage = self.reopened(storage)
        assert storage.revision() == before
        commit(storage, Open(event(), SIGHTING))
        assert storage.revision() > before

    def test_endpoint_and_customer_appear_once_in_the_changes(self, storage):
        commit(storage, Open(event(), SIGHTING), Open(event(), SIGHTING))
        commit(storage, Open(event(), SIGHTING))
        rows = storage.changes(0, 10)
        assert [(row.entity, row.entity_id) for row in rows] == [
            ("endpoint", "ep_1"),
            ("customer", "cus_1"),
        ]
        assert rows[0].body["url"] == "/items"

    def test_rolled_back_transaction_leaves_nothing_and_no_memory(self, storage):
        commit(storage, Open(event(), SIGHTING))
        refold = Refold(APP, DAY, frozenset({"cus_1"}))
        with pytest.raises(ZeroDivisionError):
            commit(storage, Open(event(customer_id="cus_2"), SIGHTING), refold, Broken())
        commit(storage, Open(event(customer_id="cus_2"), SIGHTING))
        (hour,) = rows_of(storage, EndpointHour)
        assert hour.requests == 2
        assert [row.entity_id for row in storage.changes(0, 10)] == ["ep_1", "cus_1", "cus_2"]
        assert {row.customer_id: row.events for row in rows_of(storage, CustomerDay)} == {
            "cus_1": 1,
            "cus_2": 1,
        }

    def test_hold_that_runs_out_is_closed_at_zero_and_may_settle_late(self, storage):
        opened = event()
        commit(storage, Open(opened, SIGHTING))
        assert commit(storage, ExpireHolds(opened.expires_us - 1)) == [0]
        assert commit(storage, ExpireHolds(opened.expires_us)) == [1]
        (hour,) = rows_of(storage, EndpointHour)
        assert (hour.requests, hour.units, hour.unsettled) == (1, 0, 1)
        commit(storage, settlement(opened))
        (hour,) = rows_of(storage, EndpointHour)
        assert (hour.requests, hour.units, hour.unsettled) == (1, 1_000_000, 0)
        with storage.transaction() as transaction:
            assert transaction.event(APP, opened.allocation_id).late

    def test_denied_call_is_no_request_and_names_no_quantity(self, storage):
        commit(storage, Deny(event(EventState.DENIED), SIGHTING))
        (hour,) = rows_of(storage, EndpointHour)
        assert (hour.requests, hour.denied) == (0, 1)
        assert rows_of(storage, CustomerDay) == []

    def test_sums_stop_at_the_largest_number_instead_of_overflowing(self, storage):
        huge = 2**62
        for _ in range(3):
            opened = event()
            commit(storage, Open(opened, SIGHTING))
            commit(storage, settlement(opened, units=huge))
        (hour,) = rows_of(storage, EndpointHour)
        assert hour.units == 2**63 - 1

    def test_raw_events_are_forgotten_and_their_sums_stay(self, storage):
        opened = event()
        commit(storage, Open(opened, SIGHTING))
        with storage.transaction() as transaction:
            assert transaction.delete_events(APP, opened.opened_us, 10) == 0
            assert transaction.delete_events("app_2", opened.opened_us + 1, 10) == 0
            assert transaction.delete_events(APP, opened.opened_us + 1, 10) == 1
            assert transaction.event(APP, opened.allocation_id) is None
        assert rows_of(storage, EndpointHour)[0].requests == 1

    def test_backfill_runs_from_the_newest_day_to_the_oldest(self, storage):
        for back in range(4):
            hour = HOUR - back * 86_400
            old = event(hour=hour, day=DAY - back, opened_us=hour * 1_000_000)
            commit(storage, Open(old, SIGHTING))
        hours = [row.hour for row in rows_of(storage, EndpointHour)]
        assert hours == sorted(hours, reverse=True)
        assert len(hours) == 4

    def test_only_the_largest_customers_have_hourly_rows(self, storage, monkeypatch):
        monkeypatch.setattr("hosted.storage.naming.NAMED_CUSTOMERS", 2)
        monkeypatch.setattr("hosted.storage.folding.NAMED_CUSTOMERS", 2)
        for customer, calls in (("a", 1), ("b", 2), ("c", 3), ("d", 4)):
            commit(storage, *(Open(event(customer_id=customer), SIGHTING) for _ in range(calls)))
        assert self._shown(storage) == {"a": 1, "b": 2, OTHERS: 7}
        assert storage.crowded_days(DAY) == [(APP, DAY)]
        before = storage.revision()
        with storage.transaction() as transaction:
            transaction.refold_customer_hours(APP, DAY, storage.largest_customers(APP, DAY))
        assert self._shown(storage) == {"c": 3, "d": 4, OTHERS: 3}
        resent = {row.customer_id: row.requests for row in storage.rollup_tail(before, 10)}
        assert resent == {"a": 0, "b": 0, "c": 3, "d": 4, OTHERS: 3}
        commit(storage, Open(event(customer_id="a"), SIGHTING))
        commit(storage, Open(event(customer_id="d"), SIGHTING))
        assert self._shown(storage) == {"c": 3, "d": 5, OTHERS: 4}

    def _shown(self, storage):
        rows = rows_of(storage, CustomerHour)
        return {row.customer_id: row.requests for row in rows if row.requests}

    def test_configuration_is_found_by_id_page_and_change(self, storage):
        with storage.transaction() as transaction:
            for number in range(5):
                body = {"name": f"n{number}"}
                transaction.put_configuration("pricing_rule", f"r{number}", APP, body)
            transaction.put_configuration("pricing_rule", "r9", "app_2", {"name": "other"})
            gone = transaction.put_configuration("pricing_rule", "r1", APP, None)
        page = storage.configuration_page("pricing_rule", APP, "r0", 2)
        assert [row.entity_id for row in page] == ["r2", "r3"]
        assert storage.configuration("pricing_rule", "r1") == gone
        assert [row.entity_id for row in storage.changes(0, 99)][-1] == "r1"

    def test_answers_are_kept_under_their_key_for_their_time(self, storage):
        with storage.transaction() as transaction:
            transaction.put_answer("k1", StoredAnswer(b"f", "{}"), 100)
        with storage.transaction() as transaction:
            assert transaction.answer("k1") == StoredAnswer(b"f", "{}")
            transaction.delete_answers(101)
            assert transaction.answer("k1") is None

    def test_closed_storage_opens_with_everything_in_it(self, storage):
        opened = event()
        commit(storage, Open(opened, SIGHTING))
        storage.checkpoint()
        storage = self.reopened(storage)
        assert rows_of(storage, EndpointHour)[0].requests == 1
        commit(storage, settlement(opened))
        assert rows_of(storage, EndpointHour)[0].units == 1_000_000

    def test_refused_write_is_told_in_words_and_changes_nothing(self, storage):
        commit(storage, Open(event(), SIGHTING))
        self.refuse_writes(storage)
        with pytest.raises(StorageUnavailable, match="What was confirmed is safe"):
            commit(storage, Open(event(customer_id="cus_2"), SIGHTING))
        self.allow_writes(storage)
        commit(storage, Open(event(customer_id="cus_3"), SIGHTING))
        assert {row.customer_id for row in rows_of(storage, CustomerDay)} == {"cus_1", "cus_3"}

    def test_row_is_told_of_once_a_second_at_most(self, storage):
        commit(storage, Open(event(), SIGHTING))
        self.seconds.is_held = True
        before = storage.revision()
        commit(storage, Open(event(), SIGHTING))
        commit(storage, Open(event(), SIGHTING))
        told = storage.rollup_tail(before, 10)
        assert len(told) in {0, 3}
        assert rows_of(storage, EndpointHour)[0].requests == 3
        assert storage.next_resend is not None
        self.seconds.now += 0.9
        before = storage.revision()
        commit(storage)
        assert storage.rollup_tail(before, 10) == []
        self.seconds.now += 0.2
        commit(storage)
        assert [row.requests for row in storage.rollup_tail(before, 10) if is_hour(row)] == [3]
        assert storage.next_resend is None
        commit(storage)
        assert len(storage.rollup_tail(before, 10)) == 3

    def test_row_that_waited_to_be_told_of_is_told_after_a_restart(self, storage):
        commit(storage, Open(event(customer_id="cus_2"), SIGHTING))
        self.seconds.is_held = True
        commit(storage, Open(event(), SIGHTING))
        commit(storage, Open(event(), SIGHTING))
        seen = storage.revision()
        storage = self.reopened(storage)
        assert storage.next_resend is not None
        commit(storage)
        told = storage.rollup_tail(seen, 10)
        assert [row.requests for row in told if is_hour(row)] == [3]
        days = {row.customer_id: row.events for row in told if isinstance(row, CustomerDay)}
        assert days["cus_1"] == 2
        assert storage.next_resend is None

    def test_journal_keeps_its_order_and_forgets_what_is_folded(self, storage):
        numbers = [storage.journal.append(b"entry %d" % place) for place in range(200)]
        assert numbers == sorted(set(numbers))
        with storage.transaction() as transaction:
            transaction.mark_folded(JournalPosition(numbers[150], 3))
        storage.journal.forget(numbers[150] - 1)
        last = storage.journal.append(b"last")
        storage = self.reopened(storage)
        assert storage.folded() == JournalPosition(numbers[150], 3)
        left = list(storage.journal.entries(numbers[150] - 1))
        assert left[0] == (numbers[150], b"entry 150")
        assert left[-1] == (last, b"last")
        assert len(left) == 51
        assert len(list(storage.journal.entries(0))) < 201
        assert storage.journal.append(b"after") > last

    def test_new_journal_goes_on_behind_what_was_folded(self, storage):
        with storage.transaction() as transaction:
            transaction.mark_folded(JournalPosition(40, 1))
        assert self.reopened(storage).journal.append(b"entry") == 41

    def test_mark_of_a_rolled_back_fold_is_not_kept(self, storage):
        with pytest.raises(ZeroDivisionError):
            commit(storage, Mark(JournalPosition(7, 7)), Broken())
        assert storage.folded() == JournalPosition(0, 0)

    def test_sums_stop_at_the_smallest_number_too(self, storage):
        for _ in range(3):
            opened = event()
            commit(storage, Open(opened, SIGHTING), settlement(opened, units=-(2**62)))
        assert rows_of(storage, EndpointHour)[0].units == -(2**63 - 1)

    def refuse_writes(self, storage):
        raise NotImplementedError

    def allow_writes(self, storage):
        raise NotImplementedError
