"""What stands in place of something that was removed, and how such a place is known again."""

import re
from collections.abc import Callable, Container
from typing import Final

from hosted.scrub.json_value import Json

SECRET: Final = "[secret]"  # noqa: S105 - the mark, not a secret
PERSONAL: Final = "[personal]"
EMAIL: Final = "[email]"
CARD: Final = "[card]"
IBAN: Final = "[iban]"
PHONE: Final = "[phone]"
DROPPED: Final = "[dropped]"
NUMBER: Final = 0
"""A masked number stays a number, so that the shape of the data is kept."""

MARK: Final = re.compile(
    r"\[(?:secret|personal|email|card|iban|phone|dropped)(?: \d{1,4})?\]"
    r"|[*\u2022\u25cf]{3,}|u_\d{1,4}[a-z]_[0-9a-f]{24}|anonymous"
)
MARK_STARTS: Final = frozenset("[*\u2022\u25cfua")
SAYS_NOTHING: Final = frozenset(
    "true false null none nil undefined yes no required optional enabled disabled".split()  # noqa: SIM905
)
"""Values that stand under secret names without being one."""


def is_mark(text: str) -> bool:
    """Whether a value was masked before, here or by the SDK (`****`)."""
    return text[:1] in MARK_STARTS and MARK.fullmatch(text) is not None


def says_nothing(text: str) -> bool:
    """Whether a value under a secret name can stay: empty, masked, or a word such as `required`."""
    return not text or text.isspace() or text.lower() in SAYS_NOTHING or is_mark(text)


def free_name(name: str, taken: Container[str]) -> str:
    """The name, or one like it that is still free: masked names become equal, `[email 2]`."""
    free, number = name, 2
    while free in taken:
        free = f"{name[:-1]} {number}]" if name.endswith("]") else f"{name} {number}"
        number += 1
    return free


def without_values(value: Json, key: Callable[[str], str]) -> Json:
    """A value with every text and number taken out; what was masked before stays.

    `key` scrubs the names of objects.
    """
    match value:
        case str():
            return value if not value or is_mark(value) else DROPPED
        case bool() | None:
            return value
        case list():
            return [without_values(item, key) for item in value]
        case dict():
            result: dict[str, Json] = {}
            for name, below in value.items():
                result[free_name(key(name), result)] = without_values(below, key)
            return result
    return NUMBER
