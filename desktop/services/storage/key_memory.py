"""A page of memory for one key: never swapped, never in a core dump, where the system allows it.

The copies that the database library and Python make on the way cannot be kept in such a page; that
is why locking the vault ends the process. This keeps the copy that lives longest out of the swap.
"""

import ctypes
import mmap
import sys
from typing import Final

MADV_DONTDUMP: Final = getattr(mmap, "MADV_DONTDUMP", None)


class LockedKey:
    """A key in a page of its own; `forget` overwrites it."""

    def __init__(self, key: bytes) -> None:
        self._length = len(key)
        self._page = mmap.mmap(-1, mmap.PAGESIZE)
        self.is_locked = _lock(self._page)
        """Whether the system keeps the page out of the swap; it may have no room for that."""
        self._page[: self._length] = key

    def value(self) -> bytes:
        """A copy, for the moment of its use. Raises: ValueError once forgotten."""
        return self._page[: self._length]

    def forget(self) -> None:
        """Overwrite the key and give the page back; a second time does nothing."""
        if not self._page.closed:
            self._page[: self._length] = bytes(self._length)
            self._page.close()


def _lock(page: mmap.mmap) -> bool:
    if sys.platform == "win32":
        return False
    if MADV_DONTDUMP is not None:
        page.madvise(MADV_DONTDUMP)
    view = ctypes.c_char.from_buffer(page)
    try:
        locked = ctypes.CDLL(None).mlock(ctypes.byref(view), ctypes.c_size_t(mmap.PAGESIZE))
    finally:
        del view  # or the page could not be closed
    return bool(locked == 0)
