"""The other processes of this window: its core, and the fresh window that follows a lock."""

import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection


def _run_core(connection: Connection, workspace: str) -> None:
    from desktop.core import run

    run(connection, workspace)


class CoreProcess:
    """A core in a process of its own, and the pipe to it.

    One thread reads and one writes, so that the GUI thread never waits for the pipe. The core
    ends by itself when this process does: the pipe closes.
    """

    def __init__(self, workspace: str) -> None:
        context = get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(
            target=_run_core, args=(theirs, workspace), name="usageflow-core", daemon=True
        )
        self._process.start()
        theirs.close()
        self._outgoing: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def is_alive(self) -> bool:
        return self._process.is_alive()

    def open(self, on_frame: Callable[[bytes], None], on_closed: Callable[[], None]) -> None:
        """Start both threads; the callbacks come on the reading one."""
        reading = threading.Thread(target=self._read, args=(on_frame, on_closed), daemon=True)
        reading.start()
        threading.Thread(target=self._write, daemon=True).start()

    def send(self, frame: bytes) -> None:
        self._outgoing.put(frame)

    def close(self) -> None:
        """End the core at once: everything it stores survives that at any instant."""
        self._outgoing.put(None)
        self._process.kill()

    def _read(self, on_frame: Callable[[bytes], None], on_closed: Callable[[], None]) -> None:
        with suppress(EOFError, OSError):
            while True:
                on_frame(self._connection.recv_bytes())
        self._process.join()
        on_closed()

    def _write(self) -> None:
        with suppress(OSError):
            while (frame := self._outgoing.get()) is not None:
                self._connection.send_bytes(frame)


def start_fresh_window(arguments: Sequence[str]) -> None:
    """Open a new, locked window that outlives this process."""
    subprocess.Popen(  # noqa: S603 (our own interpreter and module)
        [sys.executable, "-m", "desktop", *arguments],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
