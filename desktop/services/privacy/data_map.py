"""The data map with the owner's own words, and the records of processing as a file (Art. 30)."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from desktop.domain.csv_text import csv_lines
from desktop.domain.errors import InvalidInput
from desktop.domain.privacy.categories import PROCESSING, Category, Processing
from desktop.domain.privacy.registry import VAULT
from desktop.domain.privacy.service_registry import SERVICE
from desktop.services.calls import callable_from_window
from desktop.services.privacy.checking import required
from desktop.services.privacy.recipients import RecipientService
from desktop.services.storage import privacy_audit
from desktop.services.storage.privacy_records import Records
from desktop.services.whole_file import WholeFile

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.storage.vault import Vault

TEXTS: Final = Records("processing", Processing)
COLUMNS: Final = (
    "category", "purpose", "legal_basis", "retention", "recipients", "source", "places",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class MapEntry:
    category: Category
    processing: Processing
    is_own: bool
    """Whether the words are the owner's; else those that ship."""


class DataMapService:
    """The vault must be open. Any thread."""

    def __init__(
        self, vault: "Vault", recipients: RecipientService, clock: Callable[[], datetime]
    ) -> None:
        self._vault = vault
        self._recipients = recipients
        self._clock = clock

    @callable_from_window
    def entries(self) -> tuple[MapEntry, ...]:
        """Each kind of data with what is said of it."""
        with self._vault.reading() as db:
            own = TEXTS.everything(db)
            texts = processing_of(db)
        return tuple(MapEntry(one, texts[one], one.value in own) for one in Category)

    @callable_from_window
    def save(self, category: Category, processing: Processing) -> tuple[MapEntry, ...]:
        """Say it in other words; packages and letters use them from now on.

        Raises: InvalidInput (field `purpose`, `legal_basis` or `retention`), VaultError.
        """
        for field in ("purpose", "legal_basis", "retention"):
            required(getattr(processing, field), field)
        with self._vault.transaction() as db:
            TEXTS.put(db, category.value, processing, self._clock())
            privacy_audit.append(db, self._clock(), "data_map_changed", category.value)
        return self.entries()

    @callable_from_window
    def use_shipped(self, category: Category) -> tuple[MapEntry, ...]:
        """Go back to the words that ship."""
        with self._vault.transaction() as db:
            TEXTS.remove(db, category.value)
            privacy_audit.append(db, self._clock(), "data_map_changed", category.value)
        return self.entries()

    @callable_from_window
    def export(self, path: str) -> str:
        """Write the records of processing as JSON or CSV, by the file's ending.

        Raises: InvalidInput (field `path`), ExportFailed, VaultError.
        """
        with self._vault.reading() as db:
            texts = processing_of(db)
            recipients = [asdict(line.recipient) for line in self._recipients.lines(db)]
        rows = [_row(category, texts[category]) for category in Category]
        if path.casefold().endswith(".json"):
            document = {"made_at": self._clock().isoformat(), "processing": rows}
            text = json.dumps({**document, "recipients": recipients}, indent=2, default=str)
        elif path.casefold().endswith(".csv"):
            text = _csv(rows)
        else:
            raise InvalidInput(
                "Nothing was written: name a file that ends in .json or .csv.", field="path"
            )
        with WholeFile(path) as file:
            file.write(text.encode())
        return str(file.path)


def processing_of(db: "Connection") -> dict[Category, Processing]:
    """What is said of each kind of data: the owner's words where there are any."""
    own = TEXTS.everything(db)
    return {category: own.get(category.value, PROCESSING[category]) for category in Category}


def _row(category: Category, processing: Processing) -> dict[str, Any]:
    holdings = [("vault", one) for one in VAULT] + [("service", one) for one in SERVICE]
    places = [
        {"in": place, "table": one.table, "what": one.what, "erasure": one.erasure.value}
        for place, one in holdings
        if one.category is category
    ]
    return {"category": category.value, **asdict(processing), "places": places}


def _csv(rows: list[dict[str, Any]]) -> str:
    lines: list[Sequence[str]] = [COLUMNS]
    for row in rows:
        places = "; ".join(f"{one['in']}.{one['table']}" for one in row["places"])
        flat = {**row, "recipients": ", ".join(row["recipients"]), "places": places}
        lines.append(tuple(str(flat[name]) for name in COLUMNS))
    return csv_lines(lines)
