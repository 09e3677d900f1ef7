"""Finds card numbers, bank accounts and telephone numbers, by their check digits and forms."""

import re
from typing import Final

from contract.card_numbers import replaced
from hosted.scrub.masks import CARD, IBAN, PHONE

IBAN_START: Final = re.compile(
    r"(?<![A-Za-z0-9_])([A-Za-z]{2})\d{2}(?=[ \-]{0,2}[A-Za-z0-9])", re.ASCII
)
IBAN_LENGTHS: Final = {
    country: int(length)
    for entry in [
        "15NO",
        "16BE",
        "18DK",
        "18FI",
        "18FO",
        "18GL",
        "18NL",
        "18SD",
        "19MK",
        "19SI",
        "20AT",
        "20BA",
        "20EE",
        "20KZ",
        "20LT",
        "20LU",
        "20XK",
        "20MN",
        "21CH",
        "21HR",
        "21LI",
        "21LV",
        "22BG",
        "22BH",
        "22CR",
        "22DE",
        "22GB",
        "22GE",
        "22IE",
        "22ME",
        "22RS",
        "22VA",
        "23AE",
        "23FK",
        "23GI",
        "23IL",
        "23IQ",
        "23OM",
        "23SO",
        "23TL",
        "24AD",
        "24CZ",
        "24DZ",
        "24ES",
        "24MD",
        "24PK",
        "24RO",
        "24SA",
        "24SE",
        "24SK",
        "24TN",
        "24VG",
        "25LY",
        "25PT",
        "25ST",
        "26IS",
        "26TR",
        "27BI",
        "27DJ",
        "27FR",
        "27GR",
        "27IT",
        "27MC",
        "27MR",
        "27SM",
        "28AL",
        "28AZ",
        "28BY",
        "28CY",
        "28DO",
        "28GT",
        "28HN",
        "28HU",
        "28LB",
        "28NI",
        "28PL",
        "29BR",
        "29EG",
        "29PS",
        "29QA",
        "29UA",
        "30JO",
        "30KW",
        "30MU",
        "31MT",
        "31SC",
        "32LC",
        "33RU",
    ]
    for length, country in [(entry[:2], entry[2:])]
}
"""ISO 13616 registry: length by country."""

PHONE_NUMBER: Final = re.compile(
    r"(?<![\w+.])(?P<plus>\+|\+\()\d[\d().\- /\u00a0]{5,26}\d(?!\d)"
    r"|(?<!\w)\(\d{3}\)[ \-.]?\d{3}[ \-.]\d{4}(?!\d)",
    re.ASCII,
)
PHONE_LENGTH: Final = range(8, 16)
COORDINATES: Final = re.compile(
    r"\+\d{1,3}\.\d+(?:[, /]{0,2}[+-]\d{1,3}\.\d+)?/?|\+\d{1,3}\.\d{4,}|\+\d+\.\d{1,3}"
    r"|\+\d+(?:[ ]?/[ ]?\d+)"
)


def without_cards(text: str) -> str:
    """The text with card numbers replaced, grouped or not."""
    return replaced(text, lambda _written: CARD)


def without_ibans(text: str) -> str:
    """The text with bank accounts replaced: right country, right length, check modulo 97."""
    pieces, done = [], 0
    for match in IBAN_START.finditer(text):
        length = IBAN_LENGTHS.get(match[1].upper())
        if length is None or match.start() < done:
            continue
        end = _end_of_account(text, match.start(), length)
        if end is not None:
            pieces += [text[done : match.start()], IBAN]
            done = end
    return "".join([*pieces, text[done:]]) if pieces else text


def _end_of_account(text: str, start: int, length: int) -> int | None:
    kept, position = "", start
    while len(kept) < length and position < len(text):
        character = text[position]
        if character.isascii() and character.isalnum():
            kept += character
        elif character not in " -":
            return None
        position += 1
    if len(kept) < length or text[position : position + 1].isalnum():
        return None
    turned = (kept[4:] + kept[:4]).upper()
    return position if int("".join(str(int(c, 36)) for c in turned)) % 97 == 1 else None


def without_phones(text: str) -> str:
    """The text with telephone numbers replaced: international form, or `(nnn) nnn-nnnn`."""
    return PHONE_NUMBER.sub(_phone, text)


def _phone(match: re.Match[str]) -> str:
    found = match[0]
    digits = sum(c.isdigit() for c in found)
    if found[0] == "+" and (digits not in PHONE_LENGTH or COORDINATES.fullmatch(found)):
        return found
    return PHONE
