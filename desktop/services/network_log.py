"""The registry of hosts: which may be contacted and why, and what was exchanged with each."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from desktop.domain.errors import AppError, HostNotAllowed
from desktop.domain.network import HostContact, Purpose
from desktop.services.storage import network

if TYPE_CHECKING:
    from desktop.services.storage.vault import Vault

STORE_EVERY_S: Final = 60.0


class NetworkLog:
    """Kept in memory and added to the vault once a minute at most. Any thread."""

    def __init__(self, vault: "Vault", clock: Callable[[], datetime]) -> None:
        self._vault = vault
        self._clock = clock
        self._lock = threading.Lock()
        self._allowed: dict[str, Purpose] = {}
        self._unstored: dict[str, HostContact] = {}
        self._shown: dict[str, str] = {}
        self._stored_at = time.monotonic()

    def allow(self, host: str, purpose: Purpose) -> None:
        """Let a host (with its port) be contacted from now on: the owner has named it."""
        with self._lock:
            self._allowed[host] = purpose

    def require(self, host: str) -> None:
        """Raises: HostNotAllowed for a host that the owner has not named."""
        if host not in self._allowed:
            raise HostNotAllowed(
                f"Something asked for {host}, which this workspace does not list. It was not "
                "contacted and nothing was sent. See the Network page for the hosts it may contact."
            )

    def note_exchange(self, host: str, sent_bytes: int, received_bytes: int) -> None:
        """An answer of a host was read to its end, or as far as it was wanted."""
        with self._lock:
            found = self._kept(host)
            self._unstored[host] = replace(
                found,
                last_contact=self._clock(),
                requests=found.requests + 1,
                sent_bytes=found.sent_bytes + sent_bytes,
                received_bytes=found.received_bytes + received_bytes,
            )
        self._store_sometimes()

    def note_failure(self, host: str, problem: str) -> None:
        """A host did not answer, or not in a way that could be used; `problem` names no secret."""
        with self._lock:
            found = self._kept(host)
            self._unstored[host] = replace(found, last_error=problem, last_error_at=self._clock())

    def note_key(self, host: str, fingerprint: str) -> None:
        """A host showed a public key; see `desktop.services.tls`."""
        self._shown[host] = fingerprint

    def shown_key(self, host: str) -> str:
        """Fingerprint a host showed last; empty when it showed none since the program started."""
        return self._shown.get(host, "")

    def hosts(self) -> tuple[HostContact, ...]:
        """Every host that may be contacted or ever was, with what was exchanged.

        Raises: VaultError.
        """
        self.store()
        with self._vault.reading() as db:
            known = {one.host: one for one in network.hosts(db)}
        for host, purpose in sorted(self._allowed.items()):
            known.setdefault(host, _new(host, purpose))
        return tuple(known.values())

    def store(self) -> None:
        """Add what is in memory to the vault. Raises: VaultError."""
        with self._lock:
            contacts, self._unstored = self._unstored, {}
            self._stored_at = time.monotonic()
        if contacts:
            with self._vault.transaction() as db:
                network.add(db, contacts.values())

    def _kept(self, host: str) -> HostContact:
        return self._unstored.get(host) or _new(host, self._allowed[host])

    def _store_sometimes(self) -> None:
        if time.monotonic() - self._stored_at < STORE_EVERY_S:
            return
        try:
            self.store()
        except AppError:
            # The exchange itself went well; what the vault has to say comes with the next write.
            self._stored_at = time.monotonic()


def _new(host: str, purpose: Purpose) -> HostContact:
    return HostContact(host, purpose, None, 0, 0, 0, "", None)
