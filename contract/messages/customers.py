"""The people and programs that call an API, as pseudonyms."""

from typing import Annotated

from pydantic import Field

from contract.messages.base import Answer, Day, Id, Request, Timestamp


class CustomerMerge(Request):
    """The owner's word that a pseudonym is another customer of the same application."""

    into: Id
    bills_from: Day
    """First day of a month; from it on both have one bill. Charts and lists do not ask for it."""


class CustomerBody(Request):
    """A pseudonymous caller, with the name the owner gave."""

    application_id: Id
    name: Annotated[str, Field(max_length=200)] = ""
    merged: CustomerMerge | None = None


class IdentityBody(Answer):
    """A caller's identity that only the vault can open. Made by the service.

    The row has the customer's id.
    """

    application_id: Id
    sealed: str
    """Base64 of the sealed box; the vault's private key opens it."""
    epoch: Annotated[int, Field(ge=0)]
    """Epoch of the key the pseudonym was made with."""
    first_seen: Timestamp
