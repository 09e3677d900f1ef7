"""Writes a package: inner archive, manifest, signature, all inside the encrypted outer file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from desktop.domain.privacy.categories import PROCESSING, Category, Processing
from desktop.domain.privacy.requests import PrivacyRequest
from desktop.services.calls import Report
from desktop.services.privacy.package import manifest as manifests
from desktop.services.privacy.package.archive import InnerArchive
from desktop.services.privacy.package.datasets import Dataset
from desktop.services.privacy.package.index_page import index_page
from desktop.services.privacy.package.letter import letter_pdf, letter_text
from desktop.services.privacy.package.manifest import (
    CategoryEntry,
    Exclusion,
    Manifest,
    Redaction,
    SourceEntry,
)

README: Final = """This folder holds your data.

index.html     overview, for any browser
letter.pdf     our answer
data/          each list as CSV (for a spreadsheet) and as NDJSON (for programs)
schema/        what each field means, as JSON Schema
manifest.json  every file with its checksum, and what is not here and why
manifest.sig   our Ed25519 signature of manifest.json; signer.pub is the key to check it with

Check it all: usageflow privacy verify FILE
"""


@dataclass(frozen=True, slots=True)
class Contents:
    """What is to be written about one request."""

    request: PrivacyRequest
    subject: str
    datasets: Sequence[Dataset]
    sources: tuple[SourceEntry, ...]
    exclusions: tuple[Exclusion, ...]
    redactions: tuple[Redaction, ...] = ()
    processing: Mapping[Category, Processing] = field(default_factory=lambda: PROCESSING)
    """What is said of each kind of data."""


def write_package(
    stream: IO[bytes],
    contents: Contents,
    signing_key: bytes,
    made_at: datetime,
    report: Report,
) -> Manifest:
    """Write the inner archive; the same contents, key and time give the same bytes.

    Args:
        stream: written to from beginning to end, never read.
        contents: its datasets are read once each.
        signing_key: 32 bytes of an Ed25519 private key.
        made_at: aware.
        report: told how many rows were read and encoded.

    Raises: Cancelled; what was written so far is no package.
    """
    with InnerArchive(stream, report) as archive:
        for dataset in contents.datasets:
            archive.add_dataset(dataset)
        _add_overview(archive, contents, made_at)
        manifest = _manifest(contents, archive, made_at)
        _add_signed(archive, manifests.encoded(manifest), signing_key)
    return manifest


def _add_overview(archive: InnerArchive, contents: Contents, made_at: datetime) -> None:
    asked, number = contents.request.asked, f"PR-{contents.request.number:04}"
    rows = sum(entry.rows or 0 for entry in archive.files) // 2
    letter = letter_text(asked.kind, number, asked.received_at, rows)
    archive.add("letter.pdf", letter_pdf(letter, f"Your privacy request {number}", made_at))
    archive.add("README.txt", README.encode("utf-8"))
    archive.add("index.html", index_page(_manifest(contents, archive, made_at), letter))


def _add_signed(archive: InnerArchive, manifest: bytes, signing_key: bytes) -> None:
    key = Ed25519PrivateKey.from_private_bytes(signing_key)
    public = key.public_key().public_bytes_raw()
    archive.add(manifests.MANIFEST, manifest, listed=False)
    archive.add(manifests.SIGNATURE, key.sign(manifest).hex().encode(), listed=False)
    archive.add(manifests.PUBLIC_KEY, public.hex().encode(), listed=False)


def _manifest(contents: Contents, archive: InnerArchive, made_at: datetime) -> Manifest:
    asked = contents.request.asked
    used = {dataset.category for dataset in contents.datasets}
    return Manifest(
        request=f"PR-{contents.request.number:04}",
        kind=asked.kind.value,
        regimes=tuple(regime.value for regime in asked.regimes),
        subject=contents.subject,
        generated_at=made_at.isoformat(),
        categories=tuple(
            _category(category, contents.processing[category])
            for category in Category
            if category in used
        ),
        sources=contents.sources,
        exclusions=contents.exclusions,
        redactions=contents.redactions,
        files=tuple(sorted(archive.files, key=lambda entry: entry.path)),
    )


def _category(category: Category, facts: Processing) -> CategoryEntry:
    return CategoryEntry(
        category.value,
        facts.purpose,
        facts.legal_basis,
        facts.retention,
        facts.recipients,
        facts.source,
    )
