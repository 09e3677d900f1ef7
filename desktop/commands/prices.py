"""`usageflow rules …`: pricing rules and plans for scripts and for files in git."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import typer

from desktop.commands.answers import FAILED, AsJson
from desktop.commands.supplied import in_vault, of_application
from desktop.domain.errors import InvalidInput
from desktop.domain.ids import ApplicationId
from desktop.domain.pricing.changes import FileAction, FilePreview
from desktop.services.compose import Services
from desktop.services.rule_text import FileFormat

WORDS: Final = {
    FileAction.NEW: "new",
    FileAction.CHANGED: "changed",
    FileAction.UNCHANGED: "unchanged",
    FileAction.LEFT: "not in the file, left alone",
}
File = Annotated[Path, typer.Option(help="YAML or JSON, as `usageflow rules export` writes it.")]
Yes = Annotated[bool, typer.Option("--yes", help="Also where bills of past days change.")]

app = typer.Typer(help="Take pricing rules out, and publish them.", no_args_is_help=True)


@app.command("list")
@in_vault
@of_application
def list_rules(
    services: Services,
    which: ApplicationId,
    as_json: AsJson = False,  # noqa: FBT002 (an option)
) -> None:
    """Print the newest version of each rule, and each plan, from the vault."""
    rules = services.pricing.list_rules(which)
    plans = services.plans.plans(which)
    if as_json:
        _print_json({"rules": rules, "plans": plans})
        return
    for rule in rules:
        model = rule.price["model"] if rule.price else "ended"
        typer.echo(
            f"{rule.rule_id}  v{rule.version}  {rule.name}  {rule.method} {rule.url}  {model}  "
            f"from {rule.effective_from}  {rule.standing.state}"
        )
    for plan in plans:
        typer.echo(f"{plan.plan_id}  {plan.name}  {len(plan.rule_ids)} rules")


@app.command("export")
@in_vault
@of_application
def export(
    services: Services,
    which: ApplicationId,
    form: Annotated[FileFormat, typer.Option("--format", help="Form of the text.")] = (
        FileFormat.YAML
    ),
    file: Annotated[Path | None, typer.Option(help="Where to; else standard output.")] = None,
) -> None:
    """Write rules and plans in an order that does not change by itself."""
    text = services.rule_files.text(which, form)
    if file is None:
        typer.echo(text, nl=False)
        return
    try:
        file.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        said = "The file could not be written. Nothing was changed. Choose another place."
        raise InvalidInput(said, field="file") from error


@app.command("diff")
@in_vault
@of_application
def diff(
    services: Services,
    which: ApplicationId,
    file: File,
    as_json: AsJson = False,  # noqa: FBT002 (an option)
) -> None:
    """Print what importing a file would do; stores nothing. Status 1 if the file has mistakes."""
    found = services.rule_files.preview_file(which, str(file))
    _say_preview(found, as_json=as_json)
    if found.problems:
        sys.exit(FAILED)


@app.command("import")
@in_vault
@of_application
def import_file(
    services: Services,
    which: ApplicationId,
    file: File,
    yes: Yes = False,  # noqa: FBT002 (an option)
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Publish what is new or changed in a file, all or nothing; `usageflow sync` sends it."""
    _take(services.rule_files.preview_file(which, str(file)), as_json=as_json, yes=yes)
    done = services.rule_files.import_file(which, str(file))
    _say_preview(done, as_json=as_json)


@app.command("publish")
@in_vault
@of_application
def publish(  # noqa: PLR0913, PLR0917 (the options of one command)
    services: Services,
    which: ApplicationId,
    rule: Annotated[str, typer.Option(help="Id or name of the rule in the file.")],
    file: File,
    yes: Yes = False,  # noqa: FBT002 (an option)
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Publish one rule of a file and nothing else; `usageflow sync` sends it."""
    found = services.rule_files.preview_file(which, str(file), only=rule)
    _take(found, as_json=as_json, yes=yes)
    done = services.rule_files.import_file(which, str(file), only=rule)
    _say_preview(done, as_json=as_json)


def _take(found: FilePreview, *, as_json: bool, yes: bool) -> None:
    """Go on only with a file that can be used, and with consent where past bills change."""
    if found.problems:
        _say_preview(found, as_json=as_json)
        sys.exit(FAILED)
    past = [one.name for one in found.changes if one.changes_past]
    if past and not yes:
        raise InvalidInput(
            f"This changes bills of days before today: {', '.join(past)}. Nothing was changed. "
            "Write another effective_from, or say --yes."
        )


def _say_preview(found: FilePreview, *, as_json: bool) -> None:
    if as_json:
        _print_json({"changes": found.changes, "problems": found.problems})
        return
    for problem in found.problems:
        typer.echo(f"Line {problem.line}, {problem.field}: {problem.message}", err=True)
    for change in found.changes:
        name = f"{change.name} ({change.row_id})" if change.row_id else change.name
        typer.echo(f"{change.kind} {name}: {WORDS[change.action]}")
        if change.diff:
            typer.echo(change.diff)


def _print_json(value: dict[str, Iterable[Any]]) -> None:
    typer.echo(json.dumps(msgspec.to_builtins(value)))
