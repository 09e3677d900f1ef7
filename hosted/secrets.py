"""Everything the service derives from its one key, and the keys and tokens it makes."""

import hmac
import secrets
import unicodedata
from dataclasses import dataclass
from typing import Final, Self

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from contract.messages.access import Role

KEY_BYTES: Final = 32
SDK_KEY_PREFIX: Final = "uf_live_"
CUSTOMER_PREFIX: Final = "cus_1"
"""`1` is the pseudonym scheme: HMAC-SHA256 of the NFC form, first 96 bits."""
PSEUDONYM_HEX_DIGITS: Final = 24


def storage_key(service_key: bytes) -> str:
    """Key of the data file as 64 hex digits."""
    return _derived(service_key, "storage").hex()


@dataclass(frozen=True, slots=True, repr=False)
class Secrets:
    """Keys for one purpose each, so that none can stand in for another."""

    hashing: bytes
    pseudonyms: bytes
    cursors: bytes
    blocked_callers: bytes

    @classmethod
    def of(cls, service_key: bytes, service_id: str) -> Self:
        """Derive the working keys (HKDF-SHA256, RFC 5869)."""
        return cls(
            hashing=_derived(service_key, f"hashing {service_id}"),
            pseudonyms=_derived(service_key, f"pseudonyms {service_id}"),
            cursors=_derived(service_key, f"cursors {service_id}"),
            blocked_callers=_derived(service_key, f"blocked callers {service_id}"),
        )

    def hash_of(self, credential: str) -> bytes:
        """Keyed hash of a token or key, the only form in which it is stored."""
        return hmac.digest(self.hashing, credential.encode(errors="surrogateescape"), "sha256")

    def pseudonym(self, application_id: str, identity: str) -> str:
        """Customer id of an identity: stable inside an application, unlinkable across them."""
        normal = unicodedata.normalize("NFC", identity)
        message = f"{application_id}\n{normal}".encode(errors="surrogatepass")
        digest = hmac.digest(self.pseudonyms, message, "sha256")
        return CUSTOMER_PREFIX + digest.hex()[:PSEUDONYM_HEX_DIGITS]


def new_token(role: Role) -> str:
    """An access token with 256 random bits; its beginning says what it may do."""
    return f"uf_{role}_" + secrets.token_urlsafe(KEY_BYTES)


def new_sdk_key() -> str:
    """An SDK key with 256 random bits."""
    return SDK_KEY_PREFIX + secrets.token_urlsafe(KEY_BYTES)


def _derived(service_key: bytes, purpose: str) -> bytes:
    derivation = HKDF(SHA256(), KEY_BYTES, salt=None, info=f"usageflow {purpose}".encode())
    return derivation.derive(service_key)
