"""Policies, blocks, applications and traces on the command line."""

import json
import re

import pytest

from contract.messages.traces import TracesPage
from tests.fakes import APPLICATION
from tests.unit.test_applications import HEALTH, connected
from tests.unit.test_cli import made, run  # noqa: F401 (fixtures)
from tests.unit.test_traces import trace


def test_policy_has_several_limits_of_every_kind(made):  # noqa: F811
    status, _, err = made(
        "policy", "set", "--method", "GET", "--path", "/v1/items", "--identity", "bearer:sub",
        "--limit", "10/second bucket burst=50", "--limit", "1000/day units warn",
        "--expression", "amount * 2",
    )  # fmt: skip
    assert (status, err) == (0, "")
    _, out, _ = made("policy", "list", "--json")
    (policy,) = json.loads(out)["policies"]
    assert [limit["kind"] for limit in policy["limits"]] == ["token_bucket", "fixed_window"]
    assert policy["metering"]["expression"] == "amount * 2"
    _, out, _ = made("policy", "list")
    assert out.startswith("GET /v1/items  bearer_token:sub  At most 10 calls per second")


def test_policy_with_an_expression_nobody_can_read_is_refused(made):  # noqa: F811
    status, _, err = made(
        "policy", "set", "--method", "GET", "--path", "/x", "--identity", "", "--expression", "1 +"
    )
    assert status == 1
    assert "Nothing was changed" in err


def test_block_is_queued_listed_and_removed(made, hosted):  # noqa: F811
    status, out, _ = made(
        "block", "add", "--method", "post", "--path", "/upload", "--customer", "cus_1",
        "--reason", "scraping", "--hours", "2",
    )  # fmt: skip
    assert status == 0
    block_id = re.fullmatch(r"Queued block (\w+)\.\n", out)[1]
    made("sync")
    assert hosted.body("block", block_id)["reason"] == "scraping"
    _, out, _ = made("block", "list")
    assert out.startswith(f"{block_id}  POST /upload  Customer cus_1  until 20")
    _, out, _ = made("block", "list", "--json")
    assert json.loads(out)["blocks"][0]["customer_id"] == "cus_1"
    made("block", "remove", block_id)
    made("sync")
    assert hosted.body("block", block_id) is None


def test_block_of_no_route_is_refused(made):  # noqa: F811
    status, _, err = made("block", "add", "--method", "GET", "--path", "upload")
    assert status == 1
    assert "Nothing was changed" in err


def test_applications_tell_how_they_are_connected(made, hosted):  # noqa: F811
    hosted.live[HEALTH] = connected()
    made("sync")
    assert made("applications")[1] == f"{APPLICATION}  My API  connected\n"
    (line,) = json.loads(made("applications", "--json")[1])["applications"]
    assert line["connection"]["clients"][0]["sockets"] == 10


@pytest.fixture
def calls(hosted):
    """Two pages of one call each."""
    pages = {None: (trace(1), "more"), "more": (trace(2, state="denied", status=None), None)}

    def page(request):
        found, following = pages[request.url.params.get("cursor")]
        return TracesPage(rows=(found,), next_cursor=following)

    hosted.live["GET", "/v1/traces"] = page


def test_traces_come_newest_first_page_by_page(made, calls):  # noqa: F811
    _, out, _ = made("traces", "--pages", "5")
    first, second = out.splitlines()
    assert first.endswith("GET /items  Customer 00000001  200  1")
    assert second.endswith("denied  1")
    _, out, _ = made("traces", "--json")
    assert [line["trace_id"] for line in json.loads(out)["traces"]] == ["trace_1"]


def test_traces_are_filtered_by_the_service(made, hosted, calls):  # noqa: F811
    made("traces", "--state", "denied", "--customer", "cus_9")
    asked = dict(hosted.requests[-1].url.params)
    assert (asked["state"], asked["customer_id"]) == ("denied", "cus_9")
