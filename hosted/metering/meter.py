"""Admission of calls: turns an SDK's message into a scrubbed event and decides about limits.

Runs on the event loop and touches no database: what has to be stored goes to the writer.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from contract.expressions.metering import Counted
from hosted.clock import Clock
from hosted.metering.admission import UNLIMITED, Rulebook, Visit
from hosted.metering.allocations import RecentAllocations, new_allocation_id, skew_s
from hosted.metering.blocked_callers import BlockedCallers
from hosted.metering.blocks import Block
from hosted.metering.decisions import DETAIL_KEY, Refusal, refusal_by
from hosted.metering.directory import Application, Directory
from hosted.metering.events import EventState, UsageEvent
from hosted.metering.gauges import Mark
from hosted.metering.holds import HoldKey
from hosted.metering.ledger import Deny, EventCommand, Open, Settle
from hosted.metering.limits import Passed, Refused
from hosted.metering.places import Place, Places
from hosted.metering.policies import Policy
from hosted.metering.quantities import units_of
from hosted.metering.windows import hour_and_day
from hosted.metering.writer import Writer
from hosted.scrub.amounts import units_micro
from hosted.scrub.details import Details
from hosted.scrub.events import ScrubbedCall, is_uuid
from hosted.scrub.identity import customer_id
from hosted.scrub.sealing import Sealing
from hosted.secrets import Secrets

ALLOCATION_HEX_DIGITS: Final = 32
_encode: Final = msgspec.json.Encoder().encode
DEFAULT_HOLD_US: Final = 60_000_000
ODD_AMOUNT: Final = "odd_amount"
"""Where a call's detail says why its amount was not taken."""
LONGEST_HOLD_MS: Final = 31 * 86_400_000
"""Deferred captures hold for a day unless the client asks for longer."""


class Admitted(msgspec.Struct, frozen=True, gc=False):
    """The call may go on, and this is committed."""

    allocation_id: str


class Denied:
    """A limit is reached or the endpoint blocked, and the refusal is committed."""


class NotRecorded:
    """The storage refused: nothing is stored, the call cannot be confirmed."""


Verdict = Admitted | Denied | NotRecorded
Told = Callable[[Verdict], None]


class Moment(msgspec.Struct, frozen=True, gc=False):
    """A message that is being dealt with."""

    application: Application
    place: Place
    call: ScrubbedCall
    now_us: int


