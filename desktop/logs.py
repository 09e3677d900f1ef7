"""Logging of the processes on this computer: one rotating file each, secrets taken out last.

The redaction works on the finished line, tracebacks included, so that no way of logging goes round
it. It is the second line of defence: the first is to log no secrets.
"""

import logging
import os
import re
import sys
import threading
from io import FileIO, TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import Final

from desktop import paths

MAX_BYTES: Final = 1_000_000
KEPT_FILES: Final = 3
HIDDEN: Final = "***"
LINE: Final = "%(asctime)s %(levelname)s %(processName)s %(threadName)s %(name)s: %(message)s"
TALKATIVE: Final = ("httpx", "httpcore")
"""Loggers that write whole addresses; they say nothing below a warning."""

SECRETS: Final = (
    (re.compile(r"\buf_[A-Za-z0-9]+_[A-Za-z0-9_\-]+"), HIDDEN),
    (re.compile(r"(?i)\b(bearer|basic)\s+[^\s'\",;]+"), rf"\1 {HIDDEN}"),
    (
        re.compile(
            r"(?i)\b(authorization|x-usage-key|cookie|set-cookie|pass(?:phrase|word|wd)?|secret"
            r"|(?:owner_|access_|refresh_)?token|(?:sdk_|api_|data_)?key)"
            r"(['\"]?\s*[:=]\s*b?)(['\"])(?:\\.|(?!\3).)*\3"
        ),
        rf"\1\2\3{HIDDEN}\3",
    ),
    (
        re.compile(
            r"(?i)\b(authorization|x-usage-key|cookie|set-cookie|pass(?:phrase|word|wd)|secret"
            r"|(?:owner_|access_|refresh_)?token|(?:sdk_|api_|data_)key)"
            r"(['\"]?\s*[:=]\s*)(?!['\"]|\*\*\*)[^\s,;)}\]]+"
        ),
        rf"\1\2{HIDDEN}",
    ),
    (re.compile(r"(?i)\b[0-9a-f]{64}\b"), HIDDEN),
    (re.compile(r"\beyJ[A-Za-z0-9_\-]+\.[A-Za-z0-9_\-]+(\.[A-Za-z0-9_\-]*)?"), HIDDEN),
    (re.compile(r"(?i)(\b(?:https?|wss?)://)[^\s/@'\"]+@"), rf"\1{HIDDEN}@"),
    (re.compile(r"(?i)(\b(?:https?|wss?)://[^\s?#'\"]*)[?#][^\s'\"]*"), rf"\1?{HIDDEN}"),
)
"""What a secret looks like, and what stands in its place: keys of ours, bearer values, named
secrets with and without quotes, raw keys, JSON web tokens, and what follows an address."""


def set_up_logging(process: str, level: int = logging.INFO) -> None:
    """Log to `<process>.log` in the profile, and what nobody caught as well. Call once, at start.

    A profile that cannot be written to must not keep the program from starting: it then logs to
    the standard error stream, and says so.
    """
    handler = _handler(paths.logs() / f"{process}.log")
    handler.setFormatter(RedactingFormatter(LINE))
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread


class RedactingFormatter(logging.Formatter):
    """Formats a record, and only then takes the secrets out of the whole text."""

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))


def redacted(text: str) -> str:
    """The text with everything that looks like a secret replaced by asterisks."""
    for pattern, replacement in SECRETS:
        text = pattern.sub(replacement, text)
    return text


class _PrivateFileHandler(RotatingFileHandler):
    """Rotates files that only their owner may read."""

    def _open(self) -> TextIOWrapper:
        def opener(path: str, flags: int) -> int:
            return os.open(path, flags, 0o600)

        file = FileIO(self.baseFilename, self.mode, opener=opener)
        return TextIOWrapper(file, encoding=self.encoding, write_through=True)


def _handler(path: Path) -> logging.Handler:
    try:
        paths.make_private(path.parent)
        return _PrivateFileHandler(
            path, maxBytes=MAX_BYTES, backupCount=KEPT_FILES, encoding="utf-8"
        )
    except OSError as error:
        handler = logging.StreamHandler()
        handler.handle(_notice(f"The log cannot be written to a file: {error.strerror}"))
        return handler


def _notice(text: str) -> logging.LogRecord:
    return logging.LogRecord(__name__, logging.WARNING, __file__, 0, text, None, None)


def _log_uncaught(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger(__name__).critical("Uncaught error", exc_info=(kind, error, trace))


def _log_uncaught_in_thread(caught: threading.ExceptHookArgs) -> None:
    if caught.exc_value is not None:
        _log_uncaught(caught.exc_type, caught.exc_value, caught.exc_traceback)
