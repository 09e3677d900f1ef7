"""Where the product's files live on this computer."""

import os
import sys
from pathlib import Path

HOME_VARIABLE = "USAGEFLOW_HOME"
"""Environment variable that moves everything to another directory."""


def home() -> Path:
    """Directory of everything the product stores for this user; it need not exist yet."""
    moved = os.environ.get(HOME_VARIABLE)
    if moved:
        return Path(moved).absolute()
    if sys.platform != "linux":
        from platformdirs import user_data_path

        return user_data_path("usageflow", appauthor=False)
    # What platformdirs answers as well; importing it costs the first window an eighth of its
    # start. Source: XDG Base Directory Specification.
    shared = os.environ.get("XDG_DATA_HOME", "").strip()
    return (Path(shared) if shared else Path.home() / ".local" / "share") / "usageflow"


def default_workspace() -> Path:
    return home() / "workspaces" / "default"


def service_data() -> Path:
    """Data directory of the embedded service; one for all workspaces of this user."""
    return home() / "service"


def witnesses() -> Path:
    """Where it is remembered how new each vault was; outside of every vault."""
    return home() / "seen"


def runtime() -> Path:
    """Where sockets lie while windows are open. Source: XDG Base Directory Specification."""
    shared = "" if os.environ.get(HOME_VARIABLE) else os.environ.get("XDG_RUNTIME_DIR", "")
    return Path(shared) / "usageflow" if Path(shared).is_absolute() else home() / "windows"


def logs() -> Path:
    return home() / "logs"


def make_private(directory: Path) -> None:
    """Make a directory that only this user can enter, with its parents."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
