"""Answers no honest service gives: each item that cannot be is left out and listed, the rest kept.

The vault stays valid: every sum equals its rows, and what is shown can be read.
"""

import json
import sqlite3

import httpx
import msgspec
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.durations import BIN_COUNT
from contract.messages.rollups import MEDIA_TYPE, CustomerDay, EndpointHour, PageEnd
from contract.problems import ProblemCode
from desktop.domain.connection import SyncPhase
from desktop.domain.editing import EditState
from desktop.domain.errors import ServiceFaulty, ServiceUnreachable
from desktop.services import sync_answers
from desktop.services.answers import Rubbish
from desktop.services.storage.touched import bounded_sum
from tests.fakes import APPLICATION, NO_DURATIONS, problem
from tests.prices import rule_body, rule_draft
from tests.unit.test_edits import pushed_edits
from tests.unit.test_sync import RECOMPUTED, SUMS, total

GOOD = EndpointHour(APPLICATION, "end", 0, 1, 1, 0, 0, 0, 0, 0, NO_DURATIONS, 1)
HTML = "<img src=x onerror=alert(1)>"
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


def usage_page(*rows, more=False):
    """A page of rows, given as rows or as objects of any kind."""
    end = PageEnd("next", more, len(rows), 0)
    return b"\n".join(msgspec.json.encode(line) for line in (*rows, end))


def changed(**fields):
    return msgspec.to_builtins(GOOD) | fields


def read(*rows):
    return sync_answers.rollup_page(zstandard.compress(usage_page(*rows)))


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"requests": -1}, "requests"),
        ({"requests": "many"}, "requests"),
        ({"requests": None}, "requests"),
        ({"requests": 1.5}, "requests"),
        ({"units": 2**63}, "units"),
        ({"units": -(2**63)}, "units"),
        ({"units": 10**400}, "units"),
        ({"hour": 2**40}, "hour"),
        ({"revision": True}, "revision"),
        ({"endpoint_id": ["a"]}, "endpoint_id"),
        ({"endpoint_id": "e" * 201}, "endpoint_id"),
        ({"durations": (1,)}, "durations"),
        ({"durations": (5, 2, 4, 1)}, "durations"),
        ({"durations": (4, 0)}, "durations"),
        ({"durations": (4, 2**63)}, "durations"),
        ({"durations": (BIN_COUNT, 1)}, "durations"),
        ({"t": "unheard_of"}, ""),
    ],
)
def test_row_that_cannot_be_is_left_out_and_named(fields, field):
    page = read(GOOD, changed(**fields), GOOD)
    assert page.rows == (GOOD, GOOD)
    (refused,) = page.refused
    assert field in refused.reason
    assert APPLICATION in refused.item_id


def test_row_without_a_field_is_left_out():
    row = msgspec.to_builtins(GOOD)
    del row["revision"]
    page = read(row, GOOD)
    assert page.rows == (GOOD,)
    assert "revision" in page.refused[0].reason or page.refused[0].reason


def test_page_of_nothing_but_rubbish_names_some_of_it(monkeypatch):
    page = read(*(changed(requests=-n - 1, hour=n) for n in range(500)))
    assert page.rows == ()
    assert len(page.refused) == sync_answers.MOST_NAMED + 1
    assert "More items" in page.refused[-1].reason


@settings(max_examples=150, deadline=None)
@given(st.lists(JUNK | st.dictionaries(st.sampled_from(["t", "hour", "units"]), JUNK), max_size=4))
def test_whatever_the_lines_are_nothing_but_a_good_row_gets_through(lines):
    text = b"\n".join(json.dumps(line).encode() for line in lines)
    end = msgspec.json.encode(
        PageEnd("next", has_more=False, rows=len(lines) + 1, server_time_us=0)
    )
    content = b"\n".join((text, msgspec.json.encode(GOOD), end) if lines else (end,))
    try:
        page = sync_answers.rollup_page(zstandard.compress(content))
    except Rubbish:
        return
    assert set(page.rows) <= {GOOD}
    assert len(page.rows) + len(page.refused) == len(lines) + bool(lines)


@settings(max_examples=150, deadline=None)
@given(rows=st.lists(JUNK, max_size=4))
def test_whatever_configuration_rows_are_each_is_taken_or_refused(rows):
    frame = {"rows": rows, "next_cursor": "c", "has_more": False}
    frame["server_time"] = "2026-01-01T00:00:00Z"
    try:
        content = json.dumps(frame, allow_nan=False).encode()
    except ValueError:
        return
    page = sync_answers.configuration_page(content)
    assert (page.rows, len(page.refused)) == ((), len(rows))


def answering(hosted, path, make, *, order=None, method="GET"):
    """Have the service answer one path with what `make` returns, once."""
    answer, told = hosted._answer, []

    def hostile(request):
        wanted = request.url.path == path and request.method == method
        if wanted and order in {None, request.url.params.get("order")} and not told:
            told.append(request)
            return make(answer(request))
        return answer(request)

    hosted._answer = hostile


