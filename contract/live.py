"""The channel on which the service tells that there is something new: server-sent events.

An event says that something was committed, never what: who hears it reads the feeds from their
cursors. Source of the format: WHATWG HTML, section 9.2, Server-sent events.
"""

from typing import Final

PATH: Final = "/v1/live"
MEDIA_TYPE: Final = "text/event-stream"
READY: Final = "ready"
"""Event that begins each stream: whatever is committed from now on is told."""
CHANGED: Final = "changed"
"""Event: a row of a feed has a new revision."""
LAST_EVENT_HEADER: Final = "Last-Event-ID"
"""Request header with the id of the last event heard: what was missed since is told at once."""
HEARTBEAT_S: Final = 15.0
"""A stream without news says that it lives as often as this."""
READY_WITHIN_S: Final = 5.0
"""A stream that has not begun by then goes through something that holds it back."""
