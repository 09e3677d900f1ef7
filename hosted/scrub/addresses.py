"""Truncates network addresses so far that they no longer point at one household."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

IPV4_BITS: Final = 24
IPV6_BITS: Final = 48
SIX_TO_FOUR_BITS: Final = 16
"""A 6to4 address carries a whole IPv4 address inside its first 48 bits."""

OCTET: Final = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
PLAIN_IPV4: Final = re.compile(rf"({OCTET}\.{OCTET}\.{OCTET})\.{OCTET}\Z", re.ASCII)
"""Nearly every address; taking it apart in full would be a quarter of a message's cost."""
WITH_PORT: Final = re.compile(r"\[([^\]]+)\](?::\d+)?\Z|(\d+\.\d+\.\d+\.\d+):\d+\Z")


def truncated(address: object) -> str | None:
    """The network of an address (/24, /48, 6to4 /16), or None when it is no address.

    Port, zone and brackets are dropped; an IPv4 address in IPv6 clothing is taken as IPv4.
    """
    if not isinstance(address, str):
        return None
    if plain := PLAIN_IPV4.match(address):
        return f"{plain[1]}.0/{IPV4_BITS}"
    match = WITH_PORT.match(address.strip())
    bare = (match[1] or match[2]) if match else address.strip()
    try:
        parsed = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    if isinstance(parsed, IPv6Address):
        parsed = parsed.ipv4_mapped or parsed
    return str(ip_network((parsed, _kept_bits(parsed)), strict=False))


def _kept_bits(address: IPv4Address | IPv6Address) -> int:
    if isinstance(address, IPv4Address):
        return IPV4_BITS
    return SIX_TO_FOUR_BITS if address.sixtofour else IPV6_BITS
