"""Traces, ledgers, corrections and event health over the API, from calls that really came."""

import asyncio
import uuid

import pytest

from hosted.admin.quantities import decimal_text, micro_of
from tests.hosted.service import GO_AGENT, connected, new_api, request, use
from tests.hosted.tokens import client_of_role


def call(api, *calls):
    """Calls as a Go client confirms them: method, url, identity, amount, status."""

    async def story():
        async with connected(api, agent=GO_AGENT) as socket:
            for method, url, identity, amount, status in calls:
                allocation = str(uuid.uuid4())
                asked = request(method, url, identity, allocation)
                assert (await socket.ask("request_for_allocation", asked))["type"] == "success"
                done = use(allocation, method, url, identity, amount=amount, status=status)
                assert (await socket.ask("use_allocation", done))["type"] == "success"

    asyncio.run(story())


def hold(api, method, url, identity):
    """A call that is never settled."""

    async def story():
        async with connected(api, agent=GO_AGENT) as socket:
            asked = request(method, url, identity, str(uuid.uuid4()))
            assert (await socket.ask("request_for_allocation", asked))["type"] == "success"

    asyncio.run(story())


def get(api, path, **query):
    answer = api.http.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def traces(api, **query):
    return get(api, "/v1/traces", application_id=api.application_id, **query)["rows"]


CALLS = (
    ("GET", "/items/{id}", "ann", 2, 200),
    ("POST", "/items", "ben", 3, 500),
    ("GET", "/items/{id}", "ben", 0.5, 404),
)


@pytest.fixture
def called(api):
    call(api, *CALLS)
    return api


def test_calls_are_listed_newest_first(called):
    rows = traces(called)
    assert [(row["method"], row["url"], row["units"], row["status"]) for row in rows] == [
        ("GET", "/items/{id}", "0.5", 404),
        ("POST", "/items", "3", 500),
        ("GET", "/items/{id}", "2", 200),
    ]
    assert {row["state"] for row in rows} == {"settled"}
    assert rows[0]["customer_id"] == rows[1]["customer_id"] != rows[2]["customer_id"]
    assert "ann" not in str(rows[2])


def test_calls_are_filtered(called):
    newest, middle, oldest = traces(called)
    hold(called, "GET", "/slow", "ann")
    assert [row["url"] for row in traces(called, state="open")] == ["/slow"]
    assert traces(called, status_min=500, status_max=599) == [middle]
    assert traces(called, customer_id=oldest["customer_id"])[-1] == oldest
    assert traces(called, endpoint_id=middle["endpoint_id"]) == [middle]
    assert traces(called, until=middle["at"]) == [oldest]
    assert traces(called, since=newest["at"])[-1] == newest
    assert traces(called, customer_id="nobody") == []


def test_a_page_goes_on_where_the_last_one_ended(called):
    query = {"application_id": called.application_id, "limit": 2}
    first = get(called, "/v1/traces", **query)
    rest = get(called, "/v1/traces", **query, cursor=first["next_cursor"])
    urls = [row["url"] for row in (*first["rows"], *rest["rows"])]
    assert urls == ["/items/{id}", "/items", "/items/{id}"]
    other = {**query, "state": "settled", "cursor": first["next_cursor"]}
    assert called.http.get("/v1/traces", params=other).status_code == 410


def test_one_call_is_found_by_its_id(called):
    for trace in traces(called):
        assert get(called, f"/v1/traces/{trace['trace_id']}") == trace


@pytest.mark.parametrize(
    "trace_id", ["nobody", "1-nobody", "999999-x", "-", "1-0190163d-8694-739b-aea5-966c26f8ad91"]
)
def test_a_call_nobody_made_is_not_found(called, trace_id):
    assert called.http.get(f"/v1/traces/{trace_id}").status_code == 404
    assert called.http.get(f"/v1/traces/{trace_id}/explanation").status_code == 404


def test_a_recorded_decision_is_explained(called):
    (trace, *_) = traces(called)
    explained = get(called, f"/v1/traces/{trace['trace_id']}/explanation")
    assert explained["verdict"] == "allowed"
    assert explained["customer_id"] == trace["customer_id"]


