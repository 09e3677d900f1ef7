"""Values about the vault itself: ways in, backups, and what deserves the owner's attention."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class RecoveryState(StrEnum):
    NONE = "none"
    UNCONFIRMED = "unconfirmed"
    """Made, but not typed back: nobody knows whether the print is readable."""
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class VaultInfo:
    """What can be told of an open vault. Holds no secret."""

    directory: str
    vault_id: str
    format: int
    schema_version: int
    created_at: datetime
    generation: int
    """Number of the last change."""
    size_bytes: int
    is_older_copy: bool
    recovery: RecoveryState
    keyring: str
    """Name of the keyring that opens the vault, or nothing."""
    key_since: datetime
    """When the data key in use was made."""
    last_backup_at: datetime | None
    backups: int
    key_is_in_locked_memory: bool
    changed_at: datetime | None = None
    """When this copy was changed last; None when that was before it was kept."""
    seen_generation: int = 0
    """Highest number of a change that this computer has seen; 0 when it remembers none."""
    seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class KeyringState:
    """How the system's keyring stands towards the vault."""

    name: str
    """Of the keyring that runs on this computer now; empty when none answers."""
    is_on: bool
    """Whether the vault has a slot for a keyring."""
    problem: str
    """Why it would not open the vault now, or cannot be switched on; empty: it would."""


@dataclass(frozen=True, slots=True)
class BackupCheck:
    """A backup whose files were compared with what they were when it was made."""

    path: str
    is_sound: bool


@dataclass(frozen=True, slots=True)
class BackupSummary:
    """A finished backup; `path` is its folder."""

    path: str
    made_at: datetime
    reason: str
    generation: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Verification:
    """What a complete reading of the vault found; damage is an error instead."""

    pages: int
    generation: int
    audit_entries: int


class Severity(StrEnum):
    OK = "ok"
    ADVICE = "advice"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `topic` is a stable word for scripts, `text` for people."""

    topic: str
    severity: Severity
    text: str
