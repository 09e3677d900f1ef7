"""Forms of the admin API that only people and scripts use; the desktop speaks the contract."""

from typing import Generic, TypeVar

from contract.messages.base import Answer, Id, Request, Revision
from contract.messages.configuration import ConfigurationRow

Body = TypeVar("Body", bound=Request)


class RowEdit(Request, Generic[Body]):
    """A new or changed row."""

    idempotency_key: Id
    """Made once by the client; the same key gets the same answer, however often it is sent."""
    base_revision: Revision | None = None
    """The revision that is changed; 0 creates. May be left out beside an `If-Match` header."""
    body: Body


class RowsPage(Answer):
    """Rows by id. Without `next_cursor` this was the last page."""

    rows: tuple[ConfigurationRow, ...]
    next_cursor: str | None
