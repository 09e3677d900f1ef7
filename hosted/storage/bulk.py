"""Writes many rows with few statements.

One row a statement would hand the interpreter to another thread at each row and wait to get it
back; rows in one JSON parameter would be parsed field by field. Here a statement carries up to 256
rows of parameters. The sizes are few, so that the connection keeps every statement prepared.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from sqlite3 import Connection
from typing import Any, Final

SIZES: Final = (256, 64, 16, 4, 1)


def no_rest() -> None:
    """Between pieces of work that nobody has to wait for."""


class Bulk:
    """A statement that takes any number of rows."""

    def __init__(self, insert: str, width: int, ending: str = "") -> None:
        """Prepare the texts.

        Args:
            insert: beginning of the statement, up to the list of columns.
            width: values of a row.
            ending: what follows the rows, such as a conflict clause.
        """
        row = f"({', '.join('?' * width)})"
        self._texts = {
            size: f"{insert} VALUES {', '.join([row] * size)} {ending}" for size in SIZES
        }

    def write(
        self,
        db: Connection,
        rows: Iterable[Sequence[Any]],
        rest: Callable[[], object] = no_rest,
    ) -> None:
        """Write the rows in their order, with a rest after each statement."""
        for chunk in _chunks(iter(rows)):
            db.execute(self._texts[len(chunk)], tuple(chain.from_iterable(chunk)))
            rest()


def _chunks(rows: Iterator[Sequence[Any]]) -> Iterator[list[Sequence[Any]]]:
    while pieces := list(islice(rows, SIZES[0])):
        at = 0
        for size in SIZES:
            while len(pieces) - at >= size:
                yield pieces[at : at + size]
                at += size
