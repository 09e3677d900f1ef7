"""Settings of every test: off-screen Qt, no unexpected warnings, the window's workaround."""

import atexit
import logging
import os
import shutil
import tempfile

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# No test reads or writes what belongs to whoever runs it.
os.environ["USAGEFLOW_HOME"] = tempfile.mkdtemp(prefix="usageflow-tests-")

atexit.register(shutil.rmtree, os.environ["USAGEFLOW_HOME"], ignore_errors=True)

import pyrage  # noqa: E402 (the home is moved first)
from hypothesis import HealthCheck, settings  # noqa: E402

from desktop.services.sample_year import SampleYear  # noqa: E402
from desktop.services.storage import derivation  # noqa: E402
from desktop.singletons import protect_singletons  # noqa: E402
from tests.quick import pages_made_once, quick_age, quick_argon2  # noqa: E402

protect_singletons()
# A busy computer is no defect of a test.
settings.register_profile(
    "suite", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("suite")


@pytest.fixture(autouse=True)
def _quick_vaults(request, monkeypatch):
    """New vaults get the cheapest derivation that is allowed, whatever this computer can do.

    Where another process of the product opens them, or where it is what is tested (`real_argon2`),
    it takes the time it takes; everywhere else, and in victims of tests, there is less work in it.
    """
    monkeypatch.setattr(derivation, "tuned_cost", derivation.Argon2Cost)
    if request.node.get_closest_marker("real_argon2") is None:
        monkeypatch.setattr(derivation, "hash_secret_raw", quick_argon2)


@pytest.fixture(autouse=True)
def _sample_made_once(monkeypatch):
    monkeypatch.setattr(SampleYear, "pages", pages_made_once)


@pytest.fixture
def quick_files(monkeypatch):
    """Files with a passphrase open at once."""
    quick = quick_age()
    for name in ("encrypt", "decrypt"):
        monkeypatch.setattr(pyrage.passphrase, name, getattr(quick, name))


@pytest.fixture(autouse=True)
def _no_unexpected_warnings(request, caplog):
    """Fail a test that logs a warning it did not ask to see, by taking `caplog` itself."""
    yield
    test = getattr(request.node, "function", None)
    if test is not None and "caplog" not in test.__code__.co_varnames:
        loud = [r for r in caplog.get_records("call") if r.levelno >= logging.WARNING]
        assert not loud, "unexpected log: " + "; ".join(record.getMessage() for record in loud)
