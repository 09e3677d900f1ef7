"""Puts the services of privacy together."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING

from desktop.services.privacy.preferences import PreferenceService

if TYPE_CHECKING:
    from desktop.services.storage.vault import Vault


@dataclass(frozen=True, slots=True)
class PrivacyServices:
    """What is built on requests and packages."""

    preferences: PreferenceService

    def all(self) -> tuple[object, ...]:
        """The services themselves: what calls may be answered by."""
        return tuple(getattr(self, field.name) for field in fields(self))


def build_privacy(vault: "Vault", clock: Callable[[], datetime]) -> PrivacyServices:
    """Build the services; reads and writes nothing yet."""
    return PrivacyServices(preferences=PreferenceService(vault, clock))
