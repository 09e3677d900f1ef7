"""The group commit: what it confirms is counted, once, whatever the disk or a command does."""

import asyncio
import base64
import threading

import pytest

from contract.messages.rollups import EndpointHour
from hosted.clock import system_clock
from hosted.errors import StorageUnavailable
from hosted.metering import folder, journal
from hosted.metering import writer as writer_module
from hosted.metering.folder import Errand, Folder, Journaled
from hosted.metering.ledger import Deny, Open, Settle
from hosted.metering.writer import GATHER_FROM, GATHER_S, Nothing, Writer
from hosted.storage.embedded import EmbeddedStorage
from tests.hosted.storage_contract import SIGHTING, Broken, Mark, commit, event, rows_of, settlement

KEY = "5a" * 32
FIRST_RELEASE = (
    "KLUv/WScAL0GAOQKk5SkT3BlbtwAFKVhcHBfMdkkMDE5MmYwYzEtN2MzZS03YTU1LTlkMmEtMDEyMzQ1Njc4OWFi"
    "pGVwXzGlY3VzXzGkb3Blbs8ABmDt0ZVEBdUoywXOawQAkM1RLAAHwMDCwsLCAMDEAnt9lKNHRVSmL2l0ZW1zoMOT"
    "pERlbnljpmRlbmllZAClcG9sXzGTplNldHRsZWKnc/sHzMgHEnsiYWdlbnQiOiJjdXJsLzgiDgA+NoWHzZ5hwRJB"
    "IBjshZlRYRSETAqmgA/XwLgfGBPmSvDDq0QBUC+pIw=="
)


@pytest.fixture
def storage(tmp_path):
    opened = EmbeddedStorage(tmp_path, KEY, system_clock)
    yield opened
    opened.close()


class Refusing:
    """A storage, and its journal, that refuse as long as they are told to."""

    def __init__(self, storage, *, journal, data):
        self._storage = storage
        self.journal = self
        self.refuses_journal = journal
        self.refuses_data = data
        self.tried = threading.Event()

    def __getattr__(self, name):
        return getattr(self._storage, name)

    def transaction(self, *rest):
        if self.refuses_data:
            self.tried.set()
            raise StorageUnavailable("The disk is full.")
        return self._storage.transaction(*rest)

    def append(self, entry):
        if self.refuses_journal:
            raise StorageUnavailable("The disk is full.")
        return self._storage.journal.append(entry)

    def entries(self, after):
        return self._storage.journal.entries(after)

    def forget(self, up_to):
        self._storage.journal.forget(up_to)


async def journaled(writer, command):
    """Submit a message and wait until it is confirmed."""
    loop = asyncio.get_running_loop()
    done = loop.create_future()

    def told(_result, error):
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)

    loop.call_soon(writer.submit, command, told)
    await done


class Poison(Open, tag="Open"):
    """A message whose counting fails."""

    def apply(self, transaction):
        super().apply(transaction)
        raise ZeroDivisionError


def test_message_that_cannot_be_counted_does_not_take_its_group_along(storage, caplog):
    async def scene():
        writer = Writer(storage, asyncio.get_running_loop())
        for command in (Open, Poison, Open):
            writer.submit(command(event(), SIGHTING))
        writer.start()
        await asyncio.to_thread(writer.stop)

    asyncio.run(scene())
    assert rows_of(storage, EndpointHour)[0].requests == 2
    assert "tried one by one" in caplog.text
    assert "left out" in caplog.text
    assert storage.folded().commands == 3


def test_command_that_fails_is_told_to_who_waits_and_to_nobody_else(storage, caplog):
    async def scene():
        writer = Writer(storage, asyncio.get_running_loop())
        writer.start()
        commands = (Open(event(), SIGHTING), Broken(), Open(event(), SIGHTING))
        outcomes = await asyncio.gather(*map(writer.run, commands), return_exceptions=True)
        await asyncio.to_thread(writer.stop)
        return outcomes

    good, bad, after = asyncio.run(scene())
    assert (good, after) == (True, True)
    assert isinstance(bad, ZeroDivisionError)
    assert rows_of(storage, EndpointHour)[0].requests == 2
    assert "nothing of it was stored" in caplog.text


def test_refused_journal_is_told_to_who_waits_and_made_up_for_the_rest(storage, caplog):
    refusing = Refusing(storage, journal=True, data=False)

    async def scene():
        writer = Writer(refusing, asyncio.get_running_loop())
        writer.submit(Open(event(), SIGHTING))
        writer.start()
        with pytest.raises(StorageUnavailable):
            await journaled(writer, Open(event(), SIGHTING))
        was_healthy = writer.is_healthy
        refusing.refuses_journal = False
        await asyncio.to_thread(writer.stop)
        return was_healthy, writer.is_healthy

    assert asyncio.run(scene()) == (False, True)
    assert rows_of(storage, EndpointHour)[0].requests == 1
    assert "refuses writes" in caplog.text


