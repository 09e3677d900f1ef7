"""The embedded service: a background process of the user, started, found and ended here.

It is no child of window or core: it goes on when they end, and is found again through the file
`service.json` that it keeps in its data directory.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import desktop
from desktop import paths
from desktop.domain.errors import EmbeddedServiceFailed, ServiceUnreachable
from desktop.services.calls import Report, no_report

START_LIMIT_S: Final = 30.0
STOP_LIMIT_S: Final = 15.0
POLL_S: Final = 0.05
STATE_FILE: Final = "service.json"
LOG_FILE: Final = "service.log"
LOCK_FILE: Final = "service.lock"
LOCKED: Final = "locked"
"""What the service's commands say of a directory that a service works on."""
MAX_LOG_BYTES: Final = 1_000_000
CODE_HOME: Final = Path(desktop.__file__).parent.parent
"""Where the service's package lies too; also its working directory, so that it is the one found."""

Identify = Callable[[str], str]
"""Service id of what answers at an address. Raises: ServiceUnreachable."""


@dataclass(frozen=True, slots=True)
class RunningService:
    """A service as it described itself. The secrets are there only right after they were made."""

    url: str
    ws_url: str
    service_id: str
    pid: int
    warning: str = ""
    application_id: str = ""
    owner_token: str = ""
    sdk_key: str = ""
    sdk_key_id: str = ""


class EmbeddedService:
    """The service of one data directory. Any thread."""

    def __init__(self, data: Path, identify: Identify) -> None:
        self._data = data
        self._identify = identify
        self._starting = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self.was_stopped_here = False
        """Whether the owner ended the service from this program and did not start it again."""

    @property
    def command(self) -> tuple[str, ...]:
        """What starts the service."""
        return (sys.executable, "-m", "hosted", "--data", str(self._data))

    def running(self) -> RunningService | None:
        """The service that runs on the data directory now, whoever started it."""
        state = self._state()
        if state is None or not self._is_alive(state.pid):
            return None
        try:
            return state if self._identify(state.url) == state.service_id else None
        except ServiceUnreachable:
            return None

    def has_crashed(self) -> bool:
        """Whether the service ended without saying so."""
        state = self._state()
        return state is not None and not self._is_alive(state.pid)

    def start(self, *options: str, report: Report = no_report) -> RunningService:
        """Start the service, or join it if it runs; with `options` of `usageflow serve`.

        Raises: EmbeddedServiceFailed, Cancelled; then no process is left behind.
        """
        with self._starting:
            self.was_stopped_here = False
            running = self.running()
            if running is not None:
                return running
            return self._launch(options, report)

    def stop(self) -> None:
        """End the service, if it runs. Raises: EmbeddedServiceFailed when it does not end."""
        self.was_stopped_here = True
        running = self.running()
        if self._child is not None:
            self._child.poll()
        if running is None:
            return
        os.kill(running.pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_LIMIT_S
        while self._is_alive(running.pid):
            if time.monotonic() > deadline:
                raise EmbeddedServiceFailed(
                    "The service on this computer does not end. It goes on counting. Try again in "
                    f"a moment, or end the process {running.pid} yourself."
                )
            time.sleep(POLL_S)

    def delete(self, service_id: str) -> None:
        """Delete the stopped service's key and data for good; nothing to do where none is.

        Raises: EmbeddedServiceFailed, in the words of the service's own command.
        """
        if not self._data.exists():
            return
        deadline = time.monotonic() + STOP_LIMIT_S
        while (told := self._deletion(service_id)) and self._holds_service():
            if told.get("code") != LOCKED or time.monotonic() > deadline:
                raise EmbeddedServiceFailed(
                    str(told.get("error", "The data of the service could not be deleted."))
                )
            self.stop()  # between two announcements of itself it could not be found
            time.sleep(POLL_S)

    def _deletion(self, service_id: str) -> dict[str, Any]:
        """Run the service's own command; nothing when it is done, else what it says."""
        done = subprocess.run(  # noqa: S603 (our own interpreter and package)
            [sys.executable, "-m", "hosted.service_command", "delete", "--data", str(self._data)],
            cwd=CODE_HOME,
            input=f"{service_id}\n".encode(),
            capture_output=True,
            timeout=START_LIMIT_S,
            check=False,
        )
        if done.returncode == 0:
            return {}
        try:
            return dict(json.loads(done.stdout))
        except (ValueError, TypeError):
            return {"code": ""}

    def _holds_service(self) -> bool:
        """Whether something but an empty lock is left."""
        return any(path.name != LOCK_FILE for path in self._data.iterdir())

    def _launch(self, options: tuple[str, ...], report: Report) -> RunningService:
        try:
            paths.make_private(self._data)
            child = self._spawn(options)
        except OSError as error:
            raise EmbeddedServiceFailed(
                f"The service on this computer could not be started: {error.strerror}. Nothing "
                "was changed. Remove the cause, then try again."
            ) from error
        try:
            ready = _read_ready_line(child, report)
        except BaseException:
            child.kill()
            child.wait()
            raise
        self._child = child
        return _running(ready)

    def _spawn(self, options: tuple[str, ...]) -> subprocess.Popen[bytes]:
        with self._log() as log:
            return subprocess.Popen(  # noqa: S603 (our own interpreter and package)
                [*self.command, *options],
                cwd=CODE_HOME,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )

    def _log(self) -> IO[bytes]:
        """The log file of the service, begun anew when it has grown large."""
        path = self._data / LOG_FILE
        is_large = path.exists() and path.stat().st_size > MAX_LOG_BYTES
        flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if is_large else os.O_APPEND)
        return os.fdopen(os.open(path, flags, 0o600), "ab")

    def _state(self) -> RunningService | None:
        """What the service wrote down; None without a file, or with one that is no use."""
        try:
            fields = json.loads((self._data / STATE_FILE).read_bytes())
            return _running(fields)
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None

    def _is_alive(self, pid: int) -> bool:
        if self._child is not None and self._child.pid == pid:
            return self._child.poll() is None
        return _exists(pid)


