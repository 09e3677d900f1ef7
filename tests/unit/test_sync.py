"""Rounds of sync: what is pulled, where a round goes on after a fault, what the owner is told."""

from datetime import timedelta

import pytest

from contract.messages.rollups import CustomerHour
from desktop.domain.connection import SyncPhase
from desktop.domain.errors import Cancelled, ServiceRefused, ServiceUnreachable
from desktop.domain.usage import DateRange, GroupBy
from desktop.services.storage.timestamps import EPOCH
from tests.fakes import APPLICATION, OWNER_TOKEN, FakeHosted, no_report
from tests.prices import rule_draft

HELD = True
HOUR_OF_NOON = 494_580 * 3600

HOUR = 3600
DAY = 24 * HOUR
EVER = DateRange(EPOCH.date(), EPOCH.date() + timedelta(days=400))

SUMS = """
    SELECT 'endpoint', application_id, day, endpoint_id, requests, units FROM endpoint_day_sums
    UNION ALL
    SELECT 'customer', application_id, day, customer_id, requests, units FROM customer_day_sums
    ORDER BY 1, 2, 3, 4
"""
RECOMPUTED = """
    SELECT 'endpoint', application_id, day, endpoint_id, sum(requests), sum(units)
    FROM endpoint_hours GROUP BY application_id, day, endpoint_id
    UNION ALL
    SELECT 'customer', application_id, day, customer_id, sum(events), sum(quantity)
    FROM customer_days GROUP BY application_id, day, customer_id
    ORDER BY 1, 2, 3, 4
"""


def total(device):
    rows = device.services.usage.table(EVER, GroupBy.DAY).rows
    return sum(row.requests for row in rows)


def sync_twice(device):
    device.sync()
    device.sync()


def hours(device):
    return device.query("SELECT endpoint_id, hour, requests FROM endpoint_hours ORDER BY 1, 2")


def test_usage_and_configuration_arrive_over_many_pages(device, hosted):
    for number in range(10):
        hosted.put("customer", f"cus_{number}", {"application_id": APPLICATION, "name": "x"})
        hosted.count(f"end_{number % 3}", f"cus_{number}", number * HOUR, requests=number)
    state = device.sync()
    assert total(device) == 45
    assert device.query("SELECT count(*) FROM customers") == [(10,)]
    assert state.backfill_done
    assert device.query(SUMS) == device.query(RECOMPUTED)


def test_calls_counted_later_arrive_with_the_tail(device, hosted):
    hosted.count(requests=5)
    device.sync()
    hosted.count(requests=2)
    hosted.count(hour=3 * DAY, requests=1)
    device.sync()
    assert total(device) == 8
    assert device.query(SUMS) == device.query(RECOMPUTED)


def test_calls_counted_while_the_past_is_fetched_are_not_missed(device, hosted):
    for number in range(9):
        hosted.count("end_1", "cus_1", number * DAY)
    answer, counted = hosted._answer, []

    def count_meanwhile(request):
        response = answer(request)
        if request.url.params.get("order") == "backfill":
            counted.append(hosted.count("end_1", "cus_1", (len(counted) % 9) * DAY))
        return response

    hosted._answer = count_meanwhile
    device.sync()
    device.sync()
    assert len(counted) > 3
    assert total(device) == 9 + len(counted)


@pytest.mark.parametrize("failing", range(1, 9))
def test_round_goes_on_where_it_was_cut(device, hosted, failing):
    for number in range(8):
        hosted.count("end_1", f"cus_{number}", number * DAY)
    pages, answer = [], hosted._answer

    def cut(request):
        if request.url.path.endswith("rollups"):
            pages.append(request)
            if len(pages) == failing:
                hosted.online = False
        return answer(request)

    hosted._answer = cut
    with pytest.raises(ServiceUnreachable):
        sync_twice(device)
    hosted.online = True
    fetched = len(pages)
    device.reopen()
    device.sync()
    assert total(device) == 8
    assert device.query(SUMS) == device.query(RECOMPUTED)
    assert len(pages) - fetched < 24


def test_page_that_comes_twice_counts_once(device, hosted):
    hosted.hears_twice = True
    hosted.loses_answers = 2
    hosted.count(requests=4)
    device.sync()
    assert total(device) == 4


def test_bucket_folded_into_the_others_disappears(device, hosted):
    hosted.count("end_1", "cus_1", 0, requests=3)
    device.sync()
    key = (APPLICATION, "cus_1", "end_1", 0)
    hosted.rollups[CustomerHour, key] = CustomerHour(*key, 0, 0, hosted._next())
    device.sync()
    assert device.query("SELECT count(*) FROM customer_hours") == [(0,)]


def test_tombstones_take_rows_away(device, hosted):
    hosted.put("customer", "cus_1", {"application_id": APPLICATION, "name": "x"})
    device.sync()
    hosted.put("customer", "cus_1", None)
    device.sync()
    assert device.query("SELECT count(*) FROM customers") == [(0,)]


