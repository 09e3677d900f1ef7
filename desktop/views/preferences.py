"""What the window remembers between starts. Nothing secret: it is read before the vault is open."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from desktop.views.theme import Scheme


class Place(NamedTuple):
    """Where the owner left the window, and how it shall look."""

    scheme: Scheme = Scheme.SYSTEM
    page: str = ""
    application_id: str = ""
    x: int = -1
    y: int = -1
    width: int = 1280
    height: int = 800
    maximized: bool = False
    lock_after_minutes: int = 10
    """Of nobody using the window; 0: never by itself."""
    lock_on_sleep: bool = True
    lock_on_session: bool = True
    """Also when the screen is locked, or another user takes over."""
    guards_capture: bool = True
    """Keep the window out of recordings while it shows a secret, where the system can."""
    workspace: str = ""
    """Folder of the workspace that was opened last."""
    compared_with: str = ""
    """What the Dashboard compares its figures with; empty: the period before."""
    service_at_quit: str = ""
    """`keep` or `stop` once the owner has chosen for good; empty: ask."""


class Preferences:
    """The owner's `Place` in one small file; a missing or spoilt file means the defaults."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.place = _read(path)

    def change(self, **changes: Any) -> None:  # noqa: ANN401 (each field has its type)
        """Remember something new, at once. A disk that refuses costs only the memory of it."""
        self.place = self.place._replace(**changes)
        text = json.dumps(self.place._asdict(), indent=1)
        unfinished = self._path.with_suffix(".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            unfinished.write_text(text, encoding="utf-8")
            unfinished.replace(self._path)
        except OSError:
            with suppress(OSError):
                unfinished.unlink()


def _read(path: Path) -> Place:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Place()
    if not isinstance(found, dict):
        return Place()
    kept = {
        name: found[name]
        for name, default in Place()._asdict().items()
        if name != "scheme" and type(found.get(name)) is type(default)
    }
    known = found.get("scheme") in list(Scheme)
    return Place(scheme=Scheme(found["scheme"]) if known else Scheme.SYSTEM, **kept)