def test_confirmed_messages_wait_in_the_journal_while_the_data_file_refuses(storage, caplog):
    refusing = Refusing(storage, journal=False, data=True)

    async def scene():
        writer = Writer(refusing, asyncio.get_running_loop())
        writer.start()
        await journaled(writer, Open(event(), SIGHTING))
        await asyncio.to_thread(refusing.tried.wait)
        with pytest.raises(StorageUnavailable):
            await writer.run(Broken())
        was_healthy = writer.is_healthy
        await asyncio.to_thread(writer.stop)
        return was_healthy

    assert not asyncio.run(scene())
    assert rows_of(storage, EndpointHour) == []
    assert "the next start counts them" in caplog.text

    async def again():
        writer = Writer(storage, asyncio.get_running_loop())
        writer.start()
        await asyncio.to_thread(writer.stop)

    asyncio.run(again())
    assert rows_of(storage, EndpointHour)[0].requests == 1


def test_what_was_submitted_before_an_errand_is_counted_when_it_runs(storage):
    class Look:
        def apply(self, _transaction):
            return rows_of(storage, EndpointHour)

    async def scene():
        writer = Writer(storage, asyncio.get_running_loop())
        writer.start()
        for _ in range(50):
            writer.submit(Open(event(), SIGHTING))
        rows = await writer.run(Look())
        await asyncio.to_thread(writer.stop)
        return rows

    assert asyncio.run(scene())[0].requests == 50


def test_result_of_counting_is_told_to_who_wants_it(storage):
    async def scene():
        loop = asyncio.get_running_loop()
        writer = Writer(storage, loop)
        writer.start()
        heard, results = asyncio.Event(), []

        def folded(result, _error):
            results.append(result)
            if len(results) == 2:
                heard.set()

        twice = Open(event(), SIGHTING)
        writer.submit(twice, None, folded)
        writer.submit(twice, None, folded)
        await heard.wait()
        await asyncio.to_thread(writer.stop)
        return results

    assert asyncio.run(scene()) == [True, False]


def test_listener_that_fails_is_reported_and_the_next_one_hears(storage):
    async def scene():
        loop = asyncio.get_running_loop()
        reported = []
        loop.set_exception_handler(lambda _loop, context: reported.append(context["exception"]))
        writer = Writer(storage, loop)

        def faulty(_result, _error):
            raise ZeroDivisionError

        writer.submit(Open(event(), SIGHTING), faulty)
        waiting = asyncio.ensure_future(journaled(writer, Open(event(), SIGHTING)))
        await asyncio.sleep(0)
        writer.start()
        await waiting
        await asyncio.to_thread(writer.stop)
        return reported

    (error,) = asyncio.run(scene())
    assert isinstance(error, ZeroDivisionError)


def test_journal_entry_is_read_back_as_it_was_written():
    opened = event(reserved_micro=7, skew_s=-4, detail=b'{"agent":"curl/8"}')
    commands = [Open(opened, SIGHTING, is_fresh=True), settlement(opened, units=-5)]
    assert journal.read(journal.written(commands)) == commands


def test_start_folds_a_long_journal_in_parts(storage, monkeypatch):
    monkeypatch.setattr(folder, "FOLD_LIMIT", 4)
    for _ in range(5):
        commands = [Open(event(), SIGHTING) for _ in range(3)]
        storage.journal.append(journal.written(commands))

    async def scene():
        writer = Writer(storage, asyncio.get_running_loop())
        writer.start()
        await asyncio.to_thread(writer.stop)

    asyncio.run(scene())
    assert rows_of(storage, EndpointHour)[0].requests == 15
    assert storage.folded().number == 5


def test_start_goes_on_in_the_middle_of_an_entry(storage):
    commands = [Open(event(), SIGHTING) for _ in range(3)]
    number = storage.journal.append(journal.written(commands))
    position = folder.JournalPosition(number, 2)
    commit(storage, commands[0], commands[1], Mark(position))

    async def scene():
        writer = Writer(storage, asyncio.get_running_loop())
        writer.start()
        await asyncio.to_thread(writer.stop)

    asyncio.run(scene())
    assert rows_of(storage, EndpointHour)[0].requests == 3


