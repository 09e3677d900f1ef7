"""A service in memory and desktops that use it."""

import pytest
import stamina

from tests.fakes import Device, FakeHosted


@pytest.fixture(autouse=True)
def _no_pauses_between_attempts():
    """Calls are tried as often as ever, without the pauses in between."""
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


@pytest.fixture
def hosted():
    return FakeHosted()


@pytest.fixture
def make_device(tmp_path, hosted):
    """Makes desktops, each with a vault of its own, all connected to the same service."""
    devices = []

    def make(prefix="a", **options):
        device = Device(tmp_path / prefix, hosted, prefix=prefix, **options)
        devices.append(device)
        return device

    yield make
    for device in devices:
        device.close()


@pytest.fixture
def device(make_device):
    return make_device()
