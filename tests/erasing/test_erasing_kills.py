"""A desktop that is killed or runs out of disk while it erases a person finishes what it began.

`USAGEFLOW_ERASING_KILLS=all` cuts at every statement, commit, file and request; otherwise a few
are tried.
"""

import os

import pytest

from desktop.services.storage import derivation
from tests.billing.stripe_stand_in import StripeStandIn
from tests.erasing.scene import Town, name_of, new_name_of
from tests.fakes import NOON
from tests.faults import spread_over
from tests.hosted.service import serving
from tests.lives import Lives
from tests.loopback import Loopback
from tests.sync_victim import fast_derivation

ALL = os.environ.get("USAGEFLOW_ERASING_KILLS") == "all"
FEW = 2
PEOPLE = 600 if ALL else 4 * FEW + 4
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
        resumed = lives.live(work="erase", **task | {"resumes": True})
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
    require_plain(problems)


@pytest.fixture(scope="module")
def corrected(town, lives, people):
    """What a correction that nothing cuts comes to."""
    number = next(people)
    told = lives.live(work="correct", **town.task(number))
    require_corrected(town, number, told)
    return told


def require_corrected(town, number, told):
    """Here and at both places it went to; told once, as hashes, and the value kept nowhere else."""
    left = told["left"]
    assert new_name_of(number) in left["body"]
    assert name_of(number) not in left["body"]
    assert (left["told"], left["corrections"]) == (1, [["", 1]])
    assert town.stripe.objects["customer"][f"pay_{number}"]["name"] == new_name_of(number)
    assert town.customer_at_service(number)["name"] == new_name_of(number)


def require_evidence(resumed, number):
    """The log tells of a correction where there is one, and only there."""
    assert resumed["told"] == len(resumed["corrections"])
    assert (new_name_of(number) in resumed["body"]) == bool(resumed["told"])


def test_correction_killed_at_any_step_reaches_every_place(town, lives, people, corrected):
    for step in chosen(corrected):
        number = next(people)
        task = town.task(number)
        lives.live(work="correct", **task | {"outcome": "kill", "step": step})
        told = lives.live(work="correct", **task | {"resumes": True})
        require_evidence(told["found"], number)
        require_corrected(town, number, told)


def test_correction_on_a_full_disk_is_told_and_reaches_every_place(town, lives, people, corrected):
    problems = []
    for step in chosen(corrected):
        number = next(people)
        told = lives.live(work="correct", **town.task(number) | {"outcome": "full", "step": step})
        require_corrected(town, number, told)
        problems += told["problems"]
    require_plain(problems)


@pytest.fixture(scope="module")
def exported(town, lives, people, tmp_path_factory):
    """A package that nothing cuts, and whose it is."""
    folder = tmp_path_factory.mktemp("exports")
    task = town.task(next(people), folder=str(folder))
    return task, lives.live(work="export", **task)


def require_exported(told):
    left = told["left"]
    assert left["files"] == ["package.zip"]
    assert left["whole"]
    assert left["sha256"] == left["told"][-1]
    assert left["unfinished"] == 0


def test_package_killed_at_any_step_leaves_nothing_that_looks_finished(lives, exported, tmp_path):
    task, whole = exported
    require_exported(whole)
    for step in chosen(whole):
        folder = tmp_path / str(step)
        folder.mkdir()
        here = task | {"folder": str(folder)}
        lives.live(work="export", **here | {"outcome": "kill", "step": step})
        told = lives.live(work="export", **here | {"resumes": True})
        assert "package.zip" not in told["found"]["files"] or told["found"]["whole"]
        assert not [name for name in told["resumed"]["files"] if name != "package.zip"]
        require_exported(told)


def test_package_on_a_full_disk_is_told_and_leaves_nothing_behind(lives, exported, tmp_path):
    task, whole = exported
    problems = []
    for step in chosen(whole):
        folder = tmp_path / str(step)
        folder.mkdir()
        here = {"folder": str(folder), "outcome": "full", "step": step}
        told = lives.live(work="export", **task | here)
        require_exported(told)
        problems += told["problems"]
    require_plain(problems)


def require_plain(problems):
    """Each says what failed, that nothing is lost, and what to do."""
    assert problems
    assert not [one for one in problems if "disk" not in one and "make room" not in one], problems
