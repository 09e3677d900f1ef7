"""A real service process on loopback, and clients that speak to it as SDKs do."""

import asyncio
import json
import os
import ssl
import subprocess
import sys
import time
import uuid
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import msgspec
import websockets
import zstandard

from contract.identifiers import policy_id
from contract.messages.rollups import CustomerDay, EndpointHour, PageEnd, RollupLine

ROOT = Path(__file__).parents[2]
START_LIMIT_S = 30
ANSWER_LIMIT_S = 20
GO_AGENT = "Go-http-client/1.1"

_lines = msgspec.json.Decoder(RollupLine)


def environment():
    """No keyring and no desktop session: the service must not wait for one."""
    kept = {k: v for k, v in os.environ.items() if k not in {"DBUS_SESSION_BUS_ADDRESS", "DISPLAY"}}
    return {**kept, "PYTHONPATH": str(ROOT), "NO_PROXY": "*"}


@dataclass
class Running:
    """A started service: its process, its ready line, and the admin API."""

    process: subprocess.Popen
    ready: dict
    trusted: Path | None = None
    http: httpx.Client = field(init=False)

    def __post_init__(self):
        token = self.ready.get("owner_token", "")
        self.http = httpx.Client(
            base_url=self.ready["url"],
            headers={"Authorization": f"Bearer {token}"},
            timeout=ANSWER_LIMIT_S,
            trust_env=False,
            verify=ssl.create_default_context(cafile=self.trusted),
        )

    @property
    def ws_url(self):
        return self.ready["ws_url"]

    def stop(self):
        """End the service politely; its exit status."""
        self.http.close()
        self.process.terminate()
        return self._wait()

    def kill(self):
        """End the service without a chance to do anything."""
        self.http.close()
        self.process.kill()
        return self._wait()

    def _wait(self):
        status = self.process.wait(START_LIMIT_S)
        self.process.stdout.close()
        return status


def launch(directory, *arguments, stderr=None, preexec_fn=None):
    """Start a service process."""
    return subprocess.Popen(
        [sys.executable, "-m", "hosted", "--data", str(directory), *arguments],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        preexec_fn=preexec_fn,  # noqa: PLW1509 - runs before the tests make threads
    )


def start(directory, *arguments, stderr=None, preexec_fn=None, trusted=None):
    """Start a service and wait for its ready line."""
    process = launch(directory, *arguments, stderr=stderr, preexec_fn=preexec_fn)
    line = process.stdout.readline()
    ready = json.loads(line) if line else {"ready": False, "error": "no ready line"}
    if not ready["ready"]:
        process.wait(START_LIMIT_S)
        process.stdout.close()
        raise AssertionError(ready["error"])
    return Running(process, ready, trusted)


def failed_start(directory, *arguments):
    """Start a service that cannot start; its last words and its exit status."""
    process = launch(directory, *arguments, stderr=subprocess.PIPE)
    out, errors = process.communicate(timeout=START_LIMIT_S)
    return json.loads(out), process.returncode, errors


def until(fact):
    """Ask again until it is so; the limit is for the case that it never is."""
    ends = time.monotonic() + ANSWER_LIMIT_S
    while not fact():
        assert time.monotonic() < ends, "the state never came"


@contextmanager
def serving(directory, *arguments, **options):
    """A service for the length of a block."""
    running = start(directory, *arguments, **options)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.stop()


@dataclass
class Api:
    """One metered API of the owner: an application with a key of its own."""

    running: Running
    application_id: str
    sdk_key: str

    @property
    def http(self):
        return self.running.http

    def put(self, path, entity_id, body, base_revision=0):
        """Make or change a row as an owner's script does."""
        edit = {
            "idempotency_key": uuid.uuid4().hex,
            "base_revision": base_revision,
            "body": body,
        }
        answer = self.http.put(f"/v1/{path}/{entity_id}", json=edit)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def put_policy(
        self, method, url, base_revision=0, *, limit=None, limit_interval="day", **fields
    ):
        """Make or change a policy; one plain limit and the tracked field can be named alone."""
        if response_field := fields.pop("response_field", None):
            fields["metering"] = {"response_field": response_field}
        body = {"application_id": self.application_id, "method": method, "url": url, **fields}
        if limit is not None:
            body["limits"] = [{"allowed": limit, "interval": limit_interval}]
        return self.put(
            "policies", policy_id(self.application_id, method, url), body, base_revision
        )

    def rollups(self):
        """Rows of this application, by a complete backfill."""
        rows, cursor, has_more = [], None, True
        while has_more:
            page, end = rollup_page(self.http, order="backfill", cursor=cursor)
            rows += page
            cursor, has_more = end.next_cursor, end.has_more
        return [row for row in rows if row.application_id == self.application_id]

    def totals(self):
        """Requests, whole units, denials, unsettled calls of this application."""
        hours = [row for row in self.rollups() if isinstance(row, EndpointHour)]
        return {
            "requests": sum(row.requests for row in hours),
            "units": sum(row.units for row in hours) / 1_000_000,
            "denied": sum(row.denied for row in hours),
            "unsettled": sum(row.unsettled for row in hours),
        }

    def customers(self):
        """Requests by customer id, from the exact daily rollup."""
        found = {}
        for row in self.rollups():
            if isinstance(row, CustomerDay):
                found[row.customer_id] = found.get(row.customer_id, 0) + row.events
        return found

    def urls(self):
        """Endpoints of this application that were discovered."""
        answer = self.http.get("/v1/endpoints", params={"application_id": self.application_id})
        return {row["body"]["url"] for row in answer.json()["rows"]}


