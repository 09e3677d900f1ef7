"""No turn of the window's event loop takes longer than a frame: real core, real vault, real file.

The core is a process of its own behind the pipe, as it is for an owner. The largest question that
the controls can ask is asked, cancelled, drawn and shown as a table, and a million rows of it are
written to a file while the window shows how far that is. A watchdog takes the processor time of the
window's thread in each turn: what other programs do at the same moment does not count.
"""

import gc
import json
import logging
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, timedelta

import pytest
from PySide6.QtCore import (
    QAbstractEventDispatcher,
    QCoreApplication,
    QEvent,
    QEventLoop,
    QObject,
    QTimer,
)
from PySide6.QtWidgets import QFileDialog

from contract.messages.rollups import EndpointHour
from desktop.domain import calendar
from desktop.domain.usage import DateRange
from desktop.domain.usage_questions import Comparison, Dimension, Grain, Measure, Question
from desktop.domain.usage_views import ChartKind, UsageView
from desktop.jobs import Jobs
from desktop.processes import CoreProcess
from desktop.services.compose import build_services
from desktop.services.sample_year import SAMPLE_ID
from desktop.services.storage import configuration, derivation, rollups
from desktop.services.storage.configuration import SAMPLE_EPOCH, RowKey, StoredRow
from desktop.services.workspace import WorkspaceService
from desktop.views.main_window import MainWindow
from desktop.views.preferences import Preferences
from desktop.views.state_page import PageState
from desktop.views.theme import Scheme, Theme
from tests.gui.looking import SHOWN

pytestmark = pytest.mark.real_argon2

STALL_MS = 16.0
"""A frame of a screen with 60 pictures a second."""
TRIES = 4
PASSPHRASE = "a long enough passphrase"
PATIENCE_S = 30
TODAY = date(2026, 11, 23)
TOMORROW = TODAY + timedelta(days=1)
DAYS = 400
PERIOD = DateRange(TOMORROW - timedelta(days=DAYS), TOMORROW)
FIRST_HOUR = calendar.instant(PERIOD.start, UTC)
BUSY, ENDPOINTS = 24, 1000
EVERY = 20
"""Hours between two in which a busy endpoint is called."""
EXPORTED = DateRange(TOMORROW - timedelta(days=42), TOMORROW)
ROWS = 42 * 24 * ENDPOINTS
"""Of the export: every endpoint in every hour, a million and some thousand."""


class Watchdog(QObject):
    """Keeps the longest turn of the event loop, in milliseconds of the thread's processor time."""

    def __init__(self):
        super().__init__()
        self.worst_ms = self.wall_ms = 0.0
        self._cpu = 0.0

    def __repr__(self):
        return f"a turn of {self.worst_ms:.1f} ms; all of it {self.wall_ms:.0f} ms by the clock"

    @contextmanager
    def watching(self):
        """Nothing older is looked at by the collector meanwhile, as in a window that has begun."""
        gc.collect()
        gc.freeze()
        began, self._cpu = time.monotonic(), time.thread_time()
        dispatcher = QAbstractEventDispatcher.instance()
        dispatcher.awake.connect(self._turn)
        try:
            yield
        finally:
            dispatcher.awake.disconnect(self._turn)
            gc.unfreeze()
            self.wall_ms = 1000 * (time.monotonic() - began)
            logging.getLogger(__name__).info("%s", self)

    def _turn(self):
        now = time.thread_time()
        self.worst_ms = max(self.worst_ms, 1000 * (now - self._cpu))
        self._cpu = now


def until(state):
    """Go on with the window until something is so."""
    deadline = time.monotonic() + PATIENCE_S
    looking = QTimer(interval=10)
    looking.start()
    while not state():
        assert time.monotonic() < deadline
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)


@pytest.fixture
def _charts_drawn_at_once():
    """They are drawn as they are for an owner."""


