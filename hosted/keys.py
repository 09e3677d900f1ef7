"""Where the service's one key comes from.

In order: the file named on the command line; a systemd credential; a key file in the data
directory; the operating system's keyring; and where there is no keyring, a new file in the data
directory that only its owner may read, which is called out at start.
"""

import logging
import os
import re
import secrets
import stat
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Final, Protocol

from hosted.errors import KeyUnavailable
from hosted.instance import write_private
from hosted.storage.embedded import DATA_FILE

log = logging.getLogger(__name__)

KEY_FILE: Final = "service.key"
CREDENTIAL: Final = "usageflow.key"
KEY_TEXT: Final = re.compile(r"[0-9a-fA-F]{64}\Z")
KEYRING_SERVICE: Final = "usageflow-service"
KEYRING_TIMEOUT_S: Final = 10.0
FILE_WARNING: Final = (
    "There is no keyring here, so the service key lies in a file beside the data. Who can read "
    "the data directory can read the usage data. Use --key-file or a systemd credential to keep "
    "the key apart."
)


@dataclass(frozen=True, slots=True, repr=False)
class ServiceKey:
    """The key, and what the owner should know about where it is kept."""

    key: bytes
    warning: str = ""


class Keyring(Protocol):
    """The calls that are made of a keyring back end."""

    def get_password(self, service: str, username: str) -> str | None: ...

    def set_password(self, service: str, username: str, password: str) -> None: ...

    def delete_password(self, service: str, username: str) -> None: ...


def find_key(directory: Path, key_file: Path | None, keyring: Keyring | None) -> ServiceKey:
    """The key of a data directory; a new one when the directory is new.

    A key is never made beside data that exists: it could not open them.

    Raises:
        KeyUnavailable: no key, a malformed one, or a keyring that does not answer.
    """
    elsewhere = key_elsewhere(key_file)
    if elsewhere is not None:
        return key_in_file(elsewhere)
    own_file = directory / KEY_FILE
    if own_file.exists():
        return ServiceKey(key_in_file(own_file).key, FILE_WARNING)
    if keyring is not None:
        found = _from_keyring(keyring, directory, may_make=not (directory / DATA_FILE).exists())
        if found is not None:
            return found
    if (directory / DATA_FILE).exists():
        raise KeyUnavailable(
            "The key of this data directory was not found: not in a file, not in the keyring. "
            "Nothing was changed. Unlock the keyring, or start with --key-file."
        )
    return _new_file(own_file)


def key_elsewhere(key_file: Path | None) -> Path | None:
    """The file of a key that its operator keeps apart; None where the service keeps its own."""
    if key_file is not None:
        return key_file
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    if credentials and (Path(credentials) / CREDENTIAL).exists():
        return Path(credentials) / CREDENTIAL
    return None


def in_keyring(keyring: Keyring | None, directory: Path) -> bool:
    """Whether the keyring has a key of this data directory.

    Raises:
        KeyUnavailable: it does not answer.
    """
    if keyring is None:
        return False
    user = str(directory.resolve())
    found = _asked(lambda: keyring.get_password(KEYRING_SERVICE, user) or "")
    if found is None:
        raise KeyUnavailable(
            "The keyring does not answer, so nobody knows whether it holds a key of this service. "
            "Nothing was changed. Unlock it, or run this where there is none."
        )
    return bool(found)


def forget_key(directory: Path, keyring: Keyring | None, *, in_it: bool) -> None:
    """Destroy the key that the service keeps itself; safe to repeat.

    Args:
        directory: the data directory; its key file goes.
        keyring: of the system, or None.
        in_it: whether the keyring had one.

    Raises:
        KeyUnavailable: the keyring still has it, or does not answer.
        OSError: the key file cannot be deleted.
    """
    (directory / KEY_FILE).unlink(missing_ok=True)
    if not in_it:
        return
    user = str(directory.resolve())
    if keyring is None or _asked(lambda: _forgotten(keyring, user)) is None:
        raise KeyUnavailable("The system's keyring still holds the key, and does not answer.")


def _forgotten(keyring: Keyring, user: str) -> str | None:
    """A text when the keyring has no such key any more."""
    if keyring.get_password(KEYRING_SERVICE, user) is not None:
        keyring.delete_password(KEYRING_SERVICE, user)
    return "gone" if keyring.get_password(KEYRING_SERVICE, user) is None else None


def system_keyring() -> Keyring | None:
    """The operating system's own keyring, or None.

    The back end is chosen by name: asked for a default, the library may pick one that writes
    plain text files.
    """
    try:
        if sys.platform == "darwin":
            from keyring.backends.macOS import Keyring as MacKeyring

            return _viable(MacKeyring)
        if sys.platform == "win32":
            from keyring.backends.Windows import WinVaultKeyring

            return _viable(WinVaultKeyring)
        if not os.environ.get("DBUS_SESSION_BUS_ADDRESS"):
            return None
        from keyring.backends.SecretService import Keyring as SecretService

        return _viable(SecretService)
    except ImportError:
        return None


def _viable(backend: type[Keyring]) -> Keyring | None:
    return backend() if getattr(backend, "viable", False) else None


def key_in_file(path: Path) -> ServiceKey:
    """The key a file holds.

    Raises:
        KeyUnavailable: the file cannot be read, or holds none.
    """
    try:
        text = path.read_text(encoding="ascii").strip()
        mode = path.stat().st_mode
    except (OSError, UnicodeDecodeError) as error:
        raise KeyUnavailable(
            f"The key file {path.name} cannot be read. Nothing was changed. "
            "Check its path and its permissions."
        ) from error
    if not KEY_TEXT.match(text):
        raise KeyUnavailable(
            f"The key file {path.name} does not hold a key: 64 hexadecimal digits. "
            "Nothing was changed."
        )
    is_open = sys.platform != "win32" and mode & (stat.S_IRWXG | stat.S_IRWXO)
    warning = "Other users of this computer may read the key file." if is_open else ""
    return ServiceKey(bytes.fromhex(text), warning)


def _new_file(path: Path) -> ServiceKey:
    key = secrets.token_bytes(32)
    write_private(path, key.hex())
    return ServiceKey(key, FILE_WARNING)


def _from_keyring(keyring: Keyring, directory: Path, *, may_make: bool) -> ServiceKey | None:
    """Key from the keyring; a new one if there is none and one may be made."""
    user = str(directory.resolve())
    stored = _asked(lambda: keyring.get_password(KEYRING_SERVICE, user))
    if stored is not None and KEY_TEXT.match(stored):
        return ServiceKey(bytes.fromhex(stored))
    if not may_make:
        return None
    key = secrets.token_bytes(32)

    def keep() -> str | None:
        keyring.set_password(KEYRING_SERVICE, user, key.hex())
        return keyring.get_password(KEYRING_SERVICE, user)

    return ServiceKey(key) if _asked(keep) == key.hex() else None


def _asked(question: Callable[[], str | None]) -> str | None:
    """A keyring's answer; None when it fails or waits for a person who is not there.

    Back ends raise errors of many families and may block on a dialogue, hence thread and net.
    """
    answers: SimpleQueue[str | None] = SimpleQueue()

    def ask() -> None:
        try:
            answers.put(question())
        except Exception:  # noqa: BLE001 - a stranger's code, whose error may quote the key
            log.warning("The keyring did not answer.")
            answers.put(None)

    threading.Thread(target=ask, name="keyring", daemon=True).start()
    try:
        return answers.get(timeout=KEYRING_TIMEOUT_S)
    except Empty:
        log.warning("The keyring did not answer in time.")
        return None
