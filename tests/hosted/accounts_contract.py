"""What every storage must do for accounts, traces and the report of oddities."""

import msgspec
import pytest

from contract.messages.rollups import ANONYMOUS, CustomerDay, CustomerHour, EndpointHour
from hosted.metering.events import EventState
from hosted.metering.ledger import Correct, Deny, ExpireHolds, Open, Settle
from hosted.storage.usage_records import Correction, TraceFilter
from tests.hosted.storage_contract import (
    APP,
    DAY,
    HOUR,
    SIGHTING,
    commit,
    event,
    rows_of,
    settlement,
)

UNIT = 1_000_000


def correction(units, **fields):
    """An entry of the owner."""
    values = {
        "correction_id": "cor_1",
        "application_id": APP,
        "idempotency_key": "key-1",
        "customer_id": "cus_1",
        "endpoint_id": "ep_1",
        "units_micro": units,
        "reason": "Goodwill",
        "actor": "owner",
        "at_us": HOUR * UNIT,
        "hour": HOUR,
        "day": DAY,
    }
    return Correction(**{**values, **fields})


def account(storage):
    """The one account there is."""
    (found,) = storage.accounts(APP, ("", ""), 10)
    return found


def settled_at(storage, at_us, **fields):
    """A call that was opened and settled at an instant."""
    opened = event(opened_us=at_us, **fields)
    commit(storage, Open(opened, SIGHTING), settlement(opened, status=fields.pop("status", 200)))
    return opened


