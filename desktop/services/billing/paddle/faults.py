"""What goes wrong on the way to Paddle, in sentences: what failed, what is safe, what to do.

A key is never told, and of Paddle's own words no address of a person.
"""

import re
from typing import Any, Final

import httpx

from contract.card_numbers import masked
from desktop.domain.errors import (
    AppError,
    PermissionMissing,
    ProviderBusy,
    ProviderRefused,
    ProviderUnreachable,
)
from desktop.services.service_faults import is_untrusted

MOST_SAID: Final = 300
EMAIL: Final = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+")
SAFE: Final = "What was last read is still shown."


class Unanswered(ProviderUnreachable):
    """Nothing came back: whether Paddle did what it was asked is not known."""


def no_answer(error: httpx.TransportError) -> AppError:
    """No answer, or none in time."""
    if is_untrusted(error):
        return ProviderUnreachable(
            f"The certificate of Paddle is not trusted, so nothing was sent. {SAFE} Look at the "
            "clock of this computer, and at Settings > Connection."
        )
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.ProxyError):
        return ProviderUnreachable(
            f"Paddle cannot be reached. {SAFE} Look at this computer's network and try again."
        )
    return Unanswered(
        f"Paddle did not answer in time. {SAFE} Try again: what it did already is not done twice."
    )


def busy(request_id: str, pause_s: float) -> ProviderBusy:
    """It asks to be left alone, or has trouble of its own."""
    when = f"in {pause_s:,.0f} seconds" if pause_s else "in a while"
    error = ProviderBusy(
        f"Paddle is asked too often. {SAFE} Try again {when}.{_request(request_id)}"
    )
    error.retry_after_s = pause_s
    return error


def unsure(request_id: str, pause_s: float) -> Unanswered:
    """It had trouble of its own, on which side of the work is not known."""
    error = Unanswered(
        f"Paddle has a fault of its own. {SAFE} Try again in a while: what it did already is not "
        f"done twice.{_request(request_id)}"
    )
    error.retry_after_s = pause_s
    return error


def rubbish(request_id: str) -> Unanswered:
    """What came back is nothing that Paddle documents."""
    return Unanswered(
        f"What answers at Paddle's address does not behave as Paddle does. {SAFE} Look whether a "
        f"proxy stands in between.{_request(request_id)}"
    )


def refused(status: int, error: dict[str, Any], request_id: str) -> AppError:
    """Paddle answered and said no."""
    code = str(error.get("code", ""))
    if status == httpx.codes.UNAUTHORIZED or code.startswith("authentication"):
        return ProviderRefused(
            f"Paddle does not accept this key; it may have expired or been revoked. {SAFE} Connect "
            f"again with another one.{_request(request_id)}"
        )
    said = _said(error)
    if status == httpx.codes.FORBIDDEN:
        return PermissionMissing(
            f"The key may not do this at Paddle: {said} Nothing was changed. Add the permission to "
            f"the key under Developer tools > Authentication.{_request(request_id)}"
        )
    return ProviderRefused(f"Paddle refused: {said} Nothing was changed.{_request(request_id)}")


def _said(error: dict[str, Any]) -> str:
    """Paddle's own words with the fields they are about, shortened, without anybody's address."""
    fields = error.get("errors")
    named = [
        f"{one.get('field')}: {one.get('message')}"
        for one in (fields if isinstance(fields, list) else [])
        if isinstance(one, dict)
    ]
    words = "; ".join([str(error.get("detail", "it gives no reason")), *named])
    hidden = EMAIL.sub("…", masked(words))[:MOST_SAID].strip()
    return hidden if hidden.endswith(".") else f"{hidden}."


def _request(request_id: str) -> str:
    return f" Paddle's request id: {request_id}." if request_id else ""
