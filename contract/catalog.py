"""Holds what an imported OpenAPI file promises against the endpoints that were really called."""

from collections.abc import Iterable
from typing import Final

from contract.messages.applications import CatalogBody, CatalogComparison, Route
from contract.messages.rollups import UNMATCHED
from contract.routes import logical_route

UNSAID: Final = frozenset({"HEAD", "OPTIONS"})
"""Methods that frameworks answer by themselves, and that files therefore leave out."""
FUNCTION: Final = "FUNCTION"
"""Method under which the service keeps functions that were traced; they are no operations."""
Operation = tuple[str, str]
"""Method and logical route."""


def compare(catalog: CatalogBody, endpoints: Iterable[Route]) -> CatalogComparison:
    """Which operations were never called, and which endpoints the file does not know.

    An operation counts as called under its own path and under the file's base path before it:
    frameworks report a route without what a proxy or a mount adds, or with it. Both lists are in
    the order they came in.
    """
    called = {_operation(endpoint): endpoint for endpoint in endpoints if _is_route(endpoint)}
    promised: set[Operation] = set()
    never = []
    for operation in catalog.operations:
        names = _names(catalog.base_path, operation)
        promised |= names
        if not names & called.keys():
            never.append(operation)
    unknown = [
        endpoint
        for name, endpoint in called.items()
        if name not in promised and endpoint.method not in UNSAID
    ]
    return CatalogComparison(
        title=catalog.title,
        imported_at=catalog.imported_at,
        operations=len(catalog.operations),
        never_called=tuple(never),
        not_in_file=tuple(unknown),
    )


def _names(base_path: str, operation: Route) -> set[Operation]:
    """What a framework may call an operation."""
    return {
        (operation.method, logical_route(operation.url)),
        (operation.method, logical_route(base_path + operation.url)),
    }


def _operation(route: Route) -> Operation:
    return route.method, logical_route(route.url)


def _is_route(endpoint: Route) -> bool:
    return endpoint.url not in {UNMATCHED, "*"} and endpoint.method not in {FUNCTION, "*"}
