"""The tabs of the Privacy page over a real vault: each loads, acts, and says what is wrong."""

import pytest
from PySide6.QtCore import QDate
from PySide6.QtWidgets import QFileDialog

from desktop.domain.errors import VaultError
from desktop.domain.privacy.categories import Category
from desktop.domain.privacy.kinds import RequestKind
from desktop.domain.privacy.purposes import Purpose
from desktop.domain.privacy.recipients import Recipient, RecipientKind, Review
from desktop.domain.privacy.telling import About
from desktop.views.state_page import PageState
from tests.gui.looking import click, column_texts, type_into, visible_texts, wait_for
from tests.gui.real import open_page
from tests.gui.test_privacy_page import log

TABS = ("data-map", "retention", "preferences", "policy", "recipients", "breaches", "self-audit")
EMPTY = {"policy", "breaches", "self-audit"}


@pytest.fixture
def page(qtbot, real_window):
    real_window.show_page("privacy")
    page = real_window.pages["privacy"]
    wait_for(qtbot, lambda: page.states.state is PageState.EMPTY)
    return page


def opened(qtbot, page, name):
    click(qtbot, page.part.buttons[name])
    tab = page.tab(name)
    wait_for(qtbot, lambda: tab.states.state in {PageState.CONTENT, PageState.EMPTY})
    return tab


def test_each_tab_opens_with_its_content_or_says_why_there_is_none(qtbot, page):
    for name in TABS:
        tab = opened(qtbot, page, name)
        assert tab.isVisible()
        assert not page.states.isVisible()
        assert (tab.states.state is PageState.EMPTY) == (name in EMPTY), name
        assert "\n".join(visible_texts(tab))
        click(qtbot, page.part.buttons["requests"])
        assert page.states.isVisible()
        assert not tab.isVisible()
    page.show_part("breaches")
    assert page.tab("breaches").isVisible()
    page.show_part("unknown request")
    assert page.part.value() == "requests"


def test_tab_that_cannot_load_says_so_and_tries_again(qtbot, page, device, monkeypatch):
    def fail(*_):
        raise VaultError("The disk is full. Nothing was changed.")

    service = device.services.privacy.retention
    monkeypatch.setattr(service, "_line", fail)
    click(qtbot, page.part.buttons["retention"])
    tab = page.tab("retention")
    wait_for(qtbot, lambda: tab.states.state is PageState.ERROR)
    assert "disk is full" in tab.states.message.text.text()
    monkeypatch.undo()
    tab.reload()
    wait_for(qtbot, lambda: tab.states.state is PageState.CONTENT)


def test_rule_is_changed_and_the_job_run(qtbot, page, device):
    tab = opened(qtbot, page, "retention")
    assert "Single calls that were opened" in column_texts(tab.table, 0)
    tab.days.setValue(0)
    tab.months.setValue(0)
    click(qtbot, tab.save)
    wait_for(qtbot, lambda: "one day to 50 years" in tab.fields["period"].problem.text())
    tab.days.setValue(30)
    click(qtbot, tab.save)
    wait_for(qtbot, lambda: "30 days" in column_texts(tab.table, 1))
    click(qtbot, tab.run)
    wait_for(qtbot, lambda: "removed 0 rows" in tab.last_run.text())
    tab.holidays.setPlainText("2026-12-25")
    tab._save_holidays()
    wait_for(qtbot, lambda: bool(device.services.privacy_requests.holidays()))


def test_person_opts_out_and_a_list_is_checked(qtbot, page, device):
    tab = opened(qtbot, page, "preferences")
    click(qtbot, tab.refuse)
    wait_for(qtbot, lambda: "no e-mail address" in tab.fields["address"].problem.text())
    type_into(qtbot, tab.address, "jane@example.org")
    click(qtbot, tab.refuse)
    wait_for(qtbot, lambda: "1" in column_texts(tab.table, 1))
    assert any("News: refused" in text for text in visible_texts(tab.choices))
    tab.contacts.setPlainText("jane@example.org\nomar@example.net")
    tab._check()
    wait_for(qtbot, lambda: "1 may be written to" in visible_texts(tab.checked))
    click(qtbot, tab.agree)
    wait_for(qtbot, lambda: any("agreed" in text for text in visible_texts(tab.choices)))


def test_policy_is_published_agreed_and_told(qtbot, page, device, tmp_path, monkeypatch):
    tab = opened(qtbot, page, "policy")
    tab.states.show_content()
    click(qtbot, tab.publish)
    wait_for(qtbot, lambda: "1 to 200,000" in tab.fields["text"].problem.text())
    tab.text.setPlainText("We keep little.")
    tab.summary.setText("The first one.")
    tab.effective.setDate(QDate(2026, 6, 1))
    tab.material.setChecked(True)
    click(qtbot, tab.publish)
    wait_for(qtbot, lambda: "In force" in column_texts(tab.table, 2))
    wait_for(qtbot, lambda: any("have not agreed" in t for t in visible_texts(tab.pending)))
    path = str(tmp_path / "privacy.html")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (path, ""))
    click(qtbot, tab.write_page)
    wait_for(qtbot, (tmp_path / "privacy.html").exists)
    tab.purpose.choose(Purpose.SERVICE_NOTICE)
    tab.subject.setText("Our policy changes")
    tab.letter.setPlainText("From June on.")
    tab.contacts.setPlainText("jane@example.org")
    assert not tab.send.isEnabled(), "a look comes before sending"
    tab._preview()
    wait_for(qtbot, tab.send.isEnabled)
    assert "1 would get it" in visible_texts(tab.dry_run)
    tab.subject.setText("Changed")
    assert not tab.send.isEnabled()
    tab._preview()
    wait_for(qtbot, tab.send.isEnabled)
    tab._send()
    wait_for(qtbot, lambda: len(device.services.mail.service.picture().letters) == 1)


