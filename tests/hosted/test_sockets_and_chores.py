"""Throttling, recycling and the service's own chores, with a clock in the test's hand."""

import asyncio
import uuid

import pytest

from contract.messages.rollups import EndpointHour
from hosted.clock import SECOND_US
from hosted.errors import StorageUnavailable
from hosted.last_used import LastUsed
from hosted.metering.directory import Directory
from hosted.metering.ledger import Open
from hosted.metering.maintenance import DAY_US, RAW_EVENT_DAYS, Maintenance, repeat
from hosted.metering.writer import Writer
from hosted.sdk.gate import REFUSALS_PER_WINDOW, WINDOW_S, Gate
from hosted.sdk.presence import Presence
from hosted.secrets import Secrets
from hosted.storage.embedded import EmbeddedStorage
from tests.hosted.storage_contract import APP, SIGHTING, commit, event, rows_of

KEY = "5a" * 32


class Hand:
    """A clock that stands still until it is moved."""

    def __init__(self, now_us=0):
        self.now_us = now_us

    def __call__(self):
        return self.now_us


def gate_of(clock):
    """A gate that knows no key."""
    directory = Directory()
    presence = Presence(directory, None, clock)
    return Gate(directory, Secrets.of(b"k" * 32, "svc_1"), presence, LastUsed(), clock)


def test_address_that_keeps_knocking_is_told_to_wait_and_forgiven_later():
    clock = Hand()
    gate = gate_of(clock)
    told = {gate.refuse(b"", "192.0.2.1") for _ in range(REFUSALS_PER_WINDOW)}
    assert told == {401}
    assert gate.refuse(b"", "192.0.2.1") == 429
    assert gate.refuse(b"", "192.0.2.2") == 401
    clock.now_us += WINDOW_S * SECOND_US
    assert gate.refuse(b"", "192.0.2.1") == 401


@pytest.fixture
def storage(tmp_path):
    opened = EmbeddedStorage(tmp_path, KEY, lambda: 1)
    yield opened
    opened.close()


def run_chores(storage, clock, *chores):
    """Run chores by name with a writer behind them."""

    async def scene():
        writer = Writer(storage, asyncio.get_running_loop())
        writer.start()
        maintenance = Maintenance(storage, writer, clock)
        for chore in chores:
            await getattr(maintenance, chore)()
        await asyncio.to_thread(writer.stop)

    asyncio.run(scene())


def test_chores_expire_forget_and_tidy(storage):
    opened = event()
    commit(storage, Open(opened, SIGHTING))
    run_chores(storage, Hand(opened.expires_us), "expire_holds", "checkpoint", "refold")
    assert rows_of(storage, EndpointHour)[0].unsettled == 1
    later = opened.opened_us + (RAW_EVENT_DAYS + 1) * DAY_US
    run_chores(storage, Hand(later), "forget_old")
    with storage.transaction() as transaction:
        assert transaction.event(APP, opened.allocation_id) is None
    assert rows_of(storage, EndpointHour)[0].requests == 1


def test_raw_events_are_kept_as_long_as_their_application_says(storage):
    with storage.transaction() as transaction:
        body = {"name": "A", "raw_event_days": 7}
        transaction.put_configuration("application", "app_short", "app_short", body)
    short, usual = event(application_id="app_short"), event()
    commit(storage, Open(short, SIGHTING), Open(usual, SIGHTING))
    run_chores(storage, Hand(usual.opened_us + 8 * DAY_US), "forget_old")
    assert storage.trace("app_short", short.allocation_id) is None
    assert storage.trace(APP, usual.allocation_id) is not None


def test_chore_that_fails_is_tried_again(caplog):
    outcomes = [StorageUnavailable("The disk is full."), ZeroDivisionError(), None]

    async def chore():
        outcome = outcomes.pop(0)
        if outcome is None:
            raise asyncio.CancelledError
        raise outcome

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(repeat(0, chore))
    assert outcomes == []
    assert "has to wait" in caplog.text
    assert "A chore failed" in caplog.text


def test_allocation_ids_of_other_forms_are_kept_as_pseudonyms(api):
    from tests.hosted.service import connected, use

    strange = f"ann@example.com {uuid.uuid4()}"

    async def call():
        async with connected(api) as socket:
            for _ in range(2):
                answer = await socket.ask("use_allocation", use(strange, "GET", "/x"))
            return answer

    answer = asyncio.run(call())
    assert "ann" not in answer["payload"]["eventId"]
    assert api.totals()["requests"] == 1
