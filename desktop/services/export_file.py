"""The export's file: a JSON object, written piece by piece."""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from desktop.services.calls import Report
from desktop.services.whole_file import WholeFile

BATCH: Final = 1000
"""Rows between two reports, and in one write."""


class ExportFile(WholeFile):
    """A JSON object; `rows` holds at the end."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.rows = 0
        self._comma = ""

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
        self.write(text.encode("utf-8"))
