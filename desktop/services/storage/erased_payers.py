"""Customers of a payment provider who were erased here, by keyed hash.

A provider keeps invoices, and tells of them with every reading. What it tells of an erased person
is stored without the person: numbers, amounts and taxes stay, for the books have to add up.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from desktop.domain.billing.mirror import MirroredObject, ObjectKind
from desktop.services.storage.address_hashes import hashed
from desktop.services.storage.privacy_records import Records

if TYPE_CHECKING:
    from datetime import datetime
    from sqlite3 import Connection

    from desktop.domain.billing.providers import Account

PERSONAL_KEYS: Final = frozenset(
    {
        "customer_email", "customer_name", "customer_address", "customer_phone",
        "customer_shipping", "customer_tax_ids", "customer_details", "receipt_email",
        "billing_details", "shipping", "metadata", "custom_data", "customer", "address",
        "description",
    }
)  # fmt: skip
"""What invoices and payments of a provider say of people, at whatever depth."""
NUMBERED: Final = frozenset({ObjectKind.INVOICE, ObjectKind.CREDIT})
"""Known by a number, which the books need; the others are known by what somebody wrote."""


@dataclass(frozen=True, slots=True)
class _Erased:
    provider: str


RECORDS: Final = Records("erased_payer", _Erased)


def note(db: Connection, wrapping_key: bytes, customer: tuple[str, str], now: datetime) -> None:
    """Remember who pays for a customer that is erased, unless they pay for others as well.

    Called in the transaction of the erasure, before the links go.
    """
    alone = db.execute(
        """
        SELECT provider, mode, provider_customer_id FROM billing_links
        WHERE application_id = :app AND customer_id = :customer
        EXCEPT SELECT provider, mode, provider_customer_id FROM billing_links
        WHERE NOT (application_id = :app AND customer_id = :customer)
        """,
        {"app": customer[0], "customer": customer[1]},
    ).fetchall()
    for provider, mode, payer in alone:
        RECORDS.put(db, _hash(wrapping_key, provider, mode, payer), _Erased(provider), now)


def without_erased(
    db: Connection, wrapping_key: bytes, account: Account, objects: Iterable[MirroredObject]
) -> list[MirroredObject]:
    """Objects as they may be stored: nobody who was erased and has not come back stands in them."""
    erased = RECORDS.everything(db).keys()
    if not erased:
        return list(objects)
    provider, mode = account.provider.value, account.mode.value
    kept = []
    for one in objects:
        payer = one.object_id if one.kind is ObjectKind.CUSTOMER else one.customer_id
        is_erased = bool(payer) and _hash(wrapping_key, provider, mode, payer) in erased
        if not is_erased or _pays_again(db, provider, mode, payer):
            kept.append(one)
        elif one.kind is not ObjectKind.CUSTOMER:
            body = without_person(one.body)
            kept.append(replace(one, name=name_of(one.kind, one.name), body=body))
    return kept


def without_person(body: Any) -> Any:  # noqa: ANN401 (any JSON)
    """A body without what it says of people."""
    if isinstance(body, dict):
        return {
            key: without_person(value) for key, value in body.items() if key not in PERSONAL_KEYS
        }
    return [without_person(one) for one in body] if isinstance(body, list) else body


def name_of(kind: ObjectKind, name: str) -> str:
    """What an object of an erased person is known by."""
    return name if kind in NUMBERED and "@" not in name else ""


def anonymize(db: Connection, where: str, values: dict[str, str]) -> int:
    """Take the person out of stored objects; how many they were. `where` is a constant."""
    rows = db.execute(
        f"SELECT provider, mode, kind, object_id, name, body FROM billing_objects WHERE {where}",  # noqa: S608 (a constant)
        values,
    ).fetchall()
    db.executemany(
        "UPDATE billing_objects SET name = ?, body = ? "
        "WHERE provider = ? AND mode = ? AND kind = ? AND object_id = ?",
        [
            (
                name_of(ObjectKind(kind), name),
                json.dumps(without_person(json.loads(body)), separators=(",", ":")),
                *(provider, mode, kind, object_id),
            )
            for provider, mode, kind, object_id, name, body in rows
        ],
    )
    return len(rows)


def _pays_again(db: Connection, provider: str, mode: str, payer: str) -> bool:
    """Whether the owner has linked a customer to them since: they are a customer once more."""
    row = db.execute(
        "SELECT 1 FROM billing_links WHERE provider = ? AND mode = ? AND provider_customer_id = ?",
        (provider, mode, payer),
    ).fetchone()
    return row is not None


def _hash(wrapping_key: bytes, provider: str, mode: str, payer: str) -> str:
    return hashed(wrapping_key, f"{provider}\n{mode}\n{payer}").hex()
