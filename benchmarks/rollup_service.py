"""A running service whose storage was filled with rollup rows, as years of calls would have."""

import json
import secrets
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from sqlite3 import Connection
from typing import Final

from benchmarks.service_process import read_ready_line, running_module
from contract.messages.rollups import CustomerDay, EndpointHour, RollupRow
from hosted.secrets import storage_key
from hosted.storage.connection import connect
from hosted.storage.embedded import DATA_FILE

ROWS_AT_ONCE: Final = 50_000


@dataclass(frozen=True, slots=True)
class FilledService:
    url: str
    owner_token: str


@contextmanager
def filled_service(directory: Path, rows: Iterable[RollupRow]) -> Iterator[FilledService]:
    """Start a service once for its account, fill its storage, and run it for the block.

    Rows are stored for the account's own application, whatever they say.
    """
    directory.mkdir()
    key_file = directory / "key"
    key_file.write_text(secrets.token_hex(32), encoding="ascii")
    key_file.chmod(0o600)
    serve = ["usageflow_command", "serve", "--data", str(directory / "meter")]
    serve += ["--key-file", str(key_file)]
    with running_module([*serve, "--bootstrap"], directory, None) as process:
        account = read_ready_line(process)
    key = storage_key(bytes.fromhex(key_file.read_text(encoding="ascii")))
    with closing(connect(directory / "meter" / DATA_FILE, key)) as db:
        _fill(db, account.application_id, iter(rows))
    with running_module(serve, directory, None) as process:
        ready = json.loads(process.stdout.readline() if process.stdout else "{}")
        yield FilledService(ready["url"], account.owner_token)


def _fill(db: Connection, application_id: str, rows: Iterator[RollupRow]) -> None:
    db.execute(
        "INSERT OR IGNORE INTO application_numbers (application_id) VALUES (?)", (application_id,)
    )
    (number,) = db.execute(
        "SELECT application_no FROM application_numbers WHERE application_id = ?",
        (application_id,),
    ).fetchone()
    (revision,) = db.execute("SELECT coalesce(max(revision), 0) FROM configuration").fetchone()
    places: dict[tuple[str, str], int] = {}
    while page := list(islice(rows, ROWS_AT_ONCE)):
        db.execute("BEGIN")
        for row in page:
            revision += 1
            if isinstance(row, EndpointHour):
                _put_hour(db, application_id, row, revision)
            else:
                place = _place(db, number, places, (row.customer_id, row.endpoint_id))
                _put_customer(db, place, row, revision)
        db.execute("COMMIT")


def _place(
    db: Connection, number: int, places: dict[tuple[str, str], int], names: tuple[str, str]
) -> int:
    if names not in places:
        row = db.execute(
            "INSERT INTO places (application_no, customer_id, endpoint_id) VALUES (?, ?, ?) "
            "RETURNING place_id",
            (number, *names),
        ).fetchone()
        places[names] = row[0]
    return places[names]


def _put_hour(db: Connection, application_id: str, row: EndpointHour, revision: int) -> None:
    db.execute(
        """
        INSERT INTO endpoint_hours (application_id, endpoint_id, hour, requests, units, errors_4xx,
            errors_5xx, status_unknown, denied, unsettled, durations, revision)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        (application_id, row.endpoint_id, row.hour, row.requests, row.units, row.errors_4xx,
         row.errors_5xx, row.status_unknown, row.denied, row.unsettled,
         json.dumps(row.durations), revision),
    )  # fmt: skip


def _put_customer(db: Connection, place: int, row: RollupRow, revision: int) -> None:
    if isinstance(row, CustomerDay):
        db.execute(
            """
            INSERT INTO customer_days (day, place_id, meter, quantity, events, peak, released,
                unsettled, corrected, revision)
            VALUES (?, ?, ?, ?, ?, ?, 0, 0, 0, ?)
            """,
            (row.day, place, row.meter, row.quantity, row.events, row.peak, revision),
        )
    else:
        db.execute(
            """
            INSERT INTO customer_hours (hour, place_id, day, requests, units, folded, revision)
            VALUES (?, ?, ?, ?, ?, 0, ?)
            """,
            (row.hour, place, row.hour // 86_400, row.requests, row.units, revision),
        )
