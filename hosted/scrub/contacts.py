"""Finds e-mail addresses in text, looking outwards from each `@`, so that no text takes long."""

import re
from typing import Final

from hosted.scrub.masks import EMAIL

DOMAIN: Final = re.compile(
    r"@(?:((?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}(?:xn--[a-z0-9-]{2,59}|[^\W\d_]{2,24}))(?![^\W_])"
    r"|\[(?:IPv6:)?[0-9A-Fa-f:.]{7,45}\])",
    re.IGNORECASE,
)
ATOMS_BACKWARDS: Final = re.compile(r"[\w.+\-%!#$*~^{}|'\u2019]{1,64}")
QUOTED_BACKWARDS: Final = re.compile(r"\"\\?[^\"\\\r\n]{1,64}\"\\?")
LONGEST_LOCAL: Final = 70
FILE_ENDINGS: Final = frozenset(
    """
    png jpg jpeg gif svg webp avif bmp ico css js mjs cjs jsx tsx json html htm pdf woff woff2 mp4
    service socket timer mount target slice scope path
    """.split()  # noqa: SIM905 - a list of this length reads better as text
)
SPELLED_OUT: Final = re.compile(
    r"\b[\w.+-]{1,64} ?[\[({] ?at ?[\])}] ?[\w-]{1,63}"
    r"(?: ?(?:[\[({] ?dot ?[\])}]|\.) ?[\w-]{1,63}){1,4}",
    re.IGNORECASE,
)


def without_emails(text: str) -> str:
    """The text with e-mail addresses replaced; versions and file names with an `@` stay."""
    pieces, done = [], 0
    for match in DOMAIN.finditer(text):
        start = _local_start(text, done, match)
        if start is not None:
            pieces += [text[done:start], EMAIL]
            done = match.end()
    if pieces:
        text = "".join([*pieces, text[done:]])
    return SPELLED_OUT.sub(EMAIL, text) if "at" in text or "AT" in text else text


def _local_start(text: str, done: int, domain: re.Match[str]) -> int | None:
    """Where the part before the `@` begins; None when this is no address."""
    if domain[1] and domain[1].rpartition(".")[2].lower() in FILE_ENDINGS:
        return None
    at = domain.start()
    backwards = text[max(done, at - LONGEST_LOCAL) : at][::-1]
    form = QUOTED_BACKWARDS if backwards.startswith('"') else ATOMS_BACKWARDS
    local = form.match(backwards)
    if local is None:
        return None
    found = local[0][::-1].lstrip("'\u2019{|")
    is_repository = found == "git" and text[domain.end() : domain.end() + 1] in {":", "/"}
    return None if not found or is_repository else at - len(found)
