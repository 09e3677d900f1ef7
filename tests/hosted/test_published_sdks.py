"""The published SDKs, unmodified, against the service; and what they say that must not be kept."""

import jwt
import pytest

from tests.hosted.certificates import Authority
from tests.hosted.disk import decrypted, stored_bytes
from tests.hosted.environments import python_of
from tests.hosted.sdk_runs import RESOLVER, counted, run_app, run_child, statuses
from tests.hosted.service import new_api, serving

VENDOR = "api.usageflow.io"
SECRETS = (
    "header-secret-11",
    "query-secret-22",
    "body-secret-33",
    "cookie-secret-44",
    "path-secret-5555555",
    "ann.identity-66@example.com",
    "response-secret-77",
    "response-token-88",
    "bearer-claim-99",
    "9.9.9.99",
)
POLICIES = (
    {"method": "POST", "identity_location": "body", "identity_name": "user", "url": "/login"},
    {"method": "GET", "identity_location": "headers", "identity_name": "X-User", "url": "/hello"},
)


CURRENT = [("fastapi", "/items/{item_id}"), ("flask", "/items/<item_id>")]


@pytest.mark.parametrize(("kind", "item_url"), CURRENT)
def test_calls_of_a_real_api_are_counted_with_their_customers(api, tmp_path, kind, item_url):
    header = {"identity_location": "headers", "identity_name": "X-User"}
    api.put_policy("GET", "/hello", limit=3, limit_interval="day", **header)
    api.put_policy("GET", item_url, response_field="usage.total_tokens")
    calls = [
        {"method": "GET", "path": "/hello", "headers": {"X-User": user}}
        for user in ("ann", "ann", "bob", "ann", "ann")
    ]
    calls += [{"method": "GET", "path": f"/items/{number}"} for number in range(4)]
    answers = run_app(kind, api, calls, tmp_path)
    assert statuses(answers) == [200, 200, 200, 200, 478, 200, 200, 200, 200]
    totals = counted(api, requests=8, units=4 + 4 * 9)
    assert totals["denied"] == 1
    assert sorted(api.customers().values()) == [1, 3, 4]
    assert {"/hello", item_url} <= api.urls()


OLDER = {"0.1.2": 429, "0.3.0": 478}
"""What the end user of the API is answered above a limit."""


@pytest.mark.parametrize(
    ("version", "kind"), [("0.1.2", "flask"), ("0.3.0", "flask"), ("0.3.0", "fastapi")]
)
def test_older_sdks_are_served_as_well(api, tmp_path, version, kind):
    """They report one unit a call, whatever the response says."""
    query = {"identity_location": "query_params", "identity_name": "user"}
    item_url = dict(CURRENT)[kind]
    api.put_policy("GET", "/hello", limit=2, limit_interval="day", **query)
    api.put_policy("GET", item_url, response_field="usage.total_tokens")
    callers = ("ann", "ann", "bob", "ann")
    calls = [{"method": "GET", "path": f"/hello?user={user}"} for user in callers]
    calls.append({"method": "GET", "path": "/items/7"})
    answers = run_app(kind, api, calls, tmp_path, python=python_of(version))
    assert statuses(answers) == [200, 200, 200, OLDER[version], 200]
    totals = counted(api, requests=4, units=4)
    assert totals["denied"] == 1
    assert {"/hello", item_url} <= api.urls()


@pytest.mark.parametrize(
    ("kind", "version"), [("fastapi", None), ("flask", None), ("flask", "0.1.2")]
)
def test_untouched_sdk_reports_over_tls_under_the_vendors_name(tmp_path, kind, version):
    """Nothing in the API is changed: a name is redirected and an authority trusted."""
    authority = Authority(tmp_path)
    chain, key = authority.sign(VENDOR, "127.0.0.1")
    options = ("--bootstrap", "--tls-cert", str(chain), "--tls-key", str(key))
    with serving(tmp_path / "d", *options, trusted=authority.file) as running:
        api = new_api(running)
        variables = {
            "TEST_SERVICE_PORT": running.ready["url"].rpartition(":")[2],
            "SSL_CERT_FILE": str(authority.file),
            "REQUESTS_CA_BUNDLE": str(authority.file),
        }
        python = {} if version is None else {"python": python_of(version)}
        calls = [{"method": "GET", "path": "/hello"}] * 3
        answers = run_child(
            kind, api, calls, tmp_path, start=RESOLVER, variables=variables, **python
        )
        assert statuses(answers) == [200] * 3
        counted(api, requests=3, units=3)


@pytest.mark.parametrize("kind", ["fastapi", "flask"])
def test_nothing_an_sdk_says_about_people_is_kept(tmp_path, kind):
    data, log = tmp_path / "data", tmp_path / "stderr.txt"
    with log.open("w") as errors, serving(data, "--bootstrap", stderr=errors) as running:
        api = new_api(running)
        for policy in POLICIES:
            fields = {k: v for k, v in policy.items() if k not in {"method", "url"}}
            api.put_policy(policy["method"], policy["url"], **fields)
        run_app(kind, api, calls_full_of_secrets(), tmp_path)
        counted(api, requests=3, units=3)
        said = running.http.get("/v1/changes", params={"limit": 1000}).text
        said += repr(api.rollups())
        in_flight = stored_bytes(data)
        key = bytes.fromhex((data / "service.key").read_text())
        running.stop()
    told = said.encode() + log.read_bytes() + in_flight + stored_bytes(data)
    plain = decrypted(data, key)
    assert b"u_1a_" in plain
    for secret in SECRETS:
        assert secret.encode() not in told, secret
        assert secret.encode() not in plain, secret


def calls_full_of_secrets():
    """Calls with a secret in every place a call has."""
    bearer = jwt.encode({"sub": "bearer-claim-99"}, "k" * 32, algorithm="HS256")
    headers = {
        "Authorization": f"Bearer {bearer}",
        "X-Auth-Token": "header-secret-11",
        "Cookie": "sid=cookie-secret-44",
        "X-Forwarded-For": "9.9.9.99",
        "Accept": "application/header-secret-11",
        "Accept-Language": "header-secret-11",
        "User-Agent": "header-secret-11/1.0",
        "X-User": "ann.identity-66@example.com",
    }
    body = {"user": "ann.identity-66@example.com", "password": "body-secret-33"}
    return [
        {"method": "GET", "path": "/hello?token=query-secret-22", "headers": headers},
        {"method": "POST", "path": "/login", "headers": headers, "json": body},
        {"method": "GET", "path": "/reset/path-secret-5555555", "headers": headers},
    ]
