"""Single calls and explanations: asked online, kept once opened, told from the vault offline."""

import json
from datetime import timedelta

import pytest

from contract.messages import traces as contract_traces
from contract.messages.applications import ApplicationBody, Route
from contract.messages.traces import (
    ExplainStep,
    Explanation,
    FunctionCall,
    SdkEffect,
    Trace,
    TracesPage,
)
from contract.terms import LimitEffect, TraceState, Verdict
from desktop.domain.errors import InvalidInput
from desktop.domain.ids import ApplicationId, CustomerId, OverrideId
from desktop.domain.policies import BlockDraft, LimitDraft, LimitOverride, PolicyDraft
from desktop.domain.traces import CallToTest, StatusClass, TraceQuery
from tests.fakes import APPLICATION, NOON, no_report, timestamp

APP = ApplicationId(APPLICATION)
LIST = ("GET", "/v1/traces")
SECRET = "plain-value-of-a-body"


def trace(number, **changes):
    fields = {
        "trace_id": f"trace_{number}", "application_id": APPLICATION, "endpoint_id": "end_1",
        "customer_id": "cus_00000001", "method": "GET", "url": "/items", "state": "settled",
        "at": timestamp(NOON - timedelta(minutes=number)), "units": "1", "status": 200,
        "duration_ms": 12, "detail": {"headers": {"accept": SECRET}, "list": [1, {"a": None}]},
        "functions": (FunctionCall(name="ask", path="a.go", duration_ms=3, detail={"n": 7}),),
    } | changes  # fmt: skip
    return Trace.model_validate_json(json.dumps(fields, default=FunctionCall.model_dump))


def why(verdict="allowed"):
    verdict = contract_traces.Verdict(verdict)
    step = ExplainStep(
        rule="limit", verdict=verdict, text="5 of 10.", used="5", allowed="10",
        resets_at="2026-06-15T12:01:00Z",
    )  # fmt: skip
    effect = SdkEffect(kind="fastapi", text="Status 478.", enforced=True)
    return Explanation(
        verdict=verdict, customer_id="cus_00000001", steps=(step,), sdk_effects=(effect,)
    )


def test_fields_of_responses_are_offered_numbers_first(device, hosted):
    known = (
        trace(1, detail={"response_fields": {"model": "string", "usage.total_tokens": "number"}}),
        trace(2, detail={"response_fields": {"id": "number"}}),
        trace(3, detail={}),
    )
    hosted.live[LIST] = TracesPage(rows=known)
    hosted.live["GET", "/v1/traces/trace_1"] = known[0]
    offered = device.services.traces.response_fields(APP, "end_1")
    assert offered == ("id", "usage.total_tokens", "model")
    assert hosted.requests[-1].url.params["endpoint_id"] == "end_1"
    device.services.traces.trace("trace_1")
    hosted.online = False
    offline = device.services.traces.response_fields(APP, "end_1")
    assert offline == ("usage.total_tokens", "model")
    assert device.services.traces.response_fields(APP, "end_2") == ()


@pytest.fixture
def calls(device, hosted):
    """A service with three calls; the first page has two of them."""
    known = [trace(1), trace(2, state="denied", status=None), trace(3, status=503)]

    def page(request):
        start = int(request.url.params.get("cursor", 0))
        more = start + 2 < len(known)
        return TracesPage(
            rows=tuple(known[start : start + 2]), next_cursor=str(start + 2) if more else None
        )

    hosted.live[LIST] = page
    for one in known:
        hosted.live["GET", f"/v1/traces/{one.trace_id}"] = one
    hosted.live["GET", "/v1/traces/trace_1/explanation"] = why()
    return device.services.traces


def ids(picture):
    return [line.trace_id for line in picture.lines]


def test_list_comes_page_by_page(calls):
    first = calls.page(TraceQuery(APP), None)
    assert (ids(first), first.next_cursor, first.stamp.online) == (
        ["trace_1", "trace_2"],
        "2",
        True,
    )
    second = calls.page(TraceQuery(APP), first.next_cursor)
    assert (ids(second), second.next_cursor) == (["trace_3"], None)
    assert first.lines[0].customer == "Customer 00000001"


