"""A file written beside its final name, and given that name only when it is whole."""

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from desktop.domain.errors import ExportFailed
from desktop.services.storage.files import NO_FOLLOW, PRIVATE_FILE, sync_directory

BINARY: Final = getattr(os, "O_BINARY", 0)
"""Windows would write other ends of lines."""


class WholeFile:
    """A stream that can only be written to; `size_bytes` and `sha256` hold at the end."""

    def __init__(self, path: str) -> None:
        self.path = Path(path).absolute()
        self.temporary = self.path.parent / f".{self.path.name}.{secrets.token_hex(4)}.new"
        """What it is called until it is whole; inside the block what was written can be read."""
        self.size_bytes = 0
        self._digest = hashlib.sha256()

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def __enter__(self) -> Self:
        """Raises: ExportFailed where the folder is missing or cannot be written to."""
        if self.path.is_dir():
            raise ExportFailed("This is a folder. Nothing was written. Give the file a name.")
        with _faults():
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | NO_FOLLOW | BINARY
            descriptor = os.open(self.temporary, flags, PRIVATE_FILE)
        # Unbuffered: nothing is left to write when the file is closed after a full disk.
        self._file = os.fdopen(descriptor, "wb", buffering=0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        """Put the file in its place, or leave nothing behind after an error."""
        try:
            if error is None:
                self._finish()
        finally:
            self._file.close()
            self.temporary.unlink(missing_ok=True)

    def write(self, data: bytes) -> int:
        """Raises: ExportFailed."""
        content = memoryview(data)
        self._digest.update(content)
        self.size_bytes += len(content)
        with _faults():
            while content:
                content = content[self._file.write(content) :]
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def _finish(self) -> None:
        with _faults():
            os.fsync(self._file.fileno())
            self._file.close()
            self.temporary.replace(self.path)
            sync_directory(self.path.parent)


@contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ExportFailed(
            f"The export could not be written: {error.strerror}. No partial file was left and the "
            "vault is unharmed. Choose another place, or make room, and try again."
        ) from error
