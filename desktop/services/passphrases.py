"""What a new passphrase must be."""

from typing import Final

from contract.card_numbers import masked
from desktop.domain.connection import PassphraseStrength
from desktop.domain.errors import InvalidInput

MIN_PASSPHRASE: Final = 8
"""Characters. Source: NIST SP 800-63B section 5.1.1.2."""
MAX_PASSPHRASE: Final = 1024
JUDGED_CHARACTERS: Final = 72
"""The estimate takes time that grows with the cube of the length; more is strong anyway."""


def check_new(passphrase: str, field: str = "passphrase") -> None:
    """Raises: InvalidInput (that field) when it is too short, too long, or has a card number."""
    if len(passphrase) < MIN_PASSPHRASE:
        raise InvalidInput(
            f"This passphrase is too short. Nothing was made. Use {MIN_PASSPHRASE} characters or "
            "more, best several words.",
            field=field,
        )
    if masked(passphrase) != passphrase:
        raise InvalidInput(
            "A card number is in this passphrase. Nothing was made. Others know it and it does not "
            "change with you: use words.",
            field=field,
        )
    if len(passphrase) > MAX_PASSPHRASE:
        raise InvalidInput(
            f"This passphrase is longer than {MAX_PASSPHRASE} characters. Nothing was made. Use a "
            "shorter one.",
            field=field,
        )


def judged(secret: str) -> PassphraseStrength:
    """How long a secret would stand up to guessing."""
    from zxcvbn import zxcvbn

    result = zxcvbn(secret[:JUDGED_CHARACTERS])
    return PassphraseStrength(result["score"], result["feedback"]["warning"])
