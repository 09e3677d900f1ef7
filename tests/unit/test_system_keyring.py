"""Hostile tests 31 to 33: real, missing, locked, emptied, lying and hostile keyrings."""

import gc
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import pytest

from desktop.domain.errors import KeyringLocked, WrongPassphrase
from desktop.services import system_keyring
from desktop.services.calls import no_report
from desktop.services.storage import credentials
from desktop.services.storage.vault import Vault
from desktop.services.storage.ways_in import KEYRING_SERVICE, WaysIn, key_from_keyring
from desktop.services.system_keyring import SystemKeyring

PASSPHRASE = "correct horse battery staple"
LOGIN = b"login password of nobody"
ROOT = Path(__file__).parents[2]
LIMIT_S = 30

pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
needs_daemon = pytest.mark.skipif(
    not (shutil.which("gnome-keyring-daemon") and shutil.which("dbus-daemon")),
    reason="needs the packages gnome-keyring and dbus",
)


class PrivateBus:
    """A D-Bus of its own with a real gnome-keyring on it."""

    def __init__(self, home):
        self.home = home
        (home / "run").mkdir(mode=0o700, parents=True)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "XDG_RUNTIME_DIR": str(home / "run"),
            "XDG_DATA_HOME": str(home / "data"),
        }
        self.bus = subprocess.Popen(
            [shutil.which("dbus-daemon"), "--session", "--nofork", "--print-address=1"],
            env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        self.address = self.bus.stdout.readline().strip()
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = self.address
        self.daemon = None

    def start_daemon(self, login=LOGIN):
        """Start the keyring, unlocked when this is its password."""
        self.daemon = subprocess.Popen(
            [
                shutil.which("gnome-keyring-daemon"), "--foreground", "--unlock",
                "--components=secrets",
            ],
            env=self.environment, stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.daemon.stdin.write(login)
        self.daemon.stdin.close()
        self._wait_for_name()

    def _wait_for_name(self):
        from jeepney import DBusAddress, new_method_call
        from jeepney.io.blocking import open_dbus_connection

        bus = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
        question = new_method_call(bus, "NameHasOwner", "s", ("org.freedesktop.secrets",))
        with open_dbus_connection(self.address) as connection:
            deadline = time.monotonic() + LIMIT_S
            while not connection.send_and_get_reply(question).body[0]:
                assert time.monotonic() < deadline, "the keyring did not start"

    def end_daemon(self):
        if self.daemon is not None:
            self.daemon.kill()
            self.daemon.wait()
            self.daemon = None

    def end(self):
        self.end_daemon()
        self.bus.kill()
        self.bus.wait()
        self.bus.stdout.close()


@pytest.fixture(autouse=True)
def _libraries_leave_sockets_open():
    """SecretStorage 3.5 forgets to close its connection when the keyring fails."""
    yield
    for thread in threading.enumerate():
        if thread.name == "keyring":
            thread.join(LIMIT_S)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture
def bus(_libraries_leave_sockets_open, tmp_path, monkeypatch):
    bus = PrivateBus(tmp_path / "home")
    for name in ("HOME", "XDG_RUNTIME_DIR", "XDG_DATA_HOME", "DBUS_SESSION_BUS_ADDRESS"):
        monkeypatch.setenv(name, bus.environment[name])
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "XDG_CURRENT_DESKTOP"):
        monkeypatch.delenv(name, raising=False)
    yield bus
    bus.end()


@pytest.fixture
def keyring():
    return SystemKeyring(timeout_s=LIMIT_S)


@pytest.fixture
def vault(tmp_path):
    vault = Vault(tmp_path / "vault")
    vault.create(PASSPHRASE)
    yield vault
    vault.close()


def reopened_by_keyring(vault, keyring):
    vault.close()
    from desktop.services.storage import header

    stored = header.read_header(vault.files.directory)
    vault.unlock_by(credentials.keyring_key(key_from_keyring(keyring, stored)))


def require_passphrase_still_opens(vault):
    vault.close()
    vault.unlock(PASSPHRASE)


@needs_daemon
def test_31_real_secret_service_opens_the_vault_and_never_sees_its_key(bus, keyring, vault):
    bus.start_daemon()
    WaysIn(vault, keyring).use_keyring()
    assert keyring.name() == "Secret Service"
    reopened_by_keyring(vault, keyring)
    (slot,) = (slot for slot in vault.header().slots if hasattr(slot, "backend"))
    stored = keyring.read(KEYRING_SERVICE + vault.header().vault_id, slot.slot_id)
    assert len(stored) == 44
    assert vault.data_key().hex() not in stored
    bus.end_daemon()
    for path in bus.home.rglob("*"):
        if path.is_file():
            assert vault.data_key() not in path.read_bytes()


@needs_daemon
def test_14_real_secret_service_remembers_how_new_the_vault_is(bus, keyring, tmp_path):
    bus.start_daemon()
    vault = Vault(tmp_path / "vault", keyring=keyring)
    vault.create(PASSPHRASE)
    WaysIn(vault, keyring).use_keyring()
    vault.close()
    old = vault.files.database.read_bytes()
    vault.unlock(PASSPHRASE)
    with vault.transaction() as db:
        db.execute("INSERT INTO vault_settings VALUES ('late', '')")
    vault.note_in_keyring()
    vault.close()
    vault.files.database.write_bytes(old)
    vault.unlock(PASSPHRASE)
    assert vault.is_older_copy
    vault.close()


@needs_daemon
def test_31_rotation_gives_the_keyring_a_new_key_and_takes_the_old_one_out(bus, keyring, vault):
    bus.start_daemon()
    ways_in = WaysIn(vault, keyring)
    ways_in.use_keyring()
    old = next(slot for slot in vault.header().slots if hasattr(slot, "backend"))
    ways_in.rotate(PASSPHRASE, no_report)
    assert keyring.read(KEYRING_SERVICE + vault.header().vault_id, old.slot_id) is None
    reopened_by_keyring(vault, keyring)
    ways_in.leave_keyring()
    with pytest.raises(KeyringLocked, match="No keyring opens"):
        reopened_by_keyring(vault, keyring)
    require_passphrase_still_opens(vault)


@needs_daemon
def test_31_locked_keyring_is_told_and_the_passphrase_opens(bus, keyring, vault):
    bus.start_daemon()
    WaysIn(vault, keyring).use_keyring()
    bus.end_daemon()
    bus.start_daemon(b"another password")
    with pytest.raises(KeyringLocked, match="passphrase"):
        reopened_by_keyring(vault, SystemKeyring(timeout_s=5))
    require_passphrase_still_opens(vault)


@needs_daemon
def test_31_emptied_keyring_is_told_and_the_passphrase_opens(bus, keyring, vault):
    bus.start_daemon()
    WaysIn(vault, keyring).use_keyring()
    bus.end_daemon()
    for path in (bus.home / "data" / "keyrings").iterdir():
        path.unlink()
    bus.start_daemon()
    with pytest.raises(KeyringLocked, match="no longer has"):
        reopened_by_keyring(vault, SystemKeyring(timeout_s=LIMIT_S))
    require_passphrase_still_opens(vault)


@needs_daemon
def test_31_bus_that_died_is_told_and_the_passphrase_opens(bus, keyring, vault):
    bus.start_daemon()
    WaysIn(vault, keyring).use_keyring()
    bus.end()
    with pytest.raises(KeyringLocked):
        reopened_by_keyring(vault, keyring)
    require_passphrase_still_opens(vault)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a keyring behind a bus")
@pytest.mark.parametrize("address", [None, "unix:path=/nowhere/bus", "rubbish"])
def test_31_absent_keyring_is_told_at_once(monkeypatch, vault, address):
    if address is None:
        monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    else:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    with pytest.raises(KeyringLocked, match="passphrase works"):
        WaysIn(vault, SystemKeyring(timeout_s=10)).use_keyring()
    require_passphrase_still_opens(vault)


class FakeKeyring:
    """A back end that behaves as it is told."""

    def __init__(self):
        self.entries = {}
        self.before_answer = lambda: None
        self.swallows = False
        self.answers = None

    def get_password(self, service, username):
        self.before_answer()
        return self.answers or self.entries.get((service, username))

    def set_password(self, service, username, password):
        self.before_answer()
        if not self.swallows:
            self.entries[service, username] = password

    def delete_password(self, service, username):
        del self.entries[service, username]


@pytest.fixture
def fake():
    return FakeKeyring()


def asking(fake, timeout_s=LIMIT_S):
    return SystemKeyring(lambda: ("Secret Service", fake), timeout_s)


def test_31_prompt_that_nobody_answers_ends_in_time_and_is_asked_once(fake, vault):
    answered = threading.Event()
    fake.before_answer = answered.wait
    keyring = asking(fake, timeout_s=0.1)
    begun = time.monotonic()
    with pytest.raises(KeyringLocked, match="in time"):
        keyring.read("service", "user")
    with pytest.raises(KeyringLocked, match="not answered yet"):
        keyring.read("service", "user")
    assert time.monotonic() - begun < 5
    answered.set()
    require_passphrase_still_opens(vault)


def test_31_lying_keyring_is_told_and_the_passphrase_opens(fake, vault):
    keyring = asking(fake)
    WaysIn(vault, keyring).use_keyring()
    for lie in ("A" * 43 + "=", "not base64 !", "QQ=="):
        fake.answers = lie
        with pytest.raises(WrongPassphrase, match="keyring holds"):
            reopened_by_keyring(vault, keyring)
    require_passphrase_still_opens(vault)


def test_31_another_keyring_than_the_one_of_the_slot_is_not_asked(fake, vault):
    WaysIn(vault, asking(fake)).use_keyring()
    other = SystemKeyring(lambda: ("KWallet", fake))
    with pytest.raises(KeyringLocked, match="does not run now"):
        reopened_by_keyring(vault, other)


def test_32_keyring_that_swallows_what_it_is_given_is_refused(fake, vault):
    fake.swallows = True
    before = vault.header()
    with pytest.raises(KeyringLocked, match="did not keep"):
        WaysIn(vault, asking(fake)).use_keyring()
    assert vault.header() == before


def test_33_keyring_that_fails_after_deleting_leaves_the_vault_open_to_the_passphrase(fake, vault):
    keyring = asking(fake)
    WaysIn(vault, keyring).use_keyring()

    def lose(_service, _user, _password):
        fake.entries.clear()
        raise RuntimeError("lost")

    fake.set_password = lose
    with pytest.raises(KeyringLocked):
        WaysIn(vault, keyring).rotate(PASSPHRASE, no_report)
    with pytest.raises(KeyringLocked):
        reopened_by_keyring(vault, keyring)
    require_passphrase_still_opens(vault)


def test_33_what_a_keyring_says_when_it_fails_is_in_no_message(fake):
    def fail():
        raise RuntimeError("the secret is 4711-hidden")

    fake.before_answer = fail
    with pytest.raises(KeyringLocked) as caught:
        asking(fake).store("service", "user", "4711-hidden")
    assert "4711" not in str(caught.value)
    assert caught.value.__cause__ is None


PROBE = """
import sys
from desktop.domain.errors import KeyringLocked
from desktop.services.system_keyring import SystemKeyring
keyring = SystemKeyring(timeout_s=20)
try:
    keyring.store("usageflow-test", "user", "canary-of-the-keyring")
    print(keyring.name())
except KeyringLocked:
    print("refused")
"""


@pytest.fixture
def hostile_home(tmp_path):
    """A home that tells the keyring library to use a back end of its own."""
    home = tmp_path / "hostile"
    package = home / "evil"
    package.mkdir(parents=True)
    (package / "evil_keyring.py").write_text(
        "import pathlib\n"
        "from keyring.backend import KeyringBackend\n"
        f"MARK = pathlib.Path({str(tmp_path / 'loaded')!r})\n"
        "MARK.write_text('loaded')\n"
        "class Keyring(KeyringBackend):\n"
        "    priority = 99\n"
        "    def set_password(self, s, u, p): MARK.write_text(p)\n"
        "    def get_password(self, s, u): return MARK.read_text()\n"
    )
    config = home / ".config" / "python_keyring"
    config.mkdir(parents=True)
    (config / "keyringrc.cfg").write_text(
        f"[backend]\ndefault-keyring=evil_keyring.Keyring\nkeyring-path={package}\n"
    )
    return home


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"PYTHON_KEYRING_BACKEND": "evil_keyring.Keyring"},
        {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"},
        {"PYTHON_KEYRING_BACKEND": "keyring.backends.chainer.ChainerBackend"},
        {"KEYRING_PROPERTY_SCHEME": "KeePassXC", "KEYRING_PROPERTY_APPID": "evil"},
    ],
)
def test_32_environment_and_rc_file_choose_no_keyring(hostile_home, tmp_path, environment):
    base = {"PATH": os.environ["PATH"], "HOME": str(hostile_home)}
    base["PYTHONPATH"] = str(hostile_home / "evil")
    done = subprocess.run(
        [sys.executable, "-c", PROBE],
        cwd=ROOT, env={**base, **environment}, capture_output=True, text=True, timeout=60,
        check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "refused"
    assert not (tmp_path / "loaded").exists()
    for path in hostile_home.rglob("*"):
        if path.is_file():
            assert b"canary-of-the-keyring" not in path.read_bytes()


@needs_daemon
def test_32_hostile_rc_file_beside_a_real_keyring_changes_nothing(bus, tmp_path, hostile_home):
    bus.start_daemon()
    environment = {
        **bus.environment,
        "HOME": str(hostile_home),
        "PYTHONPATH": str(hostile_home / "evil"),
        "PYTHON_KEYRING_BACKEND": "evil_keyring.Keyring",
        "KEYRING_PROPERTY_PREFERRED_COLLECTION": "/org/evil/collection",
    }
    done = subprocess.run(
        [sys.executable, "-c", PROBE],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "Secret Service"
    assert not (tmp_path / "loaded").exists()


def test_32_only_listed_classes_are_ever_loaded():
    modules = {module for module, _ in system_keyring.CLASSES.values()}
    assert all(module.startswith("keyring.backends.") for module in modules)
    forbidden = {"null", "fail", "chainer"}
    assert not forbidden & {module.rpartition(".")[2] for module in modules}
    source = Path(system_keyring.__file__).read_text(encoding="utf-8")
    assert "get_keyring(" not in source


@needs_daemon
def test_31_daemon_killed_while_it_is_asked_is_told(bus, keyring, vault):
    bus.start_daemon()
    WaysIn(vault, keyring).use_keyring()
    bus.daemon.send_signal(signal.SIGSTOP)
    with pytest.raises(KeyringLocked):
        reopened_by_keyring(vault, SystemKeyring(timeout_s=0.5))
    bus.end_daemon()
    with pytest.raises(KeyringLocked):
        reopened_by_keyring(vault, SystemKeyring(timeout_s=5))
    require_passphrase_still_opens(vault)
