"""Keys in files of other programs, and an encrypted file of ours.

Read are `.env` files, CSV with a header line (1Password writes such ones), and the JSON export of
Bitwarden. Written is one JSON document in the age format, encrypted with a passphrase.
"""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from contract.card_numbers import masked
from desktop.domain.errors import ExportFailed, InvalidInput
from desktop.domain.keys import KeyDetails, StoredKey
from desktop.services.passphrases import check_new
from desktop.services.storage.files import replace_file

Keys = list[tuple[KeyDetails, str]]


@dataclass(frozen=True, slots=True, repr=False)
class Offered:
    """What a file brings; `left_out` says in words what else it holds."""

    keys: Keys
    left_out: tuple[str, ...] = ()


HIDDEN_FIELD: Final = 1
"""Type of a field whose value Bitwarden hides; the others are not secret."""
KINDS_OF_ITEMS: Final = {
    1: "logins without a password",
    2: "notes",
    3: "cards",
    4: "identities",
    5: "SSH keys",
}
"""Source: the JSON export of Bitwarden."""
MAX_BYTES: Final = 10_000_000
ASSIGNMENT: Final = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.]*)\s*=\s*(.*)")
NAMES: Final = ("name", "title", "service", "account")
SECRETS: Final = ("secret", "password", "api key", "api_key", "key", "token", "credential", "value")
NOTES: Final = ("note", "notes", "notesplain", "comment", "description")
TAGS: Final = ("tags", "folder", "labels")
SCOPES: Final = ("scope", "scopes", "url", "urls", "website")
"""Names of columns, compared in lower case; the first that a file has counts."""
AGE: Final = b"age-encryption.org/"
"""How a file in the age format begins. Source: its specification, version 1."""
ENCRYPTED_FORMAT: Final = "usageflow-keys"
TOO_MUCH_WORK: Final = "Excessive work"
"""How age says that a passphrase's derivation would take far longer here than where it was set."""


def content_of(path: str) -> bytes:
    """The whole file. Raises: InvalidInput (field `path`)."""
    return _content(Path(path))


def is_encrypted(content: bytes) -> bool:
    """Whether a passphrase is needed to read it."""
    return content.startswith(AGE)


def read_keys(content: bytes, passphrase: str = "") -> Offered:
    """The keys of a file's content, whichever of the known formats it has.

    Raises: InvalidInput (field `path`, or `passphrase` when it does not open an encrypted file).
    """
    if is_encrypted(content):
        return _from_encrypted(content, passphrase)
    text = _decoded(content)
    if text.lstrip().startswith("{"):
        return _from_bitwarden(text)
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if lines and all(ASSIGNMENT.fullmatch(line) for line in lines):
        return _from_env(lines)
    return _from_csv(text)


def write_encrypted(path: str, passphrase: str, opened: Iterable[tuple[StoredKey, str]]) -> None:
    """Write keys with their secrets to one encrypted file, and read it back.

    Raises: InvalidInput (field `passphrase`), ExportFailed; no part of a file is left.
    """
    keys = [_exported(key, secret) for key, secret in opened]
    write_document(path, passphrase, {"format": ENCRYPTED_FORMAT, "version": 1, "keys": keys})


def write_document(path: str, passphrase: str, contents: Mapping[str, Any]) -> None:
    """Write a JSON document to one encrypted file, and read it back.

    Raises: InvalidInput (field `passphrase`), ExportFailed; no part of a file is left.
    """
    from pyrage import DecryptError
    from pyrage import passphrase as age

    check_new(passphrase)
    document = json.dumps(contents)
    try:
        replace_file(Path(path), age.encrypt(document.encode("utf-8"), passphrase))
        written = age.decrypt(Path(path).read_bytes(), passphrase)
    except OSError as error:
        raise ExportFailed(
            f"The keys could not be written: {error.strerror}. No file was left. Choose another "
            "place, or free disk space."
        ) from error
    except DecryptError:
        written = b""
    if written != document.encode("utf-8"):
        Path(path).unlink(missing_ok=True)
        raise ExportFailed(
            "What was written could not be read back, so the file was removed. The keys in the "
            "vault are unharmed. Choose another place, on another disk if you can."
        )


def _exported(key: StoredKey, secret: str) -> dict[str, Any]:
    return {
        "name": key.name,
        "secret": secret,
        "provider": key.provider,
        "scope": key.scope,
        "note": key.note,
        "tags": list(key.tags),
        "created_at": key.created_at.isoformat(),
        "expires_at": None if key.expires_at is None else key.expires_at.isoformat(),
    }


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _unusable(f"could not be read: {error.strerror}") from error
    if len(content) > MAX_BYTES:
        raise _unusable("is longer than 10 MB")
    return content


