"""Who a customer is: identities come sealed from the service, and only this vault opens them.

The key pair is made when the vault first meets a service. The service is told the public half and
seals to it; the private half stays in the vault, sealed like every secret. A service that seals to
another vault's key already is left as it is.
"""

import base64
import logging
from typing import TYPE_CHECKING

from contract.sealing import SealBroken, new_private_key, public_key_of, unseal
from desktop.domain.errors import InvalidInput, ServiceRefused
from desktop.domain.ids import CustomerId
from desktop.services.calls import callable_from_window
from desktop.services.storage import identities, sync_state

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.client import ServiceClient
    from desktop.services.secret_store import SecretStore
    from desktop.services.storage.vault import Vault

log = logging.getLogger(__name__)


class IdentityService:
    """The vault must be open. Any thread."""

    def __init__(self, vault: "Vault", store: "SecretStore") -> None:
        self._vault = vault
        self._store = store
        self._introduced: set[str] = set()

    def introduce(self, client: "ServiceClient") -> None:
        """Tell the connected service the public key, once, unless it seals to another vault's.

        A token that may not do so leaves everything as it is: identities stay unknown here.
        Raises: ServiceUnreachable, VaultError.
        """
        with self._vault.reading() as db:
            connection = sync_state.connection(db)
        if connection is None or connection.service_id in self._introduced:
            return
        with self._vault.transaction() as db:
            private_key = self._private_key(db)
        try:
            if client.sealing_key() is None:
                client.put_sealing_key(public_key_of(private_key))
        except ServiceRefused:
            log.info("The service does not take a sealing key from this token.")
        self._introduced.add(connection.service_id)

    @callable_from_window
    def identity_of(self, customer_id: CustomerId) -> str:
        """Who a customer is, as the API knows them. Never written to a log.

        Raises:
            InvalidInput: the service kept no identity for this customer, or sealed it to the key
                of another vault. Nothing was changed.
            VaultError: the vault could not be read.
        """
        with self._vault.transaction() as db:
            row = identities.find(db, customer_id)
            private_key = self._private_key(db)
        if row is None:
            raise InvalidInput(
                "The identity of this customer is not kept: it came from a credential, no policy "
                "says where it comes from, or they have not called since this vault was connected.",
                field="customer_id",
            )
        try:
            return unseal(private_key, row.application_id, customer_id, row.sealed)
        except SealBroken as error:
            raise InvalidInput(
                "This identity was sealed for another vault. Open it there.", field="customer_id"
            ) from error

    def _private_key(self, db: "Connection") -> bytes:
        def new() -> str:
            return base64.b64encode(new_private_key()).decode()

        return base64.b64decode(self._store.sealing_key(db, new))
