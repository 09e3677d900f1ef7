"""Erasures as window and command line ask for them, from the dry run to the certificate."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from contract.erasure import new_replacement
from desktop.domain.errors import ExportFailed, InvalidInput
from desktop.domain.privacy.approvals import Guarded
from desktop.domain.privacy.categories import Category
from desktop.domain.privacy.erasure import (
    Customer,
    ErasedCustomer,
    ErasurePlan,
    ErasureProgress,
    held_categories,
    held_records,
    state_of,
)
from desktop.domain.privacy.kinds import Action
from desktop.services.calls import Report, callable_from_window, no_report
from desktop.services.identities import opened
from desktop.services.privacy.checking import EMAIL
from desktop.services.privacy.erasing import certificate as certificates
from desktop.services.privacy.erasing.planning import (
    WITH_BLOCKS,
    Planner,
    categories_kept,
    plan_erasure,
)
from desktop.services.privacy.erasing.processors import ProcessorSubject
from desktop.services.privacy.finding import Match
from desktop.services.privacy.references import reference
from desktop.services.privacy.written_files import plan_files
from desktop.services.storage import erasure_records, identities, privacy_audit, privacy_requests
from desktop.services.storage.erasure_records import Plan, StoredErasure
from desktop.services.whole_file import WholeFile

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.domain.privacy.requests import PrivacyRequest
    from desktop.services.privacy.approvals import ApprovalService
    from desktop.services.privacy.erasing.following import ErasureFollower
    from desktop.services.privacy.erasing.holds import HoldService
    from desktop.services.privacy.erasing.running import Runner
    from desktop.services.privacy.requests import PrivacyRequestService
    from desktop.services.secret_store import SecretStore
    from desktop.services.storage.vault import Vault


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    path: str
    pdf: str
    sha256: str
    signer: str


@dataclass(frozen=True, slots=True)
class CertificateCheck:
    request: str
    finished_at: str
    is_complete: bool
    kept: int
    signer: str


@dataclass(frozen=True, slots=True)
class Machinery:
    """What carries an erasure out."""

    planner: Planner
    runner: "Runner"
    follower: "ErasureFollower"
    holds: "HoldService"


class ErasureService:
    """The vault must be open. Any thread; one erasure runs at a time."""

    def __init__(
        self,
        vault: "Vault",
        store: "SecretStore",
        asked: "tuple[PrivacyRequestService, ApprovalService]",
        machinery: Machinery,
        made_by: tuple[Callable[[], str], Callable[[], datetime]],
    ) -> None:
        """`asked` say whether an erasure may begin; `made_by` are the makers of ids and times."""
        self._vault = vault
        self._store = store
        self._requests, self._approvals = asked
        self._machinery = machinery
        self._new_id, self._clock = made_by
        self._one_at_a_time = threading.Lock()

    @callable_from_window
    def plan(
        self,
        report: Report,
        request_id: str,
        matches: tuple[Match, ...],
        keeps_blocks: bool,  # noqa: FBT001 (from the window)
    ) -> ErasurePlan:
        """A dry run: what an erasure of these customers would do now. Nothing is changed.

        Raises: InvalidInput (field `matches`), Cancelled, VaultError.
        """
        customers = _customers(matches)
        keep = WITH_BLOCKS if keeps_blocks else frozenset()
        with self._vault.reading() as db:
            request = _found(db, request_id)
            holds = erasure_records.holds(db, customers)
            emails = self._emails(db, request, matches)
            lines = plan_erasure(db, customers, keep, holds, emails)
            is_held = Category.SUPPORT in held_categories(holds)
            lines += plan_files(db, customers, is_held=is_held)
            subject = ProcessorSubject(customers, emails)
        outside = self._machinery.planner.outside(subject, keep, holds, report)
        return replace(outside, lines=(*lines, *outside.lines))

    @callable_from_window
    def start(
        self,
        request_id: str,
        matches: tuple[Match, ...],
        keeps_blocks: bool,  # noqa: FBT001 (from the window)
    ) -> ErasureProgress:
        """Begin; nothing is destroyed before it is noted in both ledgers. See `go_on`.

        Raises: InvalidInput (field `matches` or `approval`; or the request does not allow it),
            VaultError.
        """
        customers = _customers(matches)
        self._require_allowed(request_id)
        self._machinery.holds.end_over()
        with self._vault.transaction() as db:
            self._approvals.require(db, Guarded.ERASURE, request_id)
            request = _found(db, request_id)
            running = erasure_records.of_request(db, request_id)
            if running is not None and not running.is_closed:
                return self._progress(db, running)
            erasure = StoredErasure(
                self._new_id(),
                request_id,
                self._clock(),
                self._new_plan(db, request, matches, keeps_blocks=keeps_blocks),
                is_closed=False,
                certificate=None,
            )
            erasure_records.begin(db, erasure)
            facts = {"customers": len(customers)}
            privacy_audit.append(db, self._clock(), "erase_begin", _number(request), facts)
            return self._progress(db, erasure)

    @callable_from_window
    def go_on(self, report: Report, erasure_id: str) -> ErasureProgress:
        """Do what is left, up to what cannot be done now; that is tried again by itself.

        Raises: InvalidInput, VaultError, Cancelled; what was done stays done.
        """
        with self._one_at_a_time:
            self._machinery.runner.go_on(erasure_id, report)
        with self._vault.reading() as db:
            return self._progress(db, _erasure(db, erasure_id))

    @callable_from_window
    def progress_of(self, request_id: str) -> ErasureProgress | None:
        """How far the newest erasure of a request is; None without one."""
        with self._vault.reading() as db:
            found = erasure_records.of_request(db, request_id)
            return None if found is None else self._progress(db, found)

    def go_on_with_all(self) -> None:
        """Take up what was cut off, waits for a service or processor, or was released.

        Raises: VaultError.
        """
        if self._vault.lacks_ledger:
            self._machinery.follower.settle_restored()
            return
        self._machinery.holds.end_over()
        with self._vault.reading() as db:
            waiting = erasure_records.open_ones(db)
        for erasure in waiting:
            self.go_on(no_report, erasure.erasure_id)

    @callable_from_window
    def accept_lost_list(self) -> None:
        """Use a restored vault although nobody can say who was erased since its backup.

        Raises: VaultError.
        """
        if self._vault.lacks_ledger:
            self._vault.hold_against(())

    @callable_from_window
    def write_certificate(self, request_id: str, path: str) -> CertificateFiles:
        """Write the signed certificate as JSON, and beside it as PDF.

        Raises: InvalidInput (there is none yet), ExportFailed, VaultError.
        """
        with self._vault.reading() as db:
            found = erasure_records.of_request(db, request_id)
        if found is None or found.certificate is None:
            raise InvalidInput(
                "There is no certificate yet: something is left to be erased. Nothing was written."
            )
        document = certificates.verified(found.certificate.encode())
        title = f"Certificate of erasure {document.certificate.request}".strip()
        return certificate_files(found.certificate, path, title, certificates.paragraphs(document))

    def _new_plan(
        self,
        db: "Connection",
        request: "PrivacyRequest",
        matches: tuple[Match, ...],
        *,
        keeps_blocks: bool,
    ) -> Plan:
        customers = _customers(matches)
        holds = erasure_records.holds(db, customers)
        emails = self._emails(db, request, matches)
        return Plan(
            tuple(
                ErasedCustomer(one.application_id, one.customer_id, new_replacement())
                for one in customers
            ),
            categories_kept(WITH_BLOCKS if keeps_blocks else (), holds),
            tuple(sorted(held_records(holds))),
            tuple(sorted({hold.category.value for hold in holds if hold.record_id})),
            addresses=tuple(reference(self._vault, email).hex() for email in emails),
            emails=emails,
            keeps_blocks=keeps_blocks,
            zone=request.asked.zone,
        )

    def _emails(
        self, db: "Connection", request: "PrivacyRequest", matches: tuple[Match, ...]
    ) -> tuple[str, ...]:
        """Addresses of the person: given by them, in a name, or how the API knows them."""
        person = request.asked.person
        texts = [person.email, *person.identifiers, *(match.name for match in matches)]
        keys = self._store.sealing_keys(db)
        for match in matches:
            row = identities.find(db, match.customer_id)
            if row is not None:
                identity = opened(keys, row.application_id, match.customer_id, row.sealed)
                texts.append(identity or "")
        return tuple(dict.fromkeys(text for text in texts if EMAIL.fullmatch(text)))

    def _require_allowed(self, request_id: str) -> None:
        if Action.NOTE_ERASURE not in self._requests.request(request_id).progress.allowed:
            raise InvalidInput(
                "Nothing was erased: this request does not ask for it, was answered already, or "
                "nobody has confirmed yet who is asking."
            )

    def _progress(self, db: "Connection", erasure: StoredErasure) -> ErasureProgress:
        steps = erasure_records.steps(db, erasure.erasure_id)
        customers = [Customer(e.application_id, e.customer_id) for e in erasure.plan.customers]
        holds = erasure_records.holds(db, customers)
        return ErasureProgress(
            erasure.erasure_id,
            erasure.request_id,
            state_of(steps, holds),
            steps,
            holds,
            erasure.certificate is not None,
            erasure.begun_at,
        )


def certificate_files(
    text: str, path: str, title: str, paragraphs: tuple[str, ...]
) -> CertificateFiles:
    """Write a signed certificate as JSON, and beside it as PDF with these words.

    Raises: ExportFailed, PackageDamaged.
    """
    from desktop.services.privacy.package.letter import letter_pdf

    document = certificates.verified(text.encode())
    pdf = str(Path(path).with_suffix(".pdf"))
    if pdf == path:
        raise ExportFailed("Give the certificate a name that ends in .json. Nothing was written.")
    finished = datetime.fromisoformat(document.certificate.finished_at)
    with WholeFile(pdf) as file:
        file.write(letter_pdf(paragraphs, title, finished))
    with WholeFile(path) as file:
        file.write(text.encode())
    return CertificateFiles(str(file.path), pdf, file.sha256, document.signer)


def check_certificate(path: str) -> CertificateCheck:
    """Whether a certificate is as it was signed. Needs no vault.

    Raises: InvalidInput (field `path`), PackageDamaged.
    """
    try:
        text = Path(path).read_bytes()
    except OSError as error:
        raise InvalidInput(f"The file cannot be read: {error.strerror}.", field="path") from error
    document = certificates.verified(text)
    told = document.certificate
    return CertificateCheck(
        told.request, told.finished_at, told.is_complete, len(told.kept), document.signer
    )


def _customers(matches: tuple[Match, ...]) -> tuple[Customer, ...]:
    if not matches:
        raise InvalidInput(
            "Nothing was erased: choose which customers are the person.", field="matches"
        )
    return tuple(Customer(match.application_id, match.customer_id) for match in matches)


def _number(request: "PrivacyRequest") -> str:
    return f"PR-{request.number:04}"


def _found(db: "Connection", request_id: str) -> "PrivacyRequest":
    request = privacy_requests.find(db, request_id)
    if request is None:
        raise InvalidInput("There is no such privacy request in this vault.")
    return request


def _erasure(db: "Connection", erasure_id: str) -> StoredErasure:
    found = erasure_records.find(db, erasure_id)
    if found is None:
        raise InvalidInput("There is no such erasure in this vault.")
    return found
