"""Every page as a picture, light and dark, against the pictures in `tests/gui/pictures`.

`USAGEFLOW_RENEW_PICTURES=1 python -m pytest tests/gui/test_pictures.py` writes them anew; look at
each one before it is committed.
"""

import os
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np
import pytest
import time_machine
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from desktop.domain.errors import VaultError
from desktop.domain.ids import KeyId
from desktop.domain.keys import KeyReport, SdkKeyUse
from desktop.domain.privacy.approvals import ApprovalStanding
from desktop.domain.privacy.kinds import RequestKind
from desktop.domain.privacy.requests import OwnedElsewhere
from desktop.services.privacy.covering import Reason
from desktop.services.privacy.finding import FoundBy, Match, Search
from desktop.services.privacy.redacting import Found, Proposal
from desktop.views.applications_page import Tab as ApplicationTab
from desktop.views.dialogs.cannot_unlock import CannotUnlockDialog, Way
from desktop.views.dialogs.quit import QuitDialog
from desktop.views.first_run import FirstRun
from desktop.views.keys.import_dialog import ImportDialog
from desktop.views.lines import IconLine
from desktop.views.main_window import MainWindow
from desktop.views.policies.tabs import Tab
from desktop.views.settings.dialogs import VaultDialog
from desktop.views.settings_page import Tab as SettingsTab
from desktop.views.state_page import PageState
from desktop.views.theme import Scheme, Theme
from desktop.views.unlock_page import UnlockPage
from tests.gui.fake_account import ASKED, RUNNING
from tests.gui.fakes import (
    BACKUP,
    CONFLICT,
    KEYS,
    PRODUCTION,
    RECOVERY_CODE,
    SDK_KEY,
    SYNCED_AT,
    TODAY,
)
from tests.gui.looking import wait_for, wait_for_content, wait_for_state

PICTURES: Final = Path(__file__).parent / "pictures"
RENEW: Final = os.environ.get("USAGEFLOW_RENEW_PICTURES") == "1"
SIZE: Final = (1280, 800)
SHRINK: Final = 8
"""Pictures are compared in cells of this many pixels: letters drawn a little differently by
another font library average out, a part that moved or is missing does not."""
CELL_OFF: Final = 20
"""Difference of a cell's colour, of 255, from which it counts as another one."""
CELLS_ALLOWED: Final = 0.01
PICTURED_KEYS: Final = (
    replace(KEYS[0], provider="UsageFlow SDK"),
    replace(
        KEYS[1],
        provider="Stripe, restricted",
        scope="read prices",
        tags=("live", "shop"),
        expires_at=datetime(2026, 12, 2, 23, 59, tzinfo=UTC),
        in_keyring=True,
    ),
    replace(KEYS[1], key_id=KeyId("k_mail"), name="Mail", provider="SendGrid"),
    replace(KEYS[1], key_id=KeyId("k_mail2"), name="Mail, staging", provider="SendGrid"),
    replace(
        KEYS[1],
        key_id=KeyId("k_old"),
        name="Deploys",
        provider="GitHub",
        created_at=datetime(2024, 3, 1, tzinfo=UTC),
    ),
)
PICTURED_USES: Final = (
    SdkKeyUse(KeyId("key_sdk"), "k1", "app_acme", "SDK key, Acme API", SYNCED_AT, SYNCED_AT, None,
              None),
    SdkKeyUse(KeyId(""), "k2", "app_acme", "Office laptop", SYNCED_AT, None, None, None),
)  # fmt: skip
PICTURED_BACKUPS: Final = (
    BACKUP,
    replace(BACKUP, path="/b/2", made_at=BACKUP.made_at - timedelta(days=1)),
    replace(
        BACKUP,
        path="/b/3",
        made_at=BACKUP.made_at - timedelta(days=2),
        reason="before-rotation",
        size_bytes=1_400_832,
    ),
)
SCHEMES: Final = (Scheme.LIGHT, Scheme.DARK)


