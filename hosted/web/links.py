"""Links that refuse one kind of message by one click: signed, so that nobody can make them up."""

import hmac
from typing import Final

PATH: Final = "/privacy/opt-out"
PURPOSES: Final = {
    "news": "news",
    "tips": "tips on using the product",
    "surveys": "surveys",
    "improvement": "the use of your data to improve the product",
    "sale_or_share": "the sale or sharing of your data",
}
SIGNATURE_DIGITS: Final = 32
SUBJECT_DIGITS: Final = 32
PARTS: Final = 3


def path_of(key: bytes, subject: str, purpose: str) -> str:
    """Path of the link for a person, given by the keyed hash of their address."""
    return f"{PATH}/{subject}.{purpose}.{_signature(key, subject, purpose)}"


def opened(key: bytes, token: str) -> tuple[bytes, str] | None:
    """Subject and purpose of a link's last part; None when this service did not make it."""
    parts = token.split(".")
    if len(parts) != PARTS or parts[1] not in PURPOSES or len(parts[0]) != SUBJECT_DIGITS:
        return None
    subject, purpose, signature = parts
    if not hmac.compare_digest(signature.encode(), _signature(key, subject, purpose).encode()):
        return None
    return bytes.fromhex(subject), purpose


def _signature(key: bytes, subject: str, purpose: str) -> str:
    signed = hmac.digest(key, f"opt out {subject} {purpose}".encode(), "sha256").hex()
    return signed[:SIGNATURE_DIGITS]
