"""A vault killed at any step opens again, and a full disk loses nothing.

The suite cuts each operation at a few steps; `USAGEFLOW_VAULT_ROUNDS=30` cuts at as many.
"""

import os
import resource
import shutil
import signal
import subprocess
import sys

import pytest

from desktop.domain.connection import VaultState
from desktop.domain.errors import DiskFull, VaultError, WrongPassphrase
from desktop.services.calls import no_report
from desktop.services.secret_store import SecretStore
from desktop.services.storage import backup, derivation, rekeying, schema
from desktop.services.storage.vault import Vault
from desktop.services.storage.verification import verify_vault
from desktop.services.storage.ways_in import WaysIn
from tests.faults import ROOT, Victims, run_alone, spread_over
from tests.quick import quick_argon2
from tests.vault_victim import ARCHIVE_KEY, NEW_PASSPHRASE, PASSPHRASE, with_one_more

pytestmark = pytest.mark.skipif(os.name == "nt", reason="no kill -9 there")

ROUNDS = int(os.environ.get("USAGEFLOW_VAULT_ROUNDS", "3"))
CHANGING = ("header", "migration", "rotation", "backup", "restore", "archive-key")


def add(vault, name):
    with vault.transaction() as db:
        db.execute("INSERT INTO vault_settings VALUES (?, 'kept')", (name,))


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A vault with a backup of its first state, and a row that came later."""
    with pytest.MonkeyPatch.context() as quick:
        quick.setattr(derivation, "tuned_cost", derivation.Argon2Cost)
        quick.setattr(derivation, "hash_secret_raw", quick_argon2)
        vault = Vault(tmp_path_factory.mktemp("template") / "vault")
        vault.create(PASSPHRASE)
    add(vault, "first")
    rekeying.back_up(vault, backup.Reason.DAILY, no_report)
    add(vault, "second")
    vault.close()
    return vault.directory


@pytest.fixture(scope="module")
def run():
    """Runs a victim: operation, directory, outcome, step."""
    victims = Victims("tests.vault_victim")
    yield victims.run
    victims.close()


def steps_of(run, operation, directory):
    counted = run(operation, directory, "count", 0)
    assert counted.stdout.strip().isdecimal(), counted.stdout + counted.stderr
    return int(counted.stdout)


def rows(vault):
    with vault.reading() as db:
        return {name for (name,) in db.execute("SELECT name FROM vault_settings")}


@pytest.fixture(autouse=True)
def _newer_program(request, monkeypatch):
    """A migrated vault is opened by the program that migrated it."""
    if "migration" in request.node.name:
        monkeypatch.setattr(schema, "released", with_one_more(schema.released))


def opened(directory):
    vault = Vault(directory)
    try:
        vault.unlock(PASSPHRASE)
    except WrongPassphrase:
        vault.unlock(NEW_PASSPHRASE)
    return vault


def archive_key(vault):
    store = SecretStore(vault, str, lambda: None)
    with vault.reading() as db:
        return store._newest(db, "archive_key", "")


def require_whole(directory, operation):
    """The vault opens, is sound, holds the old or the new state, and can be written to."""
    vault = opened(directory)
    expected = [{"first", "second"}]
    if operation == "restore":
        expected.append({"first"})
    assert rows(vault) in expected
    if operation == "archive-key":
        assert archive_key(vault) in {None, ARCHIVE_KEY}
    assert not vault.is_older_copy
    verify_vault(vault.files, vault.data_key(), no_report)
    add(vault, "third")
    for made in backup.listed(vault.files.backups):
        backup.check(made.path)
    vault.close()
    assert not (directory / "restored").exists()
    assert not (directory / "vault.db.rotated").exists()


@pytest.mark.parametrize("operation", CHANGING)
def test_26_kill_at_each_step_leaves_the_old_or_the_new_vault(run, template, tmp_path, operation):
    count = steps_of(run, operation, shutil.copytree(template, tmp_path / "counted"))
    for number, step in enumerate(spread_over(count, ROUNDS)):
        directory = shutil.copytree(template, tmp_path / str(number))
        done = run(operation, directory, "kill", step)
        assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr
        require_whole(directory, operation)


def test_26_kill_at_each_step_of_creation_leaves_a_vault_or_nothing(run, tmp_path):
    count = steps_of(run, "creation", tmp_path / "counted")
    for number, step in enumerate(spread_over(count, ROUNDS)):
        directory = tmp_path / str(number)
        done = run("creation", directory, "kill", step)
        assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr
        require_vault_or_nothing(directory)


def require_vault_or_nothing(directory):
    vault = Vault(directory)
    if vault.state() is VaultState.MISSING:
        vault.create(PASSPHRASE)
    else:
        vault.unlock(PASSPHRASE)
    verify_vault(vault.files, vault.data_key(), no_report)
    vault.close()


def test_25_disk_full_at_each_step_of_creation_leaves_a_vault_or_nothing(run, tmp_path):
    count = steps_of(run, "creation", tmp_path / "counted")
    for number, step in enumerate(spread_over(count, ROUNDS)):
        directory = tmp_path / str(number)
        done = run("creation", directory, "full", step)
        assert done.stdout.strip() in {DiskFull.code, "done"}, (step, done.stdout, done.stderr)
        require_vault_or_nothing(directory)


@pytest.mark.parametrize("operation", CHANGING)
def test_25_disk_full_at_each_step_is_told_and_loses_nothing(run, template, tmp_path, operation):
    count = steps_of(run, operation, shutil.copytree(template, tmp_path / "counted"))
    for number, step in enumerate(spread_over(count, ROUNDS)):
        directory = shutil.copytree(template, tmp_path / str(number))
        done = run(operation, directory, "full", step)
        assert done.stdout.strip() in {DiskFull.code, "done"}, (step, done.stdout, done.stderr)
        require_whole(directory, operation)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 3 MB, where this user may mount one."""
    place = tmp_path / "disk"
    place.mkdir(mode=0o700)
    mount = shutil.which("mount")
    size = ["-t", "tmpfs", "-o", "size=3m,mode=0700", "tmpfs", str(place)]
    if mount is None or subprocess.run([mount, *size], capture_output=True, check=False).returncode:
        pytest.skip("mounting a small file system needs an administrator")
    yield place
    subprocess.run([shutil.which("umount"), str(place)], check=True)


