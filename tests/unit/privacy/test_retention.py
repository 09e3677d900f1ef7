"""The retention schedule: with the clock moved forward exactly the due rows go, held ones stay."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from desktop.domain.errors import InvalidInput
from desktop.domain.privacy.breaches import Breach
from desktop.domain.privacy.categories import Category
from desktop.domain.privacy.erasure import Customer
from desktop.domain.privacy.kinds import Channel, Refusal, RequestKind
from desktop.domain.privacy.recipients import Disclosure, Ground
from desktop.domain.privacy.requests import NewRequest, Person
from desktop.domain.privacy.retention import SHIPPED, Kept, Period
from desktop.services.privacy.retention import EVERY
from desktop.services.storage import privacy_audit, retention
from desktop.services.storage.timestamps import microseconds
from tests.fakes import APPLICATION, NOON

DAY = timedelta(days=1)


@pytest.fixture
def service(device):
    return device.services.privacy.retention


@pytest.mark.parametrize(
    ("period", "today", "cut"),
    [
        (Period(days=90), date(2026, 6, 15), date(2026, 3, 17)),
        (Period(months=25), date(2026, 6, 15), date(2024, 5, 15)),
        (Period(months=1), date(2026, 3, 31), date(2026, 2, 28)),
        (Period(months=12), date(2024, 2, 29), date(2023, 2, 28)),
        (Period(months=1, days=1), date(2026, 1, 1), date(2025, 11, 30)),
    ],
)
def test_first_day_that_is_kept(period, today, cut):
    assert period.cut(today) == cut


def lines(service):
    return {line.rule.kept: line for line in service.schedule().lines}


def keep_call(db, trace_id, at, customer="cus_1"):
    body = json.dumps({"customer_id": customer})
    db.execute(
        "INSERT INTO kept_traces (trace_id, application_id, at_us, body, explanation, opened_at_us)"
        " VALUES (:id, :app, :us, :body, NULL, :us)",
        {"id": trace_id, "app": APPLICATION, "us": microseconds(at), "body": body},
    )


def use(db, day, customer="cus_1"):
    """A day and an hour of use of one customer."""
    number = (day - date(1970, 1, 1)).days
    values = {"app": APPLICATION, "day": number, "hour": number * 86_400, "cus": customer}
    db.execute(
        "INSERT INTO customer_days VALUES (:app, :day, :cus, 'e', 'units', 5, 1, 5, 1, 1)", values
    )
    db.execute("INSERT INTO customer_hours VALUES (:app, :hour, :cus, 'e', 1, 5, 1, 1)", values)
    db.execute("INSERT INTO customer_day_sums VALUES (:app, :day, :cus, 1, 5)", values)


def test_preview_counts_and_removes_nothing_then_exactly_the_due_rows_go(service, device):
    with device.services.vault.transaction() as db:
        for trace_id, age in (("old", 91), ("due", 90.6), ("young", 89)):
            keep_call(db, trace_id, NOON - age * DAY)
    line = lines(service)[Kept.CALLS]
    assert (line.due, line.held, line.cut) == (2, 0, date(2026, 3, 17))
    assert len(device.query("SELECT * FROM kept_traces")) == 3
    schedule = service.run_now()
    assert device.query("SELECT trace_id FROM kept_traces") == [("young",)]
    assert schedule.removed == 2
    device.clock.forward(days=2)
    service.run_now()
    assert device.query("SELECT trace_id FROM kept_traces") == []
    with device.services.vault.reading() as db:
        entries = privacy_audit.of_action(db, "retention")
    assert [json.loads(entry.facts)["rows"] for entry in entries] == [2, 1]
    assert {entry.actor for entry in entries} == {"program"}


def test_hours_of_customers_go_while_days_and_sums_of_all_stay(service, device):
    with device.services.vault.transaction() as db:
        for day in (date(2024, 5, 14), date(2024, 5, 15), date(2026, 6, 1)):
            use(db, day)
        db.execute(
            "INSERT INTO endpoint_day_sums (application_id, day, endpoint_id, requests, units, "
            "errors, denied, unsettled) VALUES (:app, 1, 'e', 1, 5, 0, 0, 0)",
            {"app": APPLICATION},
        )
    service.run_now()
    assert len(device.query("SELECT * FROM customer_hours")) == 2
    assert len(device.query("SELECT * FROM customer_days")) == 3
    device.clock.now = datetime(2034, 5, 15, tzinfo=UTC)
    service.run_now()
    assert device.query("SELECT date(day * 86400, 'unixepoch') FROM customer_days") == [
        ("2024-05-15",), ("2026-06-01",),
    ]  # fmt: skip
    assert len(device.query("SELECT * FROM customer_day_sums")) == 2, "sums follow their rows"
    assert len(device.query("SELECT * FROM endpoint_day_sums")) == 1


def test_held_customer_keeps_what_is_held_and_nothing_else(service, device):
    held = Customer(APPLICATION, "cus_held")
    device.services.erasing.holds.place(held, Category.TECHNICAL, "A dispute.", "", None)
    with device.services.vault.transaction() as db:
        for customer in ("cus_held", "cus_free"):
            keep_call(db, customer, NOON - 100 * DAY, customer)
            use(db, date(2020, 1, 1), customer)
    line = lines(service)[Kept.CALLS]
    assert (line.due, line.held) == (1, 1)
    service.run_now()
    assert device.query("SELECT trace_id FROM kept_traces") == [("cus_held",)]
    assert device.query("SELECT * FROM customer_hours") == [], "usage is not held"


def test_ended_requests_go_with_their_record_and_open_ones_stay(service, device):
    requests = device.services.privacy_requests
    ids = []
    for name in ("a", "b"):
        asked = NewRequest(
            RequestKind.INQUIRY, Channel.EMAIL, NOON, "UTC", Person(f"{name} Doe", f"{name}@x.org")
        )
        ids.append(requests.log_request(asked).line.request_id)
    requests.refuse(ids[0], Refusal.NO_MATCH)
    device.clock.now = datetime(2029, 6, 15, 12, tzinfo=UTC)
    assert lines(service)[Kept.REQUESTS].due == 0, "three years are over with the end of the day"
    device.clock.forward(days=1)
    assert lines(service)[Kept.REQUESTS].due == 1
    service.run_now()
    assert [line.request_id for line in requests.list_requests()] == [ids[1]]
    assert len(device.query("SELECT * FROM privacy_events")) == 1


def test_disclosures_and_closed_breaches_end_too(service, device):
    privacy = device.services.privacy
    given = Disclosure("", "stripe", NOON, Ground.LAW, (Category.BILLING,), "Invoices")
    privacy.recipients.disclose(given)
    leak = Breach("", "Leak", NOON, "f", "e", "a", (Category.ACCOUNT,), 1, no_risk_reason="None.")
    open_leak = privacy.breaches.record(leak).breach
    privacy.breaches.close(privacy.breaches.record(leak).breach.breach_id)
    device.clock.now = NOON + timedelta(days=365 * 5 + 10)
    service.run_now()
    assert privacy.recipients.disclosures() == ()
    assert [line.breach.breach_id for line in privacy.breaches.listed()] == [open_leak.breach_id]


def test_job_runs_once_a_day_and_again_when_the_clock_went_back(service, device):
    service.run_if_due()
    first = service.schedule().last_run
    assert first == NOON
    device.clock.now += EVERY - timedelta(seconds=1)
    service.run_if_due()
    assert service.schedule().last_run == first
    device.clock.forward(seconds=1)
    service.run_if_due()
    assert service.schedule().last_run == NOON + EVERY
    device.clock.now = NOON - timedelta(days=30)
    service.run_if_due()
    assert service.schedule().last_run == device.clock()


def test_rule_is_changed_with_its_ground_or_switched_off(service, device):
    with device.services.vault.transaction() as db:
        keep_call(db, "call", NOON - 40 * DAY)
    service.change(Kept.CALLS, Period(days=30), "Agreed with customers", is_on=False)
    assert lines(service)[Kept.CALLS].rule.ground == "Agreed with customers"
    service.run_now()
    assert len(device.query("SELECT * FROM kept_traces")) == 1
    service.change(Kept.CALLS, Period(days=30), "Agreed with customers", is_on=True)
    service.run_now()
    assert device.query("SELECT * FROM kept_traces") == []


@pytest.mark.parametrize(
    ("period", "ground", "field"),
    [
        (Period(), "x", "period"),
        (Period(days=-1), "x", "period"),
        (Period(months=601), "x", "period"),
        (Period(days=5), "  ", "ground"),
    ],
)
def test_rule_that_cannot_be_is_refused(service, period, ground, field):
    with pytest.raises(InvalidInput) as caught:
        service.change(Kept.CALLS, period, ground, is_on=True)
    assert caught.value.field == field


def test_many_rows_go_in_pieces(service, device, monkeypatch):
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    with device.services.vault.transaction() as db:
        for number in range(5):
            keep_call(db, f"call_{number}", NOON - 100 * DAY)
    assert service.run_now().removed == 5
    assert device.query("SELECT * FROM kept_traces") == []


def test_every_kind_that_ends_has_one_rule_and_every_category_is_told(service):
    assert [rule.kept for rule in SHIPPED] == list(Kept)
    told = {rule.category for rule in SHIPPED} | {
        one.category for one in service.schedule().lasting
    }
    assert told == set(Category)
    assert all(rule.ground for rule in SHIPPED)
