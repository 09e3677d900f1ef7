"""Sample data: the same for everyone, consistent in itself, never sent, gone in one step."""

from datetime import timedelta

import pytest

from desktop.domain.errors import Cancelled
from desktop.domain.ids import ApplicationId
from desktop.domain.usage import DateRange, Grain, GroupBy, UsageQuestion
from tests.fakes import NOON, no_report
from tests.prices import rule_draft
from tests.unit.test_edits import pushed_edits
from tests.unit.test_sync import RECOMPUTED, SUMS
from tests.unit.test_usage import charted

SAMPLE = ApplicationId("app_sample")
YEAR = DateRange(NOON.date() - timedelta(days=364), NOON.date() + timedelta(days=1))


@pytest.fixture
def sampled(device):
    device.services.sample_data.load(no_report)
    return device


def chart(device, period, grain, group_by):
    question = UsageQuestion(SAMPLE, period, grain, group_by, top=50)
    return charted(device, question)


def test_sample_is_a_badged_year_that_ends_today(sampled):
    (application,) = sampled.services.usage.applications()
    assert application.is_sample
    board = sampled.services.usage.dashboard(SAMPLE, YEAR)
    assert board.is_sample
    assert all(
        sum(column) > 0 for column in zip(*(s.values for s in board.chart.series), strict=True)
    )


def test_sample_agrees_with_itself(sampled):
    week = DateRange(NOON.date() - timedelta(days=6), NOON.date() + timedelta(days=1))
    answers = [
        chart(sampled, week, grain, group_by).total
        for grain in (Grain.DAY, Grain.HOUR)
        for group_by in (GroupBy.ENDPOINT, GroupBy.CUSTOMER, GroupBy.DAY)
    ]
    assert len(set(answers)) == 1
    assert sampled.query(SUMS) == sampled.query(RECOMPUTED)


def test_sample_is_the_same_everywhere(sampled, make_device):
    other = make_device("b")
    other.services.sample_data.load(no_report)
    statement = "SELECT * FROM customer_days ORDER BY 1, 2, 3, 4, 5"
    assert sampled.query(statement) == other.query(statement)


def test_sample_survives_syncs_and_is_never_sent(sampled, hosted):
    sampled.sync()
    hosted.forget_cursors()
    sampled.sync()
    draft = rule_draft("Try", "1", application_id=SAMPLE)
    rule = sampled.services.pricing.publish(draft, None)
    sampled.services.pricing.publish(draft, rule)
    sampled.services.pricing.delete_rule("rule_sample_1")
    sampled.sync()
    assert pushed_edits(hosted) == []
    assert [a.is_sample for a in sampled.services.usage.applications()] == [False, True]
    names = {r.name for r in sampled.services.pricing.list_rules(SAMPLE)}
    assert "Try" in names
    assert "Images" not in names


def test_removing_the_sample_leaves_everything_else(sampled, hosted):
    hosted.count()
    sampled.sync()
    sampled.services.sample_data.remove()
    assert [a.is_sample for a in sampled.services.usage.applications()] == [False]
    assert sampled.query("SELECT DISTINCT application_id FROM endpoint_hours") == [("app_1",)]
    assert sampled.query("SELECT count(*) FROM customer_day_sums") == [(1,)]


def test_loading_twice_is_loading_once(sampled):
    before = sampled.query("SELECT count(*), sum(requests) FROM endpoint_hours")
    sampled.services.sample_data.load(no_report)
    assert sampled.query("SELECT count(*), sum(requests) FROM endpoint_hours") == before


def test_cancelled_loading_leaves_nothing(device):
    def stop(done, total=None):
        if done > 3:
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        device.services.sample_data.load(stop)
    assert not any(a.is_sample for a in device.services.usage.applications())
    assert device.query("SELECT count(*) FROM endpoint_hours") == [(0,)]


def test_sample_shows_what_a_what_if_is_for(sampled):
    """Tiers, packages, a plan in the middle of the year, and drafts that move bills both ways."""
    (scenario,) = sampled.services.what_if.scenarios(SAMPLE)
    answer = sampled.services.what_if.simulate(no_report, scenario.question)
    one_price, smaller = (draft.currencies[0] for draft in answer.drafts)
    assert one_price.up.customers > 0
    assert one_price.down.customers > 0
    assert smaller.up.customers > smaller.down.customers == 0
    assert one_price.unchanged > 0  # who is on the plan pays its price
    sampled.services.sample_data.remove()
    assert sampled.services.what_if.scenarios(SAMPLE) == ()
