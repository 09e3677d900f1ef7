"""Erasing a person: what is asked of the service, what it notes for good, what it did."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from contract.messages.base import Answer, Id, Request, Timestamp

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Replacement = Annotated[str, StringConstraints(pattern=r"^gone_[0-9a-f]{24}$")]
SealedText = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/=]*$", max_length=100_000)]
Kept = Literal["account", "usage", "billing", "configuration", "technical", "security"]
"""Kinds of data that an erasure leaves alone for now."""


class ErasedSubject(Request):
    """A customer by a keyed hash only, and the id under which the figures stay."""

    application_id: Id
    mac: Digest
    """HMAC-SHA256 of `contract.erasure.subject_mac`, under the key of the erasure."""
    replacement: Replacement
    """A random id; nothing leads from it to the person."""


class ErasureRequest(Request):
    """An erasure to be noted. It has to be noted before anything is destroyed."""

    at: Timestamp
    key: Digest
    """Key of the hashes. Customer ids are random to whoever lacks the service's own key."""
    subjects: Annotated[tuple[ErasedSubject, ...], Field(min_length=1, max_length=1000)]
    keep: tuple[Kept, ...] = ()
    record: SealedText = ""
    """The entry of the vault's own erasure ledger, base64; only that vault can read it."""


class ErasureEntry(Answer):
    """A noted erasure. Entries are never changed and never removed."""

    sequence: int
    erasure_id: Id
    at: Timestamp
    key: Digest
    subjects: tuple[ErasedSubject, ...]
    keep: tuple[Kept, ...]
    record: str
    applied: bool
    """Whether the service's data are free of these customers."""


class ErasuresPage(Answer):
    """Noted erasures by their sequence; no `next_after` on the last page."""

    rows: tuple[ErasureEntry, ...]
    next_after: int | None


class ErasureCount(Answer):
    """How many rows of one kind were, or would be, changed."""

    what: str
    rows: int


class ErasureOutcome(Answer):
    """What an erasure did in the service, or would do."""

    counts: tuple[ErasureCount, ...]
    blocks: int
    """Blocks of these customers that hold; they stay where `security` is kept."""
    raw_until: Timestamp | None
    """When the last of the single calls, which have lost all contents, goes by itself."""


class ErasurePreview(Request):
    """Ask what an erasure of these customers would do. Nothing is changed."""

    application_id: Id
    customer_ids: Annotated[tuple[Id, ...], Field(min_length=1, max_length=1000)]
    keep: tuple[Kept, ...] = ()
