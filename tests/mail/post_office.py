"""A mail server on loopback, which can be told to refuse, to break off or to be silent."""

import asyncio
import contextlib
import logging
import ssl
import threading
from email import message_from_bytes, policy

from aiosmtpd.smtp import SMTP, AuthResult

# It warns of its own deprecations at each login, and of clients that break off a handshake.
logging.getLogger("mail.log").setLevel(logging.CRITICAL)

USER, PASSWORD = "owner", "correct-horse-9f3a"


class PostOffice:
    """Listens on a port of its own on a thread of its own; `letters` is what it took."""

    def __init__(self, certificate, *, implicit=False, **options):
        self.letters = []
        self.replies = {}
        """Answers to commands by their name, such as `RCPT`, for once each."""
        self.breaks_after_data = False
        self.before_answer = None
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(*certificate)
        self._implicit = implicit
        self._options = {"enable_SMTPUTF8": True} | options
        if not implicit:
            self._options |= {"tls_context": self._context, "require_starttls": True}
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        self._ready.wait(10)

    def close(self):
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()

    def received(self):
        """Messages as a mail program reads them."""
        return [message_from_bytes(content, policy=policy.default) for content in self.letters]

    def _run(self):
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self):
        self._ended = asyncio.Event()
        context = self._context if self._implicit else None
        server = await self._loop.create_server(self._session, "127.0.0.1", 0, ssl=context)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._ended.wait()
        server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def _session(self):
        return SMTP(self, loop=self._loop, **self._options)

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: ARG002, N802
        if reply := self.replies.pop("MAIL", None):
            return reply
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: ARG002, N802
        if reply := self.replies.pop("RCPT", None):
            return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: ARG002, N802
        if reply := self.replies.pop("DATA", None):
            return reply
        self.letters.append(envelope.content)
        if self.before_answer is not None:
            await self._loop.run_in_executor(None, self.before_answer)
        if self.breaks_after_data:
            server.transport.abort()
        return "250 Taken"


def only_owner(server, session, envelope, mechanism, data):
    """The one user this server knows."""
    known = data.login == USER.encode() and data.password == PASSWORD.encode()
    return AuthResult(success=known, handled=False)
