"""When limits changed, by whichever desktop: read from the service's audit log.

The feed of configuration has the newest form of each row, not when it came to be. A round that
brought rows with limits asks the log what is new, and the vault keeps it for the charts.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec

from desktop.domain.errors import ServiceRefused
from desktop.services import row_text
from desktop.services.storage import kept
from desktop.services.storage.kept import KeptAnswer

if TYPE_CHECKING:
    from sqlite3 import Connection

    from contract.messages.access import AuditEntry
    from desktop.services.client import ServiceClient
    from desktop.services.storage.vault import Vault

LIMIT_ROWS: Final = {"policy": "limits", "limit_override": "limits", "application": "cap"}
"""Kinds of rows with limits, and the field that has them."""
NOTHING: Final[tuple[object, ...]] = (None, [])
"""A field without a limit."""
REACH: Final = timedelta(days=400)
"""How far back the log is read at first: a year of charts."""
OVERLAP: Final = timedelta(minutes=5)
"""Read again each time: the clocks of service and desktop differ."""
PAGE: Final = 100
MOST_PAGES: Final = 20
"""For each kind of row; what is older than these entries is not known."""


class LimitChange(msgspec.Struct, frozen=True):
    """A row's limit became another one, or came or went."""

    sequence: int
    application_id: str
    at: datetime
    title: str


class LimitChanges(msgspec.Struct, frozen=True):
    """What the log said of an unbroken time."""

    since: datetime
    until: datetime
    changes: tuple[LimitChange, ...] = ()


@dataclass(frozen=True, slots=True)
class LimitHistory:
    """Keeps what the log says. Runs in rounds of sync."""

    vault: "Vault"
    clock: Callable[[], datetime]

    def follow(self, client: "ServiceClient") -> None:
        """Ask what is new; a token that may not read the log leaves things as they are.

        Raises: ServiceUnreachable, VaultError.
        """
        now = self.clock()
        with self.vault.reading() as db:
            known = changes(db)
        since = now - REACH if known is None else known.until - OVERLAP
        try:
            found = [_read(client, entity, since) for entity in LIMIT_ROWS]
        except ServiceRefused:
            return
        since = max(reached for reached, _ in found)
        merged = {one.sequence: one for _, new in found for one in new}
        if known is not None and since <= known.until:
            since = known.since
            merged |= {one.sequence: one for one in known.changes}
        oldest = now - REACH
        entries = sorted(merged.values(), key=lambda one: one.sequence)
        told = LimitChanges(
            max(since, oldest), now, tuple(one for one in entries if one.at >= oldest)
        )
        with self.vault.transaction() as db:
            body = msgspec.json.encode(told).decode()
            kept.keep_answer(db, kept.LIMIT_CHANGES, KeptAnswer(body, now))


def changes(db: "Connection") -> LimitChanges | None:
    """What is kept; None while nothing is."""
    answer = kept.answer(db, kept.LIMIT_CHANGES)
    return None if answer is None else msgspec.json.decode(answer.body, type=LimitChanges)


def _read(
    client: "ServiceClient", entity: str, since: datetime
) -> tuple[datetime, list[LimitChange]]:
    """The instant from which on all is known, and the changes since then."""
    filters = {"entity": entity, "since": f"{since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"}
    found: list[LimitChange] = []
    at = since
    for _ in range(MOST_PAGES):
        page = client.audit({**filters, "limit": str(PAGE)})
        found += _changes(page.rows)
        if page.next_cursor is None:
            return since, found
        filters["cursor"] = page.next_cursor
        at = datetime.fromisoformat(page.rows[-1].at) if page.rows else at
    return at, found


def _changes(rows: "tuple[AuditEntry, ...]") -> Iterator[LimitChange]:
    for row in rows:
        before, after = row.before or {}, row.after or {}
        field = LIMIT_ROWS.get(row.entity, "")
        was, now = before.get(field), after.get(field)
        if was != now and not (was in NOTHING and now in NOTHING):
            yield LimitChange(
                row.sequence,
                _application(row.entity_id, after or before),
                datetime.fromisoformat(row.at),
                row_text.title(row.entity, *(json.dumps(body) for body in (after, before) if body)),
            )


def _application(entity_id: str, body: dict[str, Any]) -> str:
    """An application belongs to itself."""
    return str(body.get("application_id", entity_id))
