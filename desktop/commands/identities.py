"""`usageflow identities …`: who customers are, and the key that opens it, for scripts."""

from pathlib import Path
from typing import Annotated

import typer

from desktop.commands.answers import AsJson, say
from desktop.commands.opening import next_line
from desktop.commands.supplied import in_vault
from desktop.domain.ids import CustomerId
from desktop.services.compose import Services

File = Annotated[Path, typer.Argument(help="File.")]

app = typer.Typer(help="Open who customers are.", no_args_is_help=True)


@app.command("show")
@in_vault
def show(
    services: Services,
    customer: Annotated[str, typer.Argument(help="Id of the customer.")],
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Print who a customer is, as the API knows them."""
    identity = services.identities.identity_of(CustomerId(customer))
    say(identity, {"customer_id": customer, "identity": identity}, as_json=as_json)


@app.command("export-key")
@in_vault
def export_key(
    services: Services,
    target: File,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Write the key that opens identities to a file, for another vault of yours.

    The file is encrypted with the second line of standard input (age format).
    """
    count = services.identities.export_key(str(target), next_line("passphrase of the file"))
    said = f"Wrote {target}. Who has it and its passphrase can read identities: remove it soon."
    say(said, {"path": str(target), "keys": count}, as_json=as_json)


@app.command("import-key")
@in_vault
def import_key(
    services: Services,
    source: File,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Take such a file in; its passphrase is the second line of standard input."""
    count = services.identities.import_key(str(source), next_line("passphrase of the file"))
    said = f"Took in {count} new keys. The file is still there: remove it."
    say(said, {"added": count}, as_json=as_json)
