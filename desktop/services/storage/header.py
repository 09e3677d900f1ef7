"""The vault's header `vault.hdr`: which slots open the vault, and what it takes to open them.

A slot wraps the data key under a key of its own, so that a passphrase can change without touching
the data. The header lies beside the database in the clear; it holds nothing that opens the vault
without a passphrase, and every byte of it is covered by a checksum (accident) and, once a slot has
opened, by a MAC under the data key (intent).
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import unicodedata
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from desktop.domain.errors import VaultDamaged, VaultError, WrongPassphrase
from desktop.services.storage.files import replace_file
from desktop.services.storage.seal import derived_key

MAGIC: Final = "usageflow-vault"
FORMAT: Final = 1
MAX_BYTES: Final = 65_536
KEY_BYTES: Final = 32
MIN_PASSES: Final = 3
MAX_PASSES: Final = 64
MIN_MEMORY_KIB: Final = 64 * 1024
MAX_MEMORY_KIB: Final = 1024 * 1024
MAX_LANES: Final = 64
"""Floors keep an edited header from weakening the derivation, ceilings from exhausting memory.

Floor: RFC 9106 section 4, second recommended option (3 passes, 64 MiB, 4 lanes).
"""

DAMAGED: Final = (
    "The vault's header file is damaged, so the vault cannot be opened. The data beside it is "
    "untouched. Put back a copy of the file vault.hdr from a backup."
)


@dataclass(frozen=True, slots=True)
class Argon2Cost:
    """Argon2id parameters; memory in KiB."""

    passes: int = MIN_PASSES
    memory_kib: int = MIN_MEMORY_KIB
    lanes: int = 4

    def is_acceptable(self) -> bool:
        return (
            MIN_PASSES <= self.passes <= MAX_PASSES
            and MIN_MEMORY_KIB <= self.memory_kib <= MAX_MEMORY_KIB
            and 1 <= self.lanes <= MAX_LANES
        )


@dataclass(frozen=True, slots=True)
class Slot:
    """The data key, wrapped. `salt`, `nonce` and `wrapped` are base64."""

    slot_id: str
    kind: Literal["password"]
    cost: Argon2Cost
    salt: str
    nonce: str
    wrapped: str


@dataclass(frozen=True, slots=True)
class Header:
    vault_id: str
    slots: tuple[Slot, ...]


def new_header(passphrase: str, data_key: bytes, cost: Argon2Cost) -> Header:
    """Header of a new vault with one password slot. Takes the derivation's time, about 0.3 s."""
    vault_id = secrets.token_hex(16)
    return Header(vault_id, (_wrap(vault_id, passphrase, data_key, cost),))


def open_slot(header: Header, passphrase: str) -> bytes:
    """The data key, from whichever password slot this passphrase opens.

    Raises:
        WrongPassphrase: no slot opened.
    """
    for slot in header.slots:
        key = _derive(passphrase, _bytes(slot.salt), slot.cost)
        bound = _bound(header.vault_id, slot.slot_id, slot.kind, slot.cost, slot.salt)
        try:
            return AESGCM(key).decrypt(_bytes(slot.nonce), _bytes(slot.wrapped), bound)
        except InvalidTag:
            continue
    raise WrongPassphrase("This passphrase does not open the vault. Nothing was changed.")


def write_header(path: Path, header: Header, data_key: bytes) -> None:
    """Replace the header file: either the old or the new one is there after a crash.

    Raises: OSError; the old file is untouched.
    """
    fields = _fields(header)
    fields["mac"] = _mac(fields, data_key)
    fields["checksum"] = hashlib.sha256(_canonical(fields)).hexdigest()
    replace_file(path, _canonical(fields))


def read_header(path: Path) -> Header:
    """Read and check the header; needs no passphrase.

    Raises:
        VaultDamaged: missing, cut, altered, or with parameters outside floors and ceilings.
        VaultError: the file was written by a newer version, or cannot be read.
    """
    return _parsed(_stored_fields(path))


