"""What a package holds, what it does not hold, and why; signed as a whole."""

from typing import Final

import msgspec

FORMAT: Final = "usageflow-privacy-package"
VERSION: Final = 1
MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "manifest.sig"
PUBLIC_KEY: Final = "signer.pub"
OUTSIDE: Final = frozenset({MANIFEST, SIGNATURE, PUBLIC_KEY})
"""The files the manifest cannot name: itself, and what vouches for it."""


class FileEntry(msgspec.Struct, frozen=True):
    path: str
    sha256: str
    bytes: int
    rows: int | None = None
    """Of a data file."""
    schema: str | None = None
    first: str | None = None
    last: str | None = None


class CategoryEntry(msgspec.Struct, frozen=True):
    category: str
    purpose: str
    legal_basis: str
    retention: str
    recipients: tuple[str, ...]
    source: str


class Exclusion(msgspec.Struct, frozen=True):
    """Something that is held and is not in the package."""

    what: str
    ground: str


class SourceEntry(msgspec.Struct, frozen=True):
    """A place that was searched: `complete`, `partial` or `unreachable`."""

    name: str
    state: str
    detail: str = ""
    as_of: str | None = None


class Redaction(msgspec.Struct, frozen=True):
    """How many texts about other people were covered in a dataset, and why."""

    reason: str
    count: int
    dataset: str


class Manifest(msgspec.Struct, frozen=True):
    request: str
    kind: str
    regimes: tuple[str, ...]
    subject: str
    """The reference of the person, no identifier."""
    generated_at: str
    categories: tuple[CategoryEntry, ...]
    sources: tuple[SourceEntry, ...]
    exclusions: tuple[Exclusion, ...]
    redactions: tuple[Redaction, ...]
    files: tuple[FileEntry, ...]
    format: str = FORMAT
    version: int = VERSION


def encoded(manifest: Manifest) -> bytes:
    """Canonical: the same manifest is always the same bytes."""
    return msgspec.json.format(msgspec.json.encode(manifest, order="deterministic"), indent=2)
