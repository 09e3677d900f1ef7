"""Privacy packages: who the person is, what is held, the file they get, and its check."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from desktop.domain.errors import InvalidInput, VaultError
from desktop.domain.privacy.approvals import Guarded
from desktop.domain.privacy.requests import PrivacyRequest, number_of
from desktop.domain.privacy.written import FileKind
from desktop.services.calls import Report, callable_from_window
from desktop.services.identities import Opener, opened
from desktop.services.privacy.collecting import Subject, datasets
from desktop.services.privacy.covering import Cover, Decisions
from desktop.services.privacy.data_map import processing_of
from desktop.services.privacy.finding import Match, Search, search
from desktop.services.privacy.package.manifest import Exclusion, SourceEntry
from desktop.services.privacy.redacting import (
    Found,
    cover_of,
    covered,
    look,
    require_decided,
)
from desktop.services.privacy.references import reference
from desktop.services.privacy.signing import signing_key
from desktop.services.privacy.sources import COMPLETE, PARTIAL, VAULT, ServiceCalls
from desktop.services.privacy.unfinished import UnfinishedFiles
from desktop.services.privacy.written_files import note
from desktop.services.storage import (
    freezes,
    identities,
    privacy_audit,
    privacy_queries,
    privacy_requests,
)
from desktop.services.storage.database import few_pages

if TYPE_CHECKING:
    from sqlite3 import Connection
    from typing import IO

    from desktop.services.privacy.approvals import ApprovalService
    from desktop.services.privacy.package.datasets import Dataset
    from desktop.services.privacy.package.verifying import Verified
    from desktop.services.secret_store import SecretStore
    from desktop.services.storage.vault import Vault
    from desktop.services.whole_file import WholeFile

EXCLUSIONS: Final = (
    Exclusion("Figures of all callers together", "They name nobody: no personal data."),
    Exclusion(
        "The account of the API's owner and the settings of the API",
        "They are not about you: GDPR Art. 15 (4).",
    ),
)


@dataclass(frozen=True, slots=True)
class PackageReceipt:
    path: str
    size_bytes: int
    sha256: str
    rows: int
    """Records, counted once although each is written twice."""
    passphrase: str
    """To be told by another way than the file; empty for an age recipient. Kept nowhere."""
    signer: str
    """Public key in hexadecimal."""
    missing: tuple[str, ...]
    """Places that could not be searched to their end, with the reason."""


@dataclass(frozen=True, slots=True)
class PackageCheck:
    request: str
    rows: int
    files: int
    signer: str
    is_ours: bool
    """Whether this vault's own key signed it."""