def test_filters_travel_as_the_service_takes_them(calls, hosted):
    query = TraceQuery(
        APP, "end_1", "cus_1", TraceState.DENIED, StatusClass.SERVER_ERROR, NOON, NOON
    )
    calls.page(query, None)
    assert dict(hosted.requests[-1].url.params) == {
        "application_id": APPLICATION, "endpoint_id": "end_1", "customer_id": "cus_1",
        "state": "denied", "status_min": "500", "status_max": "599",
        "since": "2026-06-15T12:00:00Z", "until": "2026-06-15T12:00:00Z", "limit": "100",
    }  # fmt: skip


def test_last_list_is_shown_offline_with_its_time(calls, hosted, device):
    calls.page(TraceQuery(APP), None)
    device.clock.forward(hours=1)
    hosted.online = False
    picture = calls.page(TraceQuery(APP), None)
    assert (ids(picture), picture.stamp.as_of) == (["trace_1", "trace_2"], NOON)
    assert picture.stamp.online is False


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"state": TraceState.DENIED}, ["trace_2"]),
        ({"status": StatusClass.OK}, ["trace_1"]),
        ({"status": StatusClass.SERVER_ERROR}, []),
        ({"endpoint_id": "end_2"}, []),
        ({"since": NOON - timedelta(seconds=90)}, ["trace_1"]),
        ({"until": NOON - timedelta(seconds=90)}, ["trace_2"]),
    ],
)
def test_filters_work_offline(calls, hosted, changes, found):
    calls.page(TraceQuery(APP), None)
    hosted.online = False
    assert ids(calls.page(TraceQuery(APP, **changes), None)) == found


def test_kept_list_holds_no_values(calls, device):
    calls.page(TraceQuery(APP), None)
    ((body,),) = device.query("SELECT body FROM kept_answers")
    assert SECRET not in body


def test_opened_call_is_kept_with_its_explanation(calls, hosted):
    calls.trace("trace_1")
    hosted.online = False
    detail = calls.trace("trace_1")
    assert detail.stamp.online is False
    assert [(f.name, f.value, f.depth) for f in detail.fields] == [
        ("headers", "", 0), ("accept", SECRET, 1), ("list", "", 0), ("1", "1", 1), ("2", "", 1),
        ("a", "null", 2),
    ]  # fmt: skip
    assert (detail.functions[0].name, detail.functions[0].fields[0].value) == ("ask", "7")
    (step,) = detail.explanation.steps
    assert (step.used, step.allowed, step.resets_at.minute) == ("5", "10", 1)
    assert detail.explanation.sdk_effects[0].sdk == "FastAPI"
    assert calls.page(TraceQuery(APP), None).lines[0].is_kept


def test_what_the_explanation_tells_is_no_value(calls, hosted):
    told = trace(1, detail={"agent": "curl", "refusal": {"resets_us": 1}})
    hosted.live["GET", "/v1/traces/trace_1"] = told
    assert [field.name for field in calls.trace("trace_1").fields] == ["agent"]


def test_call_without_an_explanation_is_shown_without(calls):
    assert calls.trace("trace_2").explanation is None


def test_call_that_was_never_opened_is_not_there_offline(calls, hosted):
    hosted.online = False
    with pytest.raises(InvalidInput):
        calls.trace("trace_1")


def test_forgotten_call_is_out_of_the_vault(calls, device):
    calls.trace("trace_1")
    calls.forget("trace_1")
    assert device.query("SELECT count(*) FROM kept_traces") == [(0,)]


def test_opened_calls_are_exported(calls, tmp_path):
    calls.trace("trace_1")
    calls.trace("trace_3")
    receipt = calls.export(no_report, str(tmp_path / "calls.json"), APP)
    written = json.loads((tmp_path / "calls.json").read_text())
    assert receipt.rows == 2
    assert [one["trace_id"] for one in written["traces"]] == ["trace_1", "trace_3"]


def test_opened_calls_are_part_of_the_export_of_everything(calls, device, tmp_path):
    calls.trace("trace_1")
    device.services.export.my_data(no_report, str(tmp_path / "all.json"))
    (opened,) = json.loads((tmp_path / "all.json").read_text())["usage"]["opened_traces"]
    assert (opened["trace_id"], opened["explanation"]["verdict"]) == ("trace_1", "allowed")
    assert opened["opened_at"] == "2026-06-15T12:00:00Z"


