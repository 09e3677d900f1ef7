"""Reports of usage in the vault: the copy of the service's ledger, and the runs made here."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import msgspec

from contract.messages.billing import ClaimState
from desktop.domain.billing.reports import LineState, ReportLine, ReportQuestion, ReportRun
from desktop.domain.ids import CustomerId, RuleId
from desktop.services.storage.timestamps import microseconds, moment

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from sqlite3 import Connection

    from desktop.domain.billing.providers import Account
    from desktop.domain.ids import ApplicationId

MICRO_PLACES: Final = -6
STATES: Final = {
    ClaimState.OPEN: LineState.CLAIMED,
    ClaimState.SENT: LineState.SENT,
    ClaimState.ACCEPTED: LineState.ACCEPTED,
    ClaimState.REFUSED: LineState.REFUSED,
    ClaimState.UNCERTAIN: LineState.UNCERTAIN,
    ClaimState.CANCELLING: LineState.CANCELLED,
    ClaimState.CANCELLED: LineState.CANCELLED,
}
LINES: Final = """
FROM (
    SELECT l.position, l.claim_id, l.customer_id, l.payer, l.meter, l.event_name, l.window, l.part,
        l.units, coalesce(c.state, l.state) AS state,
        CASE WHEN c.claim_id IS NULL THEN l.reason ELSE c.reason END AS reason,
        coalesce(c.request_id, '') AS request_id
    FROM billing_run_lines AS l LEFT JOIN billing_claims AS c
        ON l.claim_id <> '' AND c.claim_id = l.claim_id
    WHERE l.run_id = :run_id
)
"""


@dataclass(frozen=True, slots=True)
class StoredClaim:
    """A claim as the vault keeps it. Units in millionths."""

    claim_id: str
    application_id: str
    provider: str
    mode: str
    account_id: str
    customer_id: str
    meter: str
    window: str
    part: int
    payer: str
    event_name: str
    slot: int
    units: int
    state: str
    sending_since_us: int
    reason: str
    request_id: str
    change: int


CLAIM: Final = ", ".join(StoredClaim.__slots__)
PUT_CLAIM: Final = f"""
INSERT INTO billing_claims ({CLAIM}) VALUES ({", ".join(f":{name}" for name in StoredClaim.__slots__)})
ON CONFLICT DO UPDATE SET state = excluded.state, sending_since_us = excluded.sending_since_us,
    reason = excluded.reason, request_id = excluded.request_id, change = excluded.change
WHERE excluded.change > change
"""  # noqa: S608, E501 (the columns above)


def put_claims(db: Connection, claims: Iterable[StoredClaim]) -> None:
    """Take claims over, unless the vault has them as they were later."""
    db.executemany(PUT_CLAIM, [asdict(claim) for claim in claims])


def followed(db: Connection, application_id: str) -> int:
    """The last change of the ledger that the vault has."""
    row = db.execute(
        "SELECT change FROM billing_ledgers WHERE application_id = :id", {"id": application_id}
    ).fetchone()
    return 0 if row is None else int(row[0])


def put_followed(db: Connection, application_id: str, change: int) -> None:
    db.execute(
        """
        INSERT INTO billing_ledgers (application_id, change) VALUES (:id, :change)
        ON CONFLICT DO UPDATE SET change = excluded.change
        """,
        {"id": application_id, "change": change},
    )


def claims_of(
    db: Connection,
    account: Account,
    account_id: str,
    application_id: ApplicationId,
    windows: tuple[str, str],
) -> tuple[StoredClaim, ...]:
    """Claims of an account whose window lies from the first on and before the second."""
    rows = db.execute(
        f"SELECT {CLAIM} FROM billing_claims WHERE application_id = :application_id "  # noqa: S608 (a constant)
        "AND provider = :provider AND mode = :mode AND account_id = :account_id "
        "AND window >= :start AND window < :end ORDER BY window, customer_id, meter, part",
        {
            **_side(account),
            "account_id": account_id,
            "application_id": application_id,
            "start": windows[0],
            "end": windows[1],
        },
    )
    return tuple(StoredClaim(*row) for row in rows)


def uncertain(db: Connection, account: Account, application_id: ApplicationId) -> int:
    """How many claims wait for the owner's decision."""
    (number,) = db.execute(
        """
        SELECT count(*) FROM billing_claims WHERE application_id = :application_id
            AND provider = :provider AND mode = :mode AND state = 'uncertain'
        """,
        {**_side(account), "application_id": application_id},
    ).fetchone()
    return int(number)


def find_claim(db: Connection, claim_id: str) -> StoredClaim | None:
    row = db.execute(
        f"SELECT {CLAIM} FROM billing_claims WHERE claim_id = :id",  # noqa: S608 (a constant)
        {"id": claim_id},
    ).fetchone()
    return None if row is None else StoredClaim(*row)


