"""What every command needs: the workspace, opened with a passphrase from standard input."""

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from desktop import paths
from desktop.domain.errors import InvalidInput
from desktop.domain.ids import ApplicationId
from desktop.services.compose import Services, build_services
from desktop.services.workspace_list import WorkspaceList


def workspace_folder(text: str) -> Path:
    """The folder of a workspace. Raises: InvalidInput, WorkspaceListProblem."""
    return WorkspaceList().resolve(text)


Workspace = Annotated[
    Path | None,
    typer.Option(
        "--workspace",
        help="Name of the workspace, or its folder; else the default one.",
        parser=workspace_folder,
        metavar="NAME|FOLDER",
        show_default=False,
    ),
]
FromStdin = Annotated[
    bool,
    typer.Option(
        "--passphrase-stdin", help="Read the passphrase from the first line of standard input."
    ),
]
CodeFromStdin = Annotated[
    bool,
    typer.Option(
        "--recovery-code-stdin",
        help="Read the recovery code from the first line of standard input, in place of the "
        "passphrase.",
    ),
]
Application = Annotated[str, typer.Option(help="Id; else the workspace's own.")]


@contextmanager
def unlocked(workspace: Path | None, *, from_stdin: bool) -> Iterator[Services]:
    """The services of a workspace, opened with the passphrase on standard input."""
    passphrase = passphrase_from(from_stdin=from_stdin)
    services = open_services(workspace)
    try:
        services.vault.files.require_vault()
        services.workspace.unlock(passphrase)
        yield services
    finally:
        services.close()


def open_services(workspace: Path | None) -> Services:
    return build_services(workspace or paths.default_workspace(), syncs_by_itself=False)


@contextmanager
def closing(workspace: Path | None) -> Iterator[Services]:
    """The services of a workspace, not opened; closed at the end."""
    services = open_services(workspace)
    try:
        yield services
    finally:
        services.close()


def passphrase_from(*, from_stdin: bool) -> str:
    """The passphrase: from standard input if told so, else asked for at a terminal.

    Raises: InvalidInput when there is neither.
    """
    if from_stdin:
        return next_line("passphrase")
    if sys.stdin.isatty():
        return getpass.getpass("Passphrase: ")
    raise InvalidInput(
        "The passphrase is missing. Nothing was done. Give --passphrase-stdin and write the "
        "passphrase on the first line of standard input."
    )


def next_line(what: str) -> str:
    """The next line of standard input. Raises: InvalidInput when it is empty or not text."""
    try:
        line = sys.stdin.buffer.readline().decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"The {what} is not UTF-8 text. Nothing was done.") from error
    if not line:
        raise InvalidInput(f"The {what} is missing on standard input. Nothing was done.")
    return line


def chosen_application(services: Services, application: str) -> ApplicationId:
    """The application named, else the workspace's own. Raises: InvalidInput without one."""
    application_id = application or services.connection.info().application_id
    if not application_id:
        raise InvalidInput("This workspace has no application yet. Connect it to a service.")
    return ApplicationId(application_id)
