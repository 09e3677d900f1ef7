"""What the service tells a Prometheus: counts of its own work, nothing about persons.

Labels come from closed sets (routes, methods, statuses, kinds of SDK, states): neither an
application nor a customer is named, and what callers send cannot make a new series.
"""

import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Any, Final

from prometheus_client import CollectorRegistry, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from contract.messages.health import SdkKind
from contract.terms import ConnectionState
from hosted.metering.ledger import Deny, Open, Settle
from hosted.metering.writer import Writer
from hosted.scrub.details import Details
from hosted.sdk.presence import Presence

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS_S: Final = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0)
NO_ROUTE: Final = "(none)"
METHODS: Final = frozenset({"GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"})
OTHER: Final = "(other)"

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]


class State(Collector):
    """Reads what the service is doing at the moment it is asked."""

    def __init__(self, writer: Writer, presence: Presence, details: Details, version: str) -> None:
        self._details = details
        self._writer = writer
        self._presence = presence
        self._version = version

    def collect(self) -> Iterator[Metric]:
        """The families, newly read. On the event loop's thread."""
        yield InfoMetricFamily("usageflow", "The running service.", {"version": self._version})
        yield GaugeMetricFamily(
            "usageflow_storage_writable",
            "1 while calls can be stored.",
            float(self._writer.is_healthy and not self._writer.is_overloaded),
        )
        calls = CounterMetricFamily(
            "usageflow_messages", "Messages of SDKs by what they did.", labels=["kind"]
        )
        for kind in (Open, Settle, Deny):
            calls.add_metric([kind.__name__.lower()], float(self._writer.taken[kind.__name__]))
        yield calls
        yield CounterMetricFamily(
            "usageflow_messages_dropped",
            "Messages lost because the storage was too slow or refused.",
            float(self._writer.dropped),
        )
        yield CounterMetricFamily(
            "usageflow_payloads_dropped",
            "Payloads that could not be scrubbed and were dropped.",
            float(self._details.failures),
        )
        yield from self._connections()

    def _connections(self) -> Iterator[Metric]:
        health = self._presence.health()
        sockets = dict.fromkeys(SdkKind, 0)
        states = dict.fromkeys(ConnectionState, 0)
        for application in health.applications:
            states[application.state] += 1
            for clients in application.clients:
                sockets[clients.kind] += clients.sockets
        refused = sum(application.refused_handshakes for application in health.applications)
        yield _by_label("usageflow_sdk_sockets", "Open sockets of SDKs.", "kind", sockets)
        yield _by_label(
            "usageflow_applications", "Applications by how they are connected.", "state", states
        )
        yield GaugeMetricFamily(
            "usageflow_refused_handshakes",
            "Handshakes with a key that opens nothing, since the service started.",
            float(refused + health.unknown_keys),
        )


class Metrics:
    """The service's own registry, so that nothing of other libraries gets in."""

    def __init__(self, state: State) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(state)
        ProcessCollector(registry=self._registry)
        self._requests = Histogram(
            "usageflow_http_request_seconds",
            "Requests to the administration API and the HTTP interface of old SDKs.",
            ("method", "route", "status"),
            registry=self._registry,
            buckets=BUCKETS_S,
        )

    def text(self) -> bytes:
        """Everything, in the text format 0.0.4."""
        return generate_latest(self._registry)

    def answered(self, scope: Message, status: int, lasted_s: float) -> None:
        """Count a request that was answered."""
        route = getattr(scope.get("route"), "path", NO_ROUTE)
        method = scope["method"] if scope["method"] in METHODS else OTHER
        self._requests.labels(method, route, str(status)).observe(lasted_s)


class Measured:
    """ASGI wrapper that counts the requests it passes on."""

    def __init__(self, app: App, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Let the application answer, and note how."""
        begun = time.perf_counter()

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                lasted_s = time.perf_counter() - begun
                self._metrics.answered(scope, message["status"], lasted_s)
            await send(message)

        await self._app(scope, receive, noted)


def _by_label(name: str, words: str, label: str, values: dict[Any, int]) -> Metric:
    family = GaugeMetricFamily(name, words, labels=[label])
    for key, value in values.items():
        family.add_metric([str(key)], float(value))
    return family