def start_run(db: Connection, run_id: str, question: ReportQuestion, at: datetime) -> None:
    db.execute(
        """
        INSERT INTO billing_runs (run_id, provider, mode, application_id, question, started_at_us,
            finished_at_us, problem)
        VALUES (:run_id, :provider, :mode, :application_id, :question, :at, NULL, '')
        """,
        {
            **_side(question.account),
            "run_id": run_id,
            "application_id": question.application_id,
            "question": msgspec.json.encode(question).decode(),
            "at": microseconds(at),
        },
    )


def finish_run(db: Connection, run_id: str, at: datetime, problem: str) -> None:
    db.execute(
        "UPDATE billing_runs SET finished_at_us = :at, problem = :problem WHERE run_id = :run_id",
        {"run_id": run_id, "at": microseconds(at), "problem": problem},
    )


def add_lines(db: Connection, run_id: str, lines: Iterable[ReportLine]) -> None:
    """Store lines after those that the run has."""
    (first,) = db.execute(
        "SELECT coalesce(max(position), 0) + 1 FROM billing_run_lines WHERE run_id = :run_id",
        {"run_id": run_id},
    ).fetchone()
    db.executemany(
        """
        INSERT INTO billing_run_lines (run_id, position, claim_id, customer_id, payer, meter,
            event_name, window, part, units, state, reason)
        VALUES (:run_id, :position, :claim_id, :customer_id, :payer, :meter, :event_name, :window,
            :part, :units, :state, :reason)
        """,
        [
            {
                "run_id": run_id,
                "position": position,
                "claim_id": line.claim_id,
                "customer_id": line.customer_id,
                "payer": line.provider_customer_id,
                "meter": line.rule_id,
                "event_name": line.meter,
                "window": line.window,
                "part": line.part,
                "units": int(line.quantity.scaleb(-MICRO_PLACES)),
                "state": line.state.value,
                "reason": line.reason,
            }
            for position, line in enumerate(lines, first)
        ],
    )


def runs(
    db: Connection, account: Account, application_id: ApplicationId, offset: int, limit: int
) -> tuple[tuple[ReportRun, ...], int]:
    """The newest first, and how many there are."""
    values = {**_side(account), "application_id": application_id, "offset": offset, "limit": limit}
    wanted = "provider = :provider AND mode = :mode AND application_id = :application_id"
    (total,) = db.execute(f"SELECT count(*) FROM billing_runs WHERE {wanted}", values).fetchone()  # noqa: S608 (a constant)
    rows = db.execute(
        "SELECT run_id, question, started_at_us, finished_at_us, problem FROM billing_runs "  # noqa: S608 (a constant)
        f"WHERE {wanted} ORDER BY started_at_us DESC, run_id LIMIT :limit OFFSET :offset",
        values,
    ).fetchall()
    return tuple(_run(db, row) for row in rows), int(total)


def find_run(db: Connection, run_id: str) -> ReportRun:
    row = db.execute(
        "SELECT run_id, question, started_at_us, finished_at_us, problem FROM billing_runs "
        "WHERE run_id = :run_id",
        {"run_id": run_id},
    ).fetchone()
    return _run(db, row)


def lines(
    db: Connection, run_id: str, state: str, offset: int, limit: int
) -> tuple[tuple[ReportLine, ...], int]:
    """Lines of a run as they are now; of one state, or of all for an empty text."""
    rows = [
        _line(row) for row in db.execute(f"SELECT * {LINES} ORDER BY position", {"run_id": run_id})
    ]
    found = [line for line in rows if not state or line.state.value == state]
    return tuple(found[offset : offset + limit]), len(found)


def _run(db: Connection, row: tuple[Any, ...]) -> ReportRun:
    run_id, question, started_us, finished_us, problem = row
    found = db.execute(f"SELECT state, count(*) {LINES} GROUP BY state", {"run_id": run_id})
    counts: dict[str, int] = {}
    for state, number in found:
        name = _state(state).value
        counts[name] = counts.get(name, 0) + number
    return ReportRun(
        run_id,
        msgspec.json.decode(question, type=ReportQuestion),
        moment(started_us),
        None if finished_us is None else moment(finished_us),
        counts,
        problem,
    )


def _line(row: tuple[Any, ...]) -> ReportLine:
    _, claim_id, customer_id, payer, meter, event_name, window, part, units, state, *told = row
    return ReportLine(
        claim_id=claim_id,
        customer_id=CustomerId(customer_id),
        provider_customer_id=payer,
        rule_id=RuleId(meter),
        meter=event_name,
        window=window,
        part=part,
        quantity=Decimal(units).scaleb(MICRO_PLACES),
        state=_state(state),
        reason=told[0],
        request_id=told[1],
    )


def _state(stored: str) -> LineState:
    """A line has a state of its own, or that of its claim."""
    known = {state.value for state in ClaimState}
    return STATES[ClaimState(stored)] if stored in known else LineState(stored)


def _side(account: Account) -> dict[str, str]:
    return {"provider": account.provider.value, "mode": account.mode.value}
