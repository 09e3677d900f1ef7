"""The webhooks in memory: found by their address, with their signing secrets opened."""

import secrets as randomness
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from contract.terms import BillingProvider
from hosted.secrets import Secrets
from hosted.storage.webhook_records import StoredWebhook

ADDRESS_BYTES: Final = 32
NONCE_BYTES: Final = 12


class _Sealed(msgspec.Struct, frozen=True):
    """What of a webhook nobody may read in the data file."""

    address: str
    secrets: tuple[str, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Webhook:
    """One account of a provider. `address` and `secrets` are never logged."""

    webhook_id: str
    provider: BillingProvider
    is_live: bool
    address: str
    secrets: tuple[str, ...]
    changed_us: int

    @classmethod
    def opened(cls, stored: StoredWebhook, key: bytes) -> Self:
        """The webhook behind a stored one."""
        nonce, encrypted = stored.sealed[:NONCE_BYTES], stored.sealed[NONCE_BYTES:]
        plain = ChaCha20Poly1305(key).decrypt(nonce, encrypted, stored.webhook_id.encode())
        inner = msgspec.msgpack.decode(plain, type=_Sealed)
        return cls(
            stored.webhook_id,
            stored.provider,
            stored.is_live,
            inner.address,
            inner.secrets,
            stored.changed_us,
        )

    def sealed(self, key: bytes) -> StoredWebhook:
        """The form in which it is stored."""
        plain = msgspec.msgpack.encode(_Sealed(self.address, self.secrets))
        nonce = randomness.token_bytes(NONCE_BYTES)
        encrypted = ChaCha20Poly1305(key).encrypt(nonce, plain, self.webhook_id.encode())
        return StoredWebhook(
            self.webhook_id, self.provider, self.is_live, nonce + encrypted, self.changed_us
        )


class WebhookBook:
    """On the event loop's thread; webhooks enter it after their commit."""

    def __init__(self, stored: Iterable[StoredWebhook], secrets: Secrets) -> None:
        self._secrets = secrets
        self._by_id: dict[str, Webhook] = {}
        self._by_address: dict[bytes, Webhook] = {}
        for one in stored:
            self.apply(Webhook.opened(one, secrets.webhooks))

    def apply(self, webhook: Webhook) -> None:
        """Take over a committed webhook, new or changed."""
        self.drop(webhook.webhook_id)
        self._by_id[webhook.webhook_id] = webhook
        self._by_address[self._secrets.hash_of(webhook.address)] = webhook

    def drop(self, webhook_id: str) -> None:
        """Forget a webhook; nothing happens for one that is not there."""
        known = self._by_id.pop(webhook_id, None)
        if known is not None:
            del self._by_address[self._secrets.hash_of(known.address)]

    def find(self, webhook_id: str) -> Webhook | None:
        """The webhook of an id."""
        return self._by_id.get(webhook_id)

    def at(self, address: str) -> Webhook | None:
        """The webhook of an address; looked up by keyed hash, so that the time tells nothing."""
        return self._by_address.get(self._secrets.hash_of(address))

    def all(self) -> list[Webhook]:
        """Every webhook by id."""
        return sorted(self._by_id.values(), key=lambda one: one.webhook_id)


def new_address() -> str:
    """The unguessable end of an address: 256 random bits."""
    return randomness.token_urlsafe(ADDRESS_BYTES)
