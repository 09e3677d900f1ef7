"""Publishing on the desktop: numbers, previews, drafts that survive, plans and customers."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings

from contract.messages.rollups import MICRO, CustomerDay
from contract.pricing.writing import canonical_price, canonical_text
from desktop.domain.calendar import day_number
from desktop.domain.editing import EditState
from desktop.domain.errors import InvalidInput
from desktop.domain.ids import ApplicationId, CustomerId
from desktop.domain.pricing.drafts import RuleDraft
from desktop.domain.pricing.published import Plan, PlanTerm
from desktop.services.row_editor import checked_body
from desktop.services.sample_data import SAMPLE_ID
from desktop.services.storage.rows import RULES
from tests.fakes import APPLICATION, no_report
from tests.prices import SINCE, per_unit, rule_draft
from tests.unit.pricing.strategies import EVENT_MODELS, QUANTITY_MODELS, rules

APP = ApplicationId(APPLICATION)
DAY = timedelta(days=1)


@pytest.fixture
def desktop(device):
    device.sync()
    return device


@pytest.fixture
def pricing(desktop):
    return desktop.services.pricing


@pytest.fixture
def today(desktop):
    return desktop.clock.now.date()


def numbers(pricing):
    return [(one.version, one.standing.state) for one in pricing.versions(APP)]


def test_versions_that_wait_have_the_numbers_they_are_going_to_have(desktop, pricing, hosted):
    hosted.online = False
    rule = pricing.publish(rule_draft(price="1"), None)
    rule = pricing.publish(rule_draft(price="2"), rule)
    assert rule.version == 2
    assert numbers(pricing) == [(1, EditState.WAITING), (2, EditState.WAITING)]
    assert [one.published_at for one in pricing.versions(APP)] == [None, None]


def test_deleted_rule_keeps_its_history_with_an_end(desktop, pricing, today):
    rule = pricing.publish(rule_draft(), None)
    desktop.sync()
    pricing.delete_rule(rule.rule_id)
    assert pricing.list_rules(APP) == ()
    ended = pricing.versions(APP)[-1]
    assert (ended.price, ended.effective_from, ended.rule_id) == (None, today, rule.rule_id)


def test_sample_rules_are_versioned_without_a_service(desktop, pricing):
    desktop.services.sample_data.load(no_report)
    rule = pricing.list_rules(SAMPLE_ID)[0]
    changed = pricing.publish(rule_draft("Cheaper", "0.01", SAMPLE_ID), rule)
    mine = [one for one in pricing.versions(SAMPLE_ID) if one.rule_id == rule.rule_id]
    assert [one.version for one in mine] == [1, 2]
    assert mine[1].published_at == desktop.clock.now
    pricing.delete_rule(changed.rule_id)
    mine = [one for one in pricing.versions(SAMPLE_ID) if one.rule_id == rule.rule_id]
    assert [one.price is None for one in mine] == [False, False, True]


@settings(
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    deadline=None,
    max_examples=40,
)
@given(price=rules(QUANTITY_MODELS + EVENT_MODELS))
def test_every_model_is_stored_in_its_one_spelling(pricing, price):
    rule = pricing.publish(rule_draft(price=price), None)
    exact = canonical_text(canonical_price(price))
    assert canonical_text(rule.price) == exact
    travelling = json.dumps(checked_body("pricing_rule", RULES.body(rule)))
    assert canonical_text(json.loads(travelling)["price"]) == exact


@pytest.fixture
def busy(desktop, hosted, today):
    """Three customers who call two endpoints, lately."""
    for name in ("items", "images"):
        hosted.put("endpoint", f"end_{name}", {
            "application_id": APPLICATION, "method": "GET", "url": f"/{name}",
            "first_seen": "2026-01-01T00:00:00Z",
        })  # fmt: skip
    hosted.put("customer", "cus_a", {"application_id": APPLICATION, "name": "Aurora"})
    for customer in ("cus_a", "cus_b", "cus_c"):
        for endpoint in ("end_items", "end_images"):
            key = (APPLICATION, customer, endpoint, "units", day_number(today) - 7)
            row = CustomerDay(*key, 5 * MICRO, 5, MICRO, hosted._next())
            hosted.rollups[CustomerDay, key] = row
    desktop.sync()
    return desktop


def test_preview_tells_diff_number_and_customers_and_stores_nothing(busy, today):
    pricing = busy.services.pricing
    rule = pricing.publish(rule_draft("Images", "1", url="/images"), None)
    draft = rule_draft("Images", "2", url="/images", effective_from=today)
    found = pricing.preview(draft, rule)
    assert (found.version, found.effective_from) == (2, today)
    assert "-  unit_amount: '1'" in found.diff
    assert "+  unit_amount: '2'" in found.diff
    fields = {one.field: (one.before, one.after) for one in found.fields}
    assert fields["price.unit_amount"] == ("1", "2")
    assert next(one.label for one in found.affected) == "Aurora"
    assert (len(found.affected), found.seen_customers) == (3, 3)
    assert found.changes_live_bill
    assert len(pricing.versions(APP)) == 1


def test_scheduled_change_touches_no_live_bill_and_replaces_a_later_one(busy, today):
    pricing = busy.services.pricing
    rule = pricing.publish(rule_draft(price="1"), None)
    rule = pricing.publish(rule_draft(price="2", effective_from=today + 30 * DAY), rule)
    found = pricing.preview(rule_draft(price="3", effective_from=today + 9 * DAY), rule)
    assert not found.changes_live_bill
    assert found.never_held == (2,)


def test_rule_for_one_customer_concerns_that_customer_alone(busy, today):
    draft = rule_draft(customer_id=CustomerId("cus_a"), effective_from=today)
    found = busy.services.pricing.preview(draft, None)
    assert [one.label for one in found.affected] == ["Aurora"]


def test_rule_nobody_would_pay_by_concerns_nobody(busy, today):
    found = busy.services.pricing.preview(rule_draft(url="/nothing", effective_from=today), None)
    assert (found.affected, found.changes_live_bill) == ((), False)
    assert found.diff.startswith("--- Images (live)")


def test_draft_with_mistakes_is_refused_at_its_field_and_nothing_is_stored(pricing):
    draft = RuleDraft(APP, "Images", price=per_unit("NaN"))
    for call in (pricing.preview, pricing.publish):
        with pytest.raises(InvalidInput) as refusal:
            call(draft, None)
        assert refusal.value.field == "price.unit_amount"
    assert pricing.versions(APP) == ()


def test_rule_published_again_is_the_old_one_under_a_new_number(desktop, pricing):
    rule = pricing.publish(rule_draft(price="1"), None)
    rule = pricing.publish(rule_draft(price="2"), rule)
    first = pricing.versions(APP)[0]
    again = pricing.publish(replace(rule_draft(), price=first.price), rule)
    assert (again.version, again.price) == (3, first.price)


def test_what_is_typed_survives_the_end_of_the_process(make_device):
    device = make_device("kept")
    device.sync()
    typed = RuleDraft(APP, "", price={"model": "graduated", "tiers": [{"up_to": "ten"}]})
    device.services.pricing.keep_draft(typed, None)
    device.services.pricing.keep_draft(replace(typed, name="Half"), None)
    device.reopen()
    (kept,) = device.services.pricing.drafts(APP)
    assert (kept.rule_id, kept.draft) == (None, replace(typed, name="Half"))
    device.services.pricing.drop_draft(APP, None)
    assert device.services.pricing.drafts(APP) == ()


def test_publishing_forgets_the_draft_of_its_rule_only(pricing):
    rule = pricing.publish(rule_draft(), None)
    pricing.keep_draft(rule_draft("Mine"), rule.rule_id)
    pricing.keep_draft(rule_draft("New"), None)
    pricing.publish(rule_draft("Mine"), rule)
    assert [one.rule_id for one in pricing.drafts(APP)] == [None]


def test_plan_is_made_changed_and_taken_away(desktop, hosted):
    plans = desktop.services.plans
    made = plans.save_plan(Plan("", APP, " Team ", " For teams "), None)
    assert (made.name, made.description) == ("Team", "For teams")
    changed = plans.save_plan(replace(made, name="Crew"), made)
    desktop.sync()
    assert hosted.body("plan", made.plan_id)["name"] == "Crew"
    plans.delete_plan(changed.plan_id)
    assert plans.plans(APP) == ()
    assert plans.restore_plan(changed).name == "Crew"
    with pytest.raises(InvalidInput) as refusal:
        plans.save_plan(Plan("", APP, " "), None)
    assert refusal.value.field == "name"


def test_plan_with_customers_stays(desktop):
    plans = desktop.services.plans
    made = plans.save_plan(Plan("", APP, "Team"), None)
    term = PlanTerm(SINCE, SINCE + 30 * DAY, made.plan_id)
    row = plans.save_customer(APP, CustomerId("cus_a"), (term,), None)
    assert plans.customer_plans(APP) == (row,)
    with pytest.raises(InvalidInput, match="Customers are or were"):
        plans.delete_plan(made.plan_id)


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ([PlanTerm(SINCE, SINCE, "p")], "terms.0.ends_before"),
        ([PlanTerm(SINCE)], "terms.0.plan_id"),
        ([PlanTerm(SINCE, None, "p"), PlanTerm(SINCE + DAY, None, "p")], "terms.1.starts_on"),
        ([PlanTerm(SINCE, SINCE + 3 * DAY, "p"), PlanTerm(SINCE, None, "p")], "terms.1.starts_on"),
    ],
)
def test_terms_that_contradict_each_other_are_refused(desktop, terms, field):
    with pytest.raises(InvalidInput) as refusal:
        desktop.services.plans.save_customer(APP, CustomerId("cus_a"), tuple(terms), None)
    assert refusal.value.field == field
    assert desktop.services.plans.customer_plans(APP) == ()


def test_days_are_the_applications_own(desktop, hosted):
    body = hosted.body("application", APPLICATION) | {"time_zone": "Pacific/Kiritimati"}
    hosted.put("application", APPLICATION, body)
    desktop.sync()
    draft = replace(rule_draft(), effective_from=None)
    rule = desktop.services.pricing.publish(draft, None)
    assert rule.effective_from == (desktop.clock.now + timedelta(hours=14)).date()
    assert isinstance(rule.effective_from, date)
