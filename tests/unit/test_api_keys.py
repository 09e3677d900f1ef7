"""Keys the owner keeps: sealed, listed without their secret, deleted with a way back."""

import pytest

from desktop.domain.errors import InvalidInput
from desktop.domain.keys import KeyDetails
from tests.fakes import OWNER_TOKEN

SECRET = "sk_live_" + "q" * 24 + "1234"


@pytest.fixture
def keys(device):
    return device.services.api_keys


def test_key_is_listed_by_name_without_its_secret(keys):
    keys.add_key(KeyDetails("zeta"), SECRET)
    keys.add_key(KeyDetails("Alpha", "note"), "short")
    listed = keys.list_keys()
    assert [(k.name, k.hint, k.note) for k in listed] == [
        ("Alpha", "", "note"),
        ("zeta", "1234", ""),
    ]
    assert SECRET not in repr(listed)


def test_key_is_revealed_after_locking_and_unlocking(device, keys):
    key = keys.add_key(KeyDetails("Payments"), f"  {SECRET}\n")
    device.reopen()
    assert device.services.api_keys.reveal(key.key_id) == SECRET


def test_secret_is_sealed_once_more_inside_the_vault(device, keys):
    keys.add_key(KeyDetails("Payments"), SECRET)
    stored = device.query("SELECT * FROM secrets")
    assert SECRET.encode() not in repr(stored).encode()
    assert OWNER_TOKEN not in repr(stored)


def test_deleted_key_can_be_brought_back_until_the_vault_is_locked(device, keys):
    key = keys.add_key(KeyDetails("Payments"), SECRET)
    keys.delete_key(key.key_id)
    assert keys.list_keys() == ()
    keys.restore_key(key.key_id)
    assert keys.reveal(key.key_id) == SECRET
    keys.delete_key(key.key_id)
    device.reopen()
    with pytest.raises(InvalidInput, match="no longer be brought back"):
        device.services.api_keys.restore_key(key.key_id)


def test_owner_token_is_no_key_to_show_or_delete(device, keys):
    ((secret_id,),) = device.query("SELECT secret_id FROM secrets")
    assert keys.list_keys() == ()
    for act in (keys.reveal, keys.delete_key):
        with pytest.raises(InvalidInput, match="no longer in the vault"):
            act(secret_id)


def test_key_issued_by_the_service_is_marked(device, keys):
    device.services.connection.snippets()
    (key,) = keys.list_keys()
    assert key.made_by_service
    assert keys.reveal(key.key_id).startswith("uf_live_")


@pytest.mark.parametrize(
    ("name", "secret", "note", "field"),
    [
        ("", SECRET, "", "name"),
        ("x" * 201, SECRET, "", "name"),
        ("x", " ", "", "secret"),
        ("x", "s" * 10_001, "", "secret"),
        ("x", SECRET, "n" * 2001, "note"),
    ],
)
def test_key_that_cannot_be_is_refused_at_its_field(keys, name, secret, note, field):
    with pytest.raises(InvalidInput) as refusal:
        keys.add_key(KeyDetails(name, note), secret)
    assert refusal.value.field == field
    assert keys.list_keys() == ()
    assert SECRET not in str(refusal.value)
