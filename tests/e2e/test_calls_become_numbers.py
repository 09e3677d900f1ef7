"""From the published SDKs in two real applications to the numbers in the owner's vault."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from desktop.domain.ids import ApplicationId
from desktop.domain.usage import Dashboard, DateRange
from desktop.services.compose import build_services
from tests.e2e.processes import (
    PASSPHRASE,
    MeteredApp,
    RunningService,
    Workspace,
    end,
    snippets,
    start_app,
    start_service,
    wait_until,
)
from tests.e2e.traffic import LIMIT, LIMITED, ROUTES, Call, Expected, Route, planned_calls, token

pytestmark = pytest.mark.real_argon2

SEED = 20261123
CLIENTS = 8
TRIES = 8
"""Calls of each caller on a limited route: some within the limit, the rest beyond it."""
LIMITED_CALLERS = ("ann", "bob")
REFUSED = 478
"""What the Python SDKs answer to a denied call."""


@dataclass(frozen=True)
class Answers:
    """The run's outcome at the clients."""

    statuses: list[int]
    limited: dict[tuple[str, str], list[int]]
    """Statuses by application and caller, in the order of the calls."""


@dataclass(frozen=True)
class Run:
    """Everything of one end-to-end run: the service still runs, the vault has synced."""

    service: RunningService
    workspace: Workspace
    answers: Answers
    period: tuple[str, str]
    """ISO dates around the run; the end is exclusive."""
    expected: Expected

    def pseudonyms(self) -> dict[str | None, str]:
        """Customer id of each caller, as the service tells the owner who asks."""
        callers = self.expected.requests_by_caller.keys() - {None}
        return {None: "anonymous"} | {caller: self.customer_id(caller) for caller in callers}

    def customer_id(self, identity: str | None) -> str:
        application = self.service.ready["application_id"]
        answer = httpx.post(
            f"{self.service.url}/v1/applications/{application}/customers/lookup",
            json={"identity": identity},
            headers=self.service.owner,
        )
        return str(answer.raise_for_status().json()["customer_id"])


def send_calls(apps: dict[str, MeteredApp], calls: list[Call]) -> list[int]:
    """Send every call once, several at a time; return their statuses."""
    with ExitStack() as stack:
        clients = {
            name: stack.enter_context(httpx.Client(base_url=app.url, timeout=60))
            for name, app in apps.items()
        }
        pool = stack.enter_context(ThreadPoolExecutor(CLIENTS))
        return list(
            pool.map(lambda c: clients[c.route.app].request(**c.request()).status_code, calls)
        )


def send_limited_calls(apps: dict[str, MeteredApp]) -> dict[tuple[str, str], list[int]]:
    return {
        (route.app, caller): send_calls(apps, [Call(route, caller, 1)] * TRIES)
        for route in LIMITED
        for caller in LIMITED_CALLERS
    }


def everything_expected(calls: list[Call]) -> Expected:
    """The planned calls, and of the limited ones those within the limit."""
    admitted = [Call(r, c, 1) for r in LIMITED for c in LIMITED_CALLERS for _ in range(LIMIT)]
    return Expected.of(calls + admitted)


def sync_until_complete(workspace: Workspace, period: tuple[str, str], expected: Expected) -> None:
    """Sync until the SDKs' last messages have arrived; the tests then judge every number."""

    def is_complete() -> bool:
        workspace.run("sync")
        rows = workspace.usage(period, "day")["rows"]
        units = sum(Decimal(row["units"]) for row in rows)
        return sum(row["requests"] for row in rows) >= expected.requests and units >= expected.units

    wait_until(is_complete, f"{expected.requests} requests with {expected.units} units")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    home = tmp_path_factory.mktemp("home")
    workspace = Workspace(home / "books", home)
    today = datetime.now(UTC).date()
    period = (str(today - timedelta(days=1)), str(today + timedelta(days=2)))
    calls = planned_calls(SEED)
    with ExitStack() as stack:
        service = start_service(home / "meter", "--bootstrap", home=home)
        stack.callback(end, service.process)
        workspace.create(service)
        workspace.set_policies(route for route in ROUTES + LIMITED if route.identity)
        apps = {}
        for name, code in snippets(workspace).items():
            if name in {"fastapi", "flask"}:
                apps[name] = start_app(name, code, home)
                stack.callback(end, apps[name].process)
        answers = Answers(send_calls(apps, calls), send_limited_calls(apps))
        expected = everything_expected(calls)
        sync_until_complete(workspace, period, expected)
        yield Run(service, workspace, answers, period, expected)


