"""How well SDKs are connected, and how clean what they report is."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from contract.messages.base import Answer, Id, Timestamp
from contract.terms import ConnectionState

Count = Annotated[int, Field(ge=0)]


class SdkKind(StrEnum):
    """Family of a client, as far as its handshake and messages tell."""

    PYTHON = "python"
    GO = "go"
    JAVASCRIPT = "javascript"
    LEGACY = "legacy"
    UNKNOWN = "unknown"


class SdkClients(Answer):
    """Clients of one kind, of one application."""

    kind: SdkKind
    version: str = ""
    """Best guess, such as `0.3.4 or newer`; empty when nothing tells."""
    sockets: Count
    addresses: Count
    """Different machines, told apart by truncated address."""
    last_message_at: Timestamp | None = None
    last_poll_at: Timestamp | None = None
    up_to_date: bool = True
    """Whether they have asked for policies since the last change of them."""


class ApplicationConnection(Answer):
    """How the SDKs of one application are connected."""

    application_id: Id
    state: ConnectionState
    since: Timestamp | None = None
    """When the state began; survives a restart of the service."""
    last_call_at: Timestamp | None = None
    clients: tuple[SdkClients, ...] = ()
    recycled_sockets: Count = 0
    """Sockets that went quiet and were closed to bring the SDK back."""
    refused_handshakes: Count = 0
    """With a revoked key of this application, since the service started."""
    refused_at: Timestamp | None = None


class ConnectionHealth(Answer):
    """Answer of `GET /v1/health/connections`."""

    applications: tuple[ApplicationConnection, ...]
    unknown_keys: Count = 0
    """Handshakes with a key this service never made, since it started."""
    unknown_key_at: Timestamp | None = None
    server_time: Timestamp


class EventHealth(Answer):
    """Oddities of one application on one local day."""

    application_id: Id
    day: int
    """Days since 1970-01-01."""
    events: Count = 0
    duplicates: Count = 0
    late: Count = 0
    """Settled after the hold had run out."""
    unsettled: Count = 0
    odd_amounts: Count = 0
    skewed: Count = 0
    """The client's clock was more than five minutes off."""
    worst_skew_s: Count = 0
    payloads_dropped: Count = 0
    """The scrubber could not make sure of them."""
    soft_limited: Count = 0
    """Calls above a limit that only warns."""


class EventHealthPage(Answer):
    """Answer of `GET /v1/health/events`, newest day first."""

    rows: tuple[EventHealth, ...]
    next_cursor: str | None = None
