"""Reading a payment provider into the vault, so that every list is there without a network."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from desktop.domain.billing.mirror import (
    BalanceSummary,
    KindState,
    MirroredObject,
    MirrorPage,
    MirrorQuestion,
    ObjectKind,
    ReadReceipt,
)
from desktop.domain.billing.providers import Account
from desktop.domain.errors import InvalidInput, PermissionMissing
from desktop.services.billing.balances import balance_summary
from desktop.services.billing.gateway import EVENTS_KEPT_DAYS, NewsLost, ProviderGateway
from desktop.services.calls import Report, callable_from_window
from desktop.services.storage import billing_mirror, erased_payers
from desktop.services.storage.billing_mirror import EVENTS, Reading
from desktop.services.storage.timestamps import microseconds, moment

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.billing.gateways import Gateways
    from desktop.services.storage.vault import Vault

LONGEST_ABSENCE: Final = timedelta(days=EVENTS_KEPT_DAYS - 1)
"""A day less than events are kept: clocks differ."""
LONGEST_READING: Final = timedelta(days=1)
"""A reading that was broken off longer ago begins anew: its place in a list may be gone."""


class MirrorService:
    """The provider's objects in the vault. Reading is resumed where it was broken off."""

    def __init__(
        self,
        vault: "Vault",
        gateways: "Gateways",
        clock: Callable[[], datetime],
        changed: Callable[[], None],
    ) -> None:
        self._vault = vault
        self._gateways = gateways
        self._clock = clock
        self._changed = changed

    @callable_from_window
    def read(self, report: Report, account: Account, is_full: bool) -> ReadReceipt:  # noqa: FBT001 (travels by position)
        """Bring the mirror up to date: by the provider's events, or all of it.

        Everything is read the first time, when it is asked for, and after a month without reading.
        Each page is stored with its cursor in one transaction.
        Raises: ProviderProblem, Cancelled, InvalidInput, VaultError; what was stored stays.
        """
        with self._gateways.opened(account) as gateway:
            receipt = self._read(_Run(self._vault, account, gateway, self._clock, report), is_full)
        self._changed()
        return receipt

    @callable_from_window
    def objects(self, question: MirrorQuestion) -> MirrorPage:
        """A page of a list, as it was last read. Needs no network. Raises: VaultError."""
        account, kind = question.account, question.kind
        with self._vault.reading() as db:
            rows, total = billing_mirror.page(db, question)
            known = billing_mirror.reading(db, account, kind.value)
            found = billing_mirror.statuses(db, account, kind)
        as_of = None if known.as_of_us is None else moment(known.as_of_us)
        return MirrorPage(rows, total, as_of, found)

    @callable_from_window
    def object(self, account: Account, kind: ObjectKind, object_id: str) -> MirroredObject:
        """One object with its body. Raises: InvalidInput when it is not in the vault."""
        with self._vault.reading() as db:
            found = billing_mirror.find(db, account, kind, object_id)
        if found is None:
            raise InvalidInput("This is no longer in the vault. Nothing was changed. Read again.")
        return found

    @callable_from_window
    def states(self, account: Account) -> tuple[KindState, ...]:
        """How far each kind was read. Raises: VaultError."""
        with self._vault.reading() as db:
            return billing_mirror.states(db, account)

    @callable_from_window
    def balance(self, account: Account) -> BalanceSummary:
        """Money at the provider and what it paid out, as last read. Raises: VaultError."""
        with self._vault.reading() as db:
            return balance_summary(db, account)

    def _read(self, run: "_Run", is_full: bool) -> ReadReceipt:  # noqa: FBT001 (as above)
        if not (is_full or run.needs_everything()):
            try:
                return ReadReceipt(run.follow(), was_full=False)
            except NewsLost:
                run.begin()
        elif is_full or not run.is_under_way():
            run.begin()
        left_out = run.read_everything()
        run.follow()
        return ReadReceipt(run.stored, was_full=True, left_out=left_out)


