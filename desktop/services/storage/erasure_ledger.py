"""The erasure ledger: a file beside the vault that only grows, and that no backup takes along.

A restored vault learns from it whom to erase again. It names people by keyed hashes and is
encrypted under a key that every backup of the vault has. Each entry is bound to the one before it
and to its place, so that none can be changed, left out or put elsewhere; one that was cut off by a
crash is the last, and is written over.
"""

import base64
import hashlib
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from desktop.domain.errors import LedgerUnreadable, VaultDamaged, VaultError
from desktop.services.storage.files import (
    NO_FOLLOW,
    PRIVATE_FILE,
    require_ordinary,
    sync_directory,
)
from desktop.services.storage.seal import derived_key, seal, unseal

FILE: Final = "erasures.ledger"
MAGIC: Final = b"UFERASE1"
LENGTH: Final = struct.Struct(">I")
LARGEST_ENTRY: Final = 1 << 20
LARGEST_FILE: Final = 1 << 30
BEGINNING: Final = bytes(32)


class LedgerSubject(msgspec.Struct, frozen=True):
    application_id: str
    mac: str
    """`contract.erasure.subject_mac` of the customer, under the ledger's subject key."""
    replacement: str


class LedgerEntry(msgspec.Struct, frozen=True):
    """An erasure that was begun; what it says holds for every copy of the data."""

    erasure_id: str
    request_id: str
    at_us: int
    key: str
    """Subject key of the hashes, in hexadecimal."""
    subjects: tuple[LedgerSubject, ...]
    keep: tuple[str, ...] = ()
    """Kinds of data that a legal hold kept."""
    held_records: tuple[str, ...] = ()
    record_kinds: tuple[str, ...] = ()
    """Kinds of the held records; the service, which knows no single records, keeps those kinds."""
    addresses: tuple[str, ...] = ()
    """References of addresses that are not written to again, in hexadecimal."""


@dataclass(frozen=True, slots=True)
class _Tail:
    entries: tuple[LedgerEntry, ...]
    link: bytes
    """Hash of the last entry as it lies in the file."""
    end: int
    """Where the next entry goes."""


class ErasureLedger:
    """The ledger of one vault. One process at a time has the vault; calls of it take turns."""

    def __init__(self, directory: Path, wrapping_key: bytes) -> None:
        """`wrapping_key` stays the same as long as the vault does, whatever its slots."""
        self._path = directory / FILE
        self._key = derived_key(wrapping_key, "erasure ledger")
        self.subject_key = derived_key(wrapping_key, "erasure subjects")

    @property
    def exists(self) -> bool:
        return self._path.exists()

    def create(self) -> None:
        """Begin an empty ledger unless there is one. Raises: OSError."""
        if self.exists:
            return
        descriptor = os.open(
            self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | NO_FOLLOW, PRIVATE_FILE
        )
        with os.fdopen(descriptor, "wb") as file:
            file.write(MAGIC)
            file.flush()
            os.fsync(file.fileno())
        sync_directory(self._path.parent)

    def entries(self) -> tuple[LedgerEntry, ...]:
        """Every entry, the oldest first.

        Raises: LedgerUnreadable when there is no ledger, or it was altered.
        """
        return self._read().entries

    def append(self, entry: LedgerEntry) -> None:
        """Write an entry for good; one with an id that is there already is not written again.

        Raises: LedgerUnreadable, OSError; then nothing was written.
        """
        self.create()
        tail = self._read()
        if any(known.erasure_id == entry.erasure_id for known in tail.entries):
            return
        sealed = seal(self._key, msgspec.json.encode(entry), _bound(len(tail.entries), tail.link))
        descriptor = os.open(self._path, os.O_RDWR | NO_FOLLOW)
        with os.fdopen(descriptor, "rb+") as file:
            file.truncate(tail.end)
            file.seek(tail.end)
            file.write(LENGTH.pack(len(sealed)) + sealed)
            file.flush()
            os.fsync(file.fileno())

    def copy_for_service(self, entry: LedgerEntry) -> str:
        """The entry sealed for this vault alone, in base64: what the service keeps of it."""
        sealed = seal(self._key, msgspec.json.encode(entry), _copy_of(entry.erasure_id))
        return base64.b64encode(sealed).decode()

    def read_copy(self, erasure_id: str, copy: str) -> LedgerEntry | None:
        """An entry that the service kept; None for one of another vault."""
        try:
            plain = unseal(self._key, base64.b64decode(copy), _copy_of(erasure_id))
        except (VaultDamaged, ValueError):
            return None
        return msgspec.json.decode(plain, type=LedgerEntry)

    def _read(self) -> _Tail:
        try:
            require_ordinary(self._path)
            content = self._path.read_bytes()
        except (OSError, VaultError) as error:
            raise unreadable() from error
        if not content.startswith(MAGIC) or len(content) > LARGEST_FILE:
            raise unreadable()
        entries: list[LedgerEntry] = []
        link, end = BEGINNING, len(MAGIC)
        for sealed, after in _records(content, end):
            try:
                plain = unseal(self._key, sealed, _bound(len(entries), link))
                entries.append(msgspec.json.decode(plain, type=LedgerEntry))
            except (VaultDamaged, msgspec.MsgspecError) as error:
                raise unreadable() from error
            link, end = hashlib.sha256(sealed).digest(), after
        return _Tail(tuple(entries), link, end)


def unreadable() -> LedgerUnreadable:
    return LedgerUnreadable(
        "The list of people who were erased is missing, damaged, or belongs to another vault. "
        "Nothing was changed. Put the file erasures.ledger back beside the vault, or connect to "
        "the service, which has a copy."
    )


def _records(content: bytes, start: int) -> Iterator[tuple[bytes, int]]:
    """Sealed entries and where each ends; one that was cut off by a crash is left out."""
    while start + LENGTH.size <= len(content):
        (size,) = LENGTH.unpack_from(content, start)
        end = start + LENGTH.size + size
        if size > LARGEST_ENTRY:
            raise unreadable()
        if end > len(content):
            return
        yield content[start + LENGTH.size : end], end
        start = end


def _copy_of(erasure_id: str) -> str:
    return f"copy of erasure {erasure_id}"


def _bound(position: int, link: bytes) -> str:
    return f"erasure {position} after {link.hex()}"
