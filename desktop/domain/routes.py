"""Which entry of a list reaches which route, and which routes are likely to take files."""

import re
from typing import Final

ANY: Final = "*"


def matches(method: str, url: str, listed_method: str, listed_url: str) -> bool:
    """Whether an entry of a route list or a block means this endpoint; a star is any.

    Letter by letter otherwise, as the service compares.
    """
    return listed_method in {ANY, method} and listed_url in {ANY, url}


def looks_like_upload(url: str) -> bool:
    """Whether a route's words suggest that it takes files."""
    words = set(re.split(r"[^a-z]+", url.lower()))
    return bool(words & UPLOAD_WORDS)


UPLOAD_WORDS: Final = frozenset(
    {"upload", "uploads", "file", "files", "attachment", "attachments", "image", "images", "import"}
    | {"avatar", "avatars", "document", "documents", "media", "photo", "photos"}
)
