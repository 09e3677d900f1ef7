"""Which route text may be kept. A route pattern is harmless, a raw path may name a person."""

import re
from typing import Final

from hosted.scrub.walker import shared_walker

METHOD: Final = re.compile(r"[A-Z]{1,16}\Z")
MAX_URL: Final = 2048

PLAIN_PATH: Final = re.compile(r"(?:/[A-Za-z0-9_.:<>{}*-]*)+\Z", re.ASCII)

DATA_SEGMENT: Final = re.compile(
    r"""
      \d{4,}                                  # a number long enough to be somebody's
    | [0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}.*   # a UUID
    | .*[@%=+~].*                             # e-mail, escapes, encoded data
    | (?=.*\d)(?=.*[A-Za-z])[\w.-]{12,}       # letters and digits mixed at length: a token
    | .{33,}
    """,
    re.VERBOSE,
)
"""A segment of a raw path that looks like data and not like the name of a resource."""


FOLDED: Final = "{id}"
"""What stands for such a segment: a parameter, as FastAPI writes one."""

FUNCTION_METHOD: Final = "FUNCTION"
"""Stands for the method of what a function inside a call is counted under."""

BOOKING: Final = re.compile(r"(vibe:(?:credit|withdraw)):")
"""Bookings carry the identity behind these words: it would be a new endpoint for each person."""


def clean_method(method: object) -> str | None:
    """The method if it is one, else None."""
    return method if isinstance(method, str) and METHOD.match(method) else None


def clean_url(url: object, raw_url: object) -> str | None:
    """The route pattern if it may be kept, else None: the call counts as unmatched.

    Flask and Gin report the raw path where no route matched; then `url` equals `raw_url`. Segments
    that look like data then become a parameter: the path counts with others of its form.
    """
    if not isinstance(url, str) or not 0 < len(url) <= MAX_URL or not url.isprintable():
        return None
    if booking := BOOKING.match(url):
        return booking[1]
    path = url.partition("?")[0].partition("#")[0]
    if not path:
        return None
    kept = _without_data(path) if url == raw_url else path
    return kept if shared_walker().name(kept) == kept else None


def function_url(path: str, name: str) -> str | None:
    """What a function is counted under in place of a url: its file and its name."""
    return clean_url(f"{path}:{name}", None)


def plain_route(url: object) -> str | None:
    """The url if none of its segments can be data, be it a route or a raw path; else None."""
    path = clean_url(url, None)
    if path is None or not PLAIN_PATH.match(path):
        return None
    return path if _without_data(path) == path else None


def _without_data(path: str) -> str:
    segments = path.split("/")
    return "/".join(FOLDED if DATA_SEGMENT.fullmatch(each) else each for each in segments)
