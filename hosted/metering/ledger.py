"""The life of an allocation, as commands that run inside a transaction.

Messages may come in any order, repeated, and on different connections: what counts is the stored
event, looked up by application and allocation. Source of the rules: SDK protocol, "Life of an
allocation".
"""

from dataclasses import dataclass, replace
from typing import Final, Protocol

from contract.messages.rollups import NO_CUSTOMERS
from hosted.clock import rfc3339
from hosted.metering.endpoints import EndpointBook
from hosted.metering.events import EventState, Sighting, UsageEvent
from hosted.storage.base import Transaction

EXPIRY_BATCH: Final = 2000


class Command(Protocol):
    """Something the writer does inside its transaction; may be run again after a rollback."""

    def apply(self, transaction: Transaction) -> object: ...


@dataclass(frozen=True, slots=True)
class Open:
    """First message of a call, or its repetition."""

    event: UsageEvent
    sighting: Sighting

    def apply(self, transaction: Transaction) -> bool:
        """Open the call; False when it counted before."""
        if transaction.insert_event(self.event):
            _appear(transaction, self.event, self.sighting)
            return True
        known = transaction.event(self.event.application_id, self.event.allocation_id)
        if known is None or known.state is not EventState.PARKED:
            return False
        self._complete(transaction, known)
        return True

    def _complete(self, transaction: Transaction, parked: UsageEvent) -> None:
        whole = replace(
            parked,
            state=EventState.SETTLED,
            endpoint_id=self.event.endpoint_id,
            customer_id=self.event.customer_id,
        )
        transaction.replace_event(whole)
        _appear(transaction, whole, self.sighting)


@dataclass(frozen=True, slots=True)
class Deny:
    """A call that was refused. It is no request and has no units."""

    event: UsageEvent
    sighting: Sighting

    def apply(self, transaction: Transaction) -> None:
        if transaction.insert_event(self.event):
            _appear(transaction, self.event, self.sighting)


@dataclass(frozen=True, slots=True)
class Settle:
    """Closing message of a call. `event` is what is stored when it is the first one to arrive."""

    event: UsageEvent
    sighting: Sighting

    def apply(self, transaction: Transaction) -> None:
        if transaction.insert_event(self.event):
            _appear(transaction, self.event, self.sighting)
            return
        known = transaction.event(self.event.application_id, self.event.allocation_id)
        if known is not None and known.state in {EventState.OPEN, EventState.EXPIRED}:
            self._close(transaction, known)

    def _close(self, transaction: Transaction, known: UsageEvent) -> None:
        closed = replace(
            known,
            state=EventState.SETTLED,
            units_micro=self.event.units_micro,
            status=self.event.status,
            duration_ms=self.event.duration_ms,
            late=known.state is EventState.EXPIRED,
            odd_amount=self.event.odd_amount,
            detail=self.event.detail,
        )
        unmatched = EndpointBook.unmatched(known.application_id).endpoint_id
        if known.endpoint_id == unmatched:
            closed = replace(closed, endpoint_id=self.event.endpoint_id)
            _make_rows(transaction, closed, self.sighting)
        transaction.replace_event(closed)
        transaction.rollups.change(known, closed)


@dataclass(frozen=True, slots=True)
class ExpireHolds:
    """Close at zero what nobody settled in time; a settlement may still come, and is then late."""

    now_us: int

    def apply(self, transaction: Transaction) -> int:
        """Expire one batch; return how many it held."""
        held = transaction.held_events(self.now_us, EXPIRY_BATCH)
        for event in held:
            parked = event.state is EventState.PARKED
            ended = replace(event, state=EventState.SETTLED if parked else EventState.EXPIRED)
            transaction.replace_event(ended)
            transaction.rollups.change(event, ended)
        return len(held)


EventCommand = Open | Deny | Settle


def _appear(transaction: Transaction, event: UsageEvent, sighting: Sighting) -> None:
    """Count a new event, and make the rows of an endpoint or customer seen for the first time."""
    transaction.rollups.change(None, event)
    _make_rows(transaction, event, sighting)


def _make_rows(transaction: Transaction, event: UsageEvent, sighting: Sighting) -> None:
    if transaction.configuration("endpoint", event.endpoint_id) is None:
        body = {
            "application_id": event.application_id,
            "method": sighting.method,
            "url": sighting.url,
            "first_seen": rfc3339(event.opened_us),
        }
        transaction.put_configuration("endpoint", event.endpoint_id, event.application_id, body)
    if event.customer_id in NO_CUSTOMERS:
        return
    customer = transaction.configuration("customer", event.customer_id)
    if customer is None or customer.body is None:
        body = {"application_id": event.application_id, "name": ""}
        transaction.put_configuration("customer", event.customer_id, event.application_id, body)
