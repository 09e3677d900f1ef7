"""Crashes at every step of storing a call: the rollups equal a recount of what was sent.

The state of the disk at an instant is a copy of the files. What follows a crash is what clients and
proxies do: everything that was not confirmed is sent again, and some of the rest too.
"""

import asyncio
import random
import shutil
import tempfile
import uuid
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.messages.rollups import ANONYMOUS, CustomerDay, CustomerHour, EndpointHour
from hosted.clock import system_clock
from hosted.metering import folder
from hosted.metering.events import EventState, Sighting
from hosted.metering.ledger import Open, Settle
from hosted.metering.writer import Writer
from hosted.storage.embedded import EmbeddedStorage
from tests.hosted.storage_contract import DAY, HOUR, event, rows_of

KEY = "5a" * 32
STATUSES = (200, 404, 500)


@dataclass
class Truth:
    """Calls as their clients know them, and what a recount of them comes to."""

    calls: list = field(default_factory=list)

    def recount(self):
        """Requests, units, failures and customers' sums, worked out without the service."""
        hours, days = Counter(), Counter()
        for call in self.calls:
            hours[call.endpoint_id, call.hour, "requests"] += 1
            hours[call.endpoint_id, call.hour, "units"] += call.units_micro
            hours[call.endpoint_id, call.hour, f"{call.status // 100}xx"] += 1
            days[call.customer_id, call.day, "events"] += 1
            days[call.customer_id, call.day, "quantity"] += call.units_micro
            peak = (call.customer_id, call.day, "peak")
            days[peak] = max(days[peak], call.units_micro)
        return +hours, +days


def counted(storage):
    """The same from the rollups."""
    hours, days = Counter(), Counter()
    for row in rows_of(storage, EndpointHour):
        key = (row.endpoint_id, row.hour)
        hours[*key, "requests"] += row.requests
        hours[*key, "units"] += row.units
        hours[*key, "4xx"] += row.errors_4xx
        hours[*key, "5xx"] += row.errors_5xx
        hours[*key, "2xx"] += row.requests - row.errors_4xx - row.errors_5xx
    peaks = {}
    for row in rows_of(storage, CustomerDay):
        days[row.customer_id, row.day, "events"] += row.events
        days[row.customer_id, row.day, "quantity"] += row.quantity
        peak = (row.customer_id, row.day, "peak")
        peaks[peak] = max(peaks.get(peak, 0), row.peak)
    by_hour = sum(row.requests for row in rows_of(storage, CustomerHour))
    assert by_hour == sum(count for key, count in hours.items() if key[-1] == "requests")
    return +hours, +(days + Counter(peaks))


def some_calls(chance, count):
    """Settled calls on two endpoints, three hours and four kinds of callers."""
    return [
        event(
            EventState.SETTLED,
            allocation_id=str(uuid.UUID(int=chance.getrandbits(128))),
            endpoint_id=f"ep_{chance.randrange(2)}",
            customer_id=chance.choice(["cus_1", "cus_2", "cus_3", ANONYMOUS]),
            hour=HOUR - 3600 * chance.randrange(3),
            day=DAY,
            units_micro=chance.randrange(5_000_000),
            status=chance.choice(STATUSES),
            duration_ms=chance.randrange(900),
        )
        for _ in range(count)
    ]


def messages_of(call):
    """The two messages of a call."""
    sighting = Sighting(call.endpoint_id, "GET", f"/{call.endpoint_id}")
    opened = msgspec.structs.replace(
        call, state=EventState.OPEN, units_micro=0, status=None, duration_ms=None
    )
    return [Open(opened, sighting), Settle(call, sighting)]


class Crash(BaseException):
    """The process is gone."""


class Faulty:
    """A storage that dies at one step, and leaves what a dead process leaves: the files."""

    def __init__(self, directory, dies_at):
        self._storage = EmbeddedStorage(directory, KEY, system_clock)
        self._directory = directory
        self._left = dies_at
        self.journal = self
        self.remains = None

    def __getattr__(self, name):
        return getattr(self._storage, name)

    def step(self):
        """One more step; the last one is the crash."""
        self._left -= 1
        if self._left == 0 and self.remains is None:
            self.remains = Path(tempfile.mkdtemp(dir=self._directory.parent))
            for file in self._directory.iterdir():
                shutil.copy(file, self.remains / file.name)

    def append(self, entry):
        self.step()
        number = self._storage.journal.append(entry)
        self.step()
        return number

    def entries(self, after):
        return self._storage.journal.entries(after)

    def forget(self, up_to):
        self._storage.journal.forget(up_to)
        self.step()

    def transaction(self, *rest):
        return Steps(self, self._storage.transaction(*rest))

    def close(self):
        self._storage.close()