def hour_rows():
    for number in range(ENDPOINTS):
        hours = (
            range(number % EVERY, DAYS * 24, EVERY) if number < BUSY else [DAYS * 24 - 1 - number]
        )
        for hour in hours:
            calls = 900 - number // 2 + (hour * (number + 7)) % 400
            yield EndpointHour(
                SAMPLE_ID, f"end_{number:04}", FIRST_HOUR + 3600 * hour, calls, calls, calls // 9,
                0, 0, 0, 0, (20 + hour % 40, calls), 1,
            )  # fmt: skip


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """A vault with a thousand endpoints, some of them busy all the time."""
    directory = tmp_path_factory.mktemp("large") / "workspace"
    services = build_services(directory, directory / "service", syncs_by_itself=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(derivation, "tuned_cost", derivation.Argon2Cost)
        services.workspace.create(PASSPHRASE)
    with services.vault.transaction() as db:
        put(db, RowKey("application", SAMPLE_ID), name="Acme", time_zone="UTC", archived=False)
        for number in range(ENDPOINTS):
            put(db, RowKey("endpoint", f"end_{number:04}"), application_id=SAMPLE_ID, method="GET",
                url=f"/v1/{number}")  # fmt: skip
        rollups.store_page(db, list(hour_rows()), SAMPLE_EPOCH, lambda _: UTC)
    services.close()
    return directory


def put(db, key, **body):
    configuration.put(db, key, StoredRow(json.dumps(body), 1, SAMPLE_EPOCH))


@pytest.fixture(scope="module")
def window(qapp, workspace):
    """The window on the Usage page, over a core process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("USAGEFLOW_HOME", str(workspace.parent))
        core = CoreProcess(str(workspace))
        jobs = Jobs()
        jobs.attach(core)
        unlocked = []
        jobs.start(WorkspaceService.unlock, PASSPHRASE, done=unlocked.append)
        until(lambda: unlocked)
        preferences = Preferences(workspace.parent / "window.json")
        window = MainWindow(jobs, Theme(Scheme.LIGHT), preferences, today=lambda _: TODAY)
        window._may_close = True
        window.resize(1280, 800)
        window.show()
        window.show_page("usage")
        until(lambda: window.pages["usage"].states.state in SHOWN)
        until(lambda: not jobs.running)
        yield window
        jobs.close()
        window.close()
        window.deleteLater()


@pytest.fixture
def page(window):
    """The Usage page with its first chart, and nothing under way."""
    page = window.pages["usage"]
    begin_anew(page)
    return page


def begin_anew(page):
    page.open_view(UsageView(Question(PERIOD, application_id=SAMPLE_ID)))
    until(lambda: is_on_screen(page))
    until(lambda: not page.jobs.running)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def watched(page, story):
    """Let something happen under the watchdog; of a few times the one with the least worst turn.

    A stall of the window comes every time. What other programs do to the caches and the speed of
    the processor does not, and it is no defect of the window.
    """
    for _ in range(TRIES):
        begin_anew(page)
        watchdog = Watchdog()
        with watchdog.watching():
            story()
        if watchdog.worst_ms <= STALL_MS:
            break
    return watchdog


def is_on_screen(page):
    chart = page.card.chart
    shown = chart.overlay.layout_shown
    return page._asking is None and shown is not None and shown.picture is chart.picture


def largest(**more):
    """As many lines and points as the controls can ask for, and what they are compared with."""
    question = Question(
        PERIOD, Measure.REQUESTS, SAMPLE_ID, Grain.HOUR, Dimension.ENDPOINT, (),
        Comparison.PREVIOUS, 20,
    )  # fmt: skip
    return UsageView(replace(question, **more))


def many(view):
    """Views that each ask something else."""
    return (replace(view, question=replace(view.question, top=20 + more)) for more in range(50))


def test_watchdog_sees_a_stall(page):
    def stall():
        until_cpu = time.thread_time() + 0.03
        while time.thread_time() < until_cpu:
            pass

    def story():
        begun = []
        QTimer.singleShot(0, lambda: (stall(), begun.append(1)))
        until(lambda: begun)
        until(lambda: begun)

    assert watched(page, story).worst_ms >= 30


@pytest.mark.parametrize("kind", [ChartKind.LINES, ChartKind.AREAS, ChartKind.BARS])
def test_window_goes_on_while_the_largest_question_is_answered_and_drawn(page, kind):
    def story():
        page.open_view(replace(largest(), kind=kind))
        until(lambda: is_on_screen(page))
        until(lambda: not page.jobs.running)

    watchdog = watched(page, story)
    assert len(page.card.picture.traces) > 20
    assert len(page.card.picture.places) > 300
    assert watchdog.worst_ms <= STALL_MS, watchdog


def test_window_goes_on_while_many_more_groups_are_asked_for_by_a_link(page):
    def story():
        page.open_view(largest(top=ENDPOINTS))
        until(lambda: is_on_screen(page))

    watchdog = watched(page, story)
    assert watchdog.worst_ms <= STALL_MS, watchdog


def test_window_goes_on_while_the_largest_question_is_cancelled(page):
    def story():
        for view in many(largest()):  # the core may be quicker than the cancel
            page.open_view(view)
            page._asking.cancel()
            until(lambda: page._asking is None)
            if page.states.state is PageState.ERROR:
                return

    watchdog = watched(page, story)
    assert page.states.state is PageState.ERROR
    assert watchdog.worst_ms <= STALL_MS, watchdog


def test_window_goes_on_while_a_million_rows_are_exported(page, window, monkeypatch, tmp_path):
    path = tmp_path / "usage.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    whole = largest(period=EXPORTED, top=ENDPOINTS, comparison=Comparison.NONE)
    told, seen = [], set()
    page.toast_offered.connect(lambda text, _: told.append(text))
    window.activities.changed.connect(
        lambda: seen.update((one.done, one.total) for one in window.activities.running)
    )

    def story():
        told.clear()
        page.open_view(whole)
        until(lambda: is_on_screen(page))
        page.export_view()
        window.strip.jobs.click()
        until(lambda: told)

    watchdog = watched(page, story)
    assert len(seen) > 3
    assert {total for _, total in seen} <= {None, ROWS}
    with path.open("rb") as file:
        assert sum(1 for _ in file) == 1 + ROWS
    assert watchdog.worst_ms <= STALL_MS, watchdog
