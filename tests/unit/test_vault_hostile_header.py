"""Hostile tests 1 to 7, 15, 16, 19, 20, 29, 30 and 39: credentials, header, files around it."""

import json
import os
import shutil
import stat
import time
import tracemalloc
from pathlib import Path

import msgspec
import pytest

from desktop.domain.connection import VaultState
from desktop.domain.errors import (
    InvalidInput,
    OlderCopy,
    VaultDamaged,
    VaultError,
    VaultTooNew,
    WrongPassphrase,
)
from desktop.services.calls import no_report
from desktop.services.storage import backup, credentials, derivation, recovery_code, slots
from desktop.services.storage import header as headers
from desktop.services.storage.database import connect
from desktop.services.storage.vault import Vault
from desktop.services.storage.ways_in import WaysIn

PASSPHRASE = "correct horse battery staple"
HOUSE = "Zürich im Frühling"
POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has no such files or modes")


@pytest.fixture
def vault(tmp_path):
    vault = Vault(tmp_path / "vault", witnesses=tmp_path / "seen")
    vault.create(PASSPHRASE)
    yield vault
    vault.close()


@pytest.fixture
def closed(vault):
    vault.close()
    return vault.files.directory


def contents(directory):
    return {path: path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def write_both(directory, content):
    for name in (headers.FILE, headers.TWIN):
        (directory / name).write_bytes(content)


def forge(directory, change):
    """Change the header as somebody would who can compute checksums but has no key."""
    fields = json.loads((directory / headers.FILE).read_bytes())
    change(fields)
    fields.pop("checksum")
    checksum = headers.hashlib.sha256(headers._canonical(fields)).hexdigest()
    write_both(directory, headers._canonical({**fields, "checksum": checksum}))


def test_01_wrong_passphrase_is_told_soon_and_changes_no_byte(closed, capfd):
    before = contents(closed)
    begun = time.monotonic()
    with pytest.raises(WrongPassphrase):
        Vault(closed).unlock("wrong")
    assert time.monotonic() - begun < 1.5
    assert contents(closed) == before
    assert capfd.readouterr() == ("", "")


def test_02_many_wrong_passphrases_lose_nothing(closed):
    before = contents(closed)
    for attempt in range(10):
        with pytest.raises(WrongPassphrase):
            Vault(closed).unlock(f"wrong {attempt}")
    assert contents(closed) == before
    vault = Vault(closed)
    vault.unlock(PASSPHRASE)
    vault.close()


@pytest.mark.parametrize("odd", ["", "x" * 1_000_000, "a\x00b", "\ud800", "\U0001f511" * 99])
def test_03_odd_passphrases_are_taken_as_they_are(closed, odd):
    with pytest.raises(WrongPassphrase):
        Vault(closed).unlock(odd)


def test_03_passphrase_opens_in_either_normal_form(tmp_path):
    vault = Vault(tmp_path / "vault")
    vault.create("Zu\u0308rich im Fru\u0308hling")
    vault.close()
    vault.unlock(HOUSE)
    assert vault.state() is VaultState.OPEN
    vault.close()
    with pytest.raises(WrongPassphrase):
        vault.unlock("Zurich im Fruhling")


def test_04_header_cut_at_any_byte_is_damage(closed):
    whole = (closed / headers.FILE).read_bytes()
    for length in range(len(whole)):
        with pytest.raises(VaultDamaged):
            headers.parse(whole[:length])


def test_05_flipped_byte_anywhere_is_a_typed_error_and_never_a_new_vault(closed):
    whole = (closed / headers.FILE).read_bytes()
    for place in range(len(whole)):
        with pytest.raises(VaultError):
            headers.parse(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
    write_both(closed, whole[:50] + b"\x00" + whole[51:])
    for act in (Vault(closed).state, lambda: Vault(closed).unlock(PASSPHRASE)):
        with pytest.raises(VaultDamaged):
            act()
    with pytest.raises(VaultError):
        Vault(closed).create(PASSPHRASE)


@pytest.mark.parametrize("name", [headers.FILE, headers.TWIN])
@pytest.mark.parametrize("damage", [b"", b"{}", b"\x00" * 800, None])
def test_05_one_damaged_header_is_replaced_by_its_twin(closed, name, damage):
    if damage is None:
        (closed / name).unlink()
    else:
        (closed / name).write_bytes(damage)
    vault = Vault(closed)
    vault.unlock(PASSPHRASE)
    vault.close()
    both = [(closed / name).read_bytes() for name in (headers.FILE, headers.TWIN)]
    assert both[0] == both[1]
    assert headers.parse(both[0]).slots


@pytest.mark.parametrize(
    "cost", [{"passes": 1}, {"passes": 2}, {"memory_kib": 8}, {"memory_kib": 65535}, {"lanes": 0}]
)
def test_06_weaker_derivation_is_refused(closed, cost):
    forge(closed, lambda fields: fields["slots"][0]["cost"].update(cost))
    with pytest.raises(VaultDamaged):
        Vault(closed).unlock(PASSPHRASE)


@pytest.mark.parametrize(
    "cost", [{"memory_kib": 2**30}, {"memory_kib": 2**62}, {"passes": 10**9}, {"lanes": 10**6}]
)
def test_07_exhausting_derivation_is_refused_without_taking_memory(closed, cost):
    forge(closed, lambda fields: fields["slots"][0]["cost"].update(cost))
    tracemalloc.start()
    begun = time.monotonic()
    with pytest.raises(VaultDamaged):
        Vault(closed).unlock(PASSPHRASE)
    assert time.monotonic() - begun < 1
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


def test_07_header_with_many_slots_cannot_hold_up_an_unlock(closed):
    forge(closed, lambda fields: fields.update(slots=fields["slots"] * 100))
    with pytest.raises(VaultDamaged):
        Vault(closed).unlock(PASSPHRASE)


def test_15_older_header_beside_the_current_database_is_an_older_copy(vault):
    old = (vault.files.header).read_bytes()
    WaysIn(vault, None).set_passphrase("another good passphrase")
    vault.close()
    write_both(vault.files.directory, old)
    vault.unlock(PASSPHRASE)
    assert vault.is_older_copy
    with pytest.raises(OlderCopy), vault.transaction():
        pytest.fail("an older copy was changed")


def test_15_older_database_beside_the_current_header_is_an_older_copy(vault):
    vault.close()
    old = vault.files.database.read_bytes()
    vault.unlock(PASSPHRASE)
    WaysIn(vault, None).set_passphrase("another good passphrase")
    vault.close()
    vault.files.database.write_bytes(old)
    vault.unlock("another good passphrase")
    assert vault.is_older_copy


def test_16_database_of_another_vault_is_refused(closed, tmp_path):
    other = Vault(tmp_path / "other")
    other.create(PASSPHRASE)
    other.close()
    shutil.copy(other.files.database, closed / "vault.db")
    with pytest.raises(VaultDamaged):
        Vault(closed).unlock(PASSPHRASE)


def test_16_database_of_another_vault_under_the_same_key_is_refused(vault):
    with vault.transaction() as db:
        db.execute("UPDATE vault SET vault_id = ?", ("0" * 32,))
    vault.close()
    with pytest.raises(VaultDamaged):
        vault.unlock(PASSPHRASE)


@pytest.mark.parametrize(
    "change",
    [
        lambda fields: fields.update(format=2),
        lambda fields: fields.update(policy="hardware only"),
        lambda fields: fields["slots"][0].update(kind="hardware"),
    ],
)
def test_19_what_a_newer_version_wrote_names_the_remedy(closed, change):
    before = (closed / "vault.db").read_bytes()
    forge(closed, change)
    with pytest.raises(VaultTooNew, match="newer version"):
        Vault(closed).unlock(PASSPHRASE)
    assert (closed / "vault.db").read_bytes() == before


def test_19_newer_database_is_refused(vault):
    data_key = vault.data_key()
    vault.close()
    connection = connect(vault.files.database, data_key, "WAL")
    connection.execute("PRAGMA user_version = 9999")
    connection.close()
    with pytest.raises(VaultTooNew):
        vault.unlock(PASSPHRASE)


@POSIX
@pytest.mark.parametrize("name", ["vault.db", headers.FILE, headers.TWIN])
@pytest.mark.parametrize("kind", ["link", "pipe", "folder", "device", "second name"])
def test_29_what_is_no_ordinary_file_is_refused(closed, tmp_path, name, kind):
    path = closed / name
    shutil.move(path, tmp_path / "moved")
    match kind:
        case "link":
            path.symlink_to(tmp_path / "moved")
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "device":
            path.symlink_to("/dev/null")
        case "second name":
            os.link(tmp_path / "moved", path)
    vault = Vault(closed)
    with pytest.raises(VaultError, match=r"(link|ordinary|folder)"):
        vault.unlock(PASSPHRASE)
    vault.close()


@POSIX
def test_29_sidecar_that_is_a_link_is_refused(closed, tmp_path):
    (closed / "vault.db-wal").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(VaultError, match="ordinary"):
        Vault(closed).unlock(PASSPHRASE)
    assert not (tmp_path / "elsewhere").exists()


@POSIX
def test_29_folder_that_is_a_link_is_refused_and_a_link_above_it_is_not(closed, tmp_path):
    (tmp_path / "link").symlink_to(closed)
    for act in (Vault(tmp_path / "link").create, Vault(tmp_path / "link").unlock):
        with pytest.raises(VaultError):
            act(PASSPHRASE)
    (tmp_path / "above").symlink_to(closed.parent)
    vault = Vault(tmp_path / "above" / closed.name)
    vault.unlock(PASSPHRASE)
    vault.close()


@POSIX
def test_30_files_that_others_could_read_are_closed_to_them(closed):
    closed.chmod(0o755)
    for name in ("vault.db", headers.FILE, headers.TWIN):
        (closed / name).chmod(0o644)
    vault = Vault(closed)
    vault.unlock(PASSPHRASE)
    vault.close()
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    modes = {stat.S_IMODE(path.stat().st_mode) for path in closed.iterdir() if path.is_file()}
    assert modes == {0o600}


@POSIX
@pytest.mark.parametrize("name", [".", "vault.db", headers.FILE])
@pytest.mark.parametrize("mode", [0o777, 0o720])
def test_30_what_others_could_have_changed_is_refused(closed, name, mode):
    (closed / name).chmod(mode)
    with pytest.raises(VaultError, match="other users may change it"):
        Vault(closed).unlock(PASSPHRASE)


@POSIX
@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="needs two users")
def test_30_files_of_another_user_are_refused(closed):
    os.chown(closed / "vault.db", 65534, 65534)
    with pytest.raises(VaultError, match="another user"):
        Vault(closed).unlock(PASSPHRASE)


@POSIX
def test_30_open_umask_makes_no_open_files(tmp_path):
    before = os.umask(0)
    try:
        vault = Vault(tmp_path / "vault", witnesses=tmp_path / "seen")
        vault.create(PASSPHRASE)
        with vault.transaction() as db:
            db.execute("INSERT INTO vault_settings VALUES ('a', 'b')")
        source = backup.Source(
            vault.files, vault.data_key(), connect(vault.files.database, vault.data_key(), "WAL"),
            vault.clock(),
        )  # fmt: skip
        backup.make(source, backup.Reason.MANUAL, no_report)
        source.connection.close()
    finally:
        os.umask(before)
    for path in [*vault.directory.rglob("*"), *(tmp_path / "seen").rglob("*"), tmp_path / "seen"]:
        assert path.stat().st_mode & 0o077 == 0, path
    vault.close()


@pytest.mark.parametrize(
    "key", [b"k" * 31, b"k" * 33, b"", b'"; ATTACH', b"\n" * 16, "ä".encode() * 16 + b"x"]
)
def test_39_keys_of_another_shape_never_reach_the_database(closed, key):
    with pytest.raises(VaultError, match="wrong form") as caught:
        connect(closed / "vault.db", key, "WAL")
    assert key.hex() not in str(caught.value) or not key


def test_recovery_code_survives_hasty_typing():
    code = recovery_code.new_code()
    hasty = code.lower().replace("-", "  ").replace("0", "o").replace("1", "l")
    assert recovery_code.canonical(hasty) == code


@pytest.mark.parametrize("place", range(0, 35, 3))
def test_slip_in_a_recovery_code_is_told_from_a_wrong_code(place):
    code = recovery_code.new_code()
    place -= code[place] == "-"
    slip = "Z" if code[place] != "Z" else "Y"
    with pytest.raises(InvalidInput, match="slip"):
        recovery_code.canonical(code[:place] + slip + code[place + 1 :])


@pytest.mark.parametrize("typed", ["", "ABC", "x" * 31, "!" * 30, "U" * 30, "a" * 10_000])
def test_what_cannot_be_a_recovery_code_is_told(typed):
    with pytest.raises(InvalidInput, match="six groups"):
        recovery_code.canonical(typed)


def test_recovery_code_of_another_vault_opens_nothing(vault):
    WaysIn(vault, None).new_recovery_code()
    vault.close()
    with pytest.raises(WrongPassphrase, match="recovery code"):
        vault.unlock_by(credentials.recovery_code(recovery_code.new_code()))


def test_vault_without_passphrase_and_code_cannot_be_written(vault):
    header = msgspec.structs.replace(vault.header(), slots=())
    with pytest.raises(VaultError, match="must keep a passphrase"):
        headers.content(header, vault.data_key())
    key = slots.new_key()
    slot = slots.keyring_slot(header.vault_id, key, vault.data_key(), "Secret Service")
    with pytest.raises(VaultError, match="must keep a passphrase"):
        headers.content(headers.with_slots(header, [slot]), vault.data_key())


@pytest.mark.parametrize("factor", [0.01, 0.5, 1, 2, 3.5, 10, 1000])
def test_tuned_derivation_stays_inside_its_bounds(factor):
    cost = derivation.scaled(derivation.Argon2Cost(), factor, 200_000)
    assert cost.is_acceptable()
    assert cost.memory_kib <= 200_000
    floor = derivation.MIN_PASSES * derivation.MIN_MEMORY_KIB
    work = cost.passes * cost.memory_kib
    assert work >= floor
    if 1 < factor < 20:
        assert work == pytest.approx(factor * floor, rel=0.25)


def test_data_key_is_in_no_file_and_no_representation(vault):
    data_key = vault.data_key()
    for content in contents(Path(vault.directory)).values():
        assert data_key not in content
        assert data_key.hex().encode() not in content
    assert data_key.hex() not in repr(vars(vault))
    assert PASSPHRASE not in repr(credentials.passphrase(PASSPHRASE))
