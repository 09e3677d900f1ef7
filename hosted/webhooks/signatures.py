"""Whether an event was really sent by the provider, just now, with a secret the owner has set.

Sources: Stripe, "Verify webhook signatures" (header `Stripe-Signature`, scheme v1); Paddle,
"Signature verification" (header `Paddle-Signature`, scheme h1). Both sign the time and the raw
body with HMAC-SHA256, and repeat the scheme while a secret is being rotated.
"""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from contract.terms import BillingProvider
from hosted.clock import SECOND_US

TOLERANCE_S: Final = 300
"""How far the time of a signature may lie from the service's clock, in both directions."""
LONGEST_HEADER: Final = 4096
LONGEST_TIME: Final = 12


class NotSigned(Exception):
    """The event does not carry a signature of this account that is good now."""


@dataclass(frozen=True, slots=True)
class _Scheme:
    header: str
    time: str
    signature: str
    part_ends: str
    time_ends: bytes


SCHEMES: Final = {
    BillingProvider.STRIPE: _Scheme("stripe-signature", "t", "v1", ",", b"."),
    BillingProvider.PADDLE: _Scheme("paddle-signature", "ts", "h1", ";", b":"),
}


def header_of(provider: BillingProvider) -> str:
    """Name of the header the provider signs in, in small letters."""
    return SCHEMES[provider].header


def verify(
    provider: BillingProvider, header: str, body: bytes, secrets: Iterable[str], now_us: int
) -> None:
    """Return when one of the secrets signed exactly this body within the tolerance.

    Raises:
        NotSigned: in every other case, alike.
    """
    scheme = SCHEMES[provider]
    if len(header) > LONGEST_HEADER:
        raise NotSigned
    parts = [part.strip().partition("=") for part in header.split(scheme.part_ends)]
    times = [value for name, _, value in parts if name == scheme.time]
    if len(times) != 1 or not _is_time(times[0]):
        raise NotSigned
    signed = times[0].encode() + scheme.time_ends + body
    presented = [value.encode() for name, _, value in parts if name == scheme.signature]
    expected = [hmac.new(key.encode(), signed, "sha256").hexdigest().encode() for key in secrets]
    # Every pair is compared, so that the time tells nothing of which secret came near.
    if not sum(hmac.compare_digest(one, other) for one in presented for other in expected):
        raise NotSigned
    if abs(int(times[0]) - now_us // SECOND_US) > TOLERANCE_S:
        raise NotSigned


def _is_time(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_TIME
