"""How a workspace reaches its service, and which hosts it has contacted."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ProxyMode(StrEnum):
    SYSTEM = "system"
    """As the environment or the system's settings say."""
    NONE = "none"
    OWN = "own"
    """The proxy that the owner named for this workspace."""


class Purpose(StrEnum):
    """Why a host may be contacted."""

    SERVICE = "service"
    PROXY = "proxy"
    MAIL = "mail"
    SIGN_IN = "sign_in"
    BILLING = "billing"
    """A payment provider the owner has connected."""


@dataclass(frozen=True, slots=True)
class NetworkOptions:
    """What the owner has chosen. Holds no secret."""

    proxy: ProxyMode = ProxyMode.SYSTEM
    proxy_url: str = ""
    """Of `OWN`: scheme, host and port."""
    proxy_has_password: bool = False
    ca_name: str = ""
    """File name of the workspace's own authority; empty without one."""
    pin: str = ""
    """SHA-256 of the public key the service must show, 64 hexadecimal digits; empty: any."""
    pin_host: str = ""
    """Host and port that the pin holds for."""
    host: str = ""
    """Host and port of the service, if one was chosen."""
    shown: str = ""
    """The fingerprint the service showed last, in this run of the program."""

    @property
    def is_pinned(self) -> bool:
        return bool(self.pin) and self.pin_host == self.host


@dataclass(frozen=True, slots=True)
class HostContact:
    """One host of the registry, and what was exchanged with it."""

    host: str
    """Host and port."""
    purpose: Purpose
    last_contact: datetime | None
    requests: int
    sent_bytes: int
    """Bodies, not the headers around them."""
    received_bytes: int
    last_error: str
    last_error_at: datetime | None


def readable(fingerprint: str) -> str:
    """A fingerprint as people compare it: groups of four, upper case."""
    upper = fingerprint.upper()
    return " ".join(upper[start : start + 4] for start in range(0, len(upper), 4))
