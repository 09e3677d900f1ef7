"""The operating system's keyring, reached through back ends that are named here and no others.

The keyring library can be told by the environment, by a file in the home directory and by any
installed package to use something else: a file in the clear, or nothing at all. So its own choice
is never asked for: a class of this list is imported by name and set up without the environment.

A keyring may be locked, missing, emptied, wait for a person who is not there, or answer wrongly.
Whatever it does becomes `KeyringLocked` in time, and the passphrase goes on working.
"""

import os
import sys
import threading
from collections.abc import Callable, Iterable
from importlib import import_module
from queue import Empty, SimpleQueue
from typing import Final, Protocol, TypeVar

from desktop.domain.errors import KeyringLocked

Answer = TypeVar("Answer")

TIMEOUT_S: Final = 15.0
"""Long enough for a person to answer a prompt of the keyring, if they look."""
CLASSES: Final = {
    "Secret Service": ("keyring.backends.SecretService", "Keyring"),
    "KWallet": ("keyring.backends.kwallet", "DBusKeyring"),
    "libsecret": ("keyring.backends.libsecret", "Keyring"),
    "Windows Credential Manager": ("keyring.backends.Windows", "WinVaultKeyring"),
    "macOS Keychain": ("keyring.backends.macOS", "Keyring"),
}
WINDOWS_PERSISTENCE: Final = "local machine"
"""The library's own choice roams to every computer of a Windows domain."""


class Backend(Protocol):
    """The calls that are made of the library's classes."""

    def get_password(self, service: str, username: str) -> str | None: ...

    def set_password(self, service: str, username: str, password: str) -> None: ...

    def delete_password(self, service: str, username: str) -> None: ...


class SystemKeyring:
    """One keyring of this computer. Any thread; a call waits `timeout_s` at most.

    Every method raises `KeyringLocked`, in words that hold nothing of what the keyring said.
    """

    def __init__(
        self,
        load: Callable[[], tuple[str, Backend]] | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._load = load or first_usable
        self._timeout_s = timeout_s
        self._found: tuple[str, Backend] | None = None
        self._pending = threading.Lock()
        """Held by a call that still waits for the keyring: another would only wait behind it."""

    def name(self) -> str:
        """Name of the keyring, as the owner knows it."""
        return self._asked(lambda found: found[0])

    def read(self, service: str, user: str) -> str | None:
        """What is stored, or None: never stored, or emptied meanwhile."""
        return self._asked(lambda found: found[1].get_password(service, user))

    def store(self, service: str, user: str, secret: str) -> None:
        """Store, read back and compare: some keyrings swallow a write without a word."""

        def put(found: tuple[str, Backend]) -> str | None:
            found[1].set_password(service, user, secret)
            return found[1].get_password(service, user)

        if self._asked(put) != secret:
            raise KeyringLocked(
                "The system keyring did not keep what it was given, so it is not used. The "
                "passphrase works as before."
            )

    def remove(self, service: str, user: str) -> None:
        """Remove an entry, if there is one."""

        def take_out(found: tuple[str, Backend]) -> None:
            if found[1].get_password(service, user) is not None:
                found[1].delete_password(service, user)

        self._asked(take_out)

    def _asked(self, question: Callable[[tuple[str, Backend]], Answer]) -> Answer:
        """The answer to a question, asked on a thread that may be left waiting."""
        if not self._pending.acquire(blocking=False):
            raise KeyringLocked(
                "The system keyring has not answered yet. The passphrase works without it. Look "
                "for a window of the keyring that asks for its own password."
            )
        answers: SimpleQueue[tuple[bool, Answer | None]] = SimpleQueue()

        def ask() -> None:
            try:
                answers.put((True, question(self._loaded())))
            except Exception:  # noqa: BLE001 (a stranger's code, whose error may quote a secret)
                answers.put((False, None))
            finally:
                self._pending.release()

        threading.Thread(target=ask, name="keyring", daemon=True).start()
        return self._answer(answers)

    def _answer(self, answers: "SimpleQueue[tuple[bool, Answer | None]]") -> Answer:
        try:
            was_answered, answer = answers.get(timeout=self._timeout_s)
        except Empty:
            raise KeyringLocked(
                "The system keyring did not answer in time. Nothing was changed; the passphrase "
                "works without it. Unlock the keyring, then try again."
            ) from None
        if not was_answered:
            raise KeyringLocked(
                "The system keyring is locked, missing or out of order. Nothing was changed; the "
                "passphrase works without it. Unlock the keyring, then try again."
            )
        return answer  # type: ignore[return-value]  # an answer, as the flag beside it says

    def _loaded(self) -> tuple[str, Backend]:
        if self._found is None:
            self._found = self._load()
        return self._found


def first_usable() -> tuple[str, Backend]:
    """The first keyring of the list that runs on this computer. Raises: LookupError."""
    for name in _candidates():
        backend = _instance(name)
        if backend is not None:
            return name, backend
    raise LookupError("no keyring of the list runs here")


def _candidates() -> Iterable[str]:
    if sys.platform == "darwin":
        return ("macOS Keychain",)
    if sys.platform == "win32":
        return ("Windows Credential Manager",)
    if not os.environ.get("DBUS_SESSION_BUS_ADDRESS"):
        return ()
    is_kde = "KDE" in os.environ.get("XDG_CURRENT_DESKTOP", "").upper()
    ours = ("Secret Service", "KWallet", "libsecret")
    return ("KWallet", *ours) if is_kde else ours


def _instance(name: str) -> Backend | None:
    """An instance of a listed class, without what the environment would have set on it."""
    module, class_name = CLASSES[name]
    try:
        backend_class = getattr(import_module(module), class_name)
    except ImportError:
        return None
    if not backend_class.viable:
        return None
    backend: Backend = backend_class()
    vars(backend).clear()
    if name == "Windows Credential Manager":
        backend.persist = WINDOWS_PERSISTENCE  # type: ignore[attr-defined]  # of that class only
    return backend
