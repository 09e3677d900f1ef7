"""Puts the parts of mail together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from desktop.services.mail.keeping import MailService
from desktop.services.mail.outbox import Courier, MailOutbox

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from desktop.domain.mail import MailServer
    from desktop.services.mail.smtp import SmtpSession
    from desktop.services.network_log import NetworkLog
    from desktop.services.secret_store import SecretStore
    from desktop.services.storage.vault import Vault


@dataclass(frozen=True, slots=True)
class Mail:
    """What others queue letters with, what the window calls, and the thread that sends."""

    outbox: MailOutbox
    service: MailService
    courier: Courier

    def all(self) -> tuple[object, ...]:
        """What calls may be answered by."""
        return (self.service,)


def build_mail(
    vault: Vault,
    secrets: SecretStore,
    contacts: NetworkLog,
    surroundings: tuple[Callable[[], str], Callable[[], datetime]],
    notice: Callable[[str], None],
) -> Mail:
    """Mail of a workspace. `surroundings` makes ids, and tells the time."""

    def connect(server: MailServer, password: str) -> SmtpSession:
        # Not at the top: most runs of the program send nothing.
        from desktop.services.door import Door
        from desktop.services.mail.smtp import SmtpSession

        return SmtpSession(Door(vault, contacts), server, password)

    outbox = MailOutbox(vault, secrets, connect, surroundings, notice)
    _, clock = surroundings
    return Mail(outbox, MailService(vault, secrets, outbox, clock), Courier(outbox, clock))
