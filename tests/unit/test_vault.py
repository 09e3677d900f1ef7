"""The vault against wrong passphrases, damage, strangers in its place, and a full disk."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from desktop.domain.connection import VaultState
from desktop.domain.errors import (
    VaultDamaged,
    VaultError,
    VaultInUse,
    VaultLocked,
    WrongPassphrase,
)
from desktop.services.storage import header as headers
from desktop.services.storage import lock
from desktop.services.storage.database import connect
from desktop.services.storage.vault import Vault

PASSPHRASE = "correct horse battery staple"
MARKER = "plain-text-marker-7f3a"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def vault(tmp_path):
    vault = Vault(tmp_path / "workspace")
    vault.create(PASSPHRASE)
    yield vault
    vault.close()


@pytest.fixture
def closed(vault):
    """Directory of a closed vault with a row in it."""
    write(vault)
    vault.close()
    return vault.directory


def write(vault, text=MARKER):
    with vault.transaction() as db:
        db.execute(
            "INSERT INTO service_rows (entity, entity_id, revision, body) VALUES ('x', ?, 0, NULL)",
            (text,),
        )


def read(vault):
    with vault.reading() as db:
        return [row[0] for row in db.execute("SELECT entity_id FROM service_rows")]


def read_after_unlock(vault):
    vault.unlock(PASSPHRASE)
    return read(vault)


def opened(directory):
    vault = Vault(directory)
    vault.unlock(PASSPHRASE)
    return vault


def contents(directory):
    return {path.name: path.read_bytes() for path in directory.iterdir() if path.is_file()}


def write_both(directory, content):
    """Put the same bytes in the place of the header and of its twin."""
    for name in (headers.FILE, headers.TWIN):
        (directory / name).write_bytes(content)


@pytest.mark.real_argon2
def test_what_was_stored_is_there_after_unlocking(closed):
    vault = opened(closed)
    assert read(vault) == [MARKER]
    assert vault.state() is VaultState.OPEN
    vault.close()


@pytest.mark.real_argon2
@pytest.mark.parametrize("wrong", ["", "x", PASSPHRASE + " ", "a\x00b", "ÿ" * 1_000_000, "\ud800"])
def test_wrong_passphrase_changes_no_byte(closed, wrong):
    before = contents(closed)
    with pytest.raises(WrongPassphrase):
        Vault(closed).unlock(wrong)
    assert contents(closed) == before


def test_locked_vault_answers_nothing(closed):
    vault = Vault(closed)
    assert vault.state() is VaultState.LOCKED
    with pytest.raises(VaultLocked), vault.transaction():
        pytest.fail("a locked vault opened a transaction")
    with pytest.raises(VaultLocked):
        vault.seal(b"secret", "bound")


def test_files_hold_no_plain_text_and_are_private(vault):
    write(vault)
    for path in vault.directory.iterdir():
        assert MARKER.encode() not in path.read_bytes()
        assert path.stat().st_mode & 0o077 == 0, path.name
    assert not (vault.directory / "vault.db").read_bytes().startswith(b"SQLite format 3")
    assert vault.directory.stat().st_mode & 0o077 == 0


def test_header_cut_or_flipped_anywhere_is_damage_and_never_a_new_vault(closed):
    path = closed / "vault.hdr"
    whole = path.read_bytes()
    for place in range(len(whole)):
        for broken in (
            whole[:place],
            whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :],
        ):
            with pytest.raises(VaultError):
                headers.parse(broken)
    write_both(closed, whole[:100])
    with pytest.raises(VaultDamaged):
        Vault(closed).unlock(PASSPHRASE)
    with pytest.raises(VaultError, match="a vault in this folder already"):
        Vault(closed).create(PASSPHRASE)


@pytest.mark.parametrize("text", ["", "[]", "null", "[" * 60_000, '{"magic":1}', "{" * 70_000])
def test_rubbish_in_place_of_the_header_is_damage(closed, text):
    write_both(closed, text.encode())
    with pytest.raises(VaultDamaged):
        Vault(closed).state()


def test_header_that_says_the_same_in_other_bytes_was_altered(closed):
    path = closed / "vault.hdr"
    write_both(closed, json.dumps(json.loads(path.read_bytes()), indent=1).encode())
    with pytest.raises(VaultDamaged):
        Vault(closed).state()


def rewrite_header(directory, change):
    """Change the header as an intruder would: with a right checksum, without the data key."""
    path = directory / "vault.hdr"
    fields = json.loads(path.read_bytes())
    change(fields)
    fields.pop("checksum")
    fields["checksum"] = headers.hashlib.sha256(headers._canonical(fields)).hexdigest()
    write_both(directory, headers._canonical(fields))


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("passes", 1),
        ("passes", 10**6),
        ("memory_kib", 8),
        ("memory_kib", 2**40),
        ("lanes", 0),
        ("lanes", 10**6),
    ],
)
def test_weak_or_exhausting_key_derivation_is_refused_unseen(closed, parameter, value):
    rewrite_header(closed, lambda fields: fields["slots"][0]["cost"].update({parameter: value}))
    with pytest.raises(VaultDamaged):
        Vault(closed).unlock(PASSPHRASE)


@pytest.mark.real_argon2
def test_edited_derivation_within_the_bounds_opens_nothing(closed):
    rewrite_header(closed, lambda fields: fields["slots"][0]["cost"].update(passes=4))
    with pytest.raises(WrongPassphrase):
        Vault(closed).unlock(PASSPHRASE)


def test_header_that_was_edited_without_the_key_is_refused(closed):
    rewrite_header(closed, lambda fields: fields.update(created_at="2020-01-01T00:00:00Z"))
    with pytest.raises(VaultDamaged):
        Vault(closed).unlock(PASSPHRASE)


def test_newer_header_names_the_remedy(closed):
    rewrite_header(closed, lambda fields: fields.update(format=2))
    with pytest.raises(VaultError, match="newer version"):
        Vault(closed).unlock(PASSPHRASE)


def test_slot_of_a_kind_to_come_names_the_remedy(closed):
    rewrite_header(closed, lambda fields: fields["slots"][0].update(kind="hardware"))
    with pytest.raises(VaultError, match="newer version"):
        Vault(closed).unlock(PASSPHRASE)


def test_newer_database_is_refused_in_words(closed):
    vault = opened(closed)
    connection = connect(closed / "vault.db", vault.data_key(), "WAL")
    connection.execute("PRAGMA user_version = 9999")
    connection.close()
    vault.close()
    with pytest.raises(VaultError, match="newer version"):
        Vault(closed).unlock(PASSPHRASE)


@pytest.mark.parametrize("size", [0, 100, 4095])
def test_cut_database_is_damage_and_not_an_empty_vault(closed, size):
    path = closed / "vault.db"
    path.write_bytes(path.read_bytes()[:size])
    for act in (lambda: Vault(closed).state(), lambda: Vault(closed).unlock(PASSPHRASE)):
        with pytest.raises(VaultDamaged):
            act()
    assert path.stat().st_size == size


@pytest.mark.parametrize("offset", [0, 20, 2000, 4090])
def test_flipped_byte_of_the_first_page_is_damage(closed, offset):
    path = closed / "vault.db"
    content = bytearray(path.read_bytes())
    content[offset] ^= 1
    path.write_bytes(content)
    with pytest.raises(VaultDamaged):
        Vault(closed).unlock(PASSPHRASE)


def test_flipped_byte_of_a_later_page_is_damage_when_it_is_read(closed):
    path = closed / "vault.db"
    content = bytearray(path.read_bytes())
    for page in range(1, len(content) // 4096):
        content[page * 4096 + 100] ^= 1
    path.write_bytes(content)
    vault = Vault(closed)
    with pytest.raises(VaultDamaged):
        read_after_unlock(vault)
    vault.close()


def test_plain_database_in_its_place_is_refused(closed):
    path = closed / "vault.db"
    path.unlink()
    plain = sqlite3.connect(path)
    plain.execute("CREATE TABLE vault (vault_id TEXT, wrapping_key BLOB)")
    plain.commit()
    plain.close()
    with pytest.raises(VaultDamaged):
        Vault(closed).unlock(PASSPHRASE)


def test_database_of_another_vault_is_refused(closed, tmp_path):
    other = Vault(tmp_path / "other")
    other.create(PASSPHRASE)
    other.close()
    shutil.copy(tmp_path / "other" / "vault.db", closed / "vault.db")
    with pytest.raises(VaultDamaged):
        Vault(closed).unlock(PASSPHRASE)


def test_database_that_belongs_to_another_header_is_refused(vault):
    with vault.transaction() as db:
        db.execute("UPDATE vault SET vault_id = ?", ("0" * 32,))
    vault.close()
    with pytest.raises(VaultDamaged):
        vault.unlock(PASSPHRASE)


def test_missing_database_is_named(closed):
    (closed / "vault.db").unlink()
    with pytest.raises(VaultDamaged, match=r"vault\.db"):
        Vault(closed).state()


@pytest.mark.skipif(os.name == "nt", reason="symbolic links need rights there")
def test_symbolic_link_in_its_place_is_refused(closed, tmp_path):
    shutil.move(closed / "vault.db", tmp_path / "elsewhere")
    (closed / "vault.db").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(VaultError):
        Vault(closed).unlock(PASSPHRASE)


def test_crash_before_the_database_got_its_name_is_finished_at_unlock(closed):
    (closed / "vault.db").rename(closed / "vault.db.new")
    assert Vault(closed).state() is VaultState.LOCKED
    vault = opened(closed)
    assert read(vault) == [MARKER]
    vault.close()


def test_crash_before_the_header_leaves_no_vault(closed):
    (closed / "vault.db").rename(closed / "vault.db.new")
    for name in (headers.FILE, headers.TWIN):
        (closed / name).unlink()
    vault = Vault(closed)
    assert vault.state() is VaultState.MISSING
    vault.create(PASSPHRASE)
    assert read(vault) == []
    vault.close()


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(lock, "PATIENCE_S", 0.0)


def test_second_process_is_told_that_the_vault_is_in_use(vault):
    script = (
        "import sys; from pathlib import Path; from desktop.services.storage import lock, vault\n"
        "from desktop.domain.errors import VaultInUse\n"
        "lock.PATIENCE_S = 0.0\n"
        "try: vault.Vault(Path(sys.argv[1])).unlock(sys.argv[2])\n"
        "except VaultInUse as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(vault.directory), PASSPHRASE],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert "open in another window" in done.stdout
    assert done.stderr == ""


def test_vault_opens_when_the_process_before_it_ends_in_time(closed):
    first = opened(closed)
    closer = threading.Timer(0.2, first.close)
    closer.start()
    second = opened(closed)
    assert read(second) == [MARKER]
    closer.join()
    second.close()


def test_failed_unlock_does_not_keep_the_vault_in_use(closed, impatient):
    first = Vault(closed)
    with pytest.raises(WrongPassphrase):
        first.unlock("wrong")
    second = opened(closed)
    with pytest.raises(VaultInUse):
        first.unlock(PASSPHRASE)
    second.close()


def test_transaction_is_all_or_nothing(vault):
    class Stop(Exception):
        pass

    def interrupted():
        with vault.transaction() as db:
            db.execute("INSERT INTO service_rows VALUES ('x', 'half', 0, NULL)")
            raise Stop

    with pytest.raises(Stop):
        interrupted()
    assert read(vault) == []
    write(vault)


def test_full_disk_is_told_in_words_and_loses_nothing(vault):
    write(vault, "before")
    with vault.reading() as db:
        (pages,) = db.execute("PRAGMA page_count").fetchone()
    many = [(f"{number}" * 50,) for number in range(10_000)]
    with pytest.raises(VaultError, match="the disk is full"), vault.transaction() as db:
        db.execute(f"PRAGMA max_page_count = {pages}").connection.executemany(
            "INSERT INTO service_rows VALUES ('x', ?, 0, NULL)", many
        )
    assert read(vault) == ["before"]


def test_misspelt_table_stays_a_bug(vault):
    with pytest.raises(Exception, match="no such table") as caught, vault.reading() as db:
        db.execute("SELECT * FROM misspelt")
    assert not isinstance(caught.value, VaultError)


def test_each_thread_reads_while_another_writes(vault):
    write(vault, "first")
    inside, done = threading.Event(), threading.Event()
    seen = []

    def reader():
        inside.wait(10)
        seen.extend(read(vault))
        done.set()

    thread = threading.Thread(target=reader)
    thread.start()
    with vault.transaction() as db:
        db.execute("INSERT INTO service_rows VALUES ('x', 'second', 0, NULL)")
        inside.set()
        assert done.wait(10)
    thread.join()
    assert seen == ["first"]
    assert read(vault) == ["first", "second"]


def test_reading_shows_one_picture_however_long_it_lasts(vault):
    with vault.reading() as db:
        before = db.execute("SELECT count(*) FROM service_rows").fetchone()
        writer = threading.Thread(target=write, args=(vault,))
        writer.start()
        writer.join()
        assert db.execute("SELECT count(*) FROM service_rows").fetchone() == before


def test_connection_keeps_its_settings(vault):
    expected = {
        "temp_store": 2, "journal_mode": "wal", "synchronous": 2, "foreign_keys": 1,
        "trusted_schema": 0, "cipher_page_size": "4096", "cipher_hmac_algorithm": "HMAC_SHA512",
    }  # fmt: skip
    with vault.reading() as db:
        found = {name: db.execute(f"PRAGMA {name}").fetchone()[0] for name in expected}
    assert found == expected


@pytest.mark.parametrize("key", [b"short", b"x" * 31, b"y" * 33])
def test_key_of_another_shape_never_reaches_the_database(closed, key):
    with pytest.raises(VaultError, match="wrong form") as caught:
        connect(closed / "vault.db", key, "WAL")
    assert key.hex() not in str(caught.value)


def test_wrong_keys_write_nothing_to_standard_error(closed, capfd):
    with pytest.raises(Exception, match="not a database"):
        connect(closed / "vault.db", b"\x00" * 32, "WAL")
    assert capfd.readouterr().err == ""


def test_sealed_value_opens_only_where_it_belongs(vault):
    sealed = vault.seal(b"secret", "row 1")
    assert vault.unseal(sealed, "row 1") == b"secret"
    with pytest.raises(VaultDamaged):
        vault.unseal(sealed, "row 2")


def test_folder_that_cannot_be_written_is_told_in_words(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(VaultError, match="could not be read or written"):
        Vault(tmp_path / "file").create(PASSPHRASE)
