"""The core process: it owns the vault, the network and the keyring, and answers the window's calls.

No Qt in here.
"""

import os
import signal
import threading
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from desktop import wire
from desktop.call_server import CallServer
from desktop.domain.errors import WorkspaceListProblem
from desktop.hardening import harden
from desktop.logs import set_up_logging
from desktop.services.alerts.notifying import DesktopNotifier
from desktop.services.compose import Services, build_services, real_surroundings
from desktop.services.locking import LockingService
from desktop.services.session_watch import Reason, SessionWatch

SECONDS_TO_LOCK: Final = 2.0


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


def lock(pipe: Pipe, reason: Reason) -> None:
    """Have the window lock; a window that cannot any more must not keep this process alive."""
    pipe.notice(f"lock:{reason}")
    threading.Event().wait(SECONDS_TO_LOCK)
    os._exit(0)


def clear_out(services: Services) -> None:
    """Delete what removed workspaces left, once their undo period is over."""
    with suppress(WorkspaceListProblem):  # the window shows it where the list is shown
        services.workspaces.clear_out()


def lock_if_wanted(locking: LockingService, pipe: Pipe, reason: Reason) -> None:
    """Lock, unless the owner switched this reason off."""
    if locking.is_wanted(reason):
        lock(pipe, reason)


def run(connection: Connection, workspace: str) -> None:
    """Serve the window on `connection` until it goes away, then end this process at once.

    Ends without tidying up on purpose: ending the process is what erases the key, and everything
    that is stored survives a kill at any instant.
    """
    set_up_logging("core")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in a terminal is for the window
    harden()
    pipe = Pipe(connection)
    services = build_services(
        Path(workspace), notice=pipe.notice, surroundings=real_surroundings(DesktopNotifier())
    )
    threading.Thread(target=clear_out, args=(services,), name="clear-out", daemon=True).start()
    SessionWatch(partial(lock_if_wanted, services.locking, pipe)).start()
    server = CallServer(services.all(), pipe.send)
    for frame in pipe.frames():
        server.handle(frame)
    os._exit(0)
