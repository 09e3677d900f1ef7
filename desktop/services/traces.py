"""Single calls: asked of the service, kept in the vault once they were opened."""

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from desktop.domain.errors import InvalidInput, ServiceRefused, ServiceUnreachable
from desktop.domain.ids import ApplicationId, TraceId
from desktop.domain.traces import TraceDetail, TraceLine, TraceQuery, TracesPicture
from desktop.domain.usage import Stamp
from desktop.services.calls import Report, callable_from_window
from desktop.services.explanations import explanation_of
from desktop.services.export import ExportReceipt
from desktop.services.export_file import ExportFile
from desktop.services.storage import configuration, kept
from desktop.services.storage.kept import KeptAnswer, KeptTrace
from desktop.services.trace_values import fields_of, functions_of, line_of, response_fields_of
from desktop.services.usage_labels import customer_labels

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.client import ServiceClient
    from desktop.services.link import ServiceLink
    from desktop.services.storage.vault import Vault

PAGE: Final = 100
TOLD_ELSEWHERE: Final = frozenset({"refusal"})
"""Parts of a call that its explanation tells in sentences."""
FORMAT: Final = "usageflow-traces"
NOT_HERE: Final = (
    "This call is not in the vault, and the service cannot be asked now. Nothing was changed. Open "
    "it when you are online."
)


class TraceService:
    def __init__(self, vault: "Vault", link: "ServiceLink", clock: Callable[[], datetime]) -> None:
        self._vault = vault
        self._link = link
        self._clock = clock

    @callable_from_window
    def page(self, query: TraceQuery, cursor: str | None) -> TracesPicture:
        """A page of calls, newest first.

        Without the service: those of the last answer and those that were opened, on one page.
        Raises: ServiceRefused (it does not know the cursor any more, or may not tell), VaultError.
        """
        asked_at = self._clock()
        if self._is_sample(query.application_id):
            return TracesPicture((), None, Stamp(asked_at, online=True))
        try:
            with self._link.client() as client:
                if client is None:
                    return self._kept_page(query)
                found = client.traces(_filters(query, cursor))
        except ServiceUnreachable:
            return self._kept_page(query)
        traces = [trace.model_dump(mode="json") for trace in found.rows]
        if cursor is None:
            self._keep_page(query.application_id, traces, asked_at)
        stamp = Stamp(asked_at, online=True)
        return TracesPicture(self._lines(query, traces), found.next_cursor, stamp)

    @callable_from_window
    def trace(self, trace_id: TraceId) -> TraceDetail:
        """One call with everything that was kept of it; from now on it lies in the vault.

        Raises: InvalidInput (offline, and never opened), ServiceRefused (gone), VaultError.
        """
        try:
            online = self._fetch(trace_id)
        except ServiceUnreachable:
            online = False
        with self._vault.reading() as db:
            stored = kept.trace(db, trace_id)
            if stored is None:
                raise InvalidInput(NOT_HERE)
            return _detail(db, stored, Stamp(self._clock(), online=online))

    @callable_from_window
    def response_fields(self, application_id: ApplicationId, endpoint_id: str) -> tuple[str, ...]:
        """Paths of values that the last responses of an endpoint had, numbers first.

        Without the service: of the calls that lie in the vault.
        Raises: ServiceRefused, VaultError.
        """
        wanted = {"application_id": application_id, "endpoint_id": endpoint_id, "limit": str(PAGE)}
        try:
            with self._link.client() as client:
                rows = None if client is None or not endpoint_id else client.traces(wanted).rows
        except ServiceUnreachable:
            rows = None
        if rows is not None:
            return response_fields_of(row.detail for row in rows)
        with self._vault.reading() as db:
            opened = [json.loads(one.body) for one in kept.traces(db, application_id)]
        return response_fields_of(
            one["detail"] for one in opened if one["endpoint_id"] == endpoint_id
        )

    @callable_from_window
    def forget(self, trace_id: TraceId) -> None:
        """Take an opened call out of the vault."""
        with self._vault.transaction() as db:
            kept.forget_trace(db, trace_id)

    @callable_from_window
    def export(self, report: Report, path: str, application_id: ApplicationId) -> ExportReceipt:
        """Write the opened calls of an application to a JSON file.

        Raises: ExportFailed (no such folder, disk full), Cancelled; no partial file is left.
        """
        with self._vault.reading() as db:
            stored = kept.traces(db, application_id)
        with ExportFile(path) as file:
            written = self._clock().isoformat()
            file.begin({"format": FORMAT, "version": 1, "exported_at": written})
            file.write_list("traces", (one.body for one in stored), report, len(stored))
            file.end()
        return ExportReceipt(str(file.path), file.size_bytes, file.sha256, file.rows)

    def _is_sample(self, application_id: ApplicationId) -> bool:
        """Whether the application is invented: no service is ever told of it."""
        with self._vault.reading() as db:
            return configuration.is_sample(db, application_id)

    def _fetch(self, trace_id: TraceId) -> bool:
        """Ask for a call and keep it; False where there is no service."""
        with self._link.client() as client:
            if client is None:
                return False
            trace = client.trace(trace_id)
            explanation = _explanation(client, trace_id)
        stored = KeptTrace(
            trace_id,
            trace.application_id,
            datetime.fromisoformat(trace.at),
            trace.model_dump_json(),
            explanation,
        )
        with self._vault.transaction() as db:
            kept.keep_trace(db, stored, self._clock())
        return True

    def _keep_page(
        self, application_id: ApplicationId, traces: list[dict[str, Any]], asked_at: datetime
    ) -> None:
        """Keep the lines of a list, without what the calls held."""
        bare = [{**trace, "detail": {}, "functions": []} for trace in traces]
        with self._vault.transaction() as db:
            kept.keep_answer(
                db, kept.traces_topic(application_id), KeptAnswer(json.dumps(bare), asked_at)
            )

    def _kept_page(self, query: TraceQuery) -> TracesPicture:
        with self._vault.reading() as db:
            answer = kept.answer(db, kept.traces_topic(query.application_id))
            opened = [json.loads(one.body) for one in kept.traces(db, query.application_id)]
        listed = json.loads(answer.body) if answer else []
        by_id = {trace["trace_id"]: trace for trace in (*listed, *opened)}
        lines = [line for line in self._lines(query, by_id.values()) if _fits(line, query)]
        stamp = Stamp(answer.asked_at if answer else None, online=False)
        newest_first = sorted(lines, key=lambda line: (line.at, line.trace_id), reverse=True)
        return TracesPicture(tuple(newest_first), None, stamp)

    def _lines(self, query: TraceQuery, traces: Iterable[dict[str, Any]]) -> tuple[TraceLine, ...]:
        lines = [line_of(trace) for trace in traces]
        with self._vault.reading() as db:
            names = customer_labels(db, [line.customer_id for line in lines])
            opened = kept.kept_ids(db, query.application_id)
        return tuple(
            replace(line, customer=names[line.customer_id], is_kept=line.trace_id in opened)
            for line in lines
        )


