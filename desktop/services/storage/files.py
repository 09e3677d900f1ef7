"""Files that are there whole or not at all, and that only their owner may read."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


def replace_file(path: Path, content: bytes) -> None:
    """Write a file. Raises: OSError; then the old one is untouched."""
    with _replaced(path) as file:
        file.write(content)


def copy_file(source: Path, target: Path) -> None:
    """Copy a file of any size. Raises: OSError; then there is no new `target`."""
    with source.open("rb") as content, _replaced(target) as file:
        shutil.copyfileobj(content, file)


@contextmanager
def _replaced(path: Path) -> Iterator[IO[bytes]]:
    temporary = path.with_name(path.name + ".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Make a rename durable. Windows has no such call and does it by itself."""
    if os.name == "nt":
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
