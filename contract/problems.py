"""Problem answers (RFC 9457) and the closed list of their codes."""

from enum import StrEnum
from typing import Any

from contract.messages.base import Answer


class ProblemCode(StrEnum):
    """Machine-readable reason of a refusal; the words beside it are for people."""

    UNAUTHORIZED = "unauthorized"
    SIGNED_OUT = "signed_out"
    """The device was signed out, or its session has ended: sign in again."""
    ACCOUNT_DELETED = "account_deleted"
    """The account of this service was deleted: nothing of it is left, and nothing is accepted."""
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    INVALID = "invalid"
    CONFLICT = "conflict"
    CURSOR_UNKNOWN = "cursor_unknown"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    STORAGE_UNAVAILABLE = "storage_unavailable"
    INTERNAL = "internal"


class Problem(Answer):
    """Body of every answer with status 4xx or 5xx, sent as `application/problem+json`."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: ProblemCode
    field: str | None = None
    current: dict[str, Any] | None = None
    """With `conflict`: the row as the service has it now."""
