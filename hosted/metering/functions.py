"""Functions that call chains name: shown to the owner, whether they are metered or not.

Go reports after each call which functions ran in it, also those it was told not to meter. Their
names make endpoints; what else a report says is kept under its call (`hosted.metering.reports`).
Lives on the event loop's thread.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from contract.messages.health import SdkKind
from contract.messages.rollups import UNMATCHED
from hosted.clock import Clock
from hosted.metering.directory import Application, Directory
from hosted.metering.endpoints import ANY_METHOD
from hosted.metering.events import Sighting
from hosted.metering.sightings import see_endpoint
from hosted.metering.windows import hour_and_day
from hosted.scrub.routes import FUNCTION_METHOD, clean_method, clean_url, function_url
from hosted.sdk.frames import CallChain
from hosted.storage.base import Transaction

FUNCTIONS_AT_ONCE: Final = 200
"""Links of one chain that are looked at."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A function, and when it was reported."""

    application_id: str
    sighting: Sighting
    at_us: int
    hour: int


@dataclass(frozen=True, slots=True)
class SeeFunctions:
    """Makes or renews the rows of functions."""

    seen: tuple[Seen, ...]

    def apply(self, transaction: Transaction) -> None:
        for one in self.seen:
            see_endpoint(transaction, one.application_id, one.sighting, one.at_us, one.hour)


class FunctionBook:
    """Gathers what chains report until it is stored, once an hour for each function."""

    def __init__(self, directory: Directory, clock: Clock) -> None:
        self._directory = directory
        self._clock = clock
        self._waiting: dict[str, Seen] = {}
        self._stored_hours: dict[str, int] = {}

    def report(self, application: Application, chain: CallChain) -> None:
        """Take over the functions of a chain, if its call is one the owner meters."""
        method = clean_method(chain.method) or ANY_METHOD
        url = clean_url(chain.url, None) or ANY_METHOD
        if not application.meters(method, url):
            return
        now_us = self._clock()
        hour, _ = hour_and_day(now_us, application.zone)
        for link in chain.links[:FUNCTIONS_AT_ONCE]:
            sighting = self._sighting(application.application_id, link)
            if sighting is None or self._stored_hours.get(sighting.endpoint_id) == hour:
                continue
            seen = Seen(application.application_id, sighting, now_us, hour)
            self._waiting[sighting.endpoint_id] = seen

    def to_store(self) -> SeeFunctions | None:
        """What was reported and is not stored; None when there is nothing."""
        return SeeFunctions(tuple(self._waiting.values())) if self._waiting else None

    def stored(self, command: SeeFunctions) -> None:
        """Note that a command of `to_store` was committed."""
        for seen in command.seen:
            endpoint_id = seen.sighting.endpoint_id
            self._stored_hours[endpoint_id] = seen.hour
            if self._waiting.get(endpoint_id) == seen:
                del self._waiting[endpoint_id]

    def _sighting(self, application_id: str, link: Mapping[str, Any]) -> Sighting | None:
        name, path = link.get("funcName"), link.get("filePath")
        if not isinstance(name, str):
            return None
        place = function_url(path if isinstance(path, str) else "", name)
        if place is None:
            return None
        found = self._directory.endpoints.find(application_id, FUNCTION_METHOD, place, SdkKind.GO)
        return None if found.url == UNMATCHED else found
