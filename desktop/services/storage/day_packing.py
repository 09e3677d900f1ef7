"""Packs past days, and gives the customers and endpoints in them their places.

What a day's mark is, `packed_days` says. Days without usage have none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Final

from desktop.services.storage import packed_days
from desktop.services.storage.usage_cells import (
    CUSTOMER_DAYS,
    CUSTOMER_ENDPOINT_DAYS,
    ENDPOINT_DAYS,
)

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.storage.usage_cells import Table

Values = dict[str, str | int]
OWNERS: Final = {
    "customer": (CUSTOMER_DAYS, "customer_id"),
    "endpoint": (ENDPOINT_DAYS, "endpoint_id"),
}
"""Where the sums of each kind of owner are, and the column that names the owner."""
PAIRS: Final = "pair"
_OF_OWNERS: Final = """
    packed_days WHERE application_id = :app AND kind = :kind AND name = '' AND block = 0
"""
_OF_PAIRS: Final = "packed_pairs WHERE application_id = :app AND name = ''"


def to_pack(db: Connection, application_id: str, before: int) -> list[tuple[str, int]]:
    """What has to be packed of which days before one, because it is not packed as it is."""
    values: Values = {"app": application_id, "before": before}
    found = [
        (kind, day)
        for kind, (table, _) in OWNERS.items()
        for day in _waiting(db, table, _OF_OWNERS, {**values, "kind": kind})
    ]
    pairs = _waiting(db, CUSTOMER_ENDPOINT_DAYS, _OF_PAIRS, values)
    return found + [(PAIRS, day) for day in pairs]


def _waiting(db: Connection, table: Table, marks: str, values: Values) -> list[int]:
    rows = db.execute(
        f"""
        WITH RECURSIVE days (day) AS (
            SELECT min(day) FROM {table.name} WHERE application_id = :app
            UNION ALL
            SELECT (SELECT min(day) FROM {table.name}
                WHERE application_id = :app AND day > days.day)
            FROM days WHERE days.day IS NOT NULL
        ), known (day) AS (
            SELECT day FROM days WHERE day IS NOT NULL UNION SELECT day FROM {marks}
        )
        SELECT day FROM known WHERE day < :before EXCEPT SELECT day FROM {marks} AND packed = x''
        """,  # noqa: S608 (constants)
        values,
    )
    return [day for (day,) in rows]


def pack(db: Connection, application_id: str, kind: str, day: int) -> None:
    """Pack a kind of sums of a day as they are; what was packed of it before is replaced."""
    values: Values = {"app": application_id, "day": day}
    if kind == PAIRS:
        _pack_pairs(db, values)
    else:
        _pack_owners(db, {**values, "kind": kind})


def _pack_owners(db: Connection, values: Values) -> None:
    table, owner = OWNERS[str(values["kind"])]
    _number_owners(db, table, owner, values)
    blocks = _blocks(db, table, owner, values)
    _forget(db, table, values)
    packed = {key: packed_days.pack_block(some) for key, some in blocks.items() if any(some)}
    if blocks:
        packed["", 0] = b""
    db.executemany(
        """
        INSERT INTO packed_days (application_id, kind, name, block, day, packed)
        VALUES (:app, :kind, :name, :block, :day, :packed)
        """,
        [
            {**values, "name": name, "block": block, "packed": content}
            for (name, block), content in packed.items()
        ],
    )


def _number_owners(db: Connection, table: Table, owner: str, values: Values) -> None:
    """Give each owner of the day a number who has none."""
    db.execute(
        f"""
        INSERT INTO packed_owners (application_id, kind, number, owner_id)
        SELECT :app, :kind, row_number() OVER (ORDER BY owner_id) - 1 + (
            SELECT coalesce(max(number) + 1, 0) FROM packed_owners
            WHERE application_id = :app AND kind = :kind), owner_id
        FROM (SELECT DISTINCT {owner} AS owner_id FROM {table.name}
            WHERE application_id = :app AND day = :day) t
        WHERE NOT EXISTS (
            SELECT 1 FROM packed_owners o
            WHERE o.application_id = :app AND o.kind = :kind AND o.owner_id = t.owner_id)
        """,  # noqa: S608 (constants)
        values,
    )


def _blocks(
    db: Connection, table: Table, owner: str, values: Values
) -> Mapping[tuple[str, int], list[int]]:
    """The day's numbers by name and block."""
    empty: Callable[[], list[int]] = partial(list, [0] * packed_days.BLOCK)
    blocks: dict[tuple[str, int], list[int]] = defaultdict(empty)
    rows = db.execute(
        f"""
        SELECT o.number, {", ".join(table.numbers.values())} FROM {table.name} t
        JOIN packed_owners o
            ON o.application_id = :app AND o.kind = :kind AND o.owner_id = t.{owner}
        WHERE t.application_id = :app AND t.day = :day
        """,  # noqa: S608 (constants)
        values,
    )
    for number, *counted in rows:
        block, place = divmod(number, packed_days.BLOCK)
        for name, value in zip(table.numbers, counted, strict=True):
            blocks[name, block][place] = value
    return blocks


def _forget(db: Connection, table: Table, values: Values) -> None:
    """Delete all blocks of a day."""
    (last,) = db.execute(
        "SELECT max(number) FROM packed_owners WHERE application_id = :app AND kind = :kind", values
    ).fetchone()
    db.executemany(
        """
        DELETE FROM packed_days WHERE application_id = :app AND kind = :kind AND name = :name
            AND block = :block AND day = :day
        """,
        [
            {**values, "name": name, "block": block}
            for name in ("", *table.numbers)
            for block in range(0 if last is None else last // packed_days.BLOCK + 1)
        ],
    )


def _pack_pairs(db: Connection, values: Values) -> None:
    table = CUSTOMER_ENDPOINT_DAYS
    for kind, (_, owner) in OWNERS.items():
        _number_owners(db, table, owner, {**values, "kind": kind})
    rows = db.execute(
        f"""
        SELECT c.number, e.number, {", ".join(table.numbers.values())} FROM {table.name} t
        JOIN packed_owners c
            ON c.application_id = :app AND c.kind = 'customer' AND c.owner_id = t.customer_id
        JOIN packed_owners e
            ON e.application_id = :app AND e.kind = 'endpoint' AND e.owner_id = t.endpoint_id
        WHERE t.application_id = :app AND t.day = :day AND {table.only}
        """,  # noqa: S608 (constants)
        values,
    ).fetchall()
    names = ("customers", "endpoints", *table.numbers)
    db.executemany(
        "DELETE FROM packed_pairs WHERE application_id = :app AND name = :name AND day = :day",
        [{**values, "name": name} for name in ("", *names)],
    )
    packed = dict(zip(names, map(packed_days.pack_block, zip(*rows, strict=True)), strict=False))
    # Usage of other meters alone has no rows here; only a day without any has no mark.
    if rows or _has_days(db, values):
        packed[""] = b""
    db.executemany(
        """
        INSERT INTO packed_pairs (application_id, name, day, packed)
        VALUES (:app, :name, :day, :packed)
        """,
        [{**values, "name": name, "packed": content} for name, content in packed.items()],
    )


def _has_days(db: Connection, values: Values) -> bool:
    row = db.execute(
        "SELECT 1 FROM customer_days WHERE application_id = :app AND day = :day LIMIT 1", values
    )
    return row.fetchone() is not None
