"""What becomes an endpoint, and what is folded: scanners' paths, ids in raw paths."""

import asyncio
import uuid

import pytest

from contract.identifiers import catalog_id
from contract.messages.rollups import UNMATCHED
from hosted.metering.probes import is_probe
from tests.hosted.service import GO_AGENT, connected, metadata


def report(api, *calls, **facts):
    """Calls of a client that reports raw paths: no user id, url and raw url alike."""

    async def story():
        async with connected(api, agent=GO_AGENT) as socket:
            for method, path, status in calls:
                about = metadata(method, path, responseStatusCode=status, **facts)
                del about["userId"]
                payload = {
                    "alias": f"{method} {path}", "amount": 1, "metadata": about,
                    "allocationId": str(uuid.uuid4()),
                }  # fmt: skip
                assert (await socket.ask("use_allocation", payload))["type"] == "success"

    asyncio.run(story())


def endpoints(api):
    return api.urls() - {UNMATCHED}


@pytest.mark.parametrize(
    "path",
    ["/.env", "/.git/config", "/app/.aws/credentials", "/wp-login.php", "/wp-admin/setup", "/a.php",
     "/index.PHP/x", "/cgi-bin/luci", "/phpMyAdmin/", "/HNAP1", "/boaform/admin",
     "/x/../etc/passwd", "/%2e%2e/%2e%2e/etc", "/vendor/phpunit/src", "/a/${jndi:ldap}",
     "/login.aspx",
     "/backup.sql", "/owa/auth/logon.aspx", "/_ignition/execute-solution"],
)  # fmt: skip
def test_paths_of_scanners_are_known(path):
    assert is_probe(path)


@pytest.mark.parametrize(
    "path",
    ["/", "/items", "/v1/vendor/orders", "/vendor", "/console", "/actuator/health", "/admin",
     "/.well-known/openid-configuration", "/files/report.pdf", "/login", "/manager", "/debug/vars",
     "/environment", "/wpa", "/pmatter", "/php", "/items/{id}", "/solr", "/owa", "/robots.txt"],
)  # fmt: skip
def test_names_of_resources_are_no_probes(path):
    assert not is_probe(path)


def test_scanners_make_no_endpoints_even_where_everything_is_answered(api):
    report(api, ("GET", "/.env", 200), ("GET", "/wp-login.php", 403), ("GET", "/nothing", 404))
    report(api, ("GET", "/items", 200))
    assert endpoints(api) == {"/items"}
    assert api.totals()["requests"] == 4


def test_raw_paths_with_ids_are_one_endpoint(api):
    paths = [f"/users/{number}/orders" for number in range(4711, 4716)]
    report(api, *[("GET", path, 200) for path in paths])
    report(api, ("GET", f"/files/{uuid.uuid4()}", 200), ("GET", "/files/ann@example.com", 200))
    assert endpoints(api) == {"/users/{id}/orders", "/files/{id}"}


def test_a_policy_is_the_owner_s_word(api):
    api.put_policy("GET", "/legacy.php")
    report(api, ("GET", "/legacy.php", 200))
    assert endpoints(api) == {"/legacy.php"}


def test_a_route_of_the_framework_is_no_probe(api):
    report(api, ("GET", "/old/{page}.php", 200), rawUrl="/old/index.php")
    assert endpoints(api) == {"/old/{page}.php"}


def test_an_endpoint_says_when_it_was_seen_first_and_last(api):
    report(api, ("GET", "/items", 200))
    answer = api.http.get("/v1/endpoints", params={"application_id": api.application_id})
    (row,) = (row for row in answer.json()["rows"] if row["body"]["url"] == "/items")
    assert row["body"]["first_seen"] <= row["body"]["last_seen"]


def test_what_was_never_called_is_told_over_the_api(api):
    path = f"/v1/applications/{api.application_id}/catalog"
    assert api.http.get(path).status_code == 404
    body = {
        "application_id": api.application_id, "title": "Items", "base_path": "/v1",
        "operations": [
            {"method": "GET", "url": "/items/{id}"}, {"method": "DELETE", "url": "/items/{id}"},
        ],
        "imported_at": "2026-11-23T10:00:00Z",
    }  # fmt: skip
    api.put("catalogs", catalog_id(api.application_id), body)
    report(api, ("GET", "/v1/items/:id", 200), ("GET", "/debug", 200), rawUrl="/x")
    found = api.http.get(path).json()
    assert found["never_called"] == [{"method": "DELETE", "url": "/items/{id}"}]
    assert found["not_in_file"] == [{"method": "GET", "url": "/debug"}]
    assert found["operations"] == 2
