"""A file written beside its final name, and given that name only when it is whole."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from desktop.domain.errors import ExportFailed
from desktop.services.storage.files import sync_directory


class WholeFile:
    """A stream that can only be written to; `size_bytes` and `sha256` hold at the end."""

    def __init__(self, path: str) -> None:
        self.path = Path(path).absolute()
        self.size_bytes = 0
        self._digest = hashlib.sha256()

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    @property
    def unfinished(self) -> str:
        """Where what was written can be read before the file has its name, inside the block."""
        return self._temporary

    def __enter__(self) -> Self:
        """Raises: ExportFailed where the folder is missing or cannot be written to."""
        if self.path.is_dir():
            raise ExportFailed("This is a folder. Nothing was written. Give the file a name.")
        with _faults():
            descriptor, self._temporary = tempfile.mkstemp(
                dir=self.path.parent, prefix=f".{self.path.name}.", suffix=".new"
            )
        # Unbuffered: nothing is left to write when the file is closed after a full disk.
        self._file = os.fdopen(descriptor, "wb", buffering=0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        """Put the file in its place, or leave nothing behind after an error."""
        temporary = Path(self._temporary)
        try:
            if error is None:
                self._finish(temporary)
        finally:
            self._file.close()
            temporary.unlink(missing_ok=True)

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

    def _finish(self, temporary: Path) -> None:
        with _faults():
            os.fsync(self._file.fileno())
            self._file.close()
            temporary.replace(self.path)
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
