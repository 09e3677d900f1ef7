"""The vault's header `vault.hdr`: which slots open the vault, and what it takes to open them.

The header lies beside the database in the clear; it holds nothing that opens the vault without a
passphrase, a recovery code or the keyring, and every byte of it is covered by a checksum (accident)
and, once a slot has opened, by a MAC under the data key (intent). A twin of the same content,
`vault.hdr.copy`, takes its place when the file itself is damaged.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from desktop.domain.errors import VaultDamaged, VaultError, VaultTooNew
from desktop.domain.vault import RecoveryState
from desktop.services.storage.derivation import Argon2Cost
from desktop.services.storage.files import read_private, replace_file
from desktop.services.storage.seal import derived_key
from desktop.services.storage.slots import (
    FORMAT,
    KeyringSlot,
    PasswordSlot,
    RecoverySlot,
    Slot,
)

MAGIC: Final = "usageflow-vault"
MAX_BYTES: Final = 65_536
MAX_SLOTS: Final = 16
"""Each password slot costs a derivation at unlock."""
FILE: Final = "vault.hdr"
TWIN: Final = "vault.hdr.copy"
KINDS: Final = frozenset({"password", "keyring", "recovery"})

DAMAGED: Final = (
    "The vault's header file is damaged, so the vault cannot be opened. The data beside it is "
    "untouched. Restore a backup, or put back a copy of the file vault.hdr."
)


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    vault_id: str
    created_at: datetime
    sequence: int
    """How often this header was written; the database knows the number as well."""
    slots: tuple[Slot, ...]
    next_slots: tuple[Slot, ...] = ()
    """During a rotation: slots of the data key that is about to replace the present one."""


FIELDS: Final = frozenset({"magic", "format", "mac", *Header.__struct_fields__})


def new_header(created_at: datetime) -> Header:
    """Header of a new vault; a slot has to be added before it can be written."""
    return Header(secrets.token_hex(16), created_at, 0, ())


def with_slots(header: Header, slots: Iterable[Slot]) -> Header:
    return msgspec.structs.replace(header, slots=tuple(slots))


def recovery_state(header: Header) -> RecoveryState:
    found = [slot for slot in header.slots if isinstance(slot, RecoverySlot)]
    if any(slot.confirmed for slot in found):
        return RecoveryState.CONFIRMED
    return RecoveryState.UNCONFIRMED if found else RecoveryState.NONE


def keyring_name(header: Header) -> str:
    """Name of the keyring that opens the vault, or nothing."""
    return next((slot.backend for slot in header.slots if isinstance(slot, KeyringSlot)), "")


def password_cost(header: Header) -> Argon2Cost | None:
    """What a guess of the passphrase costs; None when only a recovery code opens the vault."""
    return next((slot.cost for slot in header.slots if isinstance(slot, PasswordSlot)), None)


def content(header: Header, data_key: bytes) -> bytes:
    """The file's bytes. The MAC is under the key that `slots` wrap."""
    if not _has_lasting_slot(header.slots):
        raise VaultError(
            "A vault must keep a passphrase or a recovery code: a keyring can be lost with the "
            "computer. Nothing was changed."
        )
    stated: dict[str, Any] = msgspec.to_builtins(header)
    fields = {"magic": MAGIC, "format": FORMAT, **stated}
    fields["mac"] = _mac(fields, data_key)
    return _canonical({**fields, "checksum": hashlib.sha256(_canonical(fields)).hexdigest()})


def write_header(directory: Path, header: Header, data_key: bytes) -> None:
    """Replace the header: either the old or the new one is there after a crash.

    Raises: OSError; the old header is untouched.
    """
    new = content(header, data_key)
    replace_file(directory / FILE, new)
    replace_file(directory / TWIN, new)


def read_header(directory: Path) -> Header:
    """Read and check the header, or its twin where the file is damaged; needs no passphrase.

    Raises:
        VaultDamaged: missing, cut, altered, or with parameters outside floors and ceilings.
        VaultTooNew: the file was written by a newer version.
        VaultError: it cannot be read.
    """
    return _parsed(_sound(directory)[1])


def verify_mac(directory: Path, data_key: bytes) -> None:
    """Check that the header was written by someone who had the data key.

    Raises: VaultDamaged.
    """
    verify_content(_sound(directory)[0], data_key)


