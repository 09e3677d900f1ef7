"""The rows of a dataset in files that are not too large for a spreadsheet."""

import hashlib
from collections.abc import Callable, Iterator
from typing import IO, Any, Final

from zstandard import ZstdCompressor, ZstdDecompressor

from desktop.services.privacy.package.datasets import Dataset
from desktop.services.privacy.package.encoding import Block, csv_bytes
from desktop.services.privacy.package.manifest import FileEntry

ROWS_A_PART: Final = 1_000_000
BYTES_A_PART: Final = 100 * 1000 * 1000
HELD_A_PART: Final = 6 * 1000 * 1000
"""Bytes of memory for the table of a part while its list is written."""
LEVEL: Final = 1


class Member:
    """A file inside the archive that knows its size and checksum."""

    def __init__(self, path: str, file: IO[bytes]) -> None:
        self.path = path
        self.size = 0
        self._file = file
        self._digest = hashlib.sha256()

    def write(self, content: bytes) -> None:
        self._file.write(content)
        self._digest.update(content)
        self.size += len(content)

    def close(self) -> None:
        """May be called again."""
        self._file.close()

    def entry(self, **facts: Any) -> FileEntry:  # noqa: ANN401 (fields of the entry)
        return FileEntry(self.path, self._digest.hexdigest(), self.size, **facts)


class Held:
    """Bytes that wait in memory, compressed: a ZIP takes one file after the other."""

    def __init__(self) -> None:
        self.size = 0
        self._compressor = ZstdCompressor(level=LEVEL).compressobj()
        self._chunks: list[bytes] = []

    def write(self, content: bytes) -> None:
        self._keep(self._compressor.compress(content))

    def read(self) -> Iterator[bytes]:
        """All of it, once."""
        self._keep(self._compressor.flush())
        decompressor = ZstdDecompressor().decompressobj()
        for chunk in self._chunks:
            yield decompressor.decompress(chunk)

    def _keep(self, chunk: bytes) -> None:
        self._chunks.append(chunk)
        self.size += len(chunk)


class _Part:
    def __init__(self, lines: Member, header: bytes) -> None:
        self.lines = lines
        self.table = Held()
        self.table.write(header)
        self.rows = 0
        self._least: str | None = None
        self._greatest: str | None = None

    @property
    def is_full(self) -> bool:
        return (
            self.rows >= ROWS_A_PART
            or self.lines.size >= BYTES_A_PART
            or self.table.size >= HELD_A_PART
        )

    def write(self, block: Block) -> None:
        self.lines.write(block.lines)
        self.table.write(block.table)
        self.rows += block.rows
        if block.span is not None:
            least, greatest = block.span
            self._least = min(least, self._least or least)
            self._greatest = max(greatest, self._greatest or greatest)

    def entry(self, member: Member, schema: str) -> FileEntry:
        span = {"first": self._least, "last": self._greatest}
        return member.entry(rows=self.rows, schema=schema, **span)


class Parts:
    """Writes one dataset: of each part the list, and then the table with the same rows.

    So rows are read once for both. Where a part ends depends on nothing but the rows.
    """

    def __init__(
        self,
        dataset: Dataset,
        schema: str,
        begin: Callable[[str], Member],
        files: list[FileEntry],
    ) -> None:
        """`begin` opens the next file of the archive; what is written is added to `files`."""
        self._name = dataset.name
        self._header = csv_bytes([tuple(field.name for field in dataset.fields)])
        self._schema = schema
        self._begin_file = begin
        self._files = files
        self._number = 0
        self._part: _Part | None = None

    def write(self, block: Block) -> None:
        if self._part is not None and self._part.is_full:
            self._end(self._part)
            self._part = None
        self._part = self._part or self._begin()
        self._part.write(block)

    def end(self) -> None:
        """A dataset without rows has files all the same."""
        self._end(self._part or self._begin())

    def _begin(self) -> _Part:
        self._number += 1
        return _Part(self._begin_file(self._path("ndjson")), self._header)

    def _end(self, part: _Part) -> None:
        part.lines.close()
        table = self._begin_file(self._path("csv"))
        for content in part.table.read():
            table.write(content)
        table.close()
        self._files += [part.entry(member, self._schema) for member in (part.lines, table)]

    def _path(self, ending: str) -> str:
        suffix = "" if self._number == 1 else f"-{self._number}"
        return f"data/{self._name}{suffix}.{ending}"