class Meter:
    """Takes the two allocation messages of every SDK."""

    def __init__(  # noqa: PLR0913 - the collaborators of the one place where they meet
        self,
        *,
        directory: Directory,
        rules: Rulebook,
        callers: BlockedCallers,
        writer: Writer,
        secrets: Secrets,
        details: Details,
        sealing: Sealing,
        clock: Clock,
    ) -> None:
        self._rules = rules
        self._callers = callers
        self._writer = writer
        self._secrets = secrets
        self._details = details
        self._sealing = sealing
        self._clock = clock
        self._places = Places(directory, partial(customer_id, secrets.pseudonyms))
        self._opened = RecentAllocations()
        self._settled = RecentAllocations()
        self._uncounted = RecentAllocations()

    def request(self, application: Application, call: ScrubbedCall, told: Told | None) -> None:
        """Open an allocation. `told` hears the verdict after its commit; without it none is due."""
        moment = Moment(application, self._places.of(application, call), call, self._clock())
        known_id = self._allocation_id(application, call)
        allocation_id = known_id or new_allocation_id(moment.now_us)
        key = (application.application_id, allocation_id)
        if not moment.place.is_metered:
            _pass_uncounted(allocation_id, told)
            return
        block = self._meet_block(moment)
        if block is not None and told is not None:
            self._deny(moment, refusal_by(block), told)
        elif self._rules.caps.is_reached(application.application_id, moment.now_us):
            self._uncounted.has(*key)
            _pass_uncounted(allocation_id, told)
        elif known_id is not None and self._opened.has(*key):
            self._open(moment, allocation_id, told, None)
        else:
            self._open(moment, allocation_id, told, self._visit(moment, key))

    def use(self, application: Application, call: ScrubbedCall, told: Told | None) -> None:
        """Settle an allocation. A message that names none cannot be settled and is dropped."""
        moment = Moment(application, self._places.of(application, call), call, self._clock())
        allocation_id = self._allocation_id(application, call)
        key = (application.application_id, allocation_id or "")
        if allocation_id is None or not moment.place.is_metered or self._uncounted.knows(*key):
            _pass_uncounted(allocation_id or "", told)
            return
        self._meet_block(moment)
        command = self._settlement(moment, key)
        if told is None:
            self._writer.submit(command)
        else:
            self._submit(command, Admitted(allocation_id), told, None)

    def _meet_block(self, moment: Moment) -> Block | None:
        """The block that stops a call; its caller's identity is learnt for the SDKs."""
        app_id, call = moment.application.application_id, moment.call
        blocks = self._rules.blocks
        if not blocks.are_any(app_id) or call.method is None or call.url is None:
            return None
        route = (call.method, call.url)
        for customer in self._names_of(moment):
            block = blocks.find(app_id, *route, customer, moment.now_us)
            if block is not None or blocks.concerns(app_id, customer, moment.now_us):
                self._callers.meet((app_id, customer), call.identity, block, route)
            if block is not None:
                return block
        return None

    def _names_of(self, moment: Moment) -> tuple[str, ...]:
        """A caller's pseudonyms, those of earlier keys too: a new key opens no block."""
        return (moment.place.customer_id, *self._earlier_ids(moment))

    def _earlier_ids(self, moment: Moment) -> tuple[str, ...]:
        """Pseudonyms that a caller had under earlier keys, the latest first."""
        identity = moment.call.identity
        if not identity:
            return ()
        return self._secrets.pseudonyms.earlier(moment.application.application_id, identity)

    def _is_frozen(self, moment: Moment) -> bool:
        """Whether nothing may be kept of the caller but figures."""
        app_id, frozen = moment.application.application_id, self._rules.frozen
        return frozen.are_any(app_id) and frozen.has(app_id, self._names_of(moment))

    def _visit(self, moment: Moment, key: HoldKey) -> Visit:
        return Visit(
            key=key,
            policy=moment.place.policy,
            customer_id=moment.place.customer_id,
            at_us=moment.now_us,
            expires_us=moment.now_us + _hold_us(moment.call),
            counts_for_cap=moment.place.is_request,
            earlier_ids=self._earlier_ids(moment) if moment.place.policy is not None else (),
        )

    def _open(
        self, moment: Moment, allocation_id: str, told: Told | None, visit: Visit | None
    ) -> None:
        """Open a call; `visit` is None for a message that repeats a known one."""
        passed: Passed | Refused = UNLIMITED
        if visit is not None:
            passed = self._rules.open(visit, can_refuse=told is not None)
            if self._settled.knows(*visit.key):
                self._rules.close_early(visit)
        if isinstance(passed, Refused):
            if told is not None:
                self._deny(moment, refusal_by(passed), told)
            return
        event = self._event(moment, allocation_id, EventState.OPEN)
        if moment.place.policy is not None and not self._is_frozen(moment):
            caller = (moment.application.application_id, moment.place.customer_id)
            self._sealing.meet(caller, moment.call.identity, moment.place.policy.body)
        if passed.is_warned:
            event = replace(event, soft_limited=True)
        is_fresh = moment.call.allocation_id is None
        opened = Open(event, moment.place.sighting, is_fresh=is_fresh, marks=passed.marks)
        if told is None:
            self._writer.submit(opened)
        else:
            self._submit(opened, Admitted(allocation_id), told, visit)

    def _settlement(self, moment: Moment, key: HoldKey) -> Settle:
        hold = self._rules.holds.close(key)
        policy = moment.place.policy if hold is None else hold.policy
        state = EventState.SETTLED if moment.call.names_endpoint else EventState.PARKED
        event = self._event(moment, key[1], state, policy)
        marks: tuple[Mark, ...] = ()
        if policy is not None and self._rules.counts_units(policy):
            is_repeated = self._settled.has(*key) and hold is None
            if not is_repeated:
                customer = moment.place.customer_id
                marks = self._rules.settle(policy, hold, customer, event.units_micro, moment.now_us)
        return Settle(event, moment.place.sighting, marks)

    def _deny(self, moment: Moment, refusal: Refusal, told: Told) -> None:
        event = self._event(moment, new_allocation_id(moment.now_us), EventState.DENIED)
        kept = {} if self._is_frozen(moment) else self._detail(moment)[0]
        detail = _encode({**kept, DETAIL_KEY: refusal})
        event = replace(event, refused_by=refusal.rule_id, detail=detail)
        self._submit(Deny(event, moment.place.sighting), Denied(), told, None)

    def _submit(
        self, command: EventCommand, verdict: Verdict, told: Told, counted: Visit | None
    ) -> None:
        def give_back() -> None:
            if counted is not None:
                self._rules.take_back(counted, self._clock())

        def committed(_result: object, error: BaseException | None) -> None:
            if error is not None:
                give_back()
            told(verdict if error is None else NotRecorded())

        def folded(is_new: object, _error: BaseException | None) -> None:
            if is_new is False:
                give_back()

        may_repeat = counted is not None and isinstance(command, Open) and not command.is_fresh
        self._writer.submit(command, committed, folded if may_repeat else None)

    def _allocation_id(self, application: Application, call: ScrubbedCall) -> str | None:
        """The client's id: a UUID as it is, any other text hashed, for it might say something."""
        if call.allocation_id is None:
            return None
        if is_uuid(call.allocation_id):
            return call.allocation_id.lower()
        message = f"{application.application_id}\n{call.allocation_id}"
        return "x_" + self._secrets.hash_of(message).hex()[:ALLOCATION_HEX_DIGITS]

    def _event(
        self,
        moment: Moment,
        allocation_id: str,
        state: EventState,
        policy: Policy | None = None,
    ) -> UsageEvent:
        """The event a message makes; `policy` says what a settled call counts."""
        application, call, now_us = moment.application, moment.call, moment.now_us
        hour, day = hour_and_day(now_us, application.zone)
        is_settled = state in {EventState.SETTLED, EventState.PARKED}
        amount, odd = _amount(call, policy, is_settled=is_settled)
        detail, is_dropped = self._detail(moment) if is_settled else (call.detail, False)
        if self._is_frozen(moment):
            self._rules.frozen.note_call(application.application_id, call.detail.get("request_id"))
            detail = {}
        is_odd = odd is not None and is_settled
        if is_odd:
            detail = {**detail, ODD_AMOUNT: odd}
        return UsageEvent(
            application_id=application.application_id,
            allocation_id=allocation_id,
            endpoint_id=moment.place.sighting.endpoint_id,
            customer_id=moment.place.customer_id,
            state=state,
            opened_us=now_us,
            expires_us=now_us + _hold_us(call),
            hour=hour,
            day=day,
            units_micro=amount if is_settled else 0,
            reserved_micro=0 if is_settled else amount,
            status=call.status if is_settled else None,
            duration_ms=call.duration_ms if is_settled else None,
            odd_amount=is_odd,
            skew_s=skew_s(call.detail.get("timestamp"), now_us),
            payload_dropped=is_dropped,
            detail=_encode(detail),
        )

    def _detail(self, moment: Moment) -> tuple[dict[str, Any], bool]:
        """What is kept of a call beside its numbers, and whether its payload was dropped."""
        return self._details.of(moment.application.application_id, moment.call, moment.now_us)


def _pass_uncounted(allocation_id: str, told: Told | None) -> None:
    """Let a call pass that is not metered."""
    if told is not None:
        told(Admitted(allocation_id))


def _hold_us(call: ScrubbedCall) -> int:
    hold_ms = call.hold_ms
    return DEFAULT_HOLD_US if hold_ms is None else min(hold_ms, LONGEST_HOLD_MS) * 1000


def _amount(call: ScrubbedCall, policy: Policy | None, *, is_settled: bool) -> Counted:
    """What the call reserves or used, and why another amount was not taken."""
    if not is_settled:
        return units_micro(call.amount, is_credit=call.is_credit)
    return units_of(call, None if policy is None else policy.metering)
