"""Single rows and lists, as scripts use them."""

import asyncio
import json
import uuid

import pytest

from contract.identifiers import catalog_id, customer_plan_id, override_id, policy_id
from contract.messages.rollups import ANONYMOUS
from contract.problems import ProblemCode
from tests.hosted.service import connected, new_api, use
from tests.prices import per_unit, rule_body

URL = "/x"


def body_of(kind, application_id):
    """A valid body of each kind that can be edited."""
    bodies = {
        "applications": {"name": "A", "time_zone": "Asia/Kathmandu"},
        "policies": {"application_id": application_id, "method": "GET", "url": URL},
        "pricing-rules": rule_body(application_id, "0.001", "R"),
        "plans": {"application_id": application_id, "name": "Team"},
        "customer-plans": {
            "application_id": application_id, "customer_id": "u_1",
        },
        "customers": {"application_id": application_id, "name": "Ann Ltd."},
        "limit-overrides": {
            "application_id": application_id, "customer_id": "u_1", "reason": "Trusted",
            "policy_id": policy_id(application_id, "GET", URL),
        },
        "freezes": {
            "application_id": application_id, "customer_id": "u_1",
            "since": "2026-06-15T12:00:00Z",
        },
        "blocks": {"application_id": application_id, "method": "*", "url": "*", "reason": "Spam"},
        "scrub-rules": {
            "application_id": application_id, "method": "GET", "url": URL,
            "reason": "A fault is looked for", "expires_at": "2099-01-01T00:00:00Z",
        },
        "catalogs": {
            "application_id": application_id, "imported_at": "2026-06-15T12:00:00Z",
            "operations": [{"method": "GET", "url": "/items/{id}"}],
        },
    }  # fmt: skip
    return bodies[kind]


def id_of(kind, application_id):
    """An id for a new row of each kind."""
    if kind == "policies":
        return policy_id(application_id, "GET", URL)
    if kind == "limit-overrides":
        return override_id(policy_id(application_id, "GET", URL), "u_1")
    if kind == "catalogs":
        return catalog_id(application_id)
    if kind == "customer-plans":
        return customer_plan_id(application_id, "u_1")
    return f"x{uuid.uuid4().hex}"


@pytest.fixture(
    params=[
        "applications", "policies", "pricing-rules", "customers", "limit-overrides", "blocks",
        "scrub-rules", "catalogs", "plans", "customer-plans",
    ]
)  # fmt: skip
def kind(request):
    return request.param


def put(api, path, body, base_revision=0, **options):
    """Send one edit; the raw answer."""
    edit = {"idempotency_key": uuid.uuid4().hex, "base_revision": base_revision, "body": body}
    return api.http.put(path, json=edit, **options)


def test_row_is_made_read_changed_and_deleted(api, kind):
    path = f"/v1/{kind}/{id_of(kind, api.application_id)}"
    body = body_of(kind, api.application_id)
    made = put(api, path, body).json()
    assert body.items() <= made["body"].items()
    assert api.http.get(path).json() == made
    changed = put(api, path, body, made["revision"]).json()
    assert changed["revision"] > made["revision"]
    query = {"idempotency_key": uuid.uuid4().hex, "base_revision": changed["revision"]}
    assert api.http.delete(path, params=query).status_code == 204
    assert api.http.delete(path, params=query).status_code == 204
    assert api.http.get(path).status_code == 404


def test_row_nobody_made_cannot_be_deleted(api, kind):
    path = f"/v1/{kind}/{id_of(kind, api.application_id)}"
    query = {"idempotency_key": uuid.uuid4().hex, "base_revision": 0}
    assert api.http.delete(path, params=query).status_code == 404
    query = {"idempotency_key": uuid.uuid4().hex, "base_revision": 7}
    answer = api.http.delete(path, params=query)
    assert (answer.status_code, answer.json()["code"]) == (409, ProblemCode.CONFLICT)
    assert "current" not in answer.json()


@pytest.mark.parametrize("kind_of_child", ["policies", "pricing-rules", "customers"])
def test_row_of_an_application_nobody_made_is_refused(api, kind_of_child):
    path = f"/v1/{kind_of_child}/{id_of(kind_of_child, 'app_nobody')}"
    answer = put(api, path, body_of(kind_of_child, "app_nobody"))
    assert answer.status_code == 404
    assert answer.json()["field"] == "application_id"


def test_customer_cannot_move_to_another_application(api, running):
    from tests.hosted.service import new_api

    path = f"/v1/customers/{id_of('customers', api.application_id)}"
    made = put(api, path, body_of("customers", api.application_id)).json()
    other = new_api(running)
    moved = put(api, path, body_of("customers", other.application_id), made["revision"])
    assert moved.status_code == 404
    assert api.http.get(path).json() == made


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"url": "/other"}, 409, "url"),
        ({"limits": [{"allowed": 5}]}, 422, "body.limits.0.interval"),
        ({"limits": [{"allowed": 0, "interval": "day"}]}, 422, "body.limits.0.allowed"),
        ({"limits": [{"allowed": 1, "interval": "fortnight"}]}, 422, "body.limits.0.interval"),
        ({"identity_location": "heart", "identity_name": "x"}, 422, "body.identity_location"),
        ({"typo": 1}, 422, "body.typo"),
    ],
)
def test_policy_that_cannot_be_names_its_field(api, change, status, field):
    path = f"/v1/policies/{id_of('policies', api.application_id)}"
    answer = put(api, path, {**body_of("policies", api.application_id), **change})
    assert (answer.status_code, answer.json()["field"]) == (status, field)


