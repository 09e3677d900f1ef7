"""The door of the SDKs: which application a key opens, and how often a wrong one may be tried."""

from collections import OrderedDict
from http import HTTPStatus
from typing import Final

from hosted.clock import SECOND_US, Clock
from hosted.metering.directory import Application, Directory
from hosted.sdk.presence import Presence
from hosted.secrets import Secrets

WINDOW_US: Final = 10 * SECOND_US
REFUSALS_PER_WINDOW: Final = 40
"""Two refused Python processes knock 40 times in ten seconds (pool of 10, every 5 s)."""
ADDRESSES: Final = 10_000


class Gate:
    """Looks keys up by their keyed hash and in constant time. A good key is never held back."""

    def __init__(
        self, directory: Directory, secrets: Secrets, presence: Presence, clock: Clock
    ) -> None:
        self._directory = directory
        self._secrets = secrets
        self._presence = presence
        self._clock = clock
        self._refusals: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def hash_of(self, key: str) -> bytes:
        """The only form in which a key is looked up or kept."""
        return self._secrets.hash_of(key)

    def application(self, key_hash: bytes) -> Application | None:
        """The application a key opens now, if it opens one."""
        return self._directory.application_of_key(key_hash)

    def refuse(self, key_hash: bytes, address: str) -> HTTPStatus:
        """Note that a key was refused; what to answer: 401, or 429 once that is too often."""
        self._presence.refused(self._directory.owner_of_key(key_hash))
        now_us = self._clock()
        since_us, count = self._refusals.pop(address, (now_us, 0))
        if now_us - since_us >= WINDOW_US:
            since_us, count = now_us, 0
        self._refusals[address] = (since_us, count + 1)
        if len(self._refusals) > ADDRESSES:
            self._refusals.popitem(last=False)
        if count >= REFUSALS_PER_WINDOW:
            return HTTPStatus.TOO_MANY_REQUESTS
        return HTTPStatus.UNAUTHORIZED
