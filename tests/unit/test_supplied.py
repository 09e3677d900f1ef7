"""Options that decorators add to commands: shown in help, handed over, and closed at the end."""

from contextlib import contextmanager
from types import SimpleNamespace
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from desktop.commands import supplied
from desktop.commands.supplied import in_vault
from desktop.commands.supplied import supplied as giving


@pytest.fixture
def vault(monkeypatch):
    """What happened to the services of a workspace, in its order."""
    happened = []

    @contextmanager
    def unlocked(workspace, *, from_stdin):
        happened.append(("opened", workspace, from_stdin))
        yield SimpleNamespace(colours={"red": 1}, happened=happened)
        happened.append(("closed",))

    monkeypatch.setattr(supplied, "unlocked", unlocked)
    return happened


def colour(services, shade):
    return services.colours[shade]


of_colour = giving(
    "number", colour, {"shade": (Annotated[str, typer.Option(help="Its name.")], "red")}
)
app = typer.Typer(rich_markup_mode=None)


@app.command()
@in_vault
@of_colour
def paint(
    services: SimpleNamespace,
    number: int,
    wall: Annotated[str, typer.Argument(help="Which wall.")],
    coats: int = 1,
) -> None:
    """Paint a wall."""
    services.happened.append((wall, number, coats))


def run(*arguments):
    return CliRunner().invoke(app, arguments)


def test_command_gets_what_its_decorators_find_in_the_open_vault(vault):
    done = run("north", "--coats", "2", "--passphrase-stdin")
    assert done.exit_code == 0, done.output
    assert vault == [("opened", None, True), ("north", 1, 2), ("closed",)]


def test_options_stand_in_the_help_and_what_was_found_does_not():
    said = run("--help").output
    assert "Paint a wall." in said
    for option in ("wall", "--coats", "--shade", "--workspace", "--passphrase-stdin"):
        assert option in said
    assert "--number" not in said
    assert "--services" not in said


def test_failure_of_what_is_looked_for_closes_the_vault(vault):
    done = run("north", "--shade", "blue")
    assert isinstance(done.exception, KeyError)
    assert vault[0] == ("opened", None, False)
    assert ("north", 1, 1) not in vault