def repair_twins(directory: Path) -> bool:
    """Make both files the same again; whether there was anything to do.

    Raises: OSError, VaultError.
    """
    sound = _sound(directory)[0]
    differing = [name for name in (FILE, TWIN) if not _holds(directory / name, sound)]
    for name in differing:
        replace_file(directory / name, sound)
    return bool(differing)


def parse(stored: bytes) -> Header:
    """The header in these bytes. Raises: VaultDamaged, VaultTooNew."""
    return _parsed(_fields(stored))


def verify_content(stored: bytes, data_key: bytes) -> None:
    """Raises: VaultDamaged when the MAC is not one under this key."""
    fields = _fields(stored)
    stated = str(fields.pop("mac", ""))
    if not hmac.compare_digest(stated.encode(), _mac(fields, data_key).encode()):
        raise VaultDamaged(DAMAGED)


def newer_version() -> VaultTooNew:
    return VaultTooNew(
        "This vault was written by a newer version of UsageFlow Desktop. Nothing was changed. "
        "Install the newer version to open it."
    )


def _sound(directory: Path) -> tuple[bytes, dict[str, Any]]:
    """Bytes and fields of the header, from the twin only when the file itself is no use."""
    try:
        stored = read_private(directory / FILE, MAX_BYTES)
        return stored, _fields(stored)
    except (FileNotFoundError, VaultDamaged):
        pass
    try:
        stored = read_private(directory / TWIN, MAX_BYTES)
    except FileNotFoundError as error:
        raise VaultDamaged(DAMAGED) from error
    return stored, _fields(stored)


def _holds(path: Path, expected: bytes) -> bool:
    try:
        return read_private(path, MAX_BYTES) == expected
    except (FileNotFoundError, VaultDamaged):
        return False


def _fields(stored: bytes) -> dict[str, Any]:
    """Fields of the file but the checksum, which has been compared. Raises: VaultDamaged."""
    try:
        fields = json.loads(stored)
    except (ValueError, RecursionError) as error:
        raise VaultDamaged(DAMAGED) from error
    if not isinstance(fields, dict) or fields.get("magic") != MAGIC:
        raise VaultDamaged(DAMAGED)
    stated = fields.pop("checksum", None)
    # Byte for byte: a flip that JSON reads alike (the case of a \u escape) is damage as well.
    honest = {**fields, "checksum": hashlib.sha256(_canonical(fields)).hexdigest()}
    if stated != honest["checksum"] or stored != _canonical(honest):
        raise VaultDamaged(DAMAGED)
    return fields


def _parsed(fields: dict[str, Any]) -> Header:
    version = fields.get("format")
    if isinstance(version, int) and version > FORMAT:
        raise newer_version()
    _refuse_what_is_to_come(fields)
    stated = {name: fields[name] for name in Header.__struct_fields__ if name in fields}
    try:
        header = msgspec.convert(stated, Header)
    except (msgspec.ValidationError, ValueError) as error:
        raise VaultDamaged(DAMAGED) from error
    if not _is_plausible(header):
        raise VaultDamaged(DAMAGED)
    return header


def _refuse_what_is_to_come(fields: dict[str, Any]) -> None:
    """A field or a kind of slot that this version does not know might be one that matters."""
    slots = [*_listed(fields.get("slots")), *_listed(fields.get("next_slots"))]
    kinds = {slot.get("kind") for slot in slots if isinstance(slot, dict)}
    if fields.keys() - FIELDS or any(isinstance(kind, str) for kind in kinds - KINDS):
        raise newer_version()


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_plausible(header: Header) -> bool:
    slots = (*header.slots, *header.next_slots)
    costs = [slot.cost for slot in slots if isinstance(slot, PasswordSlot)]
    return (
        len(header.vault_id) == 32  # noqa: PLR2004 (128 bits in hexadecimal)
        and header.sequence >= 0
        and len(slots) <= MAX_SLOTS
        and _has_lasting_slot(header.slots)
        and (not header.next_slots or _has_lasting_slot(header.next_slots))
        and all(cost.is_acceptable() for cost in costs)
    )


def _has_lasting_slot(slots: tuple[Slot, ...]) -> bool:
    return any(isinstance(slot, PasswordSlot | RecoverySlot) for slot in slots)


def _mac(fields: dict[str, Any], data_key: bytes) -> str:
    return hmac.new(derived_key(data_key, "hdr"), _canonical(fields), hashlib.sha256).hexdigest()


def _canonical(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode("ascii")
