"""Rows of the configuration as they are stored, and what edits of them were answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ConfigRow:
    """A configuration row as stored; `body` None is a tombstone."""

    entity: str
    entity_id: str
    application_id: str
    revision: int
    body: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What an edit was answered, kept under its idempotency key."""

    fingerprint: bytes
    result: str
