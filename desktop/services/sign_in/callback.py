"""The address on this computer that the browser returns to, for one sign-in and a short time.

Source: RFC 8252 sections 7.3 and 8.3: the loopback address and not its name, one request.
"""

import hmac
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import parse_qs, urlsplit

from desktop.domain.errors import SignInFailed
from desktop.services.calls import Report

HOST: Final = "127.0.0.1"
PATH: Final = "/callback"
LONGEST_TARGET: Final = 8_192
CLIENT_TIMEOUT_S: Final = 5.0
LOOK_EVERY_S: Final = 0.05
WAITED_FOR_S: Final = 300.0
"""How long the browser may take before the port is given back."""
PAGE: Final = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>UsageFlow Desktop</title></head>
<body style="font-family: sans-serif; max-width: 30em; margin: 4em auto; line-height: 1.5">
<h1 style="font-size: 1.3em">{heading}</h1>
<p>{text}</p>
</body>
</html>
"""
DONE: Final = (
    "Back to UsageFlow Desktop",
    "The browser has done its part. You can close this tab; the program says how it went.",
)
USED: Final = (
    "This was answered already",
    "The sign-in has its answer. You can close this tab. Nothing was changed.",
)
FOREIGN: Final = (
    "This does not belong here",
    "No sign-in waits for this address. Nothing was changed. You can close this tab.",
)


class CallbackListener:
    """Listens until it was answered, was closed, or its time is over. Any thread."""

    def __init__(self, port: int, state: str, waited_for_s: float = WAITED_FOR_S) -> None:
        """Begin to listen.

        Args:
            port: 0 for any free one.
            state: what the answer must carry; any other answer changes nothing.
            waited_for_s: the port is given back after this time, whatever happens.

        Raises: SignInFailed when the port is taken.
        """
        self._answered = threading.Event()
        self._parameters: dict[str, str] = {}
        self._state = state
        try:
            self._server = _Server((HOST, port), self, time.monotonic() + waited_for_s)
        except OSError as error:
            raise SignInFailed(
                f"Port {port} of this computer is taken, so the browser could not return. Nobody "
                "was signed in. Close the program that uses it, or choose another port.",
                field="redirect_port",
            ) from error
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._serve, name="sign-in", daemon=True)
        self._thread.start()

    @property
    def redirect_uri(self) -> str:
        return f"http://{HOST}:{self.port}{PATH}"

    def wait(self, report: Report) -> dict[str, str]:
        """What the provider sent with the browser.

        Raises: SignInFailed when the browser did not return in time, Cancelled.
        """
        while not self._answered.wait(LOOK_EVERY_S):
            report(0)
            if not self._thread.is_alive():
                raise SignInFailed(
                    "The browser did not come back in time. Nobody was signed in. Try again."
                )
        return self._parameters

    def close(self) -> None:
        """Give the port back; safe to repeat."""
        self._server.is_over = True
        self._thread.join()

    def take(self, target: str) -> tuple[HTTPStatus, tuple[str, str]]:
        """What a request gets; the first right one ends the wait."""
        parts = urlsplit(target)
        parameters = _single(parts.query)
        is_ours = parts.path == PATH and hmac.compare_digest(
            parameters.get("state", "").encode(), self._state.encode()
        )
        if not is_ours:
            return HTTPStatus.BAD_REQUEST, FOREIGN
        if self._answered.is_set():
            return HTTPStatus.GONE, USED
        self._parameters = parameters
        self._answered.set()
        return HTTPStatus.OK, DONE

    def _serve(self) -> None:
        with self._server:
            while not self._server.has_ended():
                self._server.handle_request()


class _Server(ThreadingHTTPServer):
    timeout = LOOK_EVERY_S
    daemon_threads = True
    allow_reuse_address = False

    def __init__(
        self, address: tuple[str, int], listener: CallbackListener, ends_at: float
    ) -> None:
        self.listener = listener
        self.is_over = False
        self._ends_at = ends_at
        super().__init__(address, _Handler)

    def has_ended(self) -> bool:
        return self.is_over or time.monotonic() > self._ends_at

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a browser that breaks off is no fault, and the address holds the code."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = CLIENT_TIMEOUT_S
    server_version = "UsageFlow"
    sys_version = ""

    def do_GET(self) -> None:
        asked_for = self.headers.get("host", "")
        expected = f"{HOST}:{self.server.listener.port}"
        if asked_for != expected or len(self.path) > LONGEST_TARGET:
            self._answer(HTTPStatus.BAD_REQUEST, FOREIGN)
        else:
            self._answer(*self.server.listener.take(self.path))

    def _answer(self, status: HTTPStatus, words: tuple[str, str]) -> None:
        heading, text = words
        body = PAGE.format(heading=heading, text=text).encode("utf-8")
        self.send_response(status)
        for name, value in (
            ("content-type", "text/html; charset=utf-8"),
            ("content-length", str(len(body))),
            ("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'"),
            ("cache-control", "no-store"),
            ("referrer-policy", "no-referrer"),
            ("connection", "close"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's name)
        """Write nothing: the address of the request holds the code."""


def _single(query: str) -> dict[str, str]:
    """Parameters of an answer; none at all when one of them is there twice."""
    try:
        found = parse_qs(query, strict_parsing=True, max_num_fields=20, errors="strict")
    except (ValueError, UnicodeDecodeError):
        return {}
    if any(len(values) > 1 for values in found.values()):
        return {}
    return {name: values[0] for name, values in found.items()}
