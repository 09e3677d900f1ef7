"""`usageflow identities …`: who customers are, and the key that opens it, for scripts."""

from pathlib import Path
from typing import Annotated

import typer

from desktop.commands.answers import AsJson, say
from desktop.commands.opening import FromStdin, Workspace, next_line, unlocked
from desktop.domain.ids import CustomerId

File = Annotated[Path, typer.Argument(help="File.")]

app = typer.Typer(help="Open who customers are.", no_args_is_help=True)


@app.command("show")
def show(
    customer: Annotated[str, typer.Argument(help="Id of the customer.")],
    workspace: Workspace = None,
    passphrase_stdin: FromStdin = False,  # noqa: FBT002 (an option)
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Print who a customer is, as the API knows them."""
    with unlocked(workspace, from_stdin=passphrase_stdin) as services:
        identity = services.identities.identity_of(CustomerId(customer))
    say(identity, {"customer_id": customer, "identity": identity}, as_json=as_json)


@app.command("export-key")
def export_key(
    target: File,
    workspace: Workspace = None,
    passphrase_stdin: FromStdin = False,  # noqa: FBT002
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Write the key that opens identities to a file, for another vault of yours.

    The file is encrypted with the second line of standard input (age format).
    """
    with unlocked(workspace, from_stdin=passphrase_stdin) as services:
        count = services.identities.export_key(str(target), next_line("passphrase of the file"))
    said = f"Wrote {target}. Who has it and its passphrase can read identities: remove it soon."
    say(said, {"path": str(target), "keys": count}, as_json=as_json)


@app.command("import-key")
def import_key(
    source: File,
    workspace: Workspace = None,
    passphrase_stdin: FromStdin = False,  # noqa: FBT002
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Take such a file in; its passphrase is the second line of standard input."""
    with unlocked(workspace, from_stdin=passphrase_stdin) as services:
        count = services.identities.import_key(str(source), next_line("passphrase of the file"))
    said = f"Took in {count} new keys. The file is still there: remove it."
    say(said, {"added": count}, as_json=as_json)
