"""`usageflow service backup|restore|recover-key|delete`: archives of a service, and its end.

A passphrase, an identity of age, or the id of the service that is to be deleted comes on the first
line of standard input. The answer is one line of JSON; the exit status is 0, or 1 with `error` and
`code`.
"""

import argparse
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hosted import archive, deletion
from hosted.errors import ArchiveUnusable, DeletionRefused, ServiceError
from hosted.keys import find_key, system_keyring
from hosted.storage.embedded import DATA_FILE


def main(argv: list[str] | None = None) -> int:
    """Run one of them; return the exit status."""
    arguments = _parser().parse_args(argv)
    os.umask(0o077)
    try:
        answer = arguments.run(arguments)
    except ServiceError as error:
        failure = {"error": str(error), "code": error.code}
        print(json.dumps(failure))  # noqa: T201 (the answer)
        return 1
    print(json.dumps(answer))  # noqa: T201 (the answer)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="usageflow service", description=__doc__)
    commands = parser.add_subparsers(required=True)
    backup = commands.add_parser("backup", help="write an archive, also while the service runs")
    backup.add_argument("--data", type=Path, required=True, help="data directory")
    backup.add_argument("--out", type=Path, required=True, help="archive to write")
    backup.add_argument("--key-file", type=Path, help="file with the service key")
    opening = backup.add_mutually_exclusive_group(required=True)
    opening.add_argument("--passphrase-stdin", action="store_true", help="opens the archive")
    opening.add_argument("--recipient", default="", help="public key (age) that it is made for")
    backup.set_defaults(run=_back_up)
    restore = commands.add_parser("restore", help="unpack an archive into an empty directory")
    _add_source(restore)
    restore.set_defaults(run=_restore)
    recover = commands.add_parser("recover-key", help="give data that lost its key the archive's")
    _add_source(recover)
    recover.set_defaults(run=_recover_key)
    delete = commands.add_parser("delete", help="destroy a stopped service's key and data for good")
    delete.add_argument("--data", type=Path, required=True, help="data directory")
    delete.add_argument("--key-file", type=Path, help="file with the service key; it stays")
    delete.add_argument("--plan", action="store_true", help="only say what would be deleted")
    delete.set_defaults(run=_delete)
    return parser


def _add_source(command: argparse.ArgumentParser) -> None:
    command.add_argument("--archive", type=Path, required=True, help="archive to read")
    command.add_argument("--data", type=Path, required=True, help="data directory")
    source = command.add_mutually_exclusive_group(required=True)
    source.add_argument("--passphrase-stdin", action="store_true", help="it was made with")
    source.add_argument("--identity-stdin", action="store_true", help="the vault's archive key")


def _back_up(arguments: argparse.Namespace) -> dict[str, Any]:
    passphrase = _line() if arguments.passphrase_stdin else ""
    directory = arguments.data.absolute()
    if not (directory / DATA_FILE).exists():
        raise ArchiveUnusable("There are no service's data in this directory to back up.")
    key = find_key(directory, arguments.key_file, system_keyring()).key
    out = arguments.out.absolute()
    digest = archive.back_up(directory, key, out, arguments.recipient, passphrase)
    return {"archive": str(out), "size_bytes": out.stat().st_size, "sha256": digest}


def _restore(arguments: argparse.Namespace) -> dict[str, Any]:
    directory = arguments.data.absolute()
    service_id = archive.restore(arguments.archive, directory, **_secret(arguments))
    return {"restored": True, "data": str(directory), "service_id": service_id}


def _recover_key(arguments: argparse.Namespace) -> dict[str, Any]:
    directory = arguments.data.absolute()
    archive.recover_key(arguments.archive, directory, **_secret(arguments))
    return {"recovered": True, "data": str(directory)}


def _delete(arguments: argparse.Namespace) -> dict[str, Any]:
    directory, key_file = arguments.data.absolute(), arguments.key_file
    if arguments.plan:
        return {"deleted": False, **asdict(deletion.plan(directory, key_file, system_keyring()))}
    service_id = sys.stdin.readline().strip()
    if not service_id:
        raise DeletionRefused(
            "The first line of standard input has to be the service's id. Nothing was changed. "
            "`usageflow service delete --plan` tells it."
        )
    done = deletion.delete(directory, key_file, system_keyring(), service_id)
    return {"deleted": True, **asdict(done)}


def _secret(arguments: argparse.Namespace) -> dict[str, str]:
    return {"passphrase" if arguments.passphrase_stdin else "identity": _line()}


def _line() -> str:
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise ArchiveUnusable("The first line of standard input is empty. Nothing was done.")
    return line


if __name__ == "__main__":
    raise SystemExit(main())
