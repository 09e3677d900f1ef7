"""SQL of the ledger of what was reported to payment providers."""

from dataclasses import asdict
from sqlite3 import Connection
from typing import Any, Final

from contract.messages.billing import ClaimState
from hosted.storage.billing_records import BillingClaim, ClaimKey

NAMES: Final = tuple(BillingClaim.__slots__)
COLUMNS: Final = ", ".join(NAMES)
VALUES: Final = ", ".join(f":{name}" for name in NAMES)
CHANGING: Final = ("state", "holder", "leased_until_us", "sending_since_us", "reason")
CHANGES: Final = ", ".join(f"{name} = excluded.{name}" for name in (*CHANGING, "request_id"))

FIND: Final = f"SELECT {COLUMNS} FROM billing_claims WHERE claim_id = :claim_id"  # noqa: S608 - the names are constants of this module

OF_WINDOW: Final = f"""
SELECT {COLUMNS} FROM billing_claims
WHERE application_id = :application_id AND provider = :provider AND mode = :mode
  AND account_id = :account_id AND customer_id = :customer_id AND meter = :meter
  AND window = :window
ORDER BY part
"""  # noqa: S608 - the names are constants of this module

NEXT_SLOT: Final = """
SELECT coalesce(max(slot) + 1, 0) FROM billing_claims
WHERE provider = :provider AND mode = :mode AND account_id = :account_id AND payer = :payer
  AND event_name = :event_name AND window = :window
"""

PUT: Final = f"""
INSERT INTO billing_claims ({COLUMNS}) VALUES ({VALUES})
ON CONFLICT (claim_id) DO UPDATE SET {CHANGES}, change = excluded.change
"""  # noqa: S608 - the names are constants of this module

CHANGED: Final = f"""
SELECT {COLUMNS} FROM billing_claims
WHERE application_id = :application_id AND change > :after ORDER BY change LIMIT :limit
"""  # noqa: S608 - the names are constants of this module


def find(db: Connection, claim_id: str) -> BillingClaim | None:
    row = db.execute(FIND, {"claim_id": claim_id}).fetchone()
    return None if row is None else _claim(row)


def of_window(db: Connection, key: ClaimKey) -> list[BillingClaim]:
    """Every claim of a window, the first part first."""
    return [_claim(row) for row in db.execute(OF_WINDOW, asdict(key))]


def next_slot(db: Connection, key: ClaimKey, payer: str, event_name: str) -> int:
    """A slot that no report for this payer under this name has in this window."""
    values = {**asdict(key), "payer": payer, "event_name": event_name}
    return int(db.execute(NEXT_SLOT, values).fetchone()[0])


def next_change(db: Connection) -> int:
    return int(db.execute("SELECT coalesce(max(change), 0) + 1 FROM billing_claims").fetchone()[0])


def put(db: Connection, claim: BillingClaim) -> None:
    """Store an entry, or how far it is now."""
    db.execute(PUT, asdict(claim))


def changed(db: Connection, application_id: str, after: int, limit: int) -> list[BillingClaim]:
    """Entries that changed after a change, in that order."""
    values = {"application_id": application_id, "after": after, "limit": limit}
    return [_claim(row) for row in db.execute(CHANGED, values)]


def _claim(row: tuple[Any, ...]) -> BillingClaim:
    values = dict(zip(NAMES, row, strict=True))
    return BillingClaim(**{**values, "state": ClaimState(values["state"])})
