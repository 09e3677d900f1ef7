"""Environments of what cannot be installed beside the rest: older SDKs, servers to test against.

Each is made once, from a lock with hashes, under the ignored build folder, and made anew when its
lock changes.
"""

import fcntl
import shutil
import subprocess
import sys
from hashlib import sha256

from tests.hosted.service import ROOT

LOCKS = ROOT / "tests" / "sdk_environments"
MADE = ROOT / "build" / "sdk-environments"
INSTALL_LIMIT_S = 240
SOURCE_ONLY = "localstripe"
"""Published without a wheel."""


def python_of(version):
    """Interpreter of the environment that has an SDK version."""
    MADE.mkdir(parents=True, exist_ok=True)
    with (MADE / f"{version}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # test processes that run at once share the result
        return _made(version)


def _made(version):
    place, lock = MADE / version, LOCKS / f"{version}.txt"
    stamp, wanted = place / "made-of", sha256(lock.read_bytes() + sys.version.encode()).hexdigest()
    python = place / "bin" / "python"
    if stamp.exists() and stamp.read_text() == wanted:
        return python
    shutil.rmtree(place, ignore_errors=True)
    _run(sys.executable, "-m", "venv", place)
    options = ("--require-hashes", "--only-binary", ":all:", "--no-binary", SOURCE_ONLY, "--quiet")
    _run(python, "-m", "pip", "--disable-pip-version-check", "install", *options, "-r", lock)
    stamp.write_text(wanted)
    return python


def _run(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_LIMIT_S)  # noqa: PLW1510
    assert done.returncode == 0, done.stdout + done.stderr