def rows_of(run: Run, group_by: str) -> list[dict[str, Any]]:
    return list(run.workspace.usage(run.period, group_by)["rows"])


def test_every_planned_call_is_answered(run: Run):
    assert run.answers.statuses == [200] * 2_000


def test_vault_holds_exactly_the_calls_that_were_made(run: Run):
    rows = rows_of(run, "day")
    limited = len(LIMITED) * len(LIMITED_CALLERS) * LIMIT
    assert sum(row["requests"] for row in rows) == 2_000 + limited
    assert sum(Decimal(row["units"]) for row in rows) == run.expected.units


def test_each_endpoint_has_its_requests_and_units(run: Run):
    found = {
        row["endpoint"]: (row["requests"], Decimal(row["units"]))
        for row in rows_of(run, "endpoint")
    }
    assert found == {
        f"{method} {url}": (requests, run.expected.units_by_endpoint[method, url])
        for (method, url), requests in run.expected.requests_by_endpoint.items()
    }


def test_each_caller_is_one_customer_wherever_the_identity_was(run: Run):
    found = {
        row["customer_id"]: (row["requests"], Decimal(row["units"]))
        for row in rows_of(run, "customer")
    }
    assert found == {
        pseudonym: (
            run.expected.requests_by_caller[caller],
            Decimal(run.expected.units_by_caller[caller]),
        )
        for caller, pseudonym in run.pseudonyms().items()
    }


@pytest.mark.parametrize("route", LIMITED, ids=lambda route: route.app)
def test_limited_route_refuses_exactly_the_calls_beyond_the_limit(run: Run, route: Route):
    for caller in LIMITED_CALLERS:
        statuses = sorted(run.answers.limited[route.app, caller])
        assert statuses == [200] * LIMIT + [REFUSED] * (TRIES - LIMIT)


def test_refused_calls_are_counted_as_denied_and_not_as_requests(run: Run):
    denied = {row["endpoint"]: row["denied"] for row in rows_of(run, "endpoint")}
    beyond = len(LIMITED_CALLERS) * (TRIES - LIMIT)
    assert {endpoint: n for endpoint, n in denied.items() if n} == {
        f"{route.method} {route.url}": beyond for route in LIMITED
    }


def dashboard_of(run: Run) -> Dashboard:
    services = build_services(run.workspace.directory, run.workspace.home / "service")
    try:
        services.workspace.unlock(PASSPHRASE)
        start, stop = map(date.fromisoformat, run.period)
        application = ApplicationId(run.service.ready["application_id"])
        return services.usage.dashboard(application, DateRange(start, stop))
    finally:
        services.close()


def test_dashboard_shows_the_same_numbers(run: Run):
    dashboard = dashboard_of(run)
    assert dashboard.requests.now == run.expected.requests
    assert dashboard.units.now == run.expected.units
    assert dashboard.denied == len(LIMITED) * len(LIMITED_CALLERS) * (TRIES - LIMIT)
    assert dashboard.chart.total == run.expected.requests
    assert sum(sum(series.values) for series in dashboard.chart.series) == run.expected.requests


def test_dashboard_ranks_the_largest_customers(run: Run):
    pseudonyms = run.pseudonyms()
    shown = [
        (line.customer_id, line.requests, line.units) for line in dashboard_of(run).top_customers
    ]
    by_id = {
        pseudonym: (
            run.expected.requests_by_caller[caller],
            run.expected.units_by_caller[caller],
        )
        for caller, pseudonym in pseudonyms.items()
    }
    assert shown
    assert all(by_id[customer] == (requests, units) for customer, requests, units in shown)


def test_no_caller_and_no_body_is_written_anywhere_by_the_service(run: Run):
    data = run.workspace.home / "meter"
    written = b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file())
    written += (run.workspace.home / "service.log").read_bytes()
    secrets = ("ann@example.test", "dora d.", "planted-body-secret", token("sub", "cust-0042"))
    assert [secret for secret in secrets if secret.encode() in written] == []


def test_export_holds_the_same_usage(run: Run):
    out = run.workspace.home / f"export-{id(run)}.json"
    run.workspace.run("export", "my-data", "--out", str(out))
    exported = json.loads(out.read_text())
    assert exported["format"] == "usageflow-export"
    assert exported["usage"]
    assert run.service.ready["sdk_key"] not in out.read_text()
