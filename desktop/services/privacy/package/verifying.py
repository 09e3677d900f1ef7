"""Checks a package as its reader would: signature, files, checksums, schemas, counts."""

import csv
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Any, Final
from zipfile import BadZipFile, ZipFile

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from desktop.domain.errors import PackageDamaged
from desktop.services.calls import Report
from desktop.services.privacy.package import manifest as manifests
from desktop.services.privacy.package.manifest import FileEntry, Manifest

CHUNK: Final = 1 << 20
REPORT_EVERY: Final = 5000


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found to be whole; `signer` is the public key in hexadecimal."""

    manifest: Manifest
    signer: str
    rows: int


def verify_package(stream: IO[bytes], report: Report, *, signer: str | None = None) -> Verified:
    """Read a whole inner archive.

    Args:
        stream: seekable.
        report: told how many rows were checked.
        signer: public key in hexadecimal that must have signed; any key will do without one.

    Raises: PackageDamaged (which says what is wrong), Cancelled.
    """
    try:
        with ZipFile(stream) as archive:
            manifest, found = _signed_manifest(archive, signer)
            _require_same_files(archive, manifest)
            for entry in manifest.files:
                _require_signed_bytes(archive, entry)
            rows = sum(_check_rows(archive, manifest, report))
            return Verified(manifest, found, rows // 2)
    except (BadZipFile, KeyError, EOFError) as error:
        raise PackageDamaged("The package is cut off or was damaged on its way.") from error


def _signed_manifest(archive: ZipFile, signer: str | None) -> tuple[Manifest, str]:
    content = archive.read(manifests.MANIFEST)
    public = archive.read(manifests.PUBLIC_KEY).decode("ascii", "replace")
    if signer is not None and public != signer:
        raise PackageDamaged("The package was signed by somebody else.")
    try:
        key = Ed25519PublicKey.from_public_bytes(_bytes(public))
        key.verify(_bytes(archive.read(manifests.SIGNATURE).decode("ascii")), content)
        return msgspec.json.decode(content, type=Manifest), public
    except (InvalidSignature, ValueError, msgspec.MsgspecError) as error:
        raise PackageDamaged("The signature does not fit: the package was altered.") from error


def _bytes(text: str) -> bytes:
    """Of hexadecimal in one spelling only, so that no letter can be changed unseen."""
    decoded = bytes.fromhex(text)
    if decoded.hex() != text:
        raise ValueError(text)
    return decoded


def _require_same_files(archive: ZipFile, manifest: Manifest) -> None:
    names = archive.namelist()
    listed = {entry.path for entry in manifest.files} | manifests.OUTSIDE
    if len(names) != len(set(names)) or set(names) != listed:
        odd = sorted(set(names) ^ listed) or names
        raise PackageDamaged(f"The package holds other files than were signed: {odd[0]}")


def _require_signed_bytes(archive: ZipFile, entry: FileEntry) -> None:
    digest, size = hashlib.sha256(), 0
    with archive.open(entry.path) as member:
        while chunk := member.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
    if (digest.hexdigest(), size) != (entry.sha256, entry.bytes):
        raise PackageDamaged(f"{entry.path} is not what was signed. Ask for the package again.")


def _check_rows(archive: ZipFile, manifest: Manifest, report: Report) -> Iterator[int]:
    """How many rows each data file has, each held against its schema."""
    done = 0
    for entry in manifest.files:
        if entry.schema is None:
            continue
        schema = json.loads(archive.read(entry.schema))
        with archive.open(entry.path) as member:
            for rows in _counted(_rows(member, entry, schema)):
                report(done + rows)
        done += rows
        if rows != entry.rows:
            raise PackageDamaged(f"{entry.path} has {rows} rows, not {entry.rows}.")
        yield rows


def _rows(member: IO[bytes], entry: FileEntry, schema: dict[str, Any]) -> Iterator[object]:
    if entry.path.endswith(".csv"):
        rows = csv.reader(line.decode("utf-8") for line in member)
        next(rows)  # the names of the columns
        return rows
    return _validated(member, entry, schema)


def _validated(
    lines: Iterable[bytes], entry: FileEntry, schema: dict[str, Any]
) -> Iterator[object]:
    from jsonschema import Draft202012Validator

    validator = Draft202012Validator(schema)
    for line in lines:
        row = msgspec.json.decode(line)
        if not validator.is_valid(row):
            raise PackageDamaged(f"A row of {entry.path} does not fit its schema.")
        yield row


def _counted(rows: Iterable[object]) -> Iterator[int]:
    """Now and then how many there were; the last is the sum."""
    count = 0
    for count, _ in enumerate(rows, start=1):
        if count % REPORT_EVERY == 0:
            yield count
    yield count
