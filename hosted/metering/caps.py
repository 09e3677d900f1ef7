"""Plan caps: how many requests an application may have in a period.

At the cap metering pauses: SDKs are told so, every call passes, and what is still reported is not
counted. Lives on the event loop's thread.
"""

from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from contract.messages.applications import UsageCap
from contract.terms import LimitInterval
from hosted.metering.gauges import FixedWindow, Reading

ALL: Final = "*"


@dataclass(slots=True)
class _Capped:
    cap: UsageCap
    zone: ZoneInfo
    gauge: FixedWindow


class Caps:
    """Requests of the applications that have a cap, in its current period."""

    def __init__(self) -> None:
        self._capped: dict[str, _Capped] = {}

    def configure(self, application_id: str, zone: ZoneInfo, cap: UsageCap | None) -> bool:
        """Put a cap into force; True when its requests have to be counted from what is stored."""
        before = self._capped.pop(application_id, None)
        if cap is None:
            return False
        if before is not None and before.cap.interval is cap.interval and before.zone == zone:
            self._capped[application_id] = _Capped(cap, zone, before.gauge)
            return False
        gauge = FixedWindow(LimitInterval(cap.interval.value), zone)
        self._capped[application_id] = _Capped(cap, zone, gauge)
        return True

    def is_reached(self, application_id: str, now_us: int) -> bool:
        """Whether no more requests are counted in this period."""
        capped = self._capped.get(application_id)
        if capped is None:
            return False
        return not capped.gauge.has_room(ALL, 1, capped.cap.requests, now_us)

    def add(self, application_id: str, requests: int, opened_us: int, now_us: int) -> None:
        """Count requests; below zero takes them back."""
        capped = self._capped.get(application_id)
        if capped is not None:
            capped.gauge.add(ALL, requests, opened_us, now_us)

    def start_us(self, application_id: str, now_us: int) -> int:
        """Start of a capped application's period."""
        return self._capped[application_id].gauge.needed_since(now_us)

    def reading(self, application_id: str, now_us: int) -> tuple[UsageCap, Reading] | None:
        """An application's cap and what was used of it; None when it has none."""
        capped = self._capped.get(application_id)
        if capped is None:
            return None
        return capped.cap, capped.gauge.reading(ALL, 1, capped.cap.requests, now_us)
