"""How both sides recognize an erased customer without keeping its id."""

import hmac
import secrets
from typing import Final

REPLACEMENT: Final = "gone_"
"""Begins the id under which the figures of an erased customer stay."""


def subject_mac(key: bytes, application_id: str, customer_id: str) -> str:
    """Keyed hash of a customer, 64 hexadecimal digits. Source: RFC 2104, with SHA-256."""
    return hmac.digest(key, f"{application_id}\n{customer_id}".encode(), "sha256").hex()


def new_replacement() -> str:
    """A random id, 96 bits: the same for nobody, and made from nothing."""
    return REPLACEMENT + secrets.token_hex(12)
