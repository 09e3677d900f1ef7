"""The window over real services and a real vault; only the network is in memory."""

import pytest

from contract.messages.applications import EndpointBody
from contract.messages.customers import CustomerBody
from desktop.jobs import Jobs
from desktop.views.main_window import MainWindow
from tests.fakes import APPLICATION, Device, FakeHosted
from tests.gui.fakes import TODAY
from tests.gui.looking import wait_for, wait_for_content
from tests.in_process import InProcessLink

ENDPOINTS = (
    ("GET", "/items/{item_id}", "python"),
    ("GET", "/items/:id", "go"),
    ("POST", "/uploads", "python"),
)


def endpoint_body(method, url, sdk="python"):
    return EndpointBody(
        application_id=APPLICATION,
        method=method,
        url=url,
        first_seen="2026-01-01T00:00:00Z",
        sdk=sdk,
    ).model_dump(mode="json")


@pytest.fixture
def hosted():
    """A service with three endpoints, two of them one route, and a customer with a name."""
    hosted = FakeHosted()
    for number, (method, url, sdk) in enumerate(ENDPOINTS):
        hosted.put("endpoint", f"end_{number}", endpoint_body(method, url, sdk))
    customer = CustomerBody(application_id=APPLICATION, name="Aurora")
    hosted.put("customer", "cus_1", customer.model_dump(mode="json"))
    return hosted


@pytest.fixture
def device(tmp_path, hosted):
    device = Device(tmp_path / "vault", hosted)
    device.sync()
    yield device
    device.close()


@pytest.fixture
def real_window(qtbot, device, theme, preferences):
    """The window on the dashboard; closed before the vault is."""
    jobs = Jobs()
    jobs.attach(InProcessLink(device.services.all()))
    window = MainWindow(jobs, theme, preferences, today=lambda _: TODAY)
    qtbot.addWidget(window)
    window._may_close = True
    window.resize(1280, 800)
    window.show()
    wait_for(qtbot, lambda: window._application is not None)
    yield window
    wait_for(qtbot, lambda: not jobs.running)
    jobs.close()


def open_page(qtbot, window, name):
    """The page of a sidebar's destination, filled."""
    window.show_page(name)
    page = window.pages[name]
    wait_for_content(qtbot, page)
    wait_for(qtbot, lambda: not window._jobs.running)
    return page


def hear(window):
    """What the core's notices would do after an edit or a sync."""
    window._jobs.noticed.emit("configuration")
