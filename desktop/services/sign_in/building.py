"""Puts the parts of signing in together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from desktop.services.sign_in.keeping import SignInService
from desktop.services.sign_in.membership import MembershipService
from desktop.services.sign_in.profile import ProfileService

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from desktop.domain.sign_in import Provider
    from desktop.services.connection import ConnectionService
    from desktop.services.link import ServiceLink
    from desktop.services.network_log import NetworkLog
    from desktop.services.secret_store import SecretStore
    from desktop.services.sign_in.provider import ProviderLink
    from desktop.services.storage.vault import Vault


@dataclass(frozen=True, slots=True)
class SignIn:
    """Who is signed in, and what they say of themselves."""

    service: SignInService
    profile: ProfileService
    membership: MembershipService

    def all(self) -> tuple[object, ...]:
        """What calls may be answered by."""
        return (self.service, self.profile, self.membership)


def build_sign_in(
    store: tuple[Vault, SecretStore],
    contacts: NetworkLog,
    link: ServiceLink,
    connection: ConnectionService,
    clock: Callable[[], datetime],
) -> SignIn:
    """Signing in on a workspace. `store` is the vault, and what keeps secrets in it."""
    vault, secrets = store

    def connect(provider: Provider, client_secret: str) -> ProviderLink:
        # Not at the top: most runs of the program sign nobody in.
        from desktop.services.door import Door
        from desktop.services.sign_in.provider import ProviderLink

        return ProviderLink(Door(vault, contacts), provider, client_secret)

    service = SignInService(vault, secrets, connect, clock)
    membership = MembershipService(store, service, link, connection, clock)
    return SignIn(service, ProfileService(vault, clock), membership)
