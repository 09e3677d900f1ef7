"""Texts of a package that name other people: found, shown to the owner, and covered.

The right to a copy must not harm others (GDPR Art. 15 (4)). Only fields that hold words are looked
at; figures, days and the person's own ids name nobody else. Memory does not grow with the rows.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from desktop.domain.errors import InvalidInput
from desktop.services.calls import Report
from desktop.services.privacy.package.datasets import Dataset, Field, Prose
from desktop.services.privacy.package.manifest import Redaction

LISTED: Final = 500
"""Proposals the owner is shown; what is found beyond is covered without a question."""
SHORTEST: Final = 3
"""Letters of a name or id: shorter ones are parts of ordinary words and figures."""
REPORT_EVERY: Final = 5000
BITS: Final = 1 << 25
WORD: Final = re.compile(r"\w+")
EMAIL: Final = r"(?<![\w.+%-])[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"
"""Bounded, so that a hostile text costs no more than its length."""
PHONE: Final = r"(?<![\w+])(?:\+\d[\d ().-]{6,18}\d|\(\d{3}\) ?\d{3}-\d{4})(?!\w)"


class Reason(StrEnum):
    CUSTOMER = "another customer"
    EMAIL = "e-mail address"
    PHONE = "phone number"
    BY_HAND = "marked by the owner"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A text that names somebody else, and where; `count` is how often."""

    dataset: str
    field: str
    text: str
    reason: Reason
    count: int


@dataclass(frozen=True, slots=True)
class Decisions:
    """The owner's second look: everything found is covered but what is `kept`."""

    kept: tuple[str, ...] = ()
    marked: tuple[str, ...] = ()
    """Covered although nothing found them."""


@dataclass(frozen=True, slots=True)
class Found:
    proposals: tuple[Proposal, ...]
    """The first ones, in the order of the package."""
    counts: tuple[Redaction, ...]


