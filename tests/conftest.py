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

from desktop.services.storage import derivation  # noqa: E402 (the home is moved first)
from desktop.singletons import protect_singletons  # noqa: E402

protect_singletons()


@pytest.fixture(autouse=True)
def _no_tuning(monkeypatch):
    """New vaults get the cheapest derivation that is allowed, whatever this computer can do."""
    monkeypatch.setattr(derivation, "tuned_cost", derivation.Argon2Cost)


@pytest.fixture(autouse=True)
def _no_unexpected_warnings(request, caplog):
    """Fail a test that logs a warning it did not ask to see, by taking `caplog` itself."""
    yield
    test = getattr(request.node, "function", None)
    if test is not None and "caplog" not in test.__code__.co_varnames:
        loud = [r for r in caplog.get_records("call") if r.levelno >= logging.WARNING]
        assert not loud, "unexpected log: " + "; ".join(record.getMessage() for record in loud)