class AccountsContract:
    """Inherited by every storage's tests, beside `StorageContract`."""

    def test_account_follows_a_hold_to_its_settlement(self, storage):
        opened = event(reserved_micro=10 * UNIT)
        commit(storage, Open(opened, SIGHTING))
        held = account(storage)
        assert (held.held, held.holds, held.settled, held.released) == (10 * UNIT, 1, 0, 0)
        commit(storage, settlement(opened, units=4 * UNIT))
        done = account(storage)
        assert (done.held, done.holds, done.settled, done.released) == (0, 0, 4 * UNIT, 6 * UNIT)
        assert (done.events, done.unsettled) == (1, 0)

    def test_hold_that_ran_out_is_released_until_it_settles_late(self, storage):
        opened = event(reserved_micro=10 * UNIT)
        commit(storage, Open(opened, SIGHTING))
        commit(storage, ExpireHolds(opened.expires_us))
        expired = account(storage)
        assert (expired.held, expired.released, expired.unsettled) == (0, 10 * UNIT, 1)
        commit(storage, settlement(opened, units=10 * UNIT))
        late = account(storage)
        assert (late.settled, late.released, late.unsettled) == (10 * UNIT, 0, 0)

    def test_credit_is_a_negative_amount(self, storage):
        opened = event()
        commit(storage, Open(opened, SIGHTING), settlement(opened, units=-3 * UNIT))
        assert account(storage).settled == -3 * UNIT
        (day,) = rows_of(storage, CustomerDay)
        assert (day.quantity, day.peak) == (-3 * UNIT, 0)

    def test_correction_changes_the_account_and_every_rollup_but_no_count(self, storage):
        opened = event()
        commit(storage, Open(opened, SIGHTING), settlement(opened, units=5 * UNIT))
        commit(storage, Correct(correction(-2 * UNIT)))
        found = account(storage)
        assert (found.settled, found.corrected, found.events) == (5 * UNIT, -2 * UNIT, 1)
        (day,) = rows_of(storage, CustomerDay)
        assert (day.quantity, day.events, day.peak) == (3 * UNIT, 1, 5 * UNIT)
        (endpoint,) = rows_of(storage, EndpointHour)
        (customer,) = rows_of(storage, CustomerHour)
        assert (endpoint.units, customer.units) == (3 * UNIT, 3 * UNIT)
        assert (endpoint.requests, customer.requests) == (1, 1)

    def test_same_key_gets_the_entry_it_made_first(self, storage):
        (first,) = commit(storage, Correct(correction(UNIT)))
        again = correction(UNIT, correction_id="cor_2")
        other = correction(7 * UNIT, correction_id="cor_3", reason="Another")
        assert commit(storage, Correct(again), Correct(other)) == [first, first]
        assert [entry for _, entry in storage.corrections(APP, None, 10)] == [first]
        elsewhere = correction(UNIT, correction_id="cor_4", application_id="app_2")
        assert commit(storage, Correct(elsewhere)) == [elsewhere]

    def test_corrections_are_paged_newest_first(self, storage):
        for number in range(5):
            named = {"correction_id": f"cor_{number}", "idempotency_key": f"k{number}"}
            commit(storage, Correct(correction(UNIT, **named)))
        first = storage.corrections(APP, None, 2)
        rest = storage.corrections(APP, first[-1][0], 10)
        ids = [entry.correction_id for _, entry in first + rest]
        assert ids == [f"cor_{number}" for number in (4, 3, 2, 1, 0)]
        assert storage.corrections("app_2", None, 10) == []

    def test_accounts_are_paged_by_customer_and_endpoint(self, storage):
        for customer in ("cus_b", "cus_a", ANONYMOUS):
            for endpoint in ("ep_2", "ep_1"):
                commit(storage, Open(event(customer_id=customer, endpoint_id=endpoint), SIGHTING))
        found, after = [], ("", "")
        while page := storage.accounts(APP, after, 4):
            found += page
            after = (page[-1].customer_id, page[-1].endpoint_id)
        names = [(row.customer_id, row.endpoint_id) for row in found]
        assert names == sorted(names)
        assert len(set(names)) == 6
        assert storage.accounts("app_2", ("", ""), 10) == []

    def test_traces_are_read_newest_first_and_whole(self, storage):
        opened = event(
            opened_us=HOUR * UNIT,
            reserved_micro=7,
            skew_s=-400,
            soft_limited=True,
            detail=b'{"agent":"curl/8"}',
        )
        commit(storage, Open(opened, SIGHTING), settlement(opened, payload_dropped=True))
        denied = event(EventState.DENIED, opened_us=HOUR * UNIT + 5, refused_by="pol_1")
        commit(storage, Deny(denied, SIGHTING))
        found = storage.traces(TraceFilter(), None, 10)
        assert found.position is None
        newest, older = found.events
        assert newest == denied
        assert older == msgspec.structs.replace(
            opened, state=EventState.SETTLED, units_micro=UNIT, status=200, duration_ms=7,
            payload_dropped=True,
        )  # fmt: skip
        assert storage.trace(APP, opened.allocation_id) == older
        assert storage.trace("app_2", opened.allocation_id) is None

    def test_allocation_ids_of_any_form_come_back_as_they_were(self, storage):
        ids = ["x_cus_1ab", "é" * 36, "g" * 36, "0192f0c1-7c3e-7a55-9d2a-0123456789ab"]
        for allocation_id in ids:
            commit(storage, Open(event(allocation_id=allocation_id), SIGHTING))
        found = storage.traces(TraceFilter(), None, 10).events
        assert [call.allocation_id for call in found] == ids[::-1]
        assert all(storage.trace(APP, allocation_id) is not None for allocation_id in ids)

    @pytest.mark.parametrize(
        ("wanted", "expected"),
        [
            (TraceFilter(application_id="app_2"), {"other"}),
            (TraceFilter(application_id="app_9"), set()),
            (TraceFilter(endpoint_id="ep_2"), {"second"}),
            (TraceFilter(customer_id="cus_2"), {"second", "failed"}),
            (TraceFilter(least_status=500), {"failed"}),
            (TraceFilter(least_status=200, most_status=299), {"first", "second", "other"}),
            (TraceFilter(states=frozenset({EventState.OPEN, EventState.EXPIRED})), {"open"}),
            (TraceFilter(since_us=HOUR * UNIT + 2), {"failed", "open", "other"}),
            (TraceFilter(until_us=HOUR * UNIT + 2), {"first", "second"}),
            (TraceFilter(application_id=APP, customer_id="cus_2", most_status=499), {"second"}),
        ],
    )
    def test_traces_are_filtered(self, storage, wanted, expected):
        calls = {
            "first": (0, 200, {}),
            "second": (1, 201, {"endpoint_id": "ep_2", "customer_id": "cus_2"}),
            "failed": (2, 503, {"customer_id": "cus_2"}),
            "open": (3, None, {}),
            "other": (4, 200, {"application_id": "app_2"}),
        }
        for name, (second, status, fields) in calls.items():
            opened = event(allocation_id=name, opened_us=HOUR * UNIT + second, **fields)
            commit(storage, Open(opened, SIGHTING))
            if status is not None:
                commit(storage, settlement(opened, status=status))
        found = storage.traces(wanted, None, 10)
        assert {call.allocation_id for call in found.events} == expected

    def test_rare_match_is_looked_for_in_bounded_steps(self, storage, monkeypatch):
        monkeypatch.setattr("hosted.storage.traces.STRETCH", 3)
        monkeypatch.setattr("hosted.storage.traces.MOST_READ", 6)
        rare = event(customer_id="cus_rare")
        commit(storage, Open(rare, SIGHTING), *(Open(event(), SIGHTING) for _ in range(20)))
        found, position, pages = [], None, 0
        while pages == 0 or position is not None:
            page = storage.traces(TraceFilter(customer_id="cus_rare"), position, 2)
            found += page.events
            position = page.position
            pages += 1
        assert found == [rare]
        assert 3 <= pages <= 5

    def test_pages_of_traces_follow_each_other_without_a_gap(self, storage, monkeypatch):
        monkeypatch.setattr("hosted.storage.traces.STRETCH", 4)
        calls = [event(opened_us=HOUR * UNIT + number) for number in range(11)]
        commit(storage, *(Open(call, SIGHTING) for call in calls))
        found, position = [], None
        while not found or position is not None:
            page = storage.traces(TraceFilter(application_id=APP), position, 3)
            found += page.events
            position = page.position
        assert found == calls[::-1]

    def test_oddities_are_counted_by_application_and_day(self, storage):
        odd = event(skew_s=-4000)
        commit(storage, Open(odd, SIGHTING))
        commit(storage, ExpireHolds(odd.expires_us))
        commit(storage, settlement(odd, odd_amount=True), settlement(odd), Open(odd, SIGHTING))
        commit(storage, Open(event(day=DAY - 1, application_id="app_2", skew_s=300), SIGHTING))
        first, second = storage.event_health(None, None, 10)
        assert (first.application_id, first.day) == (APP, DAY)
        assert (first.events, first.duplicates, first.late, first.unsettled) == (1, 2, 1, 0)
        assert (first.odd_amounts, first.skewed, first.worst_skew_s) == (1, 1, 4000)
        assert (second.application_id, second.day, second.skewed) == ("app_2", DAY - 1, 0)
        assert storage.event_health(None, (DAY, APP), 10) == [second]
        assert storage.event_health("app_2", None, 10) == [second]

    def test_final_event_cannot_be_counted_anew(self, storage):
        """The peak of a row would otherwise stay where a taken back event had left it."""
        opened = event()
        commit(storage, Open(opened, SIGHTING), settlement(opened))
        with pytest.raises(ValueError, match="final"):
            commit(storage, Rewrite(opened.allocation_id))
        assert rows_of(storage, CustomerDay)[0].peak == UNIT

    def test_endpoint_is_seen_once_an_hour(self, storage):
        for minute in (0, 7, 59, 60):
            at_us = (HOUR + minute * 60) * UNIT
            hour = HOUR + minute // 60 * 3600
            before = storage.revision()
            commit(storage, Open(event(opened_us=at_us, hour=hour), SIGHTING))
            changed = [row for row in storage.changes(before, 10) if row.entity == "endpoint"]
            assert len(changed) == (minute in {0, 60}), minute
        row = storage.configuration("endpoint", "ep_1")
        assert row.body["first_seen"] < row.body["last_seen"]
        commit(self.reopened(storage), Open(event(), SIGHTING))

    def test_settlement_of_another_day_belongs_to_the_day_of_its_request(self, storage):
        opened = event()
        commit(storage, Open(opened, SIGHTING))
        tomorrow = msgspec.structs.replace(
            opened, state=EventState.SETTLED, units_micro=UNIT, day=DAY + 1, hour=HOUR + 86_400
        )
        commit(storage, Settle(tomorrow, SIGHTING))
        (day,) = rows_of(storage, CustomerDay)
        assert (day.day, day.quantity) == (DAY, UNIT)

    def test_raw_events_go_application_by_application(self, storage):
        old = [settled_at(storage, HOUR * UNIT + n, application_id="app_2") for n in range(3)]
        kept = settled_at(storage, HOUR * UNIT + 1)
        with storage.transaction() as transaction:
            assert transaction.delete_events("app_2", HOUR * UNIT + 2, 1) == 1
            assert transaction.delete_events("app_2", HOUR * UNIT + 2, 5) == 1
            assert transaction.delete_events("app_2", HOUR * UNIT + 2, 5) == 0
        left = storage.traces(TraceFilter(), None, 10).events
        assert {call.allocation_id for call in left} == {old[2].allocation_id, kept.allocation_id}
        assert storage.applications_with_events() == [APP, "app_2"]
        with storage.transaction() as transaction:
            assert transaction.delete_events("app_2", HOUR * UNIT + 9, 5) == 1

    def test_events_after_a_time_without_any_go_in_their_turn_too(self, storage):
        for _ in range(2):
            settled_at(storage, HOUR * UNIT)
            with storage.transaction() as transaction:
                assert transaction.delete_events(APP, HOUR * UNIT + 1, 5) == 1
            assert storage.traces(TraceFilter(), None, 10).events == []


class Rewrite:
    """A command that changes what is final."""

    def __init__(self, allocation_id):
        self.allocation_id = allocation_id

    def apply(self, transaction):
        known = transaction.event(APP, self.allocation_id)
        transaction.put_event(known, msgspec.structs.replace(known, units_micro=1))
