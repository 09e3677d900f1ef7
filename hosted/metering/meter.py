"""Admission of calls: turns an SDK's message into a scrubbed event and decides about limits.

Runs on the event loop and touches no database: what has to be stored goes to the writer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import msgspec

from hosted.clock import Clock
from hosted.metering.allocations import RecentAllocations, new_allocation_id, skew_s
from hosted.metering.directory import Application, Directory, Policy
from hosted.metering.endpoints import ANY_METHOD
from hosted.metering.events import EventState, Sighting, UsageEvent
from hosted.metering.ledger import Deny, EventCommand, Open, Settle
from hosted.metering.limits import Limiter
from hosted.metering.quantities import units_of
from hosted.metering.windows import hour_and_day
from hosted.metering.writer import Writer
from hosted.scrub.amounts import units_micro
from hosted.scrub.events import ScrubbedCall, is_uuid
from hosted.scrub.identity import customer_id
from hosted.secrets import Secrets

DEFAULT_HOLD_US: Final = 60_000_000
LONGEST_HOLD_MS: Final = 31 * 86_400_000
"""Deferred captures hold for a day unless the client asks for longer."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """The call may go on, and this is committed."""

    allocation_id: str


class Denied:
    """The call's limit is reached, and the refusal is committed."""


class NotRecorded:
    """The storage refused: nothing is stored, the call cannot be confirmed."""


