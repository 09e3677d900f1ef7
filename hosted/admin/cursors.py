"""Opaque cursors. One that this service did not make, or no longer honours, is unknown."""

import base64
import binascii
import hmac
from dataclasses import dataclass
from typing import Final

import msgspec

from hosted.secrets import Secrets
from hosted.storage.positions import BackfillPosition

MARK: Final = "ufc"
SEAL_BYTES: Final = 12


class CursorUnknown(Exception):
    """The client has to synchronise anew."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended; one of the three is set."""

    feed: str
    revision: int | None = None
    row_id: str | None = None
    backfill: BackfillPosition | None = None


class Cursors:
    """Makes and reads cursors. They are sealed, and the seal is bound to the service."""

    def __init__(self, secrets: Secrets) -> None:
        self._key = secrets.cursors

    def write(self, place: Place) -> str:
        """The cursor of a place."""
        content = msgspec.msgpack.encode(place)
        sealed = self._seal(content) + content
        return MARK + base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def read(self, cursor: str, feed: str) -> Place:
        """The place of a cursor.

        Raises:
            CursorUnknown: another service made it, or it belongs to another feed.
        """
        try:
            padded = cursor.removeprefix(MARK) + "=" * (-len(cursor.removeprefix(MARK)) % 4)
            sealed = base64.b64decode(padded, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise CursorUnknown from error
        seal, content = sealed[:SEAL_BYTES], sealed[SEAL_BYTES:]
        if not hmac.compare_digest(seal, self._seal(content)):
            raise CursorUnknown
        place = msgspec.msgpack.decode(content, type=Place)
        if place.feed != feed:
            raise CursorUnknown
        return place

    def _seal(self, content: bytes) -> bytes:
        return hmac.digest(self._key, content, "sha256")[:SEAL_BYTES]
