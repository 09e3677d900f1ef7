"""The measures of a call that a metering expression may use: sizes, tokens, the model's name.

Numbers and a name in a narrow form; nothing a person could be told by.
"""

import re
from typing import Any, Final

import msgspec

from hosted.sdk.frames import Metadata

CONTENT_LENGTH: Final = re.compile(rb'"content-length"\s*:\s*"(\d{1,12})"', re.IGNORECASE)
MODEL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}\Z")
MOST_TOKENS: Final = 10**12


class Measures(msgspec.Struct, frozen=True, gc=False):
    """None where nobody reported it. Go spells tokens in two ways; both are read, one is kept."""

    request_bytes: int | None = None
    response_bytes: int | None = None
    tokens: int | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    model: str | None = None


def measures(facts: Metadata, headers: dict[str, str]) -> Measures:
    """Measures in a call's metadata and its kept request headers."""
    response = CONTENT_LENGTH.search(facts.response_headers)
    length = headers.get("content-length")
    return Measures(
        request_bytes=None if length is None else int(length),
        response_bytes=None if response is None else int(response[1]),
        tokens=_count(facts.total_tokens, facts.total_tokens_too),
        prompt_tokens=_count(facts.prompt_tokens, facts.prompt_tokens_too),
        completion_tokens=_count(facts.completion_tokens, facts.completion_tokens_too),
        model=_name(facts.model, facts.model_too),
    )


def _count(*spellings: Any) -> int | None:  # noqa: ANN401 - any JSON value
    for value in spellings:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and 0 <= value <= MOST_TOKENS:
            return int(value)
    return None


def _name(*spellings: Any) -> str | None:  # noqa: ANN401 - any JSON value
    for value in spellings:
        if isinstance(value, str) and MODEL.match(value):
            return value
    return None
