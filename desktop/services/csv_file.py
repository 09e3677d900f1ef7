"""A CSV file that is there whole or not at all."""

from collections.abc import Sequence
from typing import Self

from desktop.domain.csv_text import csv_lines
from desktop.services.export import ExportReceipt
from desktop.services.whole_file import WholeFile


class CsvFile(WholeFile):
    """Rows under one line of column names; the receipt holds after the end."""

    def __init__(self, path: str, columns: Sequence[str]) -> None:
        super().__init__(path)
        self._columns = columns
        self._rows = 0

    def __enter__(self) -> Self:
        super().__enter__()
        self.write(csv_lines([self._columns]).encode("utf-8"))
        return self

    def write_rows(self, rows: Sequence[Sequence[str]]) -> None:
        """Write some rows. Raises: ExportFailed."""
        self.write(csv_lines(rows).encode("utf-8"))
        self._rows += len(rows)

    def receipt(self) -> ExportReceipt:
        return ExportReceipt(str(self.path), self.size_bytes, self.sha256, self._rows)
