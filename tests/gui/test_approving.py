"""Four eyes in the window: an action waits, and the second person agrees beside it."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from contract.messages.customers import CustomerBody
from contract.messages.traces import TracesPage
from desktop.domain.privacy.approvals import Guarded
from desktop.domain.privacy.kinds import Evidence, RequestKind
from desktop.views.privacy.approval_panel import WAITS
from tests.fakes import APPLICATION
from tests.gui.looking import click, click_row, type_into, visible_texts, wait_for
from tests.gui.real import open_page
from tests.gui.test_privacy_page import log

SECOND = "a second person's words"


@pytest.fixture
def jane(device, hosted):
    """Jane is a customer, and what leaves or is erased waits for a second person."""
    customer = CustomerBody(application_id=APPLICATION, name="Jane Doe")
    hosted.put("customer", "cus_jane", customer.model_dump(mode="json"))
    hosted.live["GET", "/v1/traces"] = TracesPage(rows=())
    device.sync()
    approvals = device.services.privacy.approvals
    approvals.choose_second("", SECOND)
    approvals.guard(SECOND, export=True, erasure=True)
    return approvals


@pytest.fixture
def chosen_file(tmp_path, monkeypatch):
    """Where the owner says that the file goes."""
    path = tmp_path / "PR-0001.zip"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    return path


def opened(qtbot, device, real_window, kind):
    """The request panel of a request by Jane, who has shown who she is."""
    request_id = log(device, kind).line.request_id
    device.services.privacy_requests.confirm_identity(request_id, (Evidence.CODE,))
    page = open_page(qtbot, real_window, "privacy")
    click_row(qtbot, page.queue, "Jane Doe")
    return page.panel


def agree(qtbot, eyes):
    """The second person types who they are and their words."""
    type_into(qtbot, eyes.approver, "Omar")
    type_into(qtbot, eyes.passphrase, SECOND)
    click(qtbot, eyes.approve)
    wait_for(qtbot, lambda: not eyes.approve.isVisible())
    assert eyes.passphrase.text() == ""
    assert any("Approved by Omar" in text for text in visible_texts(eyes.standing))


def test_erasure_goes_on_after_the_second_person_agreed(qtbot, device, jane, real_window):
    erasing = opened(qtbot, device, real_window, RequestKind.DELETION).erasing
    eyes = erasing.eyes
    wait_for(qtbot, eyes.approve.isVisible)
    assert any("Jane Doe asked on" in text for text in visible_texts(eyes.standing))
    click(qtbot, erasing.begin)
    wait_for(qtbot, erasing.show_plan.isVisible)
    click(qtbot, erasing.show_plan)
    wait_for(qtbot, erasing.erase.isVisible)
    QTest.keyClick(erasing.erase, Qt.Key.Key_Space)
    wait_for(qtbot, lambda: "second person" in erasing.message.text.text())
    assert device.query("SELECT count(*) FROM erasures") == [(0,)]
    agree(qtbot, eyes)
    click(qtbot, erasing.erase)
    wait_for(qtbot, erasing.certificate.isVisible)
    assert not eyes.isVisible()


@pytest.mark.usefixtures("jane")
def test_file_is_built_after_the_second_person_agreed(
    qtbot, device, real_window, tmp_path, monkeypatch
):
    panel = opened(qtbot, device, real_window, RequestKind.ACCESS)
    wait_for(qtbot, panel.eyes.approve.isVisible)
    agree(qtbot, panel.eyes)
    click(qtbot, panel.package.begin)
    wait_for(qtbot, panel.package.write.isVisible)
    path = str(tmp_path / "jane.zip")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (path, ""))
    click(qtbot, panel.package.write)
    wait_for(qtbot, panel.package.copy.isVisible)


def test_four_eyes_that_are_switched_on_mid_way_ask_for_the_second_person(
    qtbot, device, jane, real_window, chosen_file
):
    """The choices that were made stay; nothing has to be begun again."""
    jane.guard(SECOND, export=False, erasure=False)
    panel = opened(qtbot, device, real_window, RequestKind.ACCESS)
    package, eyes = panel.package, panel.eyes
    wait_for(qtbot, package.begin.isVisible)
    click(qtbot, package.begin)
    wait_for(qtbot, package.write.isVisible)
    assert not eyes.isVisible()
    jane.guard(SECOND, export=True, erasure=True)
    click(qtbot, package.write)
    wait_for(qtbot, eyes.approve.isVisible)
    assert "choices are kept" in package.message.text.text()
    assert package.write.isVisible()
    agree(qtbot, eyes)
    wait_for(qtbot, lambda: not package.message.isVisible())
    click(qtbot, package.write)
    wait_for(qtbot, package.copy.isVisible)
    assert chosen_file.exists()


def test_wrong_words_and_nobody_are_said_beside_their_fields(qtbot, device, jane, real_window):
    eyes = opened(qtbot, device, real_window, RequestKind.ACCESS).eyes
    wait_for(qtbot, eyes.approve.isVisible)
    click(qtbot, eyes.approve)
    wait_for(qtbot, eyes.fields["approver"].problem.isVisible)
    type_into(qtbot, eyes.approver, "Omar")
    type_into(qtbot, eyes.passphrase, "a guess of mine")
    QTest.keyClick(eyes.passphrase, Qt.Key.Key_Return)
    wait_for(qtbot, eyes.fields["passphrase"].problem.isVisible)
    assert "not the second person's" in eyes.fields["passphrase"].problem.text()
    assert not eyes.fields["approver"].problem.isVisible()


def test_without_four_eyes_nobody_is_asked(qtbot, device, real_window):
    panel = opened(qtbot, device, real_window, RequestKind.ACCESS)
    wait_for(qtbot, panel.package.begin.isVisible)
    wait_for(qtbot, lambda: not real_window._jobs.running)
    assert not panel.eyes.isVisible()
    fields = real_window.pages["privacy"].secret_parts()
    assert panel.eyes.passphrase in fields
    assert panel.erasing.eyes.passphrase in fields


def test_every_guarded_action_has_words():
    assert set(WAITS) == set(Guarded)
