"""Hostile tests 35 to 38 and 40: what is left of a secret, before and after locking.

A canary is planted in every kind of item and looked for in everything the program leaves behind,
in each form a program writes it: as text, in UTF-16, in hexadecimal and in base64.
"""

import base64
import json
import os
import resource
import secrets
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from desktop.domain.errors import Cancelled, VaultError
from desktop.services.calls import no_report
from desktop.services.storage import backup, credentials, rekeying
from desktop.services.storage.key_memory import LockedKey
from desktop.services.storage.vault import Vault
from desktop.services.storage.ways_in import WaysIn

ROOT = Path(__file__).parents[2]
PASSPHRASE = "correct horse battery staple"

# Uses every kind of secret as the core does, logs an error with a traceback and the secrets among
# its locals, and ends without tidying up.
USER = """
import faulthandler, logging, os, sys
from pathlib import Path
from desktop.domain.keys import KeyDetails
from desktop.hardening import harden
from desktop.logs import set_up_logging
from desktop.services.calls import no_report
from desktop.services.compose import build_services

canary, workspace = sys.stdin.readline().strip(), Path(sys.argv[1])
set_up_logging("core")
harden()
faulthandler.enable()
services = build_services(workspace, workspace / "service", syncs_by_itself=False)
services.workspace.create("pass " + canary)
key = services.api_keys.add_key(KeyDetails("Named", note="n"), "sk_live_" + canary)
services.api_keys.reveal(key.key_id)
store = services.sdk_keys._store
with services.vault.transaction() as db:
    store.add_sdk_key(db, "app", "SDK", "uf_live_" + canary)
    store.replace_owner_token(db, "uf_owner_" + canary)
    store.archive_key(db, lambda: "archive " + canary)
services.api_keys.report()
services.api_keys.export_keys(str(workspace / "keys.age"), "file " + canary)
services.keeping.back_up(no_report)
services.keeping.rotate(no_report, "pass " + canary)
services.keeping.verify(no_report)

def breaks(secret, passphrase):
    services.workspace.unlock(passphrase)
    with services.vault.reading() as db:
        db.execute("SELECT misspelt FROM secrets").fetchall()

try:
    breaks("sk_live_" + canary, "pass " + canary)
except Exception:
    logging.getLogger("core").exception("a call failed unexpectedly")
with services.vault.transaction() as db:
    store.add_api_key(db, KeyDetails("In the log"), "only in the wal " + canary)
sys.stdout.flush()
if sys.argv[2:] == ["abort"]:
    os.abort()
os._exit(0)
"""


def forms(canary):
    raw = canary.encode()
    return {
        raw,
        canary.encode("utf-16-le"),
        raw.hex().encode(),
        base64.b64encode(raw)[:-4],
        canary[::-1].encode(),
    }


def traces(folder, canary):
    wanted = forms(canary)
    return [
        path
        for path in folder.rglob("*")
        if path.is_file() and any(form in path.read_bytes() for form in wanted)
    ]


@pytest.fixture
def canary():
    return "canary" + secrets.token_hex(12)


def allow_core_files():
    """As large as may be here: only a privileged process may raise the hard limit again."""
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))


@pytest.mark.parametrize("ending", ["exit", "abort"])
def test_36_secret_is_left_in_no_file_and_no_output(tmp_path, canary, ending):
    for name in ("home", "temporary", "here"):
        (tmp_path / name).mkdir()
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "HOME": str(tmp_path / "home"),
        "USAGEFLOW_HOME": str(tmp_path / "home" / "usageflow"),
        "TMPDIR": str(tmp_path / "temporary"),
    }
    done = subprocess.run(
        [sys.executable, "-c", USER, str(tmp_path / "home" / "vault"), ending],
        cwd=tmp_path / "here", env=environment, input=canary + "\n", capture_output=True,
        text=True, timeout=120, check=False,
        preexec_fn=allow_core_files,
    )  # fmt: skip
    assert done.returncode == (0 if ending == "exit" else -6), done.stderr
    assert (tmp_path / "home" / "vault" / "vault.db-wal").stat().st_size > 0
    log = (tmp_path / "home" / "usageflow" / "logs" / "core.log").read_text()
    assert "misspelt" in log
    assert traces(tmp_path, canary) == []
    assert canary not in done.stdout + done.stderr
    assert not list(tmp_path.rglob("core*.[0-9]*"))


