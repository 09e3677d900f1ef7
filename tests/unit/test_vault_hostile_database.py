"""Hostile tests 8 to 14, 17, 18, 20 to 24, 33, 34 and 40: the database and what lies beside it."""

import contextlib
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from desktop.domain.errors import OlderCopy, VaultDamaged, VaultError, VaultInUse
from desktop.services.calls import no_report
from desktop.services.storage import audit, backup, database, lock
from desktop.services.storage.audit import Event
from desktop.services.storage.database import connect
from desktop.services.storage.vault import Vault
from desktop.services.storage.verification import verify_database, verify_vault

PASSPHRASE = "correct horse battery staple"
PAGE = 4096
ROOT = Path(__file__).parents[2]
SEED = 20_261_123
FLIPS = 300


@pytest.fixture
def vault(tmp_path):
    vault = Vault(tmp_path / "vault", witnesses=tmp_path / "seen")
    vault.create(PASSPHRASE)
    fill(vault, "first")
    yield vault
    vault.close()


@pytest.fixture
def key(vault):
    return vault.data_key()


@pytest.fixture
def closed(vault, key):
    vault.close()
    return vault.files.directory


def fill(vault, name, rows=200):
    with vault.transaction() as db:
        db.executemany(
            "INSERT INTO vault_settings VALUES (?, ?)",
            ((f"{name} {number}", f"{number}" * 60) for number in range(rows)),
        )


def names(vault):
    with vault.reading() as db:
        return {name.split()[0] for (name,) in db.execute("SELECT name FROM vault_settings")}


def is_caught(directory, key):
    """Whether opening, or else the verification, reports damage."""
    vault = Vault(directory)
    try:
        vault.unlock(PASSPHRASE)
        verify_vault(vault.files, key, no_report)
    except VaultError:
        return True
    finally:
        vault.close()
    return False


@pytest.mark.parametrize("size", [0, 1, 512, PAGE - 1])
def test_08_empty_or_tiny_database_is_damage_and_stays_as_it_is(closed, size):
    path = closed / "vault.db"
    path.write_bytes(path.read_bytes()[:size])
    for act in (Vault(closed).state, lambda: Vault(closed).unlock(PASSPHRASE)):
        with pytest.raises(VaultDamaged):
            act()
    assert path.stat().st_size == size


@pytest.mark.parametrize("less", [1, 100, PAGE - 1])
def test_09_database_cut_inside_a_page_is_damage(closed, key, less):
    path = closed / "vault.db"
    path.write_bytes(path.read_bytes()[:-less])
    assert is_caught(closed, key)


@pytest.mark.parametrize("pages", [1, 2, 5])
def test_10_database_cut_between_pages_is_damage(closed, key, pages):
    path = closed / "vault.db"
    path.write_bytes(path.read_bytes()[: -pages * PAGE])
    assert is_caught(closed, key)


@pytest.mark.parametrize("offset", [0, 15, 16, 100, 4020, 4035, 4036, 4095])
def test_11_flipped_byte_of_the_first_page_is_damage(closed, offset):
    path = closed / "vault.db"
    content = bytearray(path.read_bytes())
    content[offset] ^= 1
    path.write_bytes(content)
    with pytest.raises(VaultDamaged):
        Vault(closed).unlock(PASSPHRASE)


def test_11_flipped_byte_anywhere_is_found_by_the_verification(closed, key):
    path = closed / "vault.db"
    whole = path.read_bytes()
    chance = random.Random(SEED)  # noqa: S311 (has to be the same each time)
    for _ in range(FLIPS):
        place = chance.randrange(len(whole))
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x40]) + whole[place + 1 :])
        with pytest.raises(VaultDamaged):
            verify_database(path, key, no_report, "DELETE")


@pytest.mark.parametrize("damage", ["swapped", "zeroed", "garbage at the end"])
def test_12_moved_and_added_pages_are_found(closed, key, damage):
    path = closed / "vault.db"
    pages = [path.read_bytes()[at : at + PAGE] for at in range(0, path.stat().st_size, PAGE)]
    if damage == "swapped":
        pages[5], pages[9] = pages[9], pages[5]
    elif damage == "zeroed":
        pages[7] = bytes(PAGE)
    else:
        pages.append(os.urandom(PAGE))
    path.write_bytes(b"".join(pages))
    assert is_caught(closed, key)


