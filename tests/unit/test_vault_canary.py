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

pytestmark = pytest.mark.real_argon2

ROOT = Path(__file__).parents[2]
PASSPHRASE = "correct horse battery staple"
READS_MEMORY = sys.platform == "linux" and os.geteuid() == 0

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
services.key_transfer.export_keys(str(workspace / "keys.age"), "file " + canary)
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
if sys.platform == "linux":
    import ctypes, resource
    dumpable = ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)
    print("dumpable", dumpable, resource.getrlimit(resource.RLIMIT_CORE))
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
    if sys.platform == "linux":
        assert done.stdout == "dumpable 0 (0, 0)\n"


def test_36_the_search_itself_finds_what_is_there(tmp_path, canary):
    (tmp_path / "plain").write_text(f"x{canary}y")
    (tmp_path / "wide").write_bytes(canary.encode("utf-16-le"))
    (tmp_path / "coded").write_bytes(base64.b64encode(canary.encode()))
    assert len(traces(tmp_path, canary)) == 3


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
    try:
        return any(form in part for part in writable_memory(pid) for form in wanted)
    except ProcessLookupError:  # it ended meanwhile
        return False


def writable_memory(pid):
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            place, permissions, *_ = line.split()
            if not permissions.startswith("rw"):
                continue
            start, end = (int(part, 16) for part in place.split("-"))
            try:
                memory.seek(start)
                yield memory.read(end - start)
            except ProcessLookupError:
                raise
            except (OSError, ValueError):  # a part that cannot be read, such as a device's
                continue


# Makes a vault with a secret of each kind that the window may come to show.
PLANT = """
import sys
from pathlib import Path
from desktop.domain.keys import KeyDetails
from desktop.hardening import harden
from desktop.services.compose import build_services

canary, workspace = sys.stdin.readline().strip(), Path(sys.argv[1])
harden()
services = build_services(workspace, workspace / "service", syncs_by_itself=False)
services.workspace.create("pass " + canary)
services.api_keys.add_key(KeyDetails("Named", note="n"), "sk_live_" + canary)
with services.vault.transaction() as db:
    services.sdk_keys._store.add_sdk_key(db, "app", "SDK", "uf_live_" + canary)
    services.sdk_keys._store.replace_owner_token(db, "uf_owner_" + canary)
services.close()
"""


class Window:
    """A real window with its core, driven by `tests.window_canary`."""

    def __init__(self, folder, canary):
        self.folder, self.canary = folder, canary
        self.mark = f"USAGEFLOW_HOME={folder / 'home'}".encode()
        self.environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "USAGEFLOW_HOME": str(folder / "home"),
            "QT_QPA_PLATFORM": "offscreen",
        }
        self._run([sys.executable, "-c", PLANT, str(folder / "vault")])
        self.errors = (folder / "errors").open("w+b")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.window_canary", str(folder / "vault")],
            cwd=ROOT, env=self.environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors,
        )  # fmt: skip
        self.events = []
        self.tell(canary)
        for line in self.process.stdout:
            self.events.append(json.loads(line))
            if self.events[-1]["event"] == "open":
                break
        self.before = set(marked(self.mark))

    def _run(self, command):
        subprocess.run(
            command, cwd=ROOT, env=self.environment, input=self.canary + "\n", text=True,
            timeout=120, check=True,
        )  # fmt: skip

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def all_of(self, event):
        return [told for told in self.events if told["event"] == event]

    def the(self, event):
        found = self.all_of(event)
        assert len(found) == 1, (event, self.events, self.stderr())
        return found[0]

    def stderr(self):
        return (self.folder / "errors").read_text()

    def look_into_memory(self):
        """Where the canary is while the window is open, and which processes there are."""
        self.core = self.the("open")["core"]
        self.held_by = [pid for pid in self.before if memory_holds(pid, forms(self.canary))]

    def lock(self):
        """Lock; wait until a fresh window and a core of its own are there, and look again."""
        self.tell("lock")
        self.process.wait(60)
        deadline = time.monotonic() + 60
        self.living = set(self.before)
        while self.living & self.before or len(self.living) < 2:
            assert time.monotonic() < deadline, (self.before, self.living)
            threading.Event().wait(0.05)
            self.living = set(marked(self.mark))
        if READS_MEMORY:
            wanted = forms(self.canary)
            self.still_held_by = [pid for pid in self.living if memory_holds(pid, wanted)]

    def end(self):
        """The fresh window has our end of the pipe too, so it goes before the pipe is read."""
        for pid in marked(self.mark):
            os.kill(pid, 9)
        self.process.communicate()
        self.errors.close()


@pytest.fixture(scope="module")
def window(tmp_path_factory):
    """A window that was used and locked; what it told on the way."""
    window = Window(tmp_path_factory.mktemp("window"), "canary" + secrets.token_hex(12))
    try:
        if READS_MEMORY:
            window.look_into_memory()
        window.lock()
        yield window
    finally:
        window.end()


def test_36_no_title_and_no_accessible_name_of_the_window_holds_a_secret(window):
    names = window.the("looked")["names"]
    assert window.the("search")["works"], "the search must find what is there"
    assert len(names) > 100
    assert {"UsageFlow Desktop", "Passphrase"} <= set(names)
    assert [name for name in names if window.canary in name or window.canary[::-1] in name] == []
    assert len(window.all_of("revealed")) == 2
    assert all(told["shown"] and told["hidden"] for told in window.all_of("revealed"))
    assert window.all_of("typed")


def test_36_copied_secret_leaves_the_clipboard_after_the_time_out(window):
    told = window.all_of("clipboard")
    assert [one["row"] for one in told] == [0, 1]
    assert [one["cleared"] for one in told] == [True, True]
    assert [one["formats"] for one in told] == [[], []]


def test_36_window_leaves_a_secret_in_no_file_and_no_output(window):
    window.the("bug")
    log = (window.folder / "home" / "logs" / "window.log").read_text()
    assert "ZeroDivisionError" in log
    assert traces(window.folder, window.canary) == []
    assert window.canary not in window.stderr()


@pytest.mark.skipif(not READS_MEMORY, reason="reads the memory of other processes")
def test_37_locking_leaves_the_secret_in_no_living_process(window):
    assert {window.core, window.process.pid} <= window.before
    assert window.core in window.held_by, "the search must find it in an open core"
    assert window.process.pid in window.held_by, "and in a window that showed it"
    assert len(window.living) >= 2, "a fresh window and its core"
    assert not window.living & window.before
    assert window.still_held_by == []


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


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.9])
def test_38_backup_that_is_cancelled_while_copying_or_verifying_leaves_nothing(vault, share):
    with vault.transaction() as db:
        db.execute("INSERT INTO vault_settings VALUES ('large', ?)", ("v" * 12_000_000,))
    seen = []

    def stop(done, total=None):
        seen.append(done / total)
        if seen[-1] >= share:
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        rekeying.back_up(vault, backup.Reason.MANUAL, stop)
    assert seen == sorted(seen)
    assert list(vault.files.backups.iterdir()) == []


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
