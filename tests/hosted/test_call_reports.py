"""Functions that ran in a call and answers that were logged: kept under their call, scrubbed."""

import asyncio
import json
import time
import uuid

import pytest

from hosted.clock import system_clock
from hosted.metering.directory import Directory
from hosted.metering.frozen import Frozen
from hosted.metering.reports import MOST_WAITING, ReportBook
from hosted.scrub.details import LARGEST_DETAIL, MOST_FUNCTIONS, Details
from hosted.scrub.scrub_rules import ScrubRules
from hosted.sdk import frames
from tests.hosted.scrub.engines import PSEUDONYMS
from tests.hosted.service import ANSWER_LIMIT_S, GO_AGENT, connected, metadata, new_api
from tests.hosted.test_sdk_views import APP, application

SECRET = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"
ROUTE = ("GET", "/ask/{q}")
LINK = {
    "funcName": "ask", "filePath": "svc/llm.go", "moduleName": "demo", "durationMs": 12,
    "paramsSchema": {"arg0": "string"}, "aiModel": "gpt-x", "userPrompt": f"my key is {SECRET}",
    "args": ["tell me of the plan", {"password": "hunter2"}],
    "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7},
}  # fmt: skip


class Book:
    """A book of one application; it keeps contents where it is told to."""

    def __init__(self, *rows, keeps_contents=False):
        directory = Directory()
        directory.apply(rows or [application()])
        self.application = directory.application(APP)
        rules = ScrubRules()
        rules.keep_contents = lambda _route, _now_us: keeps_contents
        self.details = Details(rules, PSEUDONYMS)
        self.frozen = Frozen()
        self.book = ReportBook(self.details, self.frozen, system_clock)

    def chain(self, *links, request_id=None, **fields):
        payload = {
            "method": ROUTE[0], "url": ROUTE[1], "callChain": list(links),
            "usageflowRequestId": request_id or str(uuid.uuid4()), **fields,
        }  # fmt: skip
        self.book.chain(self.application, frames.call_chain(json.dumps(payload).encode()))

    def response(self, **facts):
        payload = {"usageflowRequestId": str(uuid.uuid4()), "method": ROUTE[0], "url": ROUTE[1]}
        raw = json.dumps(payload | facts).encode()
        self.book.response(self.application, frames.logged_response(raw))

    def bodies(self):
        command = self.book.to_store()
        return [] if command is None else [json.loads(one.body) for one in command.reports]


def test_functions_are_kept_by_name_file_and_duration_and_not_by_value():
    book = Book()
    book.chain(LINK, {"funcName": "rank", "filePath": "svc/rank.go"})
    ((ask, rank),) = book.bodies()
    assert (ask["name"], ask["path"], ask["duration_ms"]) == ("ask", "svc/llm.go", 12)
    assert (rank["name"], rank["duration_ms"]) == ("rank", 0)
    assert ask["detail"]["usage"] == LINK["usage"]
    assert ask["detail"]["aiModel"] == "gpt-x"
    for text in (SECRET, "hunter2", "tell me"):
        assert text not in json.dumps(ask)


def test_arguments_are_kept_scrubbed_where_the_owner_asked():
    book = Book(keeps_contents=True)
    book.chain(LINK)
    (((kept),),) = book.bodies()
    assert kept["detail"]["args"][0] == "tell me of the plan"
    assert "my key is" in kept["detail"]["userPrompt"]
    for text in (SECRET, "hunter2"):
        assert text not in json.dumps(kept)


def test_a_logged_response_is_kept_only_where_the_owner_asked():
    for keeps_contents, count in ((False, 0), (True, 1)):
        book = Book(keeps_contents=keeps_contents)
        book.response(body={"answer": "yes", "token": SECRET}, responseStatusCode=200)
        assert len(book.bodies()) == count
    (kept,) = book.bodies()
    assert kept["body"]["answer"] == "yes"
    assert SECRET not in json.dumps(kept)


@pytest.mark.parametrize("request_id", ["7", "not-a-uuid", "../../etc", 5])
def test_a_report_of_no_call_is_not_kept(request_id):
    book = Book()
    book.chain(LINK, request_id=request_id)
    assert book.bodies() == []


def test_a_report_of_a_call_that_is_not_metered_is_not_kept():
    book = Book(application([("GET", "/other")]), keeps_contents=True)
    book.chain(LINK)
    book.response(body="x")
    assert book.bodies() == []


