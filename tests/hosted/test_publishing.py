"""Rules are published as numbered versions that stay; plans and customers' plans are checked."""

import uuid
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from contract.identifiers import customer_plan_id, version_id
from contract.pricing.writing import canonical_text
from tests.hosted.service import new_api
from tests.prices import per_unit, rule_body


@pytest.fixture
def api(running):
    return new_api(running, time_zone="Pacific/Kiritimati")


@pytest.fixture
def rule_id():
    return f"rule_{uuid.uuid4().hex}"


def send(api, method, path, base_revision=0, **edit):
    edit |= {"idempotency_key": uuid.uuid4().hex, "base_revision": base_revision}
    where = {"params": edit} if method == "DELETE" else {"json": edit}
    return api.http.request(method, f"/v1/{path}", **where)


def versions(api, rule_id):
    rows = api.http.get("/v1/rule-versions", params={"rule_id": rule_id}).json()["rows"]
    return sorted((row["body"] for row in rows), key=lambda body: body["version"])


def test_every_edit_becomes_a_version_and_the_first_stays_as_it_was(api, rule_id):
    first = api.put("pricing-rules", rule_id, rule_body(api.application_id, "1"))
    stored = api.http.get(f"/v1/rule-versions/{version_id(rule_id, 1)}").json()
    second = api.put(
        "pricing-rules", rule_id, rule_body(api.application_id, "2"), first["revision"]
    )
    assert (first["body"]["version"], second["body"]["version"]) == (1, 2)
    assert api.http.get(f"/v1/rule-versions/{version_id(rule_id, 1)}").json() == stored
    assert [one["price"]["unit_amount"] for one in versions(api, rule_id)] == ["1", "2"]
    assert {one["rule_id"] for one in versions(api, rule_id)} == {rule_id}


def test_number_that_a_client_sends_is_not_looked_at(api, rule_id):
    body = rule_body(api.application_id, version=77)
    assert api.put("pricing-rules", rule_id, body)["body"]["version"] == 1


def test_version_cannot_be_written_or_deleted(api, rule_id):
    api.put("pricing-rules", rule_id, rule_body(api.application_id))
    path = f"rule-versions/{version_id(rule_id, 1)}"
    assert send(api, "PUT", path, body=rule_body(api.application_id)).status_code == 405
    assert send(api, "DELETE", path).status_code == 405
    edit = {"entity": "rule_version", "body": None}
    whole = {"idempotency_key": "k", "entity_id": "v", "base_revision": 0, "edit": edit}
    assert api.http.post("/v1/changes", json={"edits": [whole]}).status_code == 422


def test_publishing_on_an_older_version_is_refused_and_leaves_no_version(api, rule_id):
    first = api.put("pricing-rules", rule_id, rule_body(api.application_id, "1"))
    api.put("pricing-rules", rule_id, rule_body(api.application_id, "2"), first["revision"])
    late = rule_body(api.application_id, "3")
    answer = send(api, "PUT", f"pricing-rules/{rule_id}", first["revision"], body=late)
    assert answer.status_code == 409
    assert answer.json()["current"]["body"]["price"]["unit_amount"] == "2"
    assert len(versions(api, rule_id)) == 2


def test_deleting_ends_the_rule_today_and_keeps_its_history(api, rule_id):
    made = api.put("pricing-rules", rule_id, rule_body(api.application_id))
    assert send(api, "DELETE", f"pricing-rules/{rule_id}", made["revision"]).status_code == 204
    old, ended = versions(api, rule_id)
    assert old["price"] == per_unit("0.01")
    assert (ended["version"], ended["price"]) == (2, None)
    today = datetime.now(UTC).astimezone(ZoneInfo("Pacific/Kiritimati")).date()
    assert ended["effective_from"] == today.isoformat()
    again = api.put("pricing-rules", rule_id, rule_body(api.application_id))
    assert again["body"]["version"] == 3


def test_versions_go_with_their_application(api, rule_id):
    api.put("pricing-rules", rule_id, rule_body(api.application_id))
    made = api.http.get(f"/v1/applications/{api.application_id}").json()
    path = f"applications/{api.application_id}"
    assert send(api, "DELETE", path, made["revision"]).status_code == 204
    assert versions(api, rule_id) == []


def test_price_is_stored_in_its_one_spelling(api, rule_id):
    tiers = [{"up_to": 10, "unit_amount": "0.0020"}, {"up_to": None, "unit_amount": "1e-3"}]
    loose = {"tiers": tiers, "currency": "USD", "model": "graduated", "min": None}
    stored = api.put("pricing-rules", rule_id, rule_body(api.application_id, price=loose))
    exact = {
        "model": "graduated",
        "currency": "USD",
        "tiers": [{"up_to": "10", "unit_amount": "0.002"}, {"unit_amount": "0.001"}],
    }
    assert canonical_text(stored["body"]["price"]) == canonical_text(exact)