def test_forgotten_cursors_start_a_clean_resync_without_holes(device, hosted):
    for number in range(6):
        hosted.count("end_1", "cus_1", number * DAY)
    device.sync()
    hosted.forget_cursors()
    hosted.count("end_1", "cus_1", 0)
    device.sync()
    assert total(device) == 7
    assert device.query(SUMS) == device.query(RECOMPUTED)


def test_service_restored_from_a_backup_wins_over_newer_rows_here(device, hosted):
    hosted.count("end_1", "cus_1", 0, requests=1)
    hosted.put("customer", "cus_1", {"application_id": APPLICATION, "name": "old"})
    device.sync()
    backup = dict(hosted.rows), dict(hosted.rollups)
    hosted.count("end_1", "cus_1", 0, requests=5)
    hosted.count("end_2", "cus_2", 9 * DAY, requests=7)
    hosted.put("customer", "cus_1", {"application_id": APPLICATION, "name": "new"})
    hosted.put("customer", "cus_2", {"application_id": APPLICATION, "name": "gone"})
    device.sync()
    assert total(device) == 13

    hosted.restore_from_backup(*backup)
    device.sync()
    assert total(device) == 1
    assert device.query("SELECT customer_id, name FROM customers") == [("cus_1", "old")]
    assert device.query(SUMS) == device.query(RECOMPUTED)


