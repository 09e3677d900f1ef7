"""`usageflow scrub`: shows what the service would keep of events, one JSON line each."""

import argparse
import json
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec

from hosted.errors import KeyUnavailable
from hosted.scrub.fields import EventScrubber, Profile
from hosted.scrub.gate import best_gate
from hosted.scrub.identity import Pseudonyms
from hosted.scrub.record import BadRecord, RecordScrubber, decoded
from hosted.scrub.walker import Walker

LONGEST_LINE: Final = 16 * 2**20
KEY_BYTES: Final = 32
COMMAND_SCOPE: Final = "command"
ANSWERED: Final = 0
FAILED: Final = 1


def main(argv: list[str] | None = None) -> int:
    """Scrub standard input to standard output.

    Returns 0 when every line got an answer, be it that it could not be used; 1 without a key or
    without a reader.
    """
    arguments = _parser().parse_args(argv)
    try:
        pseudonyms = Pseudonyms(_key(arguments.key_file))
    except KeyUnavailable as error:
        sys.stderr.write(f"{error}\n")
        return FAILED
    events = EventScrubber(Walker(best_gate()), Profile(arguments.profile))
    records = RecordScrubber(events, lambda identity: pseudonyms.shown(COMMAND_SCOPE, identity))
    try:
        return _run(records, sys.stdin.buffer, sys.stdout.buffer)
    except BrokenPipeError:
        sys.stderr.close()
        return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="usageflow scrub",
        description=(
            "Read events as JSON lines on standard input and write what the service would keep of "
            'them. A line is {"event": {...}}, optionally with "alias"; the event is the metadata '
            "that an SDK sends. No service and no vault is needed, and nothing is stored."
        ),
        epilog=(
            "Identities are replaced by pseudonyms under a random key that is thrown away at the "
            "end: the same identity looks the same within one run only. Give --key-file to use a "
            "key of your own, 64 hexadecimal digits."
        ),
    )
    parser.add_argument(
        "--profile",
        choices=[profile.value for profile in Profile],
        default=Profile.MINIMAL.value,
        help="minimal drops contents and keeps their shape (the default); scrub keeps contents, "
        "with everything masked that a detector knows",
    )
    parser.add_argument("--key-file", type=Path, help="file with the key for pseudonyms")
    return parser


def _key(path: Path | None) -> bytes:
    if path is None:
        return secrets.token_bytes(KEY_BYTES)
    from hosted.keys import key_in_file

    return key_in_file(path).key


def _run(records: RecordScrubber, source: BinaryIO, target: BinaryIO) -> int:
    for number, line in _lines(source):
        target.write(_encoded(_answer(records, number, line)) + b"\n")
        target.flush()  # whoever wrote the line may be waiting
    if records.failures:
        sys.stderr.write(f"{records.failures} events could not be scrubbed and were dropped.\n")
    return ANSWERED


def _lines(source: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Numbered lines that are not blank; None for one that is too long to be held."""
    number = 0
    while line := source.readline(LONGEST_LINE):
        number += 1
        is_whole = line.endswith(b"\n") or len(line) < LONGEST_LINE
        while not is_whole and (rest := source.readline(LONGEST_LINE)):
            is_whole = rest.endswith(b"\n")
            line = b""
        if not line:
            yield number, None
        elif line := line.strip(b"\xef\xbb\xbf \t\r\n"):
            yield number, line


def _answer(records: RecordScrubber, number: int, line: bytes | None) -> dict[str, Any]:
    if line is None:
        return _error(number, BadRecord("too_long", "The line is longer than 16 MiB."))
    try:
        return records.scrubbed(decoded(line))
    except BadRecord as error:
        return _error(number, error)


def _error(number: int, error: BadRecord) -> dict[str, Any]:
    return {"error": {"line": number, "code": error.code, "message": str(error)}}


def _encoded(answer: dict[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(answer)
    except (OverflowError, ValueError):  # whole numbers beyond 64 bits
        return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
