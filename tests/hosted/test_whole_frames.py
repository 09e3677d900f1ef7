"""Simple frames are read past the library, and mean the same as through it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import Protocol, Side

from hosted.sdk.whole_frames import text_frame, whole_messages

CONTENTS = st.binary(max_size=140) | st.integers(0, 70_000).map(bytes)


def sent(content, opcode=Opcode.TEXT, *, fin=True):
    """A frame as a client sends it."""
    return Frame(opcode, content, fin).serialize(mask=True)


def through_the_library(data):
    """Contents of the messages the library finds."""
    protocol = Protocol(Side.SERVER)
    protocol.receive_data(data)
    assert protocol.parser_exc is None
    return [event.data for event in protocol.events_received()]


@given(st.lists(CONTENTS, max_size=5), st.integers(0, 200))
def test_whatever_the_border_each_message_is_read_once_and_in_order(contents, cut):
    data = b"".join(map(sent, contents))
    first = data[: max(0, len(data) - cut)]
    messages, end = whole_messages(first)
    assert messages + through_the_library(data[end:]) == contents


@pytest.mark.parametrize(
    "other",
    [
        sent(b"x", Opcode.BINARY),
        sent(b"x", fin=False),
        sent(b"", Opcode.PING),
        sent(CloseCode.GOING_AWAY.to_bytes(2, "big"), Opcode.CLOSE),
        Frame(Opcode.TEXT, b"not masked").serialize(mask=False),
        b"\xc1" + sent(b"compressed")[1:],
    ],
    # A client's mask is random: names made of the bytes would differ from process to process.
    ids=["binary", "fragment", "ping", "close", "not masked", "compressed"],
)
def test_what_is_not_simple_is_left_to_the_library_with_all_that_follows(other):
    data = sent(b"before") + other + sent(b"after")
    assert whole_messages(data) == ([b"before"], len(sent(b"before")))


def test_a_message_of_more_than_64_kib_is_left_to_the_library():
    assert whole_messages(sent(bytes(70_000))) == ([], 0)


@given(CONTENTS)
def test_an_answer_is_framed_as_the_library_frames_it(content):
    assert text_frame(content) == Frame(Opcode.TEXT, content).serialize(mask=False)
