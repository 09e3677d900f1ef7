"""Starting the embedded service when the owner logs in: a systemd user unit on Linux."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from desktop.domain.errors import EmbeddedServiceFailed

FIRST: Final = "service"
"""Name of the data directory whose unit carries no further name."""
COMMAND_LIMIT_S: Final = 15

RunCommand = Callable[[Sequence[str]], int]
"""Runs a command and returns its exit status."""


def run_command(command: Sequence[str]) -> int:
    """Exit status; 1 for a command that is missing or does not end in time."""
    try:
        return subprocess.run(  # noqa: S603 (fixed words and paths of our own)
            command, check=False, capture_output=True, timeout=COMMAND_LIMIT_S
        ).returncode
    except (OSError, subprocess.TimeoutExpired):
        return 1


class LoginItem:
    """Turns starting at login on and off for one data directory."""

    def __init__(
        self,
        command: Sequence[str],
        directory: Path,
        name: str,
        units: Path | None = None,
        run: RunCommand = run_command,
    ) -> None:
        """Make an item that is as it was.

        Args:
            command: starts the service.
            directory: what it is started in.
            name: the unit's; see `unit_name`.
            units: where user units lie.
            run: runs a command.
        """
        self._command = command
        self._directory = directory
        self._name = name
        self._unit = (units or _user_units()) / name
        self._run = run

    def is_possible(self) -> bool:
        """Whether this computer has a systemd that serves this user."""
        if sys.platform != "linux" or shutil.which("systemctl") is None:
            return False
        return self._systemctl("show-environment") == 0

    def is_on(self) -> bool:
        return self._unit.exists() and self._systemctl("is-enabled", self._name) == 0

    def set(self, wanted: bool) -> None:  # noqa: FBT001 (a setting's value)
        """Raises: EmbeddedServiceFailed where this computer has no way to do it."""
        if not self.is_possible():
            raise EmbeddedServiceFailed(
                "This computer has no user services of systemd, so nothing was changed. Start "
                "the service from here, or add the command to your own start-up programs."
            )
        try:
            self._turn_on() if wanted else self._turn_off()
        except OSError as error:
            raise EmbeddedServiceFailed(
                f"The start-up entry could not be written: {error.strerror}. The service itself "
                "goes on as it is."
            ) from error

    def _turn_on(self) -> None:
        self._unit.parent.mkdir(parents=True, exist_ok=True)
        self._unit.write_text(unit_text(self._command, self._directory), encoding="utf-8")
        self._systemctl("daemon-reload")
        if self._systemctl("enable", self._name) != 0:
            raise EmbeddedServiceFailed(
                "systemd did not take the start-up entry. The service itself goes on as it is. "
                f"Look at: systemctl --user status {self._name}"
            )

    def _turn_off(self) -> None:
        self._systemctl("disable", self._name)
        self._unit.unlink(missing_ok=True)
        self._systemctl("daemon-reload")

    def _systemctl(self, *arguments: str) -> int:
        return self._run(["systemctl", "--user", *arguments])


def unit_name(data: Path) -> str:
    """Name of the unit of a service's data directory: each workspace's service has its own."""
    further = "" if data.name == FIRST else f"-{data.name.removeprefix(f'{FIRST}-')}"
    return f"usageflow-service{further}.service"


def unit_text(command: Sequence[str], directory: Path) -> str:
    """The unit. Source: systemd.service(5) and systemd.syntax(7) for the quoting."""
    start = " ".join(_quoted(word) for word in command)
    return (
        "[Unit]\n"
        "Description=UsageFlow metering service\n"
        "\n"
        "[Service]\n"
        f"ExecStart={start}\n"
        f"WorkingDirectory={str(directory).replace('%', '%%')}\n"
        "Restart=on-failure\n"
        "UMask=0077\n"
        "\n"
        "[Install]\n"
        "WantedBy=default.target\n"
    )


def _quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'


def _user_units() -> Path:
    configuration = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(configuration) / "systemd" / "user"
