"""`usageflow keys …`: the owner's keys for scripts. No command takes or prints a secret unasked."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from desktop.commands.answers import AsJson, moment, say
from desktop.commands.opening import next_line
from desktop.commands.supplied import in_vault
from desktop.domain.errors import InvalidInput
from desktop.domain.ids import KeyId
from desktop.domain.keys import KeyDetails, StoredKey
from desktop.services.compose import Services

DATE_FORMAT: Final = "%Y-%m-%d"
Name = Annotated[str, typer.Argument(help="Name or id of the key.")]
File = Annotated[Path, typer.Argument(help="File.")]
ForKeyring = Annotated[
    bool, typer.Option("--keyring/--no-keyring", help="Put a copy there, or take it out.")
]

app = typer.Typer(help="Keep keys in the vault.", no_args_is_help=True)


@app.command("list")
@in_vault
def list_keys(
    services: Services,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """List the keys without their secrets."""
    keys = services.api_keys.list_keys()
    lines = (f"{key.name:30} {key.provider:22} …{key.hint}" for key in keys)
    say("\n".join(lines) or "No keys.", {"keys": [_told(key) for key in keys]}, as_json=as_json)


@app.command("add")
@in_vault
def add_key(  # noqa: PLR0913, PLR0917 (the options of one command)
    services: Services,
    name: Annotated[str, typer.Argument(help="Name of the key.")],
    note: Annotated[str, typer.Option(help="Anything worth knowing.")] = "",
    scope: Annotated[str, typer.Option(help="What the key may do.")] = "",
    tag: Annotated[list[str] | None, typer.Option(help="May be given several times.")] = None,
    expires: Annotated[
        datetime | None, typer.Option(formats=[DATE_FORMAT], help="Last day on which it is good.")
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Store a key; its secret is the second line of standard input."""
    last_day = None if expires is None else expires.date()
    details = KeyDetails(name, note, scope, tuple(tag or ()), last_day)
    key = services.api_keys.add_key(details, next_line("secret"))
    say(f"Stored “{key.name}”.", _told(key), as_json=as_json)


@app.command("show")
@in_vault
def show_key(
    services: Services,
    name: Name,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Print one secret and nothing else."""
    key = _named(services, name)
    secret = services.api_keys.reveal(key.key_id)
    say(secret, {**_told(key), "secret": secret}, as_json=as_json)


@app.command("remove")
@in_vault
def remove_key(
    services: Services,
    name: Name,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Take a key out of the vault, and its copy out of the keyring."""
    key = _named(services, name)
    services.api_keys.delete_key(key.key_id)
    say(f"Removed “{key.name}”.", {"removed": _told(key)}, as_json=as_json)


@app.command("share")
@in_vault
def share_key(
    services: Services,
    name: Name,
    keyring: ForKeyring = True,  # noqa: FBT002
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Let scripts find a copy of the key in the system's keyring, under its name."""
    key = services.api_keys.keep_in_keyring(_named(services, name).key_id, keyring)
    where = "is in the keyring too" if key.in_keyring else "is in the vault only"
    say(f"“{key.name}” {where}.", _told(key), as_json=as_json)


@app.command("import")
@in_vault
def import_keys(
    services: Services,
    source: File,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Take keys out of .env, CSV, Bitwarden JSON, 1Password CSV or our own encrypted file.

    The second line of standard input opens an encrypted one.
    """
    is_encrypted = source.is_file() and source.suffix == ".age"
    passphrase = next_line("passphrase of the file") if is_encrypted else ""
    receipt = services.key_transfer.import_keys(str(source), passphrase)
    answer = {
        "added": receipt.added,
        "already_there": receipt.already_there,
        "unusable": receipt.unusable,
    }
    say(f"Added {receipt.added} keys. The file is still there: remove it.", answer, as_json=as_json)


@app.command("export")
@in_vault
def export_keys(
    services: Services,
    target: File,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Write all keys to one file, encrypted with the second line of standard input (age format)."""
    count = services.key_transfer.export_keys(str(target), next_line("passphrase of the file"))
    say(f"Wrote {count} keys to {target}.", {"path": str(target), "keys": count}, as_json=as_json)


@app.command("report")
@in_vault
def report(
    services: Services,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Name reused, weak, old, expiring and expired keys."""
    found = services.api_keys.report()
    names = {key.key_id: key.name for key in services.api_keys.list_keys()}
    answer: dict[str, Any] = {
        "reused": [[names[key_id] for key_id in group] for group in found.reused],
        "weak": [names[key_id] for key_id in found.weak],
        "old": [names[key_id] for key_id in found.old],
        "expiring": [names[key_id] for key_id in found.expiring],
        "expired": [names[key_id] for key_id in found.expired],
    }
    lines = (f"{topic:9} {', '.join(map(str, found)) or '-'}" for topic, found in answer.items())
    say("\n".join(lines), answer, as_json=as_json)


def _named(services: Services, name: str) -> StoredKey:
    """The key with this id or name. Raises: InvalidInput when there is none, or several."""
    keys = services.api_keys.list_keys()
    matching = [key for key in keys if key.key_id == KeyId(name)] or [
        key for key in keys if key.name == name
    ]
    if len(matching) != 1:
        many = "several keys have this name; use the id" if matching else "no key has this name"
        raise InvalidInput(f"“{name}”: {many}. Nothing was done. See: usageflow keys list --json")
    return matching[0]


def _told(key: StoredKey) -> dict[str, Any]:
    return {
        "id": key.key_id,
        "name": key.name,
        "provider": key.provider or None,
        "scope": key.scope or None,
        "note": key.note or None,
        "tags": list(key.tags),
        "hint": key.hint or None,
        "kind": "sdk_key" if key.made_by_service else "api_key",
        "created_at": moment(key.created_at),
        "expires_at": moment(key.expires_at),
        "revoked_at": moment(key.revoked_at),
        "in_keyring": key.in_keyring,
    }