class _Run:
    """One reading of one account."""

    def __init__(
        self,
        vault: "Vault",
        account: Account,
        gateway: ProviderGateway,
        clock: Callable[[], datetime],
        report: Report,
    ) -> None:
        self._vault = vault
        self._account = account
        self._gateway = gateway
        self._clock = clock
        self._report = report
        self.stored = 0

    def needs_everything(self) -> bool:
        known = self._known(EVENTS)
        if known.is_partial or known.as_of_us is None:
            return True
        return self._clock() - moment(known.as_of_us) > LONGEST_ABSENCE

    def is_under_way(self) -> bool:
        """Whether a whole reading was begun not long ago and not finished."""
        known = self._known(EVENTS)
        begun = None if known.as_of_us is None else moment(known.as_of_us)
        return known.is_partial and begun is not None and self._clock() - begun < LONGEST_READING

    def begin(self) -> None:
        """Begin a whole reading: what happens from now on is told by the events after it."""
        number = self._known(EVENTS).round + 1
        cursor = self._gateway.news_from()
        with self._vault.transaction() as db:
            begun = Reading(cursor, number, is_partial=True, as_of_us=self._now_us())
            billing_mirror.put_reading(db, self._account, EVENTS, begun)
            for kind in self._gateway.kinds:
                before = billing_mirror.reading(db, self._account, kind.value)
                anew = Reading("", number, is_partial=True, as_of_us=before.as_of_us)
                billing_mirror.put_reading(db, self._account, kind.value, anew)

    def read_everything(self) -> tuple[str, ...]:
        """Go on with the whole reading; what the key may not read is left out, and said."""
        left_out = []
        for kind in self._gateway.kinds:
            try:
                self._read_kind(kind)
            except PermissionMissing as error:
                left_out.append(str(error))
                self._set_aside(kind)
        with self._vault.transaction() as db:
            known = billing_mirror.reading(db, self._account, EVENTS)
            whole = replace(known, is_partial=False)
            billing_mirror.put_reading(db, self._account, EVENTS, whole)
        return tuple(left_out)

    def follow(self) -> int:
        """Store what changed by the events since the last reading; how many objects."""
        known = self._known(EVENTS)
        has_more = True
        while has_more:
            self._report(self.stored)
            page = self._gateway.news(known.cursor)
            known = replace(known, cursor=page.next_cursor, as_of_us=self._now_us())
            with self._vault.transaction() as db:
                self._put(db, page.changed, known.round)
                for gone in page.gone:
                    billing_mirror.remove(db, self._account, gone.kind, gone.object_id)
                billing_mirror.put_reading(db, self._account, EVENTS, known)
                if not page.has_more:
                    billing_mirror.freshen(db, self._account, self._now_us())
            self.stored += len(page.changed) + len(page.gone)
            has_more = page.has_more
        self._refresh_balance(known.round)
        return self.stored

    def _read_kind(self, kind: ObjectKind) -> None:
        known = self._known(kind.value)
        while known.is_partial:
            self._report(self.stored)
            page = self._gateway.page(kind, known.cursor)
            is_last = not page.next_cursor
            as_of_us = self._now_us() if is_last else known.as_of_us
            known = Reading(page.next_cursor, known.round, not is_last, as_of_us)
            with self._vault.transaction() as db:
                self._put(db, page.objects, known.round)
                if is_last:
                    billing_mirror.remove_unseen(db, self._account, kind, known.round)
                billing_mirror.put_reading(db, self._account, kind.value, known)
            self.stored += len(page.objects)

    def _put(self, db: "Connection", objects: Iterable[MirroredObject], round_number: int) -> None:
        """Store objects, those of erased people without the person."""
        key = self._vault.wrapping_key()
        kept = erased_payers.without_erased(db, key, self._account, objects)
        billing_mirror.put(db, self._account, kept, round_number)

    def _set_aside(self, kind: ObjectKind) -> None:
        """What may not be read is not waited for."""
        with self._vault.transaction() as db:
            known = billing_mirror.reading(db, self._account, kind.value)
            without = replace(known, is_partial=False, as_of_us=None)
            billing_mirror.put_reading(db, self._account, kind.value, without)

    def _refresh_balance(self, round_number: int) -> None:
        """No event tells of the balance."""
        if ObjectKind.BALANCE not in self._gateway.kinds:
            return
        if self._known(ObjectKind.BALANCE.value).as_of_us is None:
            return  # the key may not read it
        page = self._gateway.page(ObjectKind.BALANCE, "")
        with self._vault.transaction() as db:
            self._put(db, page.objects, round_number)

    def _known(self, kind: str) -> Reading:
        with self._vault.reading() as db:
            return billing_mirror.reading(db, self._account, kind)

    def _now_us(self) -> int:
        return microseconds(self._clock())
