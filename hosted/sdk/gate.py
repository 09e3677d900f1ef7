"""The door of the SDKs: which application a key opens, and how often a wrong one may be tried."""

from http import HTTPStatus
from typing import Final

from hosted.clock import Clock
from hosted.last_used import LastUsed
from hosted.metering.directory import Application, Directory
from hosted.refusals import Refusals
from hosted.sdk.presence import Presence
from hosted.secrets import Secrets

WINDOW_S: Final = 10
REFUSALS_PER_WINDOW: Final = 40
"""Two refused Python processes knock 40 times in ten seconds (pool of 10, every 5 s)."""


class Gate:
    """Looks keys up by their keyed hash and in constant time. A good key is never held back."""

    def __init__(
        self,
        directory: Directory,
        secrets: Secrets,
        presence: Presence,
        last_used: LastUsed,
        clock: Clock,
    ) -> None:
        self._directory = directory
        self._secrets = secrets
        self._presence = presence
        self._last_used = last_used
        self._clock = clock
        self._refusals = Refusals(clock, window_s=WINDOW_S, allowed=REFUSALS_PER_WINDOW)
        self._is_closed = False

    def close(self) -> None:
        """Open to no key any more: the account is being deleted."""
        self._is_closed = True

    def hash_of(self, key: str) -> bytes:
        """The only form in which a key is looked up or kept."""
        return self._secrets.hash_of(key)

    def application(self, key_hash: bytes) -> Application | None:
        """The application a key opens now, if it opens one. To ask is to use the key."""
        now_us = self._clock()
        key = None if self._is_closed else self._directory.key(key_hash, now_us)
        if key is None:
            return None
        self._last_used.sdk_key(key.key_id, now_us)
        application = self._directory.application(key.application_id)
        return None if application is None or application.archived else application

    def refuse(self, key_hash: bytes, address: str) -> HTTPStatus:
        """Note that a key was refused; what to answer: 401, or 429 once that is too often.

        410 where the account is being deleted: no key will ever do.
        """
        if self._is_closed:
            return HTTPStatus.GONE
        self._presence.refused(self._directory.owner_of_key(key_hash))
        if self._refusals.note(address):
            return HTTPStatus.TOO_MANY_REQUESTS
        return HTTPStatus.UNAUTHORIZED