@pytest.fixture(autouse=True)
def _afternoon():
    with time_machine.travel(datetime(2026, 11, 23, 14, 6, tzinfo=UTC), tick=True):
        yield


@pytest.fixture(params=SCHEMES, ids=str)
def scheme(request, qapp):
    theme = Theme(request.param)
    yield request.param
    theme.use(Scheme.LIGHT)


@pytest.fixture
def painted(qtbot, jobs, preferences, scheme, controls):
    """The main window in a scheme, with a conflict to show."""
    controls.conflicts = [CONFLICT]
    window = MainWindow(
        jobs, Theme(scheme), preferences, today=lambda _: TODAY, workspace=PRODUCTION
    )
    qtbot.addWidget(window)
    window._may_close = True
    window.resize(*SIZE)
    window.show()
    wait_for(qtbot, lambda: window.news.connection is not None and window.news.sync is not None)
    dashboard = window.pages["dashboard"]
    wait_for_content(qtbot, dashboard)
    wait_for(qtbot, lambda: len(dashboard.revenue.spark.values) > 1)
    wait_for(qtbot, lambda: dashboard.top_customers.table_model.rows[0].cost is not None)
    return window


def cells(image: QImage) -> np.ndarray:
    """Mean colour of each cell."""
    rgb = image.convertToFormat(QImage.Format.Format_RGB888)
    flat = np.frombuffer(rgb.constBits(), np.uint8).reshape(rgb.height(), rgb.bytesPerLine())
    pixels = flat[:, : rgb.width() * 3].reshape(rgb.height(), rgb.width(), 3).astype(float)
    height, width = (side // SHRINK * SHRINK for side in pixels.shape[:2])
    shape = (height // SHRINK, SHRINK, width // SHRINK, SHRINK, 3)
    return pixels[:height, :width].reshape(shape).mean(axis=(1, 3))


def share_of_other_cells(first: QImage, second: QImage) -> float:
    if first.size() != second.size():
        return 1.0
    difference = np.abs(cells(first) - cells(second)).max(axis=2)
    return float((difference > CELL_OFF).mean())


def compare(qtbot, widget: QWidget, name: str):
    """Hold a widget against its picture, or take the picture anew."""
    picture = at_rest(qtbot, widget)
    path = PICTURES / f"{name}.png"
    if RENEW:
        assert picture.save(str(path))
    known = QImage(str(path))
    assert not known.isNull(), f"there is no picture {path.name} yet"
    other = share_of_other_cells(picture, known)
    assert other <= CELLS_ALLOWED, f"{other:.1%} of {path.name} looks different"


def at_rest(qtbot, widget: QWidget) -> QImage:
    """A frame that no longer changes: layouts, icons and charts have settled."""
    frames: list[QImage] = []

    def two_alike() -> bool:
        if focused := QApplication.focusWidget():
            focused.clearFocus()  # a blinking cursor is no part of the picture
        frames.append(widget.grab().toImage())
        return len(frames) > 2 and frames[-1] == frames[-2] == frames[-3]

    qtbot.waitUntil(two_alike)
    return frames[-1]


@pytest.mark.parametrize("page", ["dashboard", "usage", "exports"])
def test_page_looks_as_before(qtbot, painted, scheme, page):
    painted.show_page(page)
    wait_for_content(qtbot, painted.pages[page])
    compare(qtbot, painted, f"{page}-{scheme}")


def test_customers_look_as_before(qtbot, painted, scheme):
    painted.show_page("customers")
    page = painted.pages["customers"]
    wait_for_content(qtbot, page)
    page.table.choose(page.table.rows[0].customer_id)
    wait_for(qtbot, lambda: bool(page.panel.bills.lines))
    compare(qtbot, painted, f"customers-{scheme}")


def test_alerts_look_as_before(qtbot, painted, scheme):
    painted.show_page("alerts")
    page = painted.pages["alerts"]
    wait_for_content(qtbot, page)
    page.table.choose("alert_1")
    compare(qtbot, painted, f"alerts-{scheme}")


@pytest.mark.parametrize("tab", list(SettingsTab))
def test_settings_look_as_before(qtbot, painted, scheme, controls, tab):
    controls.backups = PICTURED_BACKUPS
    controls.keyring = replace(controls.keyring, is_on=True)
    painted.show_page("settings")
    page = painted.pages["settings"]
    page.turn_to(tab)
    wait_for(qtbot, lambda: not painted._jobs.running)
    if tab is SettingsTab.BACKUPS:
        page.backups.table.choose(PICTURED_BACKUPS[1].path)
    compare(qtbot, painted, f"settings-{tab}-{scheme}")


@pytest.mark.parametrize("state", ["asked", "running"])
def test_end_of_an_account_looks_as_before(qtbot, painted, scheme, controls, state):
    controls.deletion = {"asked": ASKED, "running": RUNNING}[state]
    painted.show_place("settings", SettingsTab.ACCOUNT)
    card = painted.pages["settings"].account.deletion
    wait_for(qtbot, lambda: not painted._jobs.running)
    if state == "asked":
        card.look.click()
        wait_for(qtbot, lambda: not painted._jobs.running)
    last = {"asked": card.ask, "running": card.again}[state]
    area = painted.pages["settings"]._parts[SettingsTab.ACCOUNT]
    places = []

    def is_at_the_foot():
        """The layout has come to rest, and the last button is in sight."""
        area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())
        places.append(last.mapTo(area.viewport(), last.rect().bottomLeft()).y())
        is_still = len(places) > 3 and len(set(places[-4:])) == 1
        return last.isVisible() and is_still and places[-1] < area.viewport().height()

    wait_for(qtbot, is_at_the_foot)
    compare(qtbot, painted, f"account-{state}-{scheme}")


def test_older_copy_looks_as_before(qtbot, painted, scheme, controls):
    controls.vault = replace(
        controls.vault,
        is_older_copy=True,
        changed_at=datetime(2026, 11, 20, 9, 0, tzinfo=UTC),
        seen_at=SYNCED_AT,
    )
    painted.older_copy.look()
    wait_for(qtbot, painted.older_copy.isVisible)
    wait_for(qtbot, lambda: not painted._jobs.running)
    compare(qtbot, painted, f"older-copy-{scheme}")


@pytest.mark.parametrize("ask", ["_change_passphrase", "_new_recovery_code"])
def test_dialogs_of_the_ways_in_look_as_before(qtbot, painted, scheme, ask):
    page = painted.pages["settings"]
    getattr(page.ways_in, ask)()
    dialog = painted.findChild(VaultDialog)
    wait_for(qtbot, lambda: not painted._jobs.running)
    compare(qtbot, dialog, f"settings{ask.replace('_', '-')}-{scheme}")


def test_rotation_looks_as_before(qtbot, painted, scheme):
    painted.pages["settings"].vault._rotate()
    dialog = painted.findChild(VaultDialog)
    compare(qtbot, dialog, f"settings-rotate-{scheme}")


def test_usage_table_looks_as_before(qtbot, painted, scheme):
    painted.show_page("usage")
    wait_for_content(qtbot, painted.pages["usage"])
    painted.pages["usage"].card.swap_twin()
    compare(qtbot, painted, f"usage-table-{scheme}")


def test_chart_with_its_cursor_looks_as_before(qtbot, painted, scheme):
    painted.show_page("usage")
    wait_for_content(qtbot, painted.pages["usage"])
    painted.pages["usage"].card.chart.overlay.move_cursor(12)
    compare(qtbot, painted, f"usage-cursor-{scheme}")


def test_pricing_with_a_conflict_looks_as_before(qtbot, painted, scheme):
    painted.show_page("pricing")
    wait_for_content(qtbot, painted.pages["pricing"])
    wait_for(qtbot, painted.pages["pricing"].conflicts.isVisible)
    painted.pages["pricing"].table.choose("rule_1")
    compare(qtbot, painted, f"pricing-{scheme}")


def test_plans_look_as_before(qtbot, painted, scheme):
    painted.show_page("pricing")
    page = painted.pages["pricing"]
    wait_for_content(qtbot, page)
    page.choice.buttons[page.plans].click()
    wait_for(qtbot, lambda: page.plans.customer.count() > 0)
    page.plans.table.choose("plan_1")
    page.plans.day.show_day(TODAY)
    compare(qtbot, painted, f"pricing-plans-{scheme}")


def test_editor_of_a_rule_looks_as_before(qtbot, painted, scheme):
    painted.show_page("pricing")
    page = painted.pages["pricing"]
    wait_for_content(qtbot, page)
    page.table.choose("rule_1")
    page._open_chosen()
    page.editor.form.tiers.model.setData(page.editor.form.tiers.model.index(1, 2), "0.0015")
    wait_for(qtbot, lambda: page.editor.strip.values[0].text() != "\u2013")
    wait_for(qtbot, lambda: page.editor.marked.count() > 0)
    wait_for(qtbot, lambda: page.editor.saved.text() != "")
    compare(qtbot, painted, f"pricing-editor-{scheme}")


@pytest.mark.parametrize("tab", list(Tab))
def test_policy_looks_as_before(qtbot, painted, scheme, tab):
    painted.show_page("policies")
    page = painted.pages["policies"]
    wait_for_content(qtbot, page)
    page.table.choose("GET /v1/search " if tab is Tab.BLOCKS else "POST /v1/generate ")
    page.detail.turn_to(tab)
    if tab is Tab.REQUEST:
        page.detail.request.run()
    wait_for(qtbot, lambda: bool(painted.findChildren(IconLine)))
    wait_for(qtbot, lambda: not painted._jobs.running)
    compare(qtbot, painted, f"policies-{tab}-{scheme}")


@pytest.mark.parametrize("tab", list(ApplicationTab))
def test_application_looks_as_before(qtbot, painted, scheme, tab):
    painted.show_page("applications")
    page = painted.pages["applications"]
    wait_for_content(qtbot, page)
    page.turn_to(tab)
    wait_for(qtbot, lambda: len(page.endpoints.table.table_model.rows) > 0)
    if tab is ApplicationTab.KEY:
        page.key.new.click()
        wait_for(qtbot, lambda: SDK_KEY in page.key.snippets.code.toPlainText())
    if tab is ApplicationTab.CONNECTION:
        page.table.choose("app_maps")
    if tab is ApplicationTab.ENDPOINTS:
        page.endpoints.table.choose(("POST", "/v1/generate"))
    wait_for(qtbot, lambda: not painted._jobs.running)
    compare(qtbot, painted, f"applications-{tab}-{scheme}")


def test_traces_look_as_before(qtbot, painted, scheme):
    painted.show_page("traces")
    page = painted.pages["traces"]
    wait_for_content(qtbot, page)
    page.table.choose("trace_1")
    wait_for(qtbot, lambda: page.drawer.values.topLevelItemCount() > 0)
    wait_for(qtbot, lambda: not painted._jobs.running)
    compare(qtbot, painted, f"traces-{scheme}")


def show_keys(qtbot, painted, controls):
    """The Keys page with something to say of each key."""
    controls.keys = [*PICTURED_KEYS]
    controls.key_report = KeyReport(
        ((KeyId("k_mail"), KeyId("k_mail2")),), (), (KeyId("k_old"),), (KeyId("key_stripe"),), ()
    )
    controls.uses = PICTURED_USES
    painted._jobs.noticed.emit("keys")
    page = painted.pages["keys"]
    painted.show_page("keys")
    wait_for_content(qtbot, page)
    page.table.choose("key_stripe")
    wait_for(qtbot, lambda: len(page.rows) == len(PICTURED_KEYS) + 1)
    wait_for(qtbot, painted.sidebar.buttons["keys"].badge.isVisible)
    wait_for(qtbot, lambda: not painted._jobs.running)
    return page


def test_keys_look_as_before(qtbot, painted, scheme, controls):
    show_keys(qtbot, painted, controls)
    compare(qtbot, painted, f"keys-{scheme}")


def test_what_if_looks_as_before(qtbot, painted, scheme):
    painted.show_page("what_if")
    page = painted.pages["what_if"]
    wait_for_content(qtbot, page)
    wait_for(qtbot, lambda: not painted._jobs.running)
    compare(qtbot, painted, f"what-if-{scheme}")


@pytest.mark.parametrize("what", ["invoice", "revenue"])
def test_invoices_look_as_before(qtbot, painted, scheme, what):
    painted.show_page("invoices")
    page = painted.pages["invoices"]
    wait_for_content(qtbot, page)
    page.what.choose(what)
    page.what.changed.emit()
    wait_for(qtbot, lambda: bool(page.invoice.lines.table_model.rows))
    wait_for(qtbot, lambda: not painted._jobs.running)
    compare(qtbot, painted, f"invoices-{what}-{scheme}")


def test_privacy_request_looks_as_before(qtbot, painted, scheme):
    painted.show_page("privacy")
    page = painted.pages["privacy"]
    wait_for_content(qtbot, page)
    page.queue.choose("request_1")
    wait_for(qtbot, page.panel.steps.isVisible)
    compare(qtbot, painted, f"privacy-{scheme}")


def test_file_that_waits_for_a_second_person_looks_as_before(qtbot, painted, scheme):
    painted.show_page("privacy")
    page = painted.pages["privacy"]
    wait_for_content(qtbot, page)
    page.queue.choose("request_1")
    wait_for(qtbot, page.panel.steps.isVisible)
    wait_for(qtbot, lambda: not painted._jobs.running)
    page.panel.eyes._show(page.queue.chosen(), ApprovalStanding(is_guarded=True, approval=None))
    compare(qtbot, painted, f"privacy-eyes-{scheme}")


def test_proof_of_who_asks_and_requests_elsewhere_look_as_before(qtbot, painted, scheme):
    painted.show_page("privacy")
    page = painted.pages["privacy"]
    wait_for_content(qtbot, page)
    page.queue.choose("request_2")
    wait_for(qtbot, page.panel.proof.isVisible)
    wait_for(qtbot, lambda: not painted._jobs.running)
    theirs = OwnedElsewhere("vault_7f3a91", 7, RequestKind.DELETION, date(2026, 12, 3))
    page.elsewhere.show_requests((theirs,))
    compare(qtbot, painted, f"privacy-proof-{scheme}")


def test_texts_that_name_others_look_as_before(qtbot, painted, scheme):
    painted.show_page("privacy")
    page = painted.pages["privacy"]
    wait_for_content(qtbot, page)
    page.queue.choose("request_1")
    wait_for(qtbot, page.panel.steps.isVisible)
    match = Match("app_1", "cus_jane", "Jane Doe", FoundBy.NAME)
    package = page.panel.package
    package.show_request(page.queue.table_model.rows[1])
    package._show_people(Search((match,), 0))
    proposals = (
        Proposal("privacy_requests", "text", "Omar Haddad", Reason.CUSTOMER, 2),
        Proposal("blocks", "content", "omar@example.net", Reason.EMAIL, 1),
    )
    package._look(package._line, (match,), Found(proposals, ()))
    compare(qtbot, painted, f"privacy-others-{scheme}")


@pytest.mark.parametrize(
    "part",
    ["data-map", "retention", "preferences", "policy", "recipients", "breaches", "self-audit"],
)
def test_privacy_tab_looks_as_before(qtbot, painted, scheme, part):
    painted.show_page("privacy")
    page = painted.pages["privacy"]
    wait_for_content(qtbot, page)
    page.show_part(part)
    wait_for(qtbot, lambda: page.tab(part).states.state is PageState.CONTENT)
    wait_for(qtbot, lambda: not painted._jobs.running)
    compare(qtbot, painted, f"privacy-{part}-{scheme}")


def test_privacy_form_looks_as_before(qtbot, painted, scheme):
    painted.show_page("privacy")
    page = painted.pages["privacy"]
    wait_for_content(qtbot, page)
    page.create_new()
    compare(qtbot, painted, f"privacy-form-{scheme}")


def test_key_of_the_service_looks_as_before(qtbot, painted, scheme, controls):
    page = show_keys(qtbot, painted, controls)
    page.table.choose("key_sdk")
    page.card.ending.rotate.click()
    compare(qtbot, painted, f"keys-rotate-{scheme}")


def test_form_of_a_key_looks_as_before(qtbot, painted, scheme, controls):
    page = show_keys(qtbot, painted, controls)
    page.card.edit.click()
    compare(qtbot, painted, f"keys-form-{scheme}")


def test_preview_of_an_import_looks_as_before(qtbot, painted, scheme, controls):
    page = show_keys(qtbot, painted, controls)
    page.import_from("/somewhere/bitwarden.json")
    dialog = page.findChild(ImportDialog)
    wait_for(qtbot, dialog.take.isEnabled)
    compare(qtbot, dialog, f"keys-import-{scheme}")


def test_access_looks_as_before(qtbot, painted, scheme):
    painted.show_page("access")
    page = painted.pages["access"]
    wait_for_content(qtbot, page)
    page.table.choose("tok_3")
    compare(qtbot, painted, f"access-{scheme}")


def test_new_token_looks_as_before(qtbot, painted, scheme):
    painted.show_page("access")
    page = painted.pages["access"]
    wait_for_content(qtbot, page)
    page.create_new()
    page.form.name.setText("Shop team")
    wait_for(qtbot, lambda: len(page.form.boxes) > 0)
    compare(qtbot, painted, f"access-new-{scheme}")


def test_issued_token_looks_as_before(qtbot, painted, scheme):
    painted.show_page("access")
    page = painted.pages["access"]
    wait_for_content(qtbot, page)
    page.table.choose("tok_2")
    page._rotate()
    wait_for(qtbot, page.issued.isVisible)
    wait_for(qtbot, lambda: not painted._jobs.running)
    compare(qtbot, painted, f"access-issued-{scheme}")


def test_activity_looks_as_before(qtbot, painted, scheme):
    painted.show_page("activity")
    page = painted.pages["activity"]
    wait_for_content(qtbot, page)
    wait_for(qtbot, page.check.isEnabled)
    page.table.choose(199)
    compare(qtbot, painted, f"activity-{scheme}")


def test_receipt_of_an_export_looks_as_before(qtbot, painted, scheme, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("/data/me/mine.json", ""))
    painted.show_page("exports")
    painted.pages["exports"].export_view()
    wait_for(qtbot, painted.pages["exports"].receipt.isVisible)
    wait_for(qtbot, lambda: not painted.strip.jobs.isVisible())
    compare(qtbot, painted, f"exports-receipt-{scheme}")


def test_offline_looks_as_before(qtbot, painted, scheme, controls):
    controls.online = False
    painted.pages["dashboard"].reload()
    wait_for_state(qtbot, painted.pages["dashboard"], PageState.OFFLINE)
    compare(qtbot, painted, f"offline-{scheme}")


def test_empty_looks_as_before(qtbot, painted, scheme, controls):
    controls.has_usage = False
    painted.pages["dashboard"].reload()
    wait_for_state(qtbot, painted.pages["dashboard"], PageState.EMPTY)
    compare(qtbot, painted, f"empty-{scheme}")


def test_error_looks_as_before(qtbot, painted, scheme):
    error = VaultError("The vault could not be read. Nothing was changed; try again.")
    painted.pages["dashboard"].states.show_error(error, painted.pages["dashboard"].reload)
    compare(qtbot, painted, f"error-{scheme}")


def test_loading_looks_as_before(qtbot, painted, scheme, controls):
    controls.hold("UsageQuestionService.ask")
    painted.show_page("usage")
    wait_for(qtbot, painted.pages["usage"].states.skeleton.isVisible)
    compare(qtbot, painted, f"loading-{scheme}")


def test_small_window_looks_as_before(qtbot, painted, scheme):
    painted.resize(1024, 640)
    compare(qtbot, painted, f"small-{scheme}")


def test_quit_looks_as_before(qtbot, painted, scheme):
    dialog = QuitDialog(painted)
    dialog.open()
    wait_for(qtbot, dialog.isVisible)
    compare(qtbot, dialog, f"quit-{scheme}")


def test_unlock_looks_as_before(qtbot, jobs, scheme):
    page = UnlockPage(jobs, "/data/me/.local/share/usageflow/workspaces/default")
    qtbot.addWidget(page)
    page.resize(*SIZE)
    page.show()
    page.passphrase.explain("This passphrase does not open the vault. Nothing was changed.")
    wait_for(qtbot, lambda: not page.passphrase.eye.icon().isNull())
    compare(qtbot, page, f"unlock-{scheme}")


def test_other_ways_in_look_as_before(qtbot, jobs, theme, scheme, controls):
    page = UnlockPage(jobs, "default")
    qtbot.addWidget(page)
    page.show()
    controls.backups = PICTURED_BACKUPS
    dialog = CannotUnlockDialog(page, jobs)
    dialog.open()
    wait_for(qtbot, lambda: not jobs.running)
    compare(qtbot, dialog, f"cannot-unlock-{scheme}")
    dialog.way.buttons[Way.BACKUP].click()
    compare(qtbot, dialog, f"restore-{scheme}")


@pytest.mark.parametrize("step", range(5))
def test_first_run_looks_as_before(qtbot, jobs, scheme, controls, step):
    controls.has_usage = False
    wizard = FirstRun(jobs, today=lambda _: TODAY)
    qtbot.addWidget(wizard)
    wizard.resize(*SIZE)
    wizard.show()
    wizard.first_call.busy.setRange(0, 4)  # at rest, where a picture can be taken
    wizard._go_to(step)
    wait_for(qtbot, wizard.steps[step].isVisible)
    if step == 1:
        wait_for(qtbot, lambda: wizard.recovery.panel.code.toPlainText() == RECOVERY_CODE)
    if step == 3:
        wait_for(qtbot, lambda: SDK_KEY in wizard.snippet.snippets.code.toPlainText())
    compare(qtbot, wizard, f"first-run-{step + 1}-{scheme}")


def test_comparison_sees_a_part_that_moved_and_one_that_is_missing():
    known = QImage(str(PICTURES / "dashboard-light.png"))
    moved = known.copy(0, 24, known.width(), known.height())
    assert share_of_other_cells(known, moved) > CELLS_ALLOWED
    missing = QPixmap(known)
    missing.fill(Qt.GlobalColor.white)
    assert share_of_other_cells(known, missing.toImage()) > CELLS_ALLOWED
    without_table = known.copy()
    for x in range(240, 1256):
        for y in range(512, 752):
            without_table.setPixel(x, y, 0xFFFFFFFF)
    assert share_of_other_cells(known, without_table) > CELLS_ALLOWED


def test_comparison_bears_letters_a_pixel_further():
    known = QImage(str(PICTURES / "dashboard-light.png"))
    shifted = known.copy(1, 0, known.width(), known.height())
    assert share_of_other_cells(known, shifted) <= CELLS_ALLOWED
