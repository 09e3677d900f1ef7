"""Four eyes over exports and erasures: the second passphrase, and approvals that hold for a day."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from desktop.domain.errors import InvalidInput, WrongPassphrase
from desktop.domain.privacy.approvals import Approval, ApprovalStanding, FourEyes, Guarded
from desktop.domain.privacy.requests import number_of
from desktop.services.calls import callable_from_window
from desktop.services.privacy.checking import required
from desktop.services.storage import credentials, privacy_audit, privacy_requests
from desktop.services.storage.privacy_records import Records

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.storage.vault import Vault

MIN_LENGTH: Final = 8
SECOND: Final = "second person"
"""Stands in the log where the owner's actions have `owner`."""


@dataclass(frozen=True, slots=True)
class StoredFourEyes:
    """`verifier` is an Argon2id hash of the second passphrase; empty for none."""

    export: bool = False
    erasure: bool = False
    verifier: str = ""


SETTINGS: Final = Records("four_eyes", StoredFourEyes)
APPROVALS: Final = Records("approval", Approval)
ONE: Final = "one"


class ApprovalService:
    """The vault must be open. Any thread; a check of the passphrase takes a tenth of a second."""

    def __init__(self, vault: "Vault", clock: Callable[[], datetime]) -> None:
        self._vault = vault
        self._clock = clock

    @callable_from_window
    def settings(self) -> FourEyes:
        with self._vault.reading() as db:
            return _shown(_stored(db))

    @callable_from_window
    def choose_second(self, old: str, new: str) -> FourEyes:
        """Let another passphrase be the second one; the second person types it.

        Args:
            old: the one that holds now; not looked at while there is none.
            new: of at least eight characters, and none that opens the vault.

        Raises: InvalidInput (field `old` or `new`), VaultError.
        """
        with self._vault.reading() as db:
            stored = _stored(db)
        if stored.verifier:
            _require(stored, old, "old")
        if len(new) < MIN_LENGTH:
            raise InvalidInput(
                f"Nothing was changed: use at least {MIN_LENGTH} characters.", field="new"
            )
        if self._opens_vault(new):
            raise InvalidInput(
                "Nothing was changed: this passphrase opens the vault, so that one person could "
                "do both. The second person chooses one of their own.",
                field="new",
            )
        return self._store(StoredFourEyes(stored.export, stored.erasure, _verifier(new)))

    @callable_from_window
    def guard(self, passphrase: str, export: bool, erasure: bool) -> FourEyes:  # noqa: FBT001 (settings)
        """Say what waits for the second person; the second passphrase is needed to change it.

        Raises: InvalidInput (field `passphrase`), VaultError.
        """
        with self._vault.reading() as db:
            stored = _stored(db)
        _require(stored, passphrase, "passphrase")
        return self._store(StoredFourEyes(export, erasure, stored.verifier))

    @callable_from_window
    def approve(self, what: Guarded, request_id: str, approver: str, passphrase: str) -> Approval:
        """The second person agrees to one action for one request, for a day.

        Raises: InvalidInput (field `approver` or `passphrase`; or no such request), VaultError.
        """
        approver = required(approver, "approver")
        with self._vault.reading() as db:
            stored, request = _stored(db), privacy_requests.find(db, request_id)
        if request is None:
            raise InvalidInput("There is no such privacy request in this vault.")
        _require(stored, passphrase, "passphrase")
        now = self._clock()
        approval = Approval(what, request_id, approver, now)
        with self._vault.transaction() as db:
            APPROVALS.put(db, f"{what}.{request_id}", approval, now)
            facts = {"what": what}
            privacy_audit.append(db, now, "approved", number_of(request), facts, actor=SECOND)
        return approval

    @callable_from_window
    def standing(self, what: Guarded, request_id: str) -> ApprovalStanding:
        """Whether an action waits for the second person, and their approval if it holds."""
        with self._vault.reading() as db:
            return self._standing(db, what, request_id)

    def require(self, db: "Connection", what: Guarded, request_id: str) -> None:
        """Let an action go on. Raises: InvalidInput (field `approval`) while it needs approval."""
        standing = self._standing(db, what, request_id)
        if standing.is_guarded and standing.approval is None:
            raise InvalidInput(
                "This waits for a second person: four eyes are switched on, and nobody approved "
                "it within the last day. Nothing was done.",
                field="approval",
            )

    def _standing(self, db: "Connection", what: Guarded, request_id: str) -> ApprovalStanding:
        approval = APPROVALS.find(db, f"{what}.{request_id}")
        if approval is not None and not approval.holds(self._clock()):
            approval = None
        return ApprovalStanding(_shown(_stored(db)).guards(what), approval)

    def _store(self, stored: StoredFourEyes) -> FourEyes:
        now = self._clock()
        with self._vault.transaction() as db:
            SETTINGS.put(db, ONE, stored, now)
            facts = {"export": stored.export, "erasure": stored.erasure}
            privacy_audit.append(db, now, "four_eyes_changed", "", facts)
        return _shown(stored)

    def _opens_vault(self, passphrase: str) -> bool:
        header = self._vault.header()
        try:
            credentials.passphrase(passphrase).data_key(header.slots, header.vault_id)
        except WrongPassphrase:
            return False
        return True


def _stored(db: "Connection") -> StoredFourEyes:
    return SETTINGS.find(db, ONE) or StoredFourEyes()


def _shown(stored: StoredFourEyes) -> FourEyes:
    return FourEyes(stored.export, stored.erasure, bool(stored.verifier))


def _verifier(passphrase: str) -> str:
    from argon2 import PasswordHasher  # not for every start to load

    return PasswordHasher().hash(passphrase)


def _require(stored: StoredFourEyes, passphrase: str, field: str) -> None:
    from argon2 import PasswordHasher
    from argon2.exceptions import VerificationError

    if not stored.verifier:
        raise InvalidInput("Nothing was done: there is no second passphrase yet.", field=field)
    try:
        PasswordHasher().verify(stored.verifier, passphrase)
    except VerificationError as error:
        raise InvalidInput(
            "Nothing was done: this is not the second person's passphrase.", field=field
        ) from error