def test_usage_that_the_service_let_go_by_age_stays_here(device, hosted):
    for day in (0, 1, 50, 60):
        hosted.count("end_1", "cus_1", day * DAY, requests=day + 1)
    device.sync()
    for kind, key in list(hosted.rollups):
        row = hosted.rollups[kind, key]
        day = getattr(row, "day", getattr(row, "hour", 0) // DAY)
        if day in {0, 1, 60}:
            hosted.drop(kind, key)
    hosted.count("end_1", "cus_1", 55 * DAY, requests=5)
    hosted.forget_cursors()
    device.sync()
    assert [hour // DAY for _, hour, _ in hours(device)] == [0, 1, 50, 55]
    assert device.query(SUMS) == device.query(RECOMPUTED)


def test_another_service_leaves_nothing_of_the_one_before(device, hosted):
    hosted.count("end_1", "cus_1", 0, requests=9)
    device.sync()
    fresh = FakeHosted(service_id="svc_fresh")
    fresh.count("end_1", "cus_1", 70 * DAY, requests=2)
    hosted.__dict__.update(fresh.__dict__)
    device.services.connection.use_remote("https://elsewhere.example", OWNER_TOKEN)
    device.sync()
    assert [hour // DAY for _, hour, _ in hours(device)] == [70]


def test_old_numbers_stay_readable_until_the_resync_is_complete(device, hosted):
    for number in range(6):
        hosted.count("end_1", "cus_1", number * DAY)
    device.sync()
    hosted.forget_cursors()
    answer = hosted._answer

    def die_in_the_past(request):
        hosted.online = request.url.params.get("order") != "backfill"
        return hosted.handle(request) if not hosted.online else answer(request)

    hosted._answer = die_in_the_past
    with pytest.raises(ServiceUnreachable):
        device.sync()
    assert total(device) == 6


def test_service_that_forgets_every_cursor_at_once_is_no_endless_loop(device, hosted):
    device.sync()
    for number in range(4):
        hosted.count("end_1", "cus_1", number * DAY)
    answer = hosted._answer

    def forget(request):
        hosted.forget_cursors()
        return answer(request)

    hosted._answer = forget
    with pytest.raises(ServiceRefused):
        device.sync()
    assert device.services.sync.state().phase is SyncPhase.FAILED


def test_edit_waiting_during_a_resync_is_still_sent(device, hosted):
    hosted.put("customer", "cus_1", {"application_id": APPLICATION, "name": "x"})
    device.sync()
    hosted.forget_cursors()
    hosted.rows["customer", "cus_1"].revision = hosted._next()
    hosted.online = False

    draft = rule_draft("Mine", "1")
    rule = device.services.pricing.publish(draft, None)
    hosted.online = True
    device.sync()
    assert hosted.body("pricing_rule", rule.rule_id)["name"] == "Mine"
    assert [r.name for r in device.rules()] == ["Mine"]


def test_hour_belongs_to_the_local_day_of_its_application(device, hosted):
    zone = {"name": "My API", "time_zone": "Asia/Kolkata", "metered_routes": [], "archived": False}
    hosted.put("application", APPLICATION, zone)
    half_past_six_in_the_evening = 18 * HOUR + 1800
    hosted.count(hour=half_past_six_in_the_evening)
    device.sync()
    assert device.query("SELECT day FROM endpoint_hours") == [(1,)]


def test_change_of_zone_moves_no_usage_that_was_counted_before(device, hosted):
    hosted.count(hour=18 * HOUR)
    device.sync()
    zone = {"name": "My API", "time_zone": "Asia/Tokyo", "metered_routes": [], "archived": False}
    hosted.put("application", APPLICATION, zone)
    hosted.count(hour=18 * HOUR)
    hosted.count(hour=19 * HOUR)
    device.sync()
    assert device.query("SELECT hour, day FROM endpoint_hours ORDER BY 1") == [
        (18 * HOUR, 0),
        (19 * HOUR, 1),
    ]
    assert device.query(SUMS) == device.query(RECOMPUTED)


def test_offline_is_a_state_with_the_time_of_the_last_success(device, hosted):
    hosted.count()
    device.sync()
    synced_at = device.clock.now
    device.clock.forward(hours=5)
    hosted.online = False
    with pytest.raises(ServiceUnreachable, match=r"service\.example") as failure:
        device.sync()
    assert OWNER_TOKEN not in str(failure.value)
    state = device.services.sync.state()
    assert (state.phase, state.last_success) == (SyncPhase.OFFLINE, synced_at)
    assert "Local data" in state.problem
    assert not device.services.sync.stamp().online
    device.reopen()
    assert device.services.sync.stamp().as_of == synced_at
    assert total(device) == 1


def test_clock_that_is_off_is_noted_and_does_no_harm(device, hosted, time_machine_now):
    hosted.clock = time_machine_now + timedelta(hours=2)
    hosted.count()
    state = device.sync()
    assert 7190 < state.clock_offset_s < 7210
    assert total(device) == 1


@pytest.fixture
def time_machine_now():
    from datetime import UTC, datetime

    return datetime.now(UTC)


def test_another_service_at_the_same_address_is_not_fed(device, hosted):
    hosted.count()
    device.sync()
    hosted.service_id = "svc_other"
    device.reopen()
    sent = len(hosted.requests)
    with pytest.raises(ServiceRefused, match="Another service"):
        device.sync()
    assert {r.url.path for r in hosted.requests[sent:]} == {"/v1/service"}
    assert total(device) == 1


def test_changing_the_service_replaces_the_data_of_the_one_before(device, hosted):
    hosted.count(requests=9)
    device.sync()
    fresh = FakeHosted(service_id="svc_fresh")
    fresh.count(requests=2)
    hosted.__dict__.update(fresh.__dict__)
    device.services.connection.use_remote("https://elsewhere.example", OWNER_TOKEN)
    device.sync()
    assert total(device) == 2


def test_refused_token_is_told_and_nothing_is_lost(device, hosted, monkeypatch):
    hosted.count()
    device.sync()
    monkeypatch.setattr("tests.fakes.OWNER_TOKEN", "another")
    with pytest.raises(ServiceRefused, match="owner token"):
        device.sync()
    assert device.services.sync.state().phase is SyncPhase.FAILED
    assert total(device) == 1


def test_cancelled_round_keeps_what_was_stored(device, hosted):
    for number in range(9):
        hosted.count("end_1", "cus_1", number * DAY)

    def stop_after_some(done, total=None):
        if done >= 6:
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        device.services.sync.run(stop_after_some)
    assert 0 < len(hours(device)) < 9
    device.services.sync.run(no_report)
    assert len(hours(device)) == 9


def test_workspace_without_a_service_says_so(make_device):
    device = make_device("alone", connect=False)
    assert device.sync().phase is SyncPhase.NOT_CONNECTED
    assert device.services.sync.stamp().as_of is None


def test_notices_name_what_changed_and_are_silent_when_nothing_did(device, hosted):
    device.sync()
    device.notices.clear()
    device.sync()
    assert device.notices == []
    hosted.count()
    device.sync()
    assert device.notices == ["usage"]
    hosted.put("customer", "cus_1", {"application_id": APPLICATION, "name": "x"})
    device.sync()
    assert device.notices[1:] == ["configuration"]


def test_past_that_is_held_waits_while_everything_else_goes_on(device, hosted):
    for number in range(10):
        hosted.count(hour=HOUR_OF_NOON + number * 3600)
    device.services.sync.hold_past(HELD)
    device.sync()
    state = device.services.sync.state()
    assert (state.past_is_held, state.backfill_done) == (True, False)
    assert state.phase is SyncPhase.IDLE
    assert device.query("SELECT count(*) FROM endpoint_hours") == [(0,)]
    hosted.count(hour=HOUR_OF_NOON, requests=5)
    device.sync()
    assert device.query("SELECT sum(requests) FROM endpoint_hours") == [(6,)]
    device.services.sync.hold_past(not HELD)
    device.sync()
    assert device.services.sync.state().backfill_done
    assert device.query("SELECT sum(requests) FROM endpoint_hours") == [(15,)]


def test_edit_is_inspected_field_by_field(device):
    device.sync()
    rule = device.services.pricing.publish(rule_draft("Mine", "1"), None)
    (edit,) = device.services.sync_records.outgoing()
    changes = device.services.sync_records.inspect(edit.position)
    assert {change.field: (change.before, change.after) for change in changes}["name"] == (
        "", rule.name,
    )  # fmt: skip
    assert device.services.sync_records.inspect(999) == ()
