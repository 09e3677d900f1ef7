"""Puts the certificate of a deleted account together, signs it, and closes the deletion."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from desktop.domain.privacy.account_deletion import DeletionStep, books_until
from desktop.domain.privacy.erasure import Kept
from desktop.services.privacy.account_end import grounds
from desktop.services.privacy.erasing.certificate import (
    Certificate,
    DoneLine,
    ProcessorLine,
    SignedCertificate,
    kept_lines,
    paragraphs,
    signed,
)
from desktop.services.privacy.signing import signing_key
from desktop.services.storage import account_end, privacy_audit

if TYPE_CHECKING:
    from desktop.services.storage.account_end import StoredDeletion
    from desktop.services.storage.vault import Vault

Told = dict[DeletionStep, dict[str, Any]]
ACCOUNT: Final = "account"
"""Stands in the certificate where that of a person has the number of a request."""


class CertificateIssuer:
    """The vault must be open. Any thread."""

    def __init__(self, vault: "Vault", clock: Callable[[], datetime]) -> None:
        self._vault = vault
        self._clock = clock

    def issue(self, stored: "StoredDeletion") -> None:
        """Take out what came in since the vault was emptied, then sign and close.

        All in one transaction: nothing can come in between looking and signing. Raises: VaultError.
        """
        now = self._clock()
        with self._vault.transaction() as db:
            account_end.empty(db)
            told = account_end.results(db)
            until = books_until(
                now.astimezone(ZoneInfo(stored.zone)).date(), told[DeletionStep.BOOKS]["months"]
            )
            kept = tuple(_kept(told, until.isoformat(), account_end.book_count(db)))
            certificate = Certificate(
                erasure=stored.deletion_id,
                request=ACCOUNT,
                subjects=(),
                asked_at=stored.asked_at.isoformat(),
                begun_at=(stored.begun_at or now).isoformat(),
                finished_at=now.isoformat(),
                is_complete=not stored.is_without_service,
                done=tuple(_done(told)),
                processors=tuple(_processors(told)),
                kept=kept_lines(kept),
                checked_at=now.isoformat(),
            )
            text = signed(certificate, signing_key(self._vault, db))
            account_end.finish(db, now, text, until)
            facts = {"rows": sum(line.rows for line in certificate.done)}
            privacy_audit.append(db, now, "account_deleted", "", facts)


def _done(told: Told) -> Iterator[DoneLine]:
    for table, rows in sorted(told[DeletionStep.VAULT]["counts"].items()):
        yield DoneLine("Vault", table, "deleted", rows)
    for table, rows in sorted(told[DeletionStep.SERVICE].get("counts", {}).items()):
        yield DoneLine("Service", table, "deleted", rows)
    for what, number in sorted(told[DeletionStep.COMPUTER]["removed"].items()):
        yield DoneLine("This computer", what, "deleted", number)
    if keys := told[DeletionStep.CONNECTIONS]["keyring"]:
        yield DoneLine("Keyring of this computer", "keys", "deleted", keys)


def _processors(told: Told) -> Iterator[ProcessorLine]:
    skipped = told[DeletionStep.SERVICE].get("skipped", "")
    yield ProcessorLine("Service", "not_asked" if skipped else "done", skipped)
    connections = told[DeletionStep.CONNECTIONS]
    for name in connections["providers"]:
        detail = "Its key and what was read from there are deleted here; nothing is changed there."
        yield ProcessorLine(grounds.PROVIDERS.get(name, name), "disconnected", detail)
    if connections["was_signed_in"]:
        state = "done" if connections["told_provider"] else "unreachable"
        yield ProcessorLine("Sign-in provider", state, "Signed out, and what was kept is deleted.")


def _kept(told: Told, until: str, books: int) -> Iterator[Kept]:
    if books:
        yield grounds.books(books, until)
    yield from grounds.LEFT_IN_VAULT
    connections, service = told[DeletionStep.CONNECTIONS], told[DeletionStep.CLOSE]
    for name in connections["providers"]:
        yield from grounds.provider(name)
    if connections["was_signed_in"]:
        yield grounds.sign_in(was_told=connections["told_provider"])
    if told[DeletionStep.SERVICE].get("skipped") and service["service_id"]:
        yield grounds.service_not_asked(connections["host"])
    elif service["service_id"] and not service["is_embedded"]:
        yield grounds.SERVICE_ELSEWHERE
    for name in told[DeletionStep.COMPUTER]["left"]:
        yield grounds.computer(name)
    yield from grounds.NOT_REACHED


def words(document: SignedCertificate) -> tuple[str, ...]:
    """The certificate in words, for the PDF."""
    told = document.certificate
    state = (
        "It is complete." if told.is_complete else "The service could not be reached; see below."
    )
    about = (
        f"The owner asked for the deletion of this account on {told.asked_at[:10]}. It began on "
        f"{told.begun_at[:10]} and was done on {told.finished_at[:10]}. {state}"
    )
    return (about, *paragraphs(document)[1:])
