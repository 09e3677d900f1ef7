"""Looks below encodings: percent-encoding, HTML entities, escapes, base64 and hexadecimal.

What is found below an encoding is shown decoded, with the secret replaced; what is clean below it
stays as it was written.
"""

import html
import re
from collections.abc import Callable
from typing import Final
from urllib.parse import unquote

from hosted.scrub.credentials import decoded_base64
from hosted.scrub.masks import SECRET

Scrub = Callable[[str], str]

ROUNDS: Final = 5
"""Levels of percent-encoding that are taken off; text with more is dropped."""
RUN: Final = re.compile(r"[^\s\"'<>]+")
PERCENT: Final = re.compile(r"%(?:[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4})")
UNICODE_PERCENT: Final = re.compile(r"%u([0-9A-Fa-f]{4})")
ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,12};)")
BACKSLASH: Final = re.compile(
    r"\\{1,8}(?:u([0-9A-Fa-f]{4})|u\{([0-9A-Fa-f]{1,6})\}|x([0-9A-Fa-f]{2}))"
)
QUOTED_PRINTABLE: Final = re.compile(r"=([0-9A-F]{2})")
SOFT_BREAK: Final = re.compile(r"=(?:3D|40|\r?\n)")
BASE64_RUN: Final = re.compile(r"[A-Za-z0-9+/_-]{16,}+(?:\r?\n[A-Za-z0-9+/_-]{16,}+)*={0,2}")
HEX_RUN: Final = re.compile(r"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{2}){8,}+(?![0-9A-Za-z])")
SEPARATED_HEX: Final = re.compile(
    r"(?<![0-9A-Za-z])(?:0x|\\x)?[0-9A-Fa-f]{2}(?:[ :,]{1,2}(?:0x)?[0-9A-Fa-f]{2}){11,}+"
)
DER_PRIVATE_KEY: Final = re.compile(
    rb"\x30(?:[\x00-\x7f]|\x81.|\x82..)\x02\x01[\x00\x01][\x30\x02\x04]", re.DOTALL
)
OPENSSH_PRIVATE_KEY: Final = b"openssh-key-v1\x00"
PRINTABLE: Final = re.compile(r"[\t\r\n\x20-\x7e\u00a0-\U0010ffff]*\Z")
LAST_CODE_POINT: Final = 0x10FFFF
SURROGATES: Final = range(0xD800, 0xE000)


def below_encodings(text: str, scrub: Scrub) -> str:
    """The text with everything replaced that shows once an encoding is taken off."""
    if "%" in text:
        text = RUN.sub(lambda match: _percent(match[0], scrub), text)
    if "&" in text and ENTITY.search(text):
        text = _if_it_shows(text, html.unescape(text), scrub)
    if "\\" in text:
        text = _if_it_shows(text, BACKSLASH.sub(_character, text), scrub)
    if SOFT_BREAK.search(text):
        text = _if_it_shows(text, _quoted_printable(text), scrub)
    return text


def below_runs(text: str, scrub: Scrub) -> str:
    """The text with runs of base64 and hexadecimal masked that encode a secret."""
    text = BASE64_RUN.sub(lambda match: _binary(match[0], decoded_base64, scrub), text)
    text = HEX_RUN.sub(lambda match: _binary(match[0], bytes.fromhex, scrub), text)
    return SEPARATED_HEX.sub(lambda match: _binary(match[0], _separated, scrub), text)


def _if_it_shows(text: str, decoded: str, scrub: Scrub) -> str:
    if decoded == text:
        return text
    cleaned = scrub(decoded)
    return text if cleaned == decoded else cleaned


def _percent(run: str, scrub: Scrub) -> str:
    if not PERCENT.search(run):
        return run
    decoded = run
    for _ in range(ROUNDS):
        plainer = unquote(UNICODE_PERCENT.sub(lambda match: chr(int(match[1], 16)), decoded))
        if plainer == decoded:
            return _if_it_shows(run, decoded, scrub)
        decoded = plainer
    return SECRET


def _character(match: re.Match[str]) -> str:
    code = int(match[1] or match[2] or match[3], 16)
    return match[0] if code > LAST_CODE_POINT or code in SURROGATES else chr(code)


def _quoted_printable(text: str) -> str:
    joined = re.sub(r"=\r?\n", "", text)
    return QUOTED_PRINTABLE.sub(lambda match: chr(int(match[1], 16)), joined)


def _separated(run: str) -> bytes:
    return bytes.fromhex(
        "".join(re.findall(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{2}(?![0-9A-Fa-fx])", run))
    )


def _binary(run: str, decode: Callable[[str], bytes | None], scrub: Scrub) -> str:
    """Mask a run when what it encodes is text with a secret in it, or a private key."""
    try:
        raw = decode(run)
    except ValueError:
        return run
    if not raw:
        return run
    if DER_PRIVATE_KEY.match(raw) or raw.startswith(OPENSSH_PRIVATE_KEY):
        return SECRET
    text = _text(raw)
    return run if text is None or scrub(text) == text else SECRET


def _text(raw: bytes) -> str | None:
    """The bytes as text; None when they are none."""
    try:
        if raw[1:8:2] == b"\0\0\0\0" and len(raw) % 2 == 0:
            text = raw.decode("utf-16-le")
        else:
            text = raw.decode()
    except UnicodeDecodeError:
        return None
    return text if PRINTABLE.match(text) else None
