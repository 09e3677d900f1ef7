"""The client against services that are down, busy, broken, or something else altogether."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import msgspec
import pytest
import zstandard

from contract.messages.rollups import MEDIA_TYPE, EndpointHour, PageEnd
from contract.problems import ProblemCode
from desktop.domain.errors import (
    CursorUnknown,
    InvalidInput,
    RequestNotTaken,
    ServiceFaulty,
    ServiceRefused,
    ServiceUnreachable,
)
from desktop.services.addresses import checked_url, host_of, ws_address
from desktop.services.client import ServiceClient
from desktop.services.storage.configuration import RowKey
from desktop.services.storage.outbox import PendingEdit
from tests.fakes import NO_DURATIONS, FakeHosted, problem, rollup_response

TOKEN = "uf_owner_" + "s" * 40
URL = "https://service.example:8443"
JSON = {"content-type": "application/json"}
END = PageEnd(next_cursor="c", has_more=False, rows=0, server_time_us=0)
ROW = EndpointHour("app", "end", 0, 1, 1, 0, 0, 0, 0, 0, NO_DURATIONS, 1)
EDIT = PendingEdit(1, "key1", RowKey("customer", "cus_1"), 0, None, None, rejected=False)


@pytest.fixture
def client_of():
    """Makes a client of a service that answers as a function says."""
    clients = []

    def make(answer):
        client = ServiceClient(URL, TOKEN, httpx.MockTransport(answer))
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()


def always(response_of):
    return lambda _request: response_of()


def compressed(text):
    return httpx.Response(
        200, content=zstandard.compress(text), headers={"content-type": MEDIA_TYPE}
    )


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (lambda: httpx.Response(200, html="<h1>Router</h1>"), "web page"),
        (lambda: httpx.Response(404, html="<h1>Not here</h1>"), "status 404"),
        (lambda: httpx.Response(302, headers={"location": "https://evil.example/"}), "sends us on"),
        (lambda: httpx.Response(200, content=b"{", headers=JSON), "not the message"),
        (lambda: httpx.Response(200, content=b"[]", headers=JSON), "not the message"),
        (lambda: httpx.Response(200, content=b"\xff\xfe", headers=JSON), "not the message"),
        (lambda: httpx.Response(200, json={"product": 1}), "not the message"),
        (
            lambda: httpx.Response(
                200,
                stream=httpx.ByteStream(b"no gzip, this"),
                headers={**JSON, "content-encoding": "gzip"},
            ),
            "not encoded",
        ),
        (
            lambda: httpx.Response(
                200, content=b"{}", headers={"content-type": "application/problem+json"}
            ),
            "something else",
        ),
        (
            lambda: httpx.Response(
                400, content=b"{}", headers={"content-type": "application/problem+json"}
            ),
            "not the message",
        ),
    ],
)
def test_whatever_is_no_service_of_ours_gets_a_plain_sentence(client_of, response, reason):
    with pytest.raises(ServiceUnreachable) as failure:
        client_of(always(response)).describe()
    sentence = str(failure.value)
    assert reason in sentence
    assert "service.example:8443" in sentence
    assert TOKEN not in sentence
    assert "Nothing was changed" in sentence


def lines(*values):
    return b"\n".join(msgspec.json.encode(value) for value in values) + b"\n"


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (lambda: rollup_response([]), "cut off"),
        (lambda: rollup_response([ROW]), "cut off"),
        (lambda: rollup_response([END, ROW]), "cut off"),
        (lambda: rollup_response([ROW, END]), "incomplete"),
        (lambda: rollup_response([END, END]), "incomplete"),
        (lambda: rollup_response([END, msgspec.structs.replace(END, rows=1)]), "incomplete"),
        (lambda: compressed(b"not json\n"), "cannot be read"),
        (lambda: compressed(lines({"t": "end", "rows": "many"})), "cannot be read"),
        (lambda: compressed(lines([1], END)), "cannot be read"),
        (lambda: compressed(lines(ROW)[:-20]), "cannot be read"),
        (
            lambda: httpx.Response(200, content=b"plain", headers={"content-type": MEDIA_TYPE}),
            "not compressed",
        ),
        (
            lambda: httpx.Response(
                200,
                content=zstandard.compress(lines(ROW, END) * 50)[:-30],
                headers={"content-type": MEDIA_TYPE},
            ),
            "a page of usage",
        ),
        (lambda: compressed(b"\n" * (33 * 1024 * 1024)), "too large"),
    ],
)
def test_page_that_is_not_whole_is_not_stored(client_of, page, reason):
    with pytest.raises(ServiceUnreachable, match=reason):
        client_of(always(page)).rollups("tail", None)


def one_row():
    return rollup_response([ROW, msgspec.structs.replace(END, rows=1)])


def changes_page(**row):
    fields = {"entity": "customer", "entity_id": "c", "revision": 1, "deleted": False} | row
    page = {"rows": [fields], "next_cursor": "c", "has_more": False}
    return httpx.Response(200, json={**page, "server_time": "2026-01-01T00:00:00Z"})


def test_fields_of_a_later_contract_are_left_aside(client_of):
    body = {"application_id": "a", "name": "x", "colour": "blue"}
    page, _ = client_of(always(lambda: changes_page(body=body))).changes(None)
    assert "colour" not in page.rows[0].body
    assert page.rows[0].body["name"] == "x"


def test_time_that_does_not_exist_is_rubbish(client_of):
    page = {"rows": [], "next_cursor": "c", "has_more": False}
    answer = httpx.Response(200, json={**page, "server_time": "2026-02-31T00:00:00Z"})
    with pytest.raises(ServiceUnreachable, match=r"not the message|cannot be read"):
        client_of(always(lambda: answer)).changes(None)


@pytest.mark.parametrize(("version", "age"), [(0, "older"), (2, "newer")])
def test_service_of_another_generation_is_named(client_of, version, age):
    fake = FakeHosted()._description().model_copy(update={"contract_version": version})
    answer = httpx.Response(200, content=fake.model_dump_json(), headers=JSON)
    with pytest.raises(ServiceUnreachable, match=f"is {age} than this program"):
        client_of(always(lambda: answer)).describe()


def test_server_of_another_product_is_not_ours(client_of):
    fake = FakeHosted()._description().model_copy(update={"product": "grafana"})
    answer = httpx.Response(200, content=fake.model_dump_json(), headers=JSON)
    with pytest.raises(ServiceUnreachable, match="calls itself something else"):
        client_of(always(lambda: answer)).describe()


def test_fault_of_the_service_is_named_whatever_it_answers(client_of):
    with pytest.raises(ServiceFaulty, match="fault of its own"):
        client_of(always(lambda: httpx.Response(500, text="oops"))).changes(None)


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (401, ProblemCode.UNAUTHORIZED, ServiceRefused),
        (410, ProblemCode.CURSOR_UNKNOWN, CursorUnknown),
        (403, ProblemCode.FORBIDDEN, ServiceRefused),
        (413, ProblemCode.TOO_LARGE, RequestNotTaken),
        (422, ProblemCode.INVALID, RequestNotTaken),
        (500, ProblemCode.INTERNAL, ServiceUnreachable),
        (503, ProblemCode.STORAGE_UNAVAILABLE, ServiceUnreachable),
    ],
)
def test_problems_become_errors_of_ours(client_of, status, code, expected):
    with pytest.raises(expected) as failure:
        client_of(always(lambda: problem(status, code, "Because."))).changes("cursor-text")
    assert isinstance(failure.value, expected)
    assert "cursor-text" not in str(failure.value)


def test_busy_service_is_asked_again(client_of):
    answers = [problem(503, ProblemCode.STORAGE_UNAVAILABLE, "Full."), one_row()]
    page = client_of(lambda _request: answers.pop(0)).rollups("tail", None)
    assert page.rows == (ROW,)


def test_lost_connection_is_tried_again(client_of):
    answers = [httpx.ReadError("reset"), one_row()]

    def answer(_request):
        found = answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    assert client_of(answer).rollups("tail", None).rows == (ROW,)


@pytest.mark.parametrize(
    ("value", "least"), [("120", 120), ("Fri, 01 Jan 2100 00:00:00 GMT", 10**9), ("soon", 0)]
)
def test_long_retry_after_is_left_to_the_next_round(client_of, value, least):
    busy = problem(429, ProblemCode.TOO_LARGE, "Later.")
    busy.headers["retry-after"] = value
    asked = []

    def answer(request):
        asked.append(request)
        return busy

    with pytest.raises(ServiceUnreachable) as failure:
        client_of(answer).changes(None)
    assert failure.value.retry_after_s >= least
    assert len(asked) == (3 if least == 0 else 1)


def test_key_is_asked_for_once_even_when_the_answer_is_lost(client_of):
    asked = []

    def lose(request):
        asked.append(request)
        raise httpx.ReadTimeout("lost")

    with pytest.raises(ServiceUnreachable, match="in time"):
        client_of(lose).issue_key("app_1", "Key")
    assert len(asked) == 1


def test_untrusted_certificate_is_named_and_not_retried(client_of):
    asked = []

    def refuse(request):
        asked.append(request)
        raise httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate")

    with pytest.raises(ServiceUnreachable, match="not trusted"):
        client_of(refuse).describe()
    assert len(asked) == 1


def test_nothing_listening_is_a_sentence():
    client = ServiceClient("http://127.0.0.1:9", TOKEN, httpx.HTTPTransport())
    with pytest.raises(ServiceUnreachable, match="cannot be reached"):
        client.describe()
    client.close()


def test_server_that_hangs_up_in_the_middle_is_a_sentence():
    class HangsUp(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b'{"product"')

        def log_message(self, *arguments):
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), HangsUp) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        client = ServiceClient(
            f"http://127.0.0.1:{server.server_port}", TOKEN, httpx.HTTPTransport()
        )
        with pytest.raises(ServiceUnreachable, match="cannot be reached"):
            client.describe()
        client.close()
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (" https://usage.example/ ", "https://usage.example"),
        ("https://usage.example:8443/flow/", "https://usage.example:8443/flow"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_address_is_stored_as_it_is_used(typed, stored):
    assert checked_url(typed) == stored


@pytest.mark.parametrize(
    "typed",
    ["", "usage.example", "ftp://usage.example", "https://", "http://usage.example",
     "http://localhost.evil.example", "https://user:word@usage.example", "https://a.example?x=1",
     "https://a.example#x", "https://a.example:99999", "https://[::1", "http://10.0.0.1"],
)  # fmt: skip
def test_address_that_cannot_be_used_is_refused_at_its_field(typed):
    with pytest.raises(InvalidInput) as refusal:
        checked_url(typed)
    assert refusal.value.field == "url"


def test_host_for_messages_holds_no_more_than_the_host():
    assert host_of("https://me:secret@usage.example:8443/path?token=1") == "usage.example:8443"


def test_sockets_go_where_the_service_is():
    assert ws_address("https://usage.example/flow", "/ws") == "wss://usage.example/flow/ws"
    assert ws_address("http://127.0.0.1:8000", "/ws") == "ws://127.0.0.1:8000/ws"
