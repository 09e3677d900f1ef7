"""Shops that bill through the stand-in of Stripe."""

import pytest
import stamina

from desktop.services.storage import derivation
from tests.billing.scene import Shop
from tests.fakes import FakeHosted
from tests.sync_victim import fast_derivation


@pytest.fixture(autouse=True)
def _no_pauses_between_attempts():
    """Requests are tried as often as ever, without the pauses in between."""
    with stamina.set_testing(True, attempts=4, cap=True):
        yield


@pytest.fixture(autouse=True)
def _quick_vaults(monkeypatch):
    """Here a vault only has to open."""
    monkeypatch.setattr(derivation, "hash_secret_raw", fast_derivation)


@pytest.fixture
def hosted():
    return FakeHosted()


@pytest.fixture
def empty_shop(tmp_path, hosted):
    """A desktop without a connection to Stripe."""
    shop = Shop(tmp_path / "a", hosted)
    yield shop
    shop.device.close()


@pytest.fixture
def shop(empty_shop):
    yield empty_shop.open()
    assert not [m for m in empty_shop.stripe.misfits if "Missing required param" not in m]
