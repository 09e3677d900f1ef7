"""A desktop killed between any two steps of a round loses nothing and counts nothing twice."""

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from desktop.domain.usage import GroupBy
from tests.fakes import Device, FakeHosted
from tests.unit.test_sync import DAY, EVER, RECOMPUTED, SUMS, hours

ROOT = Path(__file__).parents[2]
ROUNDS = 10
SEED = 20_261_123
BUCKETS = 40

# Runs in a process of its own: syncs, and is killed at some step. Steps are requests, and the
# moments inside a transaction at which a page is stored but its cursor is not.
VICTIM = """
import os, signal, sys
from pathlib import Path
from tests.fakes import PASSPHRASE, FakeHosted, no_report
from tests.unit.test_kills import filled, surroundings
from desktop.services.compose import build_services
from desktop.services.storage import sync_state

directory, last_step = Path(sys.argv[1]), int(sys.argv[2])
hosted = filled()
steps = []
store_cursor = sync_state.store_cursor

def step(name):
    steps.append(name)
    if len(steps) == last_step:
        os.kill(os.getpid(), signal.SIGKILL)

def handle(request):
    step("request")
    return FakeHosted.handle(hosted, request)

def store(*arguments, **options):
    step("page without cursor")
    store_cursor(*arguments, **options)

hosted.handle = handle
sync_state.store_cursor = store
services = build_services(
    directory, directory / "service", syncs_by_itself=False, surroundings=surroundings(hosted)
)
services.workspace.unlock(PASSPHRASE)
services.sync.run(no_report)
services.close()
print("done")
"""


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


@pytest.mark.skipif(os.name == "nt", reason="no kill -9 there")
def test_killed_rounds_end_with_every_call_counted_once(tmp_path):
    hosted = filled()
    device = Device(tmp_path / "workspace", hosted)
    device.close()
    chance = random.Random(SEED)  # noqa: S311 (has to be the same each time)
    killed = 0
    for _ in range(ROUNDS):
        done = subprocess.run(
            [sys.executable, "-c", VICTIM, str(device.directory), str(chance.randint(2, 24))],
            cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode in {0, -signal.SIGKILL}, done.stderr
        killed += done.returncode != 0
    assert killed > ROUNDS // 2, f"seed {SEED}: too few rounds were cut"

    device.reopen()
    device.sync()
    expected = sorted(
        (row.endpoint_id, row.hour, row.requests)
        for row in hosted.rollups.values()
        if hasattr(row, "durations")
    )
    assert hours(device) == expected
    assert device.query(SUMS) == device.query(RECOMPUTED)
    table = device.services.usage.table(EVER, GroupBy.CUSTOMER)
    assert sum(row.requests for row in table.rows) == sum(range(BUCKETS))
    device.close()


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
