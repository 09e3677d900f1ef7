"""The chain of the audit log, worked out by whoever has the entries."""

from hypothesis import given
from hypothesis import strategies as st

from contract.audit_chain import START, chained, first_broken
from contract.messages.access import AuditEntry

BODIES = st.none() | st.dictionaries(
    st.text(max_size=5), st.text(max_size=5) | st.integers(), max_size=3
)


def log(bodies):
    """A log whose entries change these bodies."""
    chain, entries = START, []
    for number, body in enumerate(bodies, 1):
        entry = AuditEntry(
            sequence=number,
            at="2026-11-23T10:00:00Z",
            actor="tok_1",
            action="change",
            entity="policy",
            entity_id=f"pol_{number}",
            before=None,
            after=body,
            chain="",
        )
        chain = chained(chain, entry)
        entries.append(entry.model_copy(update={"chain": chain}))
    return entries


@given(st.lists(BODIES, max_size=8))
def test_a_log_as_it_was_written_is_whole(bodies):
    entries = log(bodies)
    assert first_broken(START, entries) is None
    read_again = [AuditEntry.model_validate_json(entry.model_dump_json()) for entry in entries]
    assert first_broken(START, read_again) is None


@given(st.lists(BODIES, min_size=2, max_size=8), st.data())
def test_a_changed_entry_is_found(bodies, data):
    entries = log(bodies)
    place = data.draw(st.integers(0, len(entries) - 1))
    field = data.draw(st.sampled_from(["actor", "action", "entity_id", "at", "chain"]))
    entries[place] = entries[place].model_copy(update={field: "0" * 64})
    assert first_broken(START, entries) == entries[place]


@given(st.lists(BODIES, min_size=3, max_size=8), st.data())
def test_a_missing_entry_and_a_swapped_pair_are_found(bodies, data):
    entries = log(bodies)
    place = data.draw(st.integers(0, len(entries) - 2))
    without = entries[:place] + entries[place + 1 :]
    assert first_broken(START, without) == without[place]
    swapped = list(entries)
    swapped[place], swapped[place + 1] = swapped[place + 1], swapped[place]
    assert first_broken(START, swapped) == swapped[place]


def test_a_page_from_the_middle_is_checked_from_the_value_before_it():
    entries = log([None] * 4)
    assert first_broken(entries[1].chain, entries[2:]) is None
    assert first_broken(START, entries[2:]) == entries[2]
