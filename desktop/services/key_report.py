"""What deserves attention among the keys: reuse, strength, age, expiry."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from desktop.domain.ids import KeyId
from desktop.domain.keys import EXPIRY_REMINDER, KeyReport, StoredKey
from desktop.services.passphrases import judged

OLD: Final = timedelta(days=365)
GOOD_SCORE: Final = 3
STRONG_LENGTH: Final = 32
"""A random key of this length needs no estimate; people do not think up such long ones."""


def report_on(opened: Iterable[tuple[StoredKey, str]], now: datetime) -> KeyReport:
    """Look at every key with its secret. Revoked ones do not matter any more."""
    living = [(key, secret) for key, secret in opened if key.revoked_at is None]
    by_secret: dict[str, list[KeyId]] = defaultdict(list)
    for key, secret in living:
        by_secret[secret].append(key.key_id)
    ends = [(key, key.expires_at) for key, _ in living if key.expires_at is not None]
    return KeyReport(
        reused=tuple(tuple(ids) for ids in by_secret.values() if len(ids) > 1),
        weak=tuple(key.key_id for key, secret in living if _is_weak(secret)),
        old=tuple(key.key_id for key, _ in living if now - key.created_at >= OLD),
        expiring=tuple(key.key_id for key, end in ends if now < end <= now + EXPIRY_REMINDER),
        expired=tuple(key.key_id for key, end in ends if end <= now),
    )


def _is_weak(secret: str) -> bool:
    return len(secret) < STRONG_LENGTH and judged(secret).score < GOOD_SCORE
