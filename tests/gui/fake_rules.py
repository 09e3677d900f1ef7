"""Policies, blocks, applications and calls in memory, for the pages that show them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

from contract.terms import (
    CapInterval,
    ConnectionState,
    IdentityLocation,
    LimitCounts,
    LimitInterval,
    LimitKind,
    TraceState,
    Verdict,
)
from desktop.domain.applications import (
    ApplicationConnection,
    ApplicationLine,
    ApplicationSettings,
    ApplicationsPicture,
    ConnectionHealth,
    EndpointsPicture,
    ScrubRule,
    SdkClients,
    SeenEndpoint,
    UsageCap,
)
from desktop.domain.editing import EditState, Standing
from desktop.domain.ids import (
    ApplicationId,
    BlockId,
    CustomerId,
    OverrideId,
    PolicyId,
    ScrubRuleId,
    TraceId,
)
from desktop.domain.policies import (
    Block,
    Customer,
    Endpoint,
    Limit,
    LimitOverride,
    Metering,
    MeteringTrial,
    Passage,
    Policy,
    Route,
    RuledBlock,
    RuledOverride,
    TriedCall,
)
from desktop.domain.policy_text import checked_policy
from desktop.domain.traces import (
    ExplainStep,
    Explanation,
    Field,
    FunctionCall,
    SdkEffect,
    TraceDetail,
    TraceLine,
    TracesPicture,
)
from desktop.services import applications, blocks, explanations, health, policies, traces
from desktop.services.calls import Report, callable_from_window
from desktop.services.export import ExportReceipt
from desktop.services.sdk_advice import advice_on_block, advice_on_policy, advice_on_routes
from tests.gui.fakes import ACME, SYNCED_AT, Controls

APP = ACME.application_id
KINDS = ("python", "go")
NORTH, KITE = CustomerId("cus_north"), CustomerId("cus_kite")
CUSTOMERS = (
    Customer(CustomerId("cus_acme"), "acme-eu"),
    Customer(KITE, "kite.io"),
    Customer(NORTH, "north-labs"),
    Customer(CustomerId("cus_7f3a91c2"), "Customer 7f3a91c2"),
)
GENERATE = Policy(
    PolicyId("pol_1"),
    APP,
    "POST",
    "/v1/generate",
    identity_location=IdentityLocation.HEADERS,
    identity_name="X-Customer-Id",
    limits=(
        Limit(600, LimitInterval.MINUTE, LimitKind.SLIDING_WINDOW),
        Limit(1_000_000, LimitInterval.DAY, counts=LimitCounts.UNITS),
    ),
    metering=Metering(response_field="usage.total_tokens"),
    note="Agreed with the model team.",
    standing=Standing(3),
)
SEARCH = Policy(
    PolicyId("pol_2"),
    APP,
    "GET",
    "/v1/search",
    identity_location=IdentityLocation.BEARER,
    identity_name="sub",
    limits=(Limit(100, LimitInterval.SECOND),),
    standing=Standing(2, EditState.WAITING),
)
FILES = Policy(
    PolicyId("pol_3"),
    APP,
    "GET",
    "/v1/files/{file_id}",
    identity_location=IdentityLocation.PATH,
    identity_name="file_id",
    standing=Standing(2, EditState.REJECTED, "The service has no such application."),
)
BLOCK = Block(
    BlockId("block_1"),
    APP,
    "GET",
    "/v1/search",
    KITE,
    "Scraping the catalog",
    datetime(2026, 11, 30, 9, tzinfo=UTC),
    Standing(4),
)
OVERRIDE = LimitOverride(
    OverrideId("lim_1"),
    APP,
    PolicyId("pol_1"),
    NORTH,
    (Limit(5000, LimitInterval.MINUTE),),
    "Contract",
)


def _endpoint(number, method, url, logical, **changes):
    return Endpoint(APP, method, url, logical, f"end_{number}", "python", **changes)


ENDPOINTS = (
    _endpoint(1, "GET", "/v1/files/:id", "/v1/files/{}", spellings=("/v1/files/{file_id}",)),
    _endpoint(
        2,
        "GET",
        "/v1/files/{file_id}",
        "/v1/files/{}",
        policy=FILES,
        spellings=("/v1/files/:id",),
    ),
    _endpoint(
        3,
        "POST",
        "/v1/generate",
        "/v1/generate",
        policy=GENERATE,
        overrides=(RuledOverride(OVERRIDE, "north-labs"),),
    ),
    _endpoint(4, "POST", "/v1/images", "/v1/images"),
    _endpoint(5, "GET", "/v1/models", "/v1/models", passage=Passage.WHITELISTED),
    _endpoint(
        6,
        "GET",
        "/v1/search",
        "/v1/search",
        policy=SEARCH,
        blocks=(RuledBlock(BLOCK, "kite.io"),),
    ),
)
SETTINGS = ApplicationSettings(
    APP,
    ACME.name,
    "Europe/Berlin",
    whitelisted_routes=(Route("GET", "/v1/models"),),
    cap=UsageCap(20_000_000, CapInterval.MONTH),
    standing=Standing(5),
)


class _Service:
    def __init__(self, controls: Controls) -> None:
        self.controls = controls

    def named(self, text: str) -> str:
        return self.controls.hostile + text


class PolicyService(_Service, policies.PolicyService):
    @callable_from_window
    def endpoints(self, application_id: ApplicationId) -> tuple[Endpoint, ...]:
        self.controls.enter("PolicyService.endpoints", application_id)
        if not self.controls.has_usage:
            return ()
        return tuple(replace(line, url=line.url + self.controls.hostile) for line in ENDPOINTS)

    @callable_from_window
    def save_policy(
        self, draft: policies.PolicyDraft, seen: Policy | None, other_urls: tuple[str, ...]
    ) -> Policy:
        self.controls.enter("PolicyService.save_policy", draft, seen, other_urls)
        return checked_policy(draft)

    @callable_from_window
    def advice(self, draft: policies.PolicyDraft) -> tuple[policies.Advice, ...]:
        return advice_on_policy(draft, KINDS)

    @callable_from_window
    def try_metering(
        self, draft: policies.PolicyDraft, sample: policies.SampleCall
    ) -> MeteringTrial:
        self.controls.enter("PolicyService.try_metering", draft, sample)
        tried = TriedCall("2026-11-23T14:01:00Z", "1204", "1204", odd=False)
        return MeteringTrial(tried, (tried,))


class BlockService(_Service, blocks.BlockService):
    @callable_from_window
    def customers(self, application_id: ApplicationId) -> tuple[Customer, ...]:
        self.controls.enter("BlockService.customers", application_id)
        return tuple(replace(one, label=self.named(one.label)) for one in CUSTOMERS)

    @callable_from_window
    def advice(self, draft: blocks.BlockDraft) -> tuple[blocks.Advice, ...]:
        return advice_on_block(draft, KINDS)

    @callable_from_window
    def block(self, draft: blocks.BlockDraft) -> Block:
        self.controls.enter("BlockService.block", draft)
        return BLOCK


def _client(kind, version, sockets, **changes):
    return SdkClients(kind, sockets, version, 2, SYNCED_AT, SYNCED_AT, **changes)


def _connection(name, state, hours, *clients, **changes):
    since = SYNCED_AT - timedelta(hours=hours)
    return ApplicationConnection(
        ApplicationId(name), state, since, SYNCED_AT, clients=clients, **changes
    )


CONNECTIONS = (
    _connection(
        APP, ConnectionState.CONNECTED, 30, _client("python", "0.3.4", 10), _client("go", "", 5)
    ),
    _connection("app_shop", ConnectionState.LOST, 5),
    _connection(
        "app_maps", ConnectionState.SILENT, 1, _client("python", "0.3.4", 2), recycled_sockets=4
    ),
)


def _line(application_id, name, place, **changes):
    settings = replace(SETTINGS, application_id=ApplicationId(application_id), name=name)
    known = {one.application_id: one for one in CONNECTIONS}
    settings = replace(settings, archived=changes.pop("archived", False))
    return ApplicationLine(
        settings,
        endpoints=6 - place,
        keys=2 - place % 2,
        last_seen=SYNCED_AT - timedelta(hours=place),
        is_sample=False,
        connection=known.get(settings.application_id),
    )


class ApplicationService(_Service, applications.ApplicationService):
    _ids = count(1)

    @callable_from_window
    def picture(self) -> ApplicationsPicture:
        self.controls.enter("ApplicationService.picture")
        stamp = self.controls.stamp()
        if not self.controls.applications:
            return ApplicationsPicture((), ConnectionHealth(stamp))
        lines = (
            _line(APP, self.named(ACME.name), 0),
            _line("app_maps", self.named("Maps"), 1),
            _line("app_shop", self.named("Shop"), 2),
            _line("app_old", self.named("Old API"), 3, archived=True),
        )
        return ApplicationsPicture(
            lines, ConnectionHealth(stamp, CONNECTIONS, 3, SYNCED_AT - timedelta(minutes=20))
        )

    @callable_from_window
    def settings(self, application_id: ApplicationId) -> ApplicationSettings:
        self.controls.enter("ApplicationService.settings", application_id)
        return SETTINGS

    @callable_from_window
    def time_zones(self) -> tuple[str, ...]:
        return ("America/New_York", "Europe/Berlin", "UTC")

    @callable_from_window
    def route_advice(self, settings: ApplicationSettings) -> tuple[applications.Advice, ...]:
        return advice_on_routes(settings, KINDS)

    @callable_from_window
    def endpoints(self, application_id: ApplicationId) -> EndpointsPicture:
        self.controls.enter("ApplicationService.endpoints", application_id)
        seen = tuple(
            SeenEndpoint(
                line.endpoint_id,
                line.method,
                self.named(line.url) if self.controls.hostile else line.url,
                "go" if ":" in line.url else "python",
                SYNCED_AT - timedelta(days=40 + number),
                SYNCED_AT - timedelta(hours=number),
                SCRUB_RULE if line.url == "/v1/generate" else None,
                in_catalog=number != 3,
            )
            for number, line in enumerate(ENDPOINTS)
        )
        never = (SeenEndpoint("", "DELETE", "/v1/files/{file_id}", in_catalog=True),)
        return EndpointsPicture((*seen, *never), "Acme API 2.1", SYNCED_AT)


SCRUB_RULE = ScrubRule(
    ScrubRuleId("scrub_1"),
    APP,
    "POST",
    "/v1/generate",
    "Ticket about empty answers",
    datetime(2026, 11, 30, 9, tzinfo=UTC),
)


def trace_line(number, **changes):
    line = TraceLine(
        TraceId(f"trace_{number}"),
        APP,
        "end_3",
        NORTH,
        "north-labs",
        "POST",
        "/v1/generate",
        SYNCED_AT - timedelta(seconds=7 * number),
        TraceState.SETTLED,
        "1204",
        200,
        184 + number,
    )
    return replace(line, **changes)


def trace_lines():
    special = {
        1: {"state": TraceState.DENIED, "status": None, "duration_ms": None, "units": "0"},
        3: {"method": "GET", "url": "/v1/search", "customer": "kite.io", "customer_id": KITE},
        4: {"status": 503, "units": "0"},
        6: {"state": TraceState.EXPIRED, "status": None, "duration_ms": None, "units": "0"},
        8: {"is_kept": True},
        9: {"status": 404, "method": "GET", "url": "/v1/files/{file_id}"},
        11: {"state": TraceState.OPEN, "status": None, "duration_ms": None},
    }
    return tuple(trace_line(number, **special.get(number, {})) for number in range(40))


WHY = Explanation(
    Verdict.REFUSED,
    (
        ExplainStep("policy", Verdict.ALLOWED, "The policy of POST /v1/generate applies."),
        ExplainStep(
            "limit",
            Verdict.REFUSED,
            "At most 600 calls per minute for each caller.",
            "600",
            "600",
            SYNCED_AT + timedelta(seconds=40),
        ),
    ),
    (SdkEffect("FastAPI", "The caller is answered with status 478.", enforced=True),),
)
FIELDS = (
    Field("clientIP", "203.0.113.0"),
    Field("userAgent", "python-httpx/0.28.1"),
    Field("headers", ""),
    Field("content-type", "application/json", 1),
    Field("body", ""),
    Field("model", "gpt-x", 1),
    Field("messages", "[list of 3]", 1),
)
RESPONSE_FIELDS = ("usage.completion_tokens", "usage.total_tokens", "model")
FUNCTIONS = (
    FunctionCall("ask", "svc/llm.go", 171, (Field("model", "gpt-x"), Field("tokens", "1204"))),
    FunctionCall("store", "svc/db.go", 9, ()),
)


class TraceService(_Service, traces.TraceService):
    @callable_from_window
    def page(self, query: traces.TraceQuery, cursor: str | None) -> TracesPicture:
        self.controls.enter("TraceService.page", query, cursor)
        if not self.controls.has_usage:
            return TracesPicture((), None, self.controls.stamp())
        lines = tuple(replace(one, customer=self.named(one.customer)) for one in trace_lines())
        if query.state is not None:
            lines = tuple(one for one in lines if one.state is query.state)
        if cursor is not None:
            lines = tuple(replace(one, trace_id=TraceId(f"{one.trace_id}_b")) for one in lines)
        more = "next" if cursor is None and query.state is None else None
        return TracesPicture(lines, more, self.controls.stamp())

    @callable_from_window
    def trace(self, trace_id: TraceId) -> TraceDetail:
        self.controls.enter("TraceService.trace", trace_id)
        line = next(one for one in trace_lines() if one.trace_id == trace_id.removesuffix("_b"))
        fields = tuple(replace(one, value=self.named(one.value)) for one in FIELDS)
        return TraceDetail(
            replace(line, is_kept=True), fields, FUNCTIONS, WHY, self.controls.stamp()
        )

    @callable_from_window
    def response_fields(self, application_id: ApplicationId, endpoint_id: str) -> tuple[str, ...]:
        self.controls.enter("TraceService.response_fields", application_id, endpoint_id)
        return RESPONSE_FIELDS

    @callable_from_window
    def forget(self, trace_id: TraceId) -> None:
        self.controls.enter("TraceService.forget", trace_id)

    @callable_from_window
    def export(self, report: Report, path: str, application_id: ApplicationId) -> ExportReceipt:
        report(1, 1)
        self.controls.enter("TraceService.export", path, application_id)
        return ExportReceipt(path, 1204, "9f2c" * 16, 1)


class HealthService(_Service, health.HealthService):
    @callable_from_window
    def connections(self) -> ConnectionHealth:
        self.controls.enter("HealthService.connections")
        return ConnectionHealth(self.controls.stamp(), CONNECTIONS, 3, SYNCED_AT)


class ExplainService(_Service, explanations.ExplainService):
    @callable_from_window
    def explain(self, call: explanations.CallToTest) -> Explanation:
        self.controls.enter("ExplainService.explain", call)
        return replace(WHY, from_service=self.controls.online)


KINDS_OF_SERVICE = (
    PolicyService,
    BlockService,
    ApplicationService,
    TraceService,
    HealthService,
    ExplainService,
)
