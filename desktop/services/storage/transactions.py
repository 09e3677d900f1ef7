"""What a module of SQL may ask of the vault whose transactions it runs in."""

from contextlib import AbstractContextManager
from sqlite3 import Connection
from typing import Protocol


class Transactions(Protocol):
    """A vault, for those whom the vault itself needs: they must not import it."""

    def transaction(self) -> AbstractContextManager[Connection]: ...

    def reading(self) -> AbstractContextManager[Connection]: ...
