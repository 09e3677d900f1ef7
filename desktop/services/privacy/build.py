"""Puts the services of privacy together."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING

from desktop.services.privacy.mailbox import PrivacyMailbox
from desktop.services.privacy.packages import PrivacyPackageService
from desktop.services.privacy.preferences import PreferenceService
from desktop.services.privacy.requests import PrivacyRequestService
from desktop.services.privacy.sources import ServiceCalls

if TYPE_CHECKING:
    from desktop.services.link import ServiceLink
    from desktop.services.mail.outbox import MailOutbox
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
    outbox: "MailOutbox"
    notice: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class PrivacyServices:
    """Everything about privacy that the window and the command line may ask for."""

    requests: PrivacyRequestService
    packages: PrivacyPackageService
    preferences: PreferenceService
    mailbox: PrivacyMailbox

    def all(self) -> tuple[object, ...]:
        """What calls may be answered by."""
        parts = (getattr(self, field.name) for field in fields(self))
        return tuple(part for part in parts if part is not self.mailbox)


def build_privacy(ground: PrivacyGround) -> PrivacyServices:
    """Build the services; reads and writes nothing yet. Opt-outs hold for the owner's mail too."""
    vault, store, clock = ground.vault, ground.store, ground.clock
    calls = ServiceCalls(vault, ground.link, clock)
    requests = PrivacyRequestService(vault, ground.new_id, clock)
    preferences = PreferenceService(vault, clock)
    ground.outbox.objections = preferences
    return PrivacyServices(
        requests=requests,
        packages=PrivacyPackageService(vault, store, calls, clock),
        preferences=preferences,
        mailbox=PrivacyMailbox(vault, store, (requests, preferences), clock, ground.notice),
    )
