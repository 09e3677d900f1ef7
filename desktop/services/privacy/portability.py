"""The owner's configuration as a file that another vault takes in, byte for byte the same."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from desktop.domain.errors import InvalidInput
from desktop.domain.privacy.written import FileKind
from desktop.services.calls import callable_from_window
from desktop.services.privacy.written_files import note_export
from desktop.services.storage import freezes
from desktop.services.storage.configuration import RowKey
from desktop.services.whole_file import WholeFile

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.editing import Edits
    from desktop.services.storage.vault import Vault

FORMAT: Final = "usageflow-configuration"
VERSION: Final = 1
LARGEST: Final = 64 * 2**20
KINDS: Final = (
    "application", "policy", "pricing_rule", "plan", "customer_plan", "customer",
    "limit_override", "block", "scrub_rule", "catalog",
)  # fmt: skip
"""What the owner edits, an application before what belongs to it. The rest a service finds out."""


@dataclass(frozen=True, slots=True)
class ConfigurationReceipt:
    path: str
    rows: int
    sha256: str


class PortabilityService:
    """The vault must be open. Any thread."""

    def __init__(self, vault: "Vault", edits: "Edits", clock: Callable[[], datetime]) -> None:
        self._vault = vault
        self._clock = clock
        self._edits = edits

    @callable_from_window
    def export_configuration(self, path: str) -> ConfigurationReceipt:
        """Write everything the owner configured as canonical JSON.

        Rows about a customer who is frozen are left out. Raises: ExportFailed, VaultError.
        """
        with self._vault.reading() as db:
            held = {customer_id for _, customer_id in freezes.frozen(db)}
            rows = [row for row in _rows(db) if held.isdisjoint(_customers_in(row))]
        with WholeFile(path) as file:
            file.write(canonical(rows))
        note_export(self._vault, file, FileKind.CONFIGURATION, self._clock())
        return ConfigurationReceipt(str(file.path), len(rows), file.sha256)

    @callable_from_window
    def import_configuration(self, path: str) -> int:
        """Take such a file into a vault without applications of its own; how many rows it has.

        Each row is queued for the service as an edit of the owner's: all of them, or none.
        Raises: InvalidInput (field `path`, with the row that is wrong), VaultError.
        """
        rows = _read(path)
        with self._vault.transaction() as db:
            if any(True for _ in _rows(db)):
                raise InvalidInput(
                    "Nothing was taken in: this vault has a configuration of its own. Take the "
                    "file into a new workspace.",
                    field="path",
                )
            for row in rows:
                self._edits.save(db, RowKey(row["entity"], row["entity_id"]), row["body"])
        return len(rows)


def canonical(rows: list[dict[str, Any]]) -> bytes:
    """The same rows are always the same bytes."""
    document = {"format": FORMAT, "version": VERSION, "rows": rows}
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def _customers_in(row: dict[str, Any]) -> set[str]:
    """Customers that a row is about."""
    return {row["entity_id"], row["body"].get("customer_id") or row["entity_id"]}


def _rows(db: "Connection") -> Iterator[dict[str, Any]]:
    """Rows of the owner, by kind and id; those of the sample application left out."""
    for kind in KINDS:
        found = db.execute(
            """
            SELECT entity_id, body FROM configuration WHERE entity = :kind
            AND application_id NOT IN (SELECT application_id FROM applications WHERE is_sample)
            ORDER BY entity_id
            """,
            {"kind": kind},
        )
        for entity_id, body in found.fetchall():
            yield {"entity": kind, "entity_id": entity_id, "body": json.loads(body)}


def _read(path: str) -> list[dict[str, Any]]:
    try:
        file = Path(path).expanduser()
        if file.stat().st_size > LARGEST:
            raise _unusable("it is larger than 64 MiB")
        document = json.loads(file.read_bytes())
    except OSError as error:
        raise _unusable(f"it cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise _unusable("it is no JSON") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise _unusable("it is no configuration of UsageFlow")
    if document.get("version") != VERSION or not isinstance(document.get("rows"), list):
        raise _unusable("it was written by another version")
    rows = [_checked(number, row) for number, row in enumerate(document["rows"], start=1)]
    return sorted(rows, key=lambda row: (KINDS.index(row["entity"]), row["entity_id"]))


def _checked(number: int, row: object) -> dict[str, Any]:
    """A row whose body is what the contract wants of its kind."""
    from pydantic import ValidationError

    from desktop.services.answers import BODIES  # not for the window to load

    if not isinstance(row, dict) or row.get("entity") not in KINDS:
        raise _unusable(f"row {number} is of no kind that is known")
    if not isinstance(row.get("entity_id"), str) or not row["entity_id"]:
        raise _unusable(f"row {number} has no id")
    try:
        body = BODIES[row["entity"]].model_validate_json(json.dumps(row.get("body")))
    except ValidationError as error:
        field = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise _unusable(f"row {number} is wrong at {field or 'its body'}") from error
    return {**row, "body": body.model_dump(mode="json")}


def _unusable(why: str) -> InvalidInput:
    return InvalidInput(f"Nothing was taken in from this file: {why}.", field="path")
