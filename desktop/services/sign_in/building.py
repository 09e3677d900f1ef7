"""Puts the parts of signing in together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from desktop.services.sign_in.keeping import SignInService
from desktop.services.sign_in.profile import ProfileService

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from desktop.domain.sign_in import Provider
    from desktop.services.network_log import NetworkLog
    from desktop.services.secret_store import SecretStore
    from desktop.services.sign_in.provider import ProviderLink
    from desktop.services.storage.vault import Vault


@dataclass(frozen=True, slots=True)
class SignIn:
    """Who is signed in, and what they say of themselves."""

    service: SignInService
    profile: ProfileService

    def all(self) -> tuple[object, ...]:
        """What calls may be answered by."""
        return (self.service, self.profile)


def build_sign_in(
    vault: Vault, secrets: SecretStore, contacts: NetworkLog, clock: Callable[[], datetime]
) -> SignIn:
    """Signing in on a workspace."""

    def connect(provider: Provider, client_secret: str) -> ProviderLink:
        # Not at the top: most runs of the program sign nobody in.
        from desktop.services.door import Door
        from desktop.services.sign_in.provider import ProviderLink

        return ProviderLink(Door(vault, contacts), provider, client_secret)

    return SignIn(SignInService(vault, secrets, connect, clock), ProfileService(vault, clock))
