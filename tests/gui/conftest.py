"""A window over services in memory, in one fixed language, time zone and look."""

import os
import time

os.environ["TZ"] = "UTC"
os.environ["MPLBACKEND"] = "agg"
time.tzset()

import pytest  # noqa: E402 (the time zone is read at import)
from PySide6.QtCore import QLocale  # noqa: E402
from PySide6.QtGui import QGuiApplication  # noqa: E402

from desktop.jobs import Jobs  # noqa: E402
from desktop.views.charts import PictureView  # noqa: E402
from desktop.views.main_window import MainWindow  # noqa: E402
from desktop.views.preferences import Preferences  # noqa: E402
from desktop.views.theme import Scheme, Theme  # noqa: E402
from tests.gui.fakes import PRODUCTION, TODAY, Controls, services  # noqa: E402
from tests.gui.real import device, hosted, real_window  # noqa: E402, F401 (fixtures)
from tests.in_process import InProcessLink  # noqa: E402


@pytest.fixture(autouse=True)
def _english():
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))


@pytest.fixture(autouse=True)
def _empty_clipboard(qapp):
    """Nothing is handed from test to test, or to the end of the interpreter."""
    yield
    QGuiApplication.clipboard().clear()


@pytest.fixture(autouse=True)
def _charts_drawn_at_once(monkeypatch):
    """However slow the computer is, a chart is there when it was told to show a picture."""
    monkeypatch.setattr(PictureView, "turn_s", 60.0)


@pytest.fixture
def theme(qapp):
    """The light look; it goes on for the whole run, so each test sets it."""
    theme = Theme(Scheme.LIGHT)
    yield theme
    theme.use(Scheme.LIGHT)


@pytest.fixture
def controls():
    controls = Controls()
    yield controls
    controls.release_all()


@pytest.fixture
def link(controls):
    return InProcessLink(services(controls))


@pytest.fixture
def jobs(qtbot, link):
    jobs = Jobs()
    jobs.attach(link)
    yield jobs
    jobs.close()


@pytest.fixture
def preferences(tmp_path):
    return Preferences(tmp_path / "window.json")


@pytest.fixture
def window(qtbot, jobs, theme, preferences):
    """The main window on the dashboard, filled."""
    window = MainWindow(jobs, theme, preferences, today=lambda _: TODAY, workspace=PRODUCTION)
    qtbot.addWidget(window)
    window._may_close = True
    window.show()
    return window
