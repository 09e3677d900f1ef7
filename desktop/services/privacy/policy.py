"""The owner's privacy policy: published versions, who accepted them, its page."""

import hashlib
import html
from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from desktop.domain.errors import InvalidInput
from desktop.domain.privacy import policy as policies
from desktop.domain.privacy.policy import (
    Acceptance,
    PendingAcceptances,
    PolicyLine,
    PolicyVersion,
)
from desktop.services.calls import callable_from_window
from desktop.services.privacy.checking import required
from desktop.services.privacy.preferences import checked_address
from desktop.services.privacy.references import reference
from desktop.services.storage import privacy_audit
from desktop.services.storage.privacy_records import Records
from desktop.services.whole_file import WholeFile

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.privacy.accounts import AccountAddresses
    from desktop.services.storage.vault import Vault

VERSIONS: Final = Records("policy_version", PolicyVersion)
ACCEPTANCES: Final = Records("policy_acceptance", Acceptance)
LONGEST: Final = 200_000
PAGE: Final = (
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Privacy policy</title>'
    "</head>\n<body><h1>Privacy policy</h1>\n<p>Last updated: {effective}</p>\n"
    '<div style="white-space: pre-wrap">{text}</div>\n</body></html>\n'
)


class PolicyService:
    """The vault must be open. Any thread."""

    def __init__(
        self,
        vault: "Vault",
        accounts: "AccountAddresses",
        new_id: Callable[[], str],
        clock: Callable[[], datetime],
    ) -> None:
        self._vault = vault
        self._accounts = accounts
        self._new_id = new_id
        self._clock = clock

    @callable_from_window
    def history(self) -> tuple[PolicyLine, ...]:
        """Every version, the newest first."""
        with self._vault.reading() as db:
            versions = VERSIONS.everything(db).values()
            accepted = tuple(ACCEPTANCES.everything(db).values())
        return policies.history(versions, accepted, self._clock().date())

    @callable_from_window
    def publish(
        self,
        effective: date,
        text: str,
        summary: str,
        material: bool,  # noqa: FBT001 (a setting's value)
    ) -> tuple[PolicyLine, ...]:
        """Publish a version: text, day and history in one step; the website follows by sync.

        Raises: InvalidInput (field `effective`, `text` or `summary`), VaultError.
        """
        text, summary = _checked_text(text), required(summary, "summary")
        now = self._clock()
        with self._vault.transaction() as db:
            before = sorted(VERSIONS.everything(db).values(), key=lambda one: one.effective)
            digest = hashlib.sha256(text.encode()).hexdigest()
            _require_new(before, effective, digest, now.date())
            version = PolicyVersion(
                self._new_id(), effective, text, digest, material, summary, now,
                before[-1].version_id if before else "",
            )  # fmt: skip
            VERSIONS.put(db, version.version_id, version, now)
            facts = {"effective": effective.isoformat(), "sha256": digest, "material": material}
            privacy_audit.append(db, now, "policy_published", version.version_id, facts)
        return self.history()

    @callable_from_window
    def accept(self, address: str, version_id: str, means: str) -> tuple[PolicyLine, ...]:
        """Record that somebody agreed to a version.

        Raises: InvalidInput (field `address`, `version_id` or `means`), VaultError.
        """
        subject = reference(self._vault, checked_address(address)).hex()
        acceptance = Acceptance(subject, version_id, self._clock(), required(means, "means"))
        with self._vault.transaction() as db:
            if VERSIONS.find(db, version_id) is None:
                raise InvalidInput(
                    "Nothing was recorded: there is no such version.", field="version_id"
                )
            ACCEPTANCES.put(db, f"{version_id}.{subject}", acceptance, self._clock())
            privacy_audit.append(db, self._clock(), "policy_accepted", subject)
        return self.history()

    @callable_from_window
    def accepted_by(self, address: str) -> tuple[Acceptance, ...]:
        """Which versions one person agreed to. Raises: InvalidInput (field `address`)."""
        subject = reference(self._vault, checked_address(address)).hex()
        with self._vault.reading() as db:
            found = ACCEPTANCES.everything(db).values()
        return tuple(one for one in found if one.subject == subject)

    @callable_from_window
    def pending(self) -> PendingAcceptances:
        """Accounts with an e-mail address that did not agree to the last material change."""
        with self._vault.reading() as db:
            versions = VERSIONS.everything(db).values()
            wanted = policies.last_material(versions, self._clock().date())
            if wanted is None:
                return PendingAcceptances("", ())
            agreed = {
                one.subject
                for one in ACCEPTANCES.everything(db).values()
                if one.version_id == wanted.version_id
            }
            addresses = self._accounts.addresses(db)
        missing = [a for a in addresses if reference(self._vault, a).hex() not in agreed]
        return PendingAcceptances(wanted.version_id, tuple(missing))

    @callable_from_window
    def write_page(self, version_id: str, path: str) -> str:
        """Write a version as a page for a website, with its day; returns the path.

        Raises: InvalidInput (field `version_id`), ExportFailed, VaultError.
        """
        with self._vault.reading() as db:
            version = VERSIONS.find(db, version_id)
        if version is None:
            raise InvalidInput("Nothing was written: there is no such version.", field="version_id")
        page = PAGE.format(effective=version.effective.isoformat(), text=html.escape(version.text))
        with WholeFile(path) as file:
            file.write(page.encode())
        return str(file.path)

    def all_versions(self, db: "Connection") -> tuple[PolicyVersion, ...]:
        return tuple(VERSIONS.everything(db).values())


def _checked_text(text: str) -> str:
    text = text.strip()
    if not text or len(text) > LONGEST:
        raise InvalidInput(
            f"Nothing was published: the policy has 1 to {LONGEST:,} characters.", field="text"
        )
    return text


def _require_new(before: list[PolicyVersion], effective: date, digest: str, today: date) -> None:
    if effective < today and before:
        raise InvalidInput(
            "Nothing was published: a version holds from today on or later. Only the first one "
            "may have begun in the past.",
            field="effective",
        )
    if before and effective <= before[-1].effective:
        raise InvalidInput(
            f"Nothing was published: there is a version that holds from {before[-1].effective} "
            "on. Choose a later day.",
            field="effective",
        )
    if before and digest == before[-1].sha256:
        raise InvalidInput(
            "Nothing was published: this is the text of the version before.", field="text"
        )
