"""`usageflow catalog …`: what an OpenAPI file promises, and what of it is called."""

import json
from pathlib import Path
from typing import Annotated

import typer

from desktop.commands.supplied import in_vault, of_application
from desktop.domain.catalogs import CatalogFindings, Operation
from desktop.domain.errors import InvalidInput
from desktop.domain.ids import ApplicationId
from desktop.services.compose import Services

app = typer.Typer(help="Hold an OpenAPI file against what is called.", no_args_is_help=True)


@app.command("import")
@in_vault
@of_application
def import_file(
    services: Services,
    which: ApplicationId,
    file: Annotated[Path, typer.Option(help="OpenAPI 2.0, 3.0 or 3.1, as JSON or YAML.")],
) -> None:
    """Make a file the catalog of an application. It is queued; `usageflow sync` sends it."""
    application_id = which
    operations = services.catalogs.import_file(application_id, str(file))
    typer.echo(f"Imported {operations} operations.")


@app.command("compare")
@in_vault
@of_application
def compare(
    services: Services,
    which: ApplicationId,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,  # noqa: FBT002
) -> None:
    """Print which operations were never called, and which endpoints the file does not name."""
    found = services.catalogs.findings(which)
    if found is None:
        raise InvalidInput(
            "This application has no catalog. Nothing was compared. Import an OpenAPI file with: "
            "usageflow catalog import"
        )
    typer.echo(_json(found) if as_json else _text(found))


def _json(found: CatalogFindings) -> str:
    return json.dumps(
        {
            "title": found.title,
            "imported_at": found.imported_at.isoformat(),
            "operations": found.operations,
            "never_called": [_fields(operation) for operation in found.never_called],
            "not_in_file": [_fields(operation) for operation in found.not_in_file],
        }
    )


def _fields(operation: Operation) -> dict[str, str]:
    return {"method": operation.method, "url": operation.url}


def _text(found: CatalogFindings) -> str:
    called = found.operations - len(found.never_called)
    lines = [f"{called} of {found.operations} operations were called."]
    for title, operations in (
        ("Never called:", found.never_called),
        ("Called, and not in the file:", found.not_in_file),
    ):
        if operations:
            lines += [title, *(f"  {item.method} {item.url}" for item in operations)]
    return "\n".join(lines)