Verdict = Admitted | Denied | NotRecorded
Told = Callable[[Verdict], None]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a call counts."""

    sighting: Sighting
    customer_id: str
    policy: Policy | None
    is_metered: bool


class Meter:
    """Takes the two allocation messages of every SDK."""

    def __init__(
        self,
        directory: Directory,
        limiter: Limiter,
        writer: Writer,
        secrets: Secrets,
        clock: Clock,
    ) -> None:
        self._directory = directory
        self._limiter = limiter
        self._writer = writer
        self._secrets = secrets
        self._clock = clock
        self._recent = RecentAllocations()

    def request(self, application: Application, call: ScrubbedCall, told: Told | None) -> None:
        """Open an allocation. `told` hears the verdict after its commit; without it none is due."""
        place = self._place(application, call)
        known_id = self._allocation_id(application, call)
        allocation_id = known_id or new_allocation_id(self._clock())
        if not place.is_metered:
            if told is not None:
                told(Admitted(allocation_id))
            return
        event = self._event(application, place, call, allocation_id, EventState.OPEN)
        opened = Open(event, place.sighting, is_fresh=known_id is None)
        is_repeated = known_id is not None and self._recent.has(
            application.application_id, known_id
        )
        if told is None:
            if not is_repeated:
                self._count(application, place, event)
            self._writer.submit(opened)
        elif is_repeated or self._admits(application, place, event):
            self._submit(opened, Admitted(allocation_id), told, None if is_repeated else place)
        else:
            denied_id = new_allocation_id(self._clock())
            denied = self._event(application, place, call, denied_id, EventState.DENIED)
            self._submit(Deny(denied, place.sighting), Denied(), told, None)

    def use(self, application: Application, call: ScrubbedCall, told: Told | None) -> None:
        """Settle an allocation. A message that names none cannot be settled and is dropped."""
        allocation_id = self._allocation_id(application, call)
        place = self._place(application, call)
        if allocation_id is None or not place.is_metered:
            if told is not None:
                told(Admitted(allocation_id or ""))
            return
        state = EventState.SETTLED if call.names_endpoint else EventState.PARKED
        event = self._event(application, place, call, allocation_id, state)
        command = Settle(event, place.sighting)
        if told is None:
            self._writer.submit(command)
        else:
            self._submit(command, Admitted(allocation_id), told, None)

    def _submit(
        self, command: EventCommand, verdict: Verdict, told: Told, counted: Place | None
    ) -> None:
        event = command.event

        def give_back() -> None:
            if counted is not None and counted.policy is not None:
                self._limiter.take_back(counted.policy, event.customer_id, event.opened_us)

        def committed(_result: object, error: BaseException | None) -> None:
            if error is not None:
                give_back()
            told(verdict if error is None else NotRecorded())

        def folded(is_new: object, _error: BaseException | None) -> None:
            if is_new is False:
                give_back()

        may_repeat = counted is not None and isinstance(command, Open) and not command.is_fresh
        self._writer.submit(command, committed, folded if may_repeat else None)

    def _admits(self, application: Application, place: Place, event: UsageEvent) -> bool:
        if place.policy is None:
            return True
        return self._limiter.admit(application, place.policy, event.customer_id, event.opened_us)

    def _count(self, application: Application, place: Place, event: UsageEvent) -> None:
        if place.policy is not None:
            self._limiter.count(application, place.policy, event.customer_id, event.opened_us)

    def _place(self, application: Application, call: ScrubbedCall) -> Place:
        app_id = application.application_id
        customer = customer_id(self._secrets, app_id, call.identity)
        if call.method is None or call.url is None:
            metered = application.meters(ANY_METHOD, ANY_METHOD)
            return Place(
                self._directory.endpoints.unmatched(app_id), customer, None, is_metered=metered
            )
        if not application.meters(call.method, call.url):
            return Place(
                self._directory.endpoints.unmatched(app_id), customer, None, is_metered=False
            )
        policy = self._directory.policy(app_id, call.method, call.url)
        book = self._directory.endpoints
        if (
            policy is None
            and not _is_proven(call)
            and not book.knows(app_id, call.method, call.url)
        ):
            return Place(book.unmatched(app_id), customer, None, is_metered=True)
        sighting = book.find(app_id, call.method, call.url)
        return Place(sighting, customer, policy, is_metered=True)

    def _allocation_id(self, application: Application, call: ScrubbedCall) -> str | None:
        """The client's id: a UUID as it is, any other text hashed, for it might say something."""
        if call.allocation_id is None:
            return None
        if is_uuid(call.allocation_id):
            return call.allocation_id.lower()
        return "x_" + self._secrets.pseudonym(application.application_id, call.allocation_id)

    @staticmethod
    def _amount(call: ScrubbedCall, policy: Policy | None, *, is_settled: bool) -> tuple[int, bool]:
        """What the call reserves or used, and whether what it reported was odd."""
        if not is_settled:
            return units_micro(call.amount, is_credit=call.is_credit)
        return units_of(call, None if policy is None else policy.metering)

    def _event(
        self,
        application: Application,
        place: Place,
        call: ScrubbedCall,
        allocation_id: str,
        state: EventState,
    ) -> UsageEvent:
        now_us = self._clock()
        hour, day = hour_and_day(now_us, application.zone)
        hold_ms = call.hold_ms
        hold_us = DEFAULT_HOLD_US if hold_ms is None else min(hold_ms, LONGEST_HOLD_MS) * 1000
        is_settled = state in {EventState.SETTLED, EventState.PARKED}
        amount, odd = self._amount(call, place.policy, is_settled=is_settled)
        return UsageEvent(
            application_id=application.application_id,
            allocation_id=allocation_id,
            endpoint_id=place.sighting.endpoint_id,
            customer_id=place.customer_id,
            state=state,
            opened_us=now_us,
            expires_us=now_us + hold_us,
            hour=hour,
            day=day,
            units_micro=amount if is_settled else 0,
            reserved_micro=0 if is_settled else amount,
            status=call.status if is_settled else None,
            duration_ms=call.duration_ms if is_settled else None,
            odd_amount=odd and is_settled,
            skew_s=skew_s(call.detail.get("timestamp"), now_us),
            detail=msgspec.json.encode(call.detail),
        )


def _is_proven(call: ScrubbedCall) -> bool:
    """Whether the call's url is a route and not just a path somebody tried.

    Flask and Gin report the bare path where no route matched. Such a path becomes an endpoint with
    the first answer that is not 404; until then its calls count as unmatched.
    """
    return not call.is_raw_path or call.status not in {None, HTTPStatus.NOT_FOUND}
