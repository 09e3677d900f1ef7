"""Cuts the text of an expression into tokens."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

LONGEST: Final = 500
TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>\"[^\"]*\")|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<mark><=|>=|==|!=|[-+*/%<>(),]))"
)
MOST_DIGITS: Final = 18
"""Before and behind the point."""
END: Final = "end"


class ExpressionError(ValueError):
    """A text that is no expression. `position` counts characters from 1."""

    def __init__(self, reason: str, position: int) -> None:
        super().__init__(f"{reason} (at character {position})")
        self.reason = reason
        self.position = position


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text; `kind` is `number`, `text`, `name`, `mark` or `end`."""

    kind: str
    text: str
    position: int


def tokens(text: str) -> Iterator[Token]:
    """Tokens in order, and one that marks the end.

    Raises:
        ExpressionError: the text is too long, or has something in it no expression has.
    """
    if len(text) > LONGEST:
        raise ExpressionError(f"An expression has at most {LONGEST} characters", LONGEST + 1)
    at = 0
    while match := TOKEN.match(text, at):
        yield _token(match)
        at = match.end()
    at = len(text) - len(text[at:].lstrip())
    if at < len(text):
        raise ExpressionError(_unreadable(text[at]), at + 1)
    yield Token(END, "", len(text) + 1)


def _token(match: re.Match[str]) -> Token:
    kind = str(match.lastgroup)
    token = Token(kind, match[kind], match.start(kind) + 1)
    if kind == "number" and max(map(len, token.text.split("."))) > MOST_DIGITS:
        reason = f"A number has at most {MOST_DIGITS} digits on each side of the point"
        raise ExpressionError(reason, token.position)
    return token


def _unreadable(mark: str) -> str:
    if mark == '"':
        return "This text has no closing quote"
    if mark == "=":
        return "Equality is written =="
    return f"“{mark}” has no meaning here"