def test_36_the_search_itself_finds_what_is_there(tmp_path, canary):
    (tmp_path / "plain").write_text(f"x{canary}y")
    (tmp_path / "wide").write_bytes(canary.encode("utf-16-le"))
    (tmp_path / "coded").write_bytes(base64.b64encode(canary.encode()))
    assert len(traces(tmp_path, canary)) == 3


# Stands in for the window up to the lock: has a core, and is replaced by a fresh window.
WINDOW = """
import queue, sys, threading
from desktop import wire
from desktop.domain.keys import KeyDetails
from desktop.processes import CoreProcess, start_fresh_window
from desktop.services.api_keys import ApiKeyService
from desktop.services.workspace import WorkspaceService

if __name__ == "__main__":
    canary, workspace = sys.stdin.readline().strip(), sys.argv[1]
    core, frames = CoreProcess(workspace), queue.SimpleQueue()
    core.open(frames.put, lambda: None)
    calls = (
        (WorkspaceService.create, ("pass " + canary,)),
        (ApiKeyService.add_key, (KeyDetails("Named"), "sk_live_" + canary)),
    )
    for number, (method, arguments) in enumerate(calls):
        core.send(wire.call_frame(number, method, arguments))
        while isinstance(answer := wire.decode_to_window(frames.get(timeout=60)), wire.Notice):
            pass
        assert isinstance(answer, wire.Succeeded), answer
    print("open", core.pid, flush=True)
    sys.stdin.readline()
    start_fresh_window(["--workspace", workspace])
    core.close()
"""


