"""Columns of whole numbers in a few bytes, ready to be calculated with.

A column is a byte for the width of its numbers, eight for their greatest common divisor, and the
quotients under zstd. Customers ascend, so they are kept as steps: most steps are 1.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

import numpy as np
import zstandard
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

Integers = NDArray[np.int64]

WIDTHS: Final[Sequence[type[np.signedinteger]]] = (np.int8, np.int16, np.int32, np.int64)
HEAD: Final = struct.Struct("<bq")
LEVEL: Final = 1
"""Of compression: further ones take longer and save next to nothing."""


def packed(numbers: Integers) -> bytes:
    """A column as bytes."""
    divisor = int(np.gcd.reduce(numbers)) if len(numbers) else 0
    divisor = divisor or 1
    quotients = numbers // divisor
    width = next(
        index
        for index, kind in enumerate(WIDTHS)
        if not len(quotients)
        or (np.iinfo(kind).min <= quotients.min() and quotients.max() <= np.iinfo(kind).max)
    )
    content = quotients.astype(_little(width)).tobytes()
    return HEAD.pack(width, divisor) + zstandard.compress(content, LEVEL)


def unpacked(content: bytes) -> Integers:
    """The column of `packed`."""
    width, divisor = HEAD.unpack_from(content)
    quotients = np.frombuffer(zstandard.decompress(content[HEAD.size :]), _little(width))
    numbers = quotients.astype(np.int64)
    return numbers if divisor == 1 else numbers * divisor


def packed_steps(ascending: Integers) -> bytes:
    """A column of ascending numbers."""
    return packed(np.diff(ascending, prepend=0))


def unpacked_steps(content: bytes) -> Integers:
    """The column of `packed_steps`."""
    return np.cumsum(unpacked(content))


def _little(width: int) -> np.dtype[np.signedinteger]:
    """The type of a width, its lowest byte first on every computer."""
    return np.dtype(WIDTHS[width]).newbyteorder("<")
