"""A code to the address on file: whoever brings it back reads that mailbox.

The code itself is never stored, only a keyed hash of it, and that goes with the decision.
"""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from desktop.domain.errors import InvalidInput
from desktop.domain.mail import MailPurpose
from desktop.domain.privacy.kinds import Evidence
from desktop.domain.privacy.requests import RequestDetail, number_of
from desktop.services.calls import callable_from_window
from desktop.services.mail.templates import Announcement, letter_of
from desktop.services.privacy.preferences import checked_address
from desktop.services.privacy.references import reference
from desktop.services.storage import privacy_audit, privacy_requests
from desktop.services.storage.address_hashes import normalized
from desktop.services.storage.privacy_records import Records

if TYPE_CHECKING:
    from desktop.services.mail.outbox import MailOutbox
    from desktop.services.privacy.accounts import AccountAddresses
    from desktop.services.privacy.requests import PrivacyRequestService
    from desktop.services.storage.vault import Vault

VALID_FOR: Final = timedelta(hours=24)
TRIES: Final = 5
DIGITS: Final = 8


@dataclass(frozen=True, slots=True)
class SentCode:
    digest: str
    sent_at: datetime
    tries: int = 0


CODES: Final = Records("identity_code", SentCode)


class IdentityCodeService:
    """The vault must be open. Any thread."""

    def __init__(
        self,
        vault: "Vault",
        parts: "tuple[PrivacyRequestService, MailOutbox, AccountAddresses]",
        clock: Callable[[], datetime],
    ) -> None:
        self._vault = vault
        self._requests, self._outbox, self._accounts = parts
        self._clock = clock

    @callable_from_window
    def send(self, request_id: str, address: str) -> str:
        """Queue a letter with a new code to an address on file; an earlier code ends.

        Returns the address. Raises: InvalidInput (field `address`: no account has it), VaultError.
        """
        address, now = checked_address(address), self._clock()
        code = "".join(secrets.choice("0123456789") for _ in range(DIGITS))
        with self._vault.transaction() as db:
            request = privacy_requests.find(db, request_id)
            if request is None:
                raise InvalidInput("There is no such privacy request in this vault.")
            on_file = {normalized(one) for one in self._accounts.addresses(db)}
            if normalized(address) not in on_file:
                raise InvalidInput(
                    "No code was sent: no account has this address. A code to an address that "
                    "only the request names would prove nothing.",
                    field="address",
                )
            text = (
                f"Somebody asked for {number_of(request)} in your name. If it was you, answer "
                f"with this code within a day: {code}\n\nIf it was not you, there is nothing to do."
            )
            notice = Announcement("Your privacy request", "Is it you?", text)
            self._outbox.put(db, letter_of(MailPurpose.PRIVACY, address, notice))
            CODES.put(db, request_id, SentCode(self._digest(request_id, code), now), now)
            privacy_audit.append(db, now, "code_sent", number_of(request))
        self._outbox.wake()
        return address

    @callable_from_window
    def check(self, request_id: str, code: str) -> RequestDetail:
        """Confirm the identity by the code that came back; what was kept of it is deleted.

        Raises: InvalidInput (field `code`), VaultError.
        """
        with self._vault.transaction() as db:
            sent = CODES.find(db, request_id)
            is_right = sent is not None and hmac.compare_digest(
                sent.digest, self._digest(request_id, code.strip())
            )
            is_over = sent is None or self._clock() - sent.sent_at > VALID_FOR
            if sent is not None and not is_right:
                tried = replace(sent, tries=sent.tries + 1)
                CODES.put(db, request_id, tried, self._clock())
                is_over = is_over or tried.tries >= TRIES
            if is_right or is_over:
                CODES.remove(db, request_id)
        if is_over:
            raise InvalidInput(
                "Nothing was recorded: the code has ended, or was tried too often. Send a new one.",
                field="code",
            )
        if not is_right:
            raise InvalidInput("Nothing was recorded: this is not the code.", field="code")
        return self._requests.confirm_identity(request_id, (Evidence.CODE,))

    def _digest(self, request_id: str, code: str) -> str:
        return reference(self._vault, f"{request_id} {code}").hex()