def tiers(*bounds):
    found = [{"up_to": bound, "unit_amount": "1"} for bound in bounds]
    return {"model": "graduated", "currency": "USD", "tiers": found}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"price": tiers("10", "10", None)}, "price.tiers[1].up_to"),
        ({"price": tiers("10", "5", None)}, "price.tiers[1].up_to"),
        ({"price": tiers("10")}, "price.tiers[0].up_to"),
        ({"price": tiers(*map(str, range(1, 10_000)), None)}, "price.tiers"),
        ({"price": per_unit("NaN")}, "price.unit_amount"),
        ({"price": per_unit("-1")}, "price.unit_amount"),
        ({"price": per_unit("1", "DOGE")}, "price.currency"),
        ({"price": per_unit("1") | {"min": "2", "max": "1"}}, "price.min"),
        ({"price": per_unit("1") | {"discount_percent": "101"}}, "price.discount_percent"),
        ({"price": {}}, "price.model"),
        ({"meter": "response_field"}, "measure"),
        ({"meter": "response_field", "measure": "usage..total"}, "measure"),
        ({"meter": "expression", "measure": "1 +"}, "measure"),
        ({"meter": "requests", "measure": "usage.total"}, "measure"),
    ],
)
def test_what_cannot_be_a_rule_is_refused_at_its_field_and_nothing_is_stored(
    api, rule_id, change, field
):
    body = {**rule_body(api.application_id), **change}
    answer = send(api, "PUT", f"pricing-rules/{rule_id}", body=body)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert api.http.get(f"/v1/pricing-rules/{rule_id}").status_code == 404
    assert versions(api, rule_id) == []


def test_price_on_a_response_value_is_taken(api, rule_id):
    fields = {"meter": "response_field", "measure": "usage.total_tokens"}
    stored = api.put("pricing-rules", rule_id, {**rule_body(api.application_id), **fields})
    assert stored["body"]["measure"] == "usage.total_tokens"


@pytest.fixture
def plan_id(api, rule_id):
    api.put("pricing-rules", rule_id, rule_body(api.application_id))
    plan_id = f"plan_{uuid.uuid4().hex}"
    body = {"application_id": api.application_id, "name": "Team", "rule_ids": [rule_id]}
    api.put("plans", plan_id, body)
    return plan_id


def customer(api, *terms, customer_id="cus_1"):
    """Put a customer on plans; the raw answer."""
    body = {"application_id": api.application_id, "customer_id": customer_id, "terms": terms}
    path = f"customer-plans/{customer_plan_id(api.application_id, customer_id)}"
    return send(api, "PUT", path, body=body)


def term(starts_on, ends_before=None, **fields):
    return {"starts_on": starts_on, "ends_before": ends_before, **fields}


def test_customer_has_one_plan_after_the_other_and_rules_of_its_own(api, plan_id, rule_id):
    terms = (
        term("2026-01-01", "2026-07-01", plan_id=plan_id),
        term("2026-07-01", plan_id=plan_id, override_ids=[rule_id]),
    )
    answer = customer(api, *terms)
    assert answer.status_code == 200
    assert [one["override_ids"] for one in answer.json()["body"]["terms"]] == [[], [rule_id]]


def test_terms_that_contradict_each_other_are_refused_at_their_field(api, plan_id):
    cases = {
        "terms.1.starts_on": [term("2026-01-01", "2026-07-01"), term("2026-06-30")],
        "terms.0.ends_before": [term("2026-01-01", "2026-01-01")],
        "terms.0.plan_id": [term("2026-01-01", plan_id="plan_gone")],
        "terms.0.override_ids": [term("2026-01-01", override_ids=["rule_gone"])],
    }
    for field, terms in cases.items():
        answer = customer(api, *({"plan_id": plan_id, **one} for one in terms))
        assert (answer.status_code, answer.json()["field"]) == (422, field)
    open_end = [term("2026-01-01", plan_id=plan_id), term("2026-06-30", plan_id=plan_id)]
    assert customer(api, *open_end).json()["field"] == "terms.1.starts_on"
    assert customer(api, term("2026-01-01")).json()["field"] == "terms.0.plan_id"


def test_plan_holds_rules_of_its_own_application_once(api, running, rule_id, plan_id):
    other = new_api(running)
    body = {"application_id": other.application_id, "name": "Team", "rule_ids": [rule_id]}
    assert send(other, "PUT", "plans/stolen", body=body).json()["field"] == "rule_ids"
    twice = {"application_id": api.application_id, "name": "T", "rule_ids": [rule_id, rule_id]}
    assert send(api, "PUT", "plans/twice", body=twice).json()["field"] == "rule_ids"


def test_plan_with_customers_cannot_be_deleted(api, plan_id):
    assert customer(api, term("2026-01-01", "2026-02-01", plan_id=plan_id)).status_code == 200
    revision = api.http.get(f"/v1/plans/{plan_id}").json()["revision"]
    assert send(api, "DELETE", f"plans/{plan_id}", revision).status_code == 409
    assert api.http.get(f"/v1/plans/{plan_id}").status_code == 200


def test_unused_plan_can_be_deleted(api, plan_id):
    revision = api.http.get(f"/v1/plans/{plan_id}").json()["revision"]
    assert send(api, "DELETE", f"plans/{plan_id}", revision).status_code == 204
