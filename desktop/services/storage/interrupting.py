"""Lets the owner cancel a statement that takes long."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from sqlcipher3 import dbapi2 as sqlcipher

from desktop.domain.errors import Cancelled

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.calls import Report

STEPS: Final = 100_000
"""Of the database's machine: about a millisecond."""
LOOK_EVERY_S: Final = 0.05


@contextmanager
def cancellable(db: Connection, report: Report) -> Iterator[None]:
    """Within the block a cancel also lands in the middle of a statement. Raises: Cancelled."""
    cancels: list[Cancelled] = []
    looked_at = time.monotonic()

    def look() -> int:
        nonlocal looked_at
        now = time.monotonic()
        if now - looked_at < LOOK_EVERY_S:
            return 0
        looked_at = now
        try:
            report(0)
        except Cancelled as cancel:
            cancels.append(cancel)
            return 1
        return 0

    db.set_progress_handler(look, STEPS)
    try:
        yield
    except sqlcipher.OperationalError:
        if cancels:
            raise cancels[0] from None
        raise
    finally:
        db.set_progress_handler(None, 0)
