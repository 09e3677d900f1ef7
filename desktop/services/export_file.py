"""The export's file: written beside its final name, and given that name only when it is whole."""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from desktop.domain.errors import ExportFailed
from desktop.services.calls import Report
from desktop.services.storage.files import sync_directory

BATCH: Final = 1000
"""Rows between two reports, and in one write."""


class ExportFile:
    """A JSON object written piece by piece; `size_bytes`, `sha256` and `rows` hold at the end."""

    def __init__(self, path: str) -> None:
        self.path = Path(path).absolute()
        self.size_bytes = 0
        self.rows = 0
        self._digest = hashlib.sha256()
        self._comma = ""

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

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

    def begin(self, fields: dict[str, Any]) -> None:
        """Open the object; `fields` come first."""
        self._write("{" + json.dumps(fields)[1:-1])
        self._comma = ","

    def begin_section(self, name: str) -> None:
        self._write(f'{self._comma}\n"{name}":{{')
        self._comma = ""

    def write_list(self, name: str, rows: Iterator[str], report: Report, total: int) -> None:
        """Write an array of JSON texts. `report` hears of every thousand rows.

        Raises: ExportFailed, Cancelled.
        """
        self._write(f'{self._comma}\n"{name}":[')
        separator = "\n"
        while batch := list(islice(rows, BATCH)):
            self._write(separator + ",\n".join(batch))
            separator = ",\n"
            self.rows += len(batch)
            report(self.rows, total)
        self._write("]")
        self._comma = ","

    def end_section(self) -> None:
        self._write("}")
        self._comma = ","

    def end(self) -> None:
        self._write("}\n")

    def _write(self, text: str) -> None:
        content = memoryview(text.encode("utf-8"))
        self._digest.update(content)
        self.size_bytes += len(content)
        with _faults():
            while content:
                content = content[self._file.write(content) :]

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
