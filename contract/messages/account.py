"""The end of an account: it is closed first, then everything the service holds of it goes."""

from enum import StrEnum

from contract.messages.base import Answer, Id, Request
from contract.messages.erasure import ErasureCount

PATH = "/v1/account-deletion"


class EndState(StrEnum):
    """How far the end of an account is."""

    CLOSED = "closed"
    """SDKs are refused; nothing is gone yet, and desktops may read the last figures."""
    DELETED = "deleted"


class AccountDeletionRequest(Request):
    """Asks to close the account of a service."""

    service_id: Id
    """Has to be the service's own: nobody ends another one by mistake."""


class AccountDeletion(Answer):
    """How far the end of the account is; the same for every desktop that asks."""

    deletion_id: Id
    state: EndState
    counts: tuple[ErasureCount, ...]
    """Once deleted: how many rows there were, by table. Nothing else is known of them."""
