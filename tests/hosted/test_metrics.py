"""What a Prometheus reads: well formed, true, and silent about persons."""

import asyncio

import pytest
from prometheus_client.parser import text_string_to_metric_families

from hosted.admin.metrics import NO_ROUTE
from tests.hosted.service import GO_AGENT, Api, connected, serving
from tests.hosted.test_traces import call


def scraped(running):
    answer = running.http.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def count(samples, route, status):
    labels = [("method", "GET"), ("route", route), ("status", str(status))]
    return samples.get(("usageflow_http_request_seconds_count", *labels), 0)


def test_requests_are_counted_by_route_and_status(running):
    before = scraped(running)
    running.http.get("/v1/policies/nobody")
    running.http.get("/v1/policies/somebody")
    running.http.get("/no/such/address")
    after = scraped(running)
    route = "/v1/policies/{row_id}"
    assert count(after, route, 404) - count(before, route, 404) == 2
    assert count(after, NO_ROUTE, 404) - count(before, NO_ROUTE, 404) == 1


def test_sockets_and_storage_are_told(api, running):
    async def story():
        async with connected(api, agent=GO_AGENT):
            return await asyncio.to_thread(scraped, running)

    during = asyncio.run(story())
    assert during["usageflow_sdk_sockets", ("kind", "go")] >= 1
    assert during["usageflow_applications", ("state", "connected")] >= 1
    assert during["usageflow_storage_writable",] == 1
    assert during["usageflow_payloads_dropped_total",] == 0
    assert during["process_resident_memory_bytes",] > 1_000_000


def test_messages_are_counted_by_what_they_did(api, running):
    def counts():
        samples = scraped(running)
        kinds = ("open", "settle", "deny")
        return [samples["usageflow_messages_total", ("kind", kind)] for kind in kinds]

    api.put_policy("GET", "/one", limit=1, identity_location="headers", identity_name="X-U")
    before = counts()
    call(api, ("GET", "/one", "ann", 1, 200))
    with pytest.raises(AssertionError, match="error"):
        call(api, ("GET", "/one", "ann", 1, 200))
    moved = [now - then for now, then in zip(counts(), before, strict=True)]
    assert moved == [1, 1, 1]
    assert scraped(running)["usageflow_messages_dropped_total",] == 0


@pytest.mark.parametrize("method", ["BREW", "GET"])
def test_callers_cannot_make_series(running, method):
    for number in range(20):
        running.http.request(method, f"/v1/made/up/{number}")
    names = {key for key in scraped(running) if "made" in str(key) or "BREW" in str(key)}
    assert names == set()


def test_nothing_about_persons_or_secrets_is_told(tmp_path):
    with serving(tmp_path / "d", "--bootstrap") as running:
        ready = running.ready
        api = Api(running, ready["application_id"], ready["sdk_key"])
        call(api, ("GET", "/items/{id}", "ann@example.com", 1, 200))
        text = running.http.get("/metrics").text
    for secret in (ready["application_id"], ready["sdk_key"], ready["owner_token"], "ann", "cus_"):
        assert secret not in text
