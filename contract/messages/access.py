"""Who may do what with the service, and who did what."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from contract.messages.base import Answer, Id, Name, Request, Timestamp
from contract.terms import Role

Restriction = Annotated[tuple[Id, ...], Field(min_length=1, max_length=50)]


class TokenRequest(Request):
    """A token to be made. What it may do cannot change afterwards; make another one."""

    model_config = ConfigDict(
        json_schema_extra={
            "not": {
                "required": ["application_ids"],
                "properties": {"role": {"const": "owner"}, "application_ids": {"type": "array"}},
            }
        }
    )

    name: Name
    role: Role
    expires_at: Timestamp | None = None
    application_ids: Restriction | None = None
    """The only applications it holds for. Left out, it holds for every one, later ones too; an
    owner's token always does."""


class TokenIssued(Answer):
    """A new access token, shown this once: the service keeps a keyed hash."""

    token_id: Id
    token: str
    role: Role
    created_at: Timestamp
    expires_at: Timestamp | None = None
    application_ids: tuple[Id, ...] | None = None


class RotateRequest(Request):
    """A new token or key in place of another; the old one goes on for `overlap_s`."""

    overlap_s: Annotated[int, Field(ge=0, le=30 * 86_400)] = 3600


class TokenInfo(Answer):
    """A token, without itself."""

    token_id: Id
    name: str
    role: Role
    created_at: Timestamp
    last_used_at: Timestamp | None = None
    expires_at: Timestamp | None = None
    revoked_at: Timestamp | None = None
    is_current: bool = False
    """Whether this request was made with it."""
    application_ids: tuple[Id, ...] | None = None
    """The only applications it holds for; none for every one."""


class TokensPage(Answer):
    """Answer of `GET /v1/tokens`, by id."""

    rows: tuple[TokenInfo, ...]
    next_cursor: str | None = None


class SdkKeyInfo(Answer):
    """An SDK key, without itself."""

    key_id: Id
    application_id: Id
    name: str
    created_at: Timestamp
    last_used_at: Timestamp | None = None
    expires_at: Timestamp | None = None
    revoked_at: Timestamp | None = None


class SdkKeysPage(Answer):
    """Answer of `GET /v1/applications/{id}/keys`, by id."""

    rows: tuple[SdkKeyInfo, ...]
    next_cursor: str | None = None


class AuditEntry(Answer):
    """A change, chained to the one before by hash."""

    sequence: int
    at: Timestamp
    actor: str
    """Token id; never the token."""
    action: str
    entity: str
    entity_id: str
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    chain: str
    """SHA-256 over the entry and the chain value before it, hex."""


class AuditPage(Answer):
    """Answer of `GET /v1/audit`, newest first."""

    rows: tuple[AuditEntry, ...]
    next_cursor: str | None = None


class AuditVerification(Answer):
    """Answer of `GET /v1/audit/verification`: whether the log is as it was written."""

    intact: bool
    entries: int
    """How many were read."""
    first_broken: int | None = None
    """Sequence of the first entry that does not fit the chain."""
    head: str
    """Chain value of the newest entry. Who notes it down can tell a log that was cut off later."""
    asked: str | None = None
    """Chain value of the entry that was asked about; none when there is no such entry."""
