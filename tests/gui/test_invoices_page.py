"""Invoices: lines explained, terms, PDF and CSV, revenue with its forecast, and the states."""

from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QFileDialog

from desktop.domain.errors import ExportFailed, VaultError
from desktop.domain.invoices import InvoiceQuestion
from desktop.views.invoices.document import document_of, write_pdf
from desktop.views.state_page import PageState
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
from tests.gui.real import open_page


@pytest.fixture
def page(qtbot, window):
    page = open_page(qtbot, window, "invoices")
    wait_for(qtbot, lambda: bool(page.invoice.lines.table_model.rows))
    return page


def asked(controls) -> InvoiceQuestion:
    return controls.arguments["InvoiceService.preview"][0]


def test_invoice_of_the_largest_customer_is_explained(page):
    assert page.customer.currentText() == "Acme EU"
    assert row_texts(page.invoice.lines, 0) == [
        "generate", "1 Nov \u2013 30 Nov", "461,667 units", "$\u00a0562.00",
    ]  # fmt: skip
    told = visible_texts(page.invoice.steps)
    assert told == [
        "POST /v1/generate",
        "Units, tier 1: 10,000 \u00d7 0.002", "20.00",
        "Units, tier 2: 451,667 \u00d7 0.0012; exactly 542.0004, rounded", "542.00",
    ]  # fmt: skip


def test_other_systems_are_compared_line_by_line(page):
    told = " ".join(visible_texts(page.invoice.others))
    assert "OpenMeter would bill the same." in told
    assert "Lago would bill $\u00a00.01 more here: it rounds the charge once." in told
    assert "Stripe has no such addition to a price." in told


def test_terms_are_typed_and_problems_stand_at_their_field(qtbot, page, controls):
    edit, field = page.invoice.terms_fields["tax_percent"]
    type_into(qtbot, edit, "19")
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    wait_for(qtbot, lambda: asked(controls).terms.tax_percent == Decimal(19))
    wait_for(qtbot, lambda: "Tax" in visible_texts(page.invoice.totals))
    type_into(qtbot, edit, "much")
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    wait_for(qtbot, lambda: any("Write a number" in text for text in visible_texts(field)))
    type_into(qtbot, edit, "101")
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    wait_for(qtbot, lambda: any("between 0 and 100" in text for text in visible_texts(field)))


def test_another_customer_and_month_are_asked_for(qtbot, page, controls):
    page.customer.setCurrentIndex(1)
    page.customer.activated.emit(1)
    wait_for(qtbot, lambda: asked(controls).customer_id == "cus_2")
    page.month.setCurrentIndex(1)
    page.month.activated.emit(1)
    wait_for(qtbot, lambda: asked(controls).period.start.isoformat() == "2026-10-01")
    assert asked(controls).customer_id == "cus_2"


def test_revenue_is_shown_three_ways_with_a_forecast(qtbot, page):
    page.what.choose("revenue")
    page.what.changed.emit()
    assert page.revenue.total.figure.whole_text() == "$ 10,187.15"
    assert page.revenue.forecast.figure.whole_text() == "$ 13,287.60"
    assert page.revenue.forecast.detail.whole_text() == "$ 12,901.40 to $ 13,710.05"
    assert "last 4 weeks" in page.revenue.method.text()
    page.revenue.by.choose("plans")
    page.revenue.by.changed.emit()
    assert column_texts(page.revenue.plans) == ["Scale", "No plan"]
    assert not page.pdf.isVisible()


def test_pdf_is_dark_on_white_and_holds_the_lines(qtbot, page, tmp_path, monkeypatch):
    path = tmp_path / "invoice.pdf"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    told = []
    page.toast_offered.connect(lambda text, _: told.append(text))
    click(qtbot, page.pdf)
    assert told == ["Saved the invoice."]
    assert path.read_bytes().startswith(b"%PDF-")
    text = document_of(page._invoice).toPlainText()
    assert "Acme EU, 1 Nov \u2013 30 Nov 2026" in text
    assert "Units, tier 2: 451,667 \u00d7 0.0012; exactly 542.0004, rounded" in text
    image = QImage(600, 800, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    document_of(page._invoice).drawContents(painter)
    painter.end()
    lightness = [image.pixelColor(x, y).lightness() for x in range(0, 600, 3)
                 for y in range(0, 300, 3)]  # fmt: skip
    assert min(lightness) < 128 < max(lightness)


def test_name_that_looks_like_markup_stays_text(qtbot, page, controls):
    controls.hostile = "<h1>Acme</h1><img src=x>"
    page.customer.activated.emit(0)
    wait_for(qtbot, lambda: page._invoice.customer == controls.hostile)
    assert controls.hostile in document_of(page._invoice).toPlainText()


def test_pdf_that_cannot_be_written_says_why_and_leaves_nothing(page, tmp_path):
    folder = tmp_path / "taken.pdf"
    folder.mkdir()
    with pytest.raises(ExportFailed):
        write_pdf(page._invoice, str(folder))
    assert list(tmp_path.iterdir()) == [folder]
    with pytest.raises(ExportFailed):
        write_pdf(page._invoice, str(tmp_path / "missing" / "invoice.pdf"))


def test_csv_is_exported(qtbot, page, controls, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("/data/me/invoice.csv", ""))
    told = []
    page.toast_offered.connect(lambda text, _: told.append(text))
    click(qtbot, page.csv)
    wait_for(qtbot, lambda: told == ["Wrote 2 lines."])


def test_month_without_bills_is_empty(qtbot, window, controls):
    controls.has_usage = False
    window.show_page("invoices")
    page = window.pages["invoices"]
    wait_for_state(qtbot, page, PageState.EMPTY)
    assert not page.pdf.isEnabled()


def test_failure_and_offline_are_told(qtbot, page, controls):
    controls.fail_with("InvoiceService.revenue", VaultError("The disk reported an error."))
    page.reload()
    wait_for_state(qtbot, page, PageState.ERROR)
    controls.online = False
    click(qtbot, page.states.message.button("Retry"))
    wait_for_content(qtbot, page)
    assert page.states.state is PageState.OFFLINE
