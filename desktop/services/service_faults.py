"""What goes wrong on the way to the service, in sentences: what failed, what is safe, what to do.

`host` is all of an address that is told; a token never is.
"""

from typing import Final

import httpx

from contract.problems import Problem, ProblemCode
from desktop.domain.errors import (
    AccountDeleted,
    AppError,
    CertificateProblem,
    CursorUnknown,
    NotOurService,
    PinChanged,
    ProxyProblem,
    RequestNotTaken,
    ServiceBusy,
    ServiceFaulty,
    ServiceRefused,
    ServiceSlow,
    ServiceUnreachable,
    TokenRefused,
)
from desktop.domain.network import readable
from desktop.services.tls import PinMismatch, tls_fault

MAX_REASON: Final = 300
NOT_TAKEN: Final = frozenset({413, 422})
"""A body that is too large, or not what the service takes."""


def refused(host: str, status: int, problem: Problem) -> AppError:
    """The service answered and said no."""
    if problem.code is ProblemCode.ACCOUNT_DELETED:
        return AccountDeleted(
            f"The account of the service at {host} was deleted by its owner. It holds nothing any "
            "more and is asked for nothing. What this vault holds is still here; Settings > "
            "Account deletes it, too."
        )
    if problem.code is ProblemCode.SIGNED_OUT:
        return TokenRefused(
            f"This device was signed out of the service at {host}, or was away for too long. Local "
            "data and waiting edits are safe. Sign in again under Settings > Account."
        )
    if problem.code is ProblemCode.UNAUTHORIZED:
        return TokenRefused(
            f"The service at {host} does not accept the owner token. Local data and "
            "waiting edits are safe. Connect again with a token of this service."
        )
    if problem.code is ProblemCode.CURSOR_UNKNOWN:
        return CursorUnknown("The service starts its records anew; so does this vault.")
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return fault(host)
    kind = RequestNotTaken if status in NOT_TAKEN else ServiceRefused
    return kind(f"The service at {host} refused: {problem.detail[:MAX_REASON]} Local data is safe.")


def fault(host: str) -> ServiceFaulty:
    """The service failed by itself."""
    return ServiceFaulty(
        f"The service at {host} has a fault of its own. Local data and waiting edits "
        "are safe. Look at its log; it is tried again by itself."
    )


def no_answer(host: str, error: httpx.TransportError) -> AppError:
    """Nothing came back, or nothing that may be believed."""
    found = tls_fault(error)
    if isinstance(found, PinMismatch):
        return PinChanged(
            f"The service at {host} shows another key than the one this workspace is "
            "pinned to, so nothing was sent. Local data is safe. If its key was renewed, "
            "compare the new fingerprint with whoever runs it, then accept it in Settings > "
            f"Connection; else somebody may be in between. Pinned: {readable(found.pinned)}. "
            f"Shown: {readable(found.shown)}."
        )
    if is_untrusted(error):
        return CertificateProblem(
            f"The certificate of {host} is not trusted, so nothing was sent. Local data "
            "is safe. Check the address and the clock of this computer; for a service with an "
            "authority of its own, name that authority's file in Settings > Connection."
        )
    if isinstance(error, httpx.ProxyError):
        return ProxyProblem(
            f"The proxy on the way to {host} does not let us through. Local data and "
            "waiting edits are safe. Look at Settings > Connection."
        )
    if isinstance(error, httpx.TimeoutException):
        return ServiceSlow(
            f"The service at {host} did not answer in time. Local data and waiting edits "
            "are safe; it is tried again by itself."
        )
    return ServiceUnreachable(
        f"The service at {host} cannot be reached. Local data and waiting edits are "
        "safe; it is tried again by itself."
    )


def busy(host: str, pause_s: float) -> ServiceBusy:
    """It asks to be left alone; `pause_s` is 0 where it does not say for how long."""
    error = ServiceBusy(
        f"The service at {host} is up but cannot work at the moment; its disk may be "
        "full. Local data and waiting edits are safe; it is tried again by itself."
    )
    error.retry_after_s = pause_s
    return error


def not_ours(host: str, reason: str) -> NotOurService:
    """Something else answers; `reason` is a part of a sentence."""
    return NotOurService(
        f"What answers at {host} does not behave as a UsageFlow service: {reason}. "
        "Nothing was changed. Check the address."
    )


def is_untrusted(error: Exception) -> bool:
    """Whether the certificate is what is wrong: then asking again helps nobody."""
    return tls_fault(error) is not None or "CERTIFICATE" in str(error)
