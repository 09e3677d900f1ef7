"""A workaround for lost references to `True`, `False` and `None`."""

import ctypes
import sys
from typing import Final

REFERENCES: Final = 1 << 40


def protect_singletons() -> None:
    """Give `True`, `False` and `None` so many references that a long run cannot lose them all.

    PySide6 6.12 drops one reference each time Python emits one of them through a signal; when
    none is left the interpreter ends with `bool_dealloc` or `none_dealloc`. From Python 3.12 on
    they are immortal, so this does nothing there. Remove it with Python 3.11, or when PySide6
    keeps count again.
    """
    if sys.version_info >= (3, 12):
        return
    for constant in (True, False, None):
        ctypes.c_ssize_t.from_address(id(constant)).value += REFERENCES
