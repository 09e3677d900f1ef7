"""What opens a vault: a passphrase, a recovery code, or the key in the system's keyring."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from desktop.domain.errors import WrongPassphrase
from desktop.services.storage import slots
from desktop.services.storage.slots import Slot

PASSPHRASE: Final = "passphrase"  # noqa: S105 (a kind of credential, not one)
RECOVERY_CODE: Final = "recovery code"
KEYRING: Final = "keyring"


@dataclass(frozen=True, slots=True, repr=False)
class Credential:
    """One way in. Tells nothing of itself when it is printed."""

    kind: str
    opens: Callable[[Slot, str], bytes | None]
    """The data key of a slot of the vault with this id, or None."""
    refusal: str

    def data_key(self, candidates: Iterable[Slot], vault_id: str) -> bytes:
        """The data key of the first slot that opens. Raises: WrongPassphrase, InvalidInput."""
        for slot in candidates:
            data_key = self.opens(slot, vault_id)
            if data_key is not None:
                return data_key
        raise WrongPassphrase(self.refusal)


def passphrase(text: str) -> Credential:
    return Credential(
        PASSPHRASE,
        lambda slot, vault_id: slots.by_passphrase(slot, vault_id, text),
        "This passphrase does not open the vault. Nothing was changed.",
    )


def recovery_code(code: str) -> Credential:
    return Credential(
        RECOVERY_CODE,
        lambda slot, vault_id: slots.by_recovery_code(slot, vault_id, code),
        "This recovery code does not open the vault. Nothing was changed. A newer code replaces "
        "an older one: look for the latest print.",
    )


def keyring_key(key: bytes) -> Credential:
    return Credential(
        KEYRING,
        lambda slot, vault_id: slots.by_keyring(slot, vault_id, key),
        "What the keyring holds does not open this vault. Nothing was changed. Use the passphrase.",
    )
