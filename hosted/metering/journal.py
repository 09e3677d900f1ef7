"""How commands are written to the journal: one entry a group, in the order of their arrival."""

from collections.abc import Sequence
from typing import Final

import msgspec

from hosted.metering.ledger import Deny, EventCommand, Open, Settle

_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(list[Open | Deny | Settle])


def written(commands: Sequence[EventCommand]) -> bytes:
    """A journal entry."""
    return _encoder.encode(commands)


def read(entry: bytes) -> list[EventCommand]:
    """The commands of an entry."""
    return list(_decoder.decode(entry))
