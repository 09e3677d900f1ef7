"""What a day with very many customers costs the service's storage.

Twenty thousand customers, a million with `USAGEFLOW_BENCHMARK_LONG=1`; each calls twice a day.
"""

import os
import time
from pathlib import Path
from typing import Final

import msgspec

from benchmarks.figures import Figure
from benchmarks.throughput import resident
from hosted.clock import SECOND_US, system_clock
from hosted.metering.allocations import new_allocation_id
from hosted.metering.events import EventState, Sighting, UsageEvent
from hosted.metering.ledger import Open, Settle
from hosted.storage.connection import connect
from hosted.storage.embedded import DATA_FILE, EmbeddedStorage

SHORT: Final = 20_000
LONG: Final = 1_000_000
GROUP: Final = 4000
"""Calls folded together."""
CHECKPOINT_EVERY: Final = 10 * GROUP
"""Calls between two checkpoints; the service makes one every few seconds."""
CALLS_A_DAY: Final = 2
APPLICATION: Final = "app_" + "0" * 32
SIGHTING: Final = Sighting("ep_" + "0" * 32, "GET", "/v1/items/{item_id}")
DETAIL: Final = b'{"network":"192.0.2.0/24","agent":"python-httpx/0","headers":{"accept":"*/*"}}'
NEW_LIMIT: Final = 700
DAY_LIMIT: Final = 200
EVENT_LIMIT: Final = 300
CALL_LIMIT_US: Final = 300
MEMORY_LIMIT_MIB: Final = 400
KEY: Final = "5a" * 32
PAGE: Final = os.sysconf("SC_PAGE_SIZE")


def settled_call(customer: int, now_us: int) -> tuple[Open, Settle]:
    """The two messages of a call."""
    hour = now_us // SECOND_US // 3600 * 3600
    opened = UsageEvent(
        application_id=APPLICATION, allocation_id=new_allocation_id(now_us),
        endpoint_id=SIGHTING.endpoint_id, customer_id=f"cus_1{customer:024x}",
        state=EventState.OPEN, opened_us=now_us, expires_us=now_us + 60 * SECOND_US, hour=hour,
        day=hour // 86_400, detail=DETAIL,
    )  # fmt: skip
    closed = msgspec.structs.replace(
        opened, state=EventState.SETTLED, units_micro=1_000_000, status=200, duration_ms=11
    )
    return Open(opened, SIGHTING, is_fresh=True), Settle(closed, SIGHTING)


def fold(storage: EmbeddedStorage, customers: range, now_us: int) -> None:
    """Count one call of each customer in one transaction."""
    calls = [settled_call(customer, now_us) for customer in customers]
    with storage.transaction() as transaction:
        messages = [message for call in calls for message in call]
        transaction.expect([m.event for m in messages], [opened.event for opened, _ in calls])
        for message in messages:
            message.apply(transaction)


def count_day(storage: EmbeddedStorage, count: int, now_us: int) -> float:
    """Let every customer call some times; return microseconds of processor time a call."""
    begun = time.process_time()
    for _ in range(CALLS_A_DAY):
        for first in range(0, count, GROUP):
            fold(storage, range(first, min(first + GROUP, count)), now_us)
            if not first % CHECKPOINT_EVERY:
                storage.checkpoint()
    return 1e6 * (time.process_time() - begun) / (count * CALLS_A_DAY)


def packed_bytes(storage: EmbeddedStorage, directory: Path, *, with_events: bool) -> int:
    """Size of the data without holes; the raw events may be left out."""
    if not with_events:
        with storage.transaction() as transaction:
            while transaction.delete_events(APPLICATION, 2**62, 100_000):
                continue
    storage.checkpoint()
    copy = directory / "packed.db"
    db = connect(directory / DATA_FILE, KEY)
    db.execute("VACUUM INTO :copy", {"copy": str(copy)})
    db.close()
    found = copy.stat().st_size
    copy.unlink()
    return found


def measure(directory: Path) -> list[Figure]:
    count = LONG if os.environ.get("USAGEFLOW_BENCHMARK_LONG") else SHORT
    storage = EmbeddedStorage(directory, KEY, system_clock)
    begun_pages = resident(os.getpid())
    first_us = count_day(storage, count, system_clock())
    whole = packed_bytes(storage, directory, with_events=True)
    first_day = packed_bytes(storage, directory, with_events=False)
    next_us = count_day(storage, count, system_clock() + 86_400 * SECOND_US)
    memory_mib = (resident(os.getpid()) - begun_pages) * PAGE / 2**20
    both_days = packed_bytes(storage, directory, with_events=False)
    storage.close()
    events = (whole - first_day) / (count * CALLS_A_DAY)
    basis = f"{count:,} customers, {CALLS_A_DAY} calls each, one endpoint"
    return [
        Figure("storage of a new customer and the first day", first_day / count, NEW_LIMIT, "bytes",
               basis),
        Figure("storage of each further day", (both_days - first_day) / count, DAY_LIMIT, "bytes",
               basis),
        Figure("storage of a raw event", events, EVENT_LIMIT, "bytes", basis),
        Figure("counting a call of a new customer", first_us, CALL_LIMIT_US, "us",
               f"processor time; {next_us:.0f} us for a known one"),
        Figure("memory of the service for it", memory_mib, MEMORY_LIMIT_MIB, "MiB", basis),
    ]  # fmt: skip
