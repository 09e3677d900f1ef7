"""Stand-ins for the outside: the service in memory, and desktops that use it."""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import msgspec
import zstandard

from contract.durations import bin_of
from contract.erasure import subject_mac
from contract.messages import account
from contract.messages.access import RotateRequest, SdkKeyInfo, SdkKeysPage
from contract.messages.applications import ApplicationBody
from contract.messages.configuration import (
    ChangesPage,
    ConfigurationRow,
    EditResult,
    PushAnswer,
    PushRequest,
)
from contract.messages.erasure import (
    ErasureCount,
    ErasureEntry,
    ErasureOutcome,
    ErasurePreview,
    ErasureRequest,
    ErasuresPage,
)
from contract.messages.rollups import (
    MEDIA_TYPE,
    MICRO,
    CustomerDay,
    CustomerHour,
    EndpointHour,
    PageEnd,
)
from contract.messages.service import SdkKeyIssued, SdkKeyRequest, ServiceDescription
from contract.problems import Problem, ProblemCode
from contract.version import CONTRACT_VERSION, PRODUCT
from desktop.services.client import ServiceClient
from desktop.services.compose import Surroundings, build_services

URL = "https://service.example"
OWNER_TOKEN = "uf_owner_" + "t" * 40
PASSPHRASE = "correct horse battery staple"
APPLICATION = "app_1"
KEYS_PATH = f"/v1/applications/{APPLICATION}/keys"
NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
NO_DURATIONS = ()


@dataclass
class Stored:
    """A configuration row as the fake service has it; a tombstone has no body."""

    revision: int
    body: dict | None


