"""Applications, their endpoints, and how the SDKs of each are connected."""

from dataclasses import dataclass, field
from datetime import datetime

from contract.terms import CapInterval, ConnectionState
from desktop.domain.editing import Standing
from desktop.domain.ids import ApplicationId, ScrubRuleId
from desktop.domain.policies import Route
from desktop.domain.usage import Stamp


@dataclass(frozen=True, slots=True)
class UsageCap:
    requests: int
    interval: CapInterval = CapInterval.MONTH


@dataclass(frozen=True, slots=True)
class ApplicationSettings:
    """What the owner decides about an application."""

    application_id: ApplicationId
    name: str
    time_zone: str = "UTC"
    metered_routes: tuple[Route, ...] = (Route("*", "*"),)
    whitelisted_routes: tuple[Route, ...] = ()
    discovery: bool = True
    report_all_functions: bool = True
    cap: UsageCap | None = None
    raw_event_days: int = 90
    archived: bool = False
    standing: Standing = field(default_factory=Standing)


@dataclass(frozen=True, slots=True)
class ApplicationDraft:
    """Settings as typed; an empty cap is none."""

    name: str
    time_zone: str = "UTC"
    cap: str = ""
    cap_interval: CapInterval = CapInterval.MONTH
    raw_event_days: str = "90"
    discovery: bool = True
    report_all_functions: bool = True


@dataclass(frozen=True, slots=True)
class SdkClients:
    """Clients of one kind."""

    kind: str
    sockets: int
    version: str = ""
    addresses: int = 0
    last_message_at: datetime | None = None
    last_poll_at: datetime | None = None
    up_to_date: bool = True


@dataclass(frozen=True, slots=True)
class ApplicationConnection:
    application_id: ApplicationId
    state: ConnectionState
    since: datetime | None = None
    last_call_at: datetime | None = None
    clients: tuple[SdkClients, ...] = ()
    recycled_sockets: int = 0
    refused_handshakes: int = 0
    refused_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ConnectionHealth:
    """How the SDKs of every application are connected, and how current this is."""

    stamp: Stamp
    applications: tuple[ApplicationConnection, ...] = ()
    unknown_keys: int = 0
    unknown_key_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ApplicationLine:
    """One line of the Applications page."""

    settings: ApplicationSettings
    endpoints: int
    keys: int
    """SDK keys of this application that lie in this vault."""
    last_seen: datetime | None
    """Last call, exact to the hour."""
    is_sample: bool
    connection: ApplicationConnection | None = None


@dataclass(frozen=True, slots=True)
class ApplicationsPicture:
    lines: tuple[ApplicationLine, ...]
    health: ConnectionHealth


@dataclass(frozen=True, slots=True)
class ScrubRule:
    """Bodies and values of an endpoint are kept, scrubbed, until `expires_at`."""

    scrub_rule_id: ScrubRuleId
    application_id: ApplicationId
    method: str
    url: str
    reason: str
    expires_at: datetime
    standing: Standing = field(default_factory=Standing)


@dataclass(frozen=True, slots=True)
class KeepDraft:
    """The wish to keep values of an endpoint's calls, scrubbed, for some days."""

    application_id: ApplicationId
    method: str
    url: str
    reason: str
    days: str


@dataclass(frozen=True, slots=True)
class SeenEndpoint:
    """An endpoint with its dates; one that only an imported file promises has no id and none."""

    endpoint_id: str
    method: str
    url: str
    sdk: str = ""
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    scrub_rule: ScrubRule | None = None
    in_catalog: bool = False

    @property
    def was_called(self) -> bool:
        return bool(self.endpoint_id)


@dataclass(frozen=True, slots=True)
class EndpointsPicture:
    endpoints: tuple[SeenEndpoint, ...]
    catalog_title: str = ""
    catalog_at: datetime | None = None
    """When an OpenAPI file was imported; None where there is none."""
