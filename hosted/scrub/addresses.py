"""Truncates network addresses so far that they no longer point at one household."""

import re
from contextlib import suppress
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

IPV4_IN_TEXT: Final = re.compile(
    r"(?<![\w.])(?P<lead>[vV]|\\[nrt])?"
    r"(?P<address>\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})(?P<net>/\d{1,2}(?!\d))?(?!\w|\.\d)",
    re.ASCII,
)
IPV4_IN_NAME: Final = re.compile(r"\b(ec2|ip|host|dsl|dyn|pool)((?:-\d{1,3}){4})(?=[.\s:,\"']|\Z)")
IPV6_IN_TEXT: Final = re.compile(
    r"(?<![\w:.])(?P<address>[0-9A-Fa-f]{0,4}:(?:[0-9A-Fa-f]{0,4}:){1,7}"
    r"(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4}))(?P<zone>%\w{1,16})?(?P<net>/\d{1,3})?(?![\w:])",
    re.ASCII,
)
VERSION_BEFORE: Final = re.compile(
    r"(?:\b(?:v|ver|versions?|releases?|build|update|upgraded?|firmware|driver|semver|kernel|rev)\b"
    r"[^\d\r\n]{0,12}|(?:^|[\s(\"'=,])[\w.+\-]+/|@|==|>=|<=|~=|\^|~)\Z",
    re.IGNORECASE,
)
"""A word for versions, or a product and a slash as in `Chrome/120.0.0.0`, right before."""
VERSION_AFTER: Final = re.compile(
    r"\s{1,2}(?:released?|builds?|version|beta|alpha|rc\d?|snapshot)\b", re.IGNORECASE
)
ADDRESS_BEFORE: Final = re.compile(
    r"(?:\b(?:ips?|ipv4|addr\w*|host|client|from|remote|peer|source|src|dst|via|by|at|for)\b[\W]{0,4}"
    r"|://|[\[@])\Z",
    re.IGNORECASE,
)
SMALL: Final = 20
SMALL_FIRST: Final = 10
NEARBY: Final = 40
OCTETS: Final = 4
LARGEST_OCTET: Final = 255


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


def is_network(text: str) -> bool:
    """Whether a text is a network as `truncated` writes it."""
    address, slash, bits = text.partition("/")
    return bool(slash) and bits.isdigit() and truncated(address) == text


def without_addresses(text: str, *, versions: bool = False) -> str:
    """The text with every address truncated. With `versions`, four numbers with dots stay."""
    if not versions and text.count(".") >= OCTETS - 1:
        text = IPV4_IN_TEXT.sub(_ipv4, text)
    if text.count("-") >= OCTETS:
        text = IPV4_IN_NAME.sub(_named_ipv4, text)
    return IPV6_IN_TEXT.sub(_ipv6, text) if text.count(":") > 1 else text


def _ipv4(match: re.Match[str]) -> str:
    octets = [int(part) for part in match["address"].split(".")]
    lead = match["lead"] or ""
    if max(octets) > LARGEST_OCTET or octets[0] in {0, 127} or lead in {"v", "V"}:
        return match[0]
    if _is_version(match, octets):
        return match[0]
    network = f"{octets[0]}.{octets[1]}.{octets[2]}.0/{IPV4_BITS}"
    is_wide = match["net"] and int(match["net"][1:]) <= IPV4_BITS and octets[3] == 0
    return match[0] if is_wide else lead + network


def _is_version(match: re.Match[str], octets: list[int]) -> bool:
    """Whether four numbers are a release: the words around say so, or the numbers are small."""
    before = match.string[max(0, match.start() - NEARBY) : match.start()]
    if VERSION_BEFORE.search(before) or VERSION_AFTER.match(match.string, match.end()):
        return True
    is_small = octets[0] < SMALL_FIRST and max(octets[1:]) < SMALL
    return is_small and not match["net"] and not ADDRESS_BEFORE.search(before)


def _named_ipv4(match: re.Match[str]) -> str:
    numbers = match[2].split("-")
    return f"{match[1]}{'-'.join(numbers[:4])}-0"


def _ipv6(match: re.Match[str]) -> str:
    written = match["address"]
    if not any(c.isdigit() for c in written):
        return match[0]
    with suppress(ValueError):
        address = IPv6Address(written)
        if address.is_loopback or address.is_unspecified:
            return match[0]
        if match["net"] and is_network(match[0]):
            return match[0]
        return truncated(written) or match[0]
    return match[0]
