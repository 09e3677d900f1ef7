"""One connection to the owner's mail server, encrypted and checked before anything is said."""

from __future__ import annotations

import re
import smtplib
import ssl
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from desktop.domain.errors import MailServerProblem
from desktop.domain.mail import Encryption, MailState
from desktop.domain.network import Purpose

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

    from desktop.domain.mail import MailServer
    from desktop.services.door import Door

TIMEOUT_S: Final = 30.0
"""For the connection, and for each reply."""
NAME: Final = "[127.0.0.1]"
"""What we call ourselves (RFC 5321 4.1.3): tells nothing of this computer or its network."""
SERVICE_CLOSING: Final = 421
NEEDS_LOGIN: Final = 530
PERMANENT: Final = 500
LONGEST_REPLY: Final = 200
ADDRESS: Final = re.compile(r"[^\s<>]+@[^\s<>]+")
SAFE: Final = "Letters stay in the outbox and are tried again."


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a letter: sent, refused, unknown, or queued for another time."""

    state: MailState
    reason: str = ""


class SmtpSession:
    """A connection that is logged in; use it on one thread, as a context."""

    def __init__(self, door: Door, server: MailServer, password: str) -> None:
        self._door = door
        self._server = server
        self._password = password
        self._sent_bytes = 0

    def __enter__(self) -> Self:
        """Raises: MailServerProblem."""
        with self._told():
            self._smtp = _Connection(self._door, self._server)
        try:
            with self._told():
                self._log_in()
        except BaseException:
            self._smtp.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(smtplib.SMTPException):  # the letters are where they belong already
            self._smtp.quit()
        self._smtp.close()
        self._door.note_exchange(self._server.host, self._server.port, self._sent_bytes)

    def deliver(
        self, recipient: str, content: bytes, about_to: Callable[[], bool]
    ) -> Verdict | None:
        """Give the server one letter.

        Args:
            recipient: one checked address.
            content: the letter with its headers.
            about_to: called when the next thing the server hears is the letter itself; False
                leaves it unsent.

        Returns:
            What became of it, or None where `about_to` said no.

        Raises:
            MailServerProblem: the server takes no letters now; this one was certainly not sent.
        """
        with self._told():
            self._require(self._smtp.mail(self._server.sender_address))
            code, reply = self._smtp.rcpt(recipient)
            if not _is_good(code):
                return self._not_taken(code, reply)
        if not about_to():
            self._begin_anew()
            return None
        return self._give(content)

    def _give(self, content: bytes) -> Verdict:
        try:
            code, reply = self._smtp.data(content)
        except smtplib.SMTPDataError as error:
            return self._not_taken(error.smtp_code, _bytes(error.smtp_error))
        except (smtplib.SMTPException, OSError):
            self._smtp.close()
            return Verdict(
                MailState.UNKNOWN,
                "The connection broke before the server said whether it took the letter.",
            )
        self._sent_bytes += len(content)
        if _is_good(code):
            return Verdict(MailState.SENT)
        return self._not_taken(code, reply)

    def _not_taken(self, code: int, reply: bytes) -> Verdict:
        said = _readable(code, reply)
        self._begin_anew()
        if code >= PERMANENT:
            return Verdict(MailState.REFUSED, f"The mail server refused it: {said}")
        return Verdict(MailState.QUEUED, f"The mail server could not take it yet: {said}")

    def _begin_anew(self) -> None:
        with suppress(smtplib.SMTPException):  # a server that went away is told at the next letter
            self._smtp.rset()

    def _log_in(self) -> None:
        self._smtp.ehlo_or_helo_if_needed()
        if self._server.encryption is Encryption.STARTTLS:
            self._begin_tls()
        if self._server.user:
            self._authenticate()

    def _authenticate(self) -> None:
        try:
            self._smtp.login(self._server.user, self._password)
        except (smtplib.SMTPResponseException, smtplib.SMTPServerDisconnected):
            raise
        except smtplib.SMTPException as error:  # no AUTH at all, or no way of it that we know
            raise smtplib.SMTPNotSupportedError from error

    def _begin_tls(self) -> None:
        if not self._smtp.has_extn("starttls"):
            raise MailServerProblem(
                "The mail server offers no encryption on this port. Nothing was said to it. "
                f"{SAFE} Choose TLS from the start (usually port 465), or another server.",
                field="encryption",
            )
        self._smtp.starttls(context=self._door.tls())
        self._smtp.ehlo()

    def _require(self, answer: tuple[int, bytes]) -> None:
        code, reply = answer
        if not _is_good(code):
            raise smtplib.SMTPSenderRefused(code, reply, self._server.sender_address)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say what is wrong with the server, in words and without a secret or an address."""
        try:
            yield
        except ssl.SSLError as error:
            raise MailServerProblem(_about_tls(self._server.host, error)) from None
        except smtplib.SMTPAuthenticationError as error:
            said = _readable(error.smtp_code, _bytes(error.smtp_error))
            raise MailServerProblem(
                f"The mail server did not accept user and password: {said} {SAFE} Put them right.",
                field="password",
            ) from None
        except smtplib.SMTPNotSupportedError:
            raise MailServerProblem(
                f"The mail server takes no user and password here. {SAFE} Leave the user empty, "
                "or choose another port.",
                field="user",
            ) from None
        except smtplib.SMTPResponseException as error:
            raise MailServerProblem(_about_reply(error)) from None
        except (smtplib.SMTPException, OSError) as error:
            raise MailServerProblem(_about_silence(self._server.host, error)) from None


