"""Which of its reasons the database library gives for an error."""

from typing import Final

BY_TEXT: Final = {
    "database is locked": 5,
    "out of memory": 7,
    "attempt to write a readonly database": 8,
    "disk I/O error": 10,
    "database disk image is malformed": 11,
    "database or disk is full": 13,
    "unable to open database file": 14,
    "file is not a database": 26,
}
"""The library's own texts. Source: sqlite3_errstr of SQLite."""


def primary_code(error: BaseException) -> int:
    """The primary result code, as sqlite.org/rescode.html lists them; 0 when there is none.

    Copying a database page by page is the one call whose errors come with a text only.
    """
    code = getattr(error, "sqlite_errorcode", None)
    return BY_TEXT.get(str(error), 0) if code is None else int(code) & 0xFF
