"""Whether a route the owner named covers a route an SDK reported."""

from collections.abc import Iterable
from typing import Final

ANY: Final = "*"
REST: Final = "/*"

Route = tuple[str, str]
"""Method and url; `*` in place of either is any. The framework's own text is compared."""


def is_listed(routes: Iterable[Route], method: str, url: str) -> bool:
    """Whether one of the routes names a method and url.

    A star stands for a whole field only, because SDKs disagree about any other.
    """
    return any(m in {ANY, method} and u in {ANY, url} for m, u in routes)


def covers(route: Route, method: str, url: str) -> bool:
    """Whether a blocked route covers a method and url.

    A url that ends with a slash and a star covers all that begin alike; SDKs are told what it
    comes to.
    """
    wanted_method, wanted_url = route
    if wanted_method not in {ANY, method}:
        return False
    if wanted_url in {ANY, url}:
        return True
    return wanted_url.endswith(REST) and url.startswith(wanted_url[:-1])


def is_pattern(route: Route) -> bool:
    """Whether a blocked route may cover others than itself."""
    return ANY in route or route[1].endswith(REST)
