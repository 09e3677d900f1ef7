"""The people and programs that call an API, as pseudonyms."""

from typing import Annotated

from pydantic import Field

from contract.messages.base import Answer, Id, Request, Timestamp


class CustomerBody(Request):
    """A pseudonymous caller, with the name the owner gave."""

    application_id: Id
    name: Annotated[str, Field(max_length=200)] = ""


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
