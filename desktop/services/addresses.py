"""Addresses of services: which ones may be used, and what of them may be shown."""

from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from desktop.domain.errors import InvalidInput


def checked_url(text: str) -> str:
    """The base address of a service as it is stored: scheme, host and port, perhaps a path.

    Raises: InvalidInput (field `url`); plain http is for this computer only.
    """
    try:
        parts = urlsplit(text.strip())
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise _unusable("It is not a web address") from error
    if parts.scheme not in {"http", "https"} or not host:
        raise _unusable("It has to start with https:// and name a computer")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise _unusable("Leave out names, passwords and everything from a ? or # on")
    if parts.scheme == "http" and not is_loopback(host):
        raise _unusable("Without https:// the owner token could be read on the way")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def is_loopback(host: str) -> bool:
    """Whether a host name or address stays on this computer."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def host_of(url: str) -> str:
    """Host and port: the part of an address that may appear in messages."""
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2]


def place_of(url: str) -> str:
    """Host with its port, also where that is the usual one: what names a host in the registry."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return f"{host_in_url(host)}:{port}"


def host_in_url(host: str) -> str:
    """A host as addresses write it: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host


def ws_address(url: str, ws_path: str) -> str:
    """WebSocket address that SDKs use, from the service's own address and path."""
    parts: SplitResult = urlsplit(url)
    scheme = "wss" if parts.scheme == "https" else "ws"
    return f"{scheme}://{parts.netloc}{parts.path}{ws_path}"


def _unusable(reason: str) -> InvalidInput:
    return InvalidInput(f"This address cannot be used. {reason}.", field="url")