def _explanation(client: "ServiceClient", trace_id: TraceId) -> str | None:
    """Why the call was decided as it was; None where the service has kept no reason."""
    try:
        return client.trace_explanation(trace_id).model_dump_json()
    except ServiceRefused:
        return None


def _detail(db: "Connection", stored: KeptTrace, stamp: Stamp) -> TraceDetail:
    trace = json.loads(stored.body)
    line = line_of(trace)
    name = customer_labels(db, [line.customer_id])[line.customer_id]
    explanation = None if stored.explanation is None else explanation_of(stored.explanation)
    return TraceDetail(
        line=replace(line, customer=name, is_kept=True),
        fields=fields_of({k: v for k, v in trace["detail"].items() if k not in TOLD_ELSEWHERE}),
        functions=functions_of(trace["functions"]),
        explanation=explanation,
        stamp=stamp,
    )


def _filters(query: TraceQuery, cursor: str | None) -> dict[str, str]:
    """The query as `GET /v1/traces` takes it; the status is a range, its end inclusive."""
    hundred = int(query.status[0]) * 100 if query.status else 0
    wanted = {
        "application_id": query.application_id,
        "endpoint_id": query.endpoint_id,
        "customer_id": query.customer_id,
        "state": query.state.value if query.state else "",
        "status_min": str(hundred) if hundred else "",
        "status_max": str(hundred + 99) if hundred else "",
        "since": _time(query.since),
        "until": _time(query.until),
        "cursor": cursor or "",
        "limit": str(PAGE),
    }
    return {name: value for name, value in wanted.items() if value}


def _time(instant: datetime | None) -> str:
    return "" if instant is None else instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _fits(line: TraceLine, query: TraceQuery) -> bool:
    """What the service would filter, for the lines of the vault."""
    wanted = (
        query.endpoint_id in {"", line.endpoint_id},
        query.customer_id in {"", line.customer_id},
        query.state in {None, line.state},
        query.status is None or (line.status or 0) // 100 == int(query.status[0]),
        query.since is None or line.at >= query.since,
        query.until is None or line.at < query.until,
    )
    return all(wanted)
