"""From a passphrase to a key: Argon2id, with bounds that an edited header cannot leave."""

import os
import time
import unicodedata
from typing import Final

import msgspec
from argon2.low_level import Type, hash_secret_raw

KEY_BYTES: Final = 32
MIN_PASSES: Final = 3
MAX_PASSES: Final = 64
MIN_MEMORY_KIB: Final = 64 * 1024
MAX_MEMORY_KIB: Final = 1024 * 1024
MAX_LANES: Final = 64
"""Floors keep an edited header from weakening the derivation, ceilings from exhausting memory.

Floor: RFC 9106 section 4, second recommended option (3 passes, 64 MiB, 4 lanes).
"""
TARGET_S: Final = 0.7
MAX_NEW_MEMORY_KIB: Final = 256 * 1024
"""More would keep a small computer from opening a vault that a large one made."""
SHARE_OF_MEMORY: Final = 16


class Argon2Cost(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Argon2id parameters; memory in KiB."""

    passes: int = MIN_PASSES
    memory_kib: int = MIN_MEMORY_KIB
    lanes: int = 4

    def is_acceptable(self) -> bool:
        return (
            MIN_PASSES <= self.passes <= MAX_PASSES
            and MIN_MEMORY_KIB <= self.memory_kib <= MAX_MEMORY_KIB
            and 1 <= self.lanes <= MAX_LANES
        )


def derive(passphrase: str, salt: bytes, cost: Argon2Cost) -> bytes:
    """The key of a passphrase slot. Takes what `cost` says, half a second to one by default."""
    # NFC: the same letters typed on another keyboard may arrive in another normal form.
    secret = unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogatepass")
    return hash_secret_raw(
        secret, salt, cost.passes, cost.memory_kib, cost.lanes, KEY_BYTES, Type.ID
    )


def tuned_cost() -> Argon2Cost:
    """What makes a guess take `TARGET_S` on this computer; never below the floor."""
    floor = Argon2Cost()
    begun = time.perf_counter()
    derive("measured", bytes(16), floor)
    return scaled(floor, TARGET_S / (time.perf_counter() - begun), _spare_memory_kib())


def scaled(floor: Argon2Cost, factor: float, memory_kib: int) -> Argon2Cost:
    """`factor` times the work of `floor`: in memory first, which costs a guesser most."""
    ceiling = min(MAX_NEW_MEMORY_KIB, memory_kib)
    wanted = max(MIN_MEMORY_KIB, min(ceiling, int(floor.memory_kib * factor)))
    memory = wanted // 4096 * 4096
    passes = round(floor.passes * factor * floor.memory_kib / memory)
    return Argon2Cost(max(MIN_PASSES, min(MAX_PASSES, passes)), memory, floor.lanes)


def _spare_memory_kib() -> int:
    """What one unlock may take of this computer's memory."""
    try:
        pages, page_bytes = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return MIN_MEMORY_KIB * 2
    return pages * page_bytes // 1024 // SHARE_OF_MEMORY
