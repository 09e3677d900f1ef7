"""Root of the service: makes every part, hands each what it needs, starts, stops."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from hosted.account_end import AccountEnd
from hosted.admin import api
from hosted.admin.access import Access, TokenBook
from hosted.admin.context import Context
from hosted.admin.cursors import Cursors
from hosted.admin.limits import BodyLimit
from hosted.admin.metrics import Measured, Metrics, State
from hosted.clock import Clock
from hosted.errors import StorageUnavailable
from hosted.farewell import Farewell
from hosted.last_used import LastUsed
from hosted.live import LiveChannel
from hosted.metering.admission import Rulebook
from hosted.metering.blocked_callers import BlockedCallers
from hosted.metering.directory import Directory
from hosted.metering.erasing import Eraser
from hosted.metering.explain import Explainer
from hosted.metering.functions import FunctionBook
from hosted.metering.maintenance import Maintenance, repeat
from hosted.metering.meter import Meter
from hosted.metering.reports import ReportBook
from hosted.metering.seeding import Seeder
from hosted.metering.upkeep import Upkeep
from hosted.metering.writer import Writer
from hosted.people.book import MemberBook
from hosted.people.door import PeopleDoor
from hosted.people.issuer import Issuer, SignInSettings
from hosted.scrub.details import Details
from hosted.scrub.sealing import Sealing
from hosted.sdk import hook, legacy
from hosted.sdk.credit_desk import CreditDesk
from hosted.sdk.gate import Gate
from hosted.sdk.handler import MessageHandler
from hosted.sdk.presence import Presence
from hosted.sdk.socket import SdkSocket
from hosted.sdk.views import SdkViews
from hosted.secrets import Secrets
from hosted.storage.base import Storage
from hosted.web import routes as web
from hosted.webhooks.book import WebhookBook

DISTRIBUTION: Final = "usageflow-desktop"
EXPIRE_EVERY_S: Final = 1.0
SEAL_EVERY_S: Final = 1.0
RECYCLE_EVERY_S: Final = 10.0
DROP_ENDED_EVERY_S: Final = 5.0
REMEMBER_EVERY_S: Final = 30.0
STORE_FUNCTIONS_EVERY_S: Final = 1.0
STORE_REPORTS_EVERY_S: Final = 1.0
STORE_LAST_USED_EVERY_S: Final = 60.0
CHECKPOINT_EVERY_S: Final = 1.0
REFOLD_EVERY_S: Final = 60.0
FORGET_EVERY_S: Final = 3600.0
FORGET_MARKS_EVERY_S: Final = 60.0

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Message, Receive, Send], Awaitable[None]]


class Service:
    """The running service as one ASGI application. Make it inside its event loop."""

    def __init__(
        self,
        storage: Storage,
        secrets: Secrets,
        clock: Clock,
        sign_in: SignInSettings | None = None,
    ) -> None:
        """`sign_in` is whose tokens are believed beside the service's own; None: nobody's."""
        self._storage, self._clock = storage, clock
        self._people = _people(storage, secrets, clock, sign_in)
        self.live = LiveChannel(storage.revision)
        self.writer = Writer(storage, asyncio.get_running_loop(), self.live.note_commit)
        directory = _directory(storage)
        rules = Rulebook()
        callers = BlockedCallers(rules.blocks, secrets, self.writer)
        self._seeder = Seeder(
            storage=storage,
            directory=directory,
            rules=rules,
            callers=callers,
            writer=self.writer,
            clock=clock,
        )
        self._maintenance = Maintenance(storage, self.writer, clock)
        self._upkeep = Upkeep(rules, callers, self.writer, clock)
        self._sealing = Sealing(storage.sealing_key(), self.writer, clock)
        self._eraser = Eraser(
            storage=storage,
            writer=self.writer,
            seeder=self._seeder,
            rules=rules,
            callers=callers,
            sealing=self._sealing,
            clock=clock,
        )
        details = Details(directory.scrub_rules, secrets.pseudonyms)
        meter = Meter(
            directory=directory,
            rules=rules,
            callers=callers,
            writer=self.writer,
            secrets=secrets,
            details=details,
            sealing=self._sealing,
            clock=clock,
        )
        self._functions = FunctionBook(directory, clock)
        self._reports = ReportBook(details, rules.frozen, clock)
        self._last_used = LastUsed()
        self._presence, self._gate, self._socket = self._sdk_side(
            directory, rules, secrets, meter, clock
        )
        self.account_end = AccountEnd(storage, self.writer, self._close_gate, clock)
        metrics = Metrics(State(self.writer, self._presence, details, installed_version()))
        context = self._context(directory, rules, secrets, metrics, clock)
        http = api.build(context)
        hook.install(http)
        web.install(http, context)
        legacy.install(http, directory, meter, self._gate, self._presence)
        self._http: AsgiApp = Measured(BodyLimit(http), metrics)

    def _sdk_side(
        self, directory: Directory, rules: Rulebook, secrets: Secrets, meter: Meter, clock: Clock
    ) -> tuple[Presence, Gate, SdkSocket]:
        """Who is connected, who is let in, and the socket that answers them."""
        views = SdkViews(directory, rules, clock)
        presence = Presence(directory, views, clock)
        presence.load(self._storage.last_seen())
        gate = Gate(directory, secrets, presence, self._last_used, clock)
        credit_desk = CreditDesk(
            directory=directory, rules=rules, storage=self._storage, secrets=secrets, clock=clock
        )
        books = (self._functions, self._reports)
        socket = SdkSocket(
            directory=directory,
            handler=MessageHandler(meter, views, books, credit_desk),
            gate=gate,
            presence=presence,
            clock=clock,
        )
        return presence, gate, socket

    def _context(
        self,
        directory: Directory,
        rules: Rulebook,
        secrets: Secrets,
        metrics: Metrics,
        clock: Clock,
    ) -> Context:
        """What the routes of the admin API work with."""
        return Context(
            storage=self._storage,
            writer=self.writer,
            directory=directory,
            seeder=self._seeder,
            secrets=secrets,
            cursors=Cursors(secrets),
            access=Access(
                TokenBook(self._storage.tokens()), self._people, secrets, self._last_used, clock
            ),
            people=self._people,
            last_used=self._last_used,
            clock=clock,
            version=installed_version(),
            presence=self._presence,
            explainer=Explainer(
                directory=directory,
                rules=rules,
                secrets=secrets,
                clock=clock,
                kinds=self._presence.kinds,
            ),
            metrics=metrics,
            sealing=self._sealing,
            eraser=self._eraser,
            account_end=self.account_end,
            live=self.live,
            webhooks=WebhookBook(self._storage.webhooks(), secrets),
            sockets_changed=self._socket.drop_refused,
        )

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Tell SDK sockets and HTTP apart; of a deleted account nothing is told any more."""
        noted = self.account_end.noted
        if noted is not None and noted.is_applied:
            await Farewell(noted, installed_version(), self._clock)(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket" and scope["path"].endswith("/ws"):
            await self._socket(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close"})

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Record usage inside this block; on leaving, everything that was queued is committed."""
        self.writer.start()
        await self._seeder.seed_all()
        await self._eraser.resume()
        chores = (
            (EXPIRE_EVERY_S, self._maintenance.expire_holds),
            (EXPIRE_EVERY_S, self._upkeep.end_what_ran_out),
            (FORGET_MARKS_EVERY_S, self._upkeep.forget_marks),
            (SEAL_EVERY_S, self._sealing.keep),
            (RECYCLE_EVERY_S, self._socket.recycle_silent),
            (DROP_ENDED_EVERY_S, self._drop_ended),
            (REMEMBER_EVERY_S, self._remember_presence),
            (STORE_FUNCTIONS_EVERY_S, self._store_functions),
            (STORE_REPORTS_EVERY_S, self._store_reports),
            (STORE_LAST_USED_EVERY_S, self._store_last_used),
            (CHECKPOINT_EVERY_S, self._maintenance.checkpoint),
            (REFOLD_EVERY_S, self._maintenance.refold),
            (FORGET_EVERY_S, self._maintenance.forget_old),
        )
        tasks = [asyncio.create_task(repeat(interval, chore)) for interval, chore in chores]
        tasks.append(asyncio.create_task(self.live.watch()))
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            with contextlib.suppress(StorageUnavailable):  # it is told by the writer's own log
                await self._remember_presence()
                await self._store_last_used()
                await self._store_reports()
            await asyncio.to_thread(self.writer.stop)

    def _close_gate(self) -> None:
        """Let no SDK in any more, and end the connections of those that are."""
        self._gate.close()
        self._socket.drop_refused()

    async def _store_functions(self) -> None:
        if seen := self._functions.to_store():
            await self.writer.run(seen, can_wait=True)
            self._functions.stored(seen)

    async def _store_reports(self) -> None:
        if told := self._reports.to_store():
            await self.writer.run(told, can_wait=True)
            self._reports.stored(told)

    async def _drop_ended(self) -> None:
        """Close the sockets whose key has come to its end."""
        self._socket.drop_refused()

    async def _store_last_used(self) -> None:
        if used := self._last_used.to_store():
            await self.writer.run(used, can_wait=True)

    async def _remember_presence(self) -> None:
        if rows := self._presence.to_remember():
            await self.writer.run(rows, can_wait=True)


def _directory(storage: Storage) -> Directory:
    directory = Directory()
    directory.load(storage)
    return directory


def _people(
    storage: Storage, secrets: Secrets, clock: Clock, sign_in: SignInSettings | None
) -> PeopleDoor:
    issuer = None if sign_in is None else Issuer(sign_in, clock)
    return PeopleDoor(MemberBook(storage.members(), storage.devices(), secrets), issuer)


def installed_version() -> str:
    """Version of the installed distribution; a source tree that was not installed has none."""
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return "0+source"
