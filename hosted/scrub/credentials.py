"""Finds credentials in text by their shape: vendors' keys, JWT, private keys, auth schemes."""

import base64
import binascii
import re
from collections.abc import Callable
from typing import Final

from hosted.scrub.masks import SECRET
from hosted.scrub.vendors import SHAPES, WITHOUT_LITERAL

Matched = re.Match[str]

VENDORS: Final = {
    mark: tuple(
        (shape.literal, re.compile(shape.pattern))
        for shape in SHAPES
        if (shape.literal.strip("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"))[
            :1
        ]
        == mark
    )
    for mark in ("_", "-", ".", ":", "/", "")
}
"""By the first sign in the literal that is no letter: a text without it needs no further look."""
ESCAPED: Final = re.compile(r"(?:\\[nrtbf]|%[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4})\Z")
"""An escape ends in a letter or digit, and what follows it begins a word all the same."""
OTHERS: Final = re.compile(
    r"(?<![A-Za-z0-9_.\-])(?:" + "|".join(WITHOUT_LITERAL) + r")(?![A-Za-z0-9_-])"
)
TELEGRAM_ID: Final = re.compile(r"\d{6,12}\Z")
"""What stands before the literal in a Telegram token."""
LONGEST_BEFORE: Final = 16

JWT: Final = re.compile(
    r"eyJ[A-Za-z0-9_-]{6,}+(?:\.[A-Za-z0-9_-]*+){1,4}|eyJ[A-Za-z0-9_-]{20,}", re.ASCII
)
PRIVATE_KEY: Final = re.compile(
    r"-{2,5}[ +]?BEGIN[ +][A-Z0-9 +]{0,40}?PRIVATE[ +]KEY(?:[ +]BLOCK)?[ +]?-{2,5}"
    r"(?:[\s\S]*?-{2,5}[ +]?END[ +][A-Z0-9 +]{0,40}?PRIVATE[ +]KEY(?:[ +]BLOCK)?[ +]?-{2,5}"
    r"|[\s\S]*\Z)"
    r"|PuTTY-User-Key-File-\d:[\s\S]*\Z"
)
SCHEME: Final = re.compile(
    r"\b(bearer|basic|token|ssws|digest|negotiate|apikey|api-key|hawk|hmac|oauth|jwt|splunk|key"
    r"|aws4-hmac-sha256|sharedaccesssignature|sharedkey|genie-?key|bot)"
    r"((?:[ \t]|%20|\+){1,3})([A-Za-z0-9\-._~+/=:,%&|*\\]{8,})",
    re.IGNORECASE | re.ASCII,
)
LEAST_TOKEN: Final = 16
PROSE: Final = re.compile(r"[A-Za-z]?[a-z'-]*[.,:]?|[A-Z-]+[.,:]?|[a-z]+(?:[-_/.:,=][a-z]+)*[.,:]?")
"""Words, also joined ones: `authentication`, `token-endpoint`. No token looks so."""
URL_CREDENTIALS: Final = re.compile(
    r"(://)(?:([^\s/?#:@\"'<>]{0,128}+)(:)([^\s\"'<>@]{0,512}+(?:@[^\s\"'<>@?#]{1,256}+)*)"
    r"|([^\s/?#:@\"'<>]{1,512}+))@(?=[\w\[.\-])"
)
AFTER_PORT: Final = re.compile(r"\d{1,5}/")


def without_credentials(text: str) -> str:
    """The text without private keys, JWT, credentials in URLs and behind an auth scheme."""
    if "PRIVATE" in text or "PuTTY" in text:
        text = PRIVATE_KEY.sub(SECRET, text)
    if "eyJ" in text:
        text = JWT.sub(_jwt, text)
    if "://" in text:
        text = URL_CREDENTIALS.sub(_url_credentials, text)
    return SCHEME.sub(_scheme, text)


def without_vendor_keys(text: str) -> str:
    """The text without keys that begin as their vendor's do."""
    for mark, shapes in VENDORS.items():
        if mark in text:
            for literal, pattern in shapes:
                if literal in text:
                    text = pattern.sub(_vendor_mask(literal), text)
    return text


def without_unprefixed_keys(text: str) -> str:
    """The text without keys that are known by their parts alone."""
    return OTHERS.sub(_other, text)


def _vendor_mask(literal: str) -> Callable[[Matched], str]:
    def mask(match: Matched) -> str:
        before = match.string[max(0, match.start() - LONGEST_BEFORE) : match.start()]
        if literal == ":AA":
            return SECRET if TELEGRAM_ID.search(before) else match[0]
        if literal[0] not in "_./:" and before[-1:].isalnum() and not ESCAPED.search(before):
            return match[0]
        return SECRET if _is_no_word(match[0][len(literal) :]) else match[0]

    return mask


def _is_no_word(rest: str) -> bool:
    """Whether what follows a vendor's prefix can be random: `sk-learn-pipeline-...` is not."""
    return any(c.isdigit() for c in rest) or (rest.lower() != rest and rest.upper() != rest)


def _other(match: Matched) -> str:
    found = match[0]
    return SECRET if any(c.isdigit() for c in found[2:]) else found


def _jwt(match: Matched) -> str:
    """Mask when the first part is the beginning of a JSON object, as every JWT's is."""
    head, _, rest = match[0].partition(".")
    decoded = decoded_base64(head)
    is_object = decoded is not None and decoded.isascii() and decoded.startswith(b'{"')
    if decoded is None or not is_object or b":" not in decoded:
        return match[0]
    if not rest and not (JOSE_NAMES & set(re.findall(rb'"(\w{2,5})"', decoded))):
        return match[0]
    return SECRET


JOSE_NAMES: Final = frozenset({b"sub", b"iss", b"exp", b"iat", b"jti", b"aud", b"email"})


def decoded_base64(text: str) -> bytes | None:
    """Bytes of base64 in either alphabet, with or without padding; None when it is none."""
    plain = text.rstrip("=").replace("-", "+").replace("_", "/")
    if len(plain) % 4 == 1:
        plain = plain[:-1]
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4))
    except (binascii.Error, ValueError):
        return None


def _url_credentials(match: Matched) -> str:
    if match[3] is None:
        return match[0] if len(match[5]) < LEAST_TOKEN else f"{match[1]}{SECRET}@"
    if not match[4] or match[4] == SECRET or AFTER_PORT.match(match[4]):
        return match[0]
    return f"{match[1]}{SECRET}@"


def _scheme(match: Matched) -> str:
    token = match[3]
    if not _is_token(match[1].lower(), token):
        return match[0]
    return f"{match[1]}{match[2]}{SECRET}"


def _is_token(scheme: str, token: str) -> bool:
    if scheme == "basic" and (decoded := decoded_base64(token)) and b":" in decoded:
        return decoded.isascii()
    return len(token) >= LEAST_TOKEN and not PROSE.fullmatch(token) and "://" not in token
