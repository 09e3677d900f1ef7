"""The live channel from the desktop's side: what is heard, and what happens where there is none."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import httpx
import pytest

from contract import live
from desktop.domain.syncing import LiveMode
from desktop.services import live_stream, live_updates
from desktop.services.client import ServiceClient
from desktop.services.live_updates import LiveUpdates
from desktop.services.sync_loop import SyncLoop

LIMIT_S = 20
TOKEN = "uf_owner_x"
READY = f"event: {live.READY}\nid: one\ndata: {{}}\n\n"
CHANGED = f": a comment\n\nevent: {live.CHANGED}\r\nid: two\r\ndata: {{}}\r\n\r\n"
BEATS = {"content-type": live.MEDIA_TYPE}


class Service:
    """A service that sends what a test tells it to, and notes how it was asked."""

    def __init__(self):
        self.asked = []
        self.answers = []
        """Status, headers and text of each stream, from the first on; the last one stays."""
        self.open = threading.Event()
        self.ends = threading.Event()
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                service.answer(self)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def answer(self, handler):
        self.asked.append((handler.path, handler.headers.get(live.LAST_EVENT_HEADER)))
        place = min(len(self.asked), len(self.answers)) - 1
        status, headers, text, stays = self.answers[place]
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(text.encode())
        handler.wfile.flush()
        if stays:
            self.open.set()
            self.ends.wait(LIMIT_S)

    def close(self):
        self.ends.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class Link:
    """Hands out one client, as the link to a stored connection does."""

    def __init__(self, url):
        self.made = ServiceClient(url, TOKEN, httpx.HTTPTransport())

    @contextmanager
    def client(self):
        yield self.made


class Heard:
    def __init__(self):
        self.modes, self.changes = [], 0
        self._changed = threading.Condition()

    def told(self, told):
        with self._changed:
            self.modes.append(told)
            self._changed.notify_all()

    def changed(self):
        with self._changed:
            self.changes += 1
            self._changed.notify_all()

    def wait_for(self, is_so):
        with self._changed:
            assert self._changed.wait_for(is_so, LIMIT_S), (self.modes, self.changes)


@pytest.fixture
def service():
    service = Service()
    yield service
    service.close()


@pytest.fixture
def heard():
    return Heard()


@pytest.fixture
def listener(service, heard, monkeypatch):
    monkeypatch.setattr(live_updates, "SHORTEST_PAUSE_S", 0.01)
    link = Link(service.url)
    listener = LiveUpdates(link, heard.told, heard.changed)
    yield listener
    listener.stop()
    link.made.close()


def stream(text, *, stays=True):
    return (200, BEATS, text, stays)


def test_news_is_heard_and_no_more_asked_for(service, heard, listener):
    service.answers = [stream(READY + CHANGED)]
    listener.start()
    heard.wait_for(lambda: heard.changes == 1)
    assert heard.modes == [True]
    assert listener.state().mode is LiveMode.TOLD
    assert service.asked == [(live.PATH, None)]


def test_lost_stream_begins_again_where_it_was_heard_last(service, heard, listener):
    service.answers = [stream(READY + CHANGED, stays=False), stream(READY)]
    listener.start()
    heard.wait_for(lambda: heard.modes == [True, False, True])
    assert service.asked[1] == (live.PATH, "two")


@pytest.mark.parametrize(
    "answer",
    [
        (404, {"content-type": "text/plain"}, "what?", False),
        (200, {"content-type": "text/html"}, "<h1>Router</h1>", False),
        (429, {"content-type": "text/plain"}, "full", False),
        stream("x" * 10_000),
    ],
    ids=["older service", "web page", "too many listeners", "endless line"],
)
def test_where_there_is_no_channel_sync_goes_on_asking(service, listener, heard, answer):
    service.answers = [answer]
    told = threading.Event()
    listener._told = lambda _told: told.set()
    listener.start()
    assert told.wait(LIMIT_S)
    state = listener.state()
    assert state.mode is LiveMode.UNAVAILABLE
    assert state.reason
    assert TOKEN not in state.reason


def test_proxy_that_holds_news_back_is_noticed(service, listener, heard, monkeypatch):
    monkeypatch.setattr(live, "READY_WITHIN_S", -1.0)  # whatever comes, comes too late
    service.answers = [stream(READY)]
    listener.start()
    heard.wait_for(lambda: heard.modes == [False])
    assert listener.state().reason == live_updates.HELD_BACK


def test_silent_stream_is_given_up(service, listener, heard, monkeypatch):
    monkeypatch.setattr("desktop.services.client.LIVE_TIMEOUT_S", 0.05)
    service.answers = [stream(READY)]
    listener.start()
    heard.wait_for(lambda: heard.modes[:2] == [True, False])


def test_another_connection_begins_a_stream_of_its_own(service, listener, heard):
    service.answers = [stream(READY)]
    listener.start()
    heard.wait_for(lambda: heard.modes == [True])
    listener.reconnect()
    heard.wait_for(lambda: heard.modes[-1] and len(heard.modes) > 1)
    assert len(service.asked) == 2


def test_stopping_does_not_wait_for_news(service, listener, heard):
    service.answers = [stream(READY)]
    listener.start()
    heard.wait_for(lambda: heard.modes == [True])
    listener.stop()
    assert not any(thread.name == "live" for thread in threading.enumerate())


def test_pauses_grow_to_a_bound_and_are_spread(listener):
    pauses = [listener._pause_s() for _ in range(20)]
    assert all(pause <= live_updates.LONGEST_PAUSE_S for pause in pauses)
    assert len(set(pauses)) == len(pauses)


def test_page_that_is_live_does_not_poll_a_service_that_tells():
    loop = SyncLoop(lambda _stopping: None, lambda: None)
    loop.set_live(True)
    loop.set_told(True)
    assert loop.pause_s(None) == 30
    loop.set_told(False)
    assert loop.pause_s(None) == 1


def test_unknown_fields_and_names_are_passed_over():
    class Response:
        extensions: ClassVar = {}

        def iter_raw(self):
            text = b"retry: 5\nevent: spell\nid: x\n\ndata: only\n\nevent: changed\nid: y\n\n"
            yield from (text[n : n + 7] for n in range(0, len(text), 7))

    stream = live_stream.LiveStream(Response())
    assert [(e.name, e.event_id) for e in stream.events()] == [("spell", "x"), ("changed", "y")]
    stream.cut()
