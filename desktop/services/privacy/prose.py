"""The words in the fields of a dataset that somebody wrote, read quickly and changed with care."""

import json
import re
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, Final

import msgspec

from desktop.services.privacy.package.datasets import Dataset, Field, Prose

WORD: Final = re.compile(r"\w+")
DOT_ABOVE: Final = "\u0307"
"""What `casefold` leaves of a Turkish capital I, and a pattern that ignores case does not."""
MOST_KNOWN: Final = 20_000
QUOTE: Final = '"'
NOTHING: Final = msgspec.Raw(b"")


class ProseField:
    """One field of a dataset that holds words, and where it stands in the rows."""

    def __init__(self, place: int, field: Field) -> None:
        self.place = place
        self.name = field.name
        self._is_json = field.prose is Prose.JSON
        self._facts = field.keys.facts
        self._words = tuple(map(attrgetter, field.keys.words))
        self._known = field.keys.facts | field.keys.words
        parts = [(name, msgspec.Raw, NOTHING) for name in sorted(self._known)]
        document = msgspec.defstruct("Document", parts, forbid_unknown_fields=True)
        self._decoder = msgspec.json.Decoder(document)

    def text(self, values: Sequence[str]) -> str:
        """One text in which each string of the values stands as it is, and more than these."""
        if not self._is_json:
            return "\n".join(set(values))
        text = self._without_facts("\n".join(values), len(values))
        if "\\" not in text:
            return text
        return "\n".join(string for value in values for string in self.strings(value))

    def strings(self, value: str) -> list[str]:
        if not self._is_json:
            return [value]
        seen: list[str] = []

        def note(text: str) -> str:
            seen.append(text)
            return text

        self._changed(json.loads(value), note)
        return seen

    def changed(self, value: str, change: Callable[[str], str]) -> str:
        """The value with each of its strings changed; JSON stays JSON."""
        if not self._is_json:
            return change(value)
        tree = json.loads(value)
        masked = self._changed(tree, change)
        return value if masked == tree else _encoded(masked)

    def _without_facts(self, lines: str, count: int) -> str:
        """JSON without what stands under the keys of facts; all of it where others are there."""
        if not self._words:
            return lines
        try:
            documents = self._decoder.decode_lines(lines)
        except msgspec.MsgspecError:
            return lines
        if len(documents) != count:
            return lines
        parts = {part for of in self._words for part in map(bytes, map(of, documents))}
        return b"\n".join(parts).decode("utf-8")

    def _changed(self, tree: Any, change: Callable[[str], str]) -> Any:  # noqa: ANN401 (parsed JSON)
        if not isinstance(tree, dict):
            return _walked(tree, change)
        return {
            key if key in self._known else change(key): (
                value if key in self._facts else _walked(value, change)
            )
            for key, value in tree.items()
        }


class NewWords:
    """The words of one text after the other, but for parts of them that come again and again."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._last: set[str] = set()

    def of(self, text: str) -> set[str]:
        """As `words` has them."""
        parts = set(text.split(QUOTE)) - self._known
        if len(self._known) < MOST_KNOWN:
            self._known |= parts & self._last
        self._last = parts
        return words("\n".join(parts))

    def forget(self) -> None:
        """Tell everything anew."""
        self._known.clear()
        self._last.clear()


def folded(text: str) -> str:
    """What texts have in common that differ in case alone, as a pattern sees it."""
    return text.casefold().replace(DOT_ABOVE, "")


def words(text: str) -> set[str]:
    """Folded."""
    return set(WORD.findall(folded(text)))


def prose_fields(dataset: Dataset) -> list[ProseField]:
    return [
        ProseField(place, field)
        for place, field in enumerate(dataset.fields)
        if field.prose is not Prose.NONE
    ]


def _encoded(tree: Any) -> str:  # noqa: ANN401 (parsed JSON)
    text = json.dumps(tree, ensure_ascii=False)
    # Half of a pair of UTF-16 can be written in JSON, and not in UTF-8.
    return text if _is_utf8(text) else json.dumps(tree)


def _is_utf8(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


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
