"""Sums of past days as columns of 256 customers or endpoints: few rows to read, whatever is asked.

A day is packed when it has a mark, an empty block without a name; `page_sums.PackedDays` fills the
mark in the transaction that changes the day. A block is a letter for the width of its numbers, and
the numbers, the lowest byte first; where all are zero there is none.
"""

from __future__ import annotations

import json
import sys
from array import array
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from desktop.services.storage.usage_cells import CUSTOMER_DAYS, ENDPOINT_DAYS, Keys, Selection

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.storage.usage_cells import Table

BLOCK: Final = 256
WIDTHS: Final = ("b", "h", "i", "q")
"""Letters of signed numbers of 8, 16, 32 and 64 bits in `array`."""
IS_BIG: Final = sys.byteorder == "big"
"""Whether this computer has the highest byte of a number first."""
OF_TABLE: Final = {CUSTOMER_DAYS.name: "customer", ENDPOINT_DAYS.name: "endpoint"}
_OF_KIND: Final = "application_id = :app AND kind = :kind"
_MARKED: Final = f"""
    FROM packed_days WHERE {_OF_KIND} AND name = '' AND block = 0 AND day >= :start AND day < :end
        AND packed = x''
"""


class Columns(NamedTuple):
    """What was counted for some owners on some days; other days are nothing."""

    owner_ids: Sequence[str]
    """A single empty one where all owners of a block are added up."""
    days: Sequence[int]
    numbers: Iterable[Sequence[int]]
    """Those of each owner by day; none at all where there are no days."""


class _Part(NamedTuple):
    """What is read of a block."""

    content: str
    """SQL."""
    take: Callable[[bytes], Sequence[int]]
    """Makes numbers of it."""
    place: int = 0


@dataclass(frozen=True, slots=True)
class Packed:
    """The packed days of one selection."""

    db: Connection
    kind: str
    selection: Selection
    days: Collection[int]
    rest: Selection | None
    """What has to be read from rows; None when all days are packed."""

    def columns(self, names: Sequence[str], key: str) -> Iterator[Columns]:
        """Columns of each name and block; with an empty `key` owners are not told apart."""
        together = not key
        for block, owners in self._blocks(together=together):
            part = _part(None if owners is None else list(owners))
            for name in names:
                days, rows = self._block(name, block, part)
                if together:
                    yield Columns([""], days, [list(map(sum, rows))])
                elif owners is not None:
                    yield Columns(list(owners.values()), days, zip(*rows, strict=True))

    def _block(
        self, name: str, block: int, part: _Part
    ) -> tuple[list[int], Iterable[Sequence[int]]]:
        """Days, and a part of the block on each."""
        found = self._read(
            f"""
            SELECT day, {part.content} FROM packed_days
            WHERE {_OF_KIND} AND name = :name AND block = :block AND day >= :start AND day < :end
            """,  # noqa: S608 (constants)
            name=name,
            block=block,
            place=part.place,
        )
        known = [row for row in found if row[0] in self.days]
        return [day for day, _ in known], [part.take(content) for _, content in known]

    def _blocks(self, *, together: bool) -> Iterator[tuple[int, Mapping[int, str] | None]]:
        """Blocks, and the places in them that are asked for; None is all of them."""
        keys = self._keys()
        if together and keys.are_all:
            rows = self._read(f"SELECT max(number) FROM packed_owners WHERE {_OF_KIND}")  # noqa: S608
            (last,) = rows.fetchone()
            blocks = range(0 if last is None else last // BLOCK + 1)
            yield from ((block, None) for block in blocks)
            return
        owners: dict[int, dict[int, str]] = defaultdict(dict)
        for number, owner_id in self._owners(keys):
            if owner_id not in keys.without:
                owners[number // BLOCK][number % BLOCK] = owner_id
        yield from owners.items()

    def _owners(self, keys: Keys) -> Any:  # noqa: ANN401 (rows)
        if keys.only is None:
            return self._read(f"SELECT number, owner_id FROM packed_owners WHERE {_OF_KIND}")  # noqa: S608
        return self._read(
            # In this order: owners are found by their ids.
            f"""
            SELECT number, owner_id FROM json_each(:only) CROSS JOIN packed_owners
            WHERE owner_id = value AND {_OF_KIND}
            """,  # noqa: S608 (a constant)
            only=json.dumps(list(keys.only)),
        )

    def _keys(self) -> Keys:
        chosen = self.selection
        return chosen.customers if self.kind == OF_TABLE[CUSTOMER_DAYS.name] else chosen.endpoints

    def _read(self, statement: str, **more: str | int) -> Any:  # noqa: ANN401 (rows of any shape)
        return self.db.execute(statement, _values(self.kind, self.selection) | more)


def packed(db: Connection, table: Table, selection: Selection) -> Packed | None:
    """The packed days of a selection; None where there are none."""
    kind = OF_TABLE.get(table.name)
    if kind is None or selection.tells_plans:
        return None
    found = marked_days(db, _MARKED, _values(kind, selection), selection)
    return None if found is None else Packed(db, kind, selection, *found)


def marked_days(
    db: Connection, marked: str, values: Mapping[str, str | int], selection: Selection
) -> tuple[Collection[int], Selection | None] | None:
    """The days that are packed, and what is left of a selection; None without any such day.

    `marked` is SQL from FROM on.
    """
    count, first, last = db.execute(
        f"SELECT count(*), min(day), max(day) {marked}",
        values,
    ).fetchone()
    if not count:
        return None
    days: Collection[int] = range(first, last + 1)
    if count < len(days):
        days = {day for (day,) in db.execute(f"SELECT day {marked}", values)}
    rest = [day for day in selection.slots if day not in days]
    return days, replace(selection, chosen_slots=rest) if rest else None


def _values(kind: str, selection: Selection) -> dict[str, str | int]:
    slots = selection.slots
    app = selection.application_id
    return {"app": app, "kind": kind, "start": slots.start, "end": slots.stop}


def _part(places: Sequence[int] | None) -> _Part:
    """The numbers at some places; None is all of them."""
    if places is None:
        return _Part("packed", unpacked)
    if len(places) == 1:
        size = f"(length(packed) - 1) / {BLOCK}"
        return _Part(f"substr(packed, 2 + :place * ({size}), {size})", _single, places[0])
    pick = itemgetter(*places)
    return _Part("packed", lambda block: pick(unpacked(block)))


def _single(content: bytes) -> tuple[int]:
    """One number, cut out of `pack_block`."""
    return (int.from_bytes(content, "little", signed=True),)


def pack_block(numbers: Sequence[int]) -> bytes:
    """Numbers of 64 bits as a block."""
    bits = max(*numbers, ~min(numbers), 0).bit_length()
    width = next(one for one in WIDTHS if bits < 8 * array(one).itemsize)
    block = array(width, numbers)
    if IS_BIG:
        block.byteswap()
    return width.encode() + block.tobytes()


def unpacked(block: bytes) -> array[int]:
    """The numbers of `pack_block`."""
    numbers = array(chr(block[0]), block[1:])
    if IS_BIG:
        numbers.byteswap()
    return numbers
