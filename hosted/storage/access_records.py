"""Who may do what, and what they did: keys, tokens, entries of the audit log."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contract.terms import Role


@dataclass(frozen=True, slots=True)
class SdkKey:
    key_id: str
    application_id: str
    name: str
    key_hash: bytes
    created_us: int
    revoked_us: int | None = None
    expires_us: int | None = None
    last_used_us: int | None = None

    def is_valid(self, now_us: int) -> bool:
        """Whether the key is neither revoked nor past its end."""
        return self.revoked_us is None and (self.expires_us is None or now_us < self.expires_us)


@dataclass(frozen=True, slots=True)
class Token:
    """An access token of the admin API, without itself: only its keyed hash is kept."""

    token_id: str
    name: str
    role: Role
    token_hash: bytes
    created_us: int
    revoked_us: int | None = None
    expires_us: int | None = None
    last_used_us: int | None = None
    application_ids: tuple[str, ...] | None = None
    """The only applications it holds for, in order; None for every one."""

    def is_valid(self, now_us: int) -> bool:
        """Whether the token is neither revoked nor past its end."""
        return self.revoked_us is None and (self.expires_us is None or now_us < self.expires_us)


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """A change as it goes into the audit log; nothing in it is secret."""

    at_us: int
    actor: str
    action: str
    entity: str
    entity_id: str
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries of the log a reader wants; what is None is not asked for."""

    actor: str | None = None
    entity: str | None = None
    entity_id: str | None = None
    action: str | None = None
    text: str | None = None
    """In the id of the row or in what was changed, in any case of letters."""
    since_us: int | None = None
    until_us: int | None = None
    """Exclusive."""
