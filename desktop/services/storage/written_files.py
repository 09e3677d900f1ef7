"""Which files with personal data were written; takes a connection inside a transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Final

from desktop.domain.privacy.written import FileKind, WrittenFile
from desktop.services.storage.timestamps import microseconds, moment

if TYPE_CHECKING:
    from sqlite3 import Connection

_COLUMNS: Final = (
    "file_id, path, kind, request_id, customers, size_bytes, sha256, written_at_us, due_for"
)


def id_of(path: str) -> str:
    """One place has one file: what is written there again takes the other's row."""
    return hashlib.sha256(path.encode(errors="surrogateescape")).hexdigest()[:32]


def put(db: Connection, file: WrittenFile) -> None:
    db.execute(
        f"INSERT OR REPLACE INTO written_files ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 (a constant)
        (
            file.file_id,
            file.path,
            file.kind.value,
            file.request_id,
            json.dumps(file.customers),
            file.size_bytes,
            file.sha256,
            microseconds(file.written_at),
            file.due_for,
        ),
    )


def everything(db: Connection) -> tuple[WrittenFile, ...]:
    """Every file, the newest first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM written_files ORDER BY written_at_us DESC, file_id"  # noqa: S608 (a constant)
    )
    return tuple(map(_file, rows))


def find(db: Connection, file_id: str) -> WrittenFile | None:
    row = db.execute(
        f"SELECT {_COLUMNS} FROM written_files WHERE file_id = ?",  # noqa: S608 (a constant)
        (file_id,),
    ).fetchone()
    return None if row is None else _file(row)


def about(db: Connection, customers: Collection[tuple[str, str]]) -> tuple[WrittenFile, ...]:
    """Files that tell of these customers, those that tell of everybody among them."""
    wanted = set(customers)
    return tuple(
        one for one in everything(db) if not one.customers or not wanted.isdisjoint(one.customers)
    )


def due(db: Connection) -> tuple[WrittenFile, ...]:
    """Files that still name an erased person."""
    return tuple(one for one in everything(db) if one.due_for)


def remove(db: Connection, file_id: str) -> bool:
    """Forget a file; whether it was known."""
    done = db.execute("DELETE FROM written_files WHERE file_id = ?", (file_id,))
    return done.rowcount > 0


def _file(row: tuple[Any, ...]) -> WrittenFile:
    file_id, path, kind, request_id, customers, size_bytes, sha256, written_at_us, due_for = row
    return WrittenFile(
        file_id,
        path,
        FileKind(kind),
        request_id,
        tuple((application, customer) for application, customer in json.loads(customers)),
        size_bytes,
        sha256,
        moment(written_at_us),
        due_for,
    )
