"""E-mail addresses of accounts: identities that are addresses, as this vault opens them."""

from typing import TYPE_CHECKING

from desktop.services.identities import Opener
from desktop.services.privacy.checking import EMAIL
from desktop.services.storage import privacy_queries

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.secret_store import SecretStore


class AccountAddresses:
    """Reads; keeps nothing."""

    def __init__(self, store: "SecretStore") -> None:
        self._store = store

    def addresses(self, db: "Connection") -> tuple[str, ...]:
        """Each address once, in order of the customers' ids; never written to a log."""
        opener = Opener(self._store.sealing_keys(db))
        identities = (opener.identity(*row) for row in privacy_queries.sealed_identities(db))
        return tuple(dict.fromkeys(one for one in identities if one and EMAIL.fullmatch(one)))