def marked(mark):
    """Processes of ours, by a variable in their environment."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and int(entry.name) != os.getpid():
            try:
                if mark in (entry / "environ").read_bytes():
                    found.append(int(entry.name))
            except OSError:  # gone meanwhile, or another user's
                continue
    return found


def memory_holds(pid, wanted):
    """Whether a process has one of these anywhere in its writable memory."""
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            place, permissions, *_ = line.split()
            if not permissions.startswith("rw"):
                continue
            start, end = (int(part, 16) for part in place.split("-"))
            try:
                memory.seek(start)
                content = memory.read(end - start)
            except (OSError, ValueError):
                continue
            if any(form in content for form in wanted):
                return True
    return False


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="reads the memory of other processes"
)
def test_37_locking_leaves_the_secret_in_no_living_process(tmp_path, canary):
    mark = f"USAGEFLOW_HOME={tmp_path / 'home'}".encode()
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "HOME": str(tmp_path),
        "USAGEFLOW_HOME": str(tmp_path / "home"),
        "QT_QPA_PLATFORM": "offscreen",
    }
    script = tmp_path / "window.py"
    script.write_text(WINDOW)
    with subprocess.Popen(
        [sys.executable, str(script), str(tmp_path / "vault")],
        cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as window:  # fmt: skip
        window.stdin.write(canary + "\n")
        window.stdin.flush()
        _, core = window.stdout.readline().split()
        assert memory_holds(int(core), forms(canary)), "the search must find it while it is open"
        window.stdin.write("lock\n")
        window.stdin.close()
        window.wait(60)
    log = tmp_path / "home" / "logs" / "core.log"
    deadline = time.monotonic() + 60
    # The fresh window has painted and started a core of its own once that writes or is there.
    while len(marked(mark)) < 2 and time.monotonic() < deadline:
        threading.Event().wait(0.05)
    living = marked(mark)
    try:
        assert living, "no fresh window came"
        assert int(core) not in living
        assert [pid for pid in living if memory_holds(pid, forms(canary))] == []
        assert not log.exists() or canary not in log.read_text()
    finally:
        for pid in living:
            os.kill(pid, 9)


@pytest.fixture
def vault(tmp_path):
    vault = Vault(tmp_path / "vault")
    vault.create(PASSPHRASE)
    yield vault
    vault.close()


def test_35_cancelled_rotation_keeps_the_old_key_and_leaves_nothing(vault):
    before = vault.data_key()

    def stop(done, total=None):
        if done:
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        WaysIn(vault, None).rotate(PASSPHRASE, stop)
    assert vault.data_key() == before
    assert not vault.files.rotated.exists()
    vault.close()
    vault.unlock(PASSPHRASE)


def test_35_locking_during_a_long_reading_ends_it_with_the_process_only(vault):
    with vault.reading() as db:
        db.execute("SELECT count(*) FROM vault_audit").fetchone()
    vault.close()
    with pytest.raises(VaultError), vault.reading():
        pytest.fail("a locked vault answered")


def test_38_backup_made_while_others_write_is_whole_and_restores_by_the_code(vault, tmp_path):
    code = WaysIn(vault, None).new_recovery_code()
    stop, written = threading.Event(), []

    def write():
        while not stop.is_set():
            with vault.transaction() as db:
                db.execute(
                    "INSERT INTO vault_settings VALUES (?, ?)", (f"n{len(written)}", "v" * 500)
                )
            written.append(True)

    writer = threading.Thread(target=write)
    writer.start()
    while len(written) < 20:
        stop.wait(0.01)
    made = rekeying.back_up(vault, backup.Reason.DAILY, no_report, tmp_path / "disk")
    stop.set()
    writer.join()
    content = (made.path / "vault.db").read_bytes()
    assert not content.startswith(b"SQLite")
    assert b"vvvv" not in content
    elsewhere = Vault(tmp_path / "other computer", witnesses=tmp_path / "seen")
    elsewhere.restore(
        backup.chosen(made.path.parent, ""), credentials.recovery_code(code), no_report
    )
    with elsewhere.reading() as db:
        (count,) = db.execute("SELECT count(*) FROM vault_settings").fetchone()
    assert 20 <= count <= len(written)
    elsewhere.close()


def restore(vault, made):
    chosen = backup.chosen(made.path.parent, str(made.path))
    vault.restore(chosen, credentials.passphrase(PASSPHRASE), no_report)


def test_38_damaged_backup_is_refused_wherever_the_damage_is(vault):
    made = rekeying.back_up(vault, backup.Reason.DAILY, no_report)
    vault.close()
    for name in ("vault.db", "vault.hdr", "backup.json"):
        whole = (made.path / name).read_bytes()
        for damaged in (whole[:-1], b"", whole[:99] + bytes([whole[99] ^ 1]) + whole[100:]):
            (made.path / name).write_bytes(damaged)
            with pytest.raises(VaultError):
                restore(vault, made)
        (made.path / name).write_bytes(whole)
    vault.unlock(PASSPHRASE)


def test_backups_are_thinned_out_to_days_and_weeks(vault, tmp_path):
    from datetime import UTC, datetime, timedelta

    folder = tmp_path / "disk"
    start = datetime(2026, 6, 1, 12, tzinfo=UTC)
    for day in range(60):
        name = f"{(start + timedelta(days=day)).strftime(backup.TIME)}-daily"
        (folder / name).mkdir(parents=True)
        manifest = {
            "format": 1, "made_at": name[:16], "reason": "daily", "vault_id": "v",
            "generation": day, "schema_version": 1, "files": {},
        }  # fmt: skip
        manifest["checksum"] = backup._checksum(manifest)
        (folder / name / "backup.json").write_text(json.dumps(manifest))
    backup.prune(folder)
    kept = [start.date() + timedelta(days=made.generation) for made in backup.listed(folder)]
    assert kept[:7] == [start.date() + timedelta(days=59 - ago) for ago in range(7)]
    assert len({day.isocalendar()[:2] for day in kept}) == 4
    assert len(kept) <= 11


def test_key_is_overwritten_when_it_is_forgotten():
    key = LockedKey(b"k" * 32)
    assert key.value() == b"k" * 32
    key.forget()
    key.forget()
    with pytest.raises(ValueError, match="closed"):
        key.value()


@pytest.mark.skipif(sys.platform != "linux", reason="limits are Linux's here")
def test_key_page_is_locked_where_the_system_has_room():
    assert LockedKey(b"k" * 32).is_locked
