"""The few request headers that are kept, each cut down to a closed vocabulary.

A list of what is allowed, not of what is forbidden: a header nobody thought of is dropped, and so
is a value that only claims to be harmless.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

MEDIA_TYPES: Final = frozenset(
    {
        "*/*",
        "application/json",
        "application/octet-stream",
        "application/pdf",
        "application/problem+json",
        "application/x-ndjson",
        "application/x-www-form-urlencoded",
        "application/xml",
        "image/*",
        "image/jpeg",
        "image/png",
        "image/webp",
        "multipart/form-data",
        "text/*",
        "text/css",
        "text/csv",
        "text/event-stream",
        "text/html",
        "text/plain",
        "text/xml",
    }
)
ENCODINGS: Final = frozenset({"gzip", "deflate", "br", "zstd", "identity", "*"})
USUAL_ENCODINGS: Final = frozenset(
    {"gzip, deflate", "gzip, deflate, br", "gzip, deflate, br, zstd", "gzip, deflate, zstd"}
)
"""Lists that every program sends; taking them apart would be a tenth of a message's cost."""
CLOSED: Final = MEDIA_TYPES | ENCODINGS | USUAL_ENCODINGS | {"keep-alive", "no-cache", "close"}
"""Values that say nothing of anybody, and need not be read."""
LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?\Z")
LENGTH: Final = re.compile(r"\d{1,12}\Z")
AGENTS: Final = (
    "python-requests",
    "python-httpx",
    "curl",
    "Go-http-client",
    "okhttp",
    "axios",
    "PostmanRuntime",
    "aiohttp",
    "Wget",
    "Java",
    "Edg",
    "Firefox",
    "Chrome",
    "Safari",
)
"""Order matters: a browser names those it descends from as well."""
AGENT: Final = re.compile(r"\b(" + "|".join(map(re.escape, AGENTS)) + r")/(\d{1,4})\b")


PLAIN_AGENT: Final = re.compile(
    r"(" + "|".join(map(re.escape, AGENTS)) + r")/(\d{1,4})(?:\.\d{1,6}){0,3}\Z"
)
"""A client that names itself and nothing else; most programs do."""


def _words_of(
    allowed: frozenset[str], usual: frozenset[str] = frozenset()
) -> Callable[[str], str | None]:
    """What keeps the allowed words of a list. `usual` are lists of nothing but such words."""
    whole = allowed | usual

    def keep(value: str) -> str | None:
        if value in whole:
            return value
        words = [part.partition(";")[0].strip().lower() for part in value.split(",")]
        return ", ".join(word for word in words if word in allowed) or None

    return keep


def _first_language(value: str) -> str | None:
    first = re.split(r"[,;]", value, maxsplit=1)[0].strip()
    return first if LANGUAGE.match(first) else None


def _length(value: str) -> str | None:
    return value if LENGTH.match(value) else None


ALLOWED: Final[Mapping[str, Callable[[str], str | None]]] = {
    "accept": _words_of(MEDIA_TYPES),
    "accept-encoding": _words_of(ENCODINGS, USUAL_ENCODINGS),
    "accept-language": _first_language,
    "content-length": _length,
    "content-type": _words_of(MEDIA_TYPES),
}


def kept_headers(headers: object) -> dict[str, str]:
    """Allowed headers with their cleaned values, names in lower case.

    Values may be text (Python SDKs) or lists of text (Go).
    """
    if not isinstance(headers, dict):
        return {}
    kept: dict[str, str] = {}
    for name in headers:
        lowered = name.lower()
        clean = ALLOWED.get(lowered)
        if clean is None:
            continue
        text = _text(headers[name])
        if text is not None and (cleaned := clean(text)):
            kept[lowered] = cleaned
    return kept


def agent_family(user_agent: object) -> str | None:
    """Program and major version of a known client, such as `curl/8`; None for any other."""
    if not isinstance(user_agent, str):
        return None
    if plain := PLAIN_AGENT.match(user_agent):
        return f"{plain[1]}/{plain[2]}"
    found = {match[1]: match[2] for match in AGENT.finditer(user_agent[:512])}
    family = next((name for name in AGENTS if name in found), None)
    return None if family is None else f"{family}/{found[family]}"


def _text(value: Any) -> str | None:  # noqa: ANN401 - any JSON value
    if isinstance(value, list):
        value = ", ".join(item for item in value if isinstance(item, str))
    return value if isinstance(value, str) else None