def test_the_last_report_of_a_call_counts_and_what_was_stored_is_let_go():
    book, request_id = Book(), str(uuid.uuid4())
    for name in ("first", "second"):
        book.chain({"funcName": name}, request_id=request_id)
    command = book.book.to_store()
    ((kept,),) = book.bodies()
    assert kept["name"] == "second"
    book.chain({"funcName": "third"}, request_id=request_id)
    book.book.stored(command)
    ((kept,),) = book.bodies()
    assert kept["name"] == "third"
    book.book.stored(book.book.to_store())
    assert book.book.to_store() is None


def test_endless_reports_take_bounded_room():
    book = Book()
    book.chain(*({"funcName": f"f{n}"} for n in range(MOST_FUNCTIONS + 9)))
    assert len(book.bodies()[0]) == MOST_FUNCTIONS
    book.chain(*({"funcName": "f", "usage": {"n" * 30: n}} for n in range(MOST_FUNCTIONS)))
    for number in range(MOST_WAITING + 5):
        book.chain({"funcName": "f"}, request_id=str(uuid.UUID(int=number)))
    assert len(book.book.to_store().reports) == MOST_WAITING


def test_a_chain_that_is_too_large_keeps_its_names():
    book = Book(keeps_contents=True)
    book.chain({"funcName": "ask", "output": "word " * LARGEST_DETAIL})
    (((kept),),) = book.bodies()
    assert (kept["name"], kept["detail"]) == ("ask", {"too_large": True})


def test_what_cannot_be_scrubbed_is_dropped_and_counted(caplog):
    book = Book(keeps_contents=True)
    nested = "[" * 3000 + "]" * 3000
    raw = f'{{"method":"GET","url":"/x","callChain":[{{"funcName":"f","args":{nested}}}]}}'
    chain = frames.call_chain(raw.encode())
    if chain is not None:
        book.book.chain(book.application, chain)
    book.details._events = None  # any fault of a rule
    book.chain(LINK)
    book.response(body="x")
    assert book.bodies() == []
    assert book.details.failures == 2
    assert "payloads dropped" in caplog.text


def keep_contents(api):
    rule = {
        "application_id": api.application_id, "method": ROUTE[0], "url": ROUTE[1],
        "reason": "A fault is looked for", "expires_at": "2099-01-01T00:00:00Z",
    }  # fmt: skip
    api.put("scrub-rules", f"scrub_{uuid.uuid4().hex}", rule)


@pytest.mark.parametrize("keeps", [False, True])
def test_a_trace_shows_the_functions_of_its_call(running, keeps):
    api = new_api(running)
    if keeps:
        keep_contents(api)
    request_id, allocation = str(uuid.uuid4()).upper(), str(uuid.uuid4())
    facts = metadata(*ROUTE, usageflowRequestId=request_id)
    call = {"alias": "GET /ask/{q}", "amount": 1, "allocationId": allocation, "metadata": facts}

    async def story():
        async with connected(api, agent=GO_AGENT) as socket:
            await socket.ask("request_for_allocation", call)
            settled = {**facts, "responseStatusCode": 200}
            await socket.ask("use_allocation", {**call, "metadata": settled})
            named = {"method": ROUTE[0], "url": ROUTE[1], "usageflowRequestId": request_id}
            await socket.ask("report_call_chain", {**named, "callChain": [LINK]})
            await socket.ask("log_response", {**facts, "body": {"answer": "yes", "key": SECRET}})

    asyncio.run(story())
    trace = trace_with_functions(api)
    (function,) = trace["functions"]
    assert (function["name"], function["path"]) == ("ask", "svc/llm.go")
    assert function["duration_ms"] == 12
    assert ("tell me of the plan" in json.dumps(trace)) == keeps
    answer = trace["detail"].get("logged", {}).get("body", {}).get("answer")
    assert answer == ("yes" if keeps else None)
    assert SECRET not in json.dumps(trace)
    one = api.http.get(f"/v1/traces/{trace['trace_id']}").json()
    assert one == trace


def trace_with_functions(api):
    """The call's trace, once what was reported beside it is stored: within a second."""
    deadline = time.monotonic() + ANSWER_LIMIT_S
    while True:
        rows = api.http.get("/v1/traces", params={"application_id": api.application_id}).json()
        if rows["rows"] and rows["rows"][0]["functions"]:
            return rows["rows"][0]
        assert time.monotonic() < deadline
