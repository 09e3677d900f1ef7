"""The service without what it is for: same server, same frames, same limits, nothing kept.

What remains is the price of speaking the protocol and deciding. Prints a ready line as the
service does, and serves until it is told to end.
"""

import asyncio
import json
import os
import signal
import socket
import uuid
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

import uvloop

from contract.identifiers import policy_id
from contract.messages.health import SdkKind
from hosted.clock import system_clock
from hosted.last_used import LastUsed
from hosted.metering.admission import Rulebook
from hosted.metering.blocked_callers import BlockedCallers
from hosted.metering.directory import Directory
from hosted.metering.folder import Outcome
from hosted.metering.functions import FunctionBook
from hosted.metering.ledger import EventCommand
from hosted.metering.limit_rules import Scene
from hosted.metering.meter import Meter
from hosted.metering.reports import ReportBook
from hosted.scrub.events import ScrubbedCall
from hosted.scrub.sealing import Sealing
from hosted.sdk import handler
from hosted.sdk.frames import AllocationMessage, metadata
from hosted.sdk.gate import Gate
from hosted.sdk.presence import Presence
from hosted.sdk.socket import SdkSocket
from hosted.sdk.views import SdkViews
from hosted.secrets import Secrets
from hosted.server import Server, configuration
from hosted.storage.access_records import SdkKey
from hosted.storage.configuration_records import ConfigRow

APPLICATION: Final = "app_" + "0" * 32
KEY: Final = "uf_live_ceiling"
ROUTE: Final = ("GET", "/v1/items/{item_id}")


class Unkept:
    """In the writer's place: says at once that a message is stored, and forgets it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def submit(
        self, _command: EventCommand, told: Outcome | None = None, _folded: Outcome | None = None
    ) -> None:
        if told is not None:
            told(None, None)


def unscrubbed(message: AllocationMessage, sdk: SdkKind = SdkKind.UNKNOWN) -> ScrubbedCall:
    """A message as the meter wants it, with everything the client sent."""
    facts = metadata(message.metadata)
    prefix = f"{facts.method} {facts.url} "
    return ScrubbedCall(
        method=facts.method, url=facts.url, identity=message.alias[len(prefix) :],
        allocation_id=message.allocation_id, amount=bytes(message.amount), hold_ms=None,
        status=facts.status, duration_ms=facts.duration, is_raw_path=False, names_endpoint=True,
        detail={}, sdk=sdk,
    )  # fmt: skip


class Unread:
    """Keeps no detail of any call."""

    def of(self, _application_id: str, call: ScrubbedCall, _now_us: int) -> tuple[Any, bool]:
        return call.detail, False


def directory_with_a_limit(secrets: Secrets) -> Directory:
    """One application, with one policy that limits and never refuses."""
    limit = {"allowed": 10**12, "interval": "day"}
    policy = {"application_id": APPLICATION, "method": ROUTE[0], "url": ROUTE[1], "limits": [limit]}
    directory = Directory()
    directory.apply(
        [
            ConfigRow("application", APPLICATION, APPLICATION, 1, {"name": "Ceiling"}),
            ConfigRow("policy", policy_id(APPLICATION, *ROUTE), APPLICATION, 2, policy),
        ]
    )
    directory.apply_key(SdkKey("key_1", APPLICATION, "key", secrets.hash_of(KEY), 0))
    return directory


async def main() -> None:
    secrets = Secrets.of(uuid.uuid4().bytes * 2, "svc_ceiling")
    directory, rules = directory_with_a_limit(secrets), Rulebook()
    writer: Any = Unkept(asyncio.get_running_loop())
    unread: Any = Unread()
    for policy in directory.policies.all():
        rules.limiter.configure(Scene(policy.policy_id, ZoneInfo("UTC")), policy.body.limits, {})
    meter = Meter(
        directory=directory,
        rules=rules,
        callers=BlockedCallers(rules.blocks, secrets, writer),
        writer=writer,
        secrets=secrets,
        details=unread,
        sealing=Sealing(None, writer, system_clock),
        clock=system_clock,
    )
    views = SdkViews(directory, rules, system_clock)
    functions, nobody_asks = FunctionBook(directory, system_clock), cast(Any, None)
    books = (functions, ReportBook(unread, rules.frozen, system_clock))
    presence = Presence(directory, views, system_clock)
    handler.scrubbed = unscrubbed  # type: ignore[attr-defined]
    sdk = SdkSocket(
        directory=directory,
        handler=handler.MessageHandler(meter, views, books, nobody_asks),
        gate=Gate(directory, secrets, presence, LastUsed(), system_clock),
        presence=presence,
        clock=system_clock,
    )
    listener = socket.create_server(("127.0.0.1", 0))
    host, port = listener.getsockname()
    place = f"{host}:{port}"
    ready = {
        "ready": True, "url": f"http://{place}", "ws_url": f"ws://{place}/ws", "sdk_key": KEY,
        "application_id": APPLICATION, "owner_token": "", "pid": os.getpid(),
    }  # fmt: skip
    told = json.dumps(ready)
    server = Server(configuration(sdk, None), lambda: print(told, flush=True), no_streams)
    await server.serve(sockets=[listener])


async def no_streams() -> None:
    """Nothing has to end before the sockets do."""


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    uvloop.run(main())
