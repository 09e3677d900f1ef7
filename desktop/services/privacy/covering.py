"""Finds in a text what names other people, and puts masks in its place."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from desktop.services.privacy.prose import folded, words

BITS: Final = 1 << 25
EMAIL: Final = r"(?<![\w.+%-])[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"
"""Bounded, so that a hostile text costs no more than its length."""
FROM_ABROAD: Final = r"\+\d[\d ().-]{6,18}\d"
OF_AMERICA: Final = r"\(\d{3}\) ?\d{3}-\d{4}"
PHONE: Final = rf"(?<![\w+])(?:{FROM_ABROAD}|{OF_AMERICA})(?!\w)"
PHONES: Final = (re.compile(FROM_ABROAD), re.compile(OF_AMERICA))
"""Each begins with one certain character, which is looked for much faster than either of two."""


class Reason(StrEnum):
    CUSTOMER = "another customer"
    EMAIL = "e-mail address"
    PHONE = "phone number"
    BY_HAND = "marked by the owner"


@dataclass(frozen=True, slots=True)
class Decisions:
    """The owner's second look: everything found is covered but what is `kept`."""

    kept: tuple[str, ...] = ()
    marked: tuple[str, ...] = ()
    """Covered although nothing found them."""


class Vocabulary:
    """Which words may occur, in 4 MB however many there are; never forgets one."""

    def __init__(self) -> None:
        self._bits = bytearray(BITS // 8)

    def add(self, some: Iterable[str]) -> None:
        for word in some:
            for place in _places(word):
                self._bits[place >> 3] |= 1 << (place & 7)

    def may_hold(self, text: str) -> bool:
        places = (place for word in words(text) for place in _places(word))
        return all(self._bits[place >> 3] & 1 << (place & 7) for place in places)


def _places(word: str) -> tuple[int, int]:
    number = hash(word)
    return number % BITS, (number >> 32) % BITS


class Cover:
    """Finds and masks; `own` is what the person is known by, `others` what others are."""

    def __init__(
        self,
        own: Iterable[str],
        others: Iterable[str],
        decisions: Decisions,
        clean: frozenset[str] = frozenset(),
    ) -> None:
        """`clean` are names of datasets without an address or a phone number."""
        self._marked = {folded(text) for text in decisions.marked if text}
        free = {text for text in (*own, *decisions.kept) if text}
        self._free = {folded(text) for text in free} - self._marked
        others = set(others)
        self._others = {folded(text) for text in others} - self._free
        self.clean = frozenset() if self._others or self._marked else clean
        """Names of datasets in which there is nothing to be found."""
        known = _any_of(free | others)
        named = rf"|(?<!\w)(?:{known})(?!\w)" if known else ""
        marked = f"{_any_of(decisions.marked)}|" if self._marked else ""
        self._pattern = re.compile(f"{marked}{EMAIL}{named}|{PHONE}", re.IGNORECASE)
        told = {name: max(words(name), key=len, default="") for name in self._others}
        self._telling = set(told.values()) - {""}
        self._parts = self._marked | {name for name, word in told.items() if not word}

    def found(self, text: str) -> Iterator[tuple[str, Reason]]:
        for match in self._pattern.finditer(text):
            if reason := self._reason(match.group()):
                yield match.group(), reason

    def covered(self, text: str) -> str:
        return self._pattern.sub(self._mask, text)

    def suspects(self, text: str, its_words: Iterable[str]) -> bool:
        """False where nothing of it would be covered, found out without reading it closely."""
        return (
            not self._telling.isdisjoint(its_words)
            or may_tell(text)
            or any(part in folded(text) for part in self._parts)
        )

    def _mask(self, match: re.Match[str]) -> str:
        reason = self._reason(match.group())
        return f"[{reason.value}]" if reason else match.group()

    def _reason(self, text: str) -> Reason | None:
        known = folded(text)
        if known in self._marked:
            return Reason.BY_HAND
        if known in self._free:
            return None
        if known in self._others:
            return Reason.CUSTOMER
        return Reason.EMAIL if "@" in text else Reason.PHONE


def may_tell(text: str) -> bool:
    """Whether there may be an e-mail address or a phone number, whoever's it is."""
    return "@" in text or any(phone.search(text) for phone in PHONES)


def _any_of(texts: Iterable[str]) -> str:
    """A pattern of the texts, the longest first, also as letters grow by their case: ß, SS."""
    forms = {form for text in texts for form in (text, text.casefold(), text.upper()) if form}
    return "|".join(re.escape(one) for one in sorted(forms, key=lambda one: (-len(one), one)))
