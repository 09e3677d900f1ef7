"""Usage: what is asked for, chart and table, filters, views, events, files, links."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from PySide6.QtCore import QDate, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QInputDialog, QLabel

from desktop.domain.errors import Cancelled, InvalidInput
from desktop.domain.usage import DateRange
from desktop.domain.usage_questions import Comparison, Dimension, Filter, Grain, Measure
from desktop.domain.usage_spelling import link_to
from desktop.domain.usage_views import MOST_LINES, ChartKind, EventKind
from desktop.services.usage_export import UsageFormat
from desktop.views.activities import Activities
from desktop.views.charting.look import series_colours
from desktop.views.charting.paper import Format
from desktop.views.charting.picture import Role
from desktop.views.dialogs.question import QuestionDialog
from desktop.views.icons import Button
from desktop.views.state_page import PageState
from desktop.views.theme import tokens
from desktop.views.usage.filter_bar import FilterDialog
from desktop.views.usage.incident_dialog import IncidentDialog
from desktop.views.usage.report_dialog import ReportDialog, ReportFormat
from desktop.views.usage_page import UsagePage
from tests.gui.fake_usage import EVENTS
from tests.gui.fakes import ACME, TODAY
from tests.gui.looking import (
    click,
    column_texts,
    row_texts,
    type_into,
    wait_for,
    wait_for_content,
    wait_for_state,
)

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def page(qtbot, jobs, theme):
    page = UsagePage(jobs, Activities(jobs), today=lambda _: TODAY)
    qtbot.addWidget(page)
    page.resize(1060, 740)
    page.show()
    page.set_application(ACME)
    wait_for_content(qtbot, page)
    return page


@pytest.fixture
def chosen_file(monkeypatch):
    """Paths that the owner gives when asked, one after the other; then none."""
    paths = []

    def ask(*_):
        return (paths.pop(0) if paths else "", "")

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    return paths


def choose(combo, value):
    """Choose as the owner would, and tell."""
    combo.choose(value)
    combo.chosen.emit()


def settled(qtbot, page):
    wait_for(qtbot, lambda: page._asking is None and page.states.state is not PageState.LOADING)


def asked(controls):
    return controls.questions[-1]


def show_kind(qtbot, page, kind):
    choose(page.card.kind, kind)
    settled(qtbot, page)


def test_first_question_is_requests_by_endpoint_and_day(page, controls):
    question = asked(controls)
    assert question.period == DateRange(date(2026, 10, 25), date(2026, 11, 24))
    assert (question.grain, question.group_by) == (Grain.DAY, Dimension.ENDPOINT)
    assert (question.measure, question.top) == (Measure.REQUESTS, 5)
    assert question.application_id == ACME.application_id


def test_each_control_changes_the_question(qtbot, page, controls):
    click(qtbot, page.bar.grain.buttons[Grain.WEEK])
    choose(page.bar.group, Dimension.CUSTOMER)
    choose(page.bar.measure, Measure.UNITS)
    choose(page.bar.comparison, Comparison.LAST_YEAR)
    page.bar.top.setCurrentIndex(2)
    page.bar.top.activated.emit(2)
    settled(qtbot, page)
    question = asked(controls)
    assert (question.grain, question.group_by) == (Grain.WEEK, Dimension.CUSTOMER)
    assert (question.measure, question.comparison) == (Measure.UNITS, Comparison.LAST_YEAR)
    assert question.top == 10
    assert page.card.total.text().endswith("units")


def test_own_dates_can_be_chosen(qtbot, page, controls):
    page.bar.range.choice.setCurrentIndex(page.bar.range.choice.count() - 1)
    assert page.bar.range.first.isVisible()
    page.bar.range.first.setDate(QDate(2026, 1, 5))
    page.bar.range.last.setDate(QDate(2026, 1, 9))
    wanted = DateRange(date(2026, 1, 5), date(2026, 1, 10))
    wait_for(qtbot, lambda: asked(controls).period == wanted)


def test_table_twin_shows_the_numbers_of_the_chart(qtbot, page):
    click(qtbot, page.card.twin.buttons["table"])
    assert page.card.table.isVisible()
    assert not page.card.chart.isVisible()
    first = page.card.picture.traces[0].values[0]
    assert row_texts(page.card.table, 0)[:2] == ["25 Oct", f"{first:,.0f}"]
    assert len(column_texts(page.card.table)) == 30
    assert row_texts(page.card.table, 14)[1] == "no data"


def test_key_t_swaps_chart_and_table_and_c_compares(qtbot, page, controls):
    page.activateWindow()
    page.setFocus()
    qtbot.keyClick(page, Qt.Key.Key_T)
    wait_for(qtbot, page.card.table.isVisible)
    qtbot.keyClick(page, Qt.Key.Key_C)
    settled(qtbot, page)
    assert asked(controls).comparison is Comparison.PREVIOUS
    assert "previous" in page.card.change.text()


def test_every_kind_of_chart_has_a_picture_and_a_table(qtbot, page):
    page.card.swap_twin()
    for kind in ChartKind:
        show_kind(qtbot, page, kind)
        picture = page.card.picture
        assert picture.kind is kind
        assert not picture.is_empty
        assert len(column_texts(page.card.table)) == len(picture.places)
        assert page.card.table.model().columnCount() == len(picture.traces) + 1


def test_heat_map_has_the_hours_of_each_weekday(qtbot, page, controls):
    show_kind(qtbot, page, ChartKind.HEAT)
    assert asked(controls).group_by is Dimension.HOUR_OF_WEEK
    rows = page.card.picture.traces
    assert [row.label for row in rows] == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    assert rows[5].values[12] < rows[0].values[12]


def test_bands_ask_for_three_percentiles(qtbot, page, controls):
    show_kind(qtbot, page, ChartKind.BANDS)
    assert {q.measure for q in controls.questions[-3:]} == {Measure.P50, Measure.P95, Measure.P99}
    assert [trace.label for trace in page.card.picture.traces] == ["p50", "p95", "p99"]
    assert not page.bar.measure.isEnabled()


def test_pareto_adds_shares_up_to_all(qtbot, page):
    show_kind(qtbot, page, ChartKind.PARETO)
    used, share = page.card.picture.traces
    assert share.role is Role.SHARE
    assert share.values[-1] == pytest.approx(1)
    assert list(used.values)[:2] == sorted(used.values[:2], reverse=True)


def test_distribution_marks_its_percentiles(qtbot, page):
    show_kind(qtbot, page, ChartKind.DISTRIBUTION)
    assert [note.words for note in page.card.picture.notes] == ["p50", "p95", "p99"]


def test_what_does_not_add_up_is_not_stacked(qtbot, page, controls):
    choose(page.bar.measure, Measure.P95)
    settled(qtbot, page)
    before = len(controls.questions)
    show_kind(qtbot, page, ChartKind.AREAS)
    assert page.states.state is PageState.ERROR
    assert "do not add up" in page.states.message.text.text()
    assert len(controls.questions) == before


def test_question_nobody_can_answer_is_explained_before_it_is_asked(qtbot, page, controls):
    before = len(controls.questions)
    choose(page.bar.measure, Measure.P95)
    settled(qtbot, page)
    choose(page.bar.group, Dimension.CUSTOMER)
    wait_for_state(qtbot, page, PageState.ERROR)
    assert "by endpoint, not by customer" in page.states.message.text.text()
    assert len(controls.questions) == before + 1


def test_comparison_is_drawn_thin_beside_its_group(qtbot, page):
    choose(page.bar.group, None)
    choose(page.bar.comparison, Comparison.PREVIOUS)
    settled(qtbot, page)
    now, before = page.card.picture.traces
    assert (now.role, before.role) == (Role.GROUP, Role.BEFORE)
    assert before.label == "Previous period"


def test_each_of_a_few_groups_has_its_comparison_in_its_colour(qtbot, page):
    choose(page.bar.group, Dimension.ENDPOINT)
    choose(page.bar.comparison, Comparison.LAST_YEAR)
    settled(qtbot, page)
    picture = page.card.picture
    groups = [trace for trace in picture.traces if trace.role is Role.GROUP]
    before = [trace for trace in picture.traces if trace.role is Role.BEFORE]
    assert [one.of for one in before] == [one.key for one in groups]
    assert before[0].label == f"{groups[0].label}, last year"
    colours = dict(zip(picture.traces, series_colours(picture, tokens()), strict=True))
    assert [colours[one] for one in before] == [colours[one] for one in groups]
    assert "colour of a group: last year" in page.card.remarks.text()


def test_only_the_largest_of_many_groups_is_compared_and_it_is_said_why(qtbot, page):
    choose(page.bar.group, Dimension.HOUR_OF_WEEK)
    page.bar.top.setCurrentIndex(page.bar.top.findData(20))
    choose(page.bar.comparison, Comparison.PREVIOUS)
    settled(qtbot, page)
    (before,) = [trace for trace in page.card.picture.traces if trace.role is Role.BEFORE]
    assert before.label.startswith(page.card.picture.traces[0].label)
    assert "Only the largest group is compared" in page.card.remarks.text()


def test_link_for_hundreds_of_groups_is_drawn_with_fifty_lines_and_exported_whole(
    qtbot, page, controls
):
    view = page.view()
    question = replace(view.question, group_by=Dimension.HOUR_OF_WEEK, top=160)
    page.open_view(replace(view, question=question))
    settled(qtbot, page)
    assert asked(controls).top == MOST_LINES
    assert page.view().questions()[0].top == 160
    assert "50 largest groups are drawn" in page.card.remarks.text()


def test_gaps_and_events_are_named(qtbot, page, controls):
    controls.events = list(EVENTS)
    page.reload()
    settled(qtbot, page)
    picture = page.card.picture
    assert [(gap.first, gap.last, gap.words) for gap in picture.gaps] == [(14, 15, "not connected")]
    assert [(picture.places[note.place], note.words) for note in picture.notes] == [
        ("3 Nov", "Price published: Tokens, version 3"),
        ("18 Nov", "Incident: database failover"),
    ]


def test_how_much_the_vault_holds_is_said(qtbot, page):
    wait_for(qtbot, lambda: page.keeping.text.text() != "")
    assert page.keeping.text.text().startswith("This vault holds 14 month")
    assert page.keeping.keep.text().startswith("Keep 24 month")


def test_less_usage_is_kept_only_after_a_confirmation(qtbot, page, controls):
    page.keeping.choices.actions()[1].trigger()
    click(qtbot, page.findChild(QuestionDialog).cancel)
    assert controls.keep_months == 24
    page.keeping.choices.actions()[2].trigger()
    click(qtbot, page.findChildren(QuestionDialog)[-1].go)
    wait_for(qtbot, lambda: "UsageKeepingService.keep" in controls.calls)
    page.keeping.choices.actions()[0].trigger()
    wait_for(qtbot, lambda: page.keeping.keep.text() == "Keep everything")


def test_zoom_shows_the_days_that_were_brushed(qtbot, page):
    plot = page.card.chart.overlay.layout_shown.plot
    start, end = (QPoint(round(plot.x(place)), 90) for place in (4, 9))
    qtbot.mousePress(page.card.chart.overlay, LEFT, pos=start)
    qtbot.mouseMove(page.card.chart.overlay, end)
    qtbot.mouseRelease(page.card.chart.overlay, LEFT, pos=end)
    assert page.card.strip.accessibleDescription() == "29 Oct \u2013 3 Nov"


def test_enter_on_a_day_asks_for_its_hours(qtbot, page, controls):
    overlay = page.card.chart.overlay
    for key in (Qt.Key.Key_Home, Qt.Key.Key_Right, Qt.Key.Key_Return):
        qtbot.keyClick(overlay, key)
    settled(qtbot, page)
    assert asked(controls).grain is Grain.HOUR
    assert asked(controls).period == DateRange(date(2026, 10, 26), date(2026, 10, 27))
    assert page.card.picture.places[3] == "26 Oct, 03:00"


# --- filters -------------------------------------------------------------------------------------


def open_filter(qtbot, page):
    click(qtbot, page.filters.add)
    dialog = page.findChild(FilterDialog)
    wait_for(qtbot, lambda: dialog.keys.count() > 0)
    return dialog


def tick(dialog, *places):
    for place in places:
        dialog.keys.item(place).setCheckState(Qt.CheckState.Checked)


def test_filter_with_several_values_is_asked_and_shown_as_a_chip(qtbot, page, controls):
    dialog = open_filter(qtbot, page)
    tick(dialog, 0, 2)
    click(qtbot, dialog.go)
    settled(qtbot, page)
    assert asked(controls).filters == (Filter(Dimension.ENDPOINT, ("end_1", "end_3")),)
    assert page.filters.said(page.filters.filters[0]) == (
        "Endpoint: POST /v1/generate, GET /v1/models"
    )


def test_excluding_filter_of_another_dimension(qtbot, page, controls):
    dialog = open_filter(qtbot, page)
    choose(dialog.dimension, Dimension.CUSTOMER)
    wait_for(qtbot, lambda: dialog.keys.count() == 4)
    assert asked(controls).group_by is Dimension.CUSTOMER
    assert asked(controls).grain is Grain.WHOLE
    click(qtbot, dialog.way.buttons[True])
    tick(dialog, 1)
    click(qtbot, dialog.go)
    settled(qtbot, page)
    assert asked(controls).filters == (Filter(Dimension.CUSTOMER, ("cus_2",), excludes=True),)
    assert page.filters.said(page.filters.filters[0]) == "Customer is not north-labs"


def test_filter_needs_a_value_and_finds_it_by_name(qtbot, page):
    dialog = open_filter(qtbot, page)
    assert not dialog.go.isEnabled()
    qtbot.keyClicks(dialog.search, "MODELS")
    shown = [row for n in range(dialog.keys.count()) if not (row := dialog.keys.item(n)).isHidden()]
    assert [row.text() for row in shown] == ["GET /v1/models"]
    dialog.reject()


def test_filter_is_changed_and_taken_away(qtbot, page, controls):
    page.filters.show_filters((Filter(Dimension.ENDPOINT, ("end_1",)),))
    page.filters.open_dialog(0)
    dialog = page.findChild(FilterDialog)
    wait_for(qtbot, lambda: dialog.keys.count() > 0)
    assert dialog.keys.item(0).checkState() is Qt.CheckState.Checked
    tick(dialog, 1)
    click(qtbot, dialog.go)
    settled(qtbot, page)
    assert asked(controls).filters[0].keys == ("end_1", "end_2")
    page.filters._remove(0)
    settled(qtbot, page)
    assert asked(controls).filters == ()


def test_values_that_cannot_be_read_are_explained(qtbot, page, controls):
    controls.fail_with("UsageQuestionService.ask", InvalidInput("It is gone.", field="x"))
    click(qtbot, page.filters.add)
    dialog = page.findChild(FilterDialog)
    wait_for(qtbot, dialog.message.isVisible)
    assert dialog.message.text.text() == "It is gone."
    dialog.reject()


# --- saved views, events -------------------------------------------------------------------------


def test_view_is_saved_opened_and_deleted(qtbot, page, controls):
    show_kind(qtbot, page, ChartKind.PARETO)
    page.views.ask_for_name()
    page.findChild(QInputDialog).textValueSelected.emit("Largest & best")
    wait_for(qtbot, lambda: len(page.views.saved) == 1)
    saved = controls.views[0].view
    assert (saved.kind, saved.days) == (ChartKind.PARETO, 30)
    show_kind(qtbot, page, ChartKind.LINES)
    page.views.choices.actions()[0].trigger()
    settled(qtbot, page)
    assert page.card.kind.value() is ChartKind.PARETO
    page.views._delete(page.views.saved[0])
    wait_for(qtbot, lambda: controls.views == [])


def test_refused_name_is_said(qtbot, page, controls):
    controls.fail_with("ExplorerService.save_view", InvalidInput("A view needs a name."))
    with qtbot.waitSignal(page.toast_offered) as told:
        page.views._save("")
    assert told.args[0] == "A view needs a name."


def test_incident_is_noted_in_the_time_zone_of_the_application(qtbot, page, controls):
    berlin = replace(ACME, time_zone="Europe/Berlin")
    page.set_application(berlin)
    wait_for_content(qtbot, page)
    page.note_incident()
    dialog = page.findChild(IncidentDialog)
    type_into(qtbot, dialog.line, "Database failover")
    click(qtbot, dialog.go)
    wait_for(qtbot, lambda: controls.events != [])
    assert controls.events[0].kind is EventKind.INCIDENT
    assert controls.events[0].at == datetime(2026, 11, 23, 11, tzinfo=UTC)
    wait_for(qtbot, lambda: bool(page.card.picture.notes))
    assert page.card.picture.notes[-1].words == "Incident: Database failover"


def test_note_is_taken_away_again(qtbot, page, controls):
    controls.events = list(EVENTS)
    page.reload()
    wait_for(qtbot, lambda: bool(page.card.picture.notes))
    removal = page.note.choices.actions()[-1].menu()
    assert len(removal.actions()) == 1, "prices that were published stay"
    removal.actions()[0].trigger()
    wait_for(qtbot, lambda: len(page.card.picture.notes) == 1)
    assert controls.arguments["ExplorerService.forget_incident"] == ("inc_0",)


def test_threshold_is_drawn_kept_with_the_view_and_removed(qtbot, page):
    page.note.ask_for_threshold()
    page.findChild(QInputDialog).textValueSelected.emit("250,000")
    settled(qtbot, page)
    (line,) = page.card.picture.thresholds
    assert line.value == 250_000
    view = page.view()
    page.note.choices.actions()[2].trigger()
    settled(qtbot, page)
    assert page.card.picture.thresholds == ()
    page.open_view(view)
    settled(qtbot, page)
    assert page.card.picture.thresholds == (line,)


def test_threshold_that_is_no_number_is_refused_in_words(page, qtbot):
    for text in ("", "x", "-3", "NaN", "Infinity"):
        with qtbot.waitSignal(page.toast_offered) as told:
            page.note._read_threshold(text)
        assert "above zero" in told.args[0]
        assert page.note.threshold is None


def test_incident_without_words_is_explained_beside_the_field(qtbot, page, controls):
    controls.fail_with("ExplorerService.note_incident", InvalidInput("Say what happened."))
    page.note_incident()
    dialog = page.findChild(IncidentDialog)
    click(qtbot, dialog.go)
    wait_for(qtbot, dialog.words.problem.isVisible)
    assert dialog.words.problem.text() == "Say what happened."
    dialog.reject()


# --- what leaves the page ------------------------------------------------------------------------


def test_copied_table_has_every_number(page):
    page.leaving.copy_table()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert len(lines) == 31
    assert lines[0].split("\t")[:2] == ["start", "POST /v1/generate"]
    assert lines[1].split("\t")[1] == f"{page.card.picture.traces[0].values[0]:.0f}"
    assert lines[15].split("\t")[1] == ""


def test_name_that_looks_like_a_formula_is_copied_as_text(qtbot, page, controls):
    controls.hostile = '=HYPERLINK("http://evil") '
    page.reload()
    settled(qtbot, page)
    page.leaving.copy_table()
    head = QGuiApplication.clipboard().text().splitlines()[0]
    assert "\"'=HYPERLINK" in head


def test_copied_picture_is_light_whatever_the_screen_is(page):
    page.leaving.copy_picture()
    image = QGuiApplication.clipboard().image()
    assert image.width() == 2400
    assert image.pixelColor(3, 3).name() == "#ffffff"


def test_copied_link_is_the_question(page):
    page.leaving.copy_link()
    assert QGuiApplication.clipboard().text() == link_to(page.view().question)


@pytest.mark.parametrize("form", list(UsageFormat))
def test_numbers_are_written_by_the_core(qtbot, page, controls, chosen_file, form):
    chosen_file.append(f"/data/usage.{form}")
    with qtbot.waitSignal(page.toast_offered) as told:
        page.leaving.numbers_wanted.emit(form)
    assert told.args[0] == f"Saved usage.{form}."
    question, kind, path = controls.arguments["UsageExportService.save"]
    assert (question, kind, path) == (page.view().question, form, f"/data/usage.{form}")


def test_cancelled_export_is_no_error(qtbot, page, controls, chosen_file):
    chosen_file.append("/data/usage.csv")
    controls.fail_with("UsageExportService.save", Cancelled("Cancelled. Nothing was written."))
    with qtbot.waitSignal(page.toast_offered) as told:
        page.export_view()
    assert told.args[0].startswith("Cancelled")
    assert page.states.state is PageState.CONTENT


@pytest.mark.parametrize(
    "form_and_beginning",
    [(Format.PNG, b"\x89PNG"), (Format.SVG, b"<?xml"), (Format.PDF, b"%PDF")],
)
def test_chart_is_exported(qtbot, page, controls, chosen_file, form_and_beginning):
    form, begins = form_and_beginning
    chosen_file.append(f"/data/usage.{form}")
    with qtbot.waitSignal(page.toast_offered):
        page.leaving.charts[form].trigger()
    path, content = controls.arguments["ExplorerService.write_file"]
    assert path == f"/data/usage.{form}"
    assert content.startswith(begins)
    assert form is not Format.SVG or b"POST /v1/generate" in content


def test_nothing_is_written_when_the_owner_gives_up(page, controls, chosen_file):
    assert chosen_file == []
    page.export_view()
    page.leaving.charts[Format.PNG].trigger()
    assert "ExplorerService.write_file" not in controls.calls
    assert "UsageExportService.save" not in controls.calls


def report_dialog(page, controls, chosen_file, form):
    controls.hostile = "<b>$x$</b> "
    chosen_file.append(f"/data/report.{form}")
    page.make_report()
    dialog = page.findChild(ReportDialog)
    dialog.format.choose(form)
    return dialog


def test_report_has_each_chosen_chart_and_no_foreign_markup(qtbot, page, controls, chosen_file):
    dialog = report_dialog(page, controls, chosen_file, ReportFormat.HTML)
    with qtbot.waitSignal(dialog.written):
        click(qtbot, dialog.go)
    _, content = controls.arguments["ExplorerService.write_file"]
    text = content.decode()
    assert text.count("<section>") == 1
    assert "data:image/svg+xml;base64," in text
    assert "<b>" not in text
    assert "&lt;b&gt;$x$&lt;/b&gt; POST /v1/generate" in text
    assert "http" not in text.replace("http-equiv", "")


def test_report_as_pdf(qtbot, page, controls, chosen_file):
    dialog = report_dialog(page, controls, chosen_file, ReportFormat.PDF)
    with qtbot.waitSignal(dialog.written):
        click(qtbot, dialog.go)
    _, content = controls.arguments["ExplorerService.write_file"]
    assert content.startswith(b"%PDF")


def test_report_that_fails_says_why_and_can_be_tried_again(qtbot, page, controls, chosen_file):
    dialog = report_dialog(page, controls, chosen_file, ReportFormat.HTML)
    controls.fail_with("ExplorerService.write_file", InvalidInput("The disk is full."))
    click(qtbot, dialog.go)
    wait_for(qtbot, dialog.message.isVisible)
    assert dialog.message.text.text() == "The disk is full."
    assert dialog.go.isEnabled()
    dialog.reject()


def test_report_without_a_chart_is_not_begun(qtbot, page, controls, chosen_file):
    dialog = report_dialog(page, controls, chosen_file, ReportFormat.HTML)
    dialog.views.item(0).setCheckState(Qt.CheckState.Unchecked)
    click(qtbot, dialog.go)
    assert dialog.message.isVisible()
    dialog.reject()


# --- states --------------------------------------------------------------------------------------


def test_too_wide_a_question_is_explained(qtbot, page, controls):
    controls.fail_with("UsageQuestionService.ask", InvalidInput("Choose days.", field="period"))
    click(qtbot, page.bar.grain.buttons[Grain.HOUR])
    wait_for_state(qtbot, page, PageState.ERROR)
    assert page.states.message.text.text() == "Choose days."
    click(qtbot, page.states.message.button("Retry"))
    wait_for_content(qtbot, page)


def test_period_without_usage_is_empty(qtbot, page, controls):
    controls.has_usage = False
    page.reload()
    wait_for_state(qtbot, page, PageState.EMPTY)
    assert not page.leaving.export.isEnabled()


def test_every_kind_can_be_empty(qtbot, page, controls):
    controls.has_usage = False
    for kind in ChartKind:
        show_kind(qtbot, page, kind)
        assert page.states.state is PageState.EMPTY, kind


def test_offline_is_shown_with_its_age(qtbot, page, controls):
    controls.online = False
    page.reload()
    wait_for_state(qtbot, page, PageState.OFFLINE)
    assert page.card.chart.isVisible()
    assert page.card.stamp.text() == "As of 14:02" or "on 23 Nov" in page.card.stamp.text()


def test_loading_again_keeps_the_chart_on_screen(qtbot, page, controls):
    controls.hold("UsageQuestionService.ask")
    page.reload()
    assert page.states.state is PageState.LOADING
    assert page.card.chart.isVisible()
    controls.release("UsageQuestionService.ask")
    wait_for_content(qtbot, page)


def test_answer_to_an_older_question_is_not_shown(qtbot, page, controls, monkeypatch):
    controls.hold("UsageQuestionService.ask")
    click(qtbot, page.bar.grain.buttons[Grain.MONTH])
    click(qtbot, page.bar.grain.buttons[Grain.WEEK])
    shown = []
    show = page.card.show_found
    monkeypatch.setattr(page.card, "show_found", lambda found: shown.append(found) or show(found))
    controls.release("UsageQuestionService.ask")
    settled(qtbot, page)
    assert [len(found.answers[0].starts) for found in shown] == [5]


def test_long_question_is_cancelled(qtbot, page, controls):
    controls.hold("UsageQuestionService.ask")
    page.reload()
    asking = page._asking
    page.states._offer_cancel()
    click(qtbot, page.states.cancel)
    controls.fail_with("UsageQuestionService.ask", Cancelled("Cancelled. Nothing was changed."))
    controls.release("UsageQuestionService.ask")
    wait_for_state(qtbot, page, PageState.ERROR)
    assert page.states.message.text.text().startswith("Cancelled")
    assert page.card.chart.isVisible()
    assert asking is not None


def test_names_from_the_network_are_plain_text(qtbot, page, controls):
    controls.hostile = "<b>x</b>&y "
    dialog = open_filter(qtbot, page)
    tick(dialog, 0)
    click(qtbot, dialog.go)
    settled(qtbot, page)
    assert "<b>x</b>&&y" in page.filters.findChildren(Button)[-1].text()
    formats = {label.textFormat() for label in page.findChildren(QLabel)}
    assert formats == {Qt.TextFormat.PlainText}
