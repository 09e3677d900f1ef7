"""Ends the account of a running service: closed to SDKs at once, deleted when it is told to be.

What is destroyed is destroyed after this process has let go of it: here it is only noted for good,
and `has_ended` asks the server to end. `farewell` does the rest, now or at any later start.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from contract.messages.account import AccountDeletion, EndState
from contract.messages.erasure import ErasureCount
from hosted.clock import Clock
from hosted.metering.writer import Writer
from hosted.storage.access_records import AuditRecord
from hosted.storage.account_end import NotedEnd
from hosted.storage.base import Storage, Transaction

LOOK_EVERY_S: Final = 0.1
LOOKS: Final = 50
"""Followers are told of a row once a second at most: the last figures need a moment."""


@dataclass(frozen=True, slots=True)
class RecordClosing:
    """Says in the audit log who closed the account; once for each deletion."""

    deletion_id: str
    actor: str
    at_us: int

    def apply(self, transaction: Transaction) -> None:
        transaction.append_audit(
            AuditRecord(self.at_us, self.actor, "close", "account", self.deletion_id, None, None)
        )


class AccountEnd:
    """Event loop's thread."""

    def __init__(
        self, storage: Storage, writer: Writer, close_gate: Callable[[], None], clock: Clock
    ) -> None:
        """`close_gate` ends what SDKs do; called at once for an account that is closed already."""
        self._storage = storage
        self._writer = writer
        self._close_gate = close_gate
        self._clock = clock
        self.has_ended = asyncio.Event()
        if storage.account_end.noted is not None:
            close_gate()

    @property
    def noted(self) -> NotedEnd | None:
        """How far it is; None while the account lives."""
        return self._storage.account_end.noted

    async def close(self, deletion_id: str, actor: str) -> NotedEnd:
        """Refuse SDKs from now on; what they were told is counted, and may be read afterwards.

        Raises:
            StorageUnavailable: nothing was changed.
        """
        if self.noted is None:
            await self._writer.run(RecordClosing(deletion_id, actor, self._clock()))
        noted = await asyncio.to_thread(self._storage.account_end.close, deletion_id)
        self._close_gate()
        await self._writer.catch_up()
        for _ in range(LOOKS):
            if await asyncio.to_thread(self._storage.is_all_told):
                break
            await asyncio.sleep(LOOK_EVERY_S)
        return noted

    async def apply(self) -> NotedEnd:
        """Have everything destroyed. There is no way back from here.

        Raises:
            StorageUnavailable: nothing was changed.
        """
        await self._writer.catch_up()
        counts = await asyncio.to_thread(self._storage.row_counts)
        noted = await asyncio.to_thread(self._storage.account_end.apply, counts)
        self.has_ended.set()
        return noted


def told(noted: NotedEnd) -> AccountDeletion:
    """An end as the contract tells it."""
    return AccountDeletion(
        deletion_id=noted.deletion_id,
        state=EndState.DELETED if noted.is_applied else EndState.CLOSED,
        counts=tuple(
            ErasureCount(what=table, rows=rows) for table, rows in sorted(noted.counts.items())
        ),
    )
