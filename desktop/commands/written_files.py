"""`usageflow privacy files …`: packages and exports that were written outside the vault."""

from typing import Annotated

import typer

from desktop.commands.answers import AsJson, moment, say
from desktop.commands.supplied import in_vault
from desktop.domain.privacy.written import FileLine
from desktop.services.compose import Services

app = typer.Typer(help="Files with personal data outside the vault.", no_args_is_help=True)
File = Annotated[str, typer.Argument(help="Id of the file, as `list` prints it.")]


@app.command("list")
@in_vault
def list_files(
    services: Services,
    as_json: AsJson = False,  # noqa: FBT002 (an option)
) -> None:
    """Print every file that was written, and whether it is still there."""
    found = services.erasing.files.listed()
    _say(found, as_json=as_json)


@app.command("delete")
@in_vault
def delete(
    services: Services,
    file: File,
    as_json: AsJson = False,  # noqa: FBT002 (an option)
) -> None:
    """Delete a file, if it is unchanged since it was written."""
    found = services.erasing.files.delete(file)
    _say(found, as_json=as_json)


@app.command("forget")
@in_vault
def forget(
    services: Services,
    file: File,
    as_json: AsJson = False,  # noqa: FBT002 (an option)
) -> None:
    """Take a file off the list and leave it alone."""
    found = services.erasing.files.forget(file)
    _say(found, as_json=as_json)


def _say(found: tuple[FileLine, ...], *, as_json: bool) -> None:
    text = "\n".join(
        f"{line.file.file_id}  {line.file.written_at:%Y-%m-%d}  {line.state.value:<8}"
        f"{line.file.kind.value:<14}{line.request:<8}  {line.file.path}"
        + ("  (names somebody who was erased)" if line.file.due_for else "")
        for line in found
    )
    files = [
        {
            "file_id": line.file.file_id,
            "path": line.file.path,
            "kind": line.file.kind.value,
            "request": line.request,
            "bytes": line.file.size_bytes,
            "sha256": line.file.sha256,
            "written_at": moment(line.file.written_at),
            "state": line.state.value,
            "old": line.is_old,
            "names_erased": bool(line.file.due_for),
        }
        for line in found
    ]
    say(text or "No files.", {"files": files}, as_json=as_json)
