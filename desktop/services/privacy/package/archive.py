"""The inner archive: a ZIP whose bytes depend on nothing but what is in it."""

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import IO, Any, Final, Self
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import msgspec

from desktop.services.calls import Report
from desktop.services.privacy.package.datasets import Dataset
from desktop.services.privacy.package.manifest import FileEntry

BEGINNING: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest time a ZIP can say: the same for each file."""
BATCH: Final = 2000
ROWS_A_PART: Final = 1_000_000
BYTES_A_PART: Final = 100 * 1000 * 1000
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


class _Counted:
    """A file inside the archive that knows its size and checksum."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self.size = 0

    def write(self, content: bytes) -> None:
        self._file.write(content)
        self._digest.update(content)
        self.size += len(content)

    def entry(self, path: str, **facts: Any) -> FileEntry:  # noqa: ANN401 (fields of the entry)
        return FileEntry(path, self._digest.hexdigest(), self.size, **facts)


class InnerArchive:
    """Writes files one after the other to a stream that need not be seekable.

    Its directory is written at the end of the block, after an error too: the stream is then thrown
    away, but the ZIP library must not try again later.
    """

    def __init__(self, stream: IO[bytes], report: Report) -> None:
        self._zip = ZipFile(stream, "w", ZIP_DEFLATED, compresslevel=1)
        self._report = report
        self._rows = 0
        self.files: list[FileEntry] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def add(self, path: str, content: bytes, *, listed: bool = True) -> None:
        """Write a small file; `listed` says whether the manifest names it."""
        with self._member(path) as member:
            member.write(content)
        if listed:
            self.files.append(member.entry(path))

    def add_dataset(self, dataset: Dataset) -> None:
        """Write the rows as NDJSON and as CSV, in parts, and their schema.

        Raises: Cancelled.
        """
        schema = f"schema/{dataset.name}.schema.json"
        self.add(schema, msgspec.json.format(msgspec.json.encode(dataset.schema()), indent=2))
        self._write_parts(dataset, "ndjson", schema)
        self._write_parts(dataset, "csv", schema)

    def _write_parts(self, dataset: Dataset, ending: str, schema: str) -> None:
        rows = iter(dataset.rows())
        batch = list(islice(rows, BATCH))
        number = 1
        while batch or number == 1:
            suffix = "" if number == 1 else f"-{number}"
            path = f"data/{dataset.name}{suffix}.{ending}"
            batch = self._write_part(path, dataset, (batch, rows), ending, schema)
            number += 1

    def _write_part(
        self,
        path: str,
        dataset: Dataset,
        given: tuple[list[Mapping[str, Any]], Iterator[Mapping[str, Any]]],
        ending: str,
        schema: str,
    ) -> list[Mapping[str, Any]]:
        """Write until the part is full; return the rows that were read and not written."""
        batch, rows = given
        names = [field.name for field in dataset.fields]
        encode = _ndjson if ending == "ndjson" else _csv
        count, first, last = 0, None, None
        with self._member(path) as member:
            if ending == "csv":
                member.write(_csv([dict(zip(names, names, strict=True))], names))
            while batch and count < ROWS_A_PART and member.size < BYTES_A_PART:
                member.write(encode(batch, names))
                count += len(batch)
                if dataset.span:
                    values = [str(row[dataset.span]) for row in batch]
                    first, last = min([*values, first or values[0]]), max([*values, last or ""])
                self._tell(len(batch))
                batch = list(islice(rows, BATCH))
        entry = member.entry(path, rows=count, schema=schema, first=first, last=last)
        self.files.append(entry)
        return batch

    def _tell(self, rows: int) -> None:
        self._rows += rows
        self._report(self._rows)

    @contextmanager
    def _member(self, path: str) -> Iterator[_Counted]:
        info = ZipInfo(path, BEGINNING)
        info.compress_type = ZIP_DEFLATED
        info.external_attr = 0o600 << 16
        with self._zip.open(info, "w", force_zip64=True) as file:
            yield _Counted(file)


def _ndjson(rows: list[Mapping[str, Any]], _: list[str]) -> bytes:
    return msgspec.json.Encoder().encode_lines(rows)


def _csv(rows: list[Mapping[str, Any]], names: list[str]) -> bytes:
    """RFC 4180 in UTF-8; a text that a spreadsheet would take for a formula gets a quote."""
    text = io.StringIO()
    csv.writer(text).writerows([_guarded(row[name]) for name in names] for row in rows)
    return text.getvalue().encode("utf-8")


def _guarded(value: object) -> object:
    if isinstance(value, str) and value.startswith(FORMULA_STARTS) and not _is_number(value):
        return f"'{value}"
    return value


def _is_number(text: str) -> bool:
    """A negative decimal is no formula."""
    return text[0] == "-" and text[1:].replace(".", "", 1).isdigit()
