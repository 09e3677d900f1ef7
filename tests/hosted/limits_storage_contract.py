"""What every storage must keep for limits and blocks."""

import msgspec

from hosted.metering.events import EventState
from hosted.metering.gauges import Mark
from hosted.metering.ledger import Deny, ExpireHolds, Open, Settle
from hosted.storage.usage_records import BlockedCaller, RecentCall, Usage
from tests.hosted.storage_contract import APP, DAY, HOUR, SIGHTING, commit, event, settlement

LATE = HOUR * 1_000_000 + 1_800_000_000


def marks_of(storage):
    """Stored marks, in a fixed order."""
    return sorted(storage.marks(), key=lambda mark: (mark.gauge_id, mark.key, mark.at_us))


class LimitsStorageContract:
    """Inherited by the tests of each storage, beside `StorageContract`."""

    def test_use_is_told_by_instant_hour_and_day(self, storage):
        opened = event(opened_us=LATE)
        commit(
            storage,
            Open(event(), SIGHTING),
            Open(opened, SIGHTING),
            settlement(opened, units=2_500_000),
            Open(event(customer_id="cus_2", opened_us=LATE), SIGHTING),
            Deny(event(EventState.DENIED, opened_us=LATE), SIGHTING),
        )
        assert sorted(storage.recent_calls("ep_1", LATE), key=lambda call: call.customer_id) == [
            RecentCall("cus_1", LATE, 2_500_000),
            RecentCall("cus_2", LATE, 0),
        ]
        used = {"cus_1": Usage(2, 2_500_000), "cus_2": Usage(1, 0)}
        assert storage.usage_in_hour(APP, "ep_1", HOUR) == used
        assert storage.usage_since_day(APP, "ep_1", DAY) == used
        assert storage.usage_since_day(APP, "ep_1", DAY + 1) == {}
        assert storage.usage_in_hour(APP, "ep_2", HOUR) == {}
        assert storage.requests_since(APP, HOUR) == {"ep_1": 3}
        assert storage.requests_since(APP, HOUR + 1) == {}

    def test_open_allocations_are_found_until_they_end(self, storage):
        settled, expired, left = event(), event(), event(expires_us=2**60)
        commit(storage, *(Open(each, SIGHTING) for each in (settled, expired, left)))
        assert len(storage.open_events()) == 3
        commit(storage, settlement(settled), ExpireHolds(expired.expires_us))
        assert storage.open_events() == [left]

    def test_marks_are_stored_with_the_call_they_belong_to(self, storage):
        opened = event()
        slices = (Mark("g", "cus_1", 60, 1), Mark("g", "cus_1", 120, 1))
        commit(storage, Open(opened, SIGHTING, marks=slices))
        commit(storage, Open(event(), SIGHTING, marks=slices[:1]))
        assert marks_of(storage) == [Mark("g", "cus_1", 60, 2), Mark("g", "cus_1", 120, 1)]
        commit(storage, Open(opened, SIGHTING, marks=slices))
        assert marks_of(self.reopened(storage)) == [
            Mark("g", "cus_1", 60, 2),
            Mark("g", "cus_1", 120, 1),
        ]

    def test_settlement_marks_once(self, storage):
        opened = event()
        commit(storage, Open(opened, SIGHTING))
        closed = msgspec.structs.replace(opened, state=EventState.SETTLED, units_micro=5)
        settle = Settle(closed, SIGHTING, (Mark("g", "cus_1", 60, 5),))
        commit(storage, settle, settle)
        commit(storage, settle)
        assert marks_of(storage) == [Mark("g", "cus_1", 60, 5)]

    def test_last_level_of_a_bucket_counts(self, storage):
        huge = str(10**30)
        first, second = (
            Mark("b", "cus_1", 1, level="5"),
            Mark("b", "cus_1", 2, level=huge),
        )
        commit(storage, Open(event(), SIGHTING, marks=(first,)))
        commit(storage, Open(event(), SIGHTING, marks=(first, second)))
        assert marks_of(storage) == [second]

    def test_marks_nobody_needs_are_forgotten(self, storage):
        marks = (
            Mark("old", "cus_1", 5, 1),
            Mark("kept", "cus_1", 5, 1),
            Mark("kept", "cus_1", 10, 1),
            Mark("bucket", "cus_1", 5, level="7"),
            Mark("bucket", "cus_2", 5, level="-7"),
            Mark("bucket", "cus_3", 10, level="7"),
        )
        commit(storage, Open(event(), SIGHTING, marks=marks))
        with storage.transaction() as transaction:
            transaction.forget_marks({"kept": 10, "bucket": 10})
        assert marks_of(storage) == [
            Mark("bucket", "cus_2", 5, level="-7"),
            Mark("bucket", "cus_3", 10, level="7"),
            Mark("kept", "cus_1", 10, 1),
        ]

    def test_blocked_callers_are_kept_and_forgotten(self, storage):
        with storage.transaction() as transaction:
            transaction.put_blocked_caller(BlockedCaller(APP, "cus_1", b"first"))
            transaction.put_blocked_caller(BlockedCaller(APP, "cus_1", b"second"))
            transaction.put_blocked_caller(BlockedCaller(APP, "cus_2", b"third"))
        with storage.transaction() as transaction:
            transaction.delete_blocked_callers([(APP, "cus_2"), (APP, "cus_9")])
        assert self.reopened(storage).blocked_callers() == [BlockedCaller(APP, "cus_1", b"second")]