def test_13_page_of_an_older_copy_is_told_by_the_record(vault, key):
    """Each page is one that was written here; only together they are no state there ever was."""
    vault.close()
    old = vault.files.database.read_bytes()
    vault.unlock(PASSPHRASE)
    with vault.transaction() as db:
        for _ in range(30):
            audit.append(db, Event.EXPORTED, vault.clock())
    vault.close()
    new = bytearray(vault.files.database.read_bytes())
    differing = [
        at for at in range(0, len(old), PAGE) if old[at : at + PAGE] != new[at : at + PAGE]
    ]
    caught = 0
    for at in differing:
        vault.files.database.write_bytes(
            bytes(new[:at]) + old[at : at + PAGE] + bytes(new[at + PAGE :])
        )
        try:
            vault.unlock(PASSPHRASE)
            verify_vault(vault.files, key, no_report)
            caught += vault.is_older_copy
        except VaultDamaged:
            caught += 1
        vault.close()
    assert caught >= len(differing) - 1
    assert differing


def test_14_older_copy_of_the_whole_vault_opens_for_reading_and_says_so(vault, tmp_path):
    vault.close()
    shutil.copytree(vault.files.directory, tmp_path / "old")
    vault.unlock(PASSPHRASE)
    fill(vault, "second")
    vault.close()
    shutil.rmtree(vault.files.directory)
    shutil.copytree(tmp_path / "old", vault.files.directory)
    before = vault.files.database.read_bytes()
    vault.unlock(PASSPHRASE)
    assert vault.is_older_copy
    assert names(vault) == {"first"}
    with pytest.raises(OlderCopy, match="older copy"), vault.transaction():
        pytest.fail("an older copy was changed")
    vault.close()
    assert vault.files.database.read_bytes() == before


def test_14_older_copy_that_is_accepted_is_the_newest_from_then_on(vault, tmp_path):
    from desktop.services.storage.credentials import passphrase

    test_14_older_copy_of_the_whole_vault_opens_for_reading_and_says_so(vault, tmp_path)
    vault.unlock_by(passphrase(PASSPHRASE), accept_older_copy=True)
    fill(vault, "third")
    vault.close()
    vault.unlock(PASSPHRASE)
    assert not vault.is_older_copy
    assert names(vault) == {"first", "third"}


def test_17_plain_database_in_its_place_is_refused_and_not_written_to(closed):
    path = closed / "vault.db"
    path.unlink()
    plain = sqlite3.connect(path)
    plain.execute("CREATE TABLE vault (vault_id TEXT, wrapping_key BLOB)")
    plain.commit()
    plain.close()
    before = path.read_bytes()
    with pytest.raises(VaultDamaged):
        Vault(closed).unlock(PASSPHRASE)
    assert path.read_bytes() == before


WRITER = """
import os, sys
from pathlib import Path
from desktop.services.storage import derivation
from desktop.services.storage.vault import Vault
from tests.quick import quick_argon2
from tests.unit.test_vault_hostile_database import fill
derivation.hash_secret_raw = quick_argon2
vault = Vault(Path(sys.argv[1]), witnesses=Path(sys.argv[2]))
vault.unlock(sys.argv[3])
for number in range(5):
    fill(vault, f"late{number}", rows=20)
os._exit(0)
"""


@pytest.fixture
def crashed(closed, tmp_path):
    """A vault whose last writer ended without closing: its last commits are in the log alone."""
    subprocess.run(
        [sys.executable, "-c", WRITER, str(closed), str(tmp_path / "seen"), PASSPHRASE],
        cwd=ROOT, check=True, timeout=60,
    )  # fmt: skip
    assert (closed / "vault.db-wal").stat().st_size > 0
    return closed


def opens_as_older_copy_or_damaged(directory, tmp_path):
    vault = Vault(directory, witnesses=tmp_path / "seen")
    try:
        vault.unlock(PASSPHRASE)
    except VaultError:
        return True
    finally:
        is_older = vault.is_older_copy
        vault.close()
    return is_older


def test_18_log_that_is_whole_is_taken_in(crashed, tmp_path):
    assert not opens_as_older_copy_or_damaged(crashed, tmp_path)


