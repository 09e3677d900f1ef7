"""One service process for all tests that do not harm it; each takes an application of its own."""

import pytest

from tests.hosted.service import new_api, serving, start


@pytest.fixture(scope="session")
def running(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("service") / "data", "--bootstrap") as service:
        yield service


@pytest.fixture
def api(running):
    return new_api(running)


@pytest.fixture
def begin():
    """Starts services for tests that end or kill them; what a failed test leaves is ended."""
    begun = []

    def begin_one(directory, *arguments, **options):
        begun.append(start(directory, *arguments, **options))
        return begun[-1]

    yield begin_one
    for running in begun:
        if running.process.poll() is None:
            running.kill()
