"""Keeps identities in the one form the service itself cannot read: sealed to the account's vault.

Only identities whose origin is known and harmless are kept: what came from `Authorization`, from
cookies or from key-like fields is a credential, and so is what a detector takes for one. Raw values
wait in memory for at most one chore, and never more than `MOST_WAITING` of them.
"""

import asyncio
from dataclasses import dataclass
from typing import Final

from contract.messages.policies import PolicyBody
from contract.sealing import seal, sealed_to
from contract.terms import IdentityLocation
from hosted.clock import Clock, rfc3339
from hosted.metering.writer import Writer
from hosted.scrub.headers import is_credential_header
from hosted.scrub.identity import epoch_of
from hosted.scrub.keynames import KeyKind, kind_of
from hosted.scrub.masks import SECRET
from hosted.scrub.walker import shared_walker
from hosted.storage.base import Transaction
from hosted.storage.configuration_records import ConfigRow

ENTITY: Final = "identity"
MOST_WAITING: Final = 1000
MOST_KNOWN: Final = 200_000
LONGEST: Final = 1000
CREDENTIAL_PLACES: Final = frozenset({IdentityLocation.BEARER, IdentityLocation.COOKIE})

Caller = tuple[str, str]
"""Application and customer."""


@dataclass(frozen=True, slots=True, repr=False)
class KeepIdentities:
    """Stores sealed identities, unless one is there that was sealed to the same key."""

    sealed: tuple[tuple[Caller, str], ...]
    now_us: int

    def apply(self, transaction: Transaction) -> list[ConfigRow]:
        rows = []
        for (application_id, customer_id), sealed in self.sealed:
            stored = transaction.configuration(ENTITY, customer_id)
            first_seen = rfc3339(self.now_us)
            if stored is not None and stored.body is not None:
                if sealed_to(str(stored.body["sealed"])) == sealed_to(sealed):
                    continue
                first_seen = str(stored.body["first_seen"])
            body = {
                "application_id": application_id,
                "sealed": sealed,
                "epoch": epoch_of(customer_id),
                "first_seen": first_seen,
            }
            rows.append(transaction.put_configuration(ENTITY, customer_id, application_id, body))
        return rows


class Sealing:
    """Meets identities, seals them by and by. Event loop's thread."""

    def __init__(self, public_key: str | None, writer: Writer, clock: Clock) -> None:
        self._public_key = public_key
        self._writer = writer
        self._clock = clock
        self._waiting: dict[Caller, str] = {}
        self._known: set[Caller] = set()

    @property
    def public_key(self) -> str | None:
        return self._public_key

    def seal_to(self, public_key: str) -> None:
        """Seal to another key from now on; who calls again is sealed anew."""
        if public_key != self._public_key:
            self._public_key = public_key
            self._known.clear()

    def meet(self, caller: Caller, identity: str, policy: PolicyBody | None) -> None:
        """Note an identity that may be kept, and is not yet."""
        if not identity or self._public_key is None or policy is None:
            return
        if caller in self._known or len(self._waiting) >= MOST_WAITING:
            return
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known.add(caller)
        if may_be_kept(identity, policy):
            self._waiting[caller] = identity

    def forget(self, caller: Caller) -> None:
        """Meet a caller anew: what was known of it was erased."""
        self._known.discard(caller)
        self._waiting.pop(caller, None)

    async def keep(self) -> None:
        """Seal and store what was met since the last time.

        Raises:
            StorageUnavailable: nothing was stored; the callers are met again.
        """
        key, waiting = self._public_key, self._waiting
        if not waiting or key is None:
            return
        self._waiting = {}
        try:
            sealed = await asyncio.to_thread(_sealed, key, waiting)
            await self._writer.run(KeepIdentities(sealed, self._clock()), can_wait=True)
        except BaseException:
            self._known -= waiting.keys()
            raise


def may_be_kept(identity: str, policy: PolicyBody) -> bool:
    """Whether an identity is no credential, by where it comes from and by what it looks like."""
    name = policy.identity_name or ""
    if policy.identity_location is None or policy.identity_location in CREDENTIAL_PLACES:
        return False
    if policy.identity_location is IdentityLocation.HEADERS and is_credential_header(name):
        return False
    if kind_of(name) in {KeyKind.SECRET, KeyKind.SECRETS, KeyKind.OPAQUE}:
        return False
    return len(identity) <= LONGEST and SECRET not in shared_walker().text(identity)


def _sealed(public_key: str, waiting: dict[Caller, str]) -> tuple[tuple[Caller, str], ...]:
    return tuple((caller, seal(public_key, *caller, text)) for caller, text in waiting.items())
