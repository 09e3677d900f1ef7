"""How an older copy is known: by a file beside the profile, by the keyring, and told with dates."""

import shutil
from datetime import UTC, datetime, timedelta

import pytest

from desktop.domain.errors import KeyringLocked, OlderCopy, WrongPassphrase
from desktop.services.storage import audit, credentials
from desktop.services.storage.health import Health
from desktop.services.storage.vault import Vault
from desktop.services.storage.ways_in import WaysIn

PASSPHRASE = "correct horse battery staple"
START = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


class MemoryKeyring:
    """A keyring that can be locked or lie."""

    def __init__(self):
        self.entries = {}
        self.is_locked = False

    def name(self):
        if self.is_locked:
            raise KeyringLocked("The keyring is locked.")
        return "Memory"

    def read(self, service, user):
        self.name()
        return self.entries.get((service, user))

    def store(self, service, user, secret):
        self.name()
        self.entries[service, user] = secret

    def remove(self, service, user):
        self.name()
        self.entries.pop((service, user), None)

    def witnesses(self):
        return [user for _, user in self.entries if user.startswith("seen-")]


class Clock:
    now = START

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def keyring():
    return MemoryKeyring()


@pytest.fixture
def vault(tmp_path, clock, keyring):
    vault = Vault(tmp_path / "vault", clock, tmp_path / "seen", keyring)
    vault.create(PASSPHRASE)
    yield vault
    vault.close()


def add(vault, name):
    with vault.transaction() as db:
        db.execute("INSERT INTO vault_settings VALUES (?, 'kept')", (name,))


def names(vault):
    with vault.reading() as db:
        return {name for (name,) in db.execute("SELECT name FROM vault_settings")}


def put_back_older_copy(vault, clock, *, with_keyring=True):
    """Two days of work, and then the files of before them again."""
    if with_keyring:
        WaysIn(vault, vault._keyring).use_keyring()
    add(vault, "first")
    vault.close()
    old = vault.files.directory.with_name("old")
    shutil.copytree(vault.files.directory, old)
    vault.unlock(PASSPHRASE)
    clock.now += timedelta(days=2)
    add(vault, "second")
    vault.note_in_keyring()
    vault.close()
    shutil.rmtree(vault.files.directory)
    shutil.copytree(old, vault.files.directory)


def test_14_older_copy_is_told_with_its_date_and_that_of_the_newest(vault, clock):
    put_back_older_copy(vault, clock)
    vault.unlock(PASSPHRASE)
    health = Health(vault)
    info = health.info()
    assert info.is_older_copy
    assert (info.changed_at, info.seen_at) == (START, START + timedelta(days=2))
    assert info.seen_generation == info.generation + 1
    text = next(f.text for f in health.findings(info) if f.topic == "freshness")
    assert "of 2026-11-20 09:30 UTC" in text
    assert "has seen 2026-11-22 09:30 UTC" in text


def test_14_keyring_tells_when_the_file_was_put_back_as_well(vault, clock, tmp_path):
    put_back_older_copy(vault, clock)
    shutil.rmtree(tmp_path / "seen")
    vault.unlock(PASSPHRASE)
    assert vault.is_older_copy
    assert vault.seen.at_us == int((START + timedelta(days=2)).timestamp() * 1_000_000)
    with pytest.raises(OlderCopy, match="it can be read, but not changed"):
        add(vault, "lost")


@pytest.mark.parametrize("trouble", ["locked", "emptied", "lies", "another vault's"])
def test_14_keyring_in_trouble_costs_its_witness_only(vault, clock, keyring, tmp_path, trouble):
    put_back_older_copy(vault, clock)
    shutil.rmtree(tmp_path / "seen")
    (user,) = keyring.witnesses()
    place = next(key for key in keyring.entries if key[1] == user)
    match trouble:
        case "locked":
            keyring.is_locked = True
        case "emptied":
            keyring.entries.clear()
        case "lies":
            keyring.entries[place] = "not hexadecimal"
        case _:
            keyring.entries[place] = "00" * 48
    vault.unlock(PASSPHRASE)
    assert not vault.is_older_copy
    assert names(vault) == {"first"}


def test_keyring_that_the_owner_does_not_use_is_not_asked(vault, keyring, clock):
    keyring.is_locked = True
    put_back_older_copy(vault, clock, with_keyring=False)
    keyring.is_locked = False
    vault.unlock(PASSPHRASE)
    vault.note_in_keyring()
    assert keyring.entries == {}
    assert vault.is_older_copy


def test_witness_leaves_the_keyring_with_the_way_in(vault, keyring):
    ways_in = WaysIn(vault, keyring)
    ways_in.use_keyring()
    vault.note_in_keyring()
    assert len(keyring.witnesses()) == 1
    ways_in.leave_keyring()
    assert keyring.entries == {}


def test_older_copy_is_not_noted_as_the_newest(vault, clock, keyring):
    put_back_older_copy(vault, clock)
    vault.unlock(PASSPHRASE)
    before = dict(keyring.entries)
    vault.note_in_keyring()
    assert keyring.entries == before


def test_older_copy_that_is_open_is_accepted_as_a_line_of_its_own(vault, clock, keyring):
    put_back_older_copy(vault, clock)
    vault.unlock(PASSPHRASE)
    assert names(vault) == {"first"}
    vault.accept_older_copy()
    assert not vault.is_older_copy
    add(vault, "third")
    with vault.reading() as db:
        assert audit.latest(db, audit.Event.OLDER_COPY_ACCEPTED) is not None
    vault.note_in_keyring()
    assert len(keyring.witnesses()) == 2
    vault.close()
    vault.unlock(PASSPHRASE)
    assert not vault.is_older_copy
    assert names(vault) == {"first", "third"}


def test_older_copy_stays_open_and_unchanged_when_the_passphrase_is_wrong(vault, clock):
    put_back_older_copy(vault, clock)
    vault.unlock(PASSPHRASE)
    with pytest.raises(WrongPassphrase):
        vault.accept_older_copy(credentials.passphrase("wrong"))
    assert vault.is_older_copy
    assert names(vault) == {"first"}


def test_accepting_what_is_no_older_copy_changes_nothing(vault):
    generation = Health(vault).info().generation
    vault.accept_older_copy(credentials.passphrase(PASSPHRASE))
    assert Health(vault).info().generation == generation
