"""What Stripe says no to, in sentences. No key, and no address of a customer, gets into one."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import httpx
import stripe

from desktop.domain.errors import (
    AppError,
    PermissionMissing,
    ProviderBusy,
    ProviderRefused,
    ProviderUnreachable,
)
from desktop.services.retry_after import retry_after_s
from desktop.services.service_faults import is_untrusted

MAX_REASON: Final = 300
PERMISSION: Final = re.compile(r"\brak_[a-z0-9_]+")
PRIVATE: Final = re.compile(r"\b(?:[sr]k|pk)_(?:test|live)_\S+|[^\s@'\"]+@[^\s@'\"]+|\b\d{12,19}\b")
SAFE: Final = "What was last read is still here, and nothing is sent twice."


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Turn the library's errors into the owner's. `doing` is a part of a sentence.

    The cause is not kept: the library's error holds the whole answer, with personal data in it.
    Raises: ProviderUnreachable, ProviderBusy, ProviderRefused, PermissionMissing.
    """
    try:
        yield
    except stripe.StripeError as error:
        raise in_words(error, doing) from None


def in_words(error: stripe.StripeError, doing: str) -> AppError:
    """The error for the owner, with the provider's request id where it gave one."""
    if isinstance(error, stripe.APIConnectionError):
        return _no_answer(error, doing)
    asked = f" Request {error.request_id}." if error.request_id else ""
    if isinstance(error, stripe.AuthenticationError):
        return ProviderRefused(
            f"Stripe does not accept the key, so it could not {doing}. {SAFE} Connect again with a "
            f"key of this account.{asked}"
        )
    if isinstance(error, stripe.PermissionError):
        name = missing_permission(error)
        needs = f"the permission {name}" if name else "a permission"
        return PermissionMissing(
            f"The key may not {doing}: it lacks {needs}. Nothing was changed. Give it that in "
            f"Stripe's dashboard, or use another key.{asked}"
        )
    if _is_busy(error):
        busy = ProviderBusy(
            f"Stripe has too much to do at the moment and could not {doing}. {SAFE} Try again in a "
            f"few minutes.{asked}"
        )
        busy.retry_after_s = retry_after_s(error.headers or {})
        return busy
    return ProviderRefused(f"Stripe would not {doing}: {reason_of(error)} {SAFE}{asked}")


def reason_of(error: stripe.StripeError) -> str:
    """What the provider says, without keys, addresses and long numbers."""
    told = PRIVATE.sub("…", error.user_message or "it gave no reason.")
    return told[:MAX_REASON]


def missing_permission(error: stripe.StripeError) -> str:
    """Name of the permission a restricted key lacks; empty where it is not told."""
    found = PERMISSION.search(error.user_message or "")
    return found.group() if found else ""


def _is_busy(error: stripe.StripeError) -> bool:
    status = error.http_status or 0
    is_locked = status == httpx.codes.CONFLICT and not isinstance(error, stripe.IdempotencyError)
    is_limited = status == httpx.codes.TOO_MANY_REQUESTS
    return is_locked or is_limited or status >= httpx.codes.INTERNAL_SERVER_ERROR


def _no_answer(error: stripe.APIConnectionError, doing: str) -> ProviderUnreachable:
    cause = error.__cause__
    if isinstance(cause, Exception) and is_untrusted(cause):
        return ProviderUnreachable(
            f"The certificate of Stripe is not trusted, so nothing was sent: could not {doing}. "
            "Check the clock of this computer and the proxy in Settings > Connection."
        )
    return ProviderUnreachable(f"Stripe cannot be reached and could not {doing}. {SAFE}")
