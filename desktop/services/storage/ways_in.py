"""Changing what opens a vault: passphrase, recovery code, keyring, and the data key behind them."""

import base64
import binascii
from collections.abc import Callable
from contextlib import suppress

from desktop.domain.errors import InvalidInput, KeyringLocked, WrongPassphrase
from desktop.domain.vault import KeyringState
from desktop.services.calls import Report
from desktop.services.storage import credentials, derivation, rekeying, slots
from desktop.services.storage import header as headers
from desktop.services.storage.audit import Event
from desktop.services.storage.header import Header
from desktop.services.storage.recovery_code import new_code
from desktop.services.storage.slots import KeyringSlot, PasswordSlot, RecoverySlot, Slot
from desktop.services.storage.vault import Vault
from desktop.services.storage.witness import KEYRING_SERVICE, Keyring


class WaysIn:
    """The slots of one open vault. Any thread.

    Every method raises OlderCopy, DiskFull or VaultError when the header could not be written; then
    the old one is in force.
    """

    def __init__(self, vault: Vault, keyring: Keyring) -> None:
        self._vault = vault
        self._keyring = keyring

    def check(self, passphrase: str) -> None:
        """Raises: WrongPassphrase."""
        header = self._vault.header()
        credentials.passphrase(passphrase).data_key(header.slots, header.vault_id)

    def set_passphrase(self, new: str) -> None:
        """Wrap the data key under another passphrase; about 1 s, however large the vault is."""
        cost = derivation.tuned_cost()

        def change(header: Header) -> list[Slot]:
            slot = slots.password_slot(header.vault_id, new, self._vault.data_key(), cost)
            return [slot, *(s for s in header.slots if not isinstance(s, PasswordSlot))]

        self._change(change, Event.PASSPHRASE_CHANGED)

    def new_recovery_code(self) -> str:
        """A code to print. It counts once it was typed back; a confirmed one works until then."""
        code = new_code()

        def change(header: Header) -> list[Slot]:
            kept = (s for s in header.slots if not isinstance(s, RecoverySlot) or s.confirmed)
            return [*kept, slots.recovery_slot(header.vault_id, code, self._vault.data_key())]

        self._change(change, Event.RECOVERY_CODE_MADE)
        return code

    def confirm_recovery_code(self, typed: str) -> None:
        """Let the newest code count, and the one before it no longer.

        Raises: InvalidInput (field `recovery_code`: a slip, or another code).
        """
        header = self._vault.header()
        newest = next((s for s in reversed(header.slots) if isinstance(s, RecoverySlot)), None)
        if newest is None or slots.by_recovery_code(newest, header.vault_id, typed) is None:
            raise InvalidInput(
                "This is not the recovery code that was made last. Nothing was changed. Type the "
                "latest print, or make a new code.",
                field="recovery_code",
            )

        def change(header: Header) -> list[Slot]:
            others = (s for s in header.slots if not isinstance(s, RecoverySlot))
            return [*others, slots.confirmed(newest)]

        self._change(change, Event.RECOVERY_CODE_CONFIRMED)

    def use_keyring(self) -> None:
        """Let the system's keyring open the vault too. Raises: KeyringLocked."""
        header = self._vault.header()
        slot = self._new_keyring_slot(header, self._vault.data_key())
        self._change(lambda h: [*_without_keyring(h), slot], Event.KEYRING_ADDED)
        self._forget_entries(header)

    def leave_keyring(self) -> None:
        """Open by passphrase or recovery code only."""
        header = self._vault.header()
        witness = self._vault.keyring_witness()
        self._change(_without_keyring, Event.KEYRING_REMOVED)
        self._forget_entries(header)
        if witness is not None:
            with suppress(KeyringLocked):
                witness.forget()

    def keyring_state(self) -> KeyringState:
        """Ask the keyring whether it would open the vault now. Takes as long as its time-out."""
        header = self._vault.header()
        is_on = bool(headers.keyring_name(header))
        name = ""
        try:
            name = self._keyring.name()
            if is_on:
                credentials.keyring_key(key_from_keyring(self._keyring, header)).data_key(
                    header.slots, header.vault_id
                )
        except (KeyringLocked, WrongPassphrase) as error:
            return KeyringState(name, is_on, str(error))
        return KeyringState(name, is_on, "")

    def rotate(self, passphrase: str, report: Report) -> None:
        """Put everything under a new data key; all ways in stay.

        Raises: WrongPassphrase, KeyringLocked, Cancelled; the old key is in force.
        """
        self.check(passphrase)
        before = self._vault.header()

        def next_slots(header: Header, data_key: bytes) -> tuple[Slot, ...]:
            return tuple(self._next(s, header, data_key, passphrase) for s in header.slots)

        rekeying.rotate(self._vault, next_slots, report)
        self._forget_entries(before)

    def _change(self, change: Callable[[Header], list[Slot]], event: Event) -> None:
        self._vault.change_header(lambda h: headers.with_slots(h, change(h)), event)

    def _next(self, slot: Slot, header: Header, data_key: bytes, passphrase: str) -> Slot:
        match slot:
            case PasswordSlot():
                return slots.password_slot(header.vault_id, passphrase, data_key, slot.cost)
            case KeyringSlot():
                return self._new_keyring_slot(header, data_key)
            case RecoverySlot():
                return slots.resealed(slot, header.vault_id, data_key)

    def _new_keyring_slot(self, header: Header, data_key: bytes) -> KeyringSlot:
        """A slot whose key the keyring holds already, read back before it counts."""
        key = slots.new_key()
        slot = slots.keyring_slot(header.vault_id, key, data_key, self._keyring.name())
        text = base64.b64encode(key).decode("ascii")
        self._keyring.store(KEYRING_SERVICE + header.vault_id, slot.slot_id, text)
        return slot

    def _forget_entries(self, old: Header) -> None:
        """Take out what belonged to slots that are gone; without them it opens nothing anyway."""
        for slot in old.slots:
            if isinstance(slot, KeyringSlot):
                with suppress(KeyringLocked):
                    self._keyring.remove(KEYRING_SERVICE + old.vault_id, slot.slot_id)


def key_from_keyring(keyring: Keyring, header: Header) -> bytes:
    """The key of the header's keyring slot, as the keyring holds it.

    Raises: KeyringLocked, also when it has nothing; WrongPassphrase when it holds something else.
    """
    slot = next((s for s in header.slots if isinstance(s, KeyringSlot)), None)
    if slot is None:
        raise KeyringLocked("No keyring opens this vault. Use the passphrase.")
    if keyring.name() != slot.backend:
        raise KeyringLocked(
            f"The key to this vault lies in {slot.backend}, which does not run now. Use the "
            "passphrase."
        )
    stored = keyring.read(KEYRING_SERVICE + header.vault_id, slot.slot_id)
    if stored is None:
        raise KeyringLocked(
            "The system keyring no longer has the key to this vault; it may have been emptied. "
            "Use the passphrase, then switch the keyring on again in Settings."
        )
    return _decoded(stored)


def _decoded(stored: str) -> bytes:
    try:
        return base64.b64decode(stored, validate=True)
    except (binascii.Error, ValueError):
        raise WrongPassphrase(
            "What the keyring holds does not open this vault. Nothing was changed. Use the "
            "passphrase."
        ) from None


def _without_keyring(header: Header) -> list[Slot]:
    return [slot for slot in header.slots if not isinstance(slot, KeyringSlot)]
