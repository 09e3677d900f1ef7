"""Looking at connections and single calls."""

from urllib.parse import quote

from contract.messages.health import ConnectionHealth
from contract.messages.traces import ExplainRequest, Explanation, Trace, TracesPage
from desktop.services.service_api.http import ServiceCalls


class InspectionCalls(ServiceCalls):
    """How SDKs are connected, and what happened to a call."""

    def connections(self) -> ConnectionHealth:
        """How the SDKs of every application are connected now."""
        return self.ask("GET", "/v1/health/connections", ConnectionHealth)

    def traces(self, filters: dict[str, str]) -> TracesPage:
        """A page of single calls, newest first. `filters` are the query of `GET /v1/traces`."""
        return self.ask("GET", "/v1/traces", TracesPage, query=filters)

    def trace(self, trace_id: str) -> Trace:
        """One call with what the scrubber let through."""
        return self.ask("GET", f"/v1/traces/{quote(trace_id, safe='')}", Trace)

    def trace_explanation(self, trace_id: str) -> Explanation:
        """Why a recorded call was let through or refused."""
        path = f"/v1/traces/{quote(trace_id, safe='')}/explanation"
        return self.ask("GET", path, Explanation)

    def explain(self, application_id: str, request: ExplainRequest) -> Explanation:
        """What the service would say to a call now; nothing is counted."""
        path = f"/v1/applications/{quote(application_id, safe='')}/explain"
        return self.ask("POST", path, Explanation, body=request)
