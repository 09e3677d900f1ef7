"""The metering of a service in this process, under a clock that tests hold."""

import asyncio
import uuid
from contextlib import asynccontextmanager

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hosted.metering.admission import Rulebook
from hosted.metering.blocked_callers import BlockedCallers
from hosted.metering.directory import Directory
from hosted.metering.explain import Explainer
from hosted.metering.meter import Admitted, Meter
from hosted.metering.seeding import Seeder
from hosted.metering.upkeep import Upkeep
from hosted.metering.writer import Writer
from hosted.scrub.details import Details
from hosted.scrub.events import scrubbed
from hosted.scrub.sealing import Sealing
from hosted.sdk.frames import AllocationMessage
from hosted.sdk.views import SdkViews
from hosted.secrets import Secrets
from hosted.storage.embedded import EmbeddedStorage
from tests.hosted.service import metadata

APP = "app_1"
KEY = "5a" * 32
SECRETS = Secrets.of(bytes(32), "svc_lab")
OTHER_CIPHER = AESGCM(bytes(32))


class Lab:
    """One life of the service. Made by `living`."""

    def __init__(self, storage, clock):
        self.storage = storage
        self.clock = clock
        self.writer = Writer(storage, asyncio.get_running_loop())
        self.directory = Directory()
        self.directory.load(storage)
        self.rules = Rulebook()
        self.callers = BlockedCallers(self.rules.blocks, SECRETS, self.writer)
        self.seeder = Seeder(
            storage=storage,
            directory=self.directory,
            rules=self.rules,
            callers=self.callers,
            writer=self.writer,
            clock=clock,
        )
        self.upkeep = Upkeep(self.rules, self.callers, self.writer, clock)
        self.views = SdkViews(self.directory, self.rules, clock)
        self.explainer = Explainer(
            directory=self.directory,
            rules=self.rules,
            secrets=SECRETS,
            clock=clock,
            kinds=lambda _application_id: (),
        )
        self.meter = Meter(
            directory=self.directory,
            rules=self.rules,
            callers=self.callers,
            writer=self.writer,
            secrets=SECRETS,
            details=Details(self.directory.scrub_rules, SECRETS.pseudonyms),
            sealing=Sealing(None, self.writer, clock),
            clock=clock,
        )

    @property
    def application(self):
        return self.directory.application(APP)

    async def put(self, entity, entity_id, body):
        """Store a row as an accepted edit does, and let metering know."""
        row = await self.writer.run(Put(entity, entity_id, body))
        await self.seeder.take_over([row])

    async def request(self, identity="", method="GET", url="/x", **fields):
        """Ask for a call; the allocation, or None when it is refused."""
        heard = asyncio.get_running_loop().create_future()
        call = message(identity, method, url, **fields)
        self.meter.request(self.application, call, heard.set_result)
        verdict = await heard
        return verdict.allocation_id if isinstance(verdict, Admitted) else None

    def report(self, identity="", method="GET", url="/x", **fields):
        """Report a call that waits for nothing; its allocation."""
        allocation_id = fields.pop("allocation_id", None) or str(uuid.uuid4())
        call = message(identity, method, url, allocation_id=allocation_id, **fields)
        self.meter.request(self.application, call, None)
        return allocation_id

    async def use(self, allocation_id, identity="", method="GET", url="/x", **fields):
        """Settle a call and wait for its commit."""
        heard = asyncio.get_running_loop().create_future()
        call = message(identity, method, url, allocation_id=allocation_id, **fields)
        self.meter.use(self.application, call, heard.set_result)
        await heard


class Put:
    """Stores a configuration row."""

    def __init__(self, entity, entity_id, body):
        self.values = (entity, entity_id, APP, body)

    def apply(self, transaction):
        return transaction.put_configuration(*self.values)


def message(identity, method, url, *, allocation_id=None, **facts):
    """A scrubbed allocation message."""
    alias = f"{method} {url} {identity}".rstrip()
    return scrubbed(
        AllocationMessage(
            alias=alias,
            amount=msgspec.Raw(msgspec.json.encode(facts.pop("amount", 1))),
            allocation_id=allocation_id,
            duration=facts.pop("duration", None),
            metadata=msgspec.Raw(msgspec.json.encode({**metadata(method, url), **facts})),
        )
    )


@asynccontextmanager
async def living(directory, clock):
    """A life of the service on a data directory."""
    storage = EmbeddedStorage(directory, KEY, clock)
    lab = Lab(storage, clock)
    lab.writer.start()
    await lab.seeder.seed_all()
    try:
        yield lab
    finally:
        await asyncio.to_thread(lab.writer.stop)
        storage.close()


def application(**fields):
    """Body of an application."""
    return {"name": "Shop", "time_zone": "UTC", **fields}


def policy(*limits, **fields):
    """Body of a policy with an identity and limits."""
    return {
        "application_id": APP,
        "method": "GET",
        "url": "/x",
        "identity_location": "headers",
        "identity_name": "X-User",
        "limits": [{"interval": "day", **limit} for limit in limits],
        **fields,
    }
