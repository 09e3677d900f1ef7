"""The owner's mail: server, test message, previews, and the outbox."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from desktop.domain.errors import InvalidInput, LetterNotSent
from desktop.domain.mail import (
    Letter,
    MailId,
    MailPicture,
    MailPurpose,
    MailServer,
    MailState,
    OwnerNoticesWanted,
    checked_address,
    checked_line,
)
from desktop.services.calls import callable_from_window
from desktop.services.mail import templates
from desktop.services.secret_store import MAIL_PASSWORD
from desktop.services.storage import mail

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from sqlite3 import Connection

    from desktop.services.mail.outbox import MailOutbox
    from desktop.services.secret_store import SecretStore
    from desktop.services.storage.vault import Vault

SHOWN: Final = 500
"""Letters that the list shows."""
MAX_NAME: Final = 200
HIGHEST_PORT: Final = 65_535
LONGEST_HOST: Final = 253
AGAIN: Final = frozenset({MailState.REFUSED, MailState.UNKNOWN, MailState.HELD})
"""States of letters that may be queued once more, by the owner's word."""


class MailService:
    """Needs the open vault. Any thread."""

    def __init__(
        self,
        vault: Vault,
        secrets: SecretStore,
        outbox: MailOutbox,
        clock: Callable[[], datetime],
    ) -> None:
        self._vault = vault
        self._secrets = secrets
        self._outbox = outbox
        self._clock = clock

    @callable_from_window
    def picture(self) -> MailPicture:
        """The server, and the newest letters of the outbox."""
        with self._vault.reading() as db:
            return MailPicture(
                self._server(db),
                mail.listed(db, SHOWN),
                mail.counts(db),
                mail.owner_notices(db),
            )

    @callable_from_window
    def set_server(self, wanted: MailServer, password: str | None) -> MailServer:
        """Use a mail server from now on; waiting letters are tried at once.

        Args:
            wanted: its host, port and so on; what it says of a password is not used.
            password: None keeps the one that is stored; empty forgets it.

        Raises: InvalidInput (field `host`, `port`, `user`, `sender_name`, `sender_address` or
            `owner_address`), VaultError.
        """
        server = _checked(wanted)
        with self._vault.transaction() as db:
            if password:
                self._secrets.keep_one(db, MAIL_PASSWORD, "Password of the mail server", password)
            elif password is not None or not server.user:
                self._secrets.forget(db, MAIL_PASSWORD)
            mail.store_server(db, server)
            mail.hurry(db, self._clock())
            stored = self._server(db)
        self._outbox.wake()
        return stored

    @callable_from_window
    def set_notices(self, wanted: OwnerNoticesWanted) -> OwnerNoticesWanted:
        """Choose which notices go to the owner from the next sync on. Raises: VaultError."""
        with self._vault.transaction() as db:
            mail.store_owner_notices(db, wanted)
        return wanted

    @callable_from_window
    def forget_server(self) -> MailServer:
        """Forget server and password; letters stay in the outbox."""
        with self._vault.transaction() as db:
            self._secrets.forget(db, MAIL_PASSWORD)
            mail.forget_server(db)
        return MailServer()

    @callable_from_window
    def send_test(self, recipient: str) -> str:
        """Send a test message at once; returns the address it went to.

        Args:
            recipient: empty for the owner's own address.

        Raises: InvalidInput, MailServerProblem, LetterNotSent.
        """
        with self._vault.reading() as db:
            server = mail.server(db)
        if not server.is_set_up:
            raise InvalidInput("There is no mail server yet. Nothing was sent. Enter one.")
        letter = templates.letter_of(
            MailPurpose.TEST, recipient.strip() or server.owner, templates.TEST
        )
        verdict = self._outbox.send_alone(letter)
        if verdict.state is not MailState.SENT:
            raise LetterNotSent(f"The test message was not sent. {verdict.reason}")
        return letter.recipient

    @callable_from_window
    def preview(self, purpose: MailPurpose) -> Letter:
        """What a notice looks like, with invented contents. Raises: InvalidInput."""
        if purpose not in templates.SAMPLES:
            raise InvalidInput("There is no preview of this: what it says is written each time.")
        with self._vault.reading() as db:
            owner = mail.server(db).owner
        return templates.sample(purpose, owner or "reader@example.com")

    @callable_from_window
    def send_now(self) -> MailPicture:
        """Try every waiting letter now. Raises: InvalidInput, MailServerProblem, VaultError."""
        with self._vault.transaction() as db:
            if not mail.server(db).is_set_up:
                raise InvalidInput("There is no mail server yet. Nothing was sent. Enter one.")
            mail.hurry(db, self._clock())
        self._outbox.send_due()
        return self.picture()

    @callable_from_window
    def try_again(self, mail_id: MailId) -> MailPicture:
        """Queue a letter again that was refused or held, or whose fate is unknown.

        One of unknown fate may arrive twice then. Raises: InvalidInput, VaultError.
        """
        with self._vault.transaction() as db:
            _require(db, mail_id, AGAIN, "Only a letter that was not sent can be sent again.")
            mail.queue_again(db, mail_id, self._clock())
        self._outbox.wake()
        return self.picture()

    @callable_from_window
    def cancel(self, mail_id: MailId) -> MailPicture:
        """Take a letter that waits out of the outbox's way. Raises: InvalidInput, VaultError."""
        waiting = frozenset({MailState.QUEUED})
        with self._vault.transaction() as db:
            _require(db, mail_id, waiting, "Only a letter that waits can be cancelled.")
            mail.end(db, mail_id, MailState.CANCELLED, "", self._clock())
        return self.picture()

    def _server(self, db: Connection) -> MailServer:
        has_password = self._secrets.kept_one(db, MAIL_PASSWORD) is not None
        return replace(mail.server(db), has_password=has_password)


def _require(db: Connection, mail_id: MailId, states: frozenset[MailState], otherwise: str) -> None:
    found = mail.find(db, mail_id)
    if found is None or found[0] not in states:
        raise InvalidInput(f"{otherwise} Nothing was changed. Look at the outbox again.")


def _checked(wanted: MailServer) -> MailServer:
    host = wanted.host.strip().lower()
    if not host or len(host) > LONGEST_HOST or not host.isascii() or set(host) & set(" /@:[]"):
        raise InvalidInput(
            "Write the name of the mail server alone, such as smtp.example.com. Nothing was "
            "changed.",
            field="host",
        )
    if not 1 <= wanted.port <= HIGHEST_PORT:
        raise InvalidInput(
            "A port is a number from 1 to 65535, here usually 587 or 465. Nothing was changed.",
            field="port",
        )
    owner = wanted.owner_address.strip()
    return replace(
        wanted,
        host=host,
        user=checked_line(wanted.user, "user"),
        sender_name=checked_line(wanted.sender_name, "sender_name", MAX_NAME),
        sender_address=checked_address(wanted.sender_address, "sender_address"),
        owner_address=checked_address(owner, "owner_address") if owner else "",
    )
