"""Activity: the log is searched and read page by page, and its chain is told."""

import pytest

from desktop.domain.access import ChainState
from desktop.domain.errors import ServiceRefused
from desktop.domain.privacy.purposes import Purpose
from desktop.views.activity_page import ActivityPage
from desktop.views.state_page import PageState
from desktop.views.translations import translate
from tests.gui.fake_access import PAGE
from tests.gui.looking import (
    click,
    column_texts,
    row_texts,
    type_into,
    visible_texts,
    wait_for,
    wait_for_content,
    wait_for_state,
)


@pytest.fixture
def page(qtbot, qapp, jobs, theme):
    translate(qapp)
    page = ActivityPage(jobs)
    qtbot.addWidget(page)
    page.resize(1060, 740)
    page.show()
    wait_for_content(qtbot, page)
    wait_for(qtbot, page.check.isEnabled)
    return page


def chain_text(page):
    (said,) = visible_texts(page.chain)[-1:]
    return said


def test_list_says_who_changed_what(page):
    assert row_texts(page.table, 1)[:3] == ["Desktop on studio", "Changed", "Pricing rule"]
    assert row_texts(page.table, 3)[0] == "Command line of the service"
    assert chain_text(page) == "The log is whole: 200 entries fit the chain."


def test_a_change_is_told_field_by_field(page):
    page.table.selectRow(1)
    assert page.card.heading.whole_text() == "Changed: Pricing rule"
    assert row_texts(page.card.changes, 0) == ["unit price", "0.0018", "0.002"]
    assert "Entry 199" in page.card.about.text()
    assert page.card.chain.text().startswith("5e88")


def test_scrolling_brings_the_next_page(qtbot, page):
    assert page.table.model().rowCount() == PAGE
    assert page.count.text().endswith("scroll for more")
    for least in (2 * PAGE, 100):
        bar = page.table.verticalScrollBar()
        bar.setValue(bar.maximum())
        wait_for(qtbot, lambda least=least: page.table.model().rowCount() >= least)
    assert page.count.text() == "100 changes"


def test_search_and_kinds_narrow_the_list(qtbot, page, controls):
    type_into(qtbot, page.filters.text, "Scraping")
    wait_for(qtbot, lambda: column_texts(page.table, 2) == ["Block"])
    page.filters.clear()
    wait_for(qtbot, lambda: page.table.model().rowCount() == PAGE)
    page.filters.entity.setCurrentIndex(page.filters.entity.findData("token"))
    page.filters.changed.emit()
    wait_for(qtbot, lambda: column_texts(page.table, 1) == ["Revoked", "Issued"])


def test_nothing_found_is_no_empty_log(qtbot, page):
    type_into(qtbot, page.filters.text, "no such thing")
    wait_for(qtbot, lambda: page.table.model().rowCount() == 0)
    assert page.states.state is PageState.CONTENT


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (ChainState.BROKEN, "entry 17 does not fit"),
        (ChainState.CUT, "cut off and written anew"),
        (ChainState.UNKNOWN, "not been checked yet"),
    ],
)
def test_a_log_that_is_not_whole_is_said_in_words(qtbot, page, controls, state, words):
    controls.chain = state
    click(qtbot, page.check)
    wait_for(qtbot, lambda: words in chain_text(page))


def test_offline_the_last_page_and_the_last_check_are_shown(qtbot, page, controls):
    controls.online = False
    page.reload()
    wait_for_state(qtbot, page, PageState.OFFLINE)
    click(qtbot, page.check)
    wait_for(qtbot, lambda: "Checked" in chain_text(page))


def test_a_token_that_may_not_read_the_log_is_told(qtbot, page, controls):
    controls.fail_with("ActivityService.page", ServiceRefused("A viewer may not do this."))
    page.reload()
    wait_for_state(qtbot, page, PageState.ERROR)
    assert page.states.message.text.text() == "A viewer may not do this."


def test_an_empty_log_says_what_it_is_for(qtbot, page, controls):
    controls.changes = ()
    page.reload()
    wait_for_state(qtbot, page, PageState.EMPTY)


def test_record_of_privacy_is_followed_and_an_altered_one_is_told(qtbot, device, real_window):
    device.services.privacy.preferences.choose("jane@example.org", Purpose.NEWS, wanted=False)
    real_window.show_page("activity")
    page = real_window.pages["activity"]
    wait_for(qtbot, lambda: "is whole" in "".join(visible_texts(page.privacy_chain)))
    with device.services.vault.transaction() as db:
        db.execute("DROP TRIGGER privacy_audit_stays")
        db.execute("UPDATE privacy_audit SET subject = 'PR-0009'")
    page._verify()
    wait_for(qtbot, lambda: "was altered" in "".join(visible_texts(page.privacy_chain)))
