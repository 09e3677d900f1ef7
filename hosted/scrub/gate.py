"""Which texts may hold something: one fast look at all of them, before any is read closely.

A gate may suspect too much and must never suspect too little: what it lets pass is not looked at
again. Three engines give the same verdicts: hyperscan, google-re2, and the standard library.
"""

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from itertools import accumulate
from typing import Any, Final, Protocol

from hosted.scrub.gate_patterns import EVERY_FAMILY, PATTERNS, joined

BORDER: Final = "\0"
"""Stands before each text when all are looked at together; no pattern runs across it."""
TOO_MANY: Final = 200
"""Suspicions in one look after which the texts are looked at one by one."""


RE2_MEMORY: Final = 64 * 2**20
NOTHING: Final[Mapping[int, int]] = {}


class Gate(Protocol):
    """Names the texts that have to be read closely."""

    def suspects(self, texts: Sequence[str]) -> Mapping[int, int]:
        """Index of every suspected text, and for which families of detectors, as bits."""


class HyperscanGate:
    """All patterns at once over all texts at once. For one thread.

    Raises:
        ImportError: hyperscan is not installed, or not for this machine.
    """

    def __init__(self) -> None:
        import hyperscan

        self._database: Any = hyperscan.Database()
        self._database.compile(expressions=[pattern.encode() for _, pattern in PATTERNS])
        self._families = [int(family) for family, _ in PATTERNS]
        self._found: list[tuple[int, int]] = []
        self._bits = 0
        self._too_many: type[Exception] = hyperscan.ScanTerminated

    def suspects(self, texts: Sequence[str]) -> Mapping[int, int]:
        together = BORDER + BORDER.join(texts)
        if not together.isascii():
            return self._apart(texts)
        if len(texts) == 1:
            families = self._families_in(together)
            return {0: families} if families else NOTHING
        found = self._found
        found.clear()
        try:
            self._database.scan(together.encode(), match_event_handler=self._note)
        except self._too_many:
            return self._one_by_one(texts)
        if not found:
            return NOTHING
        starts = list(accumulate((len(text) + 1 for text in texts), initial=1))
        result: dict[int, int] = {}
        for end, pattern in found:
            index = bisect_right(starts, end - 1) - 1
            result[index] = result.get(index, 0) | self._families[pattern]
        return result

    def _one_by_one(self, texts: Sequence[str]) -> Mapping[int, int]:
        """Without places, for texts full of suspicions."""
        found = {index: self._families_in(BORDER + text) for index, text in enumerate(texts)}
        return {index: families for index, families in found.items() if families}

    def _families_in(self, text: str) -> int:
        self._bits = 0
        with suppress(self._too_many):
            self._database.scan(text.encode(), match_event_handler=self._gather)
        return self._bits

    def _apart(self, texts: Sequence[str]) -> Mapping[int, int]:
        """Text that is not ASCII is always read; offsets in bytes would not fit the rest."""
        plain = [index for index, text in enumerate(texts) if text.isascii()]
        found = self.suspects([texts[index] for index in plain])
        result = {index: EVERY_FAMILY for index, text in enumerate(texts) if not text.isascii()}
        return result | {plain[index]: families for index, families in found.items()}

    def _note(self, pattern: int, _start: int, end: int, _flags: int, _context: object) -> bool:
        self._found.append((end, pattern))
        return len(self._found) > TOO_MANY

    def _gather(self, pattern: int, _start: int, _end: int, _flags: int, _context: object) -> bool:
        self._bits |= self._families[pattern]
        return self._bits == EVERY_FAMILY


class SearchGate:
    """One pattern searched for in each text: google-re2, or the standard library."""

    def __init__(self, pattern: Any) -> None:  # noqa: ANN401 - of `re` or of re2, which looks alike
        self._search = pattern.search

    def suspects(self, texts: Sequence[str]) -> Mapping[int, int]:
        return {
            index: EVERY_FAMILY
            for index, text in enumerate(texts)
            if not text.isascii() or self._search(BORDER + text)
        }


@cache
def best_gate() -> Gate:
    """The fastest engine that is installed; made once, for it takes a third of a second."""
    try:
        return HyperscanGate()
    except ImportError:
        return re2_gate() or SearchGate(re.compile(joined()))


def re2_gate() -> Gate | None:
    """The gate on google-re2; None when it is not installed."""
    try:
        import re2  # type: ignore[import-untyped]  # it has no stubs
    except ImportError:
        return None
    options = re2.Options()
    options.max_mem = RE2_MEMORY
    options.log_errors = False
    return SearchGate(re2.compile(joined(), options))