def _decoded(content: bytes) -> str:
    try:
        return masked(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise _unusable("is not UTF-8 text") from error


def _from_env(lines: Iterable[str]) -> Offered:
    keys: Keys = []
    for line in lines:
        if match := ASSIGNMENT.fullmatch(line):
            keys.append((KeyDetails(match[1], tags=("env",)), _unquoted(match[2])))
    return Offered(keys)


def _unquoted(value: str) -> str:
    """A value without its quotes, or without the comment behind it."""
    value = value.strip()
    for quote in ("'", '"'):
        if value.startswith(quote):
            return value[1:].partition(quote)[0]
    return value.partition(" #")[0].strip()


def _from_csv(text: str) -> Offered:
    try:
        rows = list(csv.DictReader(io.StringIO(text), strict=True))
    except csv.Error as error:
        raise _unusable("is no CSV with a header line") from error
    named = [{(k or "").strip().lower(): v for k, v in row.items()} for row in rows]
    if not named or not any(name in named[0] for name in SECRETS):
        raise _unusable("has no column for names and secrets")
    keys = [(_details(row), _first(row, SECRETS)) for row in named]
    taken = {*NAMES, *SECRETS, *NOTES, *TAGS, *SCOPES, ""}
    columns = [name for name in (rows[0] or {}) if (name or "").strip().lower() not in taken]
    return Offered(keys, tuple(f"Column “{name}”" for name in columns if _is_used(rows, name)))


def _is_used(rows: Iterable[Mapping[str, Any]], column: str) -> bool:
    return any(str(row.get(column) or "").strip() for row in rows)


def _details(row: Mapping[str, Any]) -> KeyDetails:
    tags = re.split(r"[,;]", _first(row, TAGS))
    return KeyDetails(
        name=_first(row, NAMES),
        note=_first(row, NOTES),
        scope=_first(row, SCOPES),
        tags=tuple(tag.strip() for tag in tags if tag.strip()),
    )


def _first(row: Mapping[str, Any], names: Iterable[str]) -> str:
    values = (str(row.get(name) or "").strip() for name in names)
    return next((value for value in values if value), "")


def read_document(content: bytes, passphrase: str, expected: str) -> Mapping[str, Any]:
    """What `write_document` wrote, of the format that is expected.

    Raises: InvalidInput (field `passphrase`, or the file holds something else).
    """
    from pyrage import DecryptError
    from pyrage import passphrase as age

    try:
        document = json.loads(age.decrypt(content, passphrase))
    except DecryptError as error:
        raise InvalidInput(_refusal(error), field="passphrase") from error
    if not isinstance(document, dict) or document.get("format") != expected:
        raise _unusable("holds no keys of UsageFlow")
    return document


def _refusal(error: Exception) -> str:
    if TOO_MUCH_WORK in str(error):
        return (
            "This computer is too slow or too busy to try the passphrase of this file. Nothing was "
            "stored. Try again when it has less to do."
        )
    return "This passphrase does not open the file, or the file is damaged. Nothing was stored."


def _from_encrypted(content: bytes, passphrase: str) -> Offered:
    """What `write_encrypted` wrote."""
    document = read_document(content, passphrase, ENCRYPTED_FORMAT)
    return Offered([_imported(entry) for entry in _mappings(document.get("keys"))])


def _imported(entry: Mapping[str, Any]) -> tuple[KeyDetails, str]:
    ends = entry.get("expires_at")
    details = KeyDetails(
        name=_first(entry, ["name"]),
        note=_first(entry, ["note"]),
        scope=_first(entry, ["scope"]),
        tags=tuple(map(str, entry.get("tags") or ())),
        expires_on=datetime.fromisoformat(ends).date() if isinstance(ends, str) else None,
        provider=_first(entry, ["provider"]),
    )
    return details, _first(entry, ["secret"])


def _from_bitwarden(text: str) -> Offered:
    try:
        export = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _unusable("is no JSON") from error
    if export.get("encrypted"):
        raise _unusable("is encrypted by Bitwarden; export it without a password, remove it after")
    if not isinstance(export.get("items"), list):
        raise _unusable("is no export of Bitwarden")
    folders = {folder["id"]: folder["name"] for folder in _mappings(export.get("folders"))}
    items = _mappings(export["items"])
    keys = [key for item in items for key in _bitwarden_keys(item, folders)]
    return Offered(keys, _left_in_bitwarden(items))


def _left_in_bitwarden(items: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """What of these items is no key, counted."""
    counts: Counter[str] = Counter()
    for item in items:
        if not _bitwarden_keys(item, {}):
            counts[KINDS_OF_ITEMS.get(item.get("type", 1), "items of another kind")] += 1
        login = item.get("login")
        counts["one-time passwords"] += isinstance(login, dict) and bool(login.get("totp"))
        counts["fields shown in the clear"] += sum(
            field.get("type") != HIDDEN_FIELD for field in _mappings(item.get("fields"))
        )
    return tuple(f"{number} {kind}" for kind, number in counts.items() if number)


def _bitwarden_keys(item: Mapping[str, Any], folders: Mapping[str, str]) -> Keys:
    """The password of a login, and every field that Bitwarden hides."""
    name = str(item.get("name") or "")
    folder = folders.get(str(item.get("folderId")), "")
    note = str(item.get("notes") or "")
    tags = (folder,) if folder else ()
    login = item.get("login") if isinstance(item.get("login"), dict) else {}
    secrets = [(name, str((login or {}).get("password") or ""))]
    secrets.extend(
        (f"{name}: {hidden.get('name') or ''}", str(hidden.get("value") or ""))
        for hidden in _mappings(item.get("fields"))
        if hidden.get("type") == HIDDEN_FIELD
    )
    return [(KeyDetails(named, note, tags=tags), secret) for named, secret in secrets if secret]


def _mappings(value: object) -> list[Mapping[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _unusable(reason: str) -> InvalidInput:
    return InvalidInput(
        f"This file {reason}. Nothing was stored. Choose a .env file, a CSV with a header line, or "
        "an export of Bitwarden (JSON) or 1Password (CSV).",
        field="path",
    )
