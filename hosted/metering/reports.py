"""What SDKs report of a call beside its allocation: the functions that ran in it, its answer.

Such a report counts for nothing. It is found by the request id that the call's own messages carry;
one without is not kept. Reports wait in memory and are stored together, so that a crash loses the
last second of them. Lives on the event loop's thread.
"""

from dataclasses import dataclass
from typing import Any, Final

import msgspec

from hosted.clock import Clock
from hosted.metering.directory import Application
from hosted.metering.endpoints import ANY_METHOD
from hosted.metering.frozen import Frozen
from hosted.scrub.details import Details
from hosted.scrub.events import is_uuid
from hosted.scrub.routes import clean_method, clean_url
from hosted.sdk.frames import CallChain, LoggedResponse
from hosted.storage.base import Transaction
from hosted.storage.usage_records import CallReport, ReportKind

MOST_WAITING: Final = 5000
"""Reports between two commits; what comes above is not kept."""

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class StoreReports:
    reports: tuple[CallReport, ...]

    def apply(self, transaction: Transaction) -> None:
        transaction.put_reports(self.reports)


class ReportBook:
    """Scrubs reports and gathers them until they are stored."""

    def __init__(self, details: Details, frozen: Frozen, clock: Clock) -> None:
        """Nothing is kept of calls of a `frozen` caller."""
        self._details = details
        self._frozen = frozen
        self._clock = clock
        self._waiting: dict[tuple[str, str, ReportKind], CallReport] = {}

    def chain(self, application: Application, chain: CallChain) -> None:
        """Keep which functions ran in a call, and what the owner asked to keep of them."""
        route = _route(application, chain.method, chain.url)
        if route is not None and chain.links:
            functions = self._details.functions(route, chain.links, self._clock())
            self._keep(route[0], chain.request_id, ReportKind.CHAIN, functions)

    def response(self, application: Application, logged: LoggedResponse) -> None:
        """Keep what a call is said to have answered, where the owner asked for contents."""
        route = _route(application, logged.method, logged.url)
        if route is not None:
            contents = self._details.response(route, bytes(logged.raw), self._clock())
            self._keep(route[0], logged.request_id, ReportKind.RESPONSE, contents)

    def to_store(self) -> StoreReports | None:
        """What was reported and is not stored; None when there is nothing."""
        return StoreReports(tuple(self._waiting.values())) if self._waiting else None

    def stored(self, command: StoreReports) -> None:
        """Note that a command of `to_store` was committed."""
        for report in command.reports:
            key = (report.application_id, report.request_id, report.kind)
            if self._waiting.get(key) is report:
                del self._waiting[key]

    def _keep(self, application_id: str, request_id: Any, kind: ReportKind, kept: Any) -> None:  # noqa: ANN401 - any JSON
        is_named = isinstance(request_id, str) and is_uuid(request_id)
        if not is_named or kept is None or len(self._waiting) >= MOST_WAITING:
            return
        if self._frozen.made(application_id, request_id.lower()):
            return
        report = CallReport(application_id, request_id.lower(), kind, self._clock(), _encode(kept))
        self._waiting[application_id, report.request_id, kind] = report


def _route(application: Application, method: Any, url: Any) -> tuple[str, str, str] | None:  # noqa: ANN401 - any JSON
    """Application, method and url of a report; None when its call is not metered."""
    known = clean_method(method) or ANY_METHOD, clean_url(url, None) or ANY_METHOD
    return (application.application_id, *known) if application.meters(*known) else None
