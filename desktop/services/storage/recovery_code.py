"""The printed recovery code: 128 random bits in groups that are easy to read out and type.

Crockford's alphabet has no I, L, O and U; typed ones are taken for what they resemble. The last
group is a checksum, so that a slip of the pen is told apart from a wrong code.
"""

import hashlib
import os
from typing import Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from desktop.domain.errors import InvalidInput

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LOOKALIKES: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})
CODE_BYTES: Final = 16
DATA_CHARACTERS: Final = 26
"""128 bits at 5 bits a character; the last character carries 3 bits."""
CHECK_CHARACTERS: Final = 4
GROUP: Final = 5


def new_code() -> str:
    """A fresh code, as it is printed: six groups of five characters."""
    data = _characters(int.from_bytes(os.urandom(CODE_BYTES), "big"), DATA_CHARACTERS)
    return _grouped(data + _check(data))


def canonical(typed: str) -> str:
    """The code as printed, from what somebody typed: any case, spaces and dashes anywhere.

    Raises: InvalidInput (field `recovery_code`) when it cannot be a code.
    """
    letters = "".join(typed.upper().replace("-", " ").split()).translate(LOOKALIKES)
    data, check = letters[:DATA_CHARACTERS], letters[DATA_CHARACTERS:]
    if len(letters) != DATA_CHARACTERS + CHECK_CHARACTERS or set(letters) - set(ALPHABET):
        raise InvalidInput(
            "A recovery code has six groups of five letters and digits. Nothing was changed. "
            "Type all of it, in the order printed.",
            field="recovery_code",
        )
    if check != _check(data):
        raise InvalidInput(
            "There is a slip in this recovery code: its last group does not fit the others. "
            "Nothing was changed. Compare it with the print, letter by letter.",
            field="recovery_code",
        )
    return _grouped(letters)


def private_key(code: str, salt: bytes) -> X25519PrivateKey:
    """The key that a slot's data key is sealed to.

    Source: RFC 5869 (HKDF). The code is random, so no slow derivation is needed.
    Raises: InvalidInput.
    """
    material = canonical(code).replace("-", "").encode("ascii")
    derived = HKDF(SHA256(), length=32, salt=salt, info=b"usageflow recovery code").derive(material)
    return X25519PrivateKey.from_private_bytes(derived)


def _check(data: str) -> str:
    digest = hashlib.sha256(b"usageflow recovery code " + data.encode("ascii")).digest()
    return _characters(int.from_bytes(digest[:4], "big") >> 12, CHECK_CHARACTERS)


def _characters(number: int, count: int) -> str:
    places = range(5 * (count - 1), -1, -5)
    return "".join(ALPHABET[number >> place & 31] for place in places)


def _grouped(letters: str) -> str:
    return "-".join(letters[start : start + GROUP] for start in range(0, len(letters), GROUP))
