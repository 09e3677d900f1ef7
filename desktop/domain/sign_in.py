"""Signing in at a provider: which one, who somebody is there, and how far a sign-in got."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final


class ProviderKind(StrEnum):
    GOOGLE = "google"
    AUTH0 = "auth0"
    OTHER = "other"
    """Any provider that speaks OpenID Connect."""


GOOGLE_ISSUER: Final = "https://accounts.google.com"
GOOGLE_HOSTS: Final = ("oauth2.googleapis.com:443", "www.googleapis.com:443")
"""Where Google keeps the endpoints that its discovery document names (as of 2026)."""


@dataclass(frozen=True, slots=True)
class Provider:
    """An OpenID provider, and this program as it is registered there."""

    kind: ProviderKind = ProviderKind.GOOGLE
    issuer: str = GOOGLE_ISSUER
    client_id: str = ""
    redirect_port: int = 0
    """Port of the address the browser returns to; 0: any free one."""
    further_hosts: tuple[str, ...] = ()
    """Hosts with ports that the provider's endpoints are at beside the issuer's own."""
    has_client_secret: bool = False

    @property
    def is_set_up(self) -> bool:
        return bool(self.client_id)


@dataclass(frozen=True, slots=True, repr=False)
class SignedIn:
    """Who signed in, and how that stands. Tells nothing of itself when it is printed."""

    provider: Provider
    subject: str = ""
    """Empty while nobody is signed in."""
    name: str = ""
    email: str = ""
    at: datetime | None = None
    ended: str = ""
    """Why the provider wants a new sign-in, in words; empty while it does not."""
    device_id: str = ""
    """This device's session at the service; empty where it is reached by a token."""

    @property
    def is_signed_in(self) -> bool:
        return bool(self.subject)


@dataclass(frozen=True, slots=True, repr=False)
class SignInStart:
    """A sign-in that waits for the browser."""

    url: str
    """Address to open in the system's browser; it holds no secret that is of use alone."""


@dataclass(frozen=True, slots=True, repr=False)
class DeviceCode:
    """A sign-in that waits for somebody who types a code on another device."""

    user_code: str
    verification_url: str
    complete_url: str
    """The same with the code in it; empty where the provider gives none."""
    expires_in_s: int


@dataclass(frozen=True, slots=True)
class SignedOut:
    """Who heard of a sign-out. This device has forgotten everything in any case."""

    told_provider: bool
    told_service: bool


@dataclass(frozen=True, slots=True, repr=False)
class Profile:
    """What the owner says of themselves."""

    name: str = ""
    email: str = ""
    company: str = ""
    adult_declared_at: datetime | None = None
    """When they declared to be 18 or older; None: not yet."""


@dataclass(frozen=True, slots=True)
class Correction:
    """A change of the profile, without what it was."""

    at: datetime
    field: str
