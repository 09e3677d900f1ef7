"""Settings of every test: off-screen Qt, no unexpected warnings, the window's workaround."""

import logging
import os

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from desktop.singletons import protect_singletons

protect_singletons()


@pytest.fixture(autouse=True)
def _no_unexpected_warnings(request, caplog):
    """Fail a test that logs a warning it did not ask to see, by taking `caplog` itself."""
    yield
    test = getattr(request.node, "function", None)
    if test is not None and "caplog" not in test.__code__.co_varnames:
        loud = [r for r in caplog.get_records("call") if r.levelno >= logging.WARNING]
        assert not loud, "unexpected log: " + "; ".join(record.getMessage() for record in loud)
