"""Calls from the window: outcome, progress, cancel, owners, and a core that dies."""

import threading
from dataclasses import dataclass
from decimal import Decimal

import pytest
from PySide6.QtCore import QObject
from shiboken6 import delete

from desktop.domain.errors import AppError, Cancelled, CoreLost, InternalFault, InvalidInput
from desktop.jobs import Jobs
from desktop.services.calls import Report, callable_from_window
from tests.in_process import InProcessLink


@dataclass(frozen=True, slots=True)
class Price:
    amount: Decimal
    labels: tuple[str, ...] = ()


class Shop:
    """A service that can be held up, to stage races."""

    def __init__(self) -> None:
        self.may_go_on = threading.Event()
        self.steps: list[str] = []

    @callable_from_window
    def double(self, price: Price) -> Price:
        return Price(price.amount * 2, price.labels)

    @callable_from_window
    def refuse(self, text: str) -> None:
        raise InvalidInput(f"Not usable: {text}", field="price")

    @callable_from_window
    def break_down(self) -> None:
        raise RuntimeError("secret-in-a-bug")

    @callable_from_window
    def note(self, word: str) -> int:
        self.steps.append(word)
        return len(self.steps)

    @callable_from_window
    def count_slowly(self, report: Report, steps: int) -> int:
        for step in range(steps):
            report(step, steps)
            self.may_go_on.wait(10)
        return steps

    def hidden(self) -> str:
        return "not for the window"


@pytest.fixture
def shop():
    return Shop()


@pytest.fixture
def link(shop):
    return InProcessLink([shop])


@pytest.fixture
def jobs(qtbot, link):
    jobs = Jobs()
    jobs.attach(link)
    yield jobs
    jobs.close()


def outcome_of(qtbot, jobs, method, *arguments):
    seen = []
    job = jobs.start(method, *arguments, done=seen.append, failed=seen.append)
    with qtbot.waitSignal(job.finished):
        pass
    return seen[0]


def test_result_comes_back_as_the_value_the_service_returned(qtbot, jobs):
    price = Price(Decimal("0.000900"), ("a", "b"))
    assert outcome_of(qtbot, jobs, Shop.double, price) == Price(Decimal("0.001800"), ("a", "b"))


def test_error_keeps_its_class_words_and_field(qtbot, jobs):
    error = outcome_of(qtbot, jobs, Shop.refuse, "x")
    assert isinstance(error, InvalidInput)
    assert str(error) == "Not usable: x"
    assert error.field == "price"


def test_bug_in_the_core_reaches_the_window_without_its_details(qtbot, jobs, caplog):
    error = outcome_of(qtbot, jobs, Shop.break_down)
    assert isinstance(error, InternalFault)
    assert "secret-in-a-bug" not in str(error)
    assert "secret-in-a-bug" in caplog.text


def test_unmarked_method_is_refused(qtbot, jobs, caplog):
    assert isinstance(outcome_of(qtbot, jobs, Shop.hidden), InternalFault)
    assert "not allowed" in caplog.text


def test_argument_of_the_wrong_type_never_reaches_the_service(qtbot, jobs, shop, caplog):
    assert isinstance(outcome_of(qtbot, jobs, Shop.note, 17), InternalFault)
    assert shop.steps == []


def test_short_calls_of_one_service_keep_their_order(qtbot, jobs, shop):
    words = [str(number) for number in range(50)]
    started = [jobs.start(Shop.note, word) for word in words]
    qtbot.waitUntil(lambda: not any(job.is_running for job in started))
    assert shop.steps == words


def test_cancel_lands_at_the_next_step(qtbot, jobs, shop):
    seen = []
    job = jobs.start(Shop.count_slowly, 1000, failed=seen.append, progressed=lambda *_: None)
    with qtbot.waitSignal(job.progressed):
        pass
    job.cancel()
    shop.may_go_on.set()
    with qtbot.waitSignal(job.finished):
        pass
    assert isinstance(seen[0], Cancelled)


def test_long_call_does_not_hold_up_short_ones(qtbot, jobs, shop):
    long_job = jobs.start(Shop.count_slowly, 1)
    assert outcome_of(qtbot, jobs, Shop.note, "quick") == 1
    assert long_job.is_running
    shop.may_go_on.set()
    qtbot.waitUntil(lambda: not long_job.is_running)


def test_callback_is_dropped_when_its_owner_is_gone(qtbot, jobs, shop):
    owner, seen = QObject(), []
    job = jobs.start(Shop.count_slowly, 1, done=seen.append, owner=owner)
    delete(owner)
    shop.may_go_on.set()
    with qtbot.waitSignal(job.finished):
        pass
    assert seen == []


def test_call_made_before_the_core_is_there_is_answered_later(qtbot, link):
    jobs, seen = Jobs(), []
    job = jobs.start(Shop.note, "early", done=seen.append)
    jobs.attach(link)
    qtbot.waitUntil(lambda: not job.is_running)
    assert seen == [1]


def test_death_of_the_core_fails_every_job_in_words(qtbot, jobs, link, shop):
    seen: list[AppError] = []
    jobs.start(Shop.count_slowly, 1, failed=seen.append)
    with qtbot.waitSignal(jobs.noticed, check_params_cb=lambda topic: topic == "core_lost"):
        link.die()
    assert isinstance(seen[0], CoreLost)
    assert jobs.running == 0
    shop.may_go_on.set()


def test_failure_nobody_listens_to_is_still_heard(qtbot, jobs):
    with qtbot.waitSignal(jobs.unheard) as heard:
        jobs.start(Shop.refuse, "y")
    assert str(heard.args[0]) == "Not usable: y"
