"""What the Unlock window may load before it is painted."""

import subprocess
import sys

HEAVY = {
    "matplotlib",
    "numpy",
    "pydantic",
    "msgspec",
    "httpx",
    "keyring",
    "stripe",
    "sqlcipher3",
    "argon2",
    "typer",
    "PySide6.QtSvg",
    "PySide6.QtNetwork",
    "desktop.views.charts",
    "desktop.views.main_window",
}
SCRIPT = """
import sys
from PySide6.QtWidgets import QApplication
from desktop.jobs import Jobs
from desktop.views.theme import Scheme, Theme
from desktop.views.unlock_page import UnlockPage
application = QApplication([])
theme = Theme(Scheme.SYSTEM)
page = UnlockPage(Jobs(), "default")
page.resize(1280, 800)
page.show()
print(" ".join(sorted(sys.modules)))
"""


def test_unlock_window_loads_nothing_heavy():
    child = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(child.stdout.split())
    assert "PySide6.QtWidgets" in loaded
    assert loaded.isdisjoint(HEAVY)
