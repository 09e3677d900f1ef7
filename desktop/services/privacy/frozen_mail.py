"""Which letters may go: preferences decide for good, a freeze for as long as it holds."""

from typing import TYPE_CHECKING, Final

from desktop.domain.mail import MailPurpose
from desktop.services.identities import opened
from desktop.services.privacy.checking import EMAIL
from desktop.services.storage import freezes, identities, usage_queries

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.privacy.preferences import PreferenceService
    from desktop.services.secret_store import SecretStore

STILL_SENT: Final = frozenset({MailPurpose.PRIVACY, MailPurpose.TEST})
"""Receipt and decision of the report itself have to arrive."""


class Correspondence:
    """Asked by the outbox of letters. Any thread."""

    def __init__(self, preferences: "PreferenceService", store: "SecretStore") -> None:
        self._preferences = preferences
        self._store = store

    def may_send(self, db: "Connection", address: str, purpose: MailPurpose) -> bool:
        """Whether the recipient wants letters of this purpose."""
        return self._preferences.may_send(db, address, purpose)

    def has_to_wait(self, db: "Connection", address: str, purpose: MailPurpose) -> bool:
        """Whether the recipient is frozen, so that the letter is held back for now."""
        if purpose in STILL_SENT:
            return False
        found = freezes.frozen(db)
        return bool(found) and address.casefold() in self._addresses(db, found)

    def _addresses(self, db: "Connection", found: frozenset[tuple[str, str]]) -> set[str]:
        """Addresses by which frozen people are known: their identity, or the name they have."""
        keys = self._store.sealing_keys(db)
        names = usage_queries.customer_names(db, [customer_id for _, customer_id in found])
        texts = list(names.values())
        for application_id, customer_id in found:
            sealed = identities.find(db, customer_id)
            if sealed is not None:
                texts.append(opened(keys, application_id, customer_id, sealed.sealed) or "")
        return {text.casefold() for text in texts if EMAIL.fullmatch(text)}
