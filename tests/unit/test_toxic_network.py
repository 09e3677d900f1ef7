"""A network that does its worst: states with a name, bounded memory, recovery without a restart."""

import threading
import time
import tracemalloc

import httpx
import pytest

from desktop.domain.connection import SyncPhase
from desktop.domain.errors import AppError, Cancelled
from desktop.services.calls import no_report
from desktop.services.client import ServiceClient
from desktop.services.service_api import http as http_module
from tests import loopback
from tests.fakes import Device, FakeHosted
from tests.loopback import Loopback
from tests.prices import rule_draft
from tests.unit.test_sync import DAY, RECOMPUTED, SUMS, total

MOST_BYTES = 100 * 2**20
PROMPT_S = 2.0


class Network:
    """A device that reaches its service over a loopback port."""

    def __init__(self, directory):
        self.hosted = FakeHosted(page_size=5)
        self.server = Loopback(self.hosted.handle)
        self.device = Device(directory, self.hosted)
        self.device.sync()
        make = lambda _url, token: ServiceClient(self.server.url, token, httpx.HTTPTransport())  # noqa: E731
        self.device.services.link._make_client = make
        self.device.services.link.forget()

    def close(self):
        self.device.close()
        self.server.close()


@pytest.fixture
def network(tmp_path):
    network = Network(tmp_path / "desktop")
    yield network
    network.close()


@pytest.fixture
def patience(monkeypatch):
    """Has the client wait no longer than this for a whole answer of a network that drips."""

    def be_patient_with(poison, seconds=0.3):
        if poison is loopback.dripping:
            monkeypatch.setattr(http_module, "ANSWER_TIMEOUT_S", seconds)

    return be_patient_with


POISONS = [
    (loopback.reset_in_mid_body, SyncPhase.OFFLINE, "service_unreachable"),
    (loopback.truncated, SyncPhase.OFFLINE, "not_our_service"),
    (loopback.failing, SyncPhase.OFFLINE, "service_faulty"),
    (loopback.too_many, SyncPhase.OFFLINE, "service_busy"),
    (loopback.dripping, SyncPhase.OFFLINE, "service_slow"),
    (loopback.of_another_type, SyncPhase.OFFLINE, "not_our_service"),
    (loopback.a_gigabyte, SyncPhase.OFFLINE, "not_our_service"),
]


@pytest.mark.parametrize(
    ("poison", "phase", "code"), POISONS, ids=[p.__name__ for p, _, _ in POISONS]
)
def test_each_trouble_is_a_state_and_passes_without_a_restart(
    network, patience, poison, phase, code
):
    patience(poison)
    device = network.device
    for number in range(4):
        network.hosted.count("end_1", f"cus_{number}", number * DAY)
    device.services.pricing.publish(rule_draft("Offline"), None)
    network.server.poison = poison
    tracemalloc.start()
    try:
        with pytest.raises(AppError) as failure:
            device.sync()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert failure.value.code == code
    state = device.services.sync.state()
    assert (state.phase, state.problem_code) == (phase, code)
    assert peak < MOST_BYTES
    assert device.query(SUMS) == device.query(RECOMPUTED)

    network.server.poison = None
    assert device.sync().phase is SyncPhase.IDLE
    assert total(device) == 4
    assert [body["name"] for body in bodies(network.hosted)] == ["Offline"]


def bodies(hosted):
    return [s.body for key, s in hosted.rows.items() if key[0] == "pricing_rule"]


@pytest.mark.parametrize("poison", [p for p, _, _ in POISONS if p is not loopback.a_gigabyte])
def test_trouble_in_the_middle_of_the_past_costs_no_page_that_was_stored(network, patience, poison):
    patience(poison)
    device = network.device
    network.hosted.forget_cursors()
    for number in range(12):
        network.hosted.count("end_1", f"cus_{number}", number * DAY)
    pages = []

    def third_page_is_bad(handler, response):
        pages.append(handler)
        is_bad = "order=backfill" in handler.path and len(pages) > 6
        (poison if is_bad else loopback.plain)(handler, response)

    network.server.poison = third_page_is_bad
    with pytest.raises(AppError):
        device.sync()
    (before,) = device.query("SELECT received FROM cursors WHERE stream = 'backfill'")[0]
    assert device.query(SUMS) == device.query(RECOMPUTED)
    network.server.poison = None
    device.sync()
    (after,) = device.query("SELECT received FROM cursors WHERE stream = 'backfill'")[0]
    assert (total(device), after) == (12, 36)
    assert before > 0


def test_latency_is_no_trouble(network):
    network.hosted.count()
    network.server.poison = loopback.late
    assert network.device.sync().phase is SyncPhase.IDLE
    assert total(network.device) == 1


def test_busy_service_says_how_long_it_wants_to_be_left_alone(network):
    network.server.poison = loopback.too_many
    with pytest.raises(AppError) as failure:
        network.device.sync()
    assert failure.value.retry_after_s == 7


def test_cancel_lands_while_an_answer_drips(network, patience):
    patience(loopback.dripping, seconds=2.5)
    network.device.sync()
    network.server.poison = loopback.dripping
    begun = time.monotonic()

    def cancel(_done, _total=None):
        if time.monotonic() - begun > 0.3:
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        network.device.services.sync.run(cancel)
    assert time.monotonic() - begun < PROMPT_S
    network.server.poison = None
    assert network.device.sync().phase is SyncPhase.IDLE


def test_closing_everything_in_mid_sync_is_prompt_and_leaves_nothing_half_done(network):
    for number in range(60):
        network.hosted.count("end_1", f"cus_{number % 7}", number * DAY // 3)
    network.hosted.forget_cursors()
    device, reached = network.device, threading.Event()

    def slow(handler, response):
        if "order=backfill" in handler.path:
            reached.set()
        loopback.plain(handler, response)

    network.server.poison = slow
    device.services.sync.start()
    assert reached.wait(10)
    begun = time.monotonic()
    device.services.close()
    assert time.monotonic() - begun < PROMPT_S
    network.server.poison = None
    device.reopen()
    assert device.query(SUMS) == device.query(RECOMPUTED)
    device.services.link._make_client = lambda _url, token: ServiceClient(
        network.server.url, token, httpx.HTTPTransport()
    )
    device.services.sync.run(no_report)
    assert total(device) == 60


def test_nothing_new_is_one_request(network):
    network.hosted.count()
    network.device.sync()
    sent = len(network.hosted.requests)
    network.device.sync()
    assert [r.url.path for r in network.hosted.requests[sent:]] == ["/v1/changes"]
