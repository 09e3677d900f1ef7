"""A desktop that is killed or runs out of disk while it erases a person finishes what it began.

`USAGEFLOW_ERASING_KILLS=all` cuts at every statement, commit, file and request; otherwise a few
are tried.
"""

import os

import pytest

from desktop.services.storage import derivation
from tests.billing.stripe_stand_in import StripeStandIn
from tests.erasing.scene import Town
from tests.fakes import NOON
from tests.faults import spread_over
from tests.hosted.service import serving
from tests.lives import Lives
from tests.loopback import Loopback
from tests.sync_victim import fast_derivation

ALL = os.environ.get("USAGEFLOW_ERASING_KILLS") == "all"
FEW = 3
PEOPLE = 450 if ALL else 2 * FEW + 2
SPARE = 3
"""Steps that one life takes and another does not."""
PLANS = {"erasures", "legal_holds"}
"""Say whom it is about until it is done."""

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="no kill -9 there"),
    pytest.mark.timeout(3600 if ALL else 120),
]


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    home = tmp_path_factory.mktemp("town")
    before, derivation.hash_secret_raw = derivation.hash_secret_raw, fast_derivation
    stripe = StripeStandIn(now=int(NOON.timestamp()))
    loopback = Loopback(stripe.handle)
    try:
        with serving(home / "service", "--bootstrap") as running:
            yield Town(home / "vault", running, stripe, loopback.url).found(PEOPLE)
    finally:
        loopback.close()
        derivation.hash_secret_raw = before


@pytest.fixture(scope="module")
def lives():
    with Lives("tests.erasing.person_lives") as lives:
        yield lives


@pytest.fixture(scope="module")
def people(town):
    """Numbers of people who are still there, each for one life."""
    return iter(range(len(town.ids)))


@pytest.fixture(scope="module")
def whole(town, lives, people):
    """What an erasure that nothing cuts comes to; the first one folds what was noted before."""
    for number in (next(people), next(people)):
        told = lives.live(work="erase", **town.task(number))
    assert told["found"]["in_vault"]
    assert told["found"]["at_service"]
    require_erased(told)
    return told


def require_erased(told):
    left = told["left"]
    assert (left["state"], left["in_vault"], left["at_service"]) == ("done", [], []), left
    assert left["sums"] == told["found"]["sums"]
    assert left["certificate"]["is_complete"]


def require_nothing_half_done(found):
    """In both ledgers before anything is destroyed; certified after everything is."""
    if not set(found["in_vault"]) - PLANS or not found["at_service"]:
        assert found["noted"]
        assert found["in_ledger"]
    assert (found["certificate"] is not None) == (found["state"] == "done")
    if found["certificate"]:
        assert set(found["steps"].values()) == {"done"}
        assert (found["in_vault"], found["at_service"]) == ([], [])


def chosen(whole):
    return spread_over(whole["steps"], whole["steps"] if ALL else FEW)


def test_killed_at_any_step_the_next_start_finishes_it_as_if_nothing_had_been(
    town, lives, people, whole
):
    for step in chosen(whole):
        task = town.task(next(people))
        cut = lives.live(work="erase", **task | {"outcome": "kill", "step": step})
        resumed = lives.live(work="resume", **task)
        require_nothing_half_done(resumed["found"])
        require_erased(resumed)
        assert resumed["left"]["certificate"] == whole["left"]["certificate"], step
        assert cut is None or step > whole["steps"] - SPARE, step


def test_full_disk_at_any_step_is_told_and_it_goes_on_once_there_is_room(
    town, lives, people, whole
):
    problems = []
    for step in chosen(whole):
        told = lives.live(
            work="erase", **town.task(next(people)) | {"outcome": "full", "step": step}
        )
        require_erased(told)
        assert told["left"]["certificate"] == whole["left"]["certificate"], step
        problems += told["problems"]
    assert problems
    assert not [one for one in problems if "disk" not in one], problems
