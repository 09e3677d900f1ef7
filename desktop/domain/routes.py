"""Which entry of a list reaches which route, and which routes are likely to take files."""

import re
from collections.abc import Collection
from typing import Final

from desktop.domain.applications import ApplicationSettings
from desktop.domain.policies import Endpoint, Passage, Route

ANY: Final = "*"
REST: Final = "/*"


def covers(blocked: Route, method: str, url: str) -> bool:
    """Whether a blocked route covers an endpoint, as the service compares.

    A star is any; a url that ends with `/*` covers all that begins so.
    """
    if blocked.method not in {ANY, method}:
        return False
    if blocked.url.endswith(REST):
        return url.startswith(blocked.url.removesuffix(ANY))
    return blocked.url in {ANY, url}


def listed(routes: Collection[Route], method: str, url: str) -> bool:
    """Whether one of these routes means the endpoint; a star stands for a whole field only.

    Takes constant time where `routes` is a set.
    """
    return any(Route(m, u) in routes for m in (method, ANY) for u in (url, ANY))


def passage_of(settings: ApplicationSettings, method: str, url: str) -> Passage:
    """What the route lists say; the whitelist is looked at first."""
    if listed(settings.whitelisted_routes, method, url):
        return Passage.WHITELISTED
    return Passage.METERED if listed(settings.metered_routes, method, url) else Passage.UNMETERED


def with_passage(
    settings: ApplicationSettings, endpoint: Endpoint, wanted: Passage
) -> tuple[tuple[Route, ...], tuple[Route, ...]]:
    """Metered and whitelisted routes after one endpoint was changed, everything else as before.

    An endpoint that a wider route meters can only be spared by the whitelist: there is no list of
    exceptions, so the wish not to meter it becomes that.
    """
    own = Route(endpoint.method, endpoint.url)
    metered = tuple(route for route in settings.metered_routes if route != own)
    whitelisted = tuple(route for route in settings.whitelisted_routes if route != own)
    reached = listed(metered, own.method, own.url)
    if wanted is Passage.METERED:
        return metered if reached else (*metered, own), whitelisted
    if wanted is Passage.WHITELISTED or reached:
        return metered, (*whitelisted, own)
    return metered, whitelisted


def looks_like_upload(url: str) -> bool:
    """Whether a route's words suggest that it takes files."""
    words = set(re.split(r"[^a-z]+", url.lower()))
    return bool(words & UPLOAD_WORDS)


UPLOAD_WORDS: Final = frozenset(
    {"upload", "uploads", "file", "files", "attachment", "attachments", "image", "images", "import"}
    | {"avatar", "avatars", "document", "documents", "media", "photo", "photos"}
)