def test_a_refused_call_names_its_rule(api):
    api.put_policy("GET", "/limited", limit=1, identity_location="headers", identity_name="X-U")
    call(api, ("GET", "/limited", "ann", 1, 200))

    async def once_more():
        async with connected(api, agent=GO_AGENT) as socket:
            asked = request("GET", "/limited", "ann", str(uuid.uuid4()))
            assert (await socket.ask("request_for_allocation", asked))["type"] != "success"

    asyncio.run(once_more())
    (denied,) = traces(api, state="denied")
    explained = get(api, f"/v1/traces/{denied['trace_id']}/explanation")
    assert (explained["verdict"], explained["steps"][0]["used"]) == ("refused", "1")
    assert explained["steps"][0]["resets_at"] is not None
    asked = {"method": "GET", "url": "/limited", "customer_id": denied["customer_id"]}
    now = api.http.post(f"/v1/applications/{api.application_id}/explain", json=asked).json()
    assert now["verdict"] == "refused"
    assert now["steps"][-1]["rule"] == "limit"


def test_explaining_counts_nothing(called):
    before = called.totals()
    path = f"/v1/applications/{called.application_id}/explain"
    asked = {"method": "GET", "url": "/items/{id}", "identity": "ann"}
    for _ in range(3):
        assert called.http.post(path, json=asked).json()["verdict"] == "allowed"
    assert called.totals() == before
    assert called.http.post("/v1/applications/nobody/explain", json=asked).status_code == 404


# ledgers and corrections


def accounts(api, **query):
    return get(api, "/v1/ledgers", application_id=api.application_id, **query)


def correct(api, account, units, key=None, **fields):
    body = {
        "idempotency_key": key or uuid.uuid4().hex, "customer_id": account["customer_id"],
        "endpoint_id": account["endpoint_id"], "units": units, "reason": "A refund", **fields,
    }  # fmt: skip
    return api.http.post(f"/v1/applications/{api.application_id}/corrections", json=body)


def test_accounts_say_what_is_held_settled_and_corrected(called):
    hold(called, "GET", "/items/{id}", "ann")
    rows = accounts(called)["rows"]
    assert len(rows) == 3
    (ann,) = (row for row in rows if row["holds"])
    assert (ann["settled"], ann["held"], ann["corrected"], ann["unsettled"]) == ("2", "1", "0", 0)
    assert correct(called, ann, "-0.25").status_code == 200
    (after,) = accounts(called, customer_id=ann["customer_id"])["rows"]
    assert (after["settled"], after["corrected"]) == ("2", "-0.25")


def test_accounts_are_read_by_page_and_filter(called):
    rows = accounts(called)["rows"]
    first = accounts(called, limit=1)
    rest = accounts(called, cursor=first["next_cursor"])
    assert [*first["rows"], *rest["rows"]] == rows
    customers = {row["customer_id"] for row in rows}
    for customer in customers:
        own = accounts(called, customer_id=customer)["rows"]
        assert own == [row for row in rows if row["customer_id"] == customer]
    endpoint = rows[0]["endpoint_id"]
    own = accounts(called, endpoint_id=endpoint)["rows"]
    assert own == [row for row in rows if row["endpoint_id"] == endpoint]
    assert accounts(called, unsettled=True)["rows"] == []
    assert accounts(called, unsettled=False)["rows"] == rows
    wrong = {"application_id": called.application_id, "limit": 1, "unsettled": False}
    other = called.http.get("/v1/ledgers", params={**wrong, "cursor": first["next_cursor"]})
    assert other.status_code == 410


def test_a_correction_is_made_once_under_its_key_and_logged(called):
    (account, *_) = accounts(called)["rows"]
    first = correct(called, account, "5", key="refund-1" + called.application_id)
    again = correct(called, account, "5", key="refund-1" + called.application_id)
    assert first.json() == again.json()
    other = correct(called, account, "6", key="refund-1" + called.application_id)
    assert (other.status_code, other.json()["field"]) == (409, "idempotency_key")
    listed = get(called, "/v1/corrections", application_id=called.application_id)["rows"]
    assert listed == [first.json()]
    query = {"entity_id": first.json()["correction_id"]}
    (entry,) = get(called, "/v1/audit", **query)["rows"]
    assert (entry["action"], entry["after"]["units"]) == ("correct", "5")
    assert "refund" not in str(entry["after"])


