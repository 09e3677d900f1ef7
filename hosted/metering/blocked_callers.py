"""Identities of blocked callers: taken from their own messages, kept only while they are blocked.

In memory as SDKs need them; on disk sealed under a key of the service's own, so that a restart does
not open the block. Both are gone with the next chore after the block ended. Event loop's thread.
"""

import os
from dataclasses import dataclass
from itertools import product
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hosted.metering.blocks import Block, Blocks, Learnt
from hosted.metering.route_match import Route
from hosted.metering.writer import Writer
from hosted.secrets import Secrets
from hosted.storage.base import Storage, Transaction
from hosted.storage.usage_records import BlockedCaller

NONCE_BYTES: Final = 12

CallerKey = tuple[str, str]
"""Application and customer."""


class _Sealed(msgspec.Struct, array_like=True):
    spellings: list[str]
    routes: list[Route]


@dataclass(frozen=True, slots=True)
class KeepCallers:
    """Stores what was learnt, and forgets whose block has ended."""

    learnt: tuple[BlockedCaller, ...]
    ended: tuple[CallerKey, ...]

    def apply(self, transaction: Transaction) -> None:
        for caller in self.learnt:
            transaction.put_blocked_caller(caller)
        transaction.delete_blocked_callers(self.ended)


class BlockedCallers:
    """Learns, keeps and forgets."""

    def __init__(self, blocks: Blocks, secrets: Secrets, writer: Writer) -> None:
        self._blocks = blocks
        self._cipher = AESGCM(secrets.blocked_callers)
        self._writer = writer
        self._unsaved: dict[CallerKey, Learnt] = {}
        self._ended: set[CallerKey] = set()

    def load(self, storage: Storage) -> None:
        """Take up who was blocked before the service ended."""
        for caller in storage.blocked_callers():
            key = (caller.application_id, caller.customer_id)
            sealed = self._opened(caller)
            if sealed is None:
                self._ended.add(key)
                continue
            for spelling, route in product(sealed.spellings, [None, *sealed.routes]):
                self._blocks.learn(*key, spelling, route)

    def meet(self, key: CallerKey, identity: str, block: Block | None, route: Route) -> None:
        """Learn a caller's identity, if it is blocked: at this route, or anywhere by name."""
        if not identity:
            return
        place = route if block is not None and block.customer_id is None else None
        learnt = self._blocks.learn(*key, identity, place)
        if learnt is not None:
            self._unsaved[key] = learnt
            self._ended.discard(key)

    def forget(self, key: CallerKey) -> None:
        """Forget an erased caller's identity, unless a block of its own holds; see `keep`."""
        if self._blocks.forget(*key):
            self._unsaved.pop(key, None)
            self._ended.add(key)

    async def keep(self, now_us: int) -> None:
        """Store what is new, and forget callers whose block has ended.

        Raises:
            StorageUnavailable: it is tried again with the next call.
        """
        ended = self._blocks.end_expired(now_us)
        self._ended.update(ended)
        for key in ended:
            self._unsaved.pop(key, None)
        if not (self._unsaved or self._ended):
            return
        learnt, forgotten = dict(self._unsaved), tuple(self._ended)
        sealed = tuple(self._sealed(key, found) for key, found in learnt.items())
        await self._writer.run(KeepCallers(sealed, forgotten))
        for key in learnt:
            self._unsaved.pop(key, None)
        self._ended.difference_update(forgotten)

    def _sealed(self, key: CallerKey, learnt: Learnt) -> BlockedCaller:
        nonce = os.urandom(NONCE_BYTES)
        text = msgspec.msgpack.encode(_Sealed(sorted(learnt.spellings), sorted(learnt.routes)))
        return BlockedCaller(*key, nonce + self._cipher.encrypt(nonce, text, _bound_to(key)))

    def _opened(self, caller: BlockedCaller) -> _Sealed | None:
        """None for what another key sealed: the caller is learnt anew."""
        nonce, text = caller.sealed[:NONCE_BYTES], caller.sealed[NONCE_BYTES:]
        key = (caller.application_id, caller.customer_id)
        try:
            plain = self._cipher.decrypt(nonce, text, _bound_to(key))
        except InvalidTag:
            return None
        return msgspec.msgpack.decode(plain, type=_Sealed)


def _bound_to(key: CallerKey) -> bytes:
    return "\n".join(key).encode()
