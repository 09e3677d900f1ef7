"""When notes of changed days are folded into the columns of months; cheap to import."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sqlite3 import Connection

MANY: Final = 65_536
"""Notes that a reader of cells still adds in a twentieth of a second."""


def fold_when_many(db: Connection) -> None:
    """Fold the notes into the columns when there are many of them, in this transaction."""
    first, last = db.execute(
        """
        SELECT coalesce((SELECT min(position) FROM month_changes), 0),
            coalesce((SELECT max(position) FROM month_changes), 0)
        """
    ).fetchone()
    if last - first >= MANY:
        # Not at the top: a first look at the vault needs no columns, and so no numpy.
        from desktop.services.storage import month_cells

        month_cells.fold(db)


def remove_application(db: Connection, application_id: str) -> None:
    """Drop all cells of an application, after its days were dropped."""
    for statement in (
        "DELETE FROM month_changes WHERE application_id = ?",
        "DELETE FROM month_columns WHERE application_id = ?",
        "DELETE FROM month_customers WHERE application_id = ?",
    ):
        db.execute(statement, (application_id,))