def with_rows(*rows):
    """A page of configuration with these rows before its own."""

    def make(response):
        page = response.json()
        return httpx.Response(200, json=page | {"rows": [*rows, *page["rows"]]})

    return make


def row(entity="customer", entity_id="cus_1", revision=1, **fields):
    body = {"application_id": APPLICATION, "name": "x"} | fields.pop("body", {})
    base = {"entity": entity, "entity_id": entity_id, "revision": revision}
    return base | {"deleted": False, "body": body} | fields


@pytest.mark.parametrize(
    ("hostile", "reason"),
    [
        (row(body={"name": 5}), "name"),
        (row(entity="spell"), "entity"),
        (row(entity_id="../../etc"), "entity_id"),
        (row(revision=2**60), "revision"),
        (row(revision="9"), "revision"),
        (row(deleted="no"), "deleted"),
        (row("pricing_rule", body=rule_body(APPLICATION, "minus one")), "price"),
        (row("policy", body={"method": "GET", "url": "/x", "kind": "spell"}), "kind"),
        (row() | {"body": [1]}, "body"),
        ("not a row", "no row"),
    ],
)
def test_configuration_row_that_cannot_be_is_listed_and_the_rest_is_stored(
    device, hosted, hostile, reason
):
    hosted.put("customer", "cus_good", {"application_id": APPLICATION, "name": "Good"})
    answering(hosted, "/v1/changes", with_rows(hostile))
    state = device.sync()
    assert state.phase is SyncPhase.IDLE
    assert device.query("SELECT name FROM customers") == [("Good",)]
    (refusal,) = device.services.sync_records.refusals()
    assert reason in refusal.reason
    assert (refusal.feed, refusal.times) == ("configuration", 1)


def test_markup_in_a_name_is_a_name(device, hosted):
    hosted.put("customer", "cus_1", {"application_id": APPLICATION, "name": HTML})
    device.sync()
    assert device.query("SELECT name FROM customers") == [(HTML,)]
    assert device.services.sync_records.refusals() == ()


def test_usage_and_rows_of_another_account_are_refused(device, hosted):
    hosted.count(requests=3)
    other = CustomerDay("app_other", "cus_1", "end_1", "units", 0, 5, 5, 1, 10**6)
    hosted.rollups[CustomerDay, ("app_other",)] = other
    answering(hosted, "/v1/changes", with_rows(row(body={"application_id": "app_other"})))
    device.sync()
    assert total(device) == 3
    assert device.query("SELECT count(*) FROM customers") == [(0,)]
    assert device.query("SELECT DISTINCT application_id FROM customer_days") == [(APPLICATION,)]
    found = {(r.feed, r.item_id) for r in device.services.sync_records.refusals()}
    assert found == {("usage", "app_other"), ("configuration", "cus_1")}


def test_usage_of_an_application_made_a_moment_ago_is_no_stranger(device, hosted):
    device.sync()
    answer = hosted._answer
    fresh = CustomerDay("app_2", "cus_1", "end_1", "units", 0, 5, 5, 1, 10**6)

    def make_one_meanwhile(request):
        response = answer(request)
        if request.url.path == "/v1/changes" and (CustomerDay, ("app_2",)) not in hosted.rollups:
            body = {"name": "New", "time_zone": "UTC"}
            hosted.put("application", "app_2", body)
            hosted.rollups[CustomerDay, ("app_2",)] = fresh
        return response

    hosted.count()
    hosted._answer = make_one_meanwhile
    device.sync()
    assert device.query("SELECT count(*) FROM customer_days WHERE application_id = 'app_2'") == [
        (1,)
    ]
    assert device.services.sync_records.refusals() == ()


def test_same_refusal_again_is_counted_and_the_list_can_be_emptied(device, hosted):
    for hours in (0, 1):
        answering(hosted, "/v1/changes", with_rows(row(entity="spell")))
        device.clock.forward(hours=hours)
        device.sync()
    (refusal,) = device.services.sync_records.refusals()
    assert (refusal.times, refusal.last_at) == (2, device.clock.now)
    assert refusal.first_at < refusal.last_at
    device.services.sync_records.forget_refusals()
    assert device.services.sync_records.refusals() == ()


def looping(hosted, path, order=None):
    """A feed that says there is more and goes on with the same cursor."""
    answer = hosted._answer
    asked = []

    def loop(request):
        if request.url.path != path or request.url.params.get("order") != order:
            return answer(request)
        asked.append(request)
        assert len(asked) < 50, "the loop was not noticed"
        if order is None:
            return httpx.Response(200, json=answer(request).json() | {"has_more": True})
        content = usage_page(more=True)
        return httpx.Response(
            200, content=zstandard.compress(content), headers={"content-type": MEDIA_TYPE}
        )

    hosted._answer = loop


