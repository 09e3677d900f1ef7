"""How well requests were answered: counts and days, as a public page of metrics wants them."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from desktop.domain.privacy.events import Answered, Extended, Received, Refused, Revoked
from desktop.domain.privacy.kinds import RequestKind
from desktop.domain.privacy.requests import PrivacyRequest, RequestLine


@dataclass(frozen=True, slots=True)
class KindNumbers:
    kind: RequestKind
    received: int
    answered: int
    refused: int


@dataclass(frozen=True, slots=True)
class PrivacyNumbers:
    received: int
    open: int
    late: int
    answered: int
    refused: int
    revoked: int
    extended: int
    median_days: float | None
    """From receipt to answer or refusal, whole days; None before the first."""
    by_kind: tuple[KindNumbers, ...]


def numbers(requests: Sequence[PrivacyRequest], lines: Sequence[RequestLine]) -> PrivacyNumbers:
    """Count requests; `lines` say which are open and late today."""
    ended = [days for days in map(_days, requests) if days is not None]
    kinds = tuple(_of_kind(kind, requests) for kind in RequestKind)
    return PrivacyNumbers(
        received=len(requests),
        open=sum(line.due is not None for line in lines),
        late=sum(line.days_left is not None and line.days_left < 0 for line in lines),
        answered=sum(_happened(one, Answered) for one in requests),
        refused=sum(_happened(one, Refused) for one in requests),
        revoked=sum(_happened(one, Revoked) for one in requests),
        extended=sum(_happened(one, Extended) for one in requests),
        median_days=float(median(ended)) if ended else None,
        by_kind=tuple(one for one in kinds if one.received),
    )


def _of_kind(kind: RequestKind, requests: Sequence[PrivacyRequest]) -> KindNumbers:
    some = [one for one in requests if one.asked.kind is kind]
    answered = sum(_happened(one, Answered) for one in some)
    return KindNumbers(kind, len(some), answered, sum(_happened(one, Refused) for one in some))


def _happened(request: PrivacyRequest, what: type) -> bool:
    return any(isinstance(event, what) for event in request.events)


def _days(request: PrivacyRequest) -> int | None:
    received = next((e.at for e in request.events if isinstance(e, Received)), None)
    ended = next((e.at for e in request.events if isinstance(e, Answered | Refused)), None)
    return None if received is None or ended is None else (ended - received).days
