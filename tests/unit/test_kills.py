"""A desktop killed at any instant of a round loses nothing and counts nothing twice.

`USAGEFLOW_SYNC_KILLS` says how many are killed.
"""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from contract.messages.rollups import CustomerDay, CustomerHour, EndpointHour
from desktop.services.calls import no_report
from desktop.services.storage import derivation
from tests.fakes import Device, FakeHosted
from tests.hosted.storage_contract import rows_of
from tests.loopback import Loopback
from tests.real_logic import RealLogic
from tests.sync_victim import fast_derivation, opened
from tests.unit.test_sync import DAY, RECOMPUTED, SUMS

ROOT = Path(__file__).parents[2]
ROUNDS = int(os.environ.get("USAGEFLOW_SYNC_KILLS", "5"))
SEED = 20_261_123
BUCKETS = 40
BURST = 20
"""New buckets before each life; nothing brings them again if they are lost."""
MOST_REQUESTS = 30
"""A victim is killed a random moment after one of so many requests."""
LONGEST_PAGE_S = 0.03
LONGEST_LIFE_S = 10
PAUSE_S = 0.005
"""Between calls that are counted while a victim lives."""

pytestmark = pytest.mark.timeout(60 + 20 * ROUNDS)


def filled():
    hosted = FakeHosted(page_size=2)
    for number in range(BUCKETS):
        hosted.count(f"end_{number % 3}", f"cus_{number % 5}", number * DAY // 2, requests=number)
    return hosted


def surroundings(hosted):
    from desktop.services.client import ServiceClient
    from desktop.services.compose import Surroundings
    from tests.fakes import Clock

    return Surroundings(
        clock=Clock(),
        new_id=lambda: "id",
        make_client=lambda url, token: ServiceClient(url, token, hosted.transport),
    )


@pytest.fixture
def service(tmp_path):
    """The service's own logic on a loopback port; it lives through every kill."""
    logic = RealLogic(tmp_path)
    for number in range(BUCKETS):
        logic.count(number % 20, number % 9, number % 3)
    heard = threading.Lock()

    def handle(request):
        with heard:
            logic.requests += 1
            return logic._handle("victim", request)

    server = Loopback(handle)
    logic.url, logic.heard, logic.requests = server.url, heard, 0
    yield logic
    server.close()
    logic.close()


class Victims:
    """Forks desktops and kills them."""

    def __init__(self, directory, service):
        self.service = service
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.sync_victim", str(directory), service.url],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def kill_one(self, seed, chance, meanwhile):
        """Kill a desktop a moment after some request; the keys of edits it told to be stored."""
        last = self.service.requests + chance.randint(1, MOST_REQUESTS)
        self.process.stdin.write(f"{seed}\n")
        self.process.stdin.flush()
        told = self.process.stdout
        # The parent's line with the pid and the victim's own come in any order.
        first = {told.readline().strip(), told.readline().strip()}
        (pid,) = [int(line.split()[1]) for line in first if line.startswith("pid")]
        ending = time.monotonic() + LONGEST_LIFE_S
        while self.service.requests < last and time.monotonic() < ending:
            meanwhile()
            threading.Event().wait(PAUSE_S)
        threading.Event().wait(chance.uniform(0, LONGEST_PAGE_S))
        os.kill(pid, signal.SIGKILL)
        lines = [*first]
        while lines[-1] != "ended":
            lines.append(told.readline().strip())
            assert lines[-1], "the process of the victims has ended"
        return [line for line in lines if line.startswith("v")]

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


@pytest.mark.skipif(os.name == "nt", reason="no kill -9 there")
def test_desktop_killed_at_any_instant_loses_and_doubles_nothing(tmp_path, service, monkeypatch):
    monkeypatch.setattr(derivation, "hash_secret_raw", fast_derivation)
    folder = tmp_path / "workspace"
    device = Device(folder, SimpleNamespace(transport=service.transport("victim")))
    device.close()
    victims, stored = Victims(folder, service), []
    chance = random.Random(SEED)  # noqa: S311 (the same instants each time, as far as may be)

    def count():
        """On days of their own: a call on an earlier day would bring a lost row again."""
        with service.heard:
            service.count(30 + number, chance.randrange(9), chance.randrange(3))

    try:
        for number in range(ROUNDS):
            for customer in range(BURST):
                service.count(100 + number, customer, 0)
            stored += victims.kill_one(number, chance, count)
            survivor = opened(folder, service.url, f"check{number}")
            with survivor.vault.reading() as db:
                assert db.execute(SUMS).fetchall() == db.execute(RECOMPUTED).fetchall()
                assert db.execute("PRAGMA quick_check").fetchall() == [("ok",)]
            if number == ROUNDS // 3:
                survivor.sync.run(no_report)  # from now on no page of the past mends a loss
            survivor.close()
    finally:
        victims.close()
    survivor = opened(folder, service.url, "last")
    survivor.sync.run(no_report)
    judge(survivor, service, stored)
    survivor.close()


NAMES = {
    EndpointHour: ("endpoint_id", "hour", "requests"),
    CustomerDay: ("customer_id", "endpoint_id", "day", "events"),
    CustomerHour: ("customer_id", "endpoint_id", "hour", "requests"),
}
USAGE = {
    EndpointHour: "SELECT endpoint_id, hour, requests FROM endpoint_hours",
    CustomerDay: "SELECT customer_id, endpoint_id, day, events FROM customer_days",
    CustomerHour: "SELECT customer_id, endpoint_id, hour, requests FROM customer_hours",
}


def judge(survivor, service, stored):
    """Every row is there once, every stored edit was answered once."""
    with survivor.vault.reading() as db:
        usage = [sorted(db.execute(statement).fetchall()) for statement in USAGE.values()]
        policies = db.execute(
            "SELECT entity_id, body, revision FROM configuration WHERE entity = 'policy'"
        ).fetchall()
        assert db.execute("SELECT count(*) FROM outbox").fetchone() == (0,)
        (answered,) = db.execute("SELECT count(*) FROM edit_history").fetchone()
        assert db.execute(SUMS).fetchall() == db.execute(RECOMPUTED).fetchall()
    assert usage == [
        sorted(tuple(getattr(row, name) for name in NAMES[kind]) for row in everything)
        for kind in USAGE
        for everything in [rows_of(service.storage, kind)]
    ]
    assert {row[0]: (json.loads(row[1]), row[2]) for row in policies} == {
        key: (dict(row.body), row.revision) for key, row in service.rows("policy").items()
    }
    assert set(stored) <= service.keys_sent["victim"]
    assert len(service.keys_sent["victim"]) == answered == service.changes_of("policy")


WRITER = """
import os, sys, json
from pathlib import Path
from tests.fakes import PASSPHRASE
from tests.prices import rule_draft
from tests.unit.test_kills import filled, surroundings
from desktop.services.compose import build_services
import itertools
numbers = itertools.count()
outside = surroundings(filled())
outside = type(outside)(outside.clock, lambda: f"n{next(numbers)}", outside.make_client)
directory = Path(sys.argv[1])
services = build_services(directory, directory, syncs_by_itself=False, surroundings=outside)
services.workspace.unlock(PASSPHRASE)
for _ in range(100_000):
    rule = services.pricing.publish(rule_draft(), None)
    print(json.dumps(rule.rule_id), flush=True)
"""


@pytest.mark.real_argon2
@pytest.mark.skipif(os.name == "nt", reason="no kill -9 there")
def test_edit_shown_as_stored_before_a_kill_is_stored_and_queued(tmp_path):
    device = Device(tmp_path / "workspace", filled())
    device.close()
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(device.directory)],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    shown = [json.loads(writer.stdout.readline()) for _ in range(25)]
    writer.kill()
    shown += [json.loads(line) for line in writer.communicate()[0].splitlines()]
    device.reopen()
    stored = {rule.rule_id for rule in device.rules()}
    queued = {row[0] for row in device.query("SELECT entity_id FROM outbox")}
    assert set(shown) <= stored
    assert stored == queued
    device.close()
