"""Finds payment cards' numbers in text, so that neither side ever keeps one."""

import itertools
import re
from collections.abc import Callable
from typing import Final

DOT: Final = "•"
SHOWN_DIGITS: Final = 4
DIGIT: Final = re.compile(r"\d", re.ASCII)
EAN_DIGITS: Final = 13
CARD_FORM: Final = re.compile(
    r"(?<!\d)(?=("
    r"[2-9]\d{12,18}(?!\d)"
    r"|[2-9]\d{3}(?P<s>[ \-]{1,3}|[._/:])(?:"
    r"\d{4}(?P=s)\d{4}(?P=s)\d{1,4}(?:(?P=s)(?P<rest>\d{1,3}))?|\d{6}(?P=s)\d{4,5})(?!\d)"
    r"|[2-9]\d{7}[ \-]\d{8}(?!\d)"
    r"|[2-9](?P<t>[ \-])\d(?:(?P=t)\d){11,17}(?!(?P=t)?\d)"
    r"))",
    re.ASCII,
)
"""One block, or groups as people write them. Looked for at every place, so that a number before a
card cannot hide it."""
UUID: Final = re.compile(
    r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![0-9A-Fa-f])"
)
CARD_RANGES: Final = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})"  # Visa
    r"|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|(?:6011|64[4-9]\d|65\d\d)\d{12,15}"  # Discover
    r"|(?:30[0-5]\d|3095|36\d\d|3[89]\d\d)\d{10,15}"  # Diners Club
    r"|35(?:2[89]|[3-8]\d)\d{12,15}"  # JCB
    r"|62\d{14,17}|81\d{14,17}"  # UnionPay
    r"|(?:50|5[6-8]|63|67)\d{11,17}"  # Maestro
    r"|(?:60|82|508)\d{13,14}|220[0-4]\d{12,15}|9792\d{12}",  # RuPay, Mir, Troy
    re.ASCII,
)
DOUBLED: Final = bytes.maketrans(b"0123456789", b"0246813579")
"""Digits doubled, with the digits of the result added up."""
BETWEEN_GROUPS: Final = {ord(sign): None for sign in " -._/:"}
SEQUENCE_SPAN: Final = 1500
HEXADECIMAL: Final = frozenset("0123456789abcdefABCDEF")
LONG_WORD: Final = 32


def is_card(digits: str) -> bool:
    """Whether digits are a payment card's: issuer range, length and Luhn check (ISO/IEC 7812)."""
    if not _luhn(digits) or not CARD_RANGES.fullmatch(digits):
        return False
    return len(digits) != EAN_DIGITS or not _is_ean(digits)


def replaced(text: str, by: Callable[[str], str]) -> str:
    """The text with each card number, grouped or not, replaced by what `by` makes of it."""
    spans = [span for match in CARD_FORM.finditer(text) if (span := _span_of_card(match))]
    if not spans:
        return text
    spared = [match.span() for match in UUID.finditer(text)] if "-" in text else []
    pieces, done = [], 0
    for start, end in spans:
        if start >= done and not any(start < last and first < end for first, last in spared):
            pieces += [text[done:start], by(text[start:end])]
            done = end
    return "".join([*pieces, text[done:]])


def masked(text: str) -> str:
    """The text with all digits of its card numbers but the last four as dots; its length stays.

    The last four may be kept and shown (PCI DSS 4.0, requirement 3.4.1).
    """
    return replaced(text, _dotted)


def masked_bytes(content: bytes) -> bytes:
    """The same for the content of a text file; what is no UTF-8 in it stays as it is."""
    text = content.decode("utf-8", "surrogateescape")
    return masked(text).encode("utf-8", "surrogateescape")


def _dotted(written: str) -> str:
    shown = len(DIGIT.findall(written)) - SHOWN_DIGITS
    return DIGIT.sub(DOT, written, count=shown)


def _span_of_card(match: re.Match[str]) -> tuple[int, int] | None:
    """Where the card is; a short group at its end may be no part of it, but a check value, say."""
    start, end = match.span(1)
    if _is_card_at(match.string, start, end):
        return start, end
    if match["rest"] is None:
        return None
    end = match.start("rest") - len(match["s"])
    return (start, end) if _is_card_at(match.string, start, end) else None


def _is_card_at(text: str, start: int, end: int) -> bool:
    written = text[start:end]
    digits = written.translate(BETWEEN_GROUPS)
    return is_card(digits) and not _is_sequence(written) and _stands_alone(text, start, end)


def _is_sequence(written: str) -> bool:
    """Whether groups of four rise by little: ports or years in a row."""
    groups = [int(group) for group in re.findall(r"\d+", written)]
    rising = all(a < b for a, b in itertools.pairwise(groups))
    return len(groups) > 1 and rising and groups[-1] - groups[0] <= SEQUENCE_SPAN


def _stands_alone(text: str, start: int, end: int) -> bool:
    """False for the decimals of a fraction, and for a part of a hexadecimal word."""
    if text[start:end].isdigit() and re.search(r"\d\.\Z", text[max(0, start - 2) : start]):
        return False
    if not (text[start - 1 : start].isalnum() or text[end : end + 1].isalnum()):
        return True
    word = _word_around(text, start, end)
    return len(word) <= LONG_WORD and not HEXADECIMAL.issuperset(word)


def _word_around(text: str, start: int, end: int) -> str:
    least, most = max(0, start - LONG_WORD), min(len(text), end + LONG_WORD)
    while start > least and text[start - 1].isalnum():
        start -= 1
    while end < most and text[end].isalnum():
        end += 1
    return text[start:end]


def _luhn(digits: str) -> bool:
    values = digits.encode()
    doubled = values[-2::-2].translate(DOUBLED)
    return (sum(values[-1::-2]) + sum(doubled) - ord("0") * len(values)) % 10 == 0


def _is_ean(digits: str) -> bool:
    """Whether thirteen digits are an article number (GTIN-13), which card numbers rarely are."""
    return (sum(map(int, digits[::2])) + 3 * sum(map(int, digits[1::2]))) % 10 == 0
