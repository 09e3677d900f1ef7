"""How commands answer: a sentence for people, one JSON object for scripts, an exit status."""

import json
from datetime import date, datetime
from typing import Annotated, Any, Final

import typer

from desktop.domain.errors import (
    AppError,
    BackupDamaged,
    DiskFull,
    KeyringLocked,
    OlderCopy,
    PackageDamaged,
    VaultDamaged,
    VaultInUse,
    VaultMissing,
    VaultTooNew,
    WrongPassphrase,
)

FAILED: Final = 1
EXIT_STATUS: Final[dict[type[AppError], int]] = {
    WrongPassphrase: 3,
    VaultDamaged: 4,
    VaultInUse: 5,
    VaultTooNew: 6,
    OlderCopy: 7,
    DiskFull: 8,
    KeyringLocked: 9,
    VaultMissing: 10,
    BackupDamaged: 11,
    PackageDamaged: 12,
}
"""Failures that a script may want to tell apart; every other one is 1, wrong usage 2."""
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def say(sentence: str, answer: dict[str, Any], *, as_json: bool) -> None:
    """Print the answer of a command."""
    typer.echo(json.dumps(answer) if as_json else sentence)


def moment(value: date | None) -> str | None:
    """A time as JSON shows it, such as `2026-01-31T12:00:00Z`."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return None if value is None else value.isoformat()


def status_of(error: AppError) -> int:
    return EXIT_STATUS.get(type(error), FAILED)


def fail(error: AppError, *, as_json: bool) -> int:
    """Tell a failure and return its exit status; the sentence goes to the error stream."""
    typer.echo(str(error), err=True)
    if as_json:
        typer.echo(json.dumps({"error": {"code": error.code, "message": str(error)}}))
    return status_of(error)
