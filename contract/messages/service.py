"""What a service says of itself, and the keys it hands out."""

from typing import Annotated

from pydantic import StringConstraints

from contract.messages.base import Answer, Id, Name, Request, Timestamp


class ServiceDescription(Answer):
    """Answer of `GET /v1/service`; needs no token."""

    product: str
    contract_version: int
    service_id: Id
    version: str
    server_time: Timestamp
    ws_path: str


class SdkKeyRequest(Request):
    """An SDK key to be made."""

    name: Name
    expires_at: Timestamp | None = None


class SdkKeyIssued(Answer):
    """A new SDK key. The service keeps a keyed hash only: this is the one time it is shown."""

    key_id: Id
    sdk_key: str
    created_at: Timestamp


class CustomerLookup(Request):
    """Ask which pseudonym an identity has. In a body, so that the identity is in no address."""

    identity: Name


class CustomerFound(Answer):
    """The pseudonym of an identity."""

    customer_id: Id
    earlier_ids: tuple[Id, ...] = ()
    """Pseudonyms of the same identity under earlier keys, the latest first."""


class Health(Answer):
    """Whether the service runs, or is ready."""

    status: str


class SealingKey(Request):
    """Public key of the account's vault: X25519, base64. Identities are sealed to it."""

    public_key: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]{43}=$")]
