"""One stream of server-sent events, as the service's live channel sends them.

Source of the format: WHATWG HTML, section 9.2. Only what the channel uses of it is read: names and
ids of events; data, comments and everything unknown is passed over.
"""

import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from desktop.services.answers import Rubbish

if TYPE_CHECKING:
    import httpx

MAX_LINE: Final = 4096
MAX_ID: Final = 1024


@dataclass(frozen=True, slots=True)
class LiveEvent:
    name: str
    event_id: str


class LiveStream:
    """Events as they come. Read on one thread; `cut` may come from any other."""

    def __init__(self, response: "httpx.Response") -> None:
        self._response = response

    def events(self) -> Iterator[LiveEvent]:
        """Events until the stream ends. Raises: Rubbish, and what the library raises."""
        name, event_id = "", ""
        for line in self._lines():
            field, _, value = line.partition(": ")
            if field == "event":
                name = value
            elif field == "id":
                event_id = value[:MAX_ID]
            elif not line and name:
                yield LiveEvent(name, event_id)
                name = ""

    def cut(self) -> None:
        """Wake whoever waits for the next event: the stream ends for them."""
        stream = self._response.extensions.get("network_stream")
        connection = stream.get_extra_info("socket") if stream is not None else None
        if connection is not None:
            with suppress(OSError):  # it has ended by itself
                connection.shutdown(socket.SHUT_RDWR)

    def _lines(self) -> Iterator[str]:
        unfinished = b""
        for chunk in self._response.iter_raw():
            *lines, unfinished = (unfinished + chunk).split(b"\n")
            yield from (line.rstrip(b"\r").decode("utf-8", "replace") for line in lines)
            if len(unfinished) > MAX_LINE:
                raise Rubbish("a line of its events has no end")