@pytest.mark.parametrize("price", ["-1", "0,5", "", " 1", "NaN", 0.1])
def test_price_that_is_no_plain_decimal_is_refused(api, price):
    path = f"/v1/pricing-rules/{id_of('pricing-rules', api.application_id)}"
    body = {**body_of("pricing-rules", api.application_id), "price": per_unit(price)}
    assert put(api, path, body).json()["field"] == "price.unit_amount"


def test_whole_number_may_be_written_with_a_point(api):
    path = f"/v1/customers/{id_of('customers', api.application_id)}"
    body = body_of("customers", api.application_id)
    edit = {"idempotency_key": uuid.uuid4().hex, "base_revision": 0.0, "body": body}
    content = json.dumps(edit)
    assert '"base_revision": 0.0' in content
    headers = {"content-type": "application/json"}
    assert api.http.put(path, content=content, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe", b"[" * 20_000, b'"text"', b"null", b'{"edits":[{}]}', b'{"edits":5}'],
)
def test_body_that_is_no_edit_is_refused_in_words(api, content):
    answer = api.http.post(
        "/v1/changes", content=content, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 422
    assert answer.json()["detail"].endswith(".")


def test_refusal_does_not_repeat_what_was_sent(api):
    body = {"edits": [{"idempotency_key": "my secret value !"}]}
    answer = api.http.post("/v1/changes", json=body)
    assert answer.status_code == 422
    assert "my secret value" not in answer.text


def test_text_of_any_script_comes_back_as_it_was(api):
    path = f"/v1/customers/{id_of('customers', api.application_id)}"
    name = 'Zo\u00eb \u6771\u4eac \U0001f600 <b>&amp;</b> \u0000 \\ "'
    made = put(api, path, {"application_id": api.application_id, "name": name}).json()
    assert made["body"]["name"] == name
    assert api.http.get(path).json()["body"]["name"] == name


def test_endpoints_can_be_read_and_not_edited(api):
    assert put(api, "/v1/endpoints/ep_1", {}).status_code == 405
    assert api.http.get("/v1/endpoints/ep_nobody").status_code == 404


@pytest.mark.parametrize("row_id", ["a b", "x" * 65, "%00", "a.b", "\u00e4"])
def test_id_of_another_form_is_refused(api, row_id):
    assert api.http.get(f"/v1/policies/{row_id}").status_code == 422


def test_list_of_another_kind_does_not_take_the_cursor(api):
    for _ in range(2):
        put(
            api,
            f"/v1/customers/{id_of('customers', api.application_id)}",
            body_of("customers", api.application_id),
        )
    query = {"application_id": api.application_id, "limit": 1}
    cursor = api.http.get("/v1/customers", params=query).json()["next_cursor"]
    answer = api.http.get("/v1/policies", params={**query, "cursor": cursor})
    assert answer.status_code == 410


@pytest.mark.parametrize("limit", ["0", "501", "-1", "x"])
def test_page_size_has_bounds(api, limit):
    assert api.http.get("/v1/customers", params={"limit": limit}).status_code == 422


def test_archived_application_takes_no_calls_and_keeps_its_rows(api):
    import asyncio

    import websockets

    from tests.hosted.service import connected

    path = f"/v1/applications/{api.application_id}"
    revision = api.http.get(path).json()["revision"]
    body = {"name": "A", "archived": True}
    archived = put(api, path, body, revision)
    assert archived.json()["body"]["archived"] is True

    async def knock():
        async with connected(api):
            return True

    with pytest.raises(websockets.InvalidStatus):
        asyncio.run(knock())
    put(api, path, {**body, "archived": False}, archived.json()["revision"])
    assert asyncio.run(knock())


def test_callers_nobody_can_tell_apart_are_no_customers_of_any_application(running):
    """Their id stands in the usage of every application; a row of it would belong to the first."""
    first, second = new_api(running), new_api(running)

    async def call(api):
        async with connected(api) as socket:
            await socket.ask("use_allocation", use(str(uuid.uuid4()), "GET", "/x"))
            await socket.ask("use_allocation", use(str(uuid.uuid4()), "GET", "/x", "ann"))

    for api in (first, second):
        asyncio.run(call(api))
    (ann_here, ann_there) = (set(api.customers()) - {ANONYMOUS} for api in (first, second))
    assert first.customers()[ANONYMOUS] == second.customers()[ANONYMOUS] == 1
    assert ann_here.isdisjoint(ann_there)
    for api, ann in ((first, ann_here), (second, ann_there)):
        query = {"application_id": api.application_id}
        rows = running.http.get("/v1/customers", params=query).json()["rows"]
        assert {row["entity_id"] for row in rows} == ann
    body = {"application_id": first.application_id, "name": "Everyone"}
    edit = {"idempotency_key": uuid.uuid4().hex, "base_revision": 0, "body": body}
    refused = running.http.put(f"/v1/customers/{ANONYMOUS}", json=edit)
    assert refused.status_code == 404
    assert refused.json()["field"] == "entity_id"
