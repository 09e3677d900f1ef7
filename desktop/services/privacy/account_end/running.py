"""Carries the deletion of the account out, step by step; a step that is done is not done again.

The service is closed and read to its end before the books are written, and the books are written
before it destroys anything. The vault goes last but for what lies beside it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from contract.messages.account import PATH, AccountDeletion, AccountDeletionRequest, EndState
from contract.terms import Role
from desktop.domain.connection import ServiceKind
from desktop.domain.errors import (
    AccountDeleted,
    AppError,
    Cancelled,
    InvalidInput,
    ServiceRefused,
    ServiceUnreachable,
    VaultError,
)
from desktop.domain.privacy.account_deletion import DeletionStep
from desktop.domain.privacy.erasure import StepState
from desktop.services.calls import Report
from desktop.services.privacy.account_end.books import write_books
from desktop.services.privacy.account_end.issuing import CertificateIssuer
from desktop.services.storage import account_end, secrets, sync_state

if TYPE_CHECKING:
    from desktop.services.link import ServiceLink
    from desktop.services.privacy.account_end.computer import Computer
    from desktop.services.storage.account_end import StoredDeletion
    from desktop.services.storage.vault import Vault
    from desktop.services.sync import SyncService

AGAIN: Final = "It is tried again by itself."
NOT_WAITED: Final = "The owner said that it is gone for good; it was not asked."
NO_SERVICE: Final = "This workspace had no service."


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What running needs from outside."""

    link: "ServiceLink"
    sync: "SyncService"
    end_connections: Callable[[], dict[str, Any]]
    """Ends what provider and keyring hold; tells whom it reached. May be repeated."""
    computer: "Computer"
    books_months: Callable[[], int]
    """How long books are kept, as the retention schedule says."""
    clock: Callable[[], datetime]


class DeletionRunner:
    """Runs the deletion of one vault's account; the caller sees that only one does. Any thread."""

    def __init__(self, vault: "Vault", outside: Surroundings) -> None:
        self._vault = vault
        self._outside = outside
        self._issuer = CertificateIssuer(vault, outside.clock)
        self._steps: dict[DeletionStep, Callable[[StoredDeletion, Report], dict[str, Any]]] = {
            DeletionStep.CLOSE: self._close,
            DeletionStep.BOOKS: self._write_books,
            DeletionStep.SERVICE: self._end_at_service,
            DeletionStep.CONNECTIONS: self._end_connections,
            DeletionStep.VAULT: self._empty_vault,
            DeletionStep.COMPUTER: self._clear_computer,
            DeletionStep.CERTIFY: self._certify,
        }

    def go_on(self, report: Report) -> None:
        """Do every step that is left, up to the first that cannot be done now.

        Raises: VaultError, Cancelled; what was done stays done.
        """
        for number, step in enumerate(DeletionStep, start=1):
            report(number, len(DeletionStep))
            with self._vault.reading() as db:
                stored, lines = account_end.find(db), account_end.steps(db)
            if stored is None or stored.finished_at is not None:
                return
            is_done = lines[number - 1].state is StepState.DONE
            if not is_done and not self._do(stored, step, report):
                return

    def require_owner(self) -> None:
        """Ask the service whether this workspace may end its account, if it can be asked now.

        Raises: InvalidInput for a token of a member who is no owner; nothing was changed.
        """
        try:
            with self._outside.link.client() as client:
                role = Role.OWNER if client is None else client.own_token().role
        except (ServiceUnreachable, ServiceRefused):  # it says so itself when it begins
            return
        if role is not Role.OWNER:
            raise InvalidInput(
                f"You use this service as {role.replace('_', ' ')}: only an owner can delete its "
                "account. Nothing was changed. Sign out and take this workspace off your list, or "
                "ask an owner."
            )

    def _do(self, stored: "StoredDeletion", step: DeletionStep, report: Report) -> bool:
        try:
            told = self._steps[step](stored, report)
        except (Cancelled, VaultError):
            raise
        except AppError as problem:
            with self._vault.transaction() as db:
                account_end.record(db, step, StepState.FAILED, f"{problem} {AGAIN}")
            return False
        if step is not DeletionStep.CERTIFY:  # which is noted with the certificate
            with self._vault.transaction() as db:
                account_end.record(db, step, StepState.DONE, result=told)
        return True

    def _close(self, stored: "StoredDeletion", report: Report) -> dict[str, Any]:
        """SDKs are refused first: what is counted after the last figures would be in no book."""
        connection = self._outside.link.connection()
        told: dict[str, Any] = {
            "service_id": "" if connection is None else connection.service_id,
            "is_embedded": connection is not None and connection.kind == ServiceKind.EMBEDDED,
        }
        if connection is None or stored.is_without_service:
            return {**told, "skipped": NO_SERVICE if connection is None else NOT_WAITED}
        if told["is_embedded"]:
            self._outside.computer.start_service()
        try:
            with self._outside.link.service() as client:
                request = AccountDeletionRequest(service_id=connection.service_id)
                path = f"{PATH}/{stored.deletion_id}"
                client.ask("PUT", path, AccountDeletion, body=request)
            self._outside.sync.hold_past(held=False)
            self._outside.sync.run(report)
        except AccountDeleted as gone:
            return {**told, "skipped": str(gone)}
        return told

    def _write_books(self, _stored: "StoredDeletion", report: Report) -> dict[str, Any]:
        kinds = write_books(self._vault, self._outside.clock(), report)
        return {"kinds": kinds, "months": self._outside.books_months()}

    def _end_at_service(self, stored: "StoredDeletion", _report: Report) -> dict[str, Any]:
        connection = self._outside.link.connection()
        if connection is None or stored.is_without_service:
            return {"skipped": NO_SERVICE if connection is None else NOT_WAITED}
        path = f"{PATH}/{stored.deletion_id}/apply"
        try:
            with self._outside.link.service() as client:
                done = client.ask("POST", path, AccountDeletion)
        except AccountDeleted:
            return {"counts": {}}  # another desktop was first
        return {
            "counts": {count.what: count.rows for count in done.counts},
            "is_gone": done.state is EndState.DELETED,
        }

    def _end_connections(self, _stored: "StoredDeletion", _report: Report) -> dict[str, Any]:
        told = self._outside.end_connections()
        with self._vault.reading() as db:
            rows = db.execute("SELECT provider, mode FROM billing_connections").fetchall()
            told["providers"] = sorted({provider for provider, _ in rows})
            told["keys"] = len(secrets.listed(db))
            connection = sync_state.connection(db)
            told["host"] = "" if connection is None else connection.url
        return told

    def _empty_vault(self, _stored: "StoredDeletion", _report: Report) -> dict[str, Any]:
        with self._outside.sync.between_rounds(), self._vault.transaction() as db:
            earlier = account_end.results(db)[DeletionStep.VAULT].get("counts", {})
            counts = account_end.empty(db)
            total = {
                table: counts.get(table, 0) + earlier.get(table, 0) for table in counts | earlier
            }
            account_end.record(db, DeletionStep.VAULT, StepState.WAITING, result={"counts": total})
        self._vault.compact()
        self._outside.link.forget()
        self._outside.sync.connected()
        return {"counts": total}

    def _clear_computer(self, _stored: "StoredDeletion", _report: Report) -> dict[str, Any]:
        with self._vault.reading() as db:
            service = account_end.results(db)[DeletionStep.CLOSE]
        return self._outside.computer.clear(service["service_id"] if service["is_embedded"] else "")

    def _certify(self, stored: "StoredDeletion", _report: Report) -> dict[str, Any]:
        self._issuer.issue(stored)
        self._vault.compact()
        return {}