def fill(place, leaving):
    """Take all room but a little."""
    free = shutil.disk_usage(place).free
    with (place / "filler").open("wb") as file:
        file.write(bytes(max(0, free - leaving)))


@pytest.mark.parametrize("operation", [*CHANGING, "insert"])
@pytest.mark.parametrize("room", [0, 60_000, 1_100_000])
def test_25_small_disk_that_fills_up_is_told_and_loses_nothing(
    run, template, small_disk, operation, room
):
    directory = shutil.copytree(template, small_disk / "vault")
    fill(small_disk, room)
    done = run(operation, directory, "count", 0)
    said = done.stdout.strip()
    assert said == DiskFull.code or said.isdecimal(), done.stdout + done.stderr
    if operation == "insert":
        assert said == DiskFull.code
    (small_disk / "filler").unlink()
    require_whole(directory, operation)


def test_25_limit_on_the_size_of_files_is_told_and_loses_nothing(template, tmp_path):
    directory = shutil.copytree(template, tmp_path / "vault")

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))

    done = run_alone("tests.vault_victim", "insert", directory, "count", 0, preexec_fn=limit)
    assert done.stdout.strip() in {DiskFull.code, VaultError.code}, done.stdout + done.stderr
    require_whole(directory, "insert")


WRITER = """
import sys
from pathlib import Path
from desktop.services.storage import derivation
from desktop.services.storage.vault import Vault
from tests.quick import quick_argon2
derivation.hash_secret_raw = quick_argon2
vault = Vault(Path(sys.argv[1]))
vault.unlock(sys.argv[2])
for number in range(100_000):
    with vault.transaction() as db:
        db.execute("INSERT INTO vault_settings VALUES (?, '')", (f"acked {number}",))
    print(f"acked {number}", flush=True)
"""


def test_27_what_was_acknowledged_before_a_kill_is_kept(template, tmp_path):
    directory = shutil.copytree(template, tmp_path / "vault")
    for round_number in range(ROUNDS):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER.replace("acked", f"acked {round_number}."),
             str(directory), PASSPHRASE],
            cwd=ROOT, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        acked = {writer.stdout.readline().strip() for _ in range(50)}
        writer.kill()
        acked |= set(writer.communicate()[0].splitlines())
        vault = opened(directory)
        assert acked <= rows(vault) | {""}
        verify_vault(vault.files, vault.data_key(), no_report)
        vault.close()


def test_28_rotation_that_wrote_nothing_useful_is_caught_by_the_verification(
    template, tmp_path, monkeypatch
):
    directory = shutil.copytree(template, tmp_path / "vault")
    vault = opened(directory)
    before = vault.data_key()
    copy = backup.copy_database

    def says_ok(connection, target, data_key, report):
        copy(connection, target, data_key, report)
        content = bytearray(target.read_bytes())
        content[-2000] ^= 1
        target.write_bytes(content)

    with monkeypatch.context() as broken:
        broken.setattr(rekeying.backup, "copy_database", says_ok)
        with pytest.raises(VaultError):
            WaysIn(vault, None).rotate(PASSPHRASE, no_report)
    assert vault.data_key() == before
    vault.close()
    require_whole(directory, "rotation")
