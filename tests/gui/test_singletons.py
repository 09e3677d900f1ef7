"""The workaround for lost references to `True`, `False` and `None`."""

import subprocess
import sys

import pytest

EMISSIONS = 20_000
SCRIPT = f"""
import sys
from PySide6.QtCore import QObject, Signal

class Sender(QObject):
    sent = Signal(object)

if sys.argv[1] == "protected":
    from desktop.singletons import protect_singletons
    protect_singletons()
sender = Sender()
sender.sent.connect(lambda value: value)
for _ in range({EMISSIONS}):
    for value in (True, False, None):
        sender.sent.emit(value)
print("alive", flush=True)
"""


def run(mode):
    return subprocess.run(
        [sys.executable, "-c", SCRIPT, mode], capture_output=True, text=True, check=False
    )


def test_protected_process_outlives_many_emissions():
    result = run("protected")
    assert result.stdout == "alive\n"
    assert result.returncode == 0


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="the constants are immortal there")
def test_defect_is_still_there():
    """When this fails, PySide6 keeps count again: remove `desktop.singletons`."""
    assert run("bare").returncode != 0
