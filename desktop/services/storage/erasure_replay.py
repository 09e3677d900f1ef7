"""Carries out entries of the erasure ledger on the data of this vault; each once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Final

from desktop.domain.privacy.purposes import OPTIONAL, Choice, Means
from desktop.services.storage import (
    customer_list,
    erased_payers,
    erased_words,
    erasing,
    privacy_choices,
)
from desktop.services.storage.address_hashes import hashed
from desktop.services.storage.erasure_tasks import Task
from desktop.services.storage.timestamps import moment

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.storage.erasure_ledger import LedgerEntry

SUPPORT: Final = "support"
BILLING: Final = "billing"
ACCOUNT: Final = "account"


def replay(
    db: Connection, wrapping_key: bytes, entries: Iterable[LedgerEntry], now_us: int
) -> Counter[str]:
    """Take out whom these entries name, unless it was done on these data; rows by table.

    `db` is in a transaction; entries that are applied once do not touch who came back later.
    """
    done: Counter[str] = Counter()
    for entry in entries:
        if not erasing.is_applied(db, entry.erasure_id):
            done += apply(db, wrapping_key, entry, now_us)
            erasing.mark_applied(db, entry.erasure_id, now_us)
    return done


def apply(db: Connection, wrapping_key: bytes, entry: LedgerEntry, now_us: int) -> Counter[str]:
    """Take out everybody an entry names; may be repeated."""
    done: Counter[str] = Counter()
    held = frozenset(entry.held_records)
    is_theirs = _is_one_of(wrapping_key, frozenset(entry.addresses))
    customers = erasing.recognized(db, entry)
    if ACCOUNT not in entry.keep:
        done += erased_words.erase(db, erased_words.rewriting(db, customers, is_theirs))
    for erased in customers:
        task = Task(erased, held, keeps_figures="usage" in entry.keep)
        if BILLING not in entry.keep:
            pair = (erased.application_id, erased.customer_id)
            erased_payers.note(db, wrapping_key, pair, moment(now_us))
        done += erasing.erase(db, task, entry.keep)
    if entry.addresses and SUPPORT not in entry.keep:
        done["mail_outbox"] += erasing.erase_letters(db, is_theirs)
    # The list in which customers are searched follows its notes, at once: it has their names.
    while customer_list.fold(db, moment(now_us).date()):
        continue
    suppress(db, entry)
    return done


def suppress(db: Connection, entry: LedgerEntry) -> None:
    """Write to nobody of an entry again, but for what is essential."""
    for address in entry.addresses:
        for purpose in OPTIONAL:
            choice = Choice(purpose, wanted=False, means=Means.ERASURE, at=moment(entry.at_us))
            privacy_choices.put(db, bytes.fromhex(address), choice)


def _is_one_of(wrapping_key: bytes, wanted: Collection[str]) -> erasing.IsTheirs:
    return lambda address: hashed(wrapping_key, address).hex() in wanted
