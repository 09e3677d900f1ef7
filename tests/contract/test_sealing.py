"""Sealed identities open with one key, in one row, and nowhere else."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.sealing import (
    SealBroken,
    fingerprint,
    new_private_key,
    public_key_of,
    seal,
    seal_message,
    sealed_to,
    unseal,
    unseal_message,
)

PRIVATE = new_private_key()
PUBLIC = public_key_of(PRIVATE)
ROW = ("app_1", "u_1a_0123456789abcdef01234567")


@given(st.text(max_size=200))
def test_what_was_sealed_opens_to_itself(identity):
    assert unseal(PRIVATE, *ROW, seal(PUBLIC, *ROW, identity)) == identity


@pytest.mark.parametrize(
    ("private", "row"),
    [
        (new_private_key(), ROW),
        (PRIVATE, ("app_2", ROW[1])),
        (PRIVATE, (ROW[0], "u_1a_000000000000000000000000")),
    ],
    ids=["another key", "another application", "another customer"],
)
def test_another_key_and_another_row_do_not_open_it(private, row):
    with pytest.raises(SealBroken):
        unseal(private, *row, seal(PUBLIC, *ROW, "jo@corp.example"))


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_a_changed_byte_is_noticed(place, change):
    raw = bytearray(base64.b64decode(seal(PUBLIC, *ROW, "jo@corp.example")))
    raw[place % len(raw)] ^= change
    with pytest.raises(SealBroken):
        unseal(PRIVATE, *ROW, base64.b64encode(bytes(raw)).decode())


@pytest.mark.parametrize("text", ["", "?", "AQ==", "a" * 200])
def test_rubbish_does_not_open(text):
    with pytest.raises(SealBroken):
        unseal(PRIVATE, *ROW, text)
    assert sealed_to(text) != fingerprint(PUBLIC)


def test_sealing_twice_gives_other_bytes_and_lengths_tell_little():
    first, second = (seal(PUBLIC, *ROW, name) for name in ("jo", "jo"))
    assert first != second
    assert len(first) == len(seal(PUBLIC, *ROW, "a name of thirty letters or so"))
    assert sealed_to(first) == fingerprint(PUBLIC)
    assert b"jo" not in base64.b64decode(first)[37:]


@given(st.binary(max_size=300))
def test_a_message_of_any_bytes_opens_for_the_names_it_is_bound_to_only(content):
    sealed = seal_message(PUBLIC, ("billing_1", "evt_1"), content)
    assert unseal_message(PRIVATE, ("billing_1", "evt_1"), sealed) == content
    with pytest.raises(SealBroken):
        unseal_message(PRIVATE, ("billing_1", "evt_2"), sealed)


def test_a_sealed_message_is_no_sealed_identity():
    with pytest.raises(SealBroken):
        unseal(PRIVATE, *ROW, seal_message(PUBLIC, ROW, b"jo@corp.example"))
    with pytest.raises(SealBroken):
        unseal_message(PRIVATE, ROW, seal(PUBLIC, *ROW, "jo@corp.example"))
