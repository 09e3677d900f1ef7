"""Keeping the vault's key out of core dumps and other processes' reach."""

import ctypes
import sys
from typing import Final

PR_SET_DUMPABLE: Final = 4
"""Source: linux/prctl.h."""


def harden() -> None:
    """No core dumps of this process, and no debugger on it, where the system allows that.

    Not for the window process: without `dumpable`, portal file dialogs no longer open.
    """
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
