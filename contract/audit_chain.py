"""The chain of the audit log: a value over an entry and the value before it.

Owner and service work it out alike, so that whoever has the pages can check them without the
service.
"""

import hashlib
import json
from collections.abc import Iterable
from typing import Final

from contract.messages.access import AuditEntry

START: Final = "0" * 64
"""Chain value before the first entry."""


def chained(before: str, entry: AuditEntry) -> str:
    """Chain value of an entry: SHA-256, in hex.

    Over the chain value before it, a line feed, and the entry without its own chain value as JSON
    with sorted keys, no spaces and nothing but ASCII.
    """
    fields = entry.model_dump(mode="json", exclude={"chain"})
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(f"{before}\n{text}".encode("ascii")).hexdigest()


def first_broken(before: str, entries: Iterable[AuditEntry]) -> AuditEntry | None:
    """The first entry, oldest first, that does not fit the chain; None when all do.

    Args:
        before: chain value of the entry before the first; `START` when there is none.
        entries: by ascending sequence, without a gap.
    """
    sequence: int | None = None
    for entry in entries:
        follows = sequence is None or entry.sequence == sequence + 1
        if not follows or entry.chain != chained(before, entry):
            return entry
        sequence, before = entry.sequence, entry.chain
    return None
