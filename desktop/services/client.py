"""The service's HTTP API, from the desktop's side.

Every call but `issue_key` and `rotate_key` is safe to repeat and is tried a few times before it
fails. Errors become sentences once, in `service_faults`.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal, TypeVar
from urllib.parse import quote

import httpx
import stamina
import stamina.instrumentation
from pydantic import BaseModel

from contract import live
from contract.messages.access import (
    AuditPage,
    AuditVerification,
    RotateRequest,
    SdkKeyInfo,
    SdkKeysPage,
    TokenInfo,
    TokenIssued,
    TokenRequest,
    TokensPage,
)
from contract.messages.configuration import ConfigurationRow
from contract.messages.erasure import (
    ErasureEntry,
    ErasureOutcome,
    ErasurePreview,
    ErasureRequest,
    ErasuresPage,
)
from contract.messages.health import ConnectionHealth
from contract.messages.members import (
    DevicesPage,
    MemberChange,
    MemberInfo,
    MemberRequest,
    MembersPage,
    SessionRequest,
    SessionStarted,
)
from contract.messages.rollups import MEDIA_TYPE
from contract.messages.service import SdkKeyIssued, SdkKeyRequest, SealingKey, ServiceDescription
from contract.messages.traces import ExplainRequest, Explanation, Trace, TracesPage
from contract.problems import Problem
from contract.version import CONTRACT_VERSION, PRODUCT
from desktop.domain.errors import NotOurService, ServiceRefused
from desktop.services import answers, service_faults, sync_answers
from desktop.services.addresses import host_of
from desktop.services.answers import Rubbish
from desktop.services.live_stream import LiveStream
from desktop.services.push_message import push_message
from desktop.services.retry_after import retry_after_s
from desktop.services.storage.outbox import PendingEdit
from desktop.services.sync_answers import ConfigurationPage, PushAnswers, RollupPage

CONNECT_TIMEOUT_S: Final = 5.0
READ_TIMEOUT_S: Final = 30.0
ANSWER_TIMEOUT_S: Final = 120.0
"""For a whole answer: a service that sends a byte now and then must not hold a round for ever."""
LIVE_TIMEOUT_S: Final = live.HEARTBEAT_S + 10.0
"""A live stream that is silent for longer is dead, or something holds it back."""
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
class _Call:
    """One request, and what its answer has to be."""

    method: str
    path: str
    query: dict[str, str] | None = None
    body: bytes | None = None
    media_type: str = "application/json"
    attempts: int = ATTEMPTS


SEALING_PATH: Final = "/v1/account/sealing-key"
MEMBERS_PATH: Final = "/v1/members"
DEVICES_PATH: Final = "/v1/devices"
TOKENS_PATH: Final = "/v1/tokens"
ERASURES_PATH: Final = "/v1/erasures"
MOST_PAGES_OF_KEYS: Final = 100
"""Of 100 keys each: no application has more, and a service that never ends is not believed."""


class ServiceClient:
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

    def describe(self) -> ServiceDescription:
        """What answers at the address; needs no valid token.

        Raises: ServiceUnreachable when it is no UsageFlow service, or one of another generation.
        """
        description = self._call(_Call("GET", "/v1/service"), _model(ServiceDescription))
        if description.product != PRODUCT:
            raise service_faults.not_ours(self._host, "it calls itself something else")
        if description.contract_version != CONTRACT_VERSION:
            older = description.contract_version < CONTRACT_VERSION
            raise NotOurService(
                f"The service at {self._host} is {'older' if older else 'newer'} than this program "
                "and they cannot talk to each other. Local data is safe. Bring "
                f"{'the service' if older else 'this program'} up to date."
            )
        return description

    def applications(self) -> tuple[ConfigurationRow, ...]:
        """Applications of the account that are in use."""
        rows, cursor = [], None
        while True:
            page, _ = self.changes(cursor)
            rows += [row for row in page.rows if row.entity == "application"]
            cursor = page.next_cursor
            if not page.has_more:
                break
        newest = {row.entity_id: row for row in rows}
        return tuple(row for row in newest.values() if row.body and not row.body["archived"])

    def changes(
        self, cursor: str | None, usage_cursor: str | None = None
    ) -> tuple[ConfigurationPage, int]:
        """Configuration after a cursor, and the service's clock minus ours in seconds.

        With the cursor of the usage tail the page says whether anything lies behind that.
        Raises: CursorUnknown.
        """
        before = time.time()
        cursors = {"cursor": cursor, "usage_cursor": usage_cursor}
        query = {name: value for name, value in cursors.items() if value is not None}
        call = _Call("GET", "/v1/changes", query)
        page = self._call(call, sync_answers.configuration_page)
        try:
            theirs = answers.moment(page.server_time)
        except Rubbish as error:
            raise service_faults.not_ours(self._host, str(error)) from error
        ours = datetime.fromtimestamp((before + time.time()) / 2, UTC)
        return page, round((theirs - ours).total_seconds())

    def push(self, edits: Sequence[PendingEdit]) -> PushAnswers:
        """Send edits; one answer for each, in order. The service answers a repeated edit alike.

        Raises: RequestNotTaken when the service takes none of them as they are, or not so many.
        """
        call = _Call("POST", "/v1/changes", body=push_message(edits))
        return self._call(call, lambda content: sync_answers.push_answers(content, edits))

    def rollups(self, order: Literal["tail", "backfill"], cursor: str | None) -> RollupPage:
        """A page of usage. Raises: CursorUnknown."""
        query = {"order": order} | ({} if cursor is None else {"cursor": cursor})
        call = _Call("GET", "/v1/usage/rollups", query, media_type=MEDIA_TYPE)
        return self._call(call, sync_answers.rollup_page)

    @contextmanager
    def live(self, last_event_id: str | None) -> Iterator[LiveStream]:
        """The service's news while they come, from after an event on.

        Raises: as every call, also from inside the block; ServiceRefused of an older service.
        """
        headers = {"Accept": live.MEDIA_TYPE}
        if last_event_id is not None:
            headers[live.LAST_EVENT_HEADER] = last_event_id
        timeout = httpx.Timeout(LIVE_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
        request = self._http.build_request("GET", live.PATH, headers=headers, timeout=timeout)
        with self._translated():
            response = self._http.send(request, stream=True)
            try:
                if not response.is_success:
                    raise self._refusal(response, self._content(response), _media_type(response))
                if _media_type(response) != live.MEDIA_TYPE:
                    raise Rubbish("it sends something else, perhaps a web page")
                yield LiveStream(response)
            finally:
                response.close()

    def issue_key(
        self, application_id: str, name: str, expires_at: datetime | None = None
    ) -> SdkKeyIssued:
        """A new SDK key; sent once only, because each request makes another key."""
        ends = None if expires_at is None else expires_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        request = SdkKeyRequest(name=name, expires_at=ends)
        call = _Call(
            "POST",
            f"/v1/applications/{quote(application_id, safe='')}/keys",
            body=request.model_dump_json(exclude_none=True).encode(),
            attempts=1,
        )
        return self._call(call, _model(SdkKeyIssued))

    def rotate_key(self, application_id: str, key_id: str, overlap_s: int) -> SdkKeyIssued:
        """A key in the place of another, which goes on for `overlap_s`; sent once only."""
        call = _Call(
            "POST",
            f"{_key_path(application_id, key_id)}/rotate",
            body=RotateRequest(overlap_s=overlap_s).model_dump_json().encode(),
            attempts=1,
        )
        return self._call(call, _model(SdkKeyIssued))

    def revoke_key(self, application_id: str, key_id: str) -> None:
        """Withdraw an SDK key; a second time changes nothing."""
        self._call(_Call("DELETE", _key_path(application_id, key_id)), _nothing)

    def sdk_keys(self, application_id: str) -> tuple[SdkKeyInfo, ...]:
        """The SDK keys of an application, withdrawn ones too."""
        path = f"/v1/applications/{quote(application_id, safe='')}/keys"
        rows: list[SdkKeyInfo] = []
        query: dict[str, str] = {}
        for _ in range(MOST_PAGES_OF_KEYS):
            page = self._call(_Call("GET", path, query), _model(SdkKeysPage))
            rows.extend(page.rows)
            if page.next_cursor is None:
                break
            query = {"cursor": page.next_cursor}
        return tuple(rows)

    def sealing_key(self) -> str | None:
        """The public key the service seals identities to; None while it has none."""
        try:
            return self._call(_Call("GET", SEALING_PATH), _model(SealingKey)).public_key
        except ServiceRefused:
            return None

    def put_sealing_key(self, public_key: str) -> None:
        """Have the service seal identities to this key."""
        body = SealingKey(public_key=public_key).model_dump_json().encode()
        self._call(_Call("PUT", SEALING_PATH, body=body), _model(SealingKey))

    def tokens(self) -> tuple[TokenInfo, ...]:
        """Every access token of the service, ended ones too."""
        rows: list[TokenInfo] = []
        query: dict[str, str] = {}
        while True:
            page = self._call(_Call("GET", TOKENS_PATH, query), _model(TokensPage))
            rows += page.rows
            if page.next_cursor is None:
                return tuple(rows)
            query = {"cursor": page.next_cursor}

    def issue_token(self, request: TokenRequest) -> TokenIssued:
        """A new access token; sent once only, because each request makes another token."""
        body = request.model_dump_json(exclude_none=True).encode()
        return self._call(_Call("POST", TOKENS_PATH, body=body, attempts=1), _model(TokenIssued))

    def rotate_token(self, token_id: str, overlap_s: int) -> TokenIssued:
        """A token in the place of another, which goes on for the overlap; sent once only."""
        body = RotateRequest(overlap_s=overlap_s).model_dump_json().encode()
        path = f"{TOKENS_PATH}/{quote(token_id, safe='')}/rotate"
        return self._call(_Call("POST", path, body=body, attempts=1), _model(TokenIssued))

    def revoke_token(self, token_id: str) -> None:
        """End a token; a second time changes nothing."""
        self._call(_Call("DELETE", f"{TOKENS_PATH}/{quote(token_id, safe='')}"), _nothing)

    def restore_token(self, token_id: str) -> None:
        """Take a revocation back, within an hour of it."""
        path = f"{TOKENS_PATH}/{quote(token_id, safe='')}/restore"
        self._call(_Call("POST", path), _nothing)

    def start_session(self, request: SessionRequest) -> SessionStarted:
        """Sign this device in, with a token of the sign-in provider; sent once only."""
        body = request.model_dump_json().encode()
        return self._call(
            _Call("POST", "/v1/session", body=body, attempts=1), _model(SessionStarted)
        )

    def members(self) -> MembersPage:
        """Everybody who may sign in at the service."""
        return self._call(_Call("GET", MEMBERS_PATH), _model(MembersPage))

    def invite_member(self, request: MemberRequest) -> MemberInfo:
        """Let somebody sign in from now on; sent once only."""
        body = request.model_dump_json(exclude_none=True).encode()
        return self._call(_Call("POST", MEMBERS_PATH, body=body, attempts=1), _model(MemberInfo))

    def change_member(self, member_id: str, request: MemberChange) -> MemberInfo:
        """Give a member another name or role."""
        body = request.model_dump_json(exclude_none=True).encode()
        path = f"{MEMBERS_PATH}/{quote(member_id, safe='')}"
        return self._call(_Call("PUT", path, body=body), _model(MemberInfo))

    def remove_member(self, member_id: str) -> None:
        """Remove a member, and sign their devices out; sent once only."""
        path = f"{MEMBERS_PATH}/{quote(member_id, safe='')}"
        self._call(_Call("DELETE", path, attempts=1), _nothing)

    def devices(self) -> DevicesPage:
        """Devices that are signed in, as far as the token may see them."""
        return self._call(_Call("GET", DEVICES_PATH), _model(DevicesPage))

    def sign_out_device(self, device_id: str) -> None:
        """Sign a device out; sent once only."""
        path = f"{DEVICES_PATH}/{quote(device_id, safe='')}"
        self._call(_Call("DELETE", path, attempts=1), _nothing)

    def own_token(self) -> TokenInfo:
        """The token that is used: what it may do, and when it ends."""
        return self._call(_Call("GET", "/v1/token"), _model(TokenInfo))

    def audit(self, filters: dict[str, str]) -> AuditPage:
        """A page of the log, newest first. `filters` are the query of `GET /v1/audit`."""
        return self._call(_Call("GET", "/v1/audit", filters), _model(AuditPage))

    def audit_verification(self, sequence: int | None) -> AuditVerification:
        """Whether the log is whole, and the chain value of an entry that was noted before."""
        query = {} if sequence is None else {"sequence": str(sequence)}
        call = _Call("GET", "/v1/audit/verification", query)
        return self._call(call, _model(AuditVerification))

    def preview_erasure(self, request: ErasurePreview) -> ErasureOutcome:
        """What an erasure of these customers would do in the service. Nothing is changed."""
        body = request.model_dump_json().encode()
        return self._call(_Call("POST", "/v1/erasure-preview", body=body), _model(ErasureOutcome))

    def note_erasure(self, erasure_id: str, request: ErasureRequest) -> ErasureEntry:
        """Have the service note an erasure for good; nothing is destroyed yet."""
        body = request.model_dump_json().encode()
        return self._call(_Call("PUT", _erasure(erasure_id), body=body), _model(ErasureEntry))

    def apply_erasure(self, erasure_id: str) -> ErasureOutcome:
        """Have a noted erasure carried out; once it is, nothing more is changed."""
        call = _Call("POST", f"{_erasure(erasure_id)}/apply")
        return self._call(call, _model(ErasureOutcome))

    def erasures(self, after: int) -> ErasuresPage:
        """Noted erasures with a higher sequence."""
        call = _Call("GET", ERASURES_PATH, {"after": str(after)})
        return self._call(call, _model(ErasuresPage))

    def connections(self) -> ConnectionHealth:
        """How the SDKs of every application are connected now."""
        return self._call(_Call("GET", "/v1/health/connections"), _model(ConnectionHealth))

    def traces(self, filters: dict[str, str]) -> TracesPage:
        """A page of single calls, newest first. `filters` are the query of `GET /v1/traces`."""
        return self._call(_Call("GET", "/v1/traces", filters), _model(TracesPage))

    def trace(self, trace_id: str) -> Trace:
        """One call with what the scrubber let through."""
        return self._call(_Call("GET", f"/v1/traces/{quote(trace_id, safe='')}"), _model(Trace))

    def trace_explanation(self, trace_id: str) -> Explanation:
        """Why a recorded call was let through or refused."""
        path = f"/v1/traces/{quote(trace_id, safe='')}/explanation"
        return self._call(_Call("GET", path), _model(Explanation))

    def explain(self, application_id: str, request: ExplainRequest) -> Explanation:
        """What the service would say to a call now; nothing is counted."""
        path = f"/v1/applications/{quote(application_id, safe='')}/explain"
        body = request.model_dump_json().encode()
        return self._call(_Call("POST", path, body=body), _model(Explanation))

    def ask(
        self, method: str, path: str, answer: type[Model], *,
        body: BaseModel | None = None, query: dict[str, str] | None = None,
    ) -> Model:  # fmt: skip
        """Answer of a route whose area knows its messages by itself; safe to repeat."""
        return self._call(_Call(method, path, query, _written(body)), _model(answer))

    def tell(self, method: str, path: str, body: BaseModel | None = None) -> None:
        """Ask a route that answers with nothing; safe to repeat."""
        self._call(_Call(method, path, body=_written(body)), _nothing)

    def _call(self, call: _Call, read: Callable[[bytes], Answer]) -> Answer:
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
        found = _media_type(response)
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
            return _Busy(retry_after_s(response))
        if response.is_redirect:
            return Rubbish("it sends us on to another address")
        if found != "application/problem+json" and status >= httpx.codes.INTERNAL_SERVER_ERROR:
            return service_faults.fault(self._host)
        if found != "application/problem+json":
            return Rubbish(f"it answers with status {status} and no reason we know")
        return service_faults.refused(self._host, status, answers.message(Problem, content))


def _media_type(response: httpx.Response) -> str:
    return str(response.headers.get("content-type", "")).partition(";")[0].strip()


def _erasure(erasure_id: str) -> str:
    return f"{ERASURES_PATH}/{quote(erasure_id, safe='')}"


def _key_path(application_id: str, key_id: str) -> str:
    return f"/v1/applications/{quote(application_id, safe='')}/keys/{quote(key_id, safe='')}"


def _model(model: type[Model]) -> Callable[[bytes], Model]:
    return lambda content: answers.message(model, content)


def _written(body: BaseModel | None) -> bytes | None:
    return None if body is None else body.model_dump_json().encode()


def _nothing(_content: bytes) -> None:
    """Reads an answer that says no more than that it was done."""


def _pause_before_retry(error: Exception) -> bool | float:
    """Whether to try again; a number is the pause in seconds that the service asked for."""
    if isinstance(error, _Busy):
        return (error.pause_s or True) if error.pause_s <= LONGEST_PAUSE_S else False
    return isinstance(error, httpx.TransportError) and not service_faults.is_untrusted(error)
