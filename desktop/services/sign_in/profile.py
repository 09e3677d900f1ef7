"""What the owner says of themselves, and how they correct it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from desktop.domain.mail import checked_address, checked_line
from desktop.domain.sign_in import Correction, Profile
from desktop.services.calls import callable_from_window
from desktop.services.privacy.references import reference
from desktop.services.storage import sign_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from desktop.services.storage.vault import Vault

MAX_NAME: Final = 200
FIELDS: Final = ("name", "email", "company")


class ProfileService:
    """Needs the open vault. Any thread."""

    def __init__(self, vault: Vault, clock: Callable[[], datetime]) -> None:
        self._vault = vault
        self._clock = clock

    @callable_from_window
    def profile(self) -> Profile:
        """As it is stored; until something was written, as the provider said at the sign-in."""
        with self._vault.reading() as db:
            stored, signed_in = sign_in.profile(db), sign_in.read(db).signed_in
        if any(getattr(stored, field) for field in FIELDS):
            return stored
        return replace(stored, name=signed_in.name, email=signed_in.email)

    @callable_from_window
    def correct(self, wanted: Profile) -> Profile:
        """Correct name, address and company; what changed is recorded without its value.

        Raises: InvalidInput (field `name`, `email` or `company`), VaultError.
        """
        email = wanted.email.strip()
        checked = Profile(
            name=checked_line(wanted.name, "name", MAX_NAME),
            email=checked_address(email, "email") if email else "",
            company=checked_line(wanted.company, "company", MAX_NAME),
        )
        before = self.profile()
        with self._vault.transaction() as db:
            for field in FIELDS:
                pair = getattr(before, field), getattr(checked, field)
                if pair[0] != pair[1]:
                    old, new = (reference(self._vault, text).hex() for text in pair)
                    sign_in.note_correction(db, self._clock(), field, (old, new))
            sign_in.store_profile(db, checked)
        return self.profile()

    @callable_from_window
    def corrections(self) -> tuple[Correction, ...]:
        """When what was corrected, the newest first."""
        with self._vault.reading() as db:
            return sign_in.corrections(db)
