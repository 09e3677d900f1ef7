"""Privacy requests in the window: logged, moved on, ended; over a real vault."""

from datetime import timedelta

import pytest
from PySide6.QtCore import QDate, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from contract.messages.customers import CustomerBody
from contract.messages.traces import TracesPage
from desktop.domain.errors import VaultError
from desktop.domain.privacy.kinds import Action, Channel, Evidence, RequestKind
from desktop.domain.privacy.requests import NewRequest, Person
from desktop.views import figures
from desktop.views.privacy import words
from desktop.views.state_page import PageState
from tests.fakes import APPLICATION, NOON, no_report
from tests.gui.looking import (
    click,
    click_row,
    column_texts,
    row_texts,
    type_into,
    visible_texts,
    wait_for,
)
from tests.gui.real import open_page

MAIL = """From: Jane Doe <jane@example.org>
Date: Wed, 10 Jun 2026 23:30:00 +0000
Subject: My data

Please delete everything you hold about me.
"""


def log(device, kind=RequestKind.ACCESS, name="Jane Doe", **changes):
    given = {"received_at": NOON, "zone": "UTC", "text": "A copy, please."} | changes
    person = Person(name, f"{name.split()[0].lower()}@example.org")
    asked = NewRequest(kind, Channel.EMAIL, person=person, **given)
    return device.services.privacy_requests.log_request(asked)


@pytest.fixture
def page(qtbot, real_window):
    real_window.show_page("privacy")
    page = real_window.pages["privacy"]
    wait_for(qtbot, lambda: page.states.state in {PageState.EMPTY, PageState.CONTENT})
    return page


@pytest.fixture
def chosen(qtbot, device, real_window):
    """The page with an access request of Jane on show."""
    log(device)
    page = open_page(qtbot, real_window, "privacy")
    click_row(qtbot, page.queue, "Jane Doe")
    wait_for(qtbot, lambda: page.panel.heading.whole_text() == "PR-0001 · Access · Jane Doe")
    return page


def press(qtbot, page, action):
    """Press the action's button once it can be seen."""
    button = page.panel.steps.buttons[action]
    wait_for(qtbot, button.isVisible)
    click(qtbot, button)


def record(page):
    return visible_texts(page.panel.timeline)


def test_first_request_is_logged_from_a_pasted_mail(qtbot, page):
    assert page.states.state is PageState.EMPTY
    click(qtbot, page.new)
    type_into(qtbot, page.form.text, "")
    page.form.text.setPlainText(MAIL)
    click(qtbot, page.form.read)
    wait_for(qtbot, lambda: page.form.name.text() == "Jane Doe")
    assert page.form.email.text() == "jane@example.org"
    assert page.form.kind.value() is RequestKind.DELETION
    click(qtbot, page.form.save)
    wait_for(qtbot, lambda: column_texts(page.queue) == ["Jane Doe"])
    assert row_texts(page.queue, 0)[1:3] == ["PR-0001", "Deletion"]
    wait_for(qtbot, lambda: page.panel.heading.whole_text() == "PR-0001 · Deletion · Jane Doe")
    assert "Please delete everything you hold about me." in page.panel.text.text()
    assert page.window().focusWidget() is page.queue


def test_problem_appears_beside_its_field(qtbot, page):
    click(qtbot, page.new)
    page.form.received.setDate(QDate(2026, 6, 14))
    type_into(qtbot, page.form.email, "jane")
    click(qtbot, page.form.save)
    wait_for(qtbot, page.form.fields["email"].problem.isVisible)
    assert "not an e-mail" in page.form.fields["email"].problem.text()
    type_into(qtbot, page.form.email, "jane@example.org")
    click(qtbot, page.form.save)
    wait_for(qtbot, lambda: column_texts(page.queue) == ["jane@example.org"])


def test_what_cannot_be_read_is_said_at_the_message(qtbot, page):
    click(qtbot, page.new)
    page.form.text.setPlainText('{"exercise": "dancing"}')
    click(qtbot, page.form.read)
    wait_for(qtbot, page.form.fields["text"].problem.isVisible)


def test_queue_shows_the_most_urgent_first(qtbot, device, real_window):
    device.clock.now = NOON + timedelta(days=28)
    log(device, RequestKind.INQUIRY, "Later", received_at=device.clock())
    log(device, RequestKind.INQUIRY, "Soon")
    page = open_page(qtbot, real_window, "privacy")
    assert column_texts(page.queue) == ["Soon", "Later"]
    assert "in 2 day" in str(row_texts(page.queue, 0)[3])
    assert page.summary.text() == "2 open"