def verify_mac(path: Path, data_key: bytes) -> None:
    """Check that the header was written by someone who had the data key.

    Raises: VaultDamaged.
    """
    fields = _stored_fields(path)
    stated = fields.pop("mac", "")
    if not hmac.compare_digest(str(stated), _mac(fields, data_key)):
        raise VaultDamaged(DAMAGED)


def newer_version() -> VaultError:
    return VaultError(
        "This vault was written by a newer version of UsageFlow Desktop. Nothing was changed. "
        "Install the newer version to open it."
    )


def _wrap(vault_id: str, passphrase: str, data_key: bytes, cost: Argon2Cost) -> Slot:
    slot_id, salt, nonce = secrets.token_hex(8), _text(os.urandom(16)), os.urandom(12)
    key = _derive(passphrase, _bytes(salt), cost)
    bound = _bound(vault_id, slot_id, "password", cost, salt)
    wrapped = AESGCM(key).encrypt(nonce, data_key, bound)
    return Slot(slot_id, "password", cost, salt, _text(nonce), _text(wrapped))


def _derive(passphrase: str, salt: bytes, cost: Argon2Cost) -> bytes:
    # NFC: the same letters typed on another keyboard may arrive in another normal form.
    secret = unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogatepass")
    return hash_secret_raw(
        secret, salt, cost.passes, cost.memory_kib, cost.lanes, KEY_BYTES, Type.ID
    )


def _bound(vault_id: str, slot_id: str, kind: str, cost: Argon2Cost, salt: str) -> bytes:
    """What a slot's wrapping vouches for beside the key itself."""
    return _canonical(
        {
            "format": FORMAT,
            "vault_id": vault_id,
            "slot_id": slot_id,
            "kind": kind,
            "cost": asdict(cost),
            "salt": salt,
        }
    )


def _fields(header: Header) -> dict[str, Any]:
    slots = [asdict(slot) for slot in header.slots]
    return {"magic": MAGIC, "format": FORMAT, "vault_id": header.vault_id, "slots": slots}


def _mac(fields: dict[str, Any], data_key: bytes) -> str:
    return hmac.new(derived_key(data_key, "hdr"), _canonical(fields), hashlib.sha256).hexdigest()


def _stored_fields(path: Path) -> dict[str, Any]:
    """Fields of the file but the checksum, which has been compared."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise VaultDamaged(DAMAGED) from error
    except OSError as error:
        raise VaultError(
            "The vault's header file could not be read. Nothing was changed. "
            "Check that the disk is connected and that you may read the folder."
        ) from error
    try:
        fields = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise VaultDamaged(DAMAGED) from error
    if not isinstance(fields, dict) or fields.get("magic") != MAGIC or len(content) > MAX_BYTES:
        raise VaultDamaged(DAMAGED)
    stated = fields.pop("checksum", None)
    # Byte for byte: a flip that JSON reads alike (the case of a \u escape) is damage as well.
    honest = {**fields, "checksum": hashlib.sha256(_canonical(fields)).hexdigest()}
    if stated != honest["checksum"] or content != _canonical(honest):
        raise VaultDamaged(DAMAGED)
    return fields


def _parsed(fields: dict[str, Any]) -> Header:
    version = fields.get("format")
    if isinstance(version, int) and version > FORMAT:
        raise newer_version()
    try:
        slots = tuple(_slot(slot) for slot in fields["slots"])
        header = Header(str(fields["vault_id"]), slots)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise VaultDamaged(DAMAGED) from error
    if not slots or not all(slot.cost.is_acceptable() for slot in slots):
        raise VaultDamaged(DAMAGED)
    return header


def _slot(fields: dict[str, Any]) -> Slot:
    cost = Argon2Cost(**{name: int(value) for name, value in fields["cost"].items()})
    texts = {name: str(fields[name]) for name in ("slot_id", "salt", "nonce", "wrapped")}
    for name in ("salt", "nonce", "wrapped"):
        _bytes(texts[name])
    if fields["kind"] != "password":
        raise newer_version()
    return Slot(kind="password", cost=cost, **texts)


def _canonical(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode("ascii")


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