def test_recipient_is_entered_and_a_disclosure_logged(qtbot, page, device):
    tab = opened(qtbot, page, "recipients")
    assert "Stripe" in column_texts(tab.table, 0)
    tab._clear()
    click(qtbot, tab.save)
    wait_for(qtbot, lambda: "write something" in tab.fields["name"].problem.text())
    tab.name.setText("Hosting Ltd")
    tab.purpose.setText("Hosting")
    tab.agreement.setText("DPA 1")
    tab.categories.show_values((Category.USAGE,))
    tab.has_review.setChecked(True)
    tab.review_by.setDate(QDate(2020, 1, 1))
    click(qtbot, tab.save)
    wait_for(qtbot, lambda: "Hosting Ltd" in column_texts(tab.table, 0))
    lines = {line.recipient.name: line for line in tab.table.table_model.rows}
    assert lines["Hosting Ltd"].review is Review.OVERDUE
    tab.table.choose(lines["Hosting Ltd"].recipient.recipient_id)
    assert tab.categories.values() == (Category.USAGE,)


def test_breach_is_recorded_told_and_closed(qtbot, page, device):
    tab = opened(qtbot, page, "breaches")
    tab.states.show_content()
    assert not tab._told_card.isEnabled()
    tab.aware_at.setDateTime(tab.aware_at.dateTime().fromSecsSinceEpoch(1_781_500_000))
    click(qtbot, tab.save)
    wait_for(qtbot, lambda: "write something" in tab.fields["title"].problem.text())
    tab.title.setText("Stolen laptop")
    click(qtbot, tab.save)
    wait_for(qtbot, lambda: column_texts(tab.table, 0) == ["Stolen laptop"])
    click(qtbot, tab.close_it)
    wait_for(qtbot, tab.fields["facts"].problem.isVisible)
    for field in (tab.facts, tab.effects, tab.measures):
        field.setPlainText("Known.")
    click(qtbot, tab.save)
    wait_for(qtbot, lambda: device.services.privacy.breaches.listed()[0].breach.facts == "Known.")
    click(qtbot, tab.write)
    wait_for(qtbot, lambda: "Stolen laptop" in tab.draft.toPlainText())
    tab.delay.setText("Nobody knew.")
    click(qtbot, tab.tell)
    wait_for(qtbot, lambda: "Told" in column_texts(tab.table, 2))
    click(qtbot, tab.close_it)
    wait_for(qtbot, lambda: "Closed" in column_texts(tab.table, 2))


def test_audit_runs_and_four_eyes_are_set(qtbot, page, device, tmp_path, monkeypatch):
    device.services.privacy.self_audit._distributions = list
    tab = opened(qtbot, page, "self-audit")
    tab._run()
    wait_for(qtbot, lambda: tab.states.state is PageState.CONTENT)
    assert any("Encryption" in text for text in visible_texts(tab.findings))
    path = str(tmp_path / "audit.json")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (path, ""))
    click(qtbot, tab.write)
    wait_for(qtbot, (tmp_path / "audit.json").exists)
    tab._save_numbers()
    wait_for(qtbot, lambda: "Written" in tab.message.text.text())
    tab.next.setText("short")
    tab._choose_second()
    wait_for(qtbot, lambda: "8 characters" in tab.fields["new"].problem.text())
    tab.next.setText("a second person's words")
    tab._choose_second()
    wait_for(qtbot, lambda: tab.next.text() == "")
    assert tab in [parent for part in page.secret_parts() for parent in ancestors(part)]
    tab.second.setText("wrong words")
    tab.export.setChecked(True)
    tab._guard()
    wait_for(qtbot, lambda: "not the second" in tab.fields["passphrase"].problem.text())


def ancestors(widget):
    while widget is not None:
        yield widget
        widget = widget.parentWidget()


def test_data_map_takes_the_owners_words(qtbot, page, tmp_path, monkeypatch):
    tab = opened(qtbot, page, "data-map")
    tab.category.choose(Category.USAGE)
    tab._fill_editor()
    tab.retention.setText("30 days.")
    tab.given_to.setText("Hosting Ltd, ")
    tab._save()
    wait_for(qtbot, lambda: "30 days." in visible_texts(tab.cards))
    assert "Hosting Ltd" in visible_texts(tab.cards)
    path = str(tmp_path / "map.csv")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (path, ""))
    click(qtbot, tab.export)
    wait_for(qtbot, (tmp_path / "map.csv").exists)


def test_recipient_who_has_to_be_told_is_ticked_and_undo_takes_it_back(qtbot, device, real_window):
    host = Recipient("", "Hosting Ltd", RecipientKind.PROVIDER, "Hosting", (Category.USAGE,))
    device.services.privacy.recipients.save(host)
    request_id = log(device, RequestKind.CORRECTION).line.request_id
    device.services.erasing.telling.begin(About.CORRECTION, ("cor_1", request_id), ())
    page = open_page(qtbot, real_window, "privacy")
    page.show_part("recipients")
    card = page.tabs["recipients"].tellings
    wait_for(qtbot, card.isVisible)
    (tick,) = card.ticks.values()
    assert "Hosting Ltd" in tick.accessibleName()
    click(qtbot, tick)
    wait_for(qtbot, lambda: not card.ticks)
    assert any("told" in text for text in visible_texts(card.lines))
    click(qtbot, real_window.toast.undo)
    wait_for(qtbot, lambda: bool(card.ticks))
