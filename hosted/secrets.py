"""Everything the service derives from its one key, and the keys and tokens it makes."""

import hmac
import secrets
from dataclasses import dataclass
from typing import Final, Self

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from contract.terms import Role
from hosted.scrub.identity import FIRST_EPOCH, Pseudonyms

KEY_BYTES: Final = 32
SDK_KEY_PREFIX: Final = "uf_live_"


def storage_key(service_key: bytes) -> str:
    """Key of the data file as 64 hex digits."""
    return _derived(service_key, "storage").hex()


@dataclass(frozen=True, slots=True, repr=False)
class Secrets:
    """Keys for one purpose each, so that none can stand in for another."""

    hashing: bytes
    pseudonyms: Pseudonyms
    cursors: bytes
    blocked_callers: bytes
    webhooks: bytes
    web_links: bytes

    @classmethod
    def of(cls, service_key: bytes, service_id: str, epoch: int = FIRST_EPOCH) -> Self:
        """Derive the working keys (HKDF-SHA256, RFC 5869); pseudonyms begin at an epoch."""
        return cls(
            hashing=_derived(service_key, f"hashing {service_id}"),
            pseudonyms=Pseudonyms(_derived(service_key, f"pseudonyms {service_id}"), epoch),
            cursors=_derived(service_key, f"cursors {service_id}"),
            blocked_callers=_derived(service_key, f"blocked callers {service_id}"),
            webhooks=_derived(service_key, f"webhooks {service_id}"),
            web_links=_derived(service_key, f"web links {service_id}"),
        )

    def hash_of(self, credential: str) -> bytes:
        """Keyed hash of a token or key, the only form in which it is stored."""
        return hmac.digest(self.hashing, credential.encode(errors="surrogateescape"), "sha256")


def new_token(role: Role) -> str:
    """An access token with 256 random bits; its beginning says what it may do."""
    return f"uf_{role}_" + secrets.token_urlsafe(KEY_BYTES)


def new_device_token() -> str:
    """The token of a device somebody signed in on, with 256 random bits."""
    return "uf_device_" + secrets.token_urlsafe(KEY_BYTES)


def new_sdk_key() -> str:
    """An SDK key with 256 random bits."""
    return SDK_KEY_PREFIX + secrets.token_urlsafe(KEY_BYTES)


def _derived(service_key: bytes, purpose: str) -> bytes:
    derivation = HKDF(SHA256(), KEY_BYTES, salt=None, info=f"usageflow {purpose}".encode())
    return derivation.derive(service_key)
