"""What lies beside the vault on this computer, and goes with the account."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from desktop.services.storage.restoring import KEPT as REPLACED

if TYPE_CHECKING:
    from desktop.services.embedded import EmbeddedService
    from desktop.services.login_item import LoginItem
    from desktop.services.storage.vault_files import VaultFiles

LOGS: Final = "*.log*"


class Computer:
    """The embedded service, its start at login, backups and logs. Any thread."""

    def __init__(
        self,
        files: "VaultFiles",
        logs: Path,
        service: "tuple[EmbeddedService, LoginItem]",
    ) -> None:
        self._files = files
        self._logs = logs
        self._embedded, self._login_item = service

    def start_service(self) -> None:
        """Have the embedded service run: only then it can end. Raises: EmbeddedServiceFailed."""
        self._embedded.start()

    def clear(self, service_id: str) -> dict[str, Any]:
        """Delete what is there; safe to repeat. Tells how much of what, and what is left.

        Args:
            service_id: of the embedded service whose account was deleted; empty for another one.

        Raises: EmbeddedServiceFailed, which keeps the rest for the next time.
        """
        if service_id:
            self._end_service(service_id)
        removed: dict[str, int] = {}
        left: list[str] = []
        folders = [self._files.backups, *self._files.directory.glob(f"{REPLACED}*")]
        removed["backups and archives"] = sum(
            len(list(folder.iterdir())) for folder in folders if folder.is_dir()
        )
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
            if folder.exists():
                left.append(str(folder))
        removed["logs"] = self._clear_logs(left)
        return {"removed": {what: number for what, number in removed.items() if number},
                "left": left}  # fmt: skip

    def _end_service(self, service_id: str) -> None:
        if self._login_item.is_on():
            self._login_item.set(False)
        self._embedded.stop()
        self._embedded.delete(service_id)

    def _clear_logs(self, left: list[str]) -> int:
        """The process that writes a log goes on with an empty one."""
        number = 0
        for path in sorted(self._logs.glob(LOGS)):
            try:
                if path.suffix == ".log":
                    path.write_bytes(b"")
                else:
                    path.unlink()
            except OSError:  # another program holds it: the certificate says so
                left.append(str(path))
            else:
                number += 1
        return number
