"""What a metering expression may know of a call, and the units that come out."""

from decimal import Decimal

from contract.expressions.metering import Counted, MeteredAmount
from contract.expressions.values import Facts
from contract.messages.rollups import MICRO
from hosted.scrub.amounts import units_micro
from hosted.scrub.events import ScrubbedCall


def units_of(call: ScrubbedCall, metering: MeteredAmount | None) -> Counted:
    """Units of a settled call. A booking counts what it says, whatever the policy."""
    reported = units_micro(call.amount, is_credit=call.is_credit)
    if metering is None or metering.is_plain or call.is_credit:
        return reported
    return metering.counted(facts_of(call, reported[0]), reported)


def facts_of(call: ScrubbedCall, reported_micro: int) -> Facts:
    """Facts by the names of the language; None where nobody reported one."""
    found = call.measures
    return {
        "amount": Decimal(reported_micro) / MICRO,
        "status": _number(call.status),
        "duration_ms": _number(call.duration_ms),
        "request_bytes": _number(found.request_bytes),
        "response_bytes": _number(found.response_bytes),
        "tokens": _number(found.tokens),
        "prompt_tokens": _number(found.prompt_tokens),
        "completion_tokens": _number(found.completion_tokens),
        "model": found.model,
        "method": call.method,
        "url": call.url,
    }


def _number(value: int | None) -> Decimal | None:
    return None if value is None else Decimal(value)