@dataclass
class FakeHosted:
    """The service behind `httpx.MockTransport`: judges what it is sent by the contract's models.

    It can be offline, lose answers after doing the work, be asked everything twice, and forget its
    cursors as a service does that was restored from a backup.
    """

    service_id: str = "svc_fake"
    page_size: int = 3
    online: bool = True
    loses_answers: int = 0
    hears_twice: bool = False
    refuses: str = ""
    """Value that no field of a row must have: an edit that brings it is rejected."""
    clock: datetime = NOON
    live: dict = field(default_factory=dict)
    """Answers by method and path that no vault holds for good: a model, or what makes one of the
    request's query and content."""
    is_old: bool = False
    """A service that cannot list its keys."""
    sdk_keys: dict = field(default_factory=dict)
    erasures: "FakeErasures" = field(default_factory=lambda: FakeErasures())  # noqa: PLW0108 - defined below
    ending: "FakeEnding" = field(default_factory=lambda: FakeEnding())  # noqa: PLW0108 - defined below
    keys_a_page: int = 100
    requests: list = field(default_factory=list)
    rows: dict = field(default_factory=dict)
    rollups: dict = field(default_factory=dict)
    _answers: dict = field(default_factory=dict)
    _revision: int = 0
    _generation: int = 0

    def __post_init__(self):
        self.put("application", APPLICATION, ApplicationBody(name="My API").model_dump(mode="json"))

    @property
    def transport(self):
        return httpx.MockTransport(self.handle)

    def put(self, entity, entity_id, body):
        """Change a row as another desktop would; None deletes it."""
        self.rows[entity, entity_id] = Stored(self._next(), body)

    def body(self, entity, entity_id):
        stored = self.rows.get((entity, entity_id))
        return stored.body if stored else None

    def count(  # noqa: PLR0913 - what a call may say of itself
        self,
        endpoint_id="end_1",
        customer_id="cus_1",
        hour=0,
        requests=1,
        *,
        units=None,
        took_ms=None,
    ):
        """Count calls of one customer in one hour (UTC), as the service's three rollups do."""
        micro = int((requests if units is None else units) * MICRO)
        day = hour // 86_400
        self._add(EndpointHour, (APPLICATION, endpoint_id, hour), requests, micro)
        self._add(CustomerHour, (APPLICATION, customer_id, endpoint_id, hour), requests, micro)
        self._add(CustomerDay, (APPLICATION, customer_id, endpoint_id, day), requests, micro)
        if took_ms is not None:
            row = self.rollups[EndpointHour, (APPLICATION, endpoint_id, hour)]
            timed = msgspec.structs.replace(row, durations=(bin_of(took_ms), requests))
            self.rollups[EndpointHour, (APPLICATION, endpoint_id, hour)] = timed

    def drop(self, kind, key):
        """Lose a rollup row, as a restored backup does."""
        del self.rollups[kind, key]

    def rekey(self, customer, replacement, keep):
        """Let a customer's figures be another's, as an erasure does."""
        if "account" not in keep:
            for entity in ("customer", "identity"):
                self.rows.pop((entity, customer), None)
        if "usage" in keep:
            return
        self.put("customer", replacement, {"application_id": APPLICATION, "name": ""})
        for (kind, key), row in list(self.rollups.items()):
            if kind is not EndpointHour and key[1] == customer:
                del self.rollups[kind, key]
                moved = msgspec.structs.replace(row, customer_id=replacement, revision=self._next())
                self.rollups[kind, (key[0], replacement, *key[2:])] = moved

    def forget_cursors(self):
        self._generation += 1

    def restore_from_backup(self, rows, rollups):
        """Be what it was: older revisions, and no cursor is known any more."""
        self.rows, self.rollups = dict(rows), dict(rollups)
        self._revision = max((r.revision for r in self.rows.values()), default=0)
        self._revision = max([self._revision, *(row.revision for row in self.rollups.values())])
        self.forget_cursors()

    def handle(self, request):
        self.requests.append(request)
        if not self.online:
            raise httpx.ConnectError("no route", request=request)
        response = self._answered(request)
        if self.hears_twice:
            response = self._answered(request)
        if self.loses_answers:
            self.loses_answers -= 1
            raise httpx.ReadTimeout("lost", request=request)
        return response

    def _answered(self, request):
        path = request.url.path
        is_ending = path.startswith(account.PATH) or self.ending.has_ended
        if is_ending and path != "/v1/service":
            return self.ending.answer(request, self.service_id)
        return self._answer(request)

    def _answer(self, request):
        path, query = request.url.path, request.url.params
        if path == "/v1/service":
            return _json(self._description())
        if request.headers.get("authorization") != f"Bearer {OWNER_TOKEN}":
            return problem(401, ProblemCode.UNAUTHORIZED, "The token is not known.")
        routes = {
            ("GET", "/v1/changes"): lambda: self._changes(
                query.get("cursor"), query.get("usage_cursor")
            ),
            ("POST", "/v1/changes"): lambda: self._push(request),
            ("GET", "/v1/usage/rollups"): lambda: self._rollup_page(
                query["order"], query.get("cursor")
            ),
            ("POST", KEYS_PATH): lambda: self._issue_key(request),
            ("GET", KEYS_PATH): lambda: self._list_keys(int(query.get("cursor") or 0)),
        }
        if path.startswith(f"{KEYS_PATH}/"):
            return self._end_key(path.removeprefix(f"{KEYS_PATH}/"), request)
        if (request.method, path) in self.live:
            return _json(self._live_answer(request))
        if path.startswith("/v1/erasure"):
            routes[request.method, path] = lambda: self.erasures.answer(request, self)
        if (request.method, path) not in routes:
            return problem(404, ProblemCode.NOT_FOUND, "The service has no such row.")
        return routes[request.method, path]()

    def _live_answer(self, request):
        answer = self.live[request.method, request.url.path]
        return answer(request) if callable(answer) else answer

    def _description(self):
        return ServiceDescription(
            product=PRODUCT,
            contract_version=CONTRACT_VERSION,
            service_id=self.service_id,
            version="0",
            server_time=timestamp(self.clock),
            ws_path="/ws",
        )

    def _changes(self, cursor, usage_cursor):
        start = self._position("changes", cursor)
        told = None if usage_cursor is None else self._position("tail", usage_cursor)
        if start is None or (usage_cursor is not None and told is None):
            return _cursor_unknown()
        newest = max((row.revision for row in self.rollups.values()), default=0)
        newer = sorted(
            (stored.revision, key) for key, stored in self.rows.items() if stored.revision > start
        )
        page = newer[: self.page_size]
        rows = tuple(self._row(key) for _, key in page)
        end = page[-1][0] if page else start
        return _json(
            ChangesPage(
                rows=rows,
                next_cursor=self._cursor("changes", end),
                has_more=len(newer) > len(page),
                server_time=timestamp(self.clock),
                usage_is_current=None if told is None else newest <= told,
                erasures=len(self.erasures.entries),
            )
        )

    def _issue_key(self, request):
        asked = SdkKeyRequest.model_validate_json(request.content)
        number = len(self.sdk_keys) + 1
        issued = SdkKeyIssued(
            key_id=f"k{number}",
            sdk_key="uf_live_" + "k" * 40 + ("" if number == 1 else str(number)),
            created_at=timestamp(NOON),
        )
        self.sdk_keys[issued.key_id] = SdkKeyInfo(
            key_id=issued.key_id,
            application_id=APPLICATION,
            name=asked.name,
            created_at=timestamp(NOON),
            expires_at=asked.expires_at,
        )
        return _json(issued)

    def _end_key(self, rest, request):
        key_id, _, rotate = rest.partition("/")
        return self._rotate_key(key_id, request) if rotate else self._revoke_key(key_id)

    def _rotate_key(self, key_id, request):
        ends = self.clock + timedelta(
            seconds=RotateRequest.model_validate_json(request.content).overlap_s
        )
        old = self.sdk_keys[key_id]
        self.sdk_keys[key_id] = old.model_copy(
            update={"expires_at": min(old.expires_at or "9", timestamp(ends))}
        )
        named = SdkKeyRequest(name=old.name).model_dump_json().encode()
        return self._issue_key(httpx.Request("POST", URL + KEYS_PATH, content=named))

    def end_key(self, key_id):
        """Revoke a key as another desktop would."""
        self._revoke_key(key_id)

    def _list_keys(self, start):
        if self.is_old:
            return problem(404, ProblemCode.NOT_FOUND, "There is no such address.")
        rows = tuple(self.sdk_keys.values())
        end = start + self.keys_a_page
        more = str(end) if end < len(rows) else None
        return _json(SdkKeysPage(rows=rows[start:end], next_cursor=more))

    def _revoke_key(self, key_id):
        if key_id not in self.sdk_keys:
            return problem(404, ProblemCode.NOT_FOUND, "The application has no such key.")
        found = self.sdk_keys[key_id]
        self.sdk_keys[key_id] = found.model_copy(update={"revoked_at": timestamp(self.clock)})
        return httpx.Response(204)

    def _push(self, request):
        push = PushRequest.model_validate_json(request.content)
        return _json(PushAnswer(results=tuple(self._edit(edit) for edit in push.edits)))

    def _edit(self, edit):
        if edit.idempotency_key not in self._answers:
            self._answers[edit.idempotency_key] = self._decide(edit)
        return self._answers[edit.idempotency_key]

    def _decide(self, edit):
        key = (edit.edit.entity, edit.entity_id)
        stored = self.rows.get(key)
        body = edit.edit.body
        gone = stored is None or stored.body is None
        if edit.base_revision != (stored.revision if stored else 0) and not (
            gone and edit.base_revision == 0
        ):
            current = self._row(key) if stored else None
            return EditResult(
                idempotency_key=edit.idempotency_key, outcome="conflict", current=current
            )
        if body is not None and self.refuses and self.refuses in body.model_dump().values():
            return EditResult(
                idempotency_key=edit.idempotency_key,
                outcome="rejected",
                field="name",
                reason="This name is taken.",
            )
        self.put(*key, None if body is None else body.model_dump(mode="json"))
        return EditResult(
            idempotency_key=edit.idempotency_key, outcome="accepted", revision=self._revision
        )

    def _row(self, key):
        stored = self.rows[key]
        return ConfigurationRow(
            entity=key[0],
            entity_id=key[1],
            revision=stored.revision,
            deleted=stored.body is None,
            body=stored.body,
        )

    def _rollup_page(self, order, cursor):
        if order == "tail":
            rows, end = self._tail(cursor)
        else:
            rows, end = self._backfill(cursor)
        if rows is None:
            return _cursor_unknown()
        page = rows[: self.page_size]
        last = PageEnd(
            next_cursor=self._cursor(order, end(page)),
            has_more=len(rows) > len(page),
            rows=len(page),
            server_time_us=int(self.clock.timestamp() * 1_000_000),
            reached_day=_time(page[-1]) // 86_400 if page and order == "backfill" else None,
            oldest_day=min((_time(row) // 86_400 for row in self.rollups.values()), default=None),
        )
        return rollup_response([*page, last])

    def _tail(self, cursor):
        start = self._revision if cursor is None else self._position("tail", cursor)
        if start is None:
            return None, None
        rows = sorted(self.rollups.values(), key=lambda row: row.revision)
        newer = [row for row in rows if row.revision > start]
        return newer, lambda page: page[-1].revision if page else start

    def _backfill(self, cursor):
        start = 0 if cursor is None else self._position("backfill", cursor)
        if start is None:
            return None, None
        rows = sorted(self.rollups.items(), key=lambda item: (-_time(item[1]), str(item[0])))
        return [row for _, row in rows[start:]], lambda page: start + len(page)

    def _cursor(self, stream, position):
        return f"{self._generation}.{stream}.{position}"

    def _position(self, stream, cursor):
        if cursor is None:
            return 0
        generation, found, position = cursor.split(".")
        assert found == stream, "a cursor of another stream was sent"
        return int(position) if int(generation) == self._generation else None

    def _next(self):
        self._revision += 1
        return self._revision

    def _add(self, kind, key, requests, micro):
        row = self.rollups.get((kind, key))
        revision = self._next()
        if kind is EndpointHour:
            app, endpoint, hour = key
            old = (row.requests, row.units) if row else (0, 0)
            row = EndpointHour(
                app, endpoint, hour, old[0] + requests, old[1] + micro, 0, 0, 0, 0, 0,
                NO_DURATIONS, revision,
            )  # fmt: skip
        elif kind is CustomerHour:
            app, customer, endpoint, hour = key
            old = (row.requests, row.units) if row else (0, 0)
            row = CustomerHour(
                app, customer, endpoint, hour, old[0] + requests, old[1] + micro, revision
            )
        else:
            app, customer, endpoint, day = key
            old = (row.quantity, row.events, row.peak) if row else (0, 0, 0)
            peak = max(old[2], micro // max(requests, 1))
            row = CustomerDay(
                app, customer, endpoint, "units", day, old[0] + micro, old[1] + requests, peak,
                revision,
            )  # fmt: skip
        self.rollups[kind, key] = row


@dataclass
class FakeEnding:
    """The end of the service's account: closed first, then gone for everybody."""

    deletion_id: str = ""
    has_ended: bool = False
    broken: list = field(default_factory=list)
    """Statuses that the next requests are answered with."""

    def answer(self, request, service_id):
        if self.broken:
            return problem(self.broken.pop(0), ProblemCode.INTERNAL, "A fault.")
        asked, _, apply = request.url.path.removeprefix(f"{account.PATH}/").partition("/")
        if self.has_ended and (apply, asked) != ("apply", self.deletion_id):
            return problem(410, ProblemCode.ACCOUNT_DELETED, "The account was deleted.")
        if request.method == "PUT":
            body = account.AccountDeletionRequest.model_validate_json(request.content)
            assert body.service_id == service_id
            self.deletion_id = self.deletion_id or asked
        assert asked == self.deletion_id, "another deletion, or one that was not noted"
        self.has_ended = self.has_ended or request.method == "POST"
        state = account.EndState.DELETED if self.has_ended else account.EndState.CLOSED
        counts = (ErasureCount(what="events", rows=21),) if self.has_ended else ()
        return _json(account.AccountDeletion(deletion_id=asked, state=state, counts=counts))


@dataclass
class FakeErasures:
    """The service's erasure ledger, and what it does to rows and rollups."""

    entries: dict = field(default_factory=dict)
    applied: set = field(default_factory=set)
    broken: list = field(default_factory=list)
    """Statuses that the next requests are answered with."""

    def answer(self, request, hosted):
        if self.broken:
            return problem(self.broken.pop(0), ProblemCode.INTERNAL, "A fault.")
        rest = request.url.path.removeprefix("/v1/erasures").strip("/")
        if request.method == "GET":
            after = int(request.url.params["after"])
            rows = tuple(self._entry(erasure_id) for erasure_id in list(self.entries)[after:])
            return _json(ErasuresPage(rows=rows, next_after=None))
        if request.url.path == "/v1/erasure-preview":
            asked = ErasurePreview.model_validate_json(request.content)
            return _json(self._outcome(hosted, asked.customer_ids))
        if request.method == "PUT":
            noted = ErasureRequest.model_validate_json(request.content)
            self.entries.setdefault(rest, noted)
            return _json(self._entry(rest))
        return self._apply(rest.removesuffix("/apply"), hosted)

    def _apply(self, erasure_id, hosted):
        noted = self.entries[erasure_id]
        wanted = {subject.mac: subject.replacement for subject in noted.subjects}
        named = {key[1] for _, key in hosted.rollups} | {key[1] for key in hosted.rows}
        found = {
            customer: replacement
            for customer in named
            if (replacement := wanted.get(self._mac(noted, customer)))
        }
        outcome = self._outcome(hosted, found)
        if erasure_id not in self.applied:
            self.applied.add(erasure_id)
            for customer, replacement in found.items():
                hosted.rekey(customer, replacement, noted.keep)
        return _json(outcome)

    def _mac(self, noted, customer):
        return subject_mac(bytes.fromhex(noted.key), APPLICATION, customer)

    def _outcome(self, hosted, customers):
        days = sum(kind is CustomerDay and key[1] in customers for kind, key in hosted.rollups)
        names = sum(
            entity == "customer" and entity_id in customers and row.body is not None
            for (entity, entity_id), row in hosted.rows.items()
        )
        counts = {"name": names, "usage by day": days}
        told = tuple(ErasureCount(what=w, rows=n) for w, n in counts.items() if n)
        return ErasureOutcome(counts=told, blocks=0, raw_until=None)

    def _entry(self, erasure_id):
        return ErasureEntry(
            sequence=list(self.entries).index(erasure_id) + 1,
            erasure_id=erasure_id,
            applied=erasure_id in self.applied,
            **dict(self.entries[erasure_id]),
        )


def problem(status, code, detail):
    body = Problem(title="No", status=status, detail=detail, code=code).model_dump_json()
    headers = {"content-type": "application/problem+json"}
    return httpx.Response(status, content=body, headers=headers)


def rollup_response(lines):
    content = b"\n".join(msgspec.json.encode(line) for line in lines) + b"\n"
    return httpx.Response(
        200, content=zstandard.compress(content), headers={"content-type": MEDIA_TYPE}
    )


def timestamp(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now=NOON):
        self.now = now

    def __call__(self):
        return self.now

    def forward(self, **span):
        self.now += timedelta(**span)


class Device:
    """One desktop with its own vault, connected to a service; it syncs when told to."""

    def __init__(self, directory: Path, hosted: FakeHosted, *, prefix: str = "a", connect=True):
        self.hosted = hosted
        self.clock = Clock()
        self.notices = []
        self.directory = directory
        numbers = itertools.count()
        self.surroundings = Surroundings(
            clock=self.clock,
            new_id=lambda: f"{prefix}{next(numbers)}",
            make_client=lambda url, token: ServiceClient(url, token, hosted.transport),
        )
        self.services = self._built()
        self.services.workspace.create(PASSPHRASE)
        if connect:
            self.services.connection.use_remote(URL, OWNER_TOKEN)

    def _built(self):
        return build_services(
            self.directory,
            self.directory / "service",
            notice=self.notices.append,
            syncs_by_itself=False,
            surroundings=self.surroundings,
        )

    def sync(self):
        return self.services.sync.run(no_report)

    def reopen(self):
        """Lock, and unlock in what stands for a new process."""
        self.services.close()
        self.services = self._built()
        self.services.workspace.unlock(PASSPHRASE)

    def rules(self):
        return self.services.pricing.list_rules(APPLICATION)

    def query(self, statement):
        with self.services.vault.reading() as db:
            return db.execute(statement).fetchall()

    def close(self):
        self.services.close()


def no_report(done, total=None):
    """Nobody watches."""


def _json(model):
    return httpx.Response(
        200, content=model.model_dump_json(), headers={"content-type": "application/json"}
    )


def _cursor_unknown():
    return problem(410, ProblemCode.CURSOR_UNKNOWN, "This cursor is not known.")


def _time(row):
    return row.day * 86_400 if isinstance(row, CustomerDay) else row.hour