class _Vocabulary:
    """Which words may occur, in 4 MB however many there are; never forgets one."""

    def __init__(self) -> None:
        self._bits = bytearray(BITS // 8)

    def add(self, text: str) -> None:
        for word in WORD.findall(text.casefold()):
            place = hash(word) % BITS
            self._bits[place >> 3] |= 1 << (place & 7)

    def may_hold(self, text: str) -> bool:
        places = (hash(word) % BITS for word in WORD.findall(text.casefold()))
        return all(self._bits[place >> 3] & 1 << (place & 7) for place in places)


class Cover:
    """Finds and masks; `own` is what the person is known by, `others` what others are."""

    def __init__(self, own: Iterable[str], others: Iterable[str], decisions: Decisions) -> None:
        self._marked = {text.casefold() for text in decisions.marked if text}
        free = {text for text in (*own, *decisions.kept) if text}
        self._free = {text.casefold() for text in free} - self._marked
        others = set(others)
        self._others = {text.casefold() for text in others} - self._free
        known = _any_of(free | others)
        words = rf"|(?<!\w)(?:{known})(?!\w)" if known else ""
        marked = f"{_any_of(decisions.marked)}|" if self._marked else ""
        self._pattern = re.compile(f"{marked}{EMAIL}{words}|{PHONE}", re.IGNORECASE)

    def found(self, text: str) -> Iterator[tuple[str, Reason]]:
        for match in self._pattern.finditer(text):
            if reason := self._reason(match.group()):
                yield match.group(), reason

    def covered(self, text: str) -> str:
        return self._pattern.sub(self._mask, text)

    def _mask(self, match: re.Match[str]) -> str:
        reason = self._reason(match.group())
        return f"[{reason.value}]" if reason else match.group()

    def _reason(self, text: str) -> Reason | None:
        known = text.casefold()
        if known in self._marked:
            return Reason.BY_HAND
        if known in self._free:
            return None
        if known in self._others:
            return Reason.CUSTOMER
        return Reason.EMAIL if "@" in text else Reason.PHONE


def _any_of(texts: Iterable[str]) -> str:
    """A pattern of the texts, the longest first, also as letters grow by their case: ß, SS."""
    forms = {form for text in texts for form in (text, text.casefold(), text.upper()) if form}
    return "|".join(re.escape(one) for one in sorted(forms, key=lambda one: (-len(one), one)))


def cover_of(
    datasets: Sequence[Dataset],
    own: Iterable[str],
    everybody: Iterable[str],
    decisions: Decisions,
    report: Report,
) -> Cover:
    """What to cover in these datasets; `everybody` is read once and may be long.

    Raises: Cancelled.
    """
    vocabulary = _Vocabulary()
    for number, (_, _, text) in enumerate(_texts(datasets), start=1):
        vocabulary.add(text)
        if number % REPORT_EVERY == 0:
            report(number)
    others = {name for name in everybody if len(name) >= SHORTEST and vocabulary.may_hold(name)}
    return Cover(own, others, decisions)


def look(datasets: Sequence[Dataset], cover: Cover, report: Report) -> Found:
    """What is covered and how often. Raises: Cancelled."""
    listed: Counter[tuple[str, str, str, Reason]] = Counter()
    counts: Counter[tuple[str, Reason]] = Counter()
    for number, (dataset, field, text) in enumerate(_texts(datasets), start=1):
        for word, reason in cover.found(text):
            counts[dataset, reason] += 1
            key = (dataset, field, word, reason)
            if key in listed or len(listed) < LISTED:
                listed[key] += 1
        if number % REPORT_EVERY == 0:
            report(number)
    return Found(
        tuple(Proposal(*key, count) for key, count in listed.items()),
        tuple(Redaction(reason.value, many, name) for (name, reason), many in counts.items()),
    )


def covered(dataset: Dataset, cover: Cover) -> Dataset:
    """The dataset with masks in place of what is covered; rows are still read when written."""
    prose = {field.name: field for field in dataset.fields if field.prose is not Prose.NONE}
    if not prose:
        return dataset

    def rows() -> Iterator[Mapping[str, Any]]:
        for row in dataset.rows():
            masked = {name: _changed(field, row[name], cover) for name, field in prose.items()}
            yield {**row, **masked}

    return replace(dataset, rows=rows)


def require_decided(found: Found, decisions: Decisions | None) -> None:
    """Raises: InvalidInput (field `redactions`)."""
    if decisions is None and found.counts:
        many = sum(one.count for one in found.counts)
        raise InvalidInput(
            f"Nothing was written: {many} places in the texts name other people. "
            "Decide which of them are covered.",
            field="redactions",
        )


def _texts(datasets: Sequence[Dataset]) -> Iterator[tuple[str, str, str]]:
    for dataset in datasets:
        prose = [field for field in dataset.fields if field.prose is not Prose.NONE]
        for row in dataset.rows() if prose else ():
            for field in prose:
                for text in _strings(field, row[field.name]):
                    yield dataset.name, field.name, text


def _strings(field: Field, value: str) -> list[str]:
    if field.prose is Prose.TEXT:
        return [value]
    seen: list[str] = []

    def note(text: str) -> str:
        seen.append(text)
        return text

    _walked(json.loads(value), note)
    return seen


def _changed(field: Field, value: str, cover: Cover) -> str:
    if field.prose is Prose.TEXT:
        return cover.covered(value)
    tree = json.loads(value)
    masked = _walked(tree, cover.covered)
    return value if masked == tree else json.dumps(masked, ensure_ascii=False)


def _walked(node: Any, change: Callable[[str], str]) -> Any:  # noqa: ANN401 (parsed JSON)
    match node:
        case str():
            return change(node)
        case list():
            return [_walked(one, change) for one in node]
        case dict():
            return {change(key): _walked(one, change) for key, one in node.items()}
        case _:
            return node
