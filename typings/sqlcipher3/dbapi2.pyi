# sqlcipher3 ships no stubs; its interface is that of the standard library's sqlite3, with a
# `flags` argument of its own and error classes that carry SQLite's codes.
from sqlite3 import *
from sqlite3 import Connection

SQLITE_OPEN_READWRITE: int
SQLITE_OPEN_CREATE: int

def connect(
    database: str,
    timeout: float = ...,
    *,
    isolation_level: str | None = ...,
    check_same_thread: bool = ...,
    uri: bool = ...,
    flags: int = ...,
) -> Connection: ...
