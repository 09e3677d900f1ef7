"""Legal holds: placed, released and ended, and what waited for them goes on."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from desktop.domain.errors import InvalidInput
from desktop.domain.privacy.categories import Category
from desktop.domain.privacy.erasure import Customer, LegalHold, held_records
from desktop.services.calls import callable_from_window
from desktop.services.privacy.checking import required
from desktop.services.privacy.erasing.planning import WITH_BLOCKS, categories_kept
from desktop.services.storage import erasure_records, privacy_audit

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.storage.erasure_records import StoredErasure
    from desktop.services.storage.vault import Vault

REMINDED: Final = timedelta(days=14)
"""How long before the end of a hold the owner is told: time to ask for a longer one."""


class HoldService:
    """The vault must be open. Any thread."""

    def __init__(
        self, vault: "Vault", made_by: tuple[Callable[[], str], Callable[[], datetime]]
    ) -> None:
        """`made_by` are the makers of ids and times."""
        self._vault = vault
        self._new_id, self._clock = made_by

    @callable_from_window
    def place(
        self,
        customer: Customer,
        category: Category,
        ground: str,
        record_id: str,
        until: date | None,
    ) -> tuple[LegalHold, ...]:
        """Keep one kind of data of a customer, or one record of it, in spite of an erasure.

        Args:
            customer: whose data are kept.
            category: the kind of data.
            ground: why they have to be kept.
            record_id: the one record that is kept; empty for all of the kind.
            until: the last day (UTC) on which it holds; None for until it is released.

        Raises: InvalidInput (field `ground` or `until`), VaultError.
        """
        now = self._clock()
        hold = LegalHold(
            self._new_id(), customer, category, required(ground, "ground"), now,
            record_id.strip(), until,
        )  # fmt: skip
        if hold.is_over(_day(now)):
            raise InvalidInput("Nothing was held: this day is over already.", field="until")
        facts = {"kind": category.value, "until": "" if until is None else until.isoformat()}
        with self._vault.transaction() as db:
            erasure_records.place_hold(db, hold)
            privacy_audit.append(db, now, "hold", "", facts)
            return erasure_records.holds(db)

    @callable_from_window
    def release(self, hold_id: str) -> tuple[LegalHold, ...]:
        """Lift a hold; an erasure that waited for it goes on by itself.

        Raises: InvalidInput (there is no such hold), VaultError.
        """
        with self._vault.transaction() as db:
            if not erasure_records.release_hold(db, hold_id):
                raise InvalidInput("There is no such hold. Nothing was changed.")
            privacy_audit.append(db, self._clock(), "release", "", {})
            _go_on_without(db)
            return erasure_records.holds(db)

    @callable_from_window
    def listed(self) -> tuple[LegalHold, ...]:
        """Every hold there is, the oldest first."""
        with self._vault.reading() as db:
            return erasure_records.holds(db)

    def end_over(self) -> None:
        """End the holds whose last day is over; part of the upkeep. Raises: VaultError."""
        now = self._clock()
        with self._vault.reading() as db:
            over = [hold for hold in erasure_records.holds(db) if hold.is_over(_day(now))]
        if not over:
            return
        with self._vault.transaction() as db:
            for hold in over:
                if erasure_records.release_hold(db, hold.hold_id):
                    facts = {"kind": hold.category.value}
                    privacy_audit.append(
                        db, now, "hold_ended", "", facts, actor=privacy_audit.PROGRAM
                    )
            _go_on_without(db)


def ending_soon(db: "Connection", now: datetime) -> tuple[LegalHold, ...]:
    """Holds that end within two weeks, the next first."""
    last = _day(now) + REMINDED
    found = [(one.until, one) for one in erasure_records.holds(db) if one.until is not None]
    due = sorted(
        ((until, one) for until, one in found if until <= last),
        key=lambda pair: (pair[0], pair[1].hold_id),
    )
    return tuple(one for _, one in due)


def _go_on_without(db: "Connection") -> None:
    """Take up in every open erasure what holds kept that are gone now."""
    for erasure in erasure_records.open_ones(db):
        _begin_round(db, erasure)


def _begin_round(db: "Connection", erasure: "StoredErasure") -> None:
    plan = erasure.plan
    customers = [Customer(one.application_id, one.customer_id) for one in plan.customers]
    holds = erasure_records.holds(db, customers)
    keep = categories_kept(WITH_BLOCKS if plan.keeps_blocks else (), holds)
    records = tuple(sorted(held_records(holds)))
    if (keep, records) == (plan.keep, plan.held_records):
        return
    kinds = tuple(sorted({hold.category.value for hold in holds if hold.record_id}))
    changed = msgspec.structs.replace(
        plan, keep=keep, held_records=records, record_kinds=kinds, round=plan.round + 1
    )
    erasure_records.begin_round(db, erasure.erasure_id, changed)


def _day(now: datetime) -> date:
    return now.astimezone(UTC).date()
