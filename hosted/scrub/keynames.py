"""What the name of a field says about its value: password, session id, date of birth, version.

A name is taken apart into words (camelCase, kebab-case, dots, brackets) and read as English reads
a compound: its last word is what it is. `user_password` is a password, `password_policy` a policy.
Only names are judged here; a value that mentions a password is not one.
"""

import re
import unicodedata
from enum import IntEnum
from typing import Final

from hosted.scrub.key_words import (
    BENIGN_KEY_OWNERS,
    CODE_OWNERS,
    COUNTING,
    ID_OWNERS,
    IP_HEADS,
    IP_OWNERS,
    KEY_OWNERS,
    NAME_OWNERS,
    PARTS_OF_A_NAME,
    PASS_OWNERS,
    PERSON_PARENTS,
    PERSONAL_HEADS,
    PHONE_HEADS,
    PLURAL_HEADS,
    POSTAL_OWNERS,
    SECRET_HEADS,
    SECRET_PHRASES,
    TOKEN_OWNERS_OF_PAGES,
    TOKENS_OWNERS,
    TRAILERS,
    VERSION_WORDS,
)

MAX_NAME: Final = 128
LINES: Final = frozenset({"line1", "line2", "line_1", "line_2", "line"})
FIELD: Final = re.compile(
    r"(?!.*\[(?:secret|personal|email|card|iban|phone|dropped)\b)"
    r"[^?!;{}<>\s]{1,256}(?: [^?!;{}<>\s]{1,64}){0,2}:?\Z"
)
LOOKS_LIKE: Final = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0455\u0458\u043a", "aeopcyxisjk"
)
"""Cyrillic letters that are drawn like Latin ones."""
WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


class KeyKind(IntEnum):
    """What to do with the values under a name."""

    PLAIN = 0
    SECRET = 1
    """Every text and number below it is masked."""
    SECRETS = 2
    """Every text below it is masked; a number is their count."""
    PERSONAL = 3
    """Text and numbers are masked: names, dates of birth, streets, e-mail addresses."""
    PHONE = 4
    """Masked when there are digits enough for a telephone number."""
    OPAQUE = 5
    """Masked when it looks random: `tokens` may be counts, words or credentials."""
    VERSION = 6
    """Four numbers with dots are a version here and no address."""
    NETWORK = 7
    """An address of the network, truncated."""


def kind_of(name: str) -> KeyKind:
    """Judge one field name; a sentence, or what was masked, is none and says nothing."""
    if not FIELD.match(name.strip()):
        return KeyKind.PLAIN
    words = words_of(name)
    if not words:
        return KeyKind.PLAIN
    core = _without_trailers(words)
    kind = KeyKind.PLAIN
    if core[0] not in COUNTING:
        is_phrase = "".join(words).endswith(SECRET_PHRASES)
        kind = KeyKind.SECRET if is_phrase else _kind_of_words(core)
    if kind is KeyKind.PLAIN and VERSION_WORDS & set(words):
        return KeyKind.VERSION
    return kind


def names_a_person(name: str, parent: str) -> bool:
    """Whether a bare `name`, `first` or `line1` is a person's, by the name it stands below."""
    if name.lower() in LINES:
        return "address" in words_of(parent)[-1:]
    if name.lower() in PARTS_OF_A_NAME:
        return "name" in words_of(parent)[-1:]
    return name.lower() == "name" and bool(PERSON_PARENTS & set(words_of(parent)[-1:]))


def words_of(name: str) -> list[str]:
    """Lower-case words of a name, accents removed; `fooBar[0].API-Key` is foo, bar, 0, api, key."""
    if name.islower() and name.isascii() and name.isalpha():
        return [name[-MAX_NAME:]]
    plain = name[-MAX_NAME:]
    if not plain.isascii():
        plain = plain.translate(LOOKS_LIKE)
        plain = unicodedata.normalize("NFKD", plain)
        plain = "".join(c for c in plain if not unicodedata.combining(c))
    return [word.lower() for word in WORDS.findall(plain)]


def _without_trailers(words: list[str]) -> list[str]:
    """Cut off what repeats or encodes: `password_confirmation`, `secretBase64`, `token2`."""
    end = len(words)
    while end > 1 and (words[end - 1].isdigit() or words[end - 1] in TRAILERS):
        end -= 1
    return words[:end]


def _kind_of_words(words: list[str]) -> KeyKind:
    head = words[-1]
    owner = words[-2] if len(words) > 1 else ""
    if _is_secret(head, owner, "".join(words)):
        return KeyKind.SECRET
    if head in PLURAL_HEADS or (head == "keys" and _is_secret("key", owner, "")):
        return KeyKind.SECRETS
    if head == "auth":
        return KeyKind.OPAQUE
    if head in {"token", "tokens"}:
        return _kind_of_token(head, owner)
    if _is_personal(head, owner, "".join(words)):
        return KeyKind.PERSONAL
    return _kind_of_reach(head, owner)


def _kind_of_reach(head: str, owner: str) -> KeyKind:
    """Names of network addresses and telephone numbers."""
    if head in IP_HEADS or (head in {"address", "addr"} and owner in IP_OWNERS):
        return KeyKind.NETWORK
    if head in PHONE_HEADS or (head in {"number", "no"} and owner in PHONE_HEADS):
        return KeyKind.PHONE
    return KeyKind.PLAIN


def _is_secret(head: str, owner: str, whole: str) -> bool:
    if head in SECRET_HEADS or whole.endswith(SECRET_PHRASES):
        return True
    match head:
        case "key":
            return owner in KEY_OWNERS and owner not in BENIGN_KEY_OWNERS
        case "code" | "codes":
            return owner in CODE_OWNERS
        case "id" | "ids":
            return owner in ID_OWNERS
        case "pass":
            return not owner or owner in PASS_OWNERS
        case _:
            return False


def _kind_of_token(head: str, owner: str) -> KeyKind:
    if head == "token":
        return KeyKind.PLAIN if owner in TOKEN_OWNERS_OF_PAGES else KeyKind.SECRET
    return KeyKind.SECRETS if owner in TOKENS_OWNERS else KeyKind.OPAQUE


def _is_personal(head: str, owner: str, whole: str) -> bool:
    if head in PERSONAL_HEADS or whole in PERSONAL_HEADS or owner + head in PERSONAL_HEADS:
        return True
    if head in {"name", "names"}:
        return owner in NAME_OWNERS
    if head in {"address", "addresses"}:
        return not owner or owner in POSTAL_OWNERS
    return head == "line" and owner in {"address", "street"}
