"""Options that many commands have, declared once: a decorator adds them to a command.

    @app.command("runs")
    @in_vault
    @of_application
    def runs(services: Services, which: ApplicationId, last: Last = 20) -> None: ...

takes `--last`, `--application`, `--workspace` and `--passphrase-stdin`. What a decorator finds goes
to the parameter it names; `in_vault` is the outermost one.
"""

import inspect
from collections.abc import Callable, Mapping
from functools import update_wrapper
from typing import Any

from desktop.commands.opening import (
    Application,
    FromStdin,
    Workspace,
    chosen_application,
    unlocked,
)

Command = Callable[..., None]
Options = Mapping[str, tuple[Any, object]]
"""Annotation and default of each option, by the name of its parameter."""


def in_vault(command: Command) -> Command:
    """Give `services` of the workspace, opened; they are closed when the command ends."""

    def run(**given: Any) -> None:  # noqa: ANN401 (the values of any command)
        workspace, from_stdin = given.pop("workspace"), given.pop("passphrase_stdin")
        with unlocked(workspace, from_stdin=from_stdin) as services:
            command(services=services, **given)

    options = {"workspace": (Workspace, None), "passphrase_stdin": (FromStdin, False)}
    return _with_options(run, command, "services", options)


def of_application(command: Command) -> Command:
    """Give `which`: the application that is named, else the workspace's own."""
    return supplied("which", chosen_application, {"application": (Application, "")})(command)


def supplied(
    name: str, find: Callable[..., object], options: Options
) -> Callable[[Command], Command]:
    """Give the parameter `name` what `find` makes of the services and the options."""

    def decorate(command: Command) -> Command:
        def run(services: object, **given: Any) -> None:  # noqa: ANN401 (the values of any command)
            chosen = {option: given.pop(option) for option in options}
            command(services=services, **{name: find(services, **chosen)}, **given)

        return _with_options(run, command, name, options)

    return decorate


def _with_options(run: Command, command: Command, without: str, options: Options) -> Command:
    """`run` under the name and text of `command`, with the options behind its own parameters."""
    signature = inspect.signature(command, eval_str=True)
    own = [one for one in signature.parameters.values() if one.name != without]
    keyword = inspect.Parameter.KEYWORD_ONLY
    added = [
        inspect.Parameter(name, keyword, default=default, annotation=kind)
        for name, (kind, default) in options.items()
    ]
    shown = [*(one.replace(kind=keyword) for one in own), *added]
    update_wrapper(run, command)
    run.__dict__["__signature__"] = signature.replace(parameters=shown)
    run.__annotations__ = {one.name: one.annotation for one in shown}
    return run
