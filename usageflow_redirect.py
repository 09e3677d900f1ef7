"""Lets the public UsageFlow SDK for Python report to a service of your own.

The SDK has the address of its service as a constant. Import this module before the SDK's
middleware is made, with the address in the environment variable USAGEFLOW_WS_URL:

    import usageflow_redirect

or leave the application as it is, and let every Python program of the environment do it:

    python usageflow_redirect.py install      (and `remove` to take it back)

Without the variable nothing is changed. The file needs nothing but Python 3.8 or newer, and serves
every SDK since 0.1, because it replaces the attribute that holds the address.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.abc import Loader
    from importlib.machinery import ModuleSpec
    from pathlib import Path
    from types import ModuleType

VARIABLE = "USAGEFLOW_WS_URL"
ATTRIBUTES = {
    "usageflow.core.socket_manager": ("UsageFlowSocketManager", "ws_url"),
    "usageflow.core.base": ("UsageFlowClient", "usageflow_url"),
}
"""Where the SDK keeps the address: since 0.3 for its sockets, before that for HTTP."""


class Watcher:
    """Finds nothing itself; it is there when the SDK's modules are found."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module as Python finds it, redirected as soon as it has been executed."""
        if name not in ATTRIBUTES:
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(name, path, target)
            if spec is not None and spec.loader is not None:
                _redirect_after(spec.loader)
                return spec
        return None


def _redirect_after(loader: Loader) -> None:
    execute = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        execute(module)
        _redirect(module)

    loader.exec_module = exec_module  # type: ignore[method-assign]


def _redirect(module: ModuleType) -> None:
    """Make the attribute answer with the owner's address, whatever the SDK assigns to it."""
    name, attribute = ATTRIBUTES[module.__name__]

    def read(instance: object) -> str:
        ws_url = os.environ.get(VARIABLE)
        if not ws_url:
            return str(vars(instance)[attribute])
        return ws_url if attribute == "ws_url" else _http(ws_url)

    def write(instance: object, value: str) -> None:
        vars(instance)[attribute] = value

    setattr(getattr(module, name), attribute, property(read, write))


def _http(ws_url: str) -> str:
    """Base address of the oldest SDKs: `wss://host/ws` is `https://host` to them."""
    base = ws_url[: -len("/ws")] if ws_url.endswith("/ws") else ws_url
    return "http" + base[len("ws") :]


def _places() -> tuple[Path, Path]:
    """Where this module and its start-up line belong in the environment."""
    import sysconfig
    from pathlib import Path

    folder = Path(sysconfig.get_path("purelib"))
    return folder / "usageflow_redirect.py", folder / "usageflow_redirect.pth"


def install() -> None:
    """Import this module at every start of this environment's Python."""
    from pathlib import Path

    module, start_line = _places()
    source = Path(__file__).read_bytes()
    module.write_bytes(source)
    start_line.write_text("import usageflow_redirect\n", encoding="ascii")
    sys.stdout.write(f"Installed in {module.parent}\n")


def remove() -> None:
    """Take `install` back."""
    for path in _places():
        if path.exists():
            path.unlink()
    sys.stdout.write("Removed\n")


if __name__ == "__main__":
    actions = {"install": install, "remove": remove}
    chosen = actions.get(" ".join(sys.argv[1:]))
    if chosen is None:
        sys.exit("Usage: python usageflow_redirect.py install|remove")
    chosen()
else:
    for known in ATTRIBUTES:
        if known in sys.modules:
            _redirect(sys.modules[known])
    sys.meta_path.insert(0, Watcher())
