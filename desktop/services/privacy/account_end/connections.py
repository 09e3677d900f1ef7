"""What binds the account to others: the sign-in at a provider, and keys in the system's keyring."""

from typing import TYPE_CHECKING, Any

from desktop.services.api_keys import KEYRING_SERVICE
from desktop.services.storage import secrets, sign_in

if TYPE_CHECKING:
    from desktop.services.sign_in.membership import MembershipService
    from desktop.services.storage.vault import Vault
    from desktop.services.system_keyring import SystemKeyring


class Connections:
    """The vault must be open. Any thread."""

    def __init__(
        self, vault: "Vault", membership: "MembershipService", keyring: "SystemKeyring"
    ) -> None:
        self._vault = vault
        self._membership = membership
        self._keyring = keyring

    def end(self) -> dict[str, Any]:
        """Sign out, and take copies of keys out of the keyring; may be repeated.

        Raises: KeyringLocked, VaultError; what was done stays done.
        """
        with self._vault.reading() as db:
            signed_in = sign_in.read(db).signed_in
            copied = [one for one in secrets.listed(db) if one.in_keyring]
        for one in copied:
            self._keyring.remove(KEYRING_SERVICE, one.name)
        signed_out = self._membership.sign_out() if signed_in.is_signed_in else None
        return {
            "was_signed_in": signed_in.is_signed_in,
            "told_provider": signed_out is not None and signed_out.told_provider,
            "keyring": len(copied),
        }
