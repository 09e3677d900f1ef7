"""Every question's answer equals a recount of the calls, one by one.

`USAGEFLOW_RECOUNT_EXAMPLES=2000 pytest tests/unit/usage/test_recount.py` tries more worlds.
"""

import os
import random
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.messages.rollups import ANONYMOUS, OTHERS
from desktop.domain.usage import DateRange, Stamp
from desktop.domain.usage_questions import (
    PERCENTILES,
    STATUS_CLASSES,
    Comparison,
    Dimension,
    Filter,
    Grain,
    Measure,
    Question,
    obstacle,
)
from desktop.services import usage_counts
from desktop.services.calls import no_report
from desktop.services.storage import packed_days, sync_state
from desktop.services.usage_questions import UsageQuestionService
from tests.unit.usage.world import (
    CUSTOMERS,
    ENDPOINTS,
    MemoryVault,
    Recount,
    fill,
    of_app,
    traffic,
)

EXAMPLES = int(os.environ.get("USAGEFLOW_RECOUNT_EXAMPLES", "25"))
QUESTIONS_A_WORLD = 15
NOW = datetime(2027, 2, 1, tzinfo=UTC)
COUNTED = [measure for measure in Measure if measure is not Measure.REVENUE]
WITHIN = 0.0393


@pytest.fixture(scope="module")
def service(database):
    def stamp():
        return Stamp(NOW, online=True)

    with pytest.MonkeyPatch.context() as patch:
        # Of a handful of customers many are left, and fill several blocks.
        patch.setattr(packed_days, "BLOCK", 2)
        patch.setattr(usage_counts, "FEW_CUSTOMERS", 1)
        yield UsageQuestionService(MemoryVault(database), stamp, lambda: NOW)


def keys_of(dimension, rnd):
    every = {
        Dimension.ENDPOINT: [f"{end}@app_{n}" for end in ENDPOINTS for n in (1, 2)],
        Dimension.CUSTOMER: [
            *(of_app(one, app) for one in CUSTOMERS for app in ("app_1", "app_2")),
            OTHERS,
        ],
        Dimension.METHOD: ["GET", "POST"],
        Dimension.APPLICATION: ["app_1", "app_2"],
        Dimension.STATUS_CLASS: STATUS_CLASSES,
        Dimension.PLAN: ["plan_1", "plan_2", "none"],
        Dimension.HOUR_OF_WEEK: [f"{day}-{hour:02}" for day in range(7) for hour in range(24)],
    }[dimension]
    return tuple({*rnd.sample(every, rnd.randint(1, len(every)))})


def any_question(rnd, middle):
    """A question about the days around one, which somebody can answer."""
    dimensions = [one for one in Dimension if one is not Dimension.RULE]
    while True:
        start = middle + timedelta(days=rnd.randint(-45, 2))
        filters = tuple(
            Filter(dimension, keys_of(dimension, rnd), rnd.random() < 0.4)
            for dimension in rnd.sample(dimensions, rnd.choice((0, 0, 1, 2)))
        )
        question = Question(
            DateRange(start, start + timedelta(days=rnd.choice((1, 2, 7, 30, 60)))),
            rnd.choice(COUNTED),
            rnd.choice((None, "app_1")),
            rnd.choice(tuple(Grain)),
            rnd.choice((None, *dimensions)),
            filters,
            rnd.choice((Comparison.NONE, Comparison.PREVIOUS)),
            rnd.choice((1, 3, 1000)),
        )
        if not obstacle(question):
            return question


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.integers(0, 2**32))
def test_every_answer_equals_a_recount_of_the_calls(database, service, seed):
    rnd = random.Random(seed)  # noqa: S311 (the same questions for the same seed)
    world = traffic(seed)
    database.execute("BEGIN")
    try:
        sync_state.store_cursor(database, "backfill", sync_state.Reached("c", finished=True))
        fill(database, world, seed)
        for _ in range(QUESTIONS_A_WORLD):
            question = any_question(rnd, world.plan_changes)
            answer = service.ask(no_report, question, 0)
            assert_recounted(world, answer)
            assert_compared(service, answer)
    finally:
        database.execute("ROLLBACK")


def assert_recounted(world, answer):
    question = answer.question
    recount = Recount(world, question, answer.starts, answer.labels)
    cells, rest = recount.cells()
    known = defaultdict(list)
    everything, whole = [], defaultdict(list)
    for (key, place), calls in cells.items():
        known[key] += calls
        everything += calls
        whole[place] += calls
    (total,) = answer.totals
    shown = {series.key: series for series in answer.series}
    named = [key for key in shown if key]
    for key in named:
        assert_value(question, shown[key].total, recount.value(known[key]), recount)
        for place in range(len(answer.starts)):
            value = shown[key].values[place]
            assert_value(question, value, recount.value(cells.get((key, place), [])), recount)
    if question.group_by is not None:
        others = [call for key, calls in known.items() if key not in named for call in calls]
        if "" in shown:
            assert_value(question, shown[""].total, recount.value(others), recount)
        else:
            assert not recount.value(others)
        sized = [
            key
            for key in known
            if key not in {"", OTHERS} and weight(question, recount, known[key])
        ]
        assert answer.groups == len(sized)
        assert len(named) == min(question.top, len(sized))
        least = min((weight(question, recount, known[key]) for key in named), default=0)
        for key in sized:
            assert key in named or weight(question, recount, known[key]) <= least
    assert_value(question, total.total, recount.value(everything), recount)
    for place in range(len(answer.starts)):
        assert_value(question, total.values[place], recount.value(whole[place]), recount)
    assert sum(one.requests for one in answer.left_out) == rest


def weight(question, recount, calls):
    """By what groups are ranked."""
    return len(calls) if question.measure in PERCENTILES else recount.value(calls)


def assert_value(question, value, expected, recount):
    if value is None:
        assert not expected
    elif question.measure in PERCENTILES:
        assert abs(value - 1000 * expected) <= WITHIN * 1000 * expected
    else:
        assert value == expected


def assert_compared(service, answer):
    """The comparison is the answer to the same question about the days before."""
    question = answer.question
    if question.comparison is Comparison.NONE or question.group_by is not None:
        return
    days = question.period.end - question.period.start
    period = DateRange(question.period.start - days, question.period.start)
    if question.period.start.day == question.period.end.day == 1:
        return
    before = service.ask(no_report, replace(question, period=period, comparison=Comparison.NONE), 0)
    (line,), (same,) = answer.series, before.series
    assert line.total_before == same.total
    size = min(len(line.values), len(same.values))
    assert line.before[:size] == same.values[:size]
    assert ANONYMOUS not in line.key
