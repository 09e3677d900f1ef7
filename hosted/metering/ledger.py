"""The life of an allocation, as commands that run inside a transaction.

Messages may come in any order, repeated, and on different connections: what counts is the stored
event, looked up by application and allocation. Source of the rules: SDK protocol, "Life of an
allocation".

Commands of SDK messages are journaled before they are confirmed and run later, perhaps after a
crash and a restart; they hold all they need. Their outcome must not depend on anything but
themselves and what is stored.
"""

from dataclasses import dataclass
from typing import Final, Protocol

import msgspec
from msgspec.structs import replace

from hosted.metering.endpoints import EndpointBook
from hosted.metering.events import EventState, Sighting, UsageEvent
from hosted.metering.gauges import Mark
from hosted.metering.sightings import see
from hosted.storage.base import Transaction
from hosted.storage.usage_records import Correction

EXPIRY_BATCH: Final = 2000


class Command(Protocol):
    """Something the writer does inside its transaction; may be run again after a rollback."""

    def apply(self, transaction: Transaction) -> object: ...


class Open(msgspec.Struct, frozen=True, array_like=True, tag=True, gc=False):
    """First message of a call, or its repetition."""

    event: UsageEvent
    sighting: Sighting
    is_fresh: bool = False
    """The service made the allocation id just now: no event can have it yet."""
    marks: tuple[Mark, ...] = ()
    """What the limits that let the call pass have to remember."""

    def apply(self, transaction: Transaction) -> bool:
        """Open the call; False when it counted before."""
        known = _known(transaction, self.event)
        if known is None:
            transaction.put_marks(self.marks)
            transaction.put_event(None, self.event)
            see(transaction, self.event, self.sighting)
            return True
        if known.state is not EventState.PARKED:
            transaction.count_duplicate(self.event)
            return False
        transaction.put_marks(self.marks)
        whole = replace(
            known,
            state=EventState.SETTLED,
            endpoint_id=self.event.endpoint_id,
            customer_id=self.event.customer_id,
            reserved_micro=self.event.reserved_micro,
        )
        transaction.put_event(known, whole)
        see(transaction, whole, self.sighting)
        return True


class Deny(msgspec.Struct, frozen=True, array_like=True, tag=True, gc=False):
    """A call that was refused. It is no request and has no units."""

    event: UsageEvent
    sighting: Sighting

    def apply(self, transaction: Transaction) -> None:
        if _known(transaction, self.event) is None:
            transaction.put_event(None, self.event)
            see(transaction, self.event, self.sighting)


class Settle(msgspec.Struct, frozen=True, array_like=True, tag=True, gc=False):
    """Closing message of a call. `event` is what is stored when it is the first one to arrive."""

    event: UsageEvent
    sighting: Sighting
    marks: tuple[Mark, ...] = ()
    """What limits on units have to remember of it."""

    def apply(self, transaction: Transaction) -> None:
        known = _known(transaction, self.event)
        if known is None:
            transaction.put_marks(self.marks)
            transaction.put_event(None, self.event)
            see(transaction, self.event, self.sighting)
        elif known.state in {EventState.OPEN, EventState.EXPIRED}:
            transaction.put_marks(self.marks)
            self._close(transaction, known)
        else:
            transaction.count_duplicate(self.event)

    def _close(self, transaction: Transaction, known: UsageEvent) -> None:
        told = self.event
        unmatched = EndpointBook.unmatched(known.application_id).endpoint_id
        is_unmatched = known.endpoint_id == unmatched
        closed = replace(
            known,
            state=EventState.SETTLED,
            endpoint_id=told.endpoint_id if is_unmatched else known.endpoint_id,
            units_micro=told.units_micro,
            status=told.status,
            duration_ms=told.duration_ms,
            late=known.state is EventState.EXPIRED,
            odd_amount=told.odd_amount,
            payload_dropped=known.payload_dropped or told.payload_dropped,
            soft_limited=known.soft_limited or told.soft_limited,
            detail=told.detail,
        )
        transaction.put_event(known, closed)
        if is_unmatched:
            see(transaction, closed, self.sighting)


@dataclass(frozen=True, slots=True)
class ExpireHolds:
    """Close at zero what nobody settled in time; a settlement may still come, and is then late."""

    now_us: int

    def apply(self, transaction: Transaction) -> int:
        """Expire one batch; return how many it held."""
        held = transaction.held_events(self.now_us, EXPIRY_BATCH)
        for event in held:
            parked = event.state is EventState.PARKED
            state = EventState.SETTLED if parked else EventState.EXPIRED
            transaction.put_event(event, replace(event, state=state))
        return len(held)


@dataclass(frozen=True, slots=True)
class Correct:
    """The owner adds units to a customer's account, or takes some away.

    Entries are never changed; a wrong one is corrected by another. The same idempotency key
    always gets the entry it made first.
    """

    correction: Correction

    def apply(self, transaction: Transaction) -> Correction:
        """The entry as it is stored: another one than asked for, if the key was used before."""
        asked = self.correction
        known = transaction.correction(asked.application_id, asked.idempotency_key)
        if known is not None:
            return known
        transaction.add_correction(asked)
        return asked


EventCommand = Open | Deny | Settle


def is_fresh(command: EventCommand) -> bool:
    """Whether no event can have the command's allocation id before it runs."""
    return isinstance(command, Open) and command.is_fresh


def _known(transaction: Transaction, event: UsageEvent) -> UsageEvent | None:
    return transaction.event(event.application_id, event.allocation_id)
