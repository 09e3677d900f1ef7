"""Scrubs one text: every detector, on the text and below its encodings.

Every step takes time in proportion to the text's length; what is found does not depend on which
engine raised the suspicion.
"""

import json
import re
import unicodedata
from typing import Final, Protocol

import msgspec

from hosted.scrub.addresses import without_addresses
from hosted.scrub.contacts import without_emails
from hosted.scrub.credentials import (
    without_credentials,
    without_unprefixed_keys,
    without_vendor_keys,
)
from hosted.scrub.encoded import below_encodings, below_runs
from hosted.scrub.gate_patterns import Family
from hosted.scrub.json_value import Json
from hosted.scrub.masks import SECRET
from hosted.scrub.numbers import without_cards, without_ibans, without_phones
from hosted.scrub.pairs import (
    without_marked_up_values,
    without_named_values,
    without_spoken_values,
)

DEEPEST: Final = 6
"""Encodings inside encodings that are followed; text that hides deeper is dropped."""
ROUNDS: Final = 12
"""A mark can lay bare what stood behind the secret; a text that never comes to rest is dropped."""
INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
DASHES: Final = dict.fromkeys(
    map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"), "-"
)
JSON_START: Final = ("{", "[", '"')

CREDENTIALS: Final = int(Family.CREDENTIALS)
VENDORS: Final = int(Family.VENDORS)
UNPREFIXED: Final = int(Family.UNPREFIXED)
NAMES: Final = int(Family.NAMES)
MARKUP: Final = int(Family.MARKUP)
SPEECH: Final = int(Family.SPEECH)
NUMBERS: Final = int(Family.NUMBERS)
EMAILS: Final = int(Family.EMAILS)
ADDRESSES: Final = int(Family.ADDRESSES)
ENCODINGS: Final = int(Family.ENCODINGS)
RUNS: Final = int(Family.RUNS)
HIDDEN: Final = ENCODINGS | RUNS
JSON: Final = int(Family.JSON)
"""Plain integers: operators of the flags themselves are slow."""


class Reader(Protocol):
    """What scrubs the parts of a text."""

    def families(self, text: str, /) -> int:
        """Detectors a text calls for, as the gate says."""

    def at_depth(self, value: Json, depth: int, /) -> Json:
        """Decoded JSON, scrubbed."""


def scrubbed_text(
    text: str,
    reader: Reader,
    depth: int = 0,
    *,
    families: int | None = None,
    versions: bool = False,
) -> str:
    """The text with everything replaced that a detector knows.

    Args:
        text: any text.
        reader: what scrubs JSON inside the text, and says which detectors are needed.
        depth: encodings that were already taken off.
        families: detectors the gate has called on; None if it was not asked.
        versions: four numbers with dots are a version, as in a user agent.
    """
    if depth > DEEPEST:
        return SECRET
    for _ in range(ROUNDS):
        families = reader.families(text) if families is None else families
        if not families:
            return text
        if families & JSON and (found := scrubbed_json(text, reader, depth)) is not None:
            return found
        cleaned = _once(text, reader, depth, families, versions=versions)
        if cleaned == text:
            return text
        text, families = cleaned, None
    return SECRET


def _once(text: str, reader: Reader, depth: int, families: int, *, versions: bool) -> str:
    if not text.isascii():
        folded = _folded(text)
        if folded != text:
            cleaned = scrubbed_text(folded, reader, depth, versions=versions)
            return text if cleaned == folded else cleaned
    text = _detected(text, families, versions=versions)
    if not families & HIDDEN:
        return text

    def below(inner: str) -> str:
        return scrubbed_text(inner, reader, depth + 1, versions=versions)

    if families & ENCODINGS:
        text = below_encodings(text, below)
    return below_runs(text, below) if families & RUNS else text


def _detected(text: str, families: int, *, versions: bool) -> str:
    if families & CREDENTIALS:
        text = without_credentials(text)
    if families & VENDORS:
        text = without_vendor_keys(text)
    if families & UNPREFIXED:
        text = without_unprefixed_keys(text)
    if families & NAMES:
        text = without_named_values(text)
    if families & MARKUP:
        text = without_marked_up_values(text)
    if families & SPEECH:
        text = without_spoken_values(text)
    if families & NUMBERS:
        text = without_phones(without_cards(without_ibans(text)))
    if families & EMAILS:
        text = without_emails(text)
    return without_addresses(text, versions=versions) if families & ADDRESSES else text


def scrubbed_json(text: str, reader: Reader, depth: int) -> str | None:
    """The text with its JSON scrubbed; None when it is none.

    What was scrubbed as JSON needs no second look: its texts have come to rest one by one.
    """
    if depth > DEEPEST:
        return SECRET
    if text.lstrip()[:1] not in JSON_START:
        return None
    try:
        decoded = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, ValueError):
        return None
    if isinstance(decoded, str):
        cleaned = scrubbed_text(decoded, reader, depth + 1)
    elif isinstance(decoded, dict | list):
        cleaned = reader.at_depth(decoded, depth + 1)
    else:
        return None
    if cleaned == decoded:
        return None if _has_twins(text) else text
    return _written_like(text, cleaned)


def _has_twins(text: str) -> bool:
    """Whether an object names a key twice: a decoder keeps the last and would hide the first."""
    found = False

    def look(pairs: list[tuple[str, Json]]) -> None:
        nonlocal found
        found = found or len(pairs) != len(dict(pairs))

    json.loads(text, object_pairs_hook=look)
    return found


def _written_like(text: str, value: Json) -> str:
    """JSON with blanks behind commas and colons if the text has them, else without."""
    encoded = msgspec.json.encode(value)
    return (msgspec.json.format(encoded, indent=0) if '": ' in text else encoded).decode()


def _folded(text: str) -> str:
    """The text as it reads: compatibility forms, foreign digits and dashes in ASCII."""
    visible = INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).translate(DASHES)
    if visible.isascii():
        return visible
    return "".join(
        str(unicodedata.decimal(c)) if not c.isascii() and c.isdecimal() else c for c in visible
    )
