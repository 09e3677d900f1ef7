"""A service of this process on a loopback port, and what a bad network does to its answers."""

import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx

CHUNK = bytes(2**20)


class Loopback:
    """Serves `handle(httpx.Request) -> httpx.Response` on a thread of its own, one call at a time.

    `poison(handler, response)` writes the answer in place of the server while it is set.
    """

    def __init__(self, handle):
        self.poison = None
        outer = self

        class Handler(BaseHTTPRequestHandler):
            timeout = 10

            def do_GET(self):
                length = int(self.headers.get("content-length") or 0)
                request = httpx.Request(
                    self.command,
                    f"http://loopback{self.path}",
                    headers=dict(self.headers),
                    content=self.rfile.read(length),
                )
                try:
                    response = handle(request)
                except httpx.TransportError:
                    reset(self)
                    return
                try:
                    (outer.poison or plain)(self, response)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True  # who asked has hung up

            do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 (names of the library)

            def log_message(self, *_arguments):
                """Tests print nothing."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def head(handler, response, *, length=None, status=None, media_type=None, **headers):
    handler.send_response(status or response.status_code)
    kind = media_type or response.headers.get("content-type", "application/json")
    handler.send_header("content-type", kind)
    handler.send_header("content-length", str(len(response.content) if length is None else length))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()


def plain(handler, response):
    head(handler, response)
    handler.wfile.write(response.content)


def reset(handler):
    """End the connection the hard way."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True
    handler.wfile = handler.rfile


def late(handler, response):
    time.sleep(0.15)
    plain(handler, response)


def reset_in_mid_body(handler, response):
    head(handler, response)
    handler.wfile.write(response.content[: len(response.content) // 2])
    handler.wfile.flush()
    reset(handler)


def truncated(handler, response):
    """Half of a body, with a length that fits the half."""
    half = response.content[: len(response.content) // 2]
    head(handler, response, length=len(half))
    handler.wfile.write(half)


def failing(handler, response):
    head(handler, response, status=500, media_type="text/html", length=4)
    handler.wfile.write(b"oops")


def too_many(handler, response):
    head(handler, response, status=429, media_type="text/plain", length=4, retry_after="7")
    handler.wfile.write(b"wait")


def dripping(handler, response):
    """A byte now and then, for as long as somebody listens."""
    head(handler, response, length=10**6)
    for _ in range(400):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.02)


def of_another_type(handler, response):
    head(handler, response, media_type="text/html")
    handler.wfile.write(response.content)


def a_gigabyte(handler, response):
    head(handler, response, length=2**30)
    for _ in range(2**10):
        handler.wfile.write(CHUNK)
