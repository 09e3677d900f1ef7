"""Values about the workspace, the service behind it, and the state of sync."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class VaultState(StrEnum):
    MISSING = "missing"
    LOCKED = "locked"
    OPEN = "open"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class WorkspaceStatus:
    directory: str
    vault: VaultState
    problem: str = ""
    """With `DAMAGED`: what is wrong, in words."""
    keyring: str = ""
    """Name of the system keyring that opens the vault too, or nothing."""


@dataclass(frozen=True, slots=True)
class PassphraseStrength:
    score: int
    """0 (guessed at once) to 4 (strong), as zxcvbn counts."""
    warning: str


class ServiceKind(StrEnum):
    NONE = "none"
    EMBEDDED = "embedded"
    REMOTE = "remote"


@dataclass(frozen=True, slots=True)
class ConnectionInfo:
    """The service this workspace reports to. Holds no secret."""

    kind: ServiceKind
    url: str
    ws_url: str
    application_id: str
    warning: str = ""
    """Said once at start, for example that the service's key lies in a file."""


@dataclass(frozen=True, slots=True)
class EmbeddedStatus:
    running: bool
    url: str
    starts_at_login: bool
    can_start_at_login: bool


@dataclass(frozen=True, slots=True)
class Snippet:
    """Code to paste into the API, with key and address filled in. Secret: it holds the key."""

    framework: str
    """FastAPI, Flask or Gin."""
    language: str
    install: str
    """One command line."""
    code: str
    note: str


class SyncPhase(StrEnum):
    IDLE = "idle"
    RUNNING = "running"
    OFFLINE = "offline"
    NOT_CONNECTED = "not_connected"
    """No service was chosen yet."""
    FAILED = "failed"
    """The service answers, but not usefully; `problem` says how."""


@dataclass(frozen=True, slots=True)
class SyncState:
    phase: SyncPhase
    last_success: datetime | None
    waiting_edits: int
    conflicts: int
    backfill_done: bool
    problem: str = ""
    problem_code: str = ""
    """The `code` of the `AppError` behind `problem`; nothing without one."""
    past_is_held: bool = False
    """The owner stopped the fetching of the past; everything else goes on."""
    clock_offset_s: int = 0
    """Service clock minus ours, rounded; 0 within a minute."""
