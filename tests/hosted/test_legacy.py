"""The HTTP interface of the oldest SDKs."""

import pytest


@pytest.fixture
def ask(api):
    """Calls the old interface with the application's key."""

    def send(method, path, key=None, **options):
        headers = {"x-usage-key": api.sdk_key if key is None else key}
        return api.http.request(method, f"/api/v1/{path}", headers=headers, **options)

    return send


def payload(identity="5", **fields):
    """Body of an allocation, as recorded from the old Flask SDK."""
    facts = {"method": "GET", "url": "/items/<int:item_id>", "rawUrl": "/items/5"}
    return {
        "alias": f"GET /items/<int:item_id> {identity}",
        "amount": 1,
        "metadata": facts,
        **fields,
    }


def test_old_client_learns_its_application_and_policies(api, ask):
    api.put_policy(
        "GET", "/items/<int:item_id>", identity_location="path_params", identity_name="item_id"
    )
    strategy = ask("GET", "strategies/application").json()
    assert strategy["applicationId"] == api.application_id
    found = ask("GET", "policies", params={"applicationId": api.application_id}).json()["data"]
    (policy,) = found["items"]
    assert policy["endpointPattern"] == "/items/<int:item_id>"
    assert policy["identityField"] == "item_id"
    assert len(policy) == 15
    assert ask("GET", "iam/account/api/verify").json()["applicationId"] == api.application_id


def test_old_client_allocates_and_settles(api, ask):
    event_id = ask("POST", "ledgers/measure/allocate", json=payload()).json()["eventId"]
    settled = ask("POST", "ledgers/measure/allocate/use", json=payload(allocationId=event_id))
    assert settled.status_code == 200
    assert api.totals() == {"requests": 1, "units": 1, "denied": 0, "unsettled": 0}


def test_oldest_go_client_reports_use_in_one_message(api, ask):
    assert ask("POST", "ledgers/measure/use", json=payload() | {"amount": 3}).is_success
    assert api.totals() == {"requests": 1, "units": 3, "denied": 0, "unsettled": 0}


def test_denial_carries_the_status_the_end_user_gets(api, ask):
    api.put_policy("GET", "/items/<int:item_id>", limit=1, limit_interval="day")
    ask("POST", "ledgers/measure/allocate", json=payload())
    denied = ask("POST", "ledgers/measure/allocate", json=payload())
    assert denied.status_code == 429
    assert denied.json() == {"message": "Rate limit exceeded", "status_code": 429}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "strategies/application"),
        ("GET", "policies"),
        ("POST", "ledgers/measure/allocate"),
        ("POST", "strategies/log"),
    ],
)
def test_unknown_key_is_refused_everywhere(ask, method, path):
    refused = ask(method, path, key="uf_live_nobody")
    assert refused.status_code in {401, 429}
    assert refused.json()["status_code"] == 500


def test_log_of_responses_is_taken_and_not_kept(api, ask):
    assert ask("POST", "strategies/log", json={"body": "secret"}).json() == {}
    assert api.rollups() == []


def test_old_interface_is_no_part_of_the_documented_api(api):
    assert not any("/api/v1" in path for path in api.http.get("/openapi.json").json()["paths"])
