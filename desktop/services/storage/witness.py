"""Witnesses: the highest generation of a vault that this computer has seen.

They lie outside the vault's folder, so that they do not travel back in time with a folder that was
replaced by an older copy. The one in a file is written after each commit, in place and without
waiting for the disk: two records in turn, each with its own MAC, so that a torn one leaves the
other. After a power failure it may be behind the vault, never ahead of it. The one in the system's
keyring is written now and then; whoever replaces vault and file does not reach it that way.
"""

import hashlib
import hmac
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from desktop.domain.errors import KeyringLocked, VaultError
from desktop.services.storage.files import (
    NO_FOLLOW,
    PRIVATE_FILE,
    PRIVATE_FOLDER,
    read_private,
)
from desktop.services.storage.seal import derived_key

KEYRING_SERVICE: Final = "usageflow-vault-"
"""Followed by the vault's id: entries of two vaults must not be taken for one another."""
SEEN: Final = "seen-"
"""Followed by the lineage: name of the keyring's entry."""
RECORDS: Final = 2
NUMBER_BYTES: Final = 8
RECORD_BYTES: Final = 2 * NUMBER_BYTES + hashlib.sha256().digest_size


class Keyring(Protocol):
    """What is asked of a `SystemKeyring`."""

    def name(self) -> str: ...

    def read(self, service: str, user: str) -> str | None: ...

    def store(self, service: str, user: str, secret: str) -> None: ...

    def remove(self, service: str, user: str) -> None: ...


@dataclass(frozen=True, slots=True, order=True)
class Sighting:
    """A state of a vault that was seen; of several the one with the highest generation counts."""

    generation: int
    at_us: int


NEVER: Final = Sighting(0, 0)


class Records:
    """Sightings of one line of copies as bytes that nobody without the vault can make."""

    def __init__(self, lineage: str, wrapping_key: bytes) -> None:
        """`wrapping_key` stays the same as long as the vault does."""
        self._lineage = lineage.encode()
        self._key = derived_key(wrapping_key, "witness")

    def written(self, sighting: Sighting) -> bytes:
        numbers = b"".join(
            number.to_bytes(NUMBER_BYTES, "big") for number in (sighting.generation, sighting.at_us)
        )
        return numbers + hmac.digest(self._key, self._lineage + numbers, "sha256")

    def read(self, record: bytes) -> Sighting:
        """What a record tells; `NEVER` for one that was not made with the vault's key."""
        numbers = (record[:NUMBER_BYTES], record[NUMBER_BYTES : 2 * NUMBER_BYTES])
        told = Sighting(*(int.from_bytes(number, "big") for number in numbers))
        return told if hmac.compare_digest(record, self.written(told)) else NEVER


class Witness:
    """The witness of one line of copies in a file. Any thread.

    A folder that cannot be written to costs this protection and nothing else.
    """

    def __init__(self, folder: Path, lineage: str, records: Records) -> None:
        self._path = folder / lineage
        self._records = records
        self._lock = threading.Lock()
        self._descriptor: int | None = None
        self.seen = self._read()
        """Newest state seen; `NEVER` when this computer has not seen the vault."""

    def note(self, sighting: Sighting) -> None:
        """The vault was committed in this state. Raises: OSError."""
        with self._lock:
            if sighting.generation <= self.seen.generation:
                return
            if self._descriptor is None:
                self._descriptor = self._open()
            # Seeking and writing is what every system has; the lock keeps the two together.
            os.lseek(self._descriptor, sighting.generation % RECORDS * RECORD_BYTES, os.SEEK_SET)
            os.write(self._descriptor, self._records.written(sighting))
            self.seen = sighting

    def close(self) -> None:
        with self._lock:
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor = None

    def _open(self) -> int:
        self._path.parent.mkdir(PRIVATE_FOLDER, parents=True, exist_ok=True)
        return os.open(self._path, os.O_WRONLY | os.O_CREAT | NO_FOLLOW, PRIVATE_FILE)

    def _read(self) -> Sighting:
        try:
            stored = read_private(self._path, RECORDS * RECORD_BYTES)
        except (OSError, VaultError):
            # Missing or spoilt: whoever can do that can do without it, and nothing else is lost.
            return NEVER
        starts = range(0, len(stored), RECORD_BYTES)
        return max(
            (self._records.read(stored[at : at + RECORD_BYTES]) for at in starts), default=NEVER
        )


class KeyringWitness:
    """The witness of one line of copies in the system's keyring. Any thread.

    Only a vault that the keyring opens has one: others would have to wait for a keyring that their
    owner does not use. A keyring that is locked, empty or lies costs this protection and no more.
    """

    def __init__(self, keyring: Keyring, vault_id: str, lineage: str, records: Records) -> None:
        self._keyring = keyring
        self._service = KEYRING_SERVICE + vault_id
        self._user = SEEN + lineage
        self._records = records

    def seen(self) -> Sighting:
        """Newest state noted; `NEVER` without one. Takes as long as the keyring's time-out."""
        try:
            stored = self._keyring.read(self._service, self._user)
            return self._records.read(bytes.fromhex(stored or ""))
        except (KeyringLocked, ValueError):
            return NEVER

    def note(self, sighting: Sighting) -> None:
        """Raises: KeyringLocked."""
        self._keyring.store(self._service, self._user, self._records.written(sighting).hex())

    def forget(self) -> None:
        """Raises: KeyringLocked."""
        self._keyring.remove(self._service, self._user)
