"""`usageflow workspaces …`: the list of workspaces. No vault is opened, no passphrase needed."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from desktop.commands.answers import AsJson, moment, say
from desktop.domain.errors import InvalidInput
from desktop.domain.workspaces import Workspace
from desktop.services.workspace_list import WorkspaceList
from desktop.services.workspaces import WorkspacesService

NOT_OPEN: Final = Path()
"""No command of this group has a workspace open, so that each may be removed."""

Name = Annotated[str, typer.Argument(help="Name of the workspace.", show_default=False)]

DeleteFiles = Annotated[
    bool, typer.Option("--delete-files", help="Delete vault and backups after seven days.")
]

app = typer.Typer(help="List workspaces, add, rename and remove them.", no_args_is_help=True)


@app.command("list")
def list_workspaces(
    everything: Annotated[bool, typer.Option("--all", help="Removed ones too.")] = False,  # noqa: FBT002
    as_json: AsJson = False,  # noqa: FBT002 (an option)
) -> None:
    """Print the workspaces in the order they were added."""
    entries = _service().listed()
    shown = [one for one in entries if everything or one.removed_at is None]
    answer = {"workspaces": [_fields(one) for one in shown]}
    say("\n".join(map(_line, shown)), answer, as_json=as_json)


@app.command("add")
def add(
    name: Name,
    directory: Annotated[
        str, typer.Option("--directory", help="Folder of a vault; else a new folder of its own.")
    ] = "",
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """List a workspace. Its vault is made by `usageflow workspace create` or in the window."""
    place = str(Path(directory).expanduser().absolute()) if directory else ""
    added = _service().add(name, place)
    say(f"Added “{added.name}” in {added.directory}.", _fields(added), as_json=as_json)


@app.command("rename")
def rename(
    name: Name,
    new_name: Annotated[str, typer.Argument(help="What it is called from now on.")],
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Call a workspace something else; its files stay where they are."""
    renamed = _service().rename(_named(name, removed=False).directory, new_name)
    say(f"“{name}” is called “{renamed.name}” now.", _fields(renamed), as_json=as_json)


@app.command("remove")
def remove(
    name: Name,
    delete_files: DeleteFiles = False,  # noqa: FBT002 (an option)
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Take a workspace off the list; `usageflow workspaces restore` puts it back."""
    removed = _service().remove(_named(name, removed=False).directory, delete_files)
    say(
        f"Removed “{removed.name}” from the list. {_about_files(removed)}",
        _fields(removed),
        as_json=as_json,
    )


@app.command("restore")
def restore(name: Name, as_json: AsJson = False) -> None:  # noqa: FBT002
    """Put a removed workspace back on the list, and keep its files."""
    restored = _service().restore(_named(name, removed=True).directory)
    say(f"“{restored.name}” is on the list again.", _fields(restored), as_json=as_json)


def _service() -> WorkspacesService:
    return WorkspacesService(NOT_OPEN, WorkspaceList(), lambda: datetime.now(UTC))


def _named(name: str, *, removed: bool) -> Workspace:
    """The newest entry of a name, on the list or removed. Raises: InvalidInput."""
    for one in reversed(WorkspaceList().all()):
        if one.name.casefold() == name.casefold() and (one.removed_at is not None) == removed:
            return one
    what = "No removed workspace" if removed else "No workspace"
    raise InvalidInput(f"{what} is called “{name}”. Nothing was changed.", field="name")


def _about_files(workspace: Workspace) -> str:
    if workspace.files_go_at is None:
        return f"Its files stay in {workspace.directory}."
    return f"Its files are deleted after {moment(workspace.files_go_at)}; until then restore it."


def _line(workspace: Workspace) -> str:
    removed = "" if workspace.removed_at is None else "  (removed)"
    return f"{workspace.name}  {workspace.directory}{removed}"


def _fields(workspace: Workspace) -> dict[str, Any]:
    return {
        "name": workspace.name,
        "directory": workspace.directory,
        "removed_at": moment(workspace.removed_at),
        "files_go_at": moment(workspace.files_go_at),
    }
