"""`usageflow rate`: rating requests in, explained charges out, one JSON object a line.

Reads no vault and imports no service, so that a script can start it for a single line.
"""

import argparse
import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final

from desktop.domain.errors import InvalidInput
from desktop.domain.pricing.explanation import as_json
from desktop.domain.pricing.requests import Requests

MAX_LINE_BYTES: Final = 16 * 2**20
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, check_circular=False)
DESCRIPTION: Final = (
    'Rates usage: reads lines such as {"rule": {"model": "per_unit", "currency": "USD", '
    '"unit_amount": "0.001"}, "usage": {"quantity": "333"}} and writes, for each, the amount with '
    "its explanation, or an error that names the field. Blank lines are left out. The user guide "
    "has every field."
)


def main(argv: list[str]) -> int:
    """Answer every line of a file or of standard input; return the exit status.

    0 when every line was answered, be it with an error; 1 when the input could not be read.
    """
    parser = argparse.ArgumentParser(prog="usageflow rate", description=DESCRIPTION)
    parser.add_argument("file", nargs="?", help="file of requests; standard input without one")
    chosen = parser.parse_args(argv)
    try:
        with _opened(chosen.file) as source:
            answer_all(source, sys.stdout.buffer)
    except BrokenPipeError:
        _leave_closed_pipe()
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except OSError as error:
        sys.stderr.write(
            f"The requests could not be read: {error.strerror}. Nothing more was rated.\n"
        )
        return 1
    return 0


@contextmanager
def _opened(name: str | None) -> Iterator[BinaryIO]:
    if name is None:
        yield sys.stdin.buffer
        return
    with open(name, "rb") as file:  # noqa: PTH123 (pathlib is not free)
        yield file


def _leave_closed_pipe() -> None:
    """Whoever read the answers has enough; the interpreter must not flush into nothing."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def answer_all(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer each line before the next one is read. Memory does not grow with their number."""
    requests = Requests()
    while line := source.readline(MAX_LINE_BYTES + 1):
        if len(line) > MAX_LINE_BYTES:
            _skip_rest(source, line)
            answer = failed(None, f"A line can have up to {MAX_LINE_BYTES // 2**20} MiB.")
        elif not line.strip():
            continue
        else:
            answer = answered(line, requests)
        sink.write(_ENCODER.encode(answer).encode("utf-8", "replace") + b"\n")
        sink.flush()


def _skip_rest(source: BinaryIO, line: bytes) -> None:
    while line and not line.endswith(b"\n"):
        line = source.readline(MAX_LINE_BYTES)


def answered(line: bytes, requests: Requests) -> dict[str, object]:
    """The answer to one line: amount, currency and lines, or an error; with the line's `id`."""
    request: object = None
    try:
        request = _decoded(line)
        answer = as_json(requests.rated(request))
    except InvalidInput as error:
        answer = failed(error.field or None, str(error))
    if isinstance(request, dict) and "id" in request:
        return {"id": request["id"], **answer}
    return answer


def failed(field: str | None, message: str) -> dict[str, object]:
    """An error; without a field it concerns the line as a whole."""
    return {"error": {"field": field, "message": message}}


def _decoded(line: bytes) -> object:
    """The JSON value of a line. Raises: InvalidInput."""
    try:
        return _DECODER.decode(line.decode("utf-8-sig").rstrip())
    except UnicodeDecodeError as error:
        raise InvalidInput("This line is not UTF-8 text.") from error
    except json.JSONDecodeError as error:
        raise InvalidInput(
            f"This line is not JSON: {error.msg} at character {error.pos + 1}."
        ) from error
    except ValueError as error:
        raise InvalidInput("This line holds a number with too many digits.") from error
    except RecursionError as error:
        raise InvalidInput("This line is nested too deeply.") from error


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object, unless a name stands in it twice: nobody could say which one counts."""
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise InvalidInput(f'"{twice}" stands twice in one object.', field=twice)
    return members


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_unique)
