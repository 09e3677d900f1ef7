"""Plans in the window: rules bundled, customers put on them and taken off, by real services."""

from datetime import UTC, datetime, time, timedelta

import pytest
from PySide6.QtCore import Qt

from tests.fakes import APPLICATION
from tests.gui.fakes import TODAY
from tests.gui.looking import click, column_texts, row_texts, type_into, wait_for
from tests.gui.real import open_page
from tests.prices import rule_draft

DAY = timedelta(days=1)


@pytest.fixture
def panel(qtbot, device, real_window):
    device.clock.now = datetime.combine(TODAY, time(12), UTC)
    device.services.pricing.publish(rule_draft("Tokens"), None)
    page = open_page(qtbot, real_window, "pricing")
    click(qtbot, page.choice.buttons[page.plans])
    wait_for(qtbot, lambda: page.plans.isVisible() and page.plans.rules.count() == 1)
    return page.plans


@pytest.fixture
def team(qtbot, panel):
    """A plan with one rule, chosen in its list."""
    qtbot.keyClicks(panel.name, "Team")
    panel.rules.item(0).setCheckState(Qt.CheckState.Checked)
    click(qtbot, panel.save)
    wait_for(qtbot, lambda: panel.table.chosen() is not None)
    wait_for(qtbot, lambda: panel.customer.count() > 0)
    return panel


def stored(device):
    return device.services.plans.customer_plans(APPLICATION)


def test_plan_bundles_rules_and_shows_where_it_stands(team, device):
    assert row_texts(team.table, 0) == ["Team", "1", "0", "Waiting"]
    (plan,) = device.services.plans.plans(APPLICATION)
    (rule,) = device.rules()
    assert plan.rule_ids == (rule.rule_id,)


def test_customer_is_put_on_a_plan_and_taken_off_again(qtbot, team, device):
    team.customer.setCurrentIndex(team.customer.findText("Aurora"))
    team.day.show_day(TODAY - 3 * DAY)
    click(qtbot, team.put)
    wait_for(qtbot, lambda: column_texts(team.members) == ["Aurora"])
    assert row_texts(team.table, 0)[2] == "1"
    team.members.selectRow(0)
    team.day.show_day(TODAY + DAY)
    click(qtbot, team.take)
    wait_for(qtbot, lambda: stored(device)[0].terms[0].ends_before == TODAY + DAY)
    assert stored(device)[0].terms[0].starts_on == TODAY - 3 * DAY


def test_plan_with_customers_stays_and_says_why(qtbot, team):
    team.customer.setCurrentIndex(team.customer.findText("Aurora"))
    click(qtbot, team.put)
    wait_for(qtbot, lambda: len(column_texts(team.members)) == 1)
    click(qtbot, team.delete)
    wait_for(qtbot, team.message.isVisible)
    assert "Customers are or were on this plan" in team.message.text.text()


def test_deleted_plan_comes_back_with_undo(qtbot, team):
    with qtbot.waitSignal(team.toast_offered) as offered:
        click(qtbot, team.delete)
    wait_for(qtbot, lambda: column_texts(team.table) == [])
    offered.args[1]()
    wait_for(qtbot, lambda: column_texts(team.table) == ["Team"])


def test_plan_without_a_name_is_refused_at_the_field(qtbot, panel, device):
    click(qtbot, panel.save)
    wait_for(qtbot, panel.fields["name"].problem.isVisible)
    assert device.services.plans.plans(APPLICATION) == ()
    type_into(qtbot, panel.name, "Team")
    qtbot.keyClick(panel.name, Qt.Key.Key_Return)
    wait_for(qtbot, lambda: column_texts(panel.table) == ["Team"])
