"""What is kept beside the charts: saved views, and events of prices, limits and the owner."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from desktop.domain.errors import InvalidInput
from desktop.domain.ids import ApplicationId
from desktop.domain.usage import DateRange
from desktop.domain.usage_questions import (
    Comparison,
    Dimension,
    Filter,
    Grain,
    Measure,
    Question,
)
from desktop.domain.usage_views import ChartKind, EventKind, UsageView
from desktop.services.sample_data import SAMPLE_ID
from desktop.services.storage import saved_views
from tests.fakes import APPLICATION, NOON
from tests.prices import rule_body
from tests.unit.test_rules import DRAFT, known  # noqa: F401 (a fixture)
from tests.unit.test_what_if import publish

APP = ApplicationId(APPLICATION)
JUNE = DateRange(date(2026, 6, 1), date(2026, 7, 1))
QUESTION = Question(
    JUNE,
    Measure.UNITS,
    APP,
    Grain.WEEK,
    Dimension.ENDPOINT,
    (Filter(Dimension.CUSTOMER, ("cus_1", "cus_2"), excludes=True),),
    Comparison.LAST_YEAR,
    10,
)


def explorer(device):
    return device.services.explorer


def said(device, period=JUNE):
    return [(event.kind, event.words) for event in explorer(device).events(APP, period)]


def test_view_comes_back_as_it_was_saved_after_the_vault_was_closed(device):
    view = UsageView(QUESTION, ChartKind.AREAS, 30, Decimal("0.25"))
    saved = explorer(device).save_view(APP, "  June by week ", view)
    device.reopen()
    (found,) = explorer(device).views(APP)
    assert found == saved
    assert (found.name, found.view) == ("June by week", view)


def test_view_of_the_same_name_is_replaced_and_views_are_listed_by_name(device):
    for name, kind in (("b", ChartKind.BARS), ("A", ChartKind.HEAT), ("b", ChartKind.LINES)):
        explorer(device).save_view(APP, name, UsageView(QUESTION, kind))
    assert [(one.name, one.view.kind) for one in explorer(device).views(APP)] == [
        ("A", ChartKind.HEAT),
        ("b", ChartKind.LINES),
    ]
    explorer(device).delete_view(explorer(device).views(APP)[0].view_id)
    assert [one.name for one in explorer(device).views(APP)] == ["b"]


@pytest.mark.parametrize("name", ["", "   ", "x" * 101])
def test_view_needs_a_name(device, name):
    with pytest.raises(InvalidInput, match="Nothing was saved") as caught:
        explorer(device).save_view(APP, name, UsageView(QUESTION))
    assert caught.value.field == "name"


def test_views_are_bounded(device, monkeypatch):
    monkeypatch.setattr(saved_views, "MOST", 2)
    for name in ("a", "b"):
        explorer(device).save_view(APP, name, UsageView(QUESTION))
    with pytest.raises(InvalidInput, match="delete one"):
        explorer(device).save_view(APP, "c", UsageView(QUESTION))


def test_incident_is_shown_in_its_days_and_can_be_taken_away(device):
    device.sync()
    noted = explorer(device).note_incident(APP, NOON, " Database\n failover ")
    assert said(device) == [(EventKind.INCIDENT, "Database failover")]
    assert explorer(device).events(APP, DateRange(date(2026, 7, 1), date(2026, 8, 1))) == ()
    explorer(device).forget_incident(noted.incident_id)
    assert said(device) == []


@pytest.mark.parametrize("words", ["", " \n", "x" * 201])
def test_incident_needs_words(device, words):
    with pytest.raises(InvalidInput, match="what happened"):
        explorer(device).note_incident(APP, NOON, words)


def test_incident_of_another_zone_falls_on_the_right_local_day(device, hosted):
    hosted.put("application", APPLICATION, {"name": "A", "time_zone": "Asia/Tokyo"})
    device.sync()
    late = datetime(2026, 6, 30, 16, tzinfo=UTC)  # the first of July in Tokyo
    explorer(device).note_incident(APP, late, "Outage")
    assert said(device) == []
    assert said(device, DateRange(date(2026, 7, 1), date(2026, 7, 2))) == [
        (EventKind.INCIDENT, "Outage")
    ]


def test_published_price_is_an_event(device, hosted):
    publish(hosted, "rule_1", rule_body(APPLICATION, "0.01", "Images"))
    device.sync()
    january = DateRange(date(2026, 1, 1), date(2026, 1, 2))
    assert said(device, january) == [(EventKind.PRICE, "Images, version 1")]


def test_changed_limit_is_an_event_and_another_field_is_none(known):  # noqa: F811 (the fixture)
    policies = known.services.policies
    policies.save_policy(DRAFT, None, ())
    known.sync()
    assert [kind for kind, _ in said(known)] == [EventKind.LIMIT]
    (line,) = (one for one in policies.endpoints(APP) if one.policy)
    policies.save_policy(replace(DRAFT, note="other words"), line.policy, ())
    known.sync()
    assert len(said(known)) == 1


def test_application_that_is_gone_has_no_events(device):
    assert explorer(device).events(ApplicationId("app_gone"), JUNE) == ()


def test_last_days_follow_the_calendar_and_own_dates_stay():
    view = UsageView(QUESTION, days=7).on(date(2026, 11, 23))
    assert view.question.period == DateRange(date(2026, 11, 17), date(2026, 11, 24))
    assert UsageView(QUESTION).on(date(2026, 11, 23)).question.period == JUNE


def test_each_kind_asks_what_it_draws():
    (heat,) = UsageView(QUESTION, ChartKind.HEAT).questions()
    assert (heat.group_by, heat.grain, heat.top) == (Dimension.HOUR_OF_WEEK, Grain.WHOLE, 168)
    assert heat.filters == QUESTION.filters
    bands = UsageView(QUESTION, ChartKind.BANDS).questions()
    assert [one.measure for one in bands] == [Measure.P50, Measure.P95, Measure.P99]
    assert {one.group_by for one in bands} == {None}
    (pareto,) = UsageView(replace(QUESTION, group_by=None), ChartKind.PARETO).questions()
    assert (pareto.group_by, pareto.grain) == (Dimension.CUSTOMER, Grain.WHOLE)
    assert UsageView(QUESTION, ChartKind.COHORT).questions() == ()
    assert UsageView(QUESTION).questions() == (QUESTION,)


def test_views_and_notes_of_the_sample_go_with_it(device):
    explorer(device).save_view(SAMPLE_ID, "mine", UsageView(QUESTION))
    explorer(device).note_incident(SAMPLE_ID, NOON, "Outage")
    device.services.sample_data.remove()
    assert device.query("SELECT count(*) FROM saved_views")[0][0] == 0
    assert device.query("SELECT count(*) FROM incidents")[0][0] == 0
