"""Who asks is proven by a code; what other desktops answer is shown and not touched."""

import re
from datetime import date

import pytest

from desktop.domain.errors import VaultError
from desktop.domain.privacy.kinds import RequestKind
from desktop.domain.privacy.requests import OwnedElsewhere
from desktop.services.privacy.requests import OWNED_ELSEWHERE
from desktop.views.state_page import PageState
from tests.gui.looking import click, click_row, type_into, visible_texts, wait_for
from tests.gui.real import open_page
from tests.gui.test_privacy_page import log, record

JANE = "jane@example.org"


@pytest.fixture
def chosen(qtbot, device, real_window, monkeypatch):
    """The page with a request of Jane, whose address is that of an account."""
    accounts = device.services.privacy.codes._accounts
    monkeypatch.setattr(accounts, "addresses", lambda _db: (JANE,))
    log(device)
    page = open_page(qtbot, real_window, "privacy")
    click_row(qtbot, page.queue, "Jane Doe")
    wait_for(qtbot, page.panel.proof.send.isVisible)
    return page


def code_in(device):
    ((text,),) = device.query("SELECT text_part FROM mail_outbox ORDER BY position DESC LIMIT 1")
    return re.search(r"\b\d{8}\b", text)[0]


def test_code_that_comes_back_confirms_who_asks(qtbot, device, chosen):
    proof = chosen.panel.proof
    assert proof.address.text() == JANE
    click(qtbot, proof.send)
    wait_for(qtbot, proof.message.isVisible)
    assert JANE in proof.message.text.text()
    type_into(qtbot, proof.code, "no digits")
    click(qtbot, proof.check)
    wait_for(qtbot, proof.fields["code"].problem.isVisible)
    assert "not the code" in proof.fields["code"].problem.text()
    type_into(qtbot, proof.code, code_in(device))
    click(qtbot, proof.check)
    wait_for(qtbot, chosen.panel.package.begin.isVisible)
    assert not proof.isVisible()
    assert "A code sent to the address on file came back" in record(chosen)[0]


def test_address_that_only_the_request_names_gets_no_code(qtbot, device, chosen):
    proof = chosen.panel.proof
    type_into(qtbot, proof.address, "thief@example.com")
    click(qtbot, proof.send)
    wait_for(qtbot, proof.fields["address"].problem.isVisible)
    assert "No code was sent" in proof.fields["address"].problem.text()
    assert device.query("SELECT * FROM mail_outbox") == []
    assert proof.send.isEnabled()


def test_code_that_cannot_be_sent_is_said(qtbot, device, chosen, monkeypatch):
    def fail(*_):
        raise VaultError("The disk is full. Nothing was sent.")

    monkeypatch.setattr(device.services.privacy.codes._accounts, "addresses", fail)
    click(qtbot, chosen.panel.proof.send)
    wait_for(qtbot, chosen.panel.proof.message.isVisible)
    assert "disk is full" in chosen.panel.proof.message.text.text()


def test_request_of_another_desktop_is_shown_with_its_number_day_and_vault(
    qtbot, device, real_window
):
    theirs = OwnedElsewhere("vault_studio", 7, RequestKind.DELETION, date(2026, 7, 3))
    with device.services.vault.transaction() as db:
        OWNED_ELSEWHERE.put(db, "request_7", theirs, device.clock())
    real_window.show_page("privacy")
    page = real_window.pages["privacy"]
    wait_for(qtbot, page.elsewhere.isVisible)
    assert page.states.state is PageState.EMPTY
    said = visible_texts(page.elsewhere.lines)[-1]
    for part in ("PR-0007", "Deletion", "3 Jul 2026", "vault_studio"):
        assert part in said
    click(qtbot, page.part.buttons["policy"])
    assert not page.elsewhere.isVisible()
    click(qtbot, page.part.buttons["requests"])
    wait_for(qtbot, page.elsewhere.isVisible)
    with device.services.vault.transaction() as db:
        OWNED_ELSEWHERE.remove(db, "request_7")
    page.reload()
    wait_for(qtbot, lambda: not page.elsewhere.isVisible())
