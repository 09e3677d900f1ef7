"""Packs past days, and gives the customers and endpoints in them their places.

What a day's mark is, `packed_days` says. Days without sums have none.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from desktop.services.storage import packed_days
from desktop.services.storage.usage_cells import CUSTOMER_DAYS, ENDPOINT_DAYS

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.storage.usage_cells import Table

KINDS: Final = {
    "customer": (CUSTOMER_DAYS, "customer_id"),
    "endpoint": (ENDPOINT_DAYS, "endpoint_id"),
}
"""Where the sums of each kind of owner are, and the column that names the owner."""


def to_pack(db: Connection, application_id: str, before: int) -> list[tuple[str, int]]:
    """Kinds and days before one whose sums are not packed as they are."""
    values = {"app": application_id, "before": before}
    found = []
    for kind, (table, _) in KINDS.items():
        days = db.execute(
            f"""
            WITH RECURSIVE days (day) AS (
                SELECT min(day) FROM {table.name} WHERE application_id = :app
                UNION ALL
                SELECT (SELECT min(day) FROM {table.name}
                    WHERE application_id = :app AND day > days.day)
                FROM days WHERE days.day IS NOT NULL
            ), known (day) AS (
                SELECT day FROM days WHERE day IS NOT NULL
                UNION
                SELECT day FROM packed_days
                WHERE application_id = :app AND kind = :kind AND name = '' AND block = 0
            )
            SELECT day FROM known WHERE day < :before
            EXCEPT
            SELECT day FROM packed_days
            WHERE application_id = :app AND kind = :kind AND name = '' AND block = 0
                AND packed = x''
            """,  # noqa: S608 (constants)
            {**values, "kind": kind},
        )
        found += [(kind, day) for (day,) in days]
    return found


def pack(db: Connection, application_id: str, kind: str, day: int) -> None:
    """Pack the sums of a day as they are; what was packed of it before is replaced."""
    table, owner = KINDS[kind]
    values: dict[str, str | int] = {"app": application_id, "kind": kind, "day": day}
    _number_owners(db, table, owner, values)
    blocks = _blocks(db, table, owner, values)
    _forget(db, values)
    db.executemany(
        "INSERT INTO packed_days (application_id, kind, name, block, day, packed) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        [
            (application_id, kind, name, block, day, packed_days.pack_block(numbers))
            for (name, block), numbers in blocks.items()
            if any(numbers)
        ]
        + ([(application_id, kind, "", 0, day, b"")] if blocks else []),
    )


def _number_owners(db: Connection, table: Table, owner: str, values: dict[str, str | int]) -> None:
    """Give each owner of the day a number who has none."""
    db.execute(
        f"""
        INSERT INTO packed_owners (application_id, kind, number, owner_id)
        SELECT :app, :kind, row_number() OVER (ORDER BY {owner}) - 1 + (
            SELECT coalesce(max(number) + 1, 0) FROM packed_owners
            WHERE application_id = :app AND kind = :kind), {owner}
        FROM {table.name} t WHERE application_id = :app AND day = :day AND NOT EXISTS (
            SELECT 1 FROM packed_owners o
            WHERE o.application_id = :app AND o.kind = :kind AND o.owner_id = t.{owner})
        """,  # noqa: S608 (constants)
        values,
    )


def _blocks(
    db: Connection, table: Table, owner: str, values: dict[str, str | int]
) -> dict[tuple[str, int], list[int]]:
    """The day's numbers by name and block."""
    blocks: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0] * packed_days.BLOCK)
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


def _forget(db: Connection, values: dict[str, str | int]) -> None:
    """Delete all blocks of a day."""
    table, _ = KINDS[str(values["kind"])]
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
