"""The core process: it owns the vault, the network and the keyring, and answers the window's calls.

No Qt in here.
"""

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from desktop import wire
from desktop.call_server import CallServer
from desktop.logs import set_up_logging
from desktop.services.compose import build_services

PR_SET_DUMPABLE: Final = 4
"""Source: linux/prctl.h."""


class Pipe:
    """The core's end of the pipe; several threads may send."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._sending = threading.Lock()

    def send(self, frame: bytes) -> None:
        # The window is gone when the pipe is: the reading loop ends the process.
        with self._sending, suppress(BrokenPipeError, ConnectionResetError):
            self._connection.send_bytes(frame)

    def notice(self, topic: str) -> None:
        self.send(wire.encode(wire.Notice(topic)))

    def frames(self) -> Iterable[bytes]:
        """Frames of the window, until it closes its end or dies."""
        with suppress(EOFError, ConnectionResetError):
            while True:
                yield self._connection.recv_bytes()


def run(connection: Connection, workspace: str) -> None:
    """Serve the window on `connection` until it goes away, then end this process at once.

    Ends without tidying up on purpose: ending the process is what erases the key, and everything
    that is stored survives a kill at any instant.
    """
    set_up_logging("core")
    harden()
    pipe = Pipe(connection)
    services = build_services(Path(workspace), notice=pipe.notice)
    server = CallServer(services.all(), pipe.send)
    for frame in pipe.frames():
        server.handle(frame)
    os._exit(0)


def harden() -> None:
    """Keep the key out of core dumps and other processes' reach, where the system allows it.

    Not in the window process: without `dumpable`, portal file dialogs no longer open.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in a terminal is for the window
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
