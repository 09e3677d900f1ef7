"""The WebSocket frames nearly all messages are: text, in one piece, that came in one piece.

The library takes a frame apart in a coroutine, piece by piece, which costs a third of what the
service does with the message. Whatever is not as simple as this is left to it: fragments, control
frames, long messages, faults. Source of the layout: RFC 6455, section 5.2.
"""

from typing import Final

from websockets.frames import apply_mask  # type: ignore[attr-defined]  # in C where there is one

WHOLE_TEXT: Final = 0x81
"""First byte: the last piece of a text, which is the only one; no extension."""
MASKED: Final = 0x80
SHORT_LIMIT: Final = 125
MEDIUM, LONG = 126, 127
"""In place of a size: it follows in two bytes, in eight."""
MEDIUM_LIMIT: Final = 0xFFFF
SHORT_HEAD, MEDIUM_HEAD = 2, 4
MASK_BYTES: Final = 4


def whole_messages(data: bytes) -> tuple[list[bytes], int]:
    """Messages that stand complete at the beginning of what a client sent, and where they end."""
    messages: list[bytes] = []
    start, available = 0, len(data)
    while available - start >= MEDIUM_HEAD and data[start] == WHOLE_TEXT:
        size, head = data[start + 1] - MASKED, SHORT_HEAD
        if size == MEDIUM:
            size, head = int.from_bytes(data[start + 2 : start + 4], "big"), MEDIUM_HEAD
        content = start + head + MASK_BYTES
        if size < 0 or size == LONG or content + size > available:
            break
        mask = data[content - MASK_BYTES : content]
        messages.append(apply_mask(data[content : content + size], mask))
        start = content + size
    return messages, start


def text_frame(content: bytes) -> bytes:
    """A frame to a client."""
    size = len(content)
    if size <= SHORT_LIMIT:
        return b"\x81%c%b" % (size, content)
    if size <= MEDIUM_LIMIT:
        return b"\x81\x7e%b%b" % (size.to_bytes(2, "big"), content)
    return b"\x81\x7f%b%b" % (size.to_bytes(8, "big"), content)
