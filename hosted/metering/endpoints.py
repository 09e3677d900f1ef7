"""Which endpoints an application has shown, and a bound on how many are told apart."""

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from contract.messages.rollups import UNMATCHED
from hosted.metering.events import Sighting

ENDPOINTS_PER_APPLICATION: Final = 2000
"""A scanner that probes paths would otherwise make an endpoint of each."""

ANY_METHOD: Final = "*"


@lru_cache(maxsize=8192)
def endpoint_id(application_id: str, method: str, url: str) -> str:
    """Id of an endpoint, the same each time it is seen."""
    message = f"{application_id}\n{method}\n{url}".encode()
    return "ep_" + hashlib.sha256(message).hexdigest()[:32]


class EndpointBook:
    """The endpoints known so far; what exceeds the bound is the one unmatched endpoint."""

    def __init__(self) -> None:
        self._known: dict[str, dict[tuple[str, str], Sighting]] = {}

    def remember(self, application_id: str, method: str, url: str, sdk: str = "") -> Sighting:
        """The endpoint, known from now on. `sdk` is the kind of client that reported it first."""
        known = self._known.setdefault(application_id, {})
        sighting = Sighting(endpoint_id(application_id, method, url), method, url, sdk)
        return known.setdefault((method, url), sighting)

    def all_of(self, application_id: str) -> Iterable[Sighting]:
        """Every endpoint of an application."""
        return self._known.get(application_id, {}).values()

    def knows(self, application_id: str, method: str, url: str) -> bool:
        """Whether the endpoint was seen before."""
        return (method, url) in self._known.get(application_id, {})

    def find(self, application_id: str, method: str, url: str, sdk: str = "") -> Sighting:
        """The endpoint of a call, a new one while there is room for it."""
        known = self._known.setdefault(application_id, {})
        sighting = known.get((method, url))
        if sighting is not None:
            return sighting
        if len(known) >= ENDPOINTS_PER_APPLICATION:
            return self.unmatched(application_id)
        return self.remember(application_id, method, url, sdk)

    @staticmethod
    def unmatched(application_id: str) -> Sighting:
        """The endpoint of calls that met no route."""
        return Sighting(endpoint_id(application_id, ANY_METHOD, UNMATCHED), ANY_METHOD, UNMATCHED)
