"""One request and its answer: retries, time-outs, and errors in words.

Every call is tried a few times before it fails, unless it says otherwise: a `Call` whose repetition
would do something twice is sent once. Errors become sentences once, in `service_faults`.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TypeVar

import httpx
import stamina
import stamina.instrumentation
from pydantic import BaseModel

from contract.problems import Problem
from desktop.services import answers, service_faults
from desktop.services.addresses import host_of
from desktop.services.answers import Rubbish
from desktop.services.retry_after import retry_after_s

CONNECT_TIMEOUT_S: Final = 5.0
READ_TIMEOUT_S: Final = 30.0
ANSWER_TIMEOUT_S: Final = 120.0
"""For a whole answer: a service that sends a byte now and then must not hold a round for ever."""
ATTEMPTS: Final = 3
LONGEST_PAUSE_S: Final = 2.0
"""A `Retry-After` above this ends the attempt; the next round keeps it."""
BUSY: Final = frozenset({429, 502, 503, 504})

Answer = TypeVar("Answer")
Model = TypeVar("Model", bound=BaseModel)

# Its default hooks log the arguments of what is retried.
stamina.instrumentation.set_on_retry_hooks(())


class _Busy(Exception):
    """The service, or what stands before it, asks to try later."""

    def __init__(self, pause_s: float) -> None:
        super().__init__()
        self.pause_s = pause_s


@dataclass(frozen=True, slots=True)
class Call:
    """One request, and what its answer has to be."""

    method: str
    path: str
    query: dict[str, str] | None = None
    body: bytes | None = None
    media_type: str = "application/json"
    attempts: int = ATTEMPTS


class ServiceCalls:
    """One service with one owner token; may be used on several threads at once.

    Raises, from every call: ServiceUnreachable (no answer, or none of a UsageFlow service),
    ServiceRefused (the token, or what was sent).
    """

    def __init__(self, url: str, owner_token: str, transport: httpx.BaseTransport) -> None:
        """`url` has been checked; `transport` is the way out, see `desktop.services.door`.

        Without a token only `describe` is of use.
        """
        self._host = host_of(url)
        self._http = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {owner_token}"} if owner_token else {},
            timeout=httpx.Timeout(READ_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
            trust_env=False,
            transport=transport,
        )

    def close(self) -> None:
        self._http.close()

    def ask(
        self, method: str, path: str, answer: type[Model], *,
        body: BaseModel | None = None, query: dict[str, str] | None = None,
    ) -> Model:  # fmt: skip
        """Answer of a route whose area knows its messages by itself; safe to repeat."""
        return self._answer(Call(method, path, query, _written(body)), model_of(answer))

    def tell(self, method: str, path: str, body: BaseModel | None = None) -> None:
        """Ask a route that answers with nothing; safe to repeat."""
        self._answer(Call(method, path, body=_written(body)), nothing)

    def _answer(self, call: Call, read: Callable[[bytes], Answer]) -> Answer:
        """Answer of a request that `ask` cannot word, such as one that is sent once only."""
        headers = {"Accept": call.media_type}
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        request = self._http.build_request(
            call.method, call.path, params=call.query, content=call.body, headers=headers
        )
        with self._translated():
            for attempt in stamina.retry_context(
                on=_pause_before_retry, attempts=call.attempts, wait_max=1.0, wait_jitter=0.2
            ):
                with attempt:
                    return read(self._send(request, call.media_type))
        raise AssertionError  # the loop above returns or raises

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn what the library and `_send` raise into errors in words."""
        try:
            yield
        except httpx.TransportError as error:
            raise service_faults.no_answer(self._host, error) from error
        except _Busy as error:
            raise service_faults.busy(self._host, error.pause_s) from error
        except Rubbish as error:
            raise service_faults.not_ours(self._host, str(error)) from error

    def _send(self, request: httpx.Request, media_type: str) -> bytes:
        """The answer's content. Raises what `_translated` catches, and errors for refusals."""
        response = self._http.send(request, stream=True)
        try:
            content = self._content(response)
        finally:
            response.close()
        found = media_type_of(response)
        if not response.is_success:
            raise self._refusal(response, content, found)
        if found != media_type and response.status_code != httpx.codes.NO_CONTENT:
            raise Rubbish("it sends something else, perhaps a web page")
        return content

    def _content(self, response: httpx.Response) -> bytes:
        deadline = time.monotonic() + ANSWER_TIMEOUT_S
        content = bytearray()
        try:
            for chunk in response.iter_bytes():
                content += chunk
                if len(content) > answers.MAX_BODY_BYTES:
                    raise Rubbish("the answer is far too large")
                if time.monotonic() > deadline:
                    raise service_faults.no_answer(self._host, httpx.ReadTimeout(""))
        except httpx.DecodingError as error:
            raise Rubbish("the answer is not encoded as it says") from error
        return bytes(content)

    def _refusal(self, response: httpx.Response, content: bytes, found: str) -> Exception:
        status = response.status_code
        if status in BUSY:
            return _Busy(retry_after_s(response.headers))
        if response.is_redirect:
            return Rubbish("it sends us on to another address")
        if found != "application/problem+json" and status >= httpx.codes.INTERNAL_SERVER_ERROR:
            return service_faults.fault(self._host)
        if found != "application/problem+json":
            return Rubbish(f"it answers with status {status} and no reason we know")
        return service_faults.refused(self._host, status, answers.message(Problem, content))


def media_type_of(response: httpx.Response) -> str:
    """What the answer says it is, without parameters; empty when it says nothing."""
    return str(response.headers.get("content-type", "")).partition(";")[0].strip()


def model_of(model: type[Model]) -> Callable[[bytes], Model]:
    """A reader of answers that raises Rubbish for another form."""
    return lambda content: answers.message(model, content)


def _written(body: BaseModel | None) -> bytes | None:
    return None if body is None else body.model_dump_json().encode()


def nothing(_content: bytes) -> None:
    """Reads an answer that says no more than that it was done."""


def _pause_before_retry(error: Exception) -> bool | float:
    """Whether to try again; a number is the pause in seconds that the service asked for."""
    if isinstance(error, _Busy):
        return (error.pause_s or True) if error.pause_s <= LONGEST_PAUSE_S else False
    return isinstance(error, httpx.TransportError) and not service_faults.is_untrusted(error)
