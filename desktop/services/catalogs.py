"""Catalogs: the operations an OpenAPI file promises, and which of them were never called."""

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contract.identifiers import catalog_id
from desktop.domain.catalogs import CatalogFindings, Operation
from desktop.domain.errors import InvalidInput
from desktop.domain.ids import ApplicationId
from desktop.services.calls import callable_from_window
from desktop.services.storage import configuration
from desktop.services.storage.configuration import RowKey

if TYPE_CHECKING:
    from contract.messages.applications import Route
    from desktop.services.editing import Edits
    from desktop.services.openapi_import import OpenApiFile
    from desktop.services.storage.vault import Vault


class CatalogService:
    def __init__(
        self,
        vault: "Vault",
        edits: "Edits",
        clock: Callable[[], datetime],
        edited: Callable[[], None],
    ) -> None:
        """`edited` is called after each edit was stored."""
        self._vault = vault
        self._edits = edits
        self._clock = clock
        self._edited = edited

    @callable_from_window
    def import_file(self, application_id: ApplicationId, path: str) -> int:
        """Make an OpenAPI file the catalog of an application; how many operations it promises.

        The catalog before is replaced. Queued like an edit in the window.
        Raises: InvalidInput (field `file`), VaultError.
        """
        from desktop.services.openapi_import import MAX_BYTES, read_openapi

        found = read_openapi(_content(path, MAX_BYTES + 1))
        body = _catalog(application_id, found, self._clock())
        with self._vault.transaction() as db:
            self._edits.save(db, RowKey("catalog", catalog_id(application_id)), body)
        self._edited()
        return len(found.operations)

    @callable_from_window
    def remove(self, application_id: ApplicationId) -> None:
        """Forget an application's catalog. Raises: VaultError."""
        with self._vault.transaction() as db:
            self._edits.delete(db, RowKey("catalog", catalog_id(application_id)))
        self._edited()

    @callable_from_window
    def findings(self, application_id: ApplicationId) -> CatalogFindings | None:
        """The catalog against the endpoints the vault knows; None without a catalog.

        Asks no service. Raises: VaultError.
        """
        with self._vault.reading() as db:
            row = configuration.find(db, RowKey("catalog", catalog_id(application_id)))
            endpoints = configuration.bodies_of(db, application_id, "endpoint")
        return None if row is None else _findings(row.body, endpoints)


def _catalog(application_id: ApplicationId, found: "OpenApiFile", now: datetime) -> dict[str, Any]:
    from contract.messages.applications import CatalogBody, Route

    body = CatalogBody(
        application_id=application_id,
        title=found.title,
        base_path=found.base_path,
        operations=tuple(Route(method=method, url=url) for method, url in found.operations),
        imported_at=now.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
    return body.model_dump(mode="json")


def _findings(catalog: str, endpoints: Iterable[str]) -> CatalogFindings:
    from contract.catalog import compare
    from contract.messages.applications import CatalogBody, EndpointBody, Route

    seen = (EndpointBody.model_validate_json(body) for body in endpoints)
    routes = (Route(method=body.method, url=body.url) for body in seen)
    found = compare(CatalogBody.model_validate_json(catalog), routes)
    return CatalogFindings(
        title=found.title,
        imported_at=datetime.fromisoformat(found.imported_at),
        operations=found.operations,
        never_called=_operations(found.never_called),
        not_in_file=_operations(found.not_in_file),
    )


def _operations(routes: "Iterable[Route]") -> tuple[Operation, ...]:
    return tuple(Operation(route.method, route.url) for route in routes)


def _content(path: str, most: int) -> bytes:
    """A file's beginning without card numbers: one too large is noticed, and not read whole."""
    from contract.card_numbers import masked_bytes

    try:
        with Path(path).open("rb") as file:
            return masked_bytes(file.read(most))
    except OSError as error:
        raise InvalidInput(
            f"The file could not be read: {error.strerror}. Nothing was changed. Check its name "
            "and permissions.",
            field="file",
        ) from error
