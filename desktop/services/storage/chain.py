"""A log whose entries vouch for the ones before them: changed, left out or put back, it shows."""

import hashlib
from collections.abc import Iterable
from typing import Final

from desktop.domain.errors import VaultDamaged

BEGINNING: Final = bytes(32)
"""What the first entry vouches for."""


def linked(content: bytes, previous: bytes) -> bytes:
    """SHA-256 of an entry and of the one before it."""
    return hashlib.sha256(content + previous).digest()


def follow(links: Iterable[tuple[int, bytes, bytes]], altered: str) -> tuple[int, bytes]:
    """How many entries a chain has, and the last hash.

    Args:
        links: number, content and stored hash of each entry, in order from 1.
        altered: what to say when the chain is broken.

    Raises: VaultDamaged when an entry does not vouch for the one before it.
    """
    previous, expected = BEGINNING, 1
    for sequence, content, stored in links:
        if sequence != expected or linked(content, previous) != stored:
            raise VaultDamaged(altered)
        previous, expected = stored, expected + 1
    return expected - 1, previous
