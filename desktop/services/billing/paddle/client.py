"""Paddle's HTTP interface: one request, its answer, and when it is asked again.

Reading and changing what is there is repeated after 429, 5xx and lost answers. What makes something
new is repeated only where Paddle surely did nothing: after 429, and without a connection.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Literal

import httpx
import stamina
import stamina.instrumentation

from desktop.services.billing.paddle import faults
from desktop.services.retry_after import retry_after_s
from desktop.services.service_faults import is_untrusted

VERSION: Final = "1"
CONNECT_TIMEOUT_S: Final = 5.0
READ_TIMEOUT_S: Final = 30.0
ANSWER_TIMEOUT_S: Final = 60.0
MAX_BODY_BYTES: Final = 16 * 1024 * 1024
ATTEMPTS: Final = 4
LONGEST_PAUSE_S: Final = 20.0
"""A `Retry-After` above this ends the attempt."""
LONGEST_REQUEST_ID: Final = 64

Method = Literal["GET", "POST", "PATCH"]
Json = dict[str, Any]

# Its default hooks log the arguments of what is retried.
stamina.instrumentation.set_on_retry_hooks(())


@dataclass(frozen=True, slots=True)
class Answer:
    """What Paddle answered. Amounts are texts; numbers with a point are left as text too."""

    data: Any
    next_after: str
    """Where the next page of a list begins; empty at the end."""
    request_id: str


class _Again(Exception):
    """Paddle asks to try later, or had trouble of its own."""

    def __init__(self, status: int, pause_s: float, request_id: str) -> None:
        super().__init__()
        self.did_nothing = status == httpx.codes.TOO_MANY_REQUESTS
        self.pause_s = pause_s
        self.request_id = request_id


class PaddleClient:
    """Speaks for one key. Any thread.

    Raises, from every call: ProviderUnreachable (`faults.Unanswered` where it may have been done),
    ProviderBusy, ProviderRefused, PermissionMissing, and what the door raises.
    """

    def __init__(self, url: str, key: str, transport: httpx.BaseTransport) -> None:
        """`transport` is the way out, see `desktop.services.door`."""
        self._http = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {key}", "Paddle-Version": VERSION},
            timeout=httpx.Timeout(READ_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
            trust_env=False,
            transport=transport,
        )

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, query: dict[str, str] | None = None) -> Answer:
        return self._call("GET", path, query, None)

    def post(self, path: str, body: Json) -> Answer:
        """Make something. Look for it before sending again after `faults.Unanswered`."""
        return self._call("POST", path, None, body)

    def patch(self, path: str, body: Json) -> Answer:
        return self._call("PATCH", path, None, body)

    def every(self, path: str, query: dict[str, str]) -> Iterator[Json]:
        """All objects of a list, page after page."""
        after = ""
        while True:
            answer = self.get(path, query | ({"after": after} if after else {}))
            yield from objects(answer)
            if not answer.next_after or answer.next_after == after:
                return
            after = answer.next_after

    def _call(
        self, method: Method, path: str, query: dict[str, str] | None, body: Json | None
    ) -> Answer:
        request = self._http.build_request(method, path, params=query, json=body)
        with self._translated():
            for attempt in stamina.retry_context(
                on=lambda error: _pause_before_retry(error, makes_something=method == "POST"),
                attempts=ATTEMPTS,
                wait_initial=0.2,
                wait_max=5.0,
                wait_jitter=0.2,
            ):
                with attempt:
                    return self._send(request)
        raise AssertionError  # the loop above returns or raises

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except httpx.TransportError as error:
            raise faults.no_answer(error) from error
        except _Again as error:
            if error.did_nothing:
                raise faults.busy(error.request_id, error.pause_s) from error
            raise faults.unsure(error.request_id, error.pause_s) from error

    def _send(self, request: httpx.Request) -> Answer:
        response = self._http.send(request, stream=True)
        try:
            content = self._content(response)
        finally:
            response.close()
        document = _document(content)
        request_id = _request_id(document)
        if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR or (
            response.status_code == httpx.codes.TOO_MANY_REQUESTS
        ):
            raise _Again(response.status_code, retry_after_s(response.headers), request_id)
        if response.is_success and "data" in document:
            return Answer(document["data"], _next_after(document), request_id)
        error = document.get("error")
        if response.is_client_error and isinstance(error, dict):
            raise faults.refused(response.status_code, error, request_id)
        raise faults.rubbish(request_id)

    def _content(self, response: httpx.Response) -> bytes:
        deadline = time.monotonic() + ANSWER_TIMEOUT_S
        content = bytearray()
        try:
            for chunk in response.iter_bytes():
                content += chunk
                if len(content) > MAX_BODY_BYTES:
                    raise faults.rubbish("")
                if time.monotonic() > deadline:
                    raise faults.no_answer(httpx.ReadTimeout(""))
        except httpx.DecodingError as error:
            raise faults.rubbish("") from error
        return bytes(content)


def objects(answer: Answer) -> list[Json]:
    """The objects of a list. Raises: ProviderUnreachable when it is none."""
    if not isinstance(answer.data, list) or not all(isinstance(one, dict) for one in answer.data):
        raise faults.rubbish(answer.request_id)
    return answer.data


def single(answer: Answer) -> Json:
    """The one object. Raises: ProviderUnreachable when it is none."""
    if not isinstance(answer.data, dict) or not isinstance(answer.data.get("id"), str):
        raise faults.rubbish(answer.request_id)
    return answer.data


def _document(content: bytes) -> Json:
    """The answer's JSON; nothing of it when it is none."""
    try:
        document = json.loads(content, parse_float=str)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _request_id(document: Json) -> str:
    meta = document.get("meta")
    found = meta.get("request_id") if isinstance(meta, dict) else None
    return found[:LONGEST_REQUEST_ID] if isinstance(found, str) and found.isascii() else ""


def _next_after(document: Json) -> str:
    """The place behind a page; the address Paddle names is never followed itself."""
    meta = document.get("meta")
    pagination = meta.get("pagination") if isinstance(meta, dict) else None
    if not isinstance(pagination, dict) or pagination.get("has_more") is not True:
        return ""
    try:
        return str(httpx.URL(str(pagination.get("next", ""))).params.get("after", ""))
    except httpx.InvalidURL:
        return ""


def _pause_before_retry(error: Exception, *, makes_something: bool) -> bool | float:
    """Whether to try again; a number is the pause in seconds that Paddle asked for."""
    if isinstance(error, _Again):
        may = error.did_nothing or not makes_something
        return (error.pause_s or True) if may and error.pause_s <= LONGEST_PAUSE_S else False
    if not isinstance(error, httpx.TransportError) or is_untrusted(error):
        return False
    return not makes_something or isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
