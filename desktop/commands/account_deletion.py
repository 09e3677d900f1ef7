"""`usageflow account delete`, `certificate` and `books`: the end of the account, for scripts."""

from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from desktop.commands.answers import AsJson, moment, say
from desktop.commands.opening import FromStdin, Workspace, next_line, unlocked
from desktop.domain.errors import InvalidInput
from desktop.domain.privacy.account_deletion import (
    AccountDeletion,
    DeletionPreview,
    DeletionState,
)
from desktop.services.calls import no_report
from desktop.services.privacy.account_end.service import AccountDeletionService

UNFINISHED: Final = 2
"""Exit status of a deletion that has begun and goes on by itself later."""
WORDS: Final = "delete this account"
Out = Annotated[Path, typer.Option(help="File to write.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands to those of `usageflow account`."""
    app.command("delete")(delete)
    app.command("certificate")(certificate)
    app.command("books")(books)


def delete(  # noqa: PLR0913, PLR0917 (the options of one command)
    on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Day it begins on, at most 30 days from now."),
    ] = None,
    now: Annotated[  # noqa: FBT002 (an option)
        bool,
        typer.Option("--now", help=f"Begin at once; the next line of standard input is: {WORDS}"),
    ] = False,
    plan: Annotated[bool, typer.Option("--plan", help="Only say what would happen.")] = False,  # noqa: FBT002
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Keep the account.")] = False,  # noqa: FBT002
    status: Annotated[bool, typer.Option("--status", help="Only say how it stands.")] = False,  # noqa: FBT002
    without_service: Annotated[  # noqa: FBT002 (an option)
        bool,
        typer.Option(
            "--without-service",
            help="Wait no longer for a service that is gone for good; the certificate says so.",
        ),
    ] = False,
    zone: Annotated[str, typer.Option(help="Time zone of your days.")] = "UTC",
    workspace: Workspace = None,
    passphrase_stdin: FromStdin = False,  # noqa: FBT002 (an option)
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Delete your account: everything in vault and service but what tax law wants to be kept.

    Without --on it begins in 14 days; until then --withdraw keeps everything. A day that has come
    is gone on with. Ends with status 2 while something is left, which goes on by itself.
    """
    if sum((on is not None, now, plan, withdraw, status, without_service)) > 1:
        raise InvalidInput(
            "Choose one of --on, --now, --plan, --withdraw, --status and --without-service. "
            "Nothing was changed."
        )
    with unlocked(workspace, from_stdin=passphrase_stdin) as services:
        service = services.account_end
        if plan:
            _say_plan(service.preview(zone), as_json=as_json)
            return
        if withdraw:
            found = service.withdraw()
        elif status:
            found = service.status()
        elif without_service:
            found = service.go_on_without_service(no_report)
        else:
            _ask(service, None if on is None else on.date(), zone, is_now=now)
            found = service.go_on(no_report)
    say(_text(found), _fields(found), as_json=as_json)
    if found.state is DeletionState.RUNNING:
        raise typer.Exit(UNFINISHED)


def certificate(
    out: Out,
    workspace: Workspace = None,
    passphrase_stdin: FromStdin = False,  # noqa: FBT002 (an option)
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Write the signed certificate of the deleted account as JSON, and beside it as PDF."""
    with unlocked(workspace, from_stdin=passphrase_stdin) as services:
        made = services.account_end.write_certificate(str(out))
    say(f"Wrote {made.path} and {made.pdf}, signed by {made.signer}", asdict(made), as_json=as_json)


def books(
    out: Out,
    workspace: Workspace = None,
    passphrase_stdin: FromStdin = False,  # noqa: FBT002 (an option)
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Write the books that outlive the account as CSV."""
    with unlocked(workspace, from_stdin=passphrase_stdin) as services:
        made = services.account_end.write_books(str(out))
    say(f"Wrote {made.rows} records to {made.path}", asdict(made), as_json=as_json)


def _ask(service: AccountDeletionService, day: date | None, zone: str, *, is_now: bool) -> None:
    """Ask for it, or let what was asked for be as it is where no day is named."""
    known = service.status().state
    if known is DeletionState.RUNNING or (known is DeletionState.ASKED and not (day or is_now)):
        return
    if is_now and next_line("confirmation") != WORDS:
        raise InvalidInput(f"The line is not: {WORDS}. Nothing was changed.")
    preview = service.preview(zone)
    service.ask(preview.earliest if is_now else day or preview.usual, zone)


def _say_plan(preview: DeletionPreview, *, as_json: bool) -> None:
    lines = [
        f"{line.fate.value:<12} {line.where}: {line.what}"
        + (f" ({line.rows})" if line.rows else "")
        + (f". {line.why} Until: {line.until}." if line.why else "")
        for line in preview.lines
    ]
    days = f"It may begin from {preview.earliest} to {preview.latest}; usually on {preview.usual}."
    answer = {
        "earliest": preview.earliest.isoformat(),
        "latest": preview.latest.isoformat(),
        "usual": preview.usual.isoformat(),
        "lines": [asdict(line) for line in preview.lines],
    }
    say("\n".join([*lines, days]), answer, as_json=as_json)


def _text(found: AccountDeletion) -> str:
    match found.state:
        case DeletionState.NONE:
            return "The account is not being deleted."
        case DeletionState.ASKED:
            return f"The account is deleted from {found.day} on, and by {found.due} at the latest."
        case DeletionState.DONE:
            return f"The account was deleted on {found.finished_at:%Y-%m-%d}; {found.books} books."
        case DeletionState.RUNNING:
            late = " It is late." if found.is_overdue else ""
            lines = [
                f"{line.step.value:<11} {line.state.value}"
                + (f": {line.detail}" if line.detail else "")
                for line in found.steps
            ]
            head = f"The account is being deleted, by {found.due} at the latest.{late}"
            return "\n".join([head, *lines])


def _fields(found: AccountDeletion) -> dict[str, Any]:
    return {
        "state": found.state.value,
        "asked_on": None if found.asked_on is None else found.asked_on.isoformat(),
        "day": None if found.day is None else found.day.isoformat(),
        "due": None if found.due is None else found.due.isoformat(),
        "overdue": found.is_overdue,
        "finished_at": moment(found.finished_at),
        "deleted_elsewhere": found.is_deleted_elsewhere,
        "steps": {line.step.value: line.state.value for line in found.steps},
        "problems": [line.detail for line in found.steps if line.detail],
        "books": found.books,
        "books_until": None if found.books_until is None else found.books_until.isoformat(),
    }
