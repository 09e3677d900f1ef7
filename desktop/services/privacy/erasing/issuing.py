"""Puts the certificate together, signs it, and closes what is done."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from desktop.domain.privacy.erasure import Customer, Kept, Place, ProcessorState, Step, StepState
from desktop.domain.privacy.events import Erased
from desktop.domain.privacy.telling import About
from desktop.services.privacy.erasing import grounds
from desktop.services.privacy.erasing.certificate import (
    Certificate,
    DoneLine,
    ProcessorLine,
    kept_lines,
    signed,
)
from desktop.services.privacy.erasing.planning import ANONYMIZED, SERVICE_FATES
from desktop.services.privacy.recipients import everybody
from desktop.services.privacy.signing import signing_key
from desktop.services.privacy.telling import of_request
from desktop.services.storage import erasure_records, privacy_audit, privacy_requests, written_files

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.domain.privacy.requests import PrivacyRequest
    from desktop.services.storage.erasure_ledger import LedgerEntry
    from desktop.services.storage.erasure_records import StoredErasure
    from desktop.services.storage.vault import Vault

NAMES: Final = {
    Place.STRIPE.value: "Stripe",
    Place.PADDLE.value: "Paddle",
    Place.SIGN_IN.value: "Sign-in provider",
}


class Issuer:
    """The vault must be open. Any thread."""

    def __init__(self, vault: "Vault", clock: Callable[[], datetime]) -> None:
        self._vault = vault
        self._clock = clock

    def issue(self, erasure: "StoredErasure", entry: "LedgerEntry") -> None:
        """Sign, note the erasure in the request and in the log, and forget whom it was about.

        All in one transaction. While a hold keeps something, the erasure stays open.
        Raises: VaultError.
        """
        now = self._clock()
        with self._vault.transaction() as db:
            customers = [Customer(e.application_id, e.customer_id) for e in erasure.plan.customers]
            holds = erasure_records.holds(db, customers)
            request = privacy_requests.find(db, erasure.request_id)
            certificate = self._certificate(db, erasure, entry, (request, bool(holds)))
            key = signing_key(self._vault, db)
            erasure_records.certify(db, erasure.erasure_id, signed(certificate, key))
            erasure_records.record(db, erasure.erasure_id, Step.CERTIFY, StepState.DONE)
            facts = {"rows": sum(line.rows for line in certificate.done), "held": len(holds)}
            privacy_audit.append(db, now, "erase", certificate.request, facts)
            if request is not None and not any(isinstance(e, Erased) for e in request.events):
                privacy_requests.append(db, request.request_id, Erased(now))
            if not holds:
                erasure_records.close(db, erasure, now)

    def _certificate(
        self,
        db: "Connection",
        erasure: "StoredErasure",
        entry: "LedgerEntry",
        about: "tuple[PrivacyRequest | None, bool]",
    ) -> Certificate:
        request, is_held = about
        told = {step: erasure_records.result(db, erasure.erasure_id, step) for step in Step}
        now = self._clock().isoformat()
        asked = erasure.begun_at if request is None else request.asked.received_at
        return Certificate(
            erasure=erasure.erasure_id,
            request="" if request is None else f"PR-{request.number:04}",
            subjects=tuple(subject.mac for subject in entry.subjects),
            asked_at=asked.isoformat(),
            begun_at=erasure.begun_at.isoformat(),
            finished_at=now,
            is_complete=not is_held,
            done=tuple(_done(told)),
            processors=tuple(_processors(told[Step.PROCESSORS])),
            kept=kept_lines(tuple(self._kept(db, erasure, told))),
            checked_at=told[Step.CHECK]["at"],
        )

    def _kept(
        self, db: "Connection", erasure: "StoredErasure", told: dict[Step, dict[str, Any]]
    ) -> Iterator[Kept]:
        yield from grounds.ALWAYS
        service = told[Step.SERVICE]
        if service["raw_until"]:
            yield grounds.raw_calls(service["raw_until"])
        customers = [Customer(e.application_id, e.customer_id) for e in erasure.plan.customers]
        holds = erasure_records.holds(db, customers)
        held = {hold.category.value for hold in holds}
        if service["blocks"] and erasure.plan.keeps_blocks and "security" not in held:
            yield grounds.block(service["blocks"])
        yield from map(grounds.held, holds)
        for result in told[Step.PROCESSORS].get("results", ()):
            if result["state"] == ProcessorState.KEPT.value:
                name = NAMES[result["place"]]
                what = "Account of a member" if name == NAMES[Place.SIGN_IN] else "Customer"
                yield Kept(name, what, result["detail"], result["until"] or "not told")
        names = everybody(db)
        for one in of_request(db, erasure.request_id):
            if one.about is About.ERASURE and one.recipient_id in names:
                yield grounds.recipient(names[one.recipient_id].name)
        gone = {erased.replacement for erased in erasure.plan.customers}
        for file in written_files.due(db):
            if file.due_for in gone:
                yield grounds.file(file)
        if told[Step.CHECK].get("came_back"):
            yield grounds.CAME_BACK


def _done(told: dict[Step, dict[str, Any]]) -> Iterable[DoneLine]:
    for table, rows in sorted(told[Step.VAULT]["counts"].items()):
        yield DoneLine("Vault", table, _action(table in ANONYMIZED), rows)
    for what, rows in sorted(told[Step.SERVICE]["counts"].items()):
        is_anonymized = SERVICE_FATES[what][1].value == "anonymize"
        yield DoneLine("Service", what, _action(is_anonymized), rows)


def _action(is_anonymized: bool) -> str:  # noqa: FBT001 (a fact)
    return "anonymized" if is_anonymized else "deleted"


def _processors(told: dict[str, Any]) -> Iterable[ProcessorLine]:
    for result in told.get("results", ()):
        yield ProcessorLine(NAMES[result["place"]], result["state"], result["detail"])