def test_journal_of_the_first_release_can_still_be_read():
    """Written before an upgrade, read after it: fields may only be added, at the end."""
    (opened, denied, settled) = journal.read(base64.b64decode(FIRST_RELEASE))
    assert isinstance(opened, Open)
    assert opened.is_fresh
    assert opened.event.reserved_micro == 7
    assert isinstance(denied, Deny)
    assert denied.event.refused_by == "pol_1"
    assert isinstance(settled, Settle)
    assert (settled.event.units_micro, settled.event.detail) == (-5, b'{"agent":"curl/8"}')
    assert settled.sighting == SIGHTING


def test_fault_in_the_journal_is_a_refusal_and_not_the_end(storage, caplog):
    refusing = Refusing(storage, journal=False, data=False)
    faults = [ZeroDivisionError()]

    def append(entry):
        if faults:
            raise faults.pop()
        return storage.journal.append(entry)

    refusing.append = append

    async def scene():
        writer = Writer(refusing, asyncio.get_running_loop())
        writer.start()
        with pytest.raises(StorageUnavailable):
            await journaled(writer, Open(event(), SIGHTING))
        await journaled(writer, Open(event(), SIGHTING))
        await asyncio.to_thread(writer.stop)

    asyncio.run(scene())
    assert rows_of(storage, EndpointHour)[0].requests == 1
    assert "could not be journaled" in caplog.text


def test_fault_in_the_storage_is_tried_again(storage, caplog):
    refusing = Refusing(storage, journal=False, data=False)
    faults = [ZeroDivisionError]

    def transaction(*rest):
        for fault in faults:
            raise fault
        return storage.transaction(*rest)

    refusing.transaction = transaction

    async def scene():
        writer = Writer(refusing, asyncio.get_running_loop())
        writer.start()
        await journaled(writer, Open(event(), SIGHTING))
        with pytest.raises(StorageUnavailable):
            await writer.run(Mark(folder.JournalPosition(1, 1)))
        faults.clear()
        await writer.catch_up()
        await asyncio.to_thread(writer.stop)

    asyncio.run(scene())
    assert rows_of(storage, EndpointHour)[0].requests == 1
    assert "tried again" in caplog.text


def test_counting_is_hurried_for_who_waits_and_not_for_a_chore(storage):
    async def scene():
        told = []
        counting = Folder(storage, asyncio.get_running_loop(), lambda: None)
        counting.run(Errand(Nothing(), told.append, can_wait=True))
        before = counting._is_awaited()
        counting.run(Errand(Nothing(), told.append))
        return before, counting._is_awaited()

    assert asyncio.run(scene()) == (False, True)


def test_a_chore_is_done_with_a_fold_that_is_due_and_sees_what_came_before(storage):
    class Count:
        def apply(self, transaction):
            return transaction.event("app_1", opened.allocation_id)

    opened = event()

    async def scene():
        writer = Writer(storage, asyncio.get_running_loop())
        writer.start()
        writer.submit(Open(opened, SIGHTING))
        found = await writer.run(Count(), can_wait=True)
        await asyncio.to_thread(writer.stop)
        return found

    assert asyncio.run(scene()) == opened


def test_what_arrives_during_a_fold_waits_for_the_next_one(storage, monkeypatch):
    """A small fold costs nearly as much as a large one."""
    sizes = []

    class Arriving(Open, tag="Open"):
        def apply(self, transaction):
            if len(sizes) == 1:
                waiting.take([Journaled(Open(event(), SIGHTING), 2, 1)])
            return super().apply(transaction)

    fold_together = Folder._fold_together

    def noted(self, group):
        sizes.append(len(group))
        fold_together(self, group)

    async def scene():
        nonlocal waiting
        waiting = Folder(storage, asyncio.get_running_loop(), lambda: None)
        waiting.take([Journaled(Arriving(event(), SIGHTING), 1, place) for place in (1, 2)])
        return waiting._fold_all(), list(sizes), waiting._fold_all()

    monkeypatch.setattr(Folder, "_fold_together", noted)
    waiting = None
    assert asyncio.run(scene()) == (2, [2], 2)
    assert rows_of(storage, EndpointHour)[0].requests == 4


@pytest.mark.parametrize(("size", "gathers"), [(GATHER_FROM - 1, False), (GATHER_FROM, True)])
def test_the_next_group_is_given_time_to_gather_only_under_load(
    storage, monkeypatch, size, gathers
):
    pauses = []
    monkeypatch.setattr(writer_module.time, "sleep", pauses.append)

    async def scene():
        writer = Writer(storage, asyncio.get_running_loop())
        for _ in range(size):
            writer.submit(Open(event(), SIGHTING))
        writer.start()
        await asyncio.to_thread(writer.stop)

    asyncio.run(scene())
    assert (GATHER_S in pauses) is gathers
    assert rows_of(storage, EndpointHour)[0].requests == size
