"""A person is erased in the window: who, dry run, progress, certificate; over a real vault."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from contract.messages.customers import CustomerBody
from desktop.domain.privacy.erasure import Fate, Place, Step
from desktop.domain.privacy.kinds import Evidence, RequestKind
from desktop.services.privacy.erasing.service import check_certificate
from desktop.views.privacy import erasure_words
from tests.fakes import APPLICATION
from tests.gui.looking import click, click_row, type_into, visible_texts, wait_for
from tests.gui.real import open_page
from tests.gui.test_privacy_page import log


@pytest.fixture
def panel(qtbot, device, hosted, real_window):
    """The panel of a deletion request of Jane, who is a customer and has shown who she is."""
    customer = CustomerBody(application_id=APPLICATION, name="Jane Doe")
    hosted.put("customer", "cus_jane", customer.model_dump(mode="json"))
    hosted.count("end_1", "cus_jane", 3600, requests=4)
    device.sync()
    request_id = log(device, RequestKind.DELETION).line.request_id
    device.services.privacy_requests.confirm_identity(request_id, (Evidence.CODE,))
    page = open_page(qtbot, real_window, "privacy")
    click_row(qtbot, page.queue, "Jane Doe")
    wait_for(qtbot, page.panel.erasing.begin.isVisible)
    return page.panel.erasing


def planned(qtbot, panel):
    """Choose who it is and look at what would happen."""
    click(qtbot, panel.begin)
    wait_for(qtbot, panel.show_plan.isVisible)
    click(qtbot, panel.show_plan)
    wait_for(qtbot, panel.erase.isVisible)


def test_owner_sees_what_would_happen_erases_and_has_the_certificate(
    qtbot, device, panel, tmp_path, monkeypatch
):
    planned(qtbot, panel)
    told = visible_texts(panel.plan)
    assert "Vault · usage by day: 1 anonymized, sums stay" in told
    assert device.query("SELECT count(*) FROM erasures") == [(0,)]
    assert panel.window().focusWidget() is panel.erase
    QTest.keyClick(panel.erase, Qt.Key.Key_Space)
    wait_for(qtbot, panel.certificate.isVisible)
    assert "Certificate signed" in visible_texts(panel.progress)
    assert not panel.go_on.isVisible()
    path = str(tmp_path / "PR-0001.json")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (path, ""))
    click(qtbot, panel.certificate)
    wait_for(qtbot, panel.message.isVisible)
    assert check_certificate(path).is_complete
    assert device.query("SELECT count(*) FROM customer_days WHERE customer_id = 'cus_jane'") == [
        (0,)
    ]


def test_another_choice_hides_the_plan_that_no_longer_holds(qtbot, panel):
    planned(qtbot, panel)
    (box,) = panel.boxes.values()
    click(qtbot, box)
    assert not panel.erase.isVisible()
    assert not panel.show_plan.isEnabled()


def test_service_that_is_away_is_said_and_it_goes_on_when_it_is_back(qtbot, device, panel, hosted):
    planned(qtbot, panel)
    hosted.online = False
    click(qtbot, panel.erase)
    wait_for(qtbot, panel.go_on.isVisible)
    assert any("tried again by itself" in text for text in visible_texts(panel.progress))
    assert not panel.certificate.isVisible()
    hosted.online = True
    click(qtbot, panel.go_on)
    wait_for(qtbot, panel.certificate.isVisible)


def test_owner_corrects_a_name_and_sees_who_has_it(qtbot, device, hosted, real_window):
    customer = CustomerBody(application_id=APPLICATION, name="Jane Doe")
    hosted.put("customer", "cus_jane", customer.model_dump(mode="json"))
    device.sync()
    request_id = log(device, RequestKind.CORRECTION).line.request_id
    device.services.privacy_requests.confirm_identity(request_id, (Evidence.CODE,))
    page = open_page(qtbot, real_window, "privacy")
    click_row(qtbot, page.queue, "Jane Doe")
    panel = page.panel.correcting
    wait_for(qtbot, panel.begin.isVisible)
    click(qtbot, panel.begin)
    wait_for(qtbot, panel.correct.isVisible)
    click(qtbot, panel.correct)
    wait_for(qtbot, panel.value_field.problem.isVisible)
    type_into(qtbot, panel.value, "Jane Roe")
    click(qtbot, panel.correct)
    wait_for(qtbot, panel.results.isVisible)
    assert any("Stripe" in text for text in visible_texts(panel.results))
    device.sync()
    assert hosted.body("customer", "cus_jane")["name"] == "Jane Roe"


def test_every_place_fate_and_step_has_words():
    assert set(erasure_words.PLACES) == set(Place)
    assert set(erasure_words.FATES) == set(Fate)
    assert set(erasure_words.STEPS) == set(Step)
