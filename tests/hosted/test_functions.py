"""Functions that call chains name."""

import asyncio
import json
import time

import pytest

from hosted.metering.directory import Directory
from hosted.metering.endpoints import ENDPOINTS_PER_APPLICATION
from hosted.metering.functions import FUNCTIONS_AT_ONCE, FunctionBook
from hosted.sdk import frames
from tests.hosted.service import GO_AGENT, connected, new_api
from tests.hosted.test_sdk_views import APP, application

STATE_LIMIT_S = 20
HOUR_US = 3_600_000_000


def chain(*names, **fields):
    """A chain report as Go sends it."""
    links = [
        {"funcName": name, "filePath": "svc/llm.go", "userPrompt": "my secret"} for name in names
    ]
    return {"method": "GET", "url": "/ask/:q", "callChain": links, **fields}


class Book:
    """A book of one application under a clock that is moved by hand."""

    def __init__(self, *rows):
        self.now_us = 10**15
        directory = Directory()
        directory.apply(rows or [application()])
        self._application = directory.application(APP)
        self.directory = directory
        self.book = FunctionBook(directory, lambda: self.now_us)

    def report(self, **payload):
        self.book.report(self._application, frames.call_chain(json.dumps(payload).encode()))

    def waiting(self):
        command = self.book.to_store()
        return [] if command is None else [seen.sighting.url for seen in command.seen]

    def store(self):
        self.book.stored(self.book.to_store())


def test_function_is_stored_once_an_hour_however_often_it_runs():
    book = Book()
    for _ in range(3):
        book.report(**chain("ask", "rank"))
    assert book.waiting() == ["svc/llm.go:ask", "svc/llm.go:rank"]
    book.store()
    book.report(**chain("ask"))
    assert book.waiting() == []
    book.now_us += HOUR_US
    book.report(**chain("ask"))
    assert book.waiting() == ["svc/llm.go:ask"]


def test_function_whose_storing_failed_waits_for_the_next_time():
    book = Book()
    book.report(**chain("ask"))
    book.book.to_store()
    assert book.waiting() == ["svc/llm.go:ask"]


@pytest.mark.parametrize("routes", [[], [("GET", "/other")]])
def test_functions_of_calls_that_are_not_metered_are_not_kept(routes):
    book = Book(application(routes))
    book.report(**chain("ask"))
    assert book.waiting() == []


@pytest.mark.parametrize(
    "links",
    [[{"funcName": 7}], [{}], [{"funcName": "a\x00b"}], [{"funcName": "f" * 5000}], []],
)
def test_chain_without_a_usable_name_is_ignored(links):
    book = Book()
    book.report(**chain(callChain=links))
    assert book.waiting() == []


@pytest.mark.parametrize("payload", [b"null", b"7", b'{"callChain": 3}', b'{"callChain": [1]}'])
def test_payload_that_is_no_chain_is_none(payload):
    assert frames.call_chain(payload) is None


def test_endless_chain_and_endless_names_take_bounded_room():
    book = Book()
    book.report(**chain(*(f"f{n}" for n in range(FUNCTIONS_AT_ONCE + 9))))
    assert len(book.waiting()) == FUNCTIONS_AT_ONCE
    for start in range(0, ENDPOINTS_PER_APPLICATION + 500, FUNCTIONS_AT_ONCE):
        book.report(**chain(*(f"g{start + n}" for n in range(FUNCTIONS_AT_ONCE))))
    assert len(book.waiting()) <= ENDPOINTS_PER_APPLICATION


def test_owner_sees_a_function_that_go_was_told_not_to_meter(running):
    api = new_api(running, report_all_functions=False)

    async def report():
        async with connected(api, GO_AGENT) as client:
            await client.send("report_call_chain", chain("ask"))
            await client.ask("get_blocked_endpoints")

    asyncio.run(report())
    ends = time.monotonic() + STATE_LIMIT_S
    while "svc/llm.go:ask" not in api.urls():
        assert time.monotonic() < ends
    assert api.rollups() == []
    assert "my secret" not in api.http.get("/v1/changes", params={"limit": 1000}).text
