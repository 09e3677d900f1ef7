"""One service process for all tests that do not harm it; each takes an application of its own."""

import pytest

from tests.hosted.service import new_api, serving


@pytest.fixture(scope="session")
def running(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("service") / "data", "--bootstrap") as service:
        yield service


@pytest.fixture
def api(running):
    return new_api(running)
