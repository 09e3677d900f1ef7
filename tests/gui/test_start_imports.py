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
    "hashlib",
    "typer",
    "PySide6.QtSvg",
    "QtWidgets.QComboBox",
    "QtGui.QIcon",
    "QtCore.Qt",  # its enumerations take a tenth of the start
    "PySide6.QtNetwork",
    "desktop.views.charts",
    "desktop.views.main_window",
}
SCRIPT = """
import os
import sys
from PySide6 import QtCore, QtGui, QtWidgets
from desktop import app

def report(_):
    print(*sys.modules)
    for module in (QtCore, QtGui, QtWidgets):
        print(*(f"{module.__name__.removeprefix('PySide6.')}.{name}" for name in vars(module)))
    sys.stdout.flush()
    os._exit(0)

app.Desktop._load_the_rest = report
app.main([])
"""


def test_unlock_window_loads_nothing_heavy(tmp_path, monkeypatch):
    workspace = tmp_path / "workspaces" / "default"
    workspace.mkdir(parents=True)
    (workspace / "vault.hdr").touch()
    monkeypatch.setenv("USAGEFLOW_HOME", str(tmp_path))
    child = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(child.stdout.split())
    assert loaded >= {"PySide6.QtWidgets", "desktop.views.unlock_page", "QtCore.QTimer"}
    assert loaded.isdisjoint(HEAVY)