class Steps:
    """A transaction with a step after each thing it does."""

    def __init__(self, faulty, manager):
        self._faulty = faulty
        self._manager = manager

    def __enter__(self):
        self._faulty.step()
        self._transaction = self._manager.__enter__()
        return self

    def __getattr__(self, name):
        done = getattr(self._transaction, name)
        if not callable(done):
            return done

        def and_step(*arguments):
            result = done(*arguments)
            self._faulty.step()
            return result

        return and_step

    def __exit__(self, *error):
        self._faulty.step()
        result = self._manager.__exit__(*error)
        self._faulty.step()
        return result


async def send(storage, groups, confirmed):
    """Send groups of messages, each at once; note what was confirmed."""
    writer = Writer(storage, asyncio.get_running_loop())
    writer.start()
    for group in groups:
        waiting = [asyncio.get_running_loop().create_future() for _ in group]
        for message, told in zip(group, waiting, strict=True):

            def hear(_result, error, told=told, message=message):
                if error is None and storage_lives(storage):
                    confirmed.append(message)
                told.set_result(None)

            writer.submit(message, hear)
        await asyncio.gather(*waiting)
    await asyncio.to_thread(writer.stop)


def storage_lives(storage):
    """Whether the process that answers is not the one that is dead already."""
    return getattr(storage, "remains", None) is None


def cut(chance, messages):
    """Cut messages into groups as they may arrive on many connections."""
    groups = []
    while messages:
        size = chance.randrange(1, 7)
        groups.append(messages[:size])
        messages = messages[size:]
    return groups


def crash_and_go_on(directory, seed, dies_at):
    """Send calls, crash at a step, send again what the clients miss; truth and count."""
    chance = random.Random(seed)  # noqa: S311 - a repeatable history
    calls = some_calls(chance, 12)
    messages = [message for call in calls for message in messages_of(call)]
    messages += chance.choices(messages, k=6)
    chance.shuffle(messages)
    data = directory / "data"
    data.mkdir()
    confirmed = []
    faulty = Faulty(data, dies_at)
    asyncio.run(send(faulty, cut(chance, messages), confirmed))
    faulty.close()
    survivors = faulty.remains or data
    missed = [message for message in messages if message not in confirmed]
    again = missed + chance.choices(messages, k=8)
    chance.shuffle(again)
    storage = EmbeddedStorage(survivors, KEY, system_clock)
    asyncio.run(send(storage, cut(chance, again), []))
    result = counted(storage), faulty.remains is not None
    storage.close()
    return Truth(calls), *result


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 260), st.sampled_from([1, 3, 8000]))
def test_rollups_equal_the_recount_after_a_crash_at_any_step(seed, dies_at, fold_limit):
    before = folder.FOLD_LIMIT
    folder.FOLD_LIMIT = fold_limit
    try:
        with tempfile.TemporaryDirectory() as directory:
            truth, found, _ = crash_and_go_on(Path(directory), seed, dies_at)
    finally:
        folder.FOLD_LIMIT = before
    assert found == truth.recount()


def test_every_step_is_a_place_where_it_can_crash(tmp_path):
    """The steps the property test draws from are really reached, up to the last ones."""
    reached = []
    for dies_at in (1, 2, 5, 30, 60):
        directory = tmp_path / str(dies_at)
        directory.mkdir()
        *_, crashed = crash_and_go_on(directory, 1, dies_at)
        reached.append(crashed)
    assert all(reached)


def test_confirmed_calls_are_counted_though_nobody_sends_them_again(tmp_path):
    """Crash after the last confirmation and before the first fold."""
    chance = random.Random(7)  # noqa: S311 - a repeatable history
    calls = some_calls(chance, 30)
    data = tmp_path / "data"
    data.mkdir()
    faulty = Faulty(data, 2)
    confirmed = []
    group = [message for call in calls for message in messages_of(call)]
    asyncio.run(send(faulty, [group], confirmed))
    faulty.close()
    storage = EmbeddedStorage(faulty.remains, KEY, system_clock)
    assert rows_of(storage, EndpointHour) == []
    asyncio.run(send(storage, [], []))
    assert counted(storage) == Truth(calls).recount()
    storage.close()
