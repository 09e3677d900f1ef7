"""Archives of the embedded service beside the vault's backups, opened by a key in the vault."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from desktop.domain.connection import ServiceKind
from desktop.domain.errors import AppError, DiskFull, EmbeddedServiceFailed
from desktop.paths import make_private
from desktop.services.embedded import CODE_HOME
from desktop.services.storage.backup import TIME

if TYPE_CHECKING:
    from desktop.services.link import ServiceLink
    from desktop.services.secret_store import SecretStore
    from desktop.services.storage.vault import Vault

LIMIT_S: Final = 600.0
KEPT: Final = 7
SUFFIX: Final = ".ufservice"


class ServiceArchives:
    """Asks the embedded service's own program for an archive. Any thread."""

    def __init__(
        self,
        vault: "Vault",
        store: "SecretStore",
        link: "ServiceLink",
        data: Path,
        clock: Callable[[], datetime],
    ) -> None:
        self._vault = vault
        self._store = store
        self._link = link
        self._data = data
        self._clock = clock

    @property
    def folder(self) -> Path:
        return self._vault.files.backups / "service"

    def make_if_embedded(self) -> Path | None:
        """An archive of the service on this computer; None when the vault uses another one.

        Raises: EmbeddedServiceFailed, DiskFull, VaultError.
        """
        stored = self._link.connection()
        if stored is None or stored.kind != ServiceKind.EMBEDDED:
            return None
        from pyrage import x25519

        identity = x25519.Identity.from_str(self.key())
        try:
            make_private(self.folder)
            archive = self.folder / f"{self._clock().strftime(TIME)}{SUFFIX}"
            self._run(archive, str(identity.to_public()))
            self._prune()
        except OSError as error:
            raise EmbeddedServiceFailed(
                f"The service's data could not be backed up: {error.strerror}. The service goes on "
                "counting. Remove the cause; it is tried again by itself."
            ) from error
        return archive

    def key(self) -> str:
        """The identity (age) that opens the archives; kept in the vault from the first one on."""
        from pyrage import x25519

        with self._vault.transaction() as db:
            return self._store.archive_key(db, lambda: str(x25519.Identity.generate()))

    def _run(self, archive: Path, recipient: str) -> None:
        try:
            done = subprocess.run(  # noqa: S603 (our own interpreter and package)
                [
                    sys.executable, "-m", "hosted.service_command", "backup",
                    "--data", str(self._data), "--out", str(archive), "--recipient", recipient,
                ],
                cwd=CODE_HOME,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=LIMIT_S,
                check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise EmbeddedServiceFailed("The service's data were not backed up in time.") from error
        if done.returncode:
            raise _failure(done.stdout)

    def _prune(self) -> None:
        for archive in sorted(self.folder.glob(f"*{SUFFIX}"))[:-KEPT]:
            archive.unlink()


def _failure(output: bytes) -> AppError:
    """What the service's program said, as an error of ours."""
    try:
        told = json.loads(output)
        kind = DiskFull if told["code"] == DiskFull.code else EmbeddedServiceFailed
        return kind(str(told["error"]))
    except (ValueError, KeyError, TypeError):
        return EmbeddedServiceFailed(
            "The service's data could not be backed up. The service goes on counting."
        )
