"""Checks a package as its reader would: signature, files, checksums, schemas, counts."""

import hashlib
import struct
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import IO, Final
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from desktop.domain.errors import PackageDamaged
from desktop.services.calls import Report
from desktop.services.privacy.package import manifest as manifests
from desktop.services.privacy.package.background import read_ahead
from desktop.services.privacy.package.manifest import FileEntry, Manifest
from desktop.services.privacy.package.row_counts import Lines, NoRows, RowCount, Table, WrongRow

CHUNK: Final = 1 << 20
LARGEST_SMALL: Final = 1 << 24
"""Bytes of manifest, signature, key or schema: it is held in memory."""
DAMAGE: Final = (
    BadZipFile, LookupError, EOFError, OSError, RuntimeError, ValueError, OverflowError,
    struct.error, zlib.error,
)  # fmt: skip
"""What the ZIP library raises for headers that were changed."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found to be whole; `signer` is the public key in hexadecimal."""

    manifest: Manifest
    signer: str
    rows: int


def verify_package(stream: IO[bytes], report: Report, *, signer: str | None = None) -> Verified:
    """Read a whole inner archive, each file once.

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
            rows = 0
            for entry in manifest.files:
                rows += _checked_rows(archive, entry, partial(_report_from, report, rows))
            return Verified(manifest, found, rows // 2)
    except DAMAGE as error:
        raise PackageDamaged("The package is cut off or was damaged on its way.") from error


def _signed_manifest(archive: ZipFile, signer: str | None) -> tuple[Manifest, str]:
    content = _small(archive, manifests.MANIFEST)
    public = _small(archive, manifests.PUBLIC_KEY).decode("ascii", "replace")
    if signer is not None and public != signer:
        raise PackageDamaged("The package was signed by somebody else.")
    try:
        key = Ed25519PublicKey.from_public_bytes(_bytes(public))
        key.verify(_bytes(_small(archive, manifests.SIGNATURE).decode("ascii")), content)
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
    if any(info.compress_type != ZIP_DEFLATED for info in archive.infolist()):
        raise BadZipFile


def _checked_rows(archive: ZipFile, entry: FileEntry, report: Report) -> int:
    """How many rows a file has, after a look at every byte of it."""
    rows = _row_count(archive, entry)
    try:
        signed = _read(archive, entry, rows, report)
    except WrongRow as error:
        raise PackageDamaged(f"A row of {entry.path} does not fit its schema.") from error
    if not signed:
        raise PackageDamaged(f"{entry.path} is not what was signed. Ask for the package again.")
    if rows.rows != (entry.rows or 0):
        raise PackageDamaged(f"{entry.path} has {rows.rows} rows, not {entry.rows}.")
    return rows.rows


def _read(archive: ZipFile, entry: FileEntry, rows: RowCount, report: Report) -> bool:
    """Whether the file is what was signed; it is unpacked by another thread than its rows."""
    digest, size = hashlib.sha256(), 0

    def chunks() -> Iterator[bytes]:
        nonlocal size
        while size <= entry.bytes and (chunk := member.read(CHUNK)):
            digest.update(chunk)
            size += len(chunk)
            yield chunk

    with archive.open(entry.path) as member, closing(read_ahead(chunks())) as ahead:
        for chunk in ahead:
            rows.take(chunk)
            report(rows.rows)
    rows.end()
    return (digest.hexdigest(), size) == (entry.sha256, entry.bytes)


def _row_count(archive: ZipFile, entry: FileEntry) -> RowCount:
    if entry.schema is None:
        return NoRows()
    if entry.path.endswith(".csv"):
        return Table()
    try:
        return Lines(_small(archive, entry.schema))
    except WrongRow as error:
        raise PackageDamaged(f"{entry.schema} describes no rows that can be checked.") from error


def _small(archive: ZipFile, path: str) -> bytes:
    """All of a file that this program writes in a few kilobytes."""
    with archive.open(path) as member:
        content = member.read(LARGEST_SMALL + 1)
    if len(content) > LARGEST_SMALL:
        raise PackageDamaged(f"{path} is larger than any that is written here.")
    return content


def _report_from(report: Report, earlier: int, done: int, total: int | None = None) -> None:
    report(earlier + done, total)
