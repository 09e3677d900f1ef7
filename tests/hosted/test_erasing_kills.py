"""A service that is killed or runs out of disk while it erases somebody finishes at the next start.

`USAGEFLOW_ERASING_KILLS=all` cuts at every statement, commit and file; otherwise a few are tried.
"""

import asyncio
import os
import shutil

import pytest

from contract.identifiers import override_id
from tests.faults import spread_over
from tests.hosted.lab import APP
from tests.hosted.test_erasing import CLAIM, JANE, asked, serving
from tests.lives import Lives

ALL = os.environ.get("USAGEFLOW_ERASING_KILLS") == "all"
ROUNDS = 10_000 if ALL else 3
ADDRESSES = {"jane@example.org": "198.51.100.7", "omar@example.net": "203.0.113.9"}
NAMES = (JANE, "Jane Doe", "198.51.100")

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="no kill -9 there"),
    pytest.mark.timeout(1800 if ALL else 120),
]


async def call_from_home(lab, identity):
    """A call from the caller's own address."""
    where = {"headers": {"X-User": identity}, "clientIP": ADDRESSES[identity]}
    allocation = await lab.request(identity, **where)
    await lab.use(allocation, identity, **where, responseStatusCode=200)
    await lab.writer.catch_up()


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A service that knows Jane in every way it can, with a copy of before a change of its form."""
    directory = tmp_path_factory.mktemp("template")

    async def tell():
        own = {"application_id": APP, "customer_id": JANE}
        async with serving(directory) as lab:
            for identity in ("jane@example.org", "jane@example.org", "omar@example.net"):
                await call_from_home(lab, identity)
            await lab.put("customer", JANE, {"application_id": APP, "name": "Jane Doe"})
            await lab.put("identity", JANE, {"application_id": APP, "sealed": "s", "epoch": 1})
            limits = {**own, "policy_id": "pol_1", "limits": []}
            await lab.put("limit_override", override_id("pol_1", JANE), limits)
            block = {**own, "method": "GET", "url": "/x", "reason": "Jane Doe is rude"}
            await lab.put("block", "blk_1", block)
            with lab.storage.transaction() as transaction:
                transaction._db.execute(CLAIM, {"customer": JANE})

    asyncio.run(tell())
    (directory / "service.db.before-0100").write_bytes(b"Jane Doe")
    return directory


@pytest.fixture(scope="module")
def lives():
    with Lives("tests.hosted.erasing_lives") as lives:
        yield lives


@pytest.fixture(scope="module")
def request_():
    return asked().model_dump_json()


@pytest.fixture(scope="module")
def whole(template, tmp_path_factory, lives, request_):
    """What an erasure that nothing cuts comes to."""
    directory = shutil.copytree(template, tmp_path_factory.mktemp("whole") / "service")
    told = lives.live(directory=str(directory), request=request_, outcome="", step=0)
    assert [name for name in NAMES if name in told["found"]["dump"]] == list(NAMES)
    require_gone(directory, told)
    assert told["outcome"]["raw_until"] is not None
    return told


def require_gone(directory, told):
    assert told["left"]["sums"] == told["found"]["sums"]
    assert not [name for name in NAMES if name in told["left"]["dump"]]
    assert not list(directory.glob("*.before-*"))


def require_nothing_half_done(told, before):
    """Noted before anything is destroyed, and called done after everything is."""
    found = told["found"]
    if not found["noted"]:
        assert found["dump"] == before
    if found["applied"]:
        assert not [name for name in NAMES if name in found["dump"]]


def steps(whole):
    return spread_over(whole["steps"], min(ROUNDS, whole["steps"]))


def test_killed_at_any_step_it_is_finished_as_if_nothing_had_been(
    template, tmp_path, lives, request_, whole
):
    for step in steps(whole):
        directory = shutil.copytree(template, tmp_path / str(step))
        task = {"directory": str(directory), "request": request_}
        cut = lives.live(**task, outcome="kill", step=step)
        assert cut is None, step
        resumed = lives.live(**task, outcome="", step=0)
        require_nothing_half_done(resumed, whole["found"]["dump"])
        require_gone(directory, resumed)
        assert resumed["outcome"] == whole["outcome"], step
        shutil.rmtree(directory)


def test_full_disk_at_any_step_is_told_and_it_goes_on_once_there_is_room(
    template, tmp_path, lives, request_, whole
):
    troubled = 0
    for step in steps(whole):
        directory = shutil.copytree(template, tmp_path / str(step))
        told = lives.live(directory=str(directory), request=request_, outcome="full", step=step)
        troubled += bool(told["problems"])
        assert all("could not" in problem for problem in told["problems"])
        require_gone(directory, told)
        assert told["outcome"] == whole["outcome"], step
        shutil.rmtree(directory)
    assert troubled


def test_erasure_that_was_begun_needs_nobody_to_ask_again(
    template, tmp_path, lives, request_, whole
):
    """What was noted is finished by the start alone."""
    directory = shutil.copytree(template, tmp_path / "service")
    task = {"directory": str(directory), "request": request_}
    assert lives.live(**task, outcome="kill", step=whole["steps"] * 2 // 3) is None
    told = lives.live(**task, outcome="resume", step=0)
    assert told["found"]["applied"] == []
    assert told["left"]["applied"]
    require_gone(directory, told)
