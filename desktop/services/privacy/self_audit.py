"""The self-audit: looks at the program, the vault and the requests, and signs what it found.

It says what it did not look at. It asks nobody: known defects are those of a list that ships, with
its day; a list that is old is itself a finding.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from desktop.domain.errors import InvalidInput, VaultDamaged
from desktop.domain.privacy.self_audit import (
    EVERY,
    AuditFinding,
    AuditReport,
    AuditStanding,
    SignedReport,
    Verdict,
)
from desktop.domain.privacy.written import OLD
from desktop.services.calls import callable_from_window
from desktop.services.privacy import advisories
from desktop.services.privacy.installed import altered_files, runtime_distributions
from desktop.services.privacy.signing import signing_key
from desktop.services.storage import audit, backup, privacy_audit, written_files
from desktop.services.storage.privacy_records import Records
from desktop.services.storage.timestamps import moment
from desktop.services.whole_file import WholeFile

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.privacy.requests import PrivacyRequestService
    from desktop.services.storage.vault import Vault

REPORTS: Final = Records("self_audit", SignedReport)
LAST: Final = "last"
DISTRIBUTION: Final = "usageflow-desktop"
BACKUP_FRESH: Final = timedelta(days=8)
DRILL_FRESH: Final = timedelta(days=183)
SQLITE_MAGIC: Final = b"SQLite format 3\0"
OPEN_TO_OTHERS: Final = 0o077


class SelfAuditService:
    """The vault must be open. Any thread; takes some seconds for the checksums of libraries."""

    def __init__(
        self,
        vault: "Vault",
        requests: "PrivacyRequestService",
        clock: Callable[[], datetime],
        distributions: Callable[[], Iterable[metadata.Distribution]] = runtime_distributions,
    ) -> None:
        self._vault = vault
        self._requests = requests
        self._clock = clock
        self._distributions = distributions

    @callable_from_window
    def standing(self) -> AuditStanding:
        """The last report, and whether it is time for another."""
        with self._vault.reading() as db:
            return AuditStanding(REPORTS.find(db, LAST), self.is_due(db, self._clock()))

    def is_due(self, db: "Connection", now: datetime) -> bool:
        last = REPORTS.find(db, LAST)
        return last is None or now - last.report.made_at > EVERY

    def was_made(self, db: "Connection") -> bool:
        return REPORTS.find(db, LAST) is not None

    @callable_from_window
    def run(self) -> AuditStanding:
        """Look at everything and keep the signed report."""
        now = self._clock()
        findings = [*self._of_program(now), *self._of_files()]
        with self._vault.transaction() as db:
            entries, head, chained = _of_chain(db)
            findings += [*self._of_vault(db, now), self._of_requests(db), _of_written(db, now)]
            findings.append(chained)
            report = AuditReport(now, _version(), tuple(findings), entries, head)
            signed = self._signed(db, report)
            REPORTS.put(db, LAST, signed, now)
            bad = sum(one.verdict is Verdict.BAD for one in findings)
            privacy_audit.append(db, now, "self_audit", "", {"bad": bad})
        return self.standing()

    @callable_from_window
    def write(self, path: str) -> str:
        """Write the last report with its signature as JSON; returns the path.

        Raises: InvalidInput (there is none yet), ExportFailed, VaultError.
        """
        last = self.standing().last
        if last is None:
            raise InvalidInput("Nothing was written: there is no report yet. Run the audit first.")
        content = msgspec.json.format(msgspec.json.encode(last, order="deterministic"), indent=2)
        with WholeFile(path) as file:
            file.write(content)
        return str(file.path)

    def _signed(self, db: "Connection", report: AuditReport) -> SignedReport:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        key = Ed25519PrivateKey.from_private_bytes(signing_key(self._vault, db))
        signature = key.sign(canonical(report)).hex()
        return SignedReport(report, signature, key.public_key().public_bytes_raw().hex())

    def _of_program(self, now: datetime) -> list[AuditFinding]:
        installed = {_spelled(one.name): one for one in self._distributions()}
        versions = {name: one.version for name, one in installed.items()}
        altered = [name for one in installed.values() for name in altered_files(one)]
        return [
            advisories.finding(advisories.shipped(), versions, now.date()),
            AuditFinding(
                "files of libraries",
                Verdict.BAD if altered else Verdict.GOOD,
                "Checksums of installed files were compared with those of their installation. "
                f"Different: {', '.join(altered[:5]) or 'none'}.",
            ),
        ]

    def _of_files(self) -> list[AuditFinding]:
        paths = [self._vault.directory, self._vault.files.database, self._vault.files.header]
        there = [path for path in paths if path.exists()]
        loose = [path.name for path in there if path.stat().st_mode & OPEN_TO_OTHERS]
        with self._vault.files.database.open("rb") as file:
            is_plain = file.read(len(SQLITE_MAGIC)) == SQLITE_MAGIC
        locked = self._vault.key_is_in_locked_memory
        return [
            AuditFinding(
                "file modes",
                Verdict.BAD if loose else Verdict.GOOD,
                f"Of {len(there)} files and folders open to others: {', '.join(loose) or 'none'}.",
            ),
            AuditFinding(
                "encryption",
                Verdict.BAD if is_plain else Verdict.GOOD if locked else Verdict.LOOK,
                f"The vault's file is {'NOT ' if is_plain else ''}encrypted (AES-256). Its key is "
                f"{'' if locked else 'not '}kept out of the swap.",
            ),
        ]

    def _of_vault(self, db: "Connection", now: datetime) -> list[AuditFinding]:
        kept = backup.listed(self._vault.files.backups)
        restored_us = audit.latest(db, audit.Event.RESTORED)
        restored_at = None if restored_us is None else moment(restored_us)
        backed_up_at = kept[0].made_at if kept else None
        return [
            _of_age("last backup", backed_up_at, now, BACKUP_FRESH),
            _of_age("restore drill", restored_at, now, DRILL_FRESH),
        ]

    def _of_requests(self, db: "Connection") -> AuditFinding:
        lines = self._requests.lines(db)
        open_ones = [line for line in lines if line.due is not None]
        late = sum((line.days_left or 0) < 0 for line in open_ones)
        verdict = Verdict.BAD if late else Verdict.GOOD
        return AuditFinding("privacy requests", verdict, f"{len(open_ones)} open, {late} late.")


def canonical(report: AuditReport) -> bytes:
    """The bytes that are signed."""
    return msgspec.json.encode(report, order="deterministic")


def _of_chain(db: "Connection") -> tuple[int, str, AuditFinding]:
    try:
        entries, head = privacy_audit.check(db)
    except VaultDamaged as error:
        return 0, "", AuditFinding("log of privacy", Verdict.BAD, str(error))
    said = f"{entries} entries, each vouches for the one before it."
    return entries, head.hex(), AuditFinding("log of privacy", Verdict.GOOD, said)


def _of_written(db: "Connection", now: datetime) -> AuditFinding:
    found = written_files.everything(db)
    old = [one for one in found if one.is_old(now) and Path(one.path).exists()]
    named = [one for one in found if one.due_for]
    said = (
        f"{len(found)} packages and exports were written outside the vault. {len(old)} of them lie "
        f"there for longer than {OLD.days} days, {len(named)} name somebody who was erased."
    )
    verdict = Verdict.BAD if named else Verdict.LOOK if old else Verdict.GOOD
    return AuditFinding("files with personal data", verdict, said)


def _of_age(check: str, at: datetime | None, now: datetime, fresh: timedelta) -> AuditFinding:
    if at is None:
        return AuditFinding(check, Verdict.LOOK, "Never, as far as this vault knows.")
    verdict = Verdict.GOOD if now - at <= fresh else Verdict.LOOK
    return AuditFinding(check, verdict, f"{at:%Y-%m-%d %H:%M} UTC.")


def _spelled(name: str) -> str:
    return name.casefold().replace("_", "-").replace(".", "-")


def _version() -> str:
    try:
        return metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return "0+source"
