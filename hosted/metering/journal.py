"""How commands are written to the journal: one entry a group, in the order of their arrival."""

from collections.abc import Sequence
from typing import Final

import msgspec
import zstandard

from hosted.metering.ledger import Deny, EventCommand, Open, Settle

_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(list[Open | Deny | Settle])
LEVEL: Final = 1
"""Messages of a group are much alike: they shrink to a twentieth in the time one page of the
file takes to be encrypted."""
_compressor: Final = zstandard.ZstdCompressor(LEVEL, write_checksum=True)
"""For the writer's thread. To make its tables anew for each group takes longer than to use them."""


def written(commands: Sequence[EventCommand]) -> bytes:
    """A journal entry."""
    return _compressor.compress(_encoder.encode(commands))


def read(entry: bytes) -> list[EventCommand]:
    """The commands of an entry."""
    return list(_decoder.decode(zstandard.decompress(entry)))
