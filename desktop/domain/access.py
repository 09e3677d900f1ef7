"""Who may do what with the service, and who changed what, as the screens show it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from contract.terms import Role
from desktop.domain.ids import ApplicationId, TokenId
from desktop.domain.usage import Stamp


class TokenState(StrEnum):
    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token of the service, without itself."""

    token_id: TokenId
    name: str
    role: Role
    created_at: datetime
    last_used_at: datetime | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    is_current: bool = False
    """Whether this workspace is connected with it."""
    applications: tuple[str, ...] = ()
    """Names of the only applications it holds for; empty for every one."""

    def state(self, now: datetime) -> TokenState:
        """Whether it works at an instant."""
        if self.revoked_at is not None:
            return TokenState.REVOKED
        is_over = self.expires_at is not None and self.expires_at <= now
        return TokenState.EXPIRED if is_over else TokenState.ACTIVE


@dataclass(frozen=True, slots=True)
class TokensPicture:
    tokens: tuple[AccessToken, ...]
    """Those that work first, the newest first among them."""
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class TokenDraft:
    """A token as typed."""

    name: str = ""
    role: Role = Role.VIEWER
    days: str = ""
    """How long it lasts; empty for good."""
    application_ids: tuple[ApplicationId, ...] = ()
    """The only applications it is to hold for; empty for every one."""


@dataclass(frozen=True, slots=True, repr=False)
class IssuedToken:
    """A token that was just made, with itself: the one time it is shown."""

    token: AccessToken
    secret: str


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Which changes are listed; empty values ask for any."""

    text: str = ""
    """In the id of what was changed, or in what was changed of it."""
    action: str = ""
    entity: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class FieldChange:
    """Texts ready to show; an absent value is an empty text."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One change: an entry of the service's log."""

    sequence: int
    at: datetime
    actor: str
    """Name of the token it was made with, as far as it is known."""
    action: str
    entity: str
    entity_id: str
    changes: tuple[FieldChange, ...] = ()
    chain: str = ""


@dataclass(frozen=True, slots=True)
class AuditPicture:
    lines: tuple[AuditLine, ...]
    """Newest first."""
    next_cursor: str | None
    stamp: Stamp


class ChainState(StrEnum):
    """What is known of the log as a whole."""

    UNKNOWN = "unknown"
    INTACT = "intact"
    BROKEN = "broken"
    """An entry does not fit the one before it."""
    CUT = "cut"
    """An entry that was there when it was checked before is gone, or another one."""


@dataclass(frozen=True, slots=True)
class ChainReport:
    state: ChainState
    entries: int = 0
    broken_at: int | None = None
    """Sequence of the first entry that does not fit."""
    checked_at: datetime | None = None
    stamp: Stamp = field(default_factory=lambda: Stamp(None, online=False))
