"""SDK keys of this workspace's service: made, rotated with overlap, and withdrawn.

The service shows a key once and keeps a hash; the vault keeps the key, so that it can be shown
again. A rotation makes a second key: the old one goes on for as long as the owner says.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from desktop.domain.errors import InvalidInput, ServiceRefused
from desktop.domain.ids import ApplicationId, KeyId
from desktop.domain.keys import SdkKeyUse, StoredKey
from desktop.services.api_keys import MAX_NAME, SDK_KEY, found, shown
from desktop.services.calls import Report, callable_from_window
from desktop.services.storage import applications, secrets
from desktop.services.storage.timestamps import microseconds

if TYPE_CHECKING:
    from contract.messages.access import SdkKeyInfo
    from contract.messages.service import SdkKeyIssued
    from desktop.services.client import ServiceClient
    from desktop.services.link import ServiceLink
    from desktop.services.secret_store import SecretStore
    from desktop.services.storage.secrets import SealedSecret
    from desktop.services.storage.vault import Vault

LONGEST_OVERLAP: Final = timedelta(days=30)
"""Source: the service's contract."""


class SdkKeyService:
    """Needs the open vault and, but for what it says of itself, the service."""

    def __init__(
        self,
        vault: "Vault",
        store: "SecretStore",
        link: "ServiceLink",
        clock: Callable[[], datetime],
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        """`changed` is called after keys were stored or ended."""
        self._vault = vault
        self._store = store
        self._link = link
        self._clock = clock
        self._changed = changed

    @callable_from_window
    def create(
        self, application_id: ApplicationId, name: str, expires_on: date | None = None
    ) -> StoredKey:
        """A new key, stored in the vault as soon as the service has made it.

        Args:
            application_id: of the service.
            name: what tells it from other keys.
            expires_on: the last day on which the service takes it, UTC; None for ever.

        Raises: InvalidInput (field `name` or `expires_on`), ServiceUnreachable, ServiceRefused,
            VaultError.
        """
        name = name.strip()
        if not 1 <= len(name) <= MAX_NAME:
            raise InvalidInput(
                f"A key needs a name of 1 to {MAX_NAME} characters. Nothing was made.",
                field="name",
            )
        ends = None if expires_on is None else datetime.combine(expires_on, time(23, 59, 59), UTC)
        if ends is not None and ends <= self._clock():
            raise InvalidInput(
                "This day is over: the key could never be used. Nothing was made. Choose a later "
                "day, or none.",
                field="expires_on",
            )
        with self._link.service() as service:
            issued = service.issue_key(application_id, name, ends)
        return self._kept(application_id, name, issued, ends)

    @callable_from_window
    def rotate(self, key_id: KeyId, overlap_s: int) -> StoredKey:
        """A key in the place of another, which the service takes for `overlap_s` more.

        Raises: InvalidInput, ServiceUnreachable, ServiceRefused, VaultError.
        """
        old = self._sdk_key(key_id)
        overlap = timedelta(seconds=overlap_s)
        if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
            raise InvalidInput(
                f"The old key can go on for {LONGEST_OVERLAP.days} days at most. Nothing was "
                "changed."
            )
        with self._link.service() as service:
            issued = service.rotate_key(old.application_id, old.service_key_id, overlap_s)
        end_us = microseconds(self._clock() + overlap)
        with self._vault.transaction() as db:
            secrets.note_end(db, key_id, min(old.expires_at_us or end_us, end_us))
        return self._kept(old.application_id, old.name, issued, None)

    @callable_from_window
    def revoke(self, key_id: KeyId) -> StoredKey:
        """Withdraw a key at the service: callers that still use it are refused from now on.

        Raises: InvalidInput (the service's name for it is not known), ServiceUnreachable,
            ServiceRefused, VaultError.
        """
        old = self._sdk_key(key_id)
        with self._link.service() as service:
            service.revoke_key(old.application_id, old.service_key_id)
        with self._vault.transaction() as db:
            secrets.note_revocation(db, key_id, microseconds(self._clock()))
            revoked = shown(found(db, key_id))
        self._changed()
        return revoked

    @callable_from_window
    def revoke_elsewhere(self, application_id: ApplicationId, service_key_id: str) -> None:
        """Withdraw a key that this vault does not hold.

        Raises: ServiceUnreachable, ServiceRefused, VaultError.
        """
        with self._link.service() as service:
            service.revoke_key(application_id, service_key_id)
        self._changed()

    @callable_from_window
    def uses(self, report: Report) -> tuple[SdkKeyUse, ...]:
        """What the service tells of every SDK key, of those that this vault holds and others.

        What it tells of their ends is stored. Empty without a service, or when it is too old to
        tell. Raises: ServiceUnreachable, Cancelled, VaultError.
        """
        with self._vault.reading() as db:
            owned = applications.real_ids(db)
        with self._link.client() as service:
            rows = [] if service is None else list(self._told(service, owned, report))
        with self._vault.reading() as db:
            ours = {s.service_key_id: s for s in secrets.listed(db) if s.service_key_id}
        uses = tuple(_use(row, ours.get(row.key_id)) for row in rows)
        self._keep_ends(uses, ours)
        return uses

    def _told(
        self, service: "ServiceClient", owned: tuple[ApplicationId, ...], report: Report
    ) -> "Iterator[SdkKeyInfo]":
        for place, application_id in enumerate(owned):
            report(place, len(owned))
            try:
                yield from service.sdk_keys(application_id)
            except ServiceRefused:
                # An application that is gone meanwhile, or a service that cannot tell.
                continue

    def _keep_ends(self, uses: Iterable[SdkKeyUse], ours: "dict[str, SealedSecret]") -> None:
        """Store what another desktop did to keys of this vault."""
        differing = [use for use in uses if use.key_id and _differs(use, ours[use.service_key_id])]
        if not differing or self._vault.is_older_copy:
            return
        with self._vault.transaction() as db:
            for use in differing:
                secrets.note_end(db, use.key_id, _optional_us(use.expires_at))
                if use.revoked_at is not None:
                    secrets.note_revocation(db, use.key_id, microseconds(use.revoked_at))
        self._changed()

    def _kept(
        self, application_id: str, name: str, issued: "SdkKeyIssued", ends: datetime | None
    ) -> StoredKey:
        with self._vault.transaction() as db:
            stored = self._store.add_sdk_key(
                db, application_id, name, issued.sdk_key, issued.key_id
            )
            secrets.note_end(db, stored.secret_id, _optional_us(ends))
            kept = shown(found(db, KeyId(stored.secret_id)))
        self._changed()
        return kept

    def _sdk_key(self, key_id: KeyId) -> "SealedSecret":
        with self._vault.reading() as db:
            sealed = found(db, key_id)
        if sealed.kind != SDK_KEY:
            raise InvalidInput("This key is not one of the service. Nothing was changed.")
        if not sealed.service_key_id:
            raise InvalidInput(
                "The service made this key before its name for it was kept here. Nothing was "
                "changed. Make a new key, then revoke the one beside it that is not in this vault."
            )
        return sealed


def _use(row: "SdkKeyInfo", ours: "SealedSecret | None") -> SdkKeyUse:
    return SdkKeyUse(
        key_id=KeyId("" if ours is None else ours.secret_id),
        service_key_id=row.key_id,
        application_id=row.application_id,
        name=row.name,
        created_at=datetime.fromisoformat(row.created_at),
        last_used_at=_moment(row.last_used_at),
        expires_at=_moment(row.expires_at),
        revoked_at=_moment(row.revoked_at),
    )


def _differs(use: SdkKeyUse, ours: "SealedSecret") -> bool:
    return _optional_us(use.expires_at) != ours.expires_at_us or (use.revoked_at is None) != (
        ours.revoked_at_us is None
    )


def _optional_us(moment: datetime | None) -> int | None:
    return None if moment is None else microseconds(moment)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