class _Connection(smtplib.SMTP):
    """Goes through the program's one way out, and is encrypted from the start where wanted."""

    def __init__(self, door: Door, server: MailServer) -> None:
        self._door = door
        self._is_implicit = server.encryption is Encryption.IMPLICIT
        super().__init__(server.host, server.port, local_hostname=NAME, timeout=TIMEOUT_S)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = self._door.connect(host, port, Purpose.MAIL, timeout)
        if not self._is_implicit:
            return plain
        try:
            return self._door.tls().wrap_socket(plain, server_hostname=host)
        except BaseException:
            plain.close()
            raise


def _is_good(code: int) -> bool:
    return 200 <= code < 300  # noqa: PLR2004 (RFC 5321 4.2.1)


def _about_reply(error: smtplib.SMTPResponseException) -> str:
    said = _readable(error.smtp_code, _bytes(error.smtp_error))
    if error.smtp_code == NEEDS_LOGIN:
        return f"The mail server asks for a user and a password: {said} {SAFE} Fill them in."
    if PERMANENT > error.smtp_code >= SERVICE_CLOSING:
        return f"The mail server takes no letters at the moment: {said} {SAFE}"
    return (
        f"The mail server takes no letters from this sender: {said} {SAFE} See whether the "
        "sender's address is one that this server may send from."
    )


def _about_silence(host: str, error: Exception) -> str:
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return (
            f"{host} did not answer in {TIMEOUT_S:.0f} seconds. {SAFE} See whether the port is "
            "right and nothing in between holds the connection back."
        )
    return (
        f"{host} cannot be reached or closed the connection ({type(error).__name__}). {SAFE} "
        "See whether address and port are right."
    )


def _about_tls(host: str, error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"The certificate of {host} is not trusted: {error.verify_message or error.reason}. "
            f"Nothing was said to it. {SAFE} See whether the name is the one the certificate is "
            "for, or add the server's own authority under Settings, Connection."
        )
    return (
        f"No encrypted connection to {host} came about ({error.reason or 'TLS'}). Nothing was "
        f"said to it. {SAFE} See whether port and encryption belong together: 465 is TLS from "
        "the start, 587 STARTTLS."
    )


def _readable(code: int, reply: bytes) -> str:
    """A reply as it may be shown: one line, without the addresses that servers repeat."""
    text = " ".join(reply.decode("utf-8", "replace").split())
    visible = "".join(character for character in text if character.isprintable())
    return f"{code} {ADDRESS.sub('[address]', visible)[:LONGEST_REPLY].rstrip('.')}.".strip()


def _bytes(reply: Any) -> bytes:  # noqa: ANN401 (the library's own type is loose)
    return reply if isinstance(reply, bytes) else str(reply).encode()