@pytest.mark.parametrize(
    "damage", ["deleted", "emptied", "cut", "first", "middle", "last", "foreign"]
)
def test_18_spoilt_log_loses_commits_and_that_is_told(crashed, tmp_path, damage):
    path = crashed / "vault.db-wal"
    content = bytearray(path.read_bytes())
    match damage:
        case "deleted":
            path.unlink()
        case "emptied":
            path.write_bytes(b"")
        case "cut":
            path.write_bytes(content[: len(content) // 2])
        case "foreign":
            path.write_bytes(content[:32] + os.urandom(len(content) - 32))
        case _:
            place = {"first": 40, "middle": len(content) // 2, "last": len(content) - 2000}[damage]
            content[place] ^= 1
            path.write_bytes(content)
    assert opens_as_older_copy_or_damaged(crashed, tmp_path)


def test_18_garbage_in_the_shared_index_is_rebuilt(crashed, tmp_path):
    (crashed / "vault.db-shm").write_bytes(os.urandom(32_768))
    (crashed / "vault.db-shm").chmod(0o600)
    assert not opens_as_older_copy_or_damaged(crashed, tmp_path)


def test_21_second_instance_is_told_that_the_vault_is_in_use(vault, monkeypatch):
    monkeypatch.setattr(lock, "PATIENCE_S", 0.0)
    with pytest.raises(VaultInUse):
        Vault(vault.directory).unlock(PASSPHRASE)
    assert names(vault) == {"first"}


def test_22_writer_that_keeps_the_database_is_waited_for_and_then_told(vault, key, monkeypatch):
    monkeypatch.setattr(database, "BUSY_MS", 50)
    other = connect(vault.files.database, key, "WAL")
    other.execute("BEGIN IMMEDIATE")
    started = threading.Event()
    told = []

    def write():
        started.set()
        with pytest.raises(VaultError, match="keeps it busy") as caught:
            fill(vault, "second")
        told.append(caught)

    writer = threading.Thread(target=write)
    writer.start()
    started.wait(10)
    assert names(vault) == {"first"}
    writer.join(20)
    other.close()
    assert told
    fill(vault, "second")


@pytest.mark.parametrize("how", ["unlinked", "replaced"])
def test_23_file_that_vanishes_while_open_takes_no_more_writes(vault, tmp_path, how):
    shutil.copy(vault.files.database, tmp_path / "copy")
    vault.files.database.unlink()
    if how == "replaced":
        shutil.copy(tmp_path / "copy", vault.files.database)
    with pytest.raises(VaultError, match="removed or replaced"):
        fill(vault, "lost")


UNPRIVILEGED = """
import os, sys
from pathlib import Path
from desktop.domain.errors import VaultError
from desktop.services.storage import schema
from desktop.services.storage.vault import Vault
schema.released()  # kept: the other user may not be able to read this checkout
Path("/").as_uri()  # brings in what it needs, from where the other user may not be able to read
os.setgid(65534); os.setuid(65534)
vault = Vault(Path(sys.argv[1]))
try:
    vault.unlock(sys.argv[2])
    with vault.transaction() as db:
        db.execute("INSERT INTO vault_settings VALUES ('x', 'y')")
    print("written")
except VaultError as error:
    print(error.code)
"""


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="needs to become another user")
@pytest.mark.parametrize("what", ["folder", "file"])
@pytest.mark.real_argon2  # the other process may not be able to read this checkout
def test_24_read_only_folder_or_file_is_a_typed_error(closed, tmp_path, what):
    for path in (closed, *closed.iterdir()):
        os.chown(path, 65534, 65534)
    with contextlib.ExitStack() as opened:
        for folder in (tmp_path, *tmp_path.parents[:2]):
            mode = folder.stat().st_mode
            folder.chmod(mode | 0o055)
            opened.callback(folder.chmod, mode)
        target = closed if what == "folder" else closed / "vault.db"
        target.chmod(0o500 if what == "folder" else 0o400)
        (closed / "vault.lock").unlink()
        done = subprocess.run(
            [sys.executable, "-c", UNPRIVILEGED, str(closed), PASSPHRASE],
            cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert done.stdout.strip() == VaultError.code, done.stderr


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="needs to mount")
def test_24_read_only_file_system_is_a_typed_error(closed):
    bind = subprocess.run(
        ["/bin/mount", "--bind", str(closed), str(closed)], capture_output=True, check=False
    )
    if bind.returncode:
        pytest.skip("this administrator may not mount")
    try:
        subprocess.run(["/bin/mount", "-o", "remount,bind,ro", str(closed)], check=True)
        with pytest.raises(VaultError, match=r"[Rr]ead-only"):
            Vault(closed).unlock(PASSPHRASE)
    finally:
        subprocess.run(["/bin/umount", str(closed)], check=True)


class Clock:
    def __init__(self):
        self.now = datetime(2026, 11, 23, 12, tzinfo=UTC)

    def __call__(self):
        return self.now


@pytest.mark.parametrize("jump", [timedelta(days=-366), timedelta(days=3660), timedelta(hours=-1)])
def test_34_clock_that_jumps_changes_neither_generation_nor_freshness(tmp_path, jump):
    clock = Clock()
    vault = Vault(tmp_path / "vault", clock, tmp_path / "seen")
    vault.create(PASSPHRASE)
    fill(vault, "first")
    clock.now += jump
    fill(vault, "second")
    vault.close()
    vault.unlock(PASSPHRASE)
    assert not vault.is_older_copy
    with vault.reading() as db:
        assert audit.check(db) == 1
    vault.close()


@pytest.mark.parametrize("jump", [timedelta(days=-366), timedelta(days=3660), timedelta(days=1)])
def test_34_backup_is_due_after_any_jump_of_the_clock(tmp_path, jump):
    made = backup.Backup(tmp_path, Clock()(), "daily", "v", 1, 1, 1)
    assert backup.is_due([made], Clock()() + jump)
    assert not backup.is_due([made], Clock()() + timedelta(hours=23))


@pytest.mark.parametrize(
    "statement",
    [
        "ATTACH '/tmp/plain.db' AS other",
        "ATTACH '/tmp/plain.db' AS other KEY ''",
        "PRAGMA key = 'x'",
        "PRAGMA rekey = 'x'",
        "PRAGMA temp_store = 1",
        "PRAGMA temp_store_directory = '/tmp'",
        "PRAGMA cipher_memory_security = ON",
        "PRAGMA cipher_page_size = 8192",
        "PRAGMA journal_mode = OFF",
        "PRAGMA writable_schema = ON",
        "SELECT load_extension('x')",
        "VACUUM INTO '/tmp/plain.db'",
        "SELECT sqlcipher_export('main')",
    ],
)
def test_40_no_statement_leaves_the_encryption(vault, key, statement):
    connection = connect(vault.files.database, key, "WAL")
    with pytest.raises(Exception, match=r"not authorized|authorization denied|prohibited"):
        connection.execute(statement)
    connection.close()
    assert names(vault) == {"first"}


class Unencrypted:
    """A database library without a cipher, as the standard library's."""

    def __getattr__(self, name):
        return getattr(database.sqlcipher, name)

    def __init__(self, real):
        self.connect = lambda path, **_options: sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, uri=True
        )
        self.DatabaseError = real.DatabaseError
        self.OperationalError = real.OperationalError


def test_40_library_without_a_cipher_is_refused_before_anything_is_written(tmp_path, monkeypatch):
    real = database.sqlcipher
    stand_in = Unencrypted(real)
    stand_in.SQLITE_OPEN_READWRITE, stand_in.SQLITE_OPEN_URI = 0, 0
    monkeypatch.setattr(database, "sqlcipher", stand_in)
    with pytest.raises(VaultError, match="cannot encrypt"):
        Vault(tmp_path / "vault").create(PASSPHRASE)
    written = [path for path in (tmp_path / "vault").iterdir() if path.stat().st_size]
    assert written == []


def test_40_connection_has_the_settings_that_keep_data_encrypted(vault):
    expected = {"temp_store": 2, "cipher_memory_security": "0", "cipher_page_size": "4096"}
    with vault.reading() as db:
        found = {name: db.execute(f"PRAGMA {name}").fetchone()[0] for name in expected}
    assert found == expected


def test_sorting_large_results_leaves_no_temporary_file(vault, tmp_path, monkeypatch):
    for variable in ("TMPDIR", "SQLITE_TMPDIR"):
        monkeypatch.setenv(variable, str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    fill(vault, "many", rows=20_000)
    with vault.reading() as db:
        db.execute(
            "SELECT value, count(*) FROM vault_settings GROUP BY value ORDER BY 2"
        ).fetchall()
        assert list((tmp_path / "temporary").iterdir()) == []