def test_access_request_goes_from_identity_to_answer(qtbot, chosen):
    assert not chosen.panel.steps.buttons[Action.ANSWER].isVisible()
    press(qtbot, chosen, Action.CONFIRM_IDENTITY)
    assert chosen.panel.steps.focusWidget() is next(iter(chosen.panel.steps.evidence.values()))
    click(qtbot, chosen.panel.steps.confirm)
    wait_for(qtbot, lambda: "Nothing was recorded" in chosen.panel.steps.evidence_problem.text())
    click(qtbot, chosen.panel.steps.evidence[Evidence.CODE])
    click(qtbot, chosen.panel.steps.confirm)
    press(qtbot, chosen, Action.ANSWER)
    wait_for(qtbot, lambda: row_texts(chosen.queue, 0)[3] == figures.NOTHING)
    assert not chosen.panel.steps.isVisible()
    assert "Answered" in record(chosen)[0]
    assert "A code sent to the address on file came back" in record(chosen)[1]


@pytest.fixture
def with_jane(qtbot, device, hosted, real_window):
    """The page with a request of Jane, who is a customer and has shown who she is."""
    customer = CustomerBody(application_id=APPLICATION, name="Jane Doe")
    hosted.put("customer", "cus_jane", customer.model_dump(mode="json"))
    hosted.count("end_1", "cus_jane", 3600, requests=4)
    hosted.live["GET", "/v1/traces"] = TracesPage(rows=())
    device.sync()
    detail = log(device)
    device.services.privacy_requests.confirm_identity(detail.line.request_id, (Evidence.CODE,))
    page = open_page(qtbot, real_window, "privacy")
    click_row(qtbot, page.queue, "Jane Doe")
    wait_for(qtbot, page.panel.package.begin.isVisible)
    return page


def test_file_of_a_person_is_built_after_the_owner_said_who_they_are(
    qtbot, device, with_jane, tmp_path, monkeypatch
):
    page, package = with_jane, with_jane.panel.package
    click(qtbot, package.begin)
    wait_for(qtbot, package.write.isVisible)
    (box,) = package.boxes.values()
    assert box.text() == "Jane Doe · cus_jane (by name)"
    click(qtbot, box)
    assert not package.write.isEnabled()
    click(qtbot, box)
    path = str(tmp_path / "jane.zip")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (path, ""))
    click(qtbot, package.write)
    wait_for(qtbot, package.copy.isVisible)
    click(qtbot, package.copy)
    passphrase = QGuiApplication.clipboard().text()
    checked = device.services.privacy_packages.check(no_report, path, passphrase)
    assert checked.is_ours
    assert passphrase in visible_texts(package.receipt)
    click_row(qtbot, page.queue, "Jane Doe")
    page.queue.clearSelection()
    wait_for(qtbot, lambda: not package.isVisible())
    assert passphrase not in visible_texts(page)


def test_person_nobody_knows_is_said(qtbot, device, real_window):
    detail = log(device, name="Nobody Known")
    device.services.privacy_requests.confirm_identity(detail.line.request_id, (Evidence.CODE,))
    page = open_page(qtbot, real_window, "privacy")
    click_row(qtbot, page.queue, "Nobody Known")
    wait_for(qtbot, page.panel.package.begin.isVisible)
    click(qtbot, page.panel.package.begin)
    wait_for(qtbot, page.panel.package.message.isVisible)
    assert "No customer has this name" in page.panel.package.message.text.text()


def test_extension_needs_its_reason(qtbot, chosen):
    press(qtbot, chosen, Action.EXTEND)
    click(qtbot, chosen.panel.steps.confirm)
    wait_for(qtbot, chosen.panel.steps.reason_field.problem.isVisible)
    type_into(qtbot, chosen.panel.steps.reason, "40 million calls")
    QTest.keyClick(chosen.panel.steps.reason, Qt.Key.Key_Return)
    wait_for(qtbot, lambda: "40 million calls" in record(chosen)[0])
    press(qtbot, chosen, Action.REMOVE_EXTENSION)
    wait_for(qtbot, lambda: "Extension removed" in record(chosen)[0])


