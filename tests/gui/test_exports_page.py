"""Export my data: choose a file, watch, stop, read the receipt."""

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from desktop.domain.errors import ExportFailed
from desktop.views.activities import Activities
from desktop.views.exports_page import ExportsPage
from tests.gui.looking import click, visible_texts, wait_for
from tests.gui.real import open_page


@pytest.fixture
def activities(jobs):
    return Activities(jobs)


@pytest.fixture(autouse=True)
def _file_chosen(tmp_path, monkeypatch):
    target = str(tmp_path / "mine.json")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (target, ""))


@pytest.fixture
def page(qtbot, jobs, activities, theme):
    page = ExportsPage(jobs, activities)
    qtbot.addWidget(page)
    page.resize(1060, 740)
    page.show()
    return page


def test_receipt_names_file_size_and_checksum(qtbot, page, tmp_path):
    click(qtbot, page.start)
    wait_for(qtbot, page.receipt.isVisible)
    assert page.path.text() == str(tmp_path / "mine.json")
    assert page.size_text.text() == "1.41 MiB"
    assert page.rows.text() == "3,000"
    click(qtbot, page.copy_sum)
    assert QGuiApplication.clipboard().text() == "9f2c" * 16


def test_progress_is_shown_while_it_runs(qtbot, page, controls, activities):
    controls.hold("ExportService.my_data")
    click(qtbot, page.start)
    assert page.bar.isVisible()
    assert not page.start.isEnabled()
    assert [activity.title for activity in activities.running] == ["Export my data"]
    controls.release("ExportService.my_data")
    wait_for(qtbot, page.receipt.isVisible)
    assert not page.bar.isVisible()
    assert activities.running == []


def test_owner_can_stop_it(qtbot, page, controls):
    controls.hold("ExportService.my_data")
    click(qtbot, page.start)
    click(qtbot, page.cancel)
    controls.release("ExportService.my_data")
    wait_for(qtbot, page.message.isVisible)
    assert page.message.text.text().startswith("Stopped")
    assert not page.receipt.isVisible()
    assert page.start.isEnabled()


def test_failure_is_explained_and_can_be_tried_again(qtbot, page, controls):
    controls.fail_with("ExportService.my_data", ExportFailed("The disk is full."))
    click(qtbot, page.start)
    wait_for(qtbot, page.message.isVisible)
    assert page.message.text.text() == "The disk is full."
    click(qtbot, page.start)
    wait_for(qtbot, page.receipt.isVisible)
    assert not page.message.isVisible()


def test_nothing_starts_when_no_file_is_chosen(qtbot, page, controls, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    click(qtbot, page.start)
    assert controls.calls == []


def test_files_that_were_written_are_listed_and_deleted_after_a_question(
    qtbot, device, real_window, tmp_path
):
    path = tmp_path / "theirs.json"
    device.services.export.my_data(lambda *_: None, str(path))
    page = open_page(qtbot, real_window, "exports")
    wait_for(qtbot, page.files.isVisible)
    assert any(str(path) in text for text in visible_texts(page.files))
    (delete,) = page.files.deletes.values()
    assert str(path) in delete.accessibleName()
    click(qtbot, delete)
    assert path.exists()
    (sure,) = page.files.message._buttons
    click(qtbot, sure)
    wait_for(qtbot, lambda: not page.files.deletes)
    assert not path.exists()


def test_file_that_is_gone_can_only_be_forgotten(qtbot, device, real_window, tmp_path):
    path = tmp_path / "theirs.json"
    device.services.export.my_data(lambda *_: None, str(path))
    path.unlink()
    page = open_page(qtbot, real_window, "exports")
    wait_for(qtbot, page.files.isVisible)
    assert not page.files.deletes
    (forget,) = page.files.forgets.values()
    click(qtbot, forget)
    wait_for(qtbot, lambda: not page.files.forgets)
