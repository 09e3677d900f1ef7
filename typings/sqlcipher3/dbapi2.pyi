# sqlcipher3 ships no stubs; its interface is that of the standard library's sqlite3, with a
# `flags` argument of its own. (A star import would hide the `connect` below.)
from sqlite3 import Connection as Connection
from sqlite3 import Cursor as Cursor
from sqlite3 import DatabaseError as DatabaseError
from sqlite3 import Error as Error
from sqlite3 import IntegrityError as IntegrityError
from sqlite3 import OperationalError as OperationalError
from sqlite3 import ProgrammingError as ProgrammingError
from sqlite3 import Row as Row

SQLITE_OPEN_READWRITE: int
SQLITE_OPEN_CREATE: int
SQLITE_OPEN_URI: int
SQLITE_ATTACH: int
SQLITE_DENY: int
SQLITE_FUNCTION: int
SQLITE_OK: int
SQLITE_PRAGMA: int

def connect(
    database: str,
    timeout: float = ...,
    *,
    isolation_level: str | None = ...,
    check_same_thread: bool = ...,
    uri: bool = ...,
    flags: int = ...,
) -> Connection: ...