def test_question_can_be_left_without_an_answer(qtbot, chosen):
    press(qtbot, chosen, Action.REFUSE)
    wait_for(qtbot, chosen.panel.steps.refusal.isVisible)
    click(qtbot, chosen.panel.steps.back)
    assert chosen.panel.steps.buttons[Action.REFUSE].isVisible()
    assert len(record(chosen)) == 1


def test_pause_says_why_and_ends(qtbot, chosen):
    press(qtbot, chosen, Action.PAUSE)
    click(qtbot, chosen.panel.steps.confirm)
    wait_for(qtbot, lambda: "Proof of identity was asked for" in record(chosen)[0])
    press(qtbot, chosen, Action.RESUME)
    wait_for(qtbot, lambda: "Clock runs again" in record(chosen)[0])


def test_note_joins_the_record(qtbot, chosen):
    type_into(qtbot, chosen.panel.note, "Called back.")
    QTest.keyClick(chosen.panel.note, Qt.Key.Key_Return)
    wait_for(qtbot, lambda: "Called back." in record(chosen)[0])
    assert chosen.panel.note.text() == ""


def test_failed_step_is_said_where_it_was_taken(qtbot, chosen, device, monkeypatch):
    def fail(*_):
        raise VaultError("The disk is full. Nothing was recorded.")

    monkeypatch.setattr(type(device.services.privacy_requests), "_record", fail)
    press(qtbot, chosen, Action.ACKNOWLEDGE)
    wait_for(qtbot, chosen.panel.steps.message.isVisible)
    assert "disk is full" in chosen.panel.steps.message.text.text()


def test_text_from_outside_is_drawn_letter_by_letter(qtbot, device, real_window):
    log(device, name="<b>Eve</b>", text="<img src='http://evil.example/x.png'>")
    page = open_page(qtbot, real_window, "privacy")
    click_row(qtbot, page.queue, "<b>Eve</b>")
    wait_for(qtbot, page.panel.text.isVisible)
    assert page.panel.text.textFormat() is Qt.TextFormat.PlainText


def test_form_given_up_leaves_the_empty_page(qtbot, page):
    click(qtbot, page.new)
    assert page.states.state is PageState.CONTENT
    click(qtbot, page.form.cancel)
    assert page.states.state is PageState.EMPTY


def test_data_map_says_why_and_where_without_any_request(qtbot, page):
    click(qtbot, page.part.buttons["data-map"])
    assert page.data_map.isVisible()
    assert not page.states.isVisible()
    wait_for(qtbot, lambda: page.data_map.states.state is PageState.CONTENT)
    texts = "\n".join(visible_texts(page.data_map))
    assert "Use of the API" in texts
    assert "What each customer used, by day: the books." in texts
    click(qtbot, page.part.buttons["requests"])
    assert page.states.isVisible()


def test_every_word_has_its_value():
    for kind in RequestKind:
        assert words.say(words.KINDS[kind])
    assert set(words.ACTIONS) == set(Action)
    assert set(words.EVIDENCE) == set(Evidence)
    assert set(words.CHANNELS) == set(Channel)


def test_file_that_names_others_is_written_after_a_second_look(
    qtbot, device, with_jane, tmp_path, monkeypatch
):
    person = Person("Jane Doe", "jane2@example.org")
    text = "As I told kim@example.com and Bob."
    asked = NewRequest(RequestKind.ACCESS, Channel.EMAIL, NOON, "UTC", person, text)
    line = device.services.privacy_requests.log_request(asked).line
    device.services.privacy_requests.confirm_identity(line.request_id, (Evidence.CODE,))
    package = with_jane.panel.package
    package.show_request(line)
    click(qtbot, package.begin)
    wait_for(qtbot, package.write.isVisible)
    path = tmp_path / "jane.zip"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    package.covering.text.setText("Bob")
    click(qtbot, package.write)
    wait_for(qtbot, lambda: bool(package.covering.boxes))
    (box,) = package.covering.boxes.values()
    assert box.text() == "kim@example.com (e-mail address, privacy_requests.text: 1)"
    assert "Confirm" in package.write.text()
    assert not path.exists()
    click(qtbot, box)
    assert package.covering.decisions.kept == ("kim@example.com",)
    assert package.covering.decisions.marked == ("Bob",)
    click(qtbot, package.write)
    wait_for(qtbot, package.copy.isVisible)
    assert path.exists()
