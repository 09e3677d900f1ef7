"""Applications, and what is known of their endpoints."""

from typing import Annotated

from pydantic import Field

from contract.messages.base import Answer, Id, Method, Name, Request, RoutePattern, Timestamp
from contract.terms import CapInterval


class Route(Request):
    """A method and a route pattern; `*` stands for any."""

    method: Method
    url: RoutePattern


Routes = Annotated[tuple[Route, ...], Field(max_length=1000)]
EVERY_ROUTE = (Route(method="*", url="*"),)


class UsageCap(Request):
    """Requests an application may have in a period. Above it SDKs stop metering, traffic passes."""

    requests: Annotated[int, Field(ge=1, le=10**15)]
    interval: CapInterval = CapInterval.MONTH


class ApplicationBody(Request):
    """An API that reports its calls. A new one meters every route."""

    name: Name
    time_zone: Annotated[str, Field(min_length=1, max_length=64)] = "UTC"
    """IANA name; decides where an hour, a day and a month begin. A change counts from then on."""
    metered_routes: Routes = EVERY_ROUTE
    whitelisted_routes: Routes = ()
    """Routes that pass unmetered and unlimited, such as health checks; looked at first."""
    discovery: bool = True
    """Whether SDKs that can do so trace functions."""
    report_all_functions: bool = True
    """False reports only functions that have a policy."""
    cap: UsageCap | None = None
    raw_event_days: Annotated[int, Field(ge=1, le=3650)] = 90
    """How long single events are kept; rollups stay."""
    archived: bool = False


class EndpointBody(Answer):
    """A method and route pattern the SDK reported. Made by the service only."""

    application_id: Id
    method: str
    url: str
    first_seen: Timestamp
    last_seen: Timestamp | None = None
    """Exact to the hour."""
    sdk: str = ""
    """Kind of client that reported it first, a value of `SdkKind`."""


class CatalogBody(Request):
    """Operations an imported OpenAPI file promises; one an application (`catalog_id`).

    Shows which of them were never called.
    """

    application_id: Id
    title: Annotated[str, Field(max_length=200)] = ""
    base_path: Annotated[str, Field(max_length=500)] = ""
    """What the file puts before every path; an application's own routes may have it or not."""
    operations: Annotated[tuple[Route, ...], Field(max_length=5000)]
    imported_at: Timestamp


class CatalogComparison(Answer):
    """Answer of `GET /v1/applications/{id}/catalog`: the file against what was called."""

    title: str
    imported_at: Timestamp
    operations: int
    never_called: tuple[Route, ...]
    not_in_file: tuple[Route, ...]
    """Endpoints that were called and that the file does not name."""
