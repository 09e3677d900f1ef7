"""The file of what was confirmed: numbers that only rise, nothing readable, nobody else's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hosted.clock import SECOND_US
from hosted.errors import StorageDamaged, StorageUnavailable
from hosted.metering import journal
from hosted.metering.events import EventState, Sighting, UsageEvent
from hosted.metering.gauges import Mark
from hosted.metering.ledger import Deny, Open, Settle
from hosted.storage.journal import FORGET_EVERY, JOURNAL_FILE, EmbeddedJournal

KEY = "5a" * 32
SIGHTING = Sighting("ep_1", "GET", "/x", "python")
NUMBERS = st.integers(-(2**62), 2**62)
EVENTS = st.builds(
    UsageEvent,
    application_id=st.just("app_1"),
    allocation_id=st.uuids().map(str),
    endpoint_id=st.just("ep_1"),
    customer_id=st.just("u_1a_0"),
    state=st.sampled_from(EventState),
    opened_us=NUMBERS,
    expires_us=NUMBERS,
    hour=NUMBERS,
    day=NUMBERS,
    units_micro=NUMBERS,
    status=st.none() | st.integers(100, 599),
    late=st.booleans(),
    refused_by=st.none() | st.text(max_size=8),
    detail=st.binary(max_size=40),
)
MARKS = st.lists(st.builds(Mark, st.text(max_size=5), st.text(max_size=5), NUMBERS), max_size=2)
COMMANDS = (
    st.builds(Open, EVENTS, st.just(SIGHTING), st.booleans(), MARKS.map(tuple))
    | st.builds(Settle, EVENTS, st.just(SIGHTING), MARKS.map(tuple))
    | st.builds(Deny, EVENTS, st.just(SIGHTING))
)


@pytest.fixture
def opened(tmp_path):
    """Opens the journal of a directory; each is closed at the end."""
    journals = []

    def open_one(folded=0, service_id="svc_1", key=KEY):
        for one in journals:
            one.close()
        journals.append(EmbeddedJournal(tmp_path, key, service_id, folded))
        return journals[-1]

    yield open_one
    for one in journals:
        one.close()


@given(st.lists(COMMANDS, max_size=6))
def test_an_entry_is_read_as_it_was_written(commands):
    assert journal.read(journal.written(commands)) == commands


def test_a_damaged_entry_is_not_taken_for_a_shorter_one():
    event = UsageEvent("app", "a", "ep", "cus", EventState.OPEN, 0, SECOND_US, 0, 0)
    entry = bytearray(journal.written([Open(event, SIGHTING)] * 50))
    entry[len(entry) // 2] ^= 0xFF
    with pytest.raises(Exception, match=r"(?i)zstd|corrupt|checksum|block|restored|invalid"):
        journal.read(bytes(entry))


def test_entries_come_in_order_from_behind_a_number(opened):
    file = opened()
    numbers = [file.append(bytes([n])) for n in range(5)]
    assert numbers == [1, 2, 3, 4, 5]
    assert list(file.entries(3)) == [(4, b"\3"), (5, b"\4")]


def test_numbers_go_on_after_what_is_stored_and_after_what_was_folded(opened):
    assert opened().append(b"a") == 1
    assert opened().append(b"b") == 2
    assert opened(folded=90).append(b"c") == 91


def test_what_is_folded_goes_with_a_later_entry_and_only_in_crowds(opened):
    file = opened()
    for _ in range(FORGET_EVERY + 1):
        file.append(b"x")
    file.forget(FORGET_EVERY - 1)
    file.append(b"y")
    assert len(list(file.entries(0))) == FORGET_EVERY + 2
    file.forget(FORGET_EVERY)
    assert len(list(file.entries(0))) == FORGET_EVERY + 2
    file.append(b"z")
    left = [number for number, _ in file.entries(0)]
    assert left == [FORGET_EVERY + 1, FORGET_EVERY + 2, FORGET_EVERY + 3]
    file.forget(1)
    assert file.append(b"later") == FORGET_EVERY + 4


def test_a_number_that_failed_is_never_given_again(opened):
    file = opened()
    file.append(b"a")
    file._db.execute("PRAGMA query_only = ON")
    with pytest.raises(StorageUnavailable):
        file.append(b"lost")
    file._db.execute("PRAGMA query_only = OFF")
    assert file.append(b"b") == 3
    assert [entry for _, entry in file.entries(0)] == [b"a", b"b"]


def test_another_services_journal_and_another_key_are_refused(opened, tmp_path):
    opened().append(b"in clear")
    with pytest.raises(StorageDamaged, match="another service's data"):
        opened(service_id="svc_2")
    with pytest.raises(StorageDamaged, match="cannot be read"):
        opened(key="00" * 32)
    assert list(opened().entries(0)) == [(1, b"in clear")]
    files = [path.read_bytes() for path in tmp_path.iterdir() if JOURNAL_FILE in path.name]
    assert files
    assert not any(b"in clear" in content for content in files)
