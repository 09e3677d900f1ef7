"""Puts the services of privacy together."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING

from desktop.services.privacy.packages import PrivacyPackageService
from desktop.services.privacy.preferences import PreferenceService
from desktop.services.privacy.requests import PrivacyRequestService
from desktop.services.privacy.sources import ServiceCalls

if TYPE_CHECKING:
    from desktop.services.link import ServiceLink
    from desktop.services.secret_store import SecretStore
    from desktop.services.storage.vault import Vault


@dataclass(frozen=True, slots=True)
class PrivacyGround:
    """What the services of privacy stand on."""

    vault: "Vault"
    store: "SecretStore"
    link: "ServiceLink"
    new_id: Callable[[], str]
    clock: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class PrivacyServices:
    """Everything about privacy that the window and the command line may ask for."""

    requests: PrivacyRequestService
    packages: PrivacyPackageService
    preferences: PreferenceService

    def all(self) -> tuple[object, ...]:
        """The services themselves: what calls may be answered by."""
        return tuple(getattr(self, field.name) for field in fields(self))


def build_privacy(ground: PrivacyGround) -> PrivacyServices:
    """Build the services; reads and writes nothing yet."""
    vault, clock = ground.vault, ground.clock
    calls = ServiceCalls(vault, ground.link, clock)
    return PrivacyServices(
        requests=PrivacyRequestService(vault, ground.new_id, clock),
        packages=PrivacyPackageService(vault, ground.store, calls, clock),
        preferences=PreferenceService(vault, clock),
    )
