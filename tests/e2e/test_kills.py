"""SIGKILL of service, core and window at random instants, while calls and edits go on.

`USAGEFLOW_KILL_ROUNDS` says how many rounds, `USAGEFLOW_KILL_SEED` repeats a run.
"""

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from desktop.domain.ids import ApplicationId
from desktop.services.compose import build_services
from tests.e2e.callers import Callers, GoCallers, PythonCallers
from tests.e2e.processes import (
    PASSPHRASE,
    RunningService,
    ScriptedWindow,
    Workspace,
    end,
    kill,
    snippets,
    start_app,
    start_service,
    wait_until,
)
from tests.e2e.traffic import LIMITED, ROUTES

ROUNDS = int(os.environ.get("USAGEFLOW_KILL_ROUNDS", "4"))
SEED = int(os.environ.get("USAGEFLOW_KILL_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
LONGEST_RUN_S = 1.5
MOST_TRIES = 20
"""Each round kills at a random instant within this time."""
CORE_OUTLIVES_WINDOW_S = 1.0
TARGETS = ("service", "core", "window")

pytestmark = [pytest.mark.timeout(120 + 60 * ROUNDS), pytest.mark.real_argon2]


@dataclass
class Victims:
    """The processes that are killed and started again, and what they had confirmed."""

    home: Path
    service: RunningService
    workspace: Path
    window: ScriptedWindow
    past_windows: list[ScriptedWindow] = field(default_factory=list)
    seconds_core_outlived_window: list[float] = field(default_factory=list)

    def kill_service(self) -> None:
        """SIGKILL, then a new start with the same data; it must come up on the same port."""
        before = self.service
        kill(before.process)
        self.service = start_service(self.home / "meter", home=self.home)
        assert self.service.url == before.url
        self.service.ready = before.ready | self.service.ready

    def kill_core(self) -> None:
        """SIGKILL; the window has to stay, notice, and open the vault in a new core."""
        os.kill(self.window.core_pids[-1], 9)
        known = len(self.window.core_pids)
        wait_until(lambda: len(self.window.core_pids) > known, "a new core")
        assert self.window.process.poll() is None

    def kill_window(self) -> None:
        """SIGKILL, then a new window on the same workspace."""
        self.seconds_core_outlived_window.append(self.window.kill())
        self.past_windows.append(self.window)
        self.window = self.new_window(len(self.past_windows))

    def new_window(self, number: int) -> ScriptedWindow:
        application = self.service.ready["application_id"]
        return ScriptedWindow(self.workspace, application, f"rule-{number}", self.home)

    def end(self) -> None:
        """End what runs now, whichever process that is after all the kills."""
        if self.window.process.poll() is None:
            self.window.kill()
        end(self.service.process)

    @property
    def all_windows(self) -> list[ScriptedWindow]:
        return [*self.past_windows, self.window]


@dataclass
class Aftermath:
    """What clients and windows know, beside what the vault and the service hold."""

    victims: Victims
    callers: list[Callers]
    found: dict[str, tuple[int, int]]
    """Requests and units by customer id, in the vault."""
    rules_in_vault: Counter[str]
    rules_at_service: Counter[str]


def customer_ids(service: RunningService, names: list[str]) -> dict[str, str]:
    """Pseudonym of each caller, asked one by one and as fast as the service lets one ask."""
    path = f"/v1/applications/{service.ready['application_id']}/customers/lookup"
    with httpx.Client(base_url=service.url, headers=service.owner) as client:
        return {
            name: _patiently(client, path, name).raise_for_status().json()["customer_id"]
            for name in names
        }


def _patiently(client: httpx.Client, path: str, name: str) -> httpx.Response:
    for _ in range(MOST_TRIES):
        answer = client.post(path, json={"identity": name})
        if answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
            break
        time.sleep(float(answer.headers["Retry-After"]))
    return answer


def rule_names_at(service: RunningService) -> Counter[str]:
    """Names of all pricing rules of the service, page by page."""
    names: Counter[str] = Counter()
    query: dict[str, str] = {"limit": "200"}
    with httpx.Client(base_url=service.url, headers=service.owner) as client:
        while True:
            page = client.get("/v1/pricing-rules", params=query).raise_for_status().json()
            names.update(row["body"]["name"] for row in page["rows"])
            if not page["next_cursor"]:
                return names
            query["cursor"] = page["next_cursor"]


def rule_names_in(workspace: Path, home: Path, application_id: str) -> Counter[str]:
    services = build_services(workspace, home / "service")
    try:
        services.workspace.unlock(PASSPHRASE)
        rules = services.pricing.list_rules(ApplicationId(application_id))
        return Counter(rule.name for rule in rules)
    finally:
        services.close()


def usage_by_customer(workspace: Workspace) -> dict[str, tuple[int, int]]:
    today = datetime.now(UTC).date()
    period = (str(today - timedelta(days=1)), str(today + timedelta(days=2)))
    rows = workspace.usage(period, "customer")["rows"]
    return {row["customer_id"]: (row["requests"], int(Decimal(row["units"]))) for row in rows}


def play_rounds(victims: Victims, go: GoCallers) -> None:
    """Kill, start again, and go on until calls are confirmed and edits stored once more."""
    chance = random.Random(SEED)
    kills: dict[str, Callable[[], None]] = {
        "service": victims.kill_service,
        "core": victims.kill_core,
        "window": victims.kill_window,
    }
    print(f"\n{ROUNDS} rounds, seed {SEED}")
    for number in range(ROUNDS):
        target = TARGETS[number] if number < len(TARGETS) else chance.choice(TARGETS)
        after_s = chance.uniform(0.05, LONGEST_RUN_S)
        threading.Event().wait(after_s)
        kills[target]()
        confirmed = go.confirmed
        wait_until(lambda before=confirmed: go.confirmed > before, "another confirmed call")
        victims.window.wait_for_another_rule()
        print(f"round {number + 1}: {target} after {after_s:.2f} s; {go.confirmed} confirmed")


@pytest.fixture(scope="module")
def aftermath(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aftermath]:
    home = tmp_path_factory.mktemp("home")
    workspace = Workspace(home / "books", home)
    with ExitStack() as stack:
        service = start_service(home / "meter", "--bootstrap", home=home)
        workspace.create(service)
        workspace.set_policies(LIMITED + tuple(r for r in ROUTES if r.identity))
        apps = {
            name: start_app(name, code, home)
            for name, code in snippets(workspace).items()
            if name in {"fastapi", "flask"}
        }
        for app in apps.values():
            stack.callback(end, app.process)
        application = service.ready["application_id"]
        window = ScriptedWindow(workspace.directory, application, "rule-0", home)
        victims = Victims(home, service, workspace.directory, window)
        stack.callback(victims.end)
        go = GoCallers(service.ready["ws_url"], service.ready["sdk_key"])
        python = [
            PythonCallers(app.url, f"/{name}/limited", f"py-{name}", app.confirmations)
            for name, app in apps.items()
        ]
        callers: list[Callers] = [go, *python]
        for each in callers:
            each.start()
        try:
            window.wait_for_another_rule()
            play_rounds(victims, go)
        finally:
            for each in callers:
                each.stop()
        victims.seconds_core_outlived_window.append(victims.window.kill())
        workspace.run("sync")
        yield Aftermath(
            victims, callers, usage_by_customer(workspace),
            rule_names_in(workspace.directory, home, application),
            rule_names_at(victims.service),
        )  # fmt: skip


def test_confirmed_calls_are_there_exactly_once_and_none_twice(aftermath: Aftermath):
    wrong = []
    for callers in aftermath.callers:
        ids = customer_ids(aftermath.victims.service, list(callers.records))
        for name, record in callers.records.items():
            requests, units = aftermath.found.get(ids[name], (0, 0))
            if not record.allows(requests, units):
                wrong.append((name, record, requests, units))
        print(f"{len(callers.records)} calls, without an answer: {callers.unanswered()}")
    assert not wrong


def test_every_kind_of_client_got_confirmations(aftermath: Aftermath):
    assert all(callers.confirmed for callers in aftermath.callers)


def test_nothing_else_was_counted(aftermath: Aftermath):
    calls = sum(len(callers.records) for callers in aftermath.callers)
    counted = sum(requests for requests, _ in aftermath.found.values())
    assert counted <= calls


def test_rules_that_were_shown_as_stored_are_there_exactly_once(aftermath: Aftermath):
    stored = {name for window in aftermath.victims.all_windows for name in window.rules}
    assert stored
    assert {name: aftermath.rules_in_vault[name] for name in stored} == dict.fromkeys(stored, 1)


def test_every_rule_of_the_vault_reached_the_service_exactly_once(aftermath: Aftermath):
    assert aftermath.rules_at_service == aftermath.rules_in_vault
    assert set(aftermath.rules_in_vault.values()) == {1}


def test_numbers_that_were_shown_never_shrink(aftermath: Aftermath):
    counted = sum(requests for requests, _ in aftermath.found.values())
    shown = [number for window in aftermath.victims.all_windows for number in window.shown]
    assert shown == sorted(shown)
    assert shown[-1] <= counted


def test_no_core_outlives_its_window_by_more_than_a_second(aftermath: Aftermath):
    longest_s = max(aftermath.victims.seconds_core_outlived_window)
    print(f"a core outlived its window by {longest_s:.2f} s at most")
    assert longest_s <= CORE_OUTLIVES_WINDOW_S


def test_no_window_met_a_problem_it_did_not_expect(aftermath: Aftermath):
    assert [p for window in aftermath.victims.all_windows for p in window.problems] == []
