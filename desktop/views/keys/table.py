"""The list of keys."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from PySide6.QtCore import QCoreApplication

from desktop.views import figures
from desktop.views.data_table import DataTable
from desktop.views.icons import icon
from desktop.views.keys.standing import ICONS, KeyRow, word
from desktop.views.models.table_model import Column


class Part(StrEnum):
    """Which keys are listed."""

    ALL = "all"
    SDK = "sdk"
    OTHER = "other"
    ATTENTION = "attention"


class KeyTable(DataTable[KeyRow]):
    """Name, provider, standing, last use, end."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        name = QCoreApplication.translate("KeyTable", "Keys")
        super().__init__(name, (), key=lambda row: row.row_id)
        self._now = now
        self.show_columns(self._columns(), ())
        for column, width_px in enumerate((122, 148, 86, 98), start=1):
            self.setColumnWidth(column, width_px)

    def _columns(self) -> tuple[Column[KeyRow], ...]:
        return (
            Column(self.tr("Name"), lambda row: row.name),
            Column(self.tr("Provider"), lambda row: row.provider or figures.NOTHING),
            Column(
                self.tr("State"),
                lambda row: word(row, self._now()),
                lambda row: list(ICONS).index(row.standings[0]),
                icon=lambda row: icon(*ICONS[row.standings[0]]),
            ),
            Column(
                self.tr("Last used"),
                _last_used,
                lambda row: row.last_used_at.timestamp() if row.last_used_at else 0,
                is_number=True,
            ),
            Column(
                self.tr("Ends"),
                lambda row: (
                    figures.day(row.ends_at.date(), with_year=True)
                    if row.ends_at
                    else figures.NOTHING
                ),
                lambda row: row.ends_at.timestamp() if row.ends_at else float("inf"),
                is_number=True,
            ),
        )

    def show_part(self, rows: tuple[KeyRow, ...], part: Part, words: str) -> None:
        """Show the rows of a part that hold every word in name, provider, scope, note or tags."""
        asked = words.casefold().split()
        kept = (row for row in rows if _belongs(row, part) and _holds(row, asked))
        self.show_rows(tuple(kept))


def _last_used(row: KeyRow) -> str:
    if not row.is_sdk_key or row.use is None:
        return figures.NOTHING
    if row.use.last_used_at is None:
        return QCoreApplication.translate("KeyTable", "Never")
    return figures.brief(row.use.last_used_at)


def _belongs(row: KeyRow, part: Part) -> bool:
    match part:
        case Part.SDK:
            return row.is_sdk_key
        case Part.OTHER:
            return not row.is_sdk_key
        case Part.ATTENTION:
            return row.is_urgent
        case _:
            return True


def _holds(row: KeyRow, asked: list[str]) -> bool:
    key = row.key
    more = () if key is None else (key.scope, key.note, *key.tags)
    text = " ".join((row.name, row.provider, *more)).casefold()
    return all(word in text for word in asked)