@pytest.mark.parametrize(
    ("path", "order"),
    [
        ("/v1/changes", None),
        ("/v1/usage/rollups", "tail"),
        ("/v1/usage/rollups", "backfill"),
    ],
)
def test_cursor_that_goes_in_circles_ends_the_round_in_words(device, hosted, path, order):
    looping(hosted, path, order)
    with pytest.raises(ServiceFaulty, match="again and again"):
        device.sync()
    assert device.services.sync.state().problem_code == "service_faulty"
    assert device.query(SUMS) == device.query(RECOMPUTED)


def answered_with(**fields):
    def make(response):
        results = [result | fields for result in response.json()["results"]]
        return httpx.Response(200, json={"results": results})

    return make


@pytest.mark.parametrize(
    "make",
    [
        answered_with(outcome="perhaps"),
        answered_with(revision=None),
        answered_with(idempotency_key="another"),
        answered_with(revision=2**70),
        answered_with(outcome="conflict", current=row(entity_id="cus_of_another")),
        answered_with(outcome="conflict", current=row(entity="spell")),
        lambda _response: httpx.Response(200, json={"results": []}),
        lambda _response: httpx.Response(200, json={"results": [None, 5]}),
    ],
)
def test_edit_without_a_usable_answer_waits_and_others_are_settled(device, hosted, make):
    device.sync()
    device.services.pricing.publish(rule_draft(), None)
    answering(hosted, "/v1/changes", make, method="POST")
    device.sync()
    assert device.rules()[0].standing.state is EditState.WAITING
    assert {r.feed for r in device.services.sync_records.refusals()} == {"push"}
    device.sync()
    assert device.rules()[0].standing.state is EditState.SYNCED
    assert len({edit["idempotency_key"] for edit in pushed_edits(hosted)}) == 1


def test_one_edit_the_service_cannot_take_does_not_hold_up_the_others(device, hosted):
    device.sync()
    for name in ("One", "Two", "Monster", "Four", "Five"):
        device.services.pricing.publish(rule_draft(name), None)
    answer = hosted._answer

    def too_much(request):
        if request.method == "POST" and b"Monster" in request.content:
            return problem(413, ProblemCode.TOO_LARGE, "A body may have 4194304 bytes at most.")
        return answer(request)

    hosted._answer = too_much
    device.sync()
    states = {rule.name: rule.standing.state for rule in device.rules()}
    assert states.pop("Monster") is EditState.REJECTED
    assert set(states.values()) == {EditState.SYNCED}
    (refused,) = device.services.sync_records.outgoing()
    assert "4194304 bytes" in refused.problem


def test_answer_of_a_wrong_kind_changes_nothing(device, hosted):
    hosted.count(requests=2)
    device.sync()
    for content in (b"", b"null", b'{"rows": {}}', b"[" * 5000, b"\xff"):
        answering(
            hosted, "/v1/changes",
            lambda _response, content=content: httpx.Response(
                200, content=content, headers={"content-type": "application/json"}
            ),
        )  # fmt: skip
        with pytest.raises(ServiceUnreachable):
            device.sync()
    device.sync()
    assert total(device) == 2
    assert device.query("PRAGMA quick_check") == [("ok",)]


@pytest.mark.parametrize("sign", [1, -1])
def test_sums_of_numbers_as_large_as_can_be_stop_at_64_bits(device, hosted, sign):
    for endpoint in ("end_1", "end_2"):
        hosted.count(endpoint)
        hosted.count(endpoint, hour=3600)
    most = sign * (2**63 - 1)
    for kind, key in list(hosted.rollups):
        row = hosted.rollups[kind, key]
        if kind is CustomerDay:
            hosted.rollups[kind, key] = msgspec.structs.replace(row, quantity=most)
        else:
            hosted.rollups[kind, key] = msgspec.structs.replace(row, units=most)
    device.sync()
    assert device.query("SELECT quantity FROM customer_days") == [(most,), (most,)]
    assert device.query("SELECT units FROM customer_day_sums") == [(most,)]
    assert device.query("SELECT DISTINCT units FROM endpoint_day_sums") == [(most,)]


@given(st.lists(st.integers(-(2**63) + 1, 2**63 - 1) | st.integers(-9, 9), min_size=1, max_size=8))
def test_bounded_sum_is_the_sum_wherever_64_bits_hold_it(numbers):
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE t (n INTEGER)")
    db.executemany("INSERT INTO t VALUES (?)", [(n,) for n in numbers])
    (found,) = db.execute(f"SELECT {bounded_sum('n')} FROM t").fetchone()  # noqa: S608
    db.close()
    margin = 2**33
    if abs(sum(numbers)) < 2**63 - margin:
        assert found == sum(numbers)
    else:
        assert abs(found) >= 2**63 - 2 * margin
        assert (found > 0) == (sum(numbers) > 0)
