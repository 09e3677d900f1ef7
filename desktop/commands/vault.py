"""`usageflow vault …`: the vault for scripts. docs/vault-commands.md describes every answer."""

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from desktop.commands.answers import AsJson, moment, say, status_of
from desktop.commands.doctor import examine
from desktop.commands.opening import (
    CodeFromStdin,
    FromStdin,
    Workspace,
    closing,
    next_line,
    passphrase_from,
)
from desktop.commands.supplied import in_vault
from desktop.domain.vault import BackupSummary, VaultInfo
from desktop.services.calls import no_report
from desktop.services.compose import Services
from desktop.services.storage import backup, rekeying
from desktop.services.storage import header as headers
from desktop.services.storage.backup import Reason
from desktop.services.storage.health import summary
from desktop.services.storage.slots import FORMAT

Confirm = Annotated[
    bool,
    typer.Option("--confirm", help="The second line of standard input is the printed code."),
]
Accept = Annotated[
    bool, typer.Option("--accept-older-copy", help="Go on from an older copy of the vault.")
]

Repair = Annotated[
    bool, typer.Option("--repair", help="Put modes, links and second names of files right.")
]

app = typer.Typer(help="Look after the encrypted vault.", no_args_is_help=True)


@app.command("create")
def create(
    workspace: Workspace = None,
    passphrase_stdin: FromStdin = False,  # noqa: FBT002 (an option)
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Make an empty vault. Without a service it can hold keys; connect it in the window."""
    with closing(workspace) as services:
        services.workspace.create(passphrase_from(from_stdin=passphrase_stdin))
        answer = _told(services, services.keeping.info())
    say(f"Made the vault in {answer['directory']}.", answer, as_json=as_json)


@app.command("info")
def info(
    workspace: Workspace = None,
    passphrase_stdin: FromStdin = False,  # noqa: FBT002
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Describe the vault; without the passphrase only what its header tells."""
    with closing(workspace) as services:
        services.vault.files.require_vault()
        if passphrase_stdin:
            services.workspace.unlock(passphrase_from(from_stdin=True))
        answer = _told(services, services.keeping.info() if passphrase_stdin else None)
    say(_lines(answer), answer, as_json=as_json)


@app.command("verify")
@in_vault
def verify(
    services: Services,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Read the whole vault and check every page of it."""
    found = services.keeping.verify(no_report)
    is_older_copy = services.vault.is_older_copy
    answer = {
        "ok": True,
        "pages": found.pages,
        "generation": found.generation,
        "audit_entries": found.audit_entries,
        "older_copy": is_older_copy,
    }
    older = " It is an older copy." if is_older_copy else ""
    say(f"The vault is sound: {found.pages} pages.{older}", answer, as_json=as_json)


@app.command("passphrase")
def change_passphrase(
    workspace: Workspace = None,
    passphrase_stdin: FromStdin = False,  # noqa: FBT002
    recovery_code_stdin: CodeFromStdin = False,  # noqa: FBT002
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Change the passphrase: the first line of standard input opens, the second is the new one."""
    with closing(workspace) as services:
        services.vault.files.require_vault()
        if recovery_code_stdin:
            services.workspace.unlock_by_recovery_code(next_line("recovery code"))
        else:
            services.workspace.unlock(passphrase_from(from_stdin=passphrase_stdin))
        services.keeping.set_passphrase(next_line("new passphrase"))
    sentence = "Changed the passphrase. Backups made before still open with the old one."
    say(sentence, {"changed": True}, as_json=as_json)


@app.command("rotate")
def rotate(
    workspace: Workspace = None,
    passphrase_stdin: FromStdin = False,  # noqa: FBT002
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Put the vault under a new data key, by a verified copy and after a backup."""
    text = passphrase_from(from_stdin=passphrase_stdin)
    with closing(workspace) as services:
        services.vault.files.require_vault()
        services.workspace.unlock(text)
        services.keeping.rotate(no_report, text)
        made = services.keeping.backups()[0]
    sentence = "Rotated the key. Copies and backups made before still open with the old one."
    say(sentence, {"rotated": True, "backup": _backup(made)}, as_json=as_json)


@app.command("backup")
@in_vault
def back_up(
    services: Services,
    to: Annotated[
        Path | None, typer.Option("--to", help="Folder to put the backup's folder in.")
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Make a verified, encrypted backup with its own header."""
    if to is None:
        made = services.keeping.back_up(no_report)
    else:
        made = summary(rekeying.back_up(services.vault, Reason.MANUAL, no_report, to))
    say(f"Made the backup {made.path}.", _backup(made), as_json=as_json)


@app.command("restore")
def restore(  # noqa: PLR0913, PLR0917 (the options of one command)
    source: Annotated[
        Path | None,
        typer.Option("--from", help="Folder of the backup; else the newest sound one."),
    ] = None,
    show: Annotated[bool, typer.Option("--list", help="List backups, change nothing.")] = False,  # noqa: FBT002
    workspace: Workspace = None,
    passphrase_stdin: FromStdin = False,  # noqa: FBT002
    recovery_code_stdin: CodeFromStdin = False,  # noqa: FBT002
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Make a backup the vault. What was there before is kept beside it, nothing is deleted."""
    with closing(workspace) as services:
        if show:
            _list_backups(services, as_json=as_json)
            return
        secret = (
            next_line("recovery code")
            if recovery_code_stdin
            else passphrase_from(from_stdin=passphrase_stdin)
        )
        # Named here, so that the answer can tell which one it was.
        chosen = backup.chosen(services.vault.files.backups, str(source) if source else "")
        services.workspace.restore(no_report, str(chosen.path), secret, recovery_code_stdin)
        answer = {"restored": True, "from": str(chosen.path), "made_at": moment(chosen.made_at)}
        kept = services.keeping.info()
    answer |= {"generation": kept.generation, "directory": kept.directory}
    say(f"Restored {chosen.path} into {kept.directory}.", answer, as_json=as_json)


@app.command("recovery-code")
@in_vault
def recovery_code(
    services: Services,
    confirm: Confirm = False,  # noqa: FBT002
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Make a recovery code to print; --confirm lets it count, once it was typed back."""
    if confirm:
        services.keeping.confirm_recovery_code(next_line("recovery code"))
        answer: dict[str, Any] = {"state": "confirmed"}
        sentence = "The recovery code counts from now on."
    else:
        code = services.keeping.new_recovery_code()
        answer = {"recovery_code": code, "state": "unconfirmed"}
        sentence = f"{code}\nPrint it, then type it back: usageflow vault recovery-code --confirm"
    say(sentence, answer, as_json=as_json)


@app.command("archive-key")
@in_vault
def archive_key(
    services: Services,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Print the key of the service's archives, for: usageflow service restore --identity-stdin."""
    key = services.archives.key()
    say(key, {"archive_key": key}, as_json=as_json)


@app.command("doctor")
def doctor(
    accept_older_copy: Accept = False,  # noqa: FBT002
    repair: Repair = False,  # noqa: FBT002
    workspace: Workspace = None,
    passphrase_stdin: FromStdin = False,  # noqa: FBT002
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Look at everything that could be wrong, and say what to do about it."""
    text = passphrase_from(from_stdin=passphrase_stdin)
    with closing(workspace) as services:
        answer, problem = examine(
            services, text, accepts_older_copy=accept_older_copy, repairs=repair
        )
    found = answer["findings"]
    lines = (f"{one['severity']:8} {one['topic']:14} {one['text']}" for one in found)
    say("\n".join(lines), answer, as_json=as_json)
    if problem is not None:
        raise typer.Exit(status_of(problem))


def _list_backups(services: Services, *, as_json: bool) -> None:
    found = services.workspace.backups()
    lines = (f"{moment(b.made_at)}  {b.reason:16}  {b.size_bytes:12,}  {b.path}" for b in found)
    say(
        "\n".join(lines) or "No backups.", {"backups": [_backup(b) for b in found]}, as_json=as_json
    )


def _told(services: Services, found: VaultInfo | None) -> dict[str, Any]:
    """The vault for scripts: what its header tells, and what only the open vault can."""
    files = services.vault.files
    header = headers.read_header(files.directory)
    kept = services.workspace.backups()
    return {
        "state": "locked" if found is None else "open",
        "directory": str(services.vault.directory),
        "vault_id": header.vault_id,
        "format": FORMAT,
        "created_at": moment(header.created_at),
        "recovery": headers.recovery_state(header).value,
        "keyring": headers.keyring_name(header) or None,
        "argon2id": msgspec.to_builtins(headers.password_cost(header)),
        "backups": len(kept),
        "last_backup_at": moment(kept[0].made_at) if kept else None,
        "size_bytes": files.size_bytes(),
        "schema_version": None if found is None else found.schema_version,
        "generation": None if found is None else found.generation,
        "older_copy": None if found is None else found.is_older_copy,
        "changed_at": None if found is None else moment(found.changed_at),
        "seen_generation": None if found is None else found.seen_generation,
        "seen_at": None if found is None else moment(found.seen_at),
    }


def _backup(made: BackupSummary) -> dict[str, Any]:
    return {
        "path": made.path,
        "made_at": moment(made.made_at),
        "reason": made.reason,
        "generation": made.generation,
        "size_bytes": made.size_bytes,
    }


def _lines(answer: dict[str, Any]) -> str:
    width = max(map(len, answer))
    return "\n".join(f"{name:{width}}  {value}" for name, value in answer.items())
