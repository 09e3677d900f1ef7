"""Tells listeners that something was committed; see `contract.live` for what they hear."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Final

from contract import live

LISTENERS: Final = 256
LISTENERS_OF_A_TOKEN: Final = 8
PAUSE_S: Final = 0.5
"""Between two events: under load listeners hear of many commits at once."""
HEARTBEAT: Final = b": still here\n\n"


class LiveChannel:
    """Keeps the newest committed revision and wakes who waits for the next one.

    Everything but the reading of the revision happens on the event loop's thread.
    """

    def __init__(self, revision: Callable[[], int]) -> None:
        """`revision` reads the newest committed revision; it runs on a worker thread."""
        self._read_revision = revision
        self._revision = 0
        self._committed = asyncio.Event()
        self._told = asyncio.Condition()
        self._is_open = True
        self._listeners: Counter[str] = Counter()

    def note_commit(self) -> None:
        """Something may have got a new revision."""
        self._committed.set()

    async def watch(self) -> None:
        """Tell of commits until cancelled."""
        while True:
            await self._look()
            await asyncio.sleep(PAUSE_S)
            await self._committed.wait()

    async def close(self) -> None:
        """End every stream, so that the process can end."""
        async with self._told:
            self._is_open = False
            self._told.notify_all()

    def has_room(self, token_id: str) -> bool:
        """Whether a token may have one stream more."""
        taken = self._listeners
        return taken.total() < LISTENERS and taken[token_id] < LISTENERS_OF_A_TOKEN

    async def revision(self) -> int:
        """The newest committed revision, read now."""
        await self._look()
        return self._revision

    async def events(
        self,
        token_id: str,
        heard: int,
        id_of: Callable[[int], str],
        may_stay: Callable[[], bool],
    ) -> AsyncIterator[bytes]:
        """A stream, from its first event to its end; at once ended where there is no room.

        Args:
            token_id: whose stream it is.
            heard: the revision that the listener knows of.
            id_of: the event id of a revision.
            may_stay: whether the listener's token still lets it in; asked before each message.
        """
        if not self.has_room(token_id):
            return
        self._listeners[token_id] += 1
        try:
            yield _event(live.READY, id_of(heard))
            while (told := await self._next(heard)) is not None and may_stay():
                yield HEARTBEAT if told == heard else _event(live.CHANGED, id_of(told))
                heard = told
        finally:
            self._listeners[token_id] -= 1
            self._listeners += Counter()  # forgets those at zero

    async def _next(self, heard: int) -> int | None:
        """The newest revision once it is above `heard`; `heard` itself after a heartbeat's time.

        None once the channel is closed.
        """
        async with self._told:
            try:
                async with asyncio.timeout(live.HEARTBEAT_S):
                    await self._told.wait_for(lambda: self._revision > heard or not self._is_open)
            except TimeoutError:
                return heard
            return self._revision if self._is_open else None

    async def _look(self) -> None:
        self._committed.clear()
        revision = await asyncio.to_thread(self._read_revision)
        async with self._told:
            if revision > self._revision:
                self._revision = revision
                self._told.notify_all()


def _event(name: str, event_id: str) -> bytes:
    return f"event: {name}\nid: {event_id}\ndata: {{}}\n\n".encode()
