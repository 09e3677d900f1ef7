"""What makes a text worth a closer look. Each pattern covers what one detector can find.

The patterns are written for three engines at once: no look-around, no back references, bounded
repetitions, and nothing that runs across the border between two texts (a zero byte).
"""

from enum import IntFlag, auto
from typing import Final

from hosted.scrub.key_words import (
    IP_HEADS,
    PERSONAL_HEADS,
    PHONE_HEADS,
    PLURAL_HEADS,
    SECRET_HEADS,
    SECRET_PHRASES,
)
from hosted.scrub.numbers import IBAN_LENGTHS
from hosted.scrub.vendors import SHAPES, WITHOUT_LITERAL

GENERAL_HEADS: Final = frozenset({"token", "key", "code", "pass", "name", "address", "line"})
ENDING: Final = 3


def endings() -> list[str]:
    """Last letters of every word that can make a name telling.

    Whole words would have to be known with every border that may stand inside them
    (`dateOfBirth`, `date_of_birth`); the letters at the end stand together however it is written.
    """
    words = GENERAL_HEADS | PERSONAL_HEADS | PHONE_HEADS | PLURAL_HEADS | SECRET_HEADS
    words |= set(SECRET_PHRASES) | IP_HEADS
    shorter = {"no", "id", "ip"}
    return sorted({w[-2:] if w[-2:] in shorter else w[-ENDING:] for w in words})


NAMES: Final = (
    (
        rf"(?i:(?:{'|'.join(endings())})[\w.\-\[\]$]*[\\\"'`\]]*[ \t]*"
        r"(?:=|:|->|%3[AaDd]))"
    ),
)
MARKUP: Final = (
    r"<[A-Za-z_]",
    (
        r"(?i:(?:name|key|id|header|param|field)[\\\"']{0,3}[ \t\r\n]{0,3}[=:][ \t\r\n]{0,3}"
        r"[\\]{0,3}[\"'])"
    ),
    r"(?i:name:[ \t]{0,8}[\w.\-\"'])",
    r"(?i:name=[\\\"]{0,3}[\w.\-\[\]])",
)
SPEECH: Final = (
    r"(?:\x00|[\s\"'(])--?[A-Za-z]",
    (
        r"(?i:(?:code|pin|otp|password|passcode|passphrase|pwd|secret|token|key|number)"
        r"[ \t\r\n]{1,3}(?:is|was|are)[ \t\r\n:])"
    ),
    r"(?i:\d is your )",
    (r"(?i:(?:password|passcode|passphrase|pwd|pin|otp|secret|token|api key) {1,2}[\"'`])"),
)
CREDENTIALS: Final = (
    r"eyJ[A-Za-z0-9_\-]{6}",
    r"PRIVATE[ +]KEY|PuTTY-User-Key",
    (
        r"(?i:(?:bearer|basic|token|ssws|digest|negotiate|apikey|api-key|hawk|hmac|oauth|jwt|splunk"
        r"|key|sha256|signature|sharedkey|bot)(?:[ \t]|%20|\+){1,3}"
        r"[A-Za-z0-9\-._~+/=:,%&|*\\]{8})"
    ),
    r"://[^\s\"'<>\x00]*@",
)
NUMBERS: Final = (
    r"[2-9]\d{12}",
    r"\d{4}[ \-._/:]{1,3}\d{4}[ \-._/:]{1,3}\d{4}",
    r"\d{4}[ \-._/:]{1,3}\d{6}[ \-._/:]{1,3}\d{4}",
    r"\d{8}[ \-]\d{8}",
    r"\d(?:[ \-]\d){12}",
    (
        rf"(?i:(?:\x00|[^A-Za-z0-9])(?:{'|'.join(sorted(IBAN_LENGTHS))})\d\d"
        r"(?:[ \-]{0,2}[A-Za-z0-9]){11})"
    ),
    r"\+\(?\d[\d().\- /]{6}",
    r"\(\d{3}\)[ \-.]?\d{3}[ \-.]\d{4}",
)
EMAILS: Final = (
    r"[^\x00\s]@[^\x00\s]",
    r"(?i:[\[({] ?at ?[\])}])",
)
ADDRESSES: Final = (
    r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d",
    r"(?:ec2|ip|host|dsl|dyn|pool)-\d{1,3}-\d{1,3}-\d{1,3}-\d",
    r"::",
    r"(?:[0-9A-Fa-f]{1,4}:){7}",
)
ENCODINGS: Final = (
    r"%[0-9A-Fa-f]{2}",
    r"%u[0-9A-Fa-f]{4}",
    r"&#[0-9xX]",
    r"&[A-Za-z]{2,12};",
    r"\\u[0-9A-Fa-f]{4}",
    r"\\u\{[0-9A-Fa-f]",
    r"\\x[0-9A-Fa-f]{2}",
    r"=3D|=40|=\r?\n",
)
RUNS: Final = (
    r"(?:\x00|[^A-Za-z0-9_+\-])[A-Za-z0-9_+\-]{16}",
    r"(?:[0-9A-Fa-f]{2}[ :,]{1,2}(?:0x|\\x)?){8}",
)
VENDORS: Final = tuple(sorted({shape.gate for shape in SHAPES}))


class Family(IntFlag):
    """Groups of detectors that are called on together."""

    NAMES = auto()
    MARKUP = auto()
    SPEECH = auto()
    CREDENTIALS = auto()
    VENDORS = auto()
    UNPREFIXED = auto()
    NUMBERS = auto()
    EMAILS = auto()
    ADDRESSES = auto()
    ENCODINGS = auto()
    RUNS = auto()
    JSON = auto()


BY_FAMILY: Final = {
    Family.NAMES: NAMES,
    Family.MARKUP: MARKUP,
    Family.SPEECH: SPEECH,
    Family.CREDENTIALS: CREDENTIALS,
    Family.VENDORS: VENDORS,
    Family.UNPREFIXED: WITHOUT_LITERAL,
    Family.NUMBERS: NUMBERS,
    Family.EMAILS: EMAILS,
    Family.ADDRESSES: ADDRESSES,
    Family.ENCODINGS: ENCODINGS,
    Family.RUNS: RUNS,
    Family.JSON: (r"\x00[ \t\r\n]*[{\[\"]",),
}
PATTERNS: Final = tuple(
    (family, pattern) for family, patterns in BY_FAMILY.items() for pattern in patterns
)
EVERY_FAMILY: Final = sum(int(family) for family in Family)


def joined() -> str:
    """All patterns as one, for engines that take one."""
    return "|".join(f"(?:{pattern})" for _, pattern in PATTERNS)
