"""The recovery code as a text to print or to keep in a file."""

from pathlib import Path
from typing import Final

from desktop.domain.errors import ExportFailed
from desktop.domain.vault import VaultInfo
from desktop.services.storage.files import replace_file

SHEET: Final = """UsageFlow Desktop: recovery code

    {code}

Vault     {vault_id}
Folder    {directory}

This code opens the vault and its backups without the passphrase, on any computer. Keep it where
nobody finds it together with this computer, and not on its disk.

To use it: start UsageFlow Desktop, choose "Cannot unlock?", then "Recovery code". On a computer
that has no vault yet choose "Restore a backup" in the first window. In a terminal:
usageflow vault restore --recovery-code-stdin
"""


def sheet(info: VaultInfo, code: str) -> str:
    """What is printed or saved."""
    return SHEET.format(code=code, vault_id=info.vault_id, directory=info.directory)


def save(path: str, info: VaultInfo, code: str) -> None:
    """Write the sheet. Raises: ExportFailed; then there is no new file."""
    try:
        replace_file(Path(path), sheet(info, code).encode("utf-8"))
    except OSError as error:
        raise ExportFailed(
            f"The recovery code could not be saved: {error.strerror}. No file was left. Choose "
            "another place, or print it."
        ) from error
