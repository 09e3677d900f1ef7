"""Hostile texts take time in proportion to their length, whatever they are made of."""

import time

import pytest

from tests.hosted.scrub.engines import WALKER

PIECES = (
    "a@",
    "@",
    "a@b.co ",
    "4111 ",
    "4 ",
    "1.1.",
    "a:",
    ":",
    "1::",
    "eyJa",
    "Basic ",
    "password=",
    "key: ",
    '"',
    "'",
    "\\",
    "<a>",
    "</",
    'name="a" ',
    "%25",
    "%",
    "://a:",
    "\\u0040",
    "&#64;",
    "[",
    "{",
    "DE89",
    "+1 ",
    "--a ",
    "a/",
    "ab ",
    "=3D",
    "Bearer a",
    "-----BEGIN RSA PRIVATE KEY-----",
    ';name="a"\r\n\r\n',
    "code is ",
    "A",
    " ",
    "\n",
    "\u00e4",
    "\u200b",
    "sk_live_",
    "a.",
    "a-",
    "_",
    "8ca08e75-b1bb-457c-a890-ea4a01f082bb ",
    "x=1&",
    "0x41 ",
    "(415) ",
    "[at] ",
    "T0",
    "ip-1-1-1-1 ",
)
LENGTH = 50_000


def seconds(text):
    best = 1e9
    for _ in range(3):
        begun = time.process_time()
        WALKER.text(text)
        best = min(best, time.process_time() - begun)
    return best


@pytest.mark.parametrize("piece", PIECES)
def test_twice_the_text_takes_no_more_than_about_twice_the_time(piece):
    text = piece * (LENGTH // len(piece))
    short, long = seconds(text), seconds(text + text)
    assert long < 3.2 * short + 0.01, (short, long)
    assert short < 0.2


@pytest.mark.parametrize("piece", PIECES)
def test_an_ending_that_fails_to_match_costs_no_more(piece):
    text = piece * (LENGTH // len(piece)) + "!@"
    assert seconds(text) < 0.2