def test_a_correction_changes_what_its_customer_has_left_at_once(api):
    limits = [{"allowed": 2, "interval": "day", "counts": "units"}]
    where = {"identity_location": "headers", "identity_name": "X-U"}
    api.put_policy("GET", "/metered", limits=limits, **where)
    call(api, ("GET", "/metered", "ann", 2, 200))
    (account,) = accounts(api)["rows"]
    path = f"/v1/applications/{api.application_id}/explain"
    asked = {"method": "GET", "url": "/metered", "customer_id": account["customer_id"]}
    assert api.http.post(path, json=asked).json()["verdict"] == "refused"
    for _ in range(2):
        assert correct(api, account, "-1", key="once" + api.application_id).status_code == 200
    assert api.http.post(path, json=asked).json()["verdict"] == "allowed"


def test_corrections_are_listed_newest_first_by_page(called):
    (account, *_) = accounts(called)["rows"]
    for number in range(3):
        assert correct(called, account, str(number)).status_code == 200
    query = {"application_id": called.application_id, "limit": 2}
    first = get(called, "/v1/corrections", **query)
    rest = get(called, "/v1/corrections", **query, cursor=first["next_cursor"])
    assert [row["units"] for row in (*first["rows"], *rest["rows"])] == ["2", "1", "0"]
    assert rest["next_cursor"] is None


def test_a_correction_carries_the_name_of_its_token(called):
    (account, *_) = accounts(called)["rows"]
    with client_of_role(called.running, "editor") as editor:
        body = {
            "idempotency_key": uuid.uuid4().hex, "customer_id": account["customer_id"],
            "endpoint_id": account["endpoint_id"], "units": "1", "reason": "x",
        }  # fmt: skip
        path = f"/v1/applications/{called.application_id}/corrections"
        assert editor.post(path, json=body).json()["actor"] == "A editor"


def test_nobody_s_account_cannot_be_corrected(called, running):
    (account, *_) = accounts(called)["rows"]
    assert correct(called, {**account, "customer_id": "nobody"}, "1").status_code == 404
    assert correct(called, {**account, "endpoint_id": "nobody"}, "1").status_code == 404
    stranger = new_api(running)
    assert correct(stranger, account, "1").status_code == 404
    assert correct(called, account, "1e3").status_code == 422
    assert correct(called, account, "0.0000001").status_code == 422
    assert correct(called, account, "1", reason="").status_code == 422


@pytest.mark.parametrize(
    ("micro", "text"),
    [(0, "0"), (1, "0.000001"), (-1, "-0.000001"), (1_500_000, "1.5"), (-250_000, "-0.25"),
     (10_000_000, "10"), (10**18, "1000000000000"), (100, "0.0001")],
)  # fmt: skip
def test_quantities_are_written_and_read_exactly(micro, text):
    assert decimal_text(micro) == text
    assert micro_of(text) == micro


# event health


def test_oddities_are_told_by_day(api):
    call(api, ("GET", "/odd", "ann", "rubbish", 200), ("GET", "/odd", "ann", 1, 200))
    (row,) = get(api, "/v1/health/events", application_id=api.application_id)["rows"]
    assert (row["events"], row["odd_amounts"]) == (2, 1)
    reasons = {one["odd_amount"]: one["detail"].get("odd_amount") for one in traces(api)}
    assert reasons == {True: "no_number", False: None}


def test_event_health_is_read_by_page(api, running):
    other = new_api(running)
    for one in (api, other):
        call(one, ("GET", "/x", "ann", 1, 200))
    seen, cursor = [], None
    while True:
        query = {"limit": 1} if cursor is None else {"limit": 1, "cursor": cursor}
        page = get(api, "/v1/health/events", **query)
        seen += [row["application_id"] for row in page["rows"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert {api.application_id, other.application_id} <= set(seen)
    assert len(seen) == len(set(seen))
