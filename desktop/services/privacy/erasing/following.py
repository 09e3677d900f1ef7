"""Keeps vault and service told of each other's erasures, whichever of them is older.

Desktops read the service's ledger before they take usage from it: rows under a new id would count
twice beside those of the old one. A service that came back from an archive is told again whom to
erase, and a vault that came back from a backup learns it from the service.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from desktop.domain.errors import ServiceRefused
from desktop.services.storage import erasure_records, sync_state
from desktop.services.storage.erasure_ledger import LedgerEntry, LedgerSubject
from desktop.services.storage.erasure_replay import replay
from desktop.services.storage.timestamps import microseconds

if TYPE_CHECKING:
    from contract.messages.erasure import ErasureEntry, ErasureRequest
    from desktop.services.client import ServiceClient
    from desktop.services.link import ServiceLink
    from desktop.services.storage.erasure_ledger import ErasureLedger
    from desktop.services.storage.vault import Vault

MOST_PAGES: Final = 10_000
"""A service that never ends is not believed."""


class ErasureFollower:
    """The vault must be open. Any thread."""

    def __init__(self, vault: "Vault", link: "ServiceLink") -> None:
        self._vault = vault
        self._link = link

    def follow(self, client: "ServiceClient", newest: int) -> bool:
        """Carry out what the service noted since the last time; whether anything was.

        Args:
            client: the connected service.
            newest: sequence of its newest entry. One below what was read tells of a service that
                came back from an archive: it is sent what it lacks.

        Raises: ServiceUnreachable, ServiceRefused, VaultError.
        """
        with self._vault.reading() as db:
            connection = sync_state.connection(db)
            service_id = "" if connection is None else connection.service_id
            known = erasure_records.fed(db, service_id)
        if newest == known:
            return False
        rows = _everything(client, known if newest > known else 0)
        self._take(rows, service_id, max((row.sequence for row in rows), default=0))
        if newest < known:
            self._send_again(client, {row.erasure_id for row in rows})
        return True

    def settle_restored(self) -> bool:
        """Hold a restored vault against the service's ledger; whether it can be changed now.

        Raises: ServiceUnreachable, ServiceRefused, VaultError; then it stays open for reading.
        """
        with self._link.client() as client:
            if client is not None:
                self.greet(client)
        return not self._vault.lacks_ledger

    def greet(self, client: "ServiceClient") -> None:
        """The same at the start of a round of sync. Raises: as `settle_restored`."""
        if not self._vault.lacks_ledger:
            return
        rows = _everything(client, 0)
        ledger = self._vault.erasure_ledger
        entries = [_entry(ledger, row) for row in rows]
        self._vault.hold_against(entries)
        self._heal(ledger, rows)

    def _take(self, rows: "list[ErasureEntry]", service_id: str, sequence: int) -> None:
        ledger = self._vault.erasure_ledger
        with self._vault.transaction() as db:
            now_us = microseconds(self._vault.clock())
            entries = [_entry(ledger, row) for row in rows]
            replay(db, self._vault.wrapping_key(), entries, now_us)
            erasure_records.feed(db, service_id, sequence)
        self._heal(ledger, rows)

    def _heal(self, ledger: "ErasureLedger", rows: "list[ErasureEntry]") -> None:
        """Write entries of this vault that its own ledger lost; others stay the service's."""
        for row in rows:
            own = ledger.read_copy(row.erasure_id, row.record)
            if own is not None:
                ledger.append(own)

    def _send_again(self, client: "ServiceClient", known: set[str]) -> None:
        ledger = self._vault.erasure_ledger
        for entry in ledger.entries():
            if entry.erasure_id not in known:
                try:
                    client.note_erasure(entry.erasure_id, request_of(ledger, entry))
                    client.apply_erasure(entry.erasure_id)
                except ServiceRefused:  # this token may not; the vault of an owner does it
                    return


def request_of(ledger: "ErasureLedger", entry: LedgerEntry) -> "ErasureRequest":
    """What the service is asked to note of an entry."""
    from contract.messages.erasure import ErasedSubject, ErasureRequest

    at = datetime.fromtimestamp(entry.at_us / 1_000_000, UTC)
    subjects = tuple(
        ErasedSubject(
            application_id=subject.application_id, mac=subject.mac, replacement=subject.replacement
        )
        for subject in entry.subjects
    )
    return ErasureRequest.model_validate(
        {
            "at": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "key": entry.key,
            "subjects": subjects,
            "keep": tuple(sorted({*entry.keep, *entry.record_kinds} - {"support"})),
            "record": ledger.copy_for_service(entry),
        }
    )


def _everything(client: "ServiceClient", after: int) -> "list[ErasureEntry]":
    rows: list[ErasureEntry] = []
    for _ in range(MOST_PAGES):
        page = client.erasures(after)
        rows += page.rows
        if page.next_after is None:
            break
        after = page.next_after
    return rows


def _entry(ledger: "ErasureLedger", row: "ErasureEntry") -> LedgerEntry:
    """An entry as this vault wrote it, else what the service tells of another vault's."""
    own = ledger.read_copy(row.erasure_id, row.record)
    if own is not None:
        return own
    at = datetime.fromisoformat(row.at)
    subjects = tuple(
        LedgerSubject(one.application_id, one.mac, one.replacement) for one in row.subjects
    )
    return LedgerEntry(row.erasure_id, "", microseconds(at), row.key, subjects, tuple(row.keep))
