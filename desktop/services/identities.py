"""Who a customer is: identities come sealed from the service, and only this vault opens them.

The key pair is made when the vault first meets a service. The service is told the public half and
seals to it; the private half stays in the vault, sealed like every secret. A service that seals to
another vault's key already is left as it is: that vault can write its key to an encrypted file, and
this one take it in.
"""

import base64
import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from desktop.domain.errors import InvalidInput, ServiceRefused
from desktop.domain.ids import CustomerId
from desktop.services.calls import callable_from_window
from desktop.services.key_files import content_of, read_document, write_document
from desktop.services.storage import identities, sync_state

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.client import ServiceClient
    from desktop.services.secret_store import SecretStore
    from desktop.services.storage.vault import Vault

log = logging.getLogger(__name__)

KEY_FORMAT: Final = "usageflow-sealing-keys"


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
        from contract.sealing import public_key_of  # not for the window to load

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
        with self._vault.reading() as db:
            row = identities.find(db, customer_id)
            keys = self._store.sealing_keys(db)
        if row is None:
            raise InvalidInput(
                "The identity of this customer is not kept: it came from a credential, no policy "
                "says where it comes from, or they have not called since this vault was connected.",
                field="customer_id",
            )
        identity = opened(keys, row.application_id, customer_id, row.sealed)
        if identity is None:
            raise InvalidInput(
                "This identity was sealed for another vault. Open it there, or bring that vault's "
                "key here: usageflow identities export-key, import-key.",
                field="customer_id",
            )
        return identity

    @callable_from_window
    def export_key(self, path: str, passphrase: str) -> int:
        """Write the keys that open identities to one encrypted file; how many there are.

        Raises: InvalidInput (field `passphrase`, or there is no key yet), ExportFailed, VaultError.
        """
        with self._vault.reading() as db:
            keys = self._store.sealing_keys(db)
        if not keys:
            raise InvalidInput("This vault has no sealing key yet. Connect it to a service first.")
        write_document(path, passphrase, {"format": KEY_FORMAT, "version": 1, "keys": list(keys)})
        return len(keys)

    @callable_from_window
    def import_key(self, path: str, passphrase: str) -> int:
        """Take the keys of another vault in, so that its identities open here; how many are new.

        Raises: InvalidInput (field `passphrase` or `path`), VaultError.
        """
        document = read_document(content_of(path), passphrase, KEY_FORMAT)
        brought = [key for key in document.get("keys", ()) if _is_key(key)]
        with self._vault.transaction() as db:
            known = set(self._store.sealing_keys(db))
            new = [key for key in dict.fromkeys(brought) if key not in known]
            for key in new:
                self._store.add_sealing_key(db, key)
        return len(new)

    def _private_key(self, db: "Connection") -> bytes:
        from contract.sealing import new_private_key

        def new() -> str:
            return base64.b64encode(new_private_key()).decode()

        return base64.b64decode(self._store.sealing_key(db, new))


class Opener:
    """Opens what was sealed for the keys of a vault; made once for many texts."""

    def __init__(self, keys: Iterable[str]) -> None:
        """`keys` are private keys as the vault keeps them, in base64."""
        from contract.sealing import OpeningKey

        own = [OpeningKey(base64.b64decode(key)) for key in keys]
        self._keys = {key.fingerprint: key for key in own}

    def identity(self, application_id: str, customer_id: str, sealed: str) -> str | None:
        """An identity; None when it was sealed for none of these keys, or changed."""
        from contract.sealing import SealBroken, sealed_to

        try:
            key = self._keys.get(sealed_to(sealed))
            return None if key is None else key.unseal(application_id, customer_id, sealed)
        except SealBroken:
            return None

    def message(self, bound: tuple[str, ...], sealed: str) -> bytes | None:
        """A message; None when it was sealed for none of these keys, or changed."""
        from contract.sealing import SealBroken, sealed_to

        try:
            key = self._keys.get(sealed_to(sealed))
            return None if key is None else key.unseal_message(bound, sealed)
        except SealBroken:
            return None


def opened(keys: Iterable[str], application_id: str, customer_id: str, sealed: str) -> str | None:
    """One identity; see `Opener`."""
    return Opener(keys).identity(application_id, customer_id, sealed)


def opened_message(keys: Iterable[str], bound: tuple[str, ...], sealed: str) -> bytes | None:
    """One message; see `Opener`."""
    return Opener(keys).message(bound, sealed)


def _is_key(text: Any) -> bool:  # noqa: ANN401 - any JSON
    from contract.sealing import KEY_BYTES

    try:
        return isinstance(text, str) and len(base64.b64decode(text, validate=True)) == KEY_BYTES
    except ValueError:
        return False