class PrivacyPackageService:
    """The vault must be open. Any thread."""

    def __init__(
        self,
        vault: "Vault",
        store: "SecretStore",
        calls: ServiceCalls,
        approvals: "ApprovalService",
        clock: Callable[[], datetime],
    ) -> None:
        self._vault = vault
        self._store = store
        self._calls = calls
        self._approvals = approvals
        self._clock = clock
        self._files = UnfinishedFiles(vault, clock)

    @callable_from_window
    def find_person(self, report: Report, request_id: str) -> Search:
        """Customers who may be the person of a request.

        Raises: InvalidInput (there is no such request), Cancelled, VaultError.
        """
        with self._vault.reading() as db:
            person = _found(db, request_id).asked.person
            return search(db, self._store, person, report)

    @callable_from_window
    def third_parties(
        self, report: Report, request_id: str, matches: tuple[Match, ...], marked: tuple[str, ...]
    ) -> Found:
        """Texts of the package to be that name other people, and where `marked` texts are.

        Single calls are those the service tells of now. Raises: InvalidInput (there is no such
        request), Cancelled, VaultError.
        """
        self._calls.fetch([(match.application_id, match.customer_id) for match in matches], report)
        with self._vault.reading() as db, few_pages(db):
            known, rows = self._collected(db, _found(db, request_id), matches)
            cover = self._cover(db, (known, rows), Decisions(marked=marked), report)
            return look(rows, cover, report)

    @callable_from_window
    def build(  # noqa: PLR0913, PLR0917 (each part is the owner's own choice)
        self, report: Report, request_id: str, matches: tuple[Match, ...], path: str,
        recipient: str = "", decisions: Decisions | None = None,
    ) -> PackageReceipt:  # fmt: skip
        """Write everything the vault and the service hold about them and read it back.

        Args:
            report: told how many rows were fetched, then written, then checked.
            request_id: the request that is answered.
            matches: the customers who are the person.
            path: the file; one that is there is replaced only by a whole one.
            recipient: an age recipient; a generated passphrase protects the file without one.
            decisions: of the second look at texts that name others; needed where there are any.

        Raises: InvalidInput (field `recipient`, `matches`, `redactions`: nobody decided yet, or
            `approval`: it waits for a second person, or `frozen`: a report that the person is a
            child is not decided), ExportFailed, Cancelled, VaultError.
        """
        from desktop.services.privacy.package.envelope import new_passphrase, sealed_age, sealed_zip

        if not matches:
            raise InvalidInput(
                "Nothing was written: choose which customers are the person.", field="matches"
            )
        customers = [(match.application_id, match.customer_id) for match in matches]
        with self._vault.reading() as db:
            freezes.require_free(db, customers)
            self._approvals.require(db, Guarded.EXPORT, request_id)
        service = self._calls.fetch(customers, report)
        with self._vault.transaction() as db:
            key = signing_key(self._vault, db)
        passphrase = "" if recipient else new_passphrase()
        with self._files.writing(path) as file:
            seal = sealed_age(file, recipient) if recipient else sealed_zip(file, passphrase)
            with seal as stream:
                rows = self._write(stream, (request_id, matches, service, decisions), key, report)
            signer = _public(key)
            if passphrase:
                _check_back(str(file.temporary), passphrase, signer, report)
            # All before it gets its name: what has that is whole, was read, and is on record.
            sources = self._recorded(file, (request_id, matches, service), rows)
        missing = tuple(f"{one.name}: {one.detail}" for one in sources if one.state != COMPLETE)
        return PackageReceipt(
            str(file.path), file.size_bytes, file.sha256, rows, passphrase, signer, missing
        )

    def _recorded(
        self,
        file: "WholeFile",
        about: tuple[str, tuple[Match, ...], SourceEntry],
        rows: int,
    ) -> tuple[SourceEntry, SourceEntry]:
        """The places that were searched, after the file was noted in log and list."""
        request_id, matches, service = about
        customers = [(match.application_id, match.customer_id) for match in matches]
        with self._vault.transaction() as db:
            sources = (self._vault_source(db, matches), service)
            missing = sum(one.state != COMPLETE for one in sources)
            facts = {"rows": rows, "sha256": file.sha256, "missing": missing}
            number = number_of(_found(db, request_id))
            privacy_audit.append(db, self._clock(), "package", number, facts)
            note(db, file, (FileKind.PACKAGE, request_id, customers), self._clock())
        return sources

    @callable_from_window
    def check(self, report: Report, path: str, secret: str) -> PackageCheck:
        """Verify a package as its reader would; `secret` is the passphrase or the age key.

        Raises: InvalidInput (field `path` or `passphrase`), PackageDamaged, Cancelled.
        """
        verified = verify_file(path, secret, report)
        with self._vault.transaction() as db:
            ours = _public(signing_key(self._vault, db))
        return PackageCheck(
            verified.manifest.request,
            verified.rows,
            len(verified.manifest.files),
            verified.signer,
            verified.signer == ours,
        )

    def remove_unfinished(self) -> None:
        """Delete what is left of packages that were cut off. Raises: VaultError."""
        self._files.remove()

    def _write(
        self,
        stream: "IO[bytes]",
        about: tuple[str, tuple[Match, ...], SourceEntry, Decisions | None],
        key: bytes,
        report: Report,
    ) -> int:
        """The number of records."""
        from desktop.services.privacy.package.writing import Contents, write_package

        request_id, matches, service, decisions = about
        with self._vault.reading() as db, few_pages(db):
            request = _found(db, request_id)
            known, rows = self._collected(db, request, matches)
            cover = self._cover(db, (known, rows), decisions or Decisions(), report)
            found = look(rows, cover, report)
            require_decided(found, decisions)
            contents = Contents(
                request,
                number_of(request),
                tuple(covered(one, cover) for one in rows),
                (self._vault_source(db, matches), service),
                EXCLUSIONS,
                found.counts,
                processing=processing_of(db),
            )
            manifest = write_package(stream, contents, key, self._clock(), report)
        return sum(entry.rows or 0 for entry in manifest.files) // 2

    def _collected(
        self, db: "Connection", request: PrivacyRequest, matches: tuple[Match, ...]
    ) -> tuple[frozenset[str], tuple["Dataset", ...]]:
        """Under what the person is known, and what there is about them."""
        person = request.asked.person
        known_as = person.known_as()
        identities = tuple(self._identities(db, matches))
        subject = Subject(matches, identities, self._references(known_as, identities))
        theirs = [
            one
            for one in privacy_requests.everything(db)
            if one.request_id == request.request_id or one.asked.person.known_as() & known_as
        ]
        names = {match.name for match in matches} | {match.customer_id for match in matches}
        identity = {text for _, _, text in identities}
        return known_as | names | identity | {person.name}, datasets(db, subject, theirs)

    def _cover(
        self,
        db: "Connection",
        about: tuple[frozenset[str], tuple["Dataset", ...]],
        decisions: Decisions,
        report: Report,
    ) -> Cover:
        known, rows = about
        return cover_of(rows, known, self._everybody(db), decisions, report)

    def _everybody(self, db: "Connection") -> Iterator[str]:
        """Ids, names and identities of all customers that can be known here."""
        for customer in privacy_queries.named_customers(db):
            yield from (customer.customer_id, customer.name or "")
        opener = Opener(self._store.sealing_keys(db))
        for application_id, customer_id, sealed in privacy_queries.sealed_identities(db):
            yield customer_id
            if identity := opener.identity(application_id, customer_id, sealed):
                yield identity

    def _references(
        self, known_as: frozenset[str], identities: tuple[tuple[str, str, str], ...]
    ) -> tuple[bytes, ...]:
        names = {*known_as, *(identity for _, _, identity in identities)}
        return tuple(sorted({reference(self._vault, name) for name in names}))

    def _vault_source(self, db: "Connection", matches: tuple[Match, ...]) -> SourceEntry:
        """Not complete where an identity of the person is sealed for another vault."""
        kept = [row for match in matches if (row := identities.find(db, match.customer_id))]
        closed = len(kept) - len(tuple(self._identities(db, matches)))
        if not closed:
            return SourceEntry(VAULT, COMPLETE)
        detail = f"{closed} identities are sealed for another vault and could not be opened here."
        return SourceEntry(VAULT, PARTIAL, detail)

    def _identities(
        self, db: "Connection", matches: tuple[Match, ...]
    ) -> Iterator[tuple[str, str, str]]:
        keys = self._store.sealing_keys(db)
        for match in matches:
            row = identities.find(db, match.customer_id)
            if row is None:
                continue
            identity = opened(keys, row.application_id, match.customer_id, row.sealed)
            if identity is not None:  # else sealed for another vault, which the source says
                yield row.application_id, match.customer_id, identity


def _check_back(path: str, passphrase: str, signer: str, report: Report) -> None:
    if verify_file(path, passphrase, report).signer != signer:
        raise VaultError("The package that was written is not signed by this vault's key.")


def verify_file(path: str, secret: str, report: Report) -> "Verified":
    """Open and verify a package. Raises: InvalidInput, PackageDamaged, Cancelled."""
    from desktop.services.privacy.package.envelope import opened
    from desktop.services.privacy.package.verifying import verify_package

    with opened(path, secret) as stream:
        return verify_package(stream, report)


def _public(key: bytes) -> str:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(key).public_key().public_bytes_raw().hex()


def _found(db: "Connection", request_id: str) -> PrivacyRequest:
    request = privacy_requests.find(db, request_id)
    if request is None:
        raise InvalidInput("There is no such privacy request in this vault.")
    return request
