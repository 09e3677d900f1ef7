"""The inner archive: a ZIP whose bytes depend on nothing but what is in it."""

from functools import partial
from typing import IO, Final, Self
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import msgspec

from desktop.services.calls import Report
from desktop.services.privacy.package.background import InOrder
from desktop.services.privacy.package.datasets import Dataset
from desktop.services.privacy.package.encoding import blocks
from desktop.services.privacy.package.manifest import FileEntry
from desktop.services.privacy.package.parts import Member, Parts

LEVEL: Final = 1
BEGINNING: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest time a ZIP can say: the same for each file."""


class InnerArchive:
    """Writes files one after the other to a stream that need not be seekable.

    Rows are read and encoded by the caller's thread; compressing them, and all that the stream does
    with what is written to it, is done by another. The archive's directory is written at the end of
    the block, after an error too: the stream is then thrown away, but the ZIP library must not try
    again later.
    """

    def __init__(self, stream: IO[bytes], report: Report) -> None:
        self._zip = ZipFile(stream, "w", ZIP_DEFLATED, compresslevel=LEVEL)
        self._report = report
        self._rows = 0
        self._files: list[FileEntry] = []
        self._open: Member | None = None
        self._behind = InOrder()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with self._zip:
            try:
                with self._behind:
                    if kind is None:
                        self._behind.finish()
            finally:
                if self._open is not None:
                    self._open.close()

    @property
    def files(self) -> list[FileEntry]:
        """The files the manifest is to name. Waits until they are written."""
        self._behind.finish()
        return self._files

    def add(self, path: str, content: bytes, *, listed: bool = True) -> None:
        """Write a small file; `listed` says whether the manifest names it."""
        self._behind.do(partial(self._add, path, content, listed=listed))

    def add_dataset(self, dataset: Dataset) -> None:
        """Write the rows as NDJSON and as CSV, in parts, and their schema.

        Raises: Cancelled.
        """
        schema = f"schema/{dataset.name}.schema.json"
        self.add(schema, msgspec.json.format(msgspec.json.encode(dataset.schema()), indent=2))
        parts = Parts(dataset, schema, self._begin, self._files)
        for block in blocks(dataset):
            self._behind.do(partial(parts.write, block))
            self._rows += block.rows
            self._report(self._rows)
        self._behind.do(parts.end)

    def _add(self, path: str, content: bytes, *, listed: bool) -> None:
        member = self._begin(path)
        member.write(content)
        member.close()
        if listed:
            self._files.append(member.entry())

    def _begin(self, path: str) -> Member:
        """The next file; the one before is closed."""
        info = ZipInfo(path, BEGINNING)
        info.compress_type = ZIP_DEFLATED
        info.external_attr = 0o600 << 16
        file = self._zip.open(info, "w", force_zip64=True)
        _compress_faster(file)
        self._open = Member(path, file)
        return self._open


def _compress_faster(file: IO[bytes]) -> None:
    """Deflate with ISA-L where there is a build of it, at a sixth of the time.

    The ZIP library has no way to be given a compressor. Should it keep its own under another name
    one day, that one compresses on, slower.
    """
    try:
        from isal import isal_zlib
    except ImportError:
        return
    deflater = isal_zlib.compressobj(LEVEL, isal_zlib.DEFLATED, -isal_zlib.MAX_WBITS)
    file._compressor = deflater  # type: ignore[attr-defined]  # noqa: SLF001 (see above)