if sys.platform == "win32":
    SYNCHRONIZE: Final = 0x0010_0000
    WAIT_TIMEOUT: Final = 0x102

    def _exists(pid: int) -> bool:
        handle = ctypes.windll.kernel32.OpenProcess(SYNCHRONIZE, 0, pid)
        if not handle:
            return False
        ended = ctypes.windll.kernel32.WaitForSingleObject(handle, 0) != WAIT_TIMEOUT
        ctypes.windll.kernel32.CloseHandle(handle)
        return not ended
else:

    def _exists(pid: int) -> bool:
        # A child of this process that ended would stay in the process table until it is asked for.
        with suppress(ChildProcessError):
            if os.waitpid(pid, os.WNOHANG)[0] == pid:
                return False
        try:
            os.kill(pid, 0)
        except (ProcessLookupError, PermissionError):
            return False  # gone, or another user's process by now
        return True


def _running(fields: dict[str, Any]) -> RunningService:
    return RunningService(
        url=str(fields["url"]),
        ws_url=str(fields["ws_url"]),
        service_id=str(fields["service_id"]),
        pid=int(fields["pid"]),
        warning=str(fields.get("warning", "")),
        application_id=str(fields.get("application_id", "")),
        owner_token=str(fields.get("owner_token", "")),
        sdk_key=str(fields.get("sdk_key", "")),
        sdk_key_id=str(fields.get("sdk_key_id", "")),
    )


def _read_ready_line(child: subprocess.Popen[bytes], report: Report) -> dict[str, Any]:
    """The one line the service prints. Raises: EmbeddedServiceFailed, Cancelled."""
    lines: list[bytes] = []
    reader = threading.Thread(target=_read_line, args=(child, lines), daemon=True)
    reader.start()
    deadline = time.monotonic() + START_LIMIT_S
    while reader.is_alive():
        report(0)
        reader.join(POLL_S)
        if time.monotonic() > deadline:
            raise EmbeddedServiceFailed(
                f"The service on this computer did not start within {START_LIMIT_S:.0f} seconds "
                "and was ended. Nothing is lost. Try again; its log is service.log."
            )
    return _checked_ready(lines[0])


def _read_line(child: subprocess.Popen[bytes], lines: list[bytes]) -> None:
    if child.stdout is not None:
        with child.stdout:
            lines.append(child.stdout.readline())


def _checked_ready(line: bytes) -> dict[str, Any]:
    try:
        ready = json.loads(line)
    except ValueError as error:
        raise EmbeddedServiceFailed(
            "The service on this computer ended while it started. Nothing is lost. Its file "
            "service.log says why."
        ) from error
    if not ready.get("ready"):
        raise EmbeddedServiceFailed(str(ready.get("error", "The service could not start.")))
    return dict(ready)
