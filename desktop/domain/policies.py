"""Reading a policy as an owner types it: route, identity, rate limit."""

import re
from typing import Final

from desktop.domain.errors import InvalidInput

LOCATIONS: Final = {
    "header": "headers",
    "headers": "headers",
    "query": "query_params",
    "query_params": "query_params",
    "path": "path_params",
    "path_params": "path_params",
    "body": "body",
    "bearer": "bearer_token",
    "bearer_token": "bearer_token",
    "jwt": "bearer_token",
    "cookie": "cookie",
}
"""Names an owner may type, and the spelling that every SDK understands."""
COOKIE_FORMS: Final = ("cookie.", "[technique=jwt]")
"""Beginnings of a cookie's name that SDKs of every language find. Others only some do."""
INTERVALS: Final = ("second", "minute", "hour", "day", "week", "month")
METHOD: Final = re.compile(r"\*|[A-Z]{1,16}")
MAX_URL: Final = 2048
MAX_NAME: Final = 200
MAX_LIMIT: Final = 10**12


def checked_method(text: str) -> str:
    """The method in upper case, `*` for any. Raises: InvalidInput (field `method`)."""
    method = text.strip().upper()
    if METHOD.fullmatch(method) is None:
        raise InvalidInput(
            "This is not a method. Nothing was changed. Write one such as GET, or * for any.",
            field="method",
        )
    return method


def checked_url(text: str) -> str:
    """The route as the framework writes it, `*` for any. Raises: InvalidInput (field `url`)."""
    url = text.strip()
    if url != "*" and not url.startswith("/"):
        raise InvalidInput(
            "A route starts with a slash. Nothing was changed. Write it as the framework does, "
            "such as /items/{item_id}, or * for any.",
            field="url",
        )
    if len(url) > MAX_URL:
        raise InvalidInput(
            f"This route is longer than {MAX_URL} characters. Nothing was changed.", field="url"
        )
    return url


def identity(text: str) -> tuple[str | None, str | None]:
    """Canonical location and name of `location:name`; two None for an empty text.

    Raises: InvalidInput (field `identity`).
    """
    if not text.strip():
        return None, None
    typed, colon, name = text.strip().partition(":")
    location, name = LOCATIONS.get(typed.strip().lower()), name.strip()
    if location is None or not colon or not name or len(name) > MAX_NAME:
        raise InvalidInput(
            "This does not say where the caller's identity is. Nothing was changed. Write a "
            "place and a name, such as header:X-User, query:user, path:user_id, body:user, "
            "bearer:sub or cookie:session.",
            field="identity",
        )
    if location == "cookie" and not name.startswith(COOKIE_FORMS):
        name = COOKIE_FORMS[0] + name
    return location, name


def rate_limit(text: str) -> tuple[int | None, str | None]:
    """Calls and interval of `count/interval`; two None for an empty text.

    Raises: InvalidInput (field `limit`).
    """
    if not text.strip():
        return None, None
    count, _, interval = (part.strip() for part in text.partition("/"))
    interval = interval.lower().removesuffix("s")
    known = interval in INTERVALS and count.isascii() and count.isdigit()
    if not known or not 1 <= int(count) <= MAX_LIMIT:
        raise InvalidInput(
            "This is not a limit. Nothing was changed. Write a number of calls and an interval, "
            "such as 100/minute; intervals are second, minute, hour, day, week and month.",
            field="limit",
        )
    return int(count), interval