def rollup_page(http, **query):
    """One page of rollups and its last line."""
    present = {name: value for name, value in query.items() if value is not None}
    answer = http.get("/v1/usage/rollups", params=present)
    assert answer.status_code == 200, answer.text
    text = zstandard.ZstdDecompressor().decompress(answer.content)
    *rows, end = [_lines.decode(line) for line in text.splitlines()]
    assert isinstance(end, PageEnd)
    assert end.rows == len(rows)
    return rows, end


def new_api(running, **fields):
    """A fresh application with an SDK key."""
    application_id = f"app_{uuid.uuid4().hex}"
    api = Api(running, application_id, "")
    api.put("applications", application_id, {"name": "Test API", **fields})
    issued = running.http.post(f"/v1/applications/{application_id}/keys", json={"name": "k"})
    assert issued.status_code == 201, issued.text
    api.sdk_key = issued.json()["sdk_key"]
    return api


class SdkSocket:
    """One socket of an SDK, by its frames."""

    def __init__(self, socket):
        self.socket = socket

    async def send(self, kind, payload=None, message_id=None):
        frame = {"type": kind}
        if payload is not None:
            frame["payload"] = payload
        if message_id is not None:
            frame["id"] = message_id
        await self.socket.send(json.dumps(frame))

    async def ask(self, kind, payload=None):
        """Send a message that waits for an answer, and the answer."""
        message_id = uuid.uuid4().hex
        await self.send(kind, payload, message_id)
        answer = json.loads(await asyncio.wait_for(self.socket.recv(), ANSWER_LIMIT_S))
        assert answer["id"] == answer["replyTo"] == message_id
        return answer

    async def settled(self):
        """Return when everything sent before on this socket has been stored.

        Answers come in the order of the commits: a call that waits for its own commit proves
        those before it. It belongs to a route that is not metered by the tests' sums.
        """
        payload = use(str(uuid.uuid4()), "GET", "/barrier")
        await self.ask("use_allocation", payload)


@asynccontextmanager
async def connected(api, agent=None, path="/ws", *, is_python=False):
    """An SDK socket of an API; Go when the agent says so, else one that does not tell its kind."""
    url = api.running.ready["url"].replace("http", "ws", 1) + path
    async with websockets.connect(
        url,
        additional_headers={"x-usage-key": api.sdk_key},
        user_agent_header=agent,
        origin="http://127.0.0.1" if is_python else None,
        compression=None,
        proxy=None,
    ) as socket:
        yield SdkSocket(socket)


def metadata(method, url, **fields):
    """Metadata as a FastAPI application reports them."""
    return {
        "method": method,
        "url": url,
        "rawUrl": url,
        "clientIP": "203.0.113.77",
        "userAgent": "python-httpx/0.28.1",
        "timestamp": "2026-11-23T06:24:12Z",
        "headers": {"accept": "*/*"},
        "queryParams": {},
        "pathParams": {},
        "body": "",
        "userId": "anonymous",
        **fields,
    }


def request(method, url, identity="", allocation_id=None, **fields):
    """Payload of `request_for_allocation`."""
    alias = f"{method} {url} {identity}".rstrip()
    payload = {"alias": alias, "amount": 1, "metadata": metadata(method, url), **fields}
    return payload if allocation_id is None else {**payload, "allocationId": allocation_id}


def use(allocation_id, method, url, identity="", *, amount=1, status=200, **fields):  # noqa: PLR0913
    """Payload of `use_allocation`."""
    alias = f"{method} {url} {identity}".rstrip()
    facts = metadata(method, url, responseStatusCode=status, requestDuration=11)
    return {
        "alias": alias,
        "amount": amount,
        "allocationId": allocation_id,
        "metadata": facts,
        **fields,
    }