def test_body_of_a_thousand_values_is_cut_with_a_word(calls, hosted):
    wide = trace(1, detail={f"k{n}": "v" for n in range(1000)})
    hosted.live["GET", "/v1/traces/trace_1"] = wide
    fields = calls.trace("trace_1").fields
    assert len(fields) == 501
    assert "not shown" in fields[-1].value


def test_long_value_is_cut(calls, hosted):
    hosted.live["GET", "/v1/traces/trace_1"] = trace(1, detail={"k": "v" * 5000})
    assert len(calls.trace("trace_1").fields[0].value) == 2001


@pytest.fixture
def policy(device):
    """A policy with a limit that refuses and one that warns; the service is then gone."""
    device.sync()
    limits = (LimitDraft("5"), LimitDraft("3", effect=LimitEffect.WARN))
    return device.services.policies.save_policy(
        PolicyDraft(APP, "GET", "/items", limits=limits), None, ()
    )


def ask(device, url="/items", customer=None):
    call = CallToTest(APP, "get", url, customer)
    return device.services.explanations.explain(call)


def test_service_is_asked_first(device, hosted):
    hosted.live["POST", f"/v1/applications/{APPLICATION}/explain"] = why("refused")
    found = device.services.explanations.explain(CallToTest(APP, "get", "/items", identity=" ann "))
    assert (found.verdict, found.from_service) == (Verdict.REFUSED, True)
    sent = json.loads(hosted.requests[-1].content)
    assert (sent["method"], sent["identity"]) == ("GET", "ann")


def test_offline_the_vault_tells_what_it_can(device, hosted, policy):
    hosted.online = False
    found = ask(device)
    assert (found.verdict, found.from_service) == (Verdict.ALLOWED, False)
    assert [step.verdict for step in found.steps] == [Verdict.ALLOWED, Verdict.WARNED]
    assert "only the service knows" in found.steps[0].text


def test_block_refuses_whom_it_names(device, hosted, policy):
    hosted.online = False
    draft = BlockDraft(APP, "GET", "/items", CustomerId("cus_1"), "scraping", 2)
    device.services.blocks.block(draft)
    refused = ask(device, customer=CustomerId("cus_1"))
    assert refused.verdict is Verdict.REFUSED
    assert "scraping" in refused.steps[0].text
    assert ask(device, customer=CustomerId("cus_2")).verdict is Verdict.ALLOWED
    device.clock.forward(hours=3)
    assert ask(device, customer=CustomerId("cus_1")).verdict is Verdict.ALLOWED


def test_exception_of_a_customer_is_told(device, hosted, policy):
    hosted.online = False
    wanted = LimitOverride(OverrideId(""), APP, policy.policy_id, CustomerId("cus_1"))
    device.services.blocks.override_limits(wanted, (), None)
    (step,) = ask(device, customer=CustomerId("cus_1")).steps
    assert (step.rule, step.text) == ("override", "This customer has no limit.")


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"whitelisted_routes": (Route(method="GET", url="/items"),)}, "whitelist"),
        ({"metered_routes": (Route(method="GET", url="/other"),)}, "routes"),
        ({"archived": True}, "archived"),
    ],
)
def test_call_that_is_not_counted_says_why(device, hosted, changes, rule):
    body = ApplicationBody(name="My API", **changes).model_dump(mode="json")
    hosted.put("application", APPLICATION, body)
    device.sync()
    hosted.online = False
    found = ask(device)
    assert (found.verdict, found.steps[0].rule) == (Verdict.NOT_METERED, rule)


def test_route_without_a_policy_is_counted(device, hosted):
    device.sync()
    hosted.online = False
    assert [step.rule for step in ask(device, "/new").steps] == ["policy"]


def test_route_that_is_none_is_refused(device):
    with pytest.raises(InvalidInput):
        ask(device, "items")


def test_no_service_is_told_of_invented_applications(device, hosted):
    device.services.sample_data.load(no_report)
    device.sync()
    before = len(hosted.requests)
    sample = ApplicationId("app_sample")
    assert device.services.traces.page(TraceQuery(sample), None).lines == ()
    found = device.services.explanations.explain(CallToTest(sample, "GET", "/v1/search"))
    assert (found.verdict, found.from_service) == (Verdict.ALLOWED, False)
    assert len(hosted.requests) == before
