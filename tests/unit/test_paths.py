"""Where files live: the platform's usual place, unless the owner moved it."""

from pathlib import Path

import platformdirs
import pytest

from desktop import paths


@pytest.fixture(autouse=True)
def _unmoved(monkeypatch):
    monkeypatch.delenv(paths.HOME_VARIABLE, raising=False)


@pytest.mark.parametrize("shared", [None, "", "/somewhere/else"])
def test_home_is_the_place_the_platform_prescribes(monkeypatch, shared):
    if shared is None:
        monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    else:
        monkeypatch.setenv("XDG_DATA_HOME", shared)
    assert paths.home() == platformdirs.user_data_path("usageflow", appauthor=False)


def test_owner_moves_everything_with_one_variable(monkeypatch, tmp_path):
    monkeypatch.setenv(paths.HOME_VARIABLE, str(tmp_path))
    assert paths.default_workspace() == Path(tmp_path) / "workspaces" / "default"
    assert paths.service_data() == Path(tmp_path) / "service"
