"""How an identity, or a message, is sealed so that only the account's vault can read it.

The sealed text is base64 of: version (1 byte, 1), first four bytes of the SHA-256 of the public key
it was sealed to, an ephemeral X25519 public key (32 bytes), ChaCha20-Poly1305 ciphertext with tag.
The key is HKDF-SHA256 of the X25519 secret, salted with both public keys and made for identities or
for messages; it is used once, so that the nonce is zero. The names of the row (of an identity:
application and pseudonym) are bound as associated data: a sealed text that is moved to another row
does not open. What is sealed is padded to a multiple of 32 bytes (ISO/IEC 7816-4), so that the
length of an identity does not tell who it is.
"""

import base64
import binascii
import hashlib
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

VERSION: Final = b"\x01"
FINGERPRINT_BYTES: Final = 4
KEY_BYTES: Final = 32
BLOCK: Final = 32
PAD: Final = b"\x80"
NONCE: Final = bytes(12)
IDENTITY: Final = b"usageflow sealed identity 1"
MESSAGE: Final = b"usageflow sealed message 1"
HEADER_BYTES: Final = len(VERSION) + FINGERPRINT_BYTES
LONGEST_IDENTITY: Final = 4096


class SealBroken(ValueError):
    """The text was not sealed to this key for this row, or was changed."""


def new_private_key() -> bytes:
    """A private key, 32 bytes."""
    return X25519PrivateKey.generate().private_bytes_raw()


def public_key_of(private_key: bytes) -> str:
    """The public half, base64."""
    public = X25519PrivateKey.from_private_bytes(private_key).public_key()
    return base64.b64encode(public.public_bytes_raw()).decode()


def fingerprint(public_key: str) -> str:
    """What tells one public key from another in a sealed text, as hexadecimal digits."""
    return hashlib.sha256(base64.b64decode(public_key)).hexdigest()[: 2 * FINGERPRINT_BYTES]


def sealed_to(sealed: str) -> str:
    """Fingerprint of the key a text was sealed to; empty when it is no sealed text."""
    try:
        raw = base64.b64decode(sealed, validate=True)
    except (binascii.Error, ValueError):
        return ""
    return raw[len(VERSION) : HEADER_BYTES].hex() if raw[:1] == VERSION else ""


def seal(public_key: str, application_id: str, customer_id: str, identity: str) -> str:
    """Seal an identity.

    Raises:
        ValueError: the public key is none.
    """
    plain = identity.encode(errors="surrogatepass")[:LONGEST_IDENTITY]
    return _sealed(public_key, IDENTITY, _bound(application_id, customer_id), plain)


def seal_message(public_key: str, bound: tuple[str, ...], content: bytes) -> str:
    """Seal a message of any length; it opens only for the names it is bound to.

    Raises:
        ValueError: the public key is none.
    """
    return _sealed(public_key, MESSAGE, _bound(*bound), content)


class OpeningKey:
    """A private key for many sealed texts: what follows from it is worked out once."""

    def __init__(self, private_key: bytes) -> None:
        self._key = X25519PrivateKey.from_private_bytes(private_key)
        self._public = self._key.public_key().public_bytes_raw()
        self.fingerprint = hashlib.sha256(self._public).hexdigest()[: 2 * FINGERPRINT_BYTES]

    def unseal(self, application_id: str, customer_id: str, sealed: str) -> str:
        """The identity.

        Raises:
            SealBroken: sealed to another key, for another row, or changed.
        """
        plain = self._opened(IDENTITY, _bound(application_id, customer_id), sealed)
        return plain.decode(errors="surrogatepass")

    def unseal_message(self, bound: tuple[str, ...], sealed: str) -> bytes:
        """The message.

        Raises:
            SealBroken: sealed to another key, bound to other names, or changed.
        """
        return self._opened(MESSAGE, _bound(*bound), sealed)

    def _opened(self, purpose: bytes, bound: bytes, sealed: str) -> bytes:
        try:
            raw = base64.b64decode(sealed, validate=True)
            header, sender = raw[:HEADER_BYTES], raw[HEADER_BYTES : HEADER_BYTES + KEY_BYTES]
            shared = self._key.exchange(X25519PublicKey.from_public_bytes(sender))
            cipher = ChaCha20Poly1305(_key(shared, sender, self._public, purpose))
            plain = cipher.decrypt(NONCE, raw[HEADER_BYTES + KEY_BYTES :], header + bound)
        except (binascii.Error, ValueError, InvalidTag) as error:
            raise SealBroken from error
        if header[:1] != VERSION:
            raise SealBroken
        return plain.rstrip(b"\0")[:-1]


def unseal(private_key: bytes, application_id: str, customer_id: str, sealed: str) -> str:
    """One identity; see `OpeningKey`."""
    return OpeningKey(private_key).unseal(application_id, customer_id, sealed)


def unseal_message(private_key: bytes, bound: tuple[str, ...], sealed: str) -> bytes:
    """One message; see `OpeningKey`."""
    return OpeningKey(private_key).unseal_message(bound, sealed)


def _sealed(public_key: str, purpose: bytes, bound: bytes, plain: bytes) -> str:
    recipient = base64.b64decode(public_key, validate=True)
    ephemeral = X25519PrivateKey.generate()
    header = VERSION + bytes.fromhex(fingerprint(public_key))
    sender = ephemeral.public_key().public_bytes_raw()
    shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(recipient))
    cipher = ChaCha20Poly1305(_key(shared, sender, recipient, purpose))
    encrypted = cipher.encrypt(NONCE, _padded(plain), header + bound)
    return base64.b64encode(header + sender + encrypted).decode()


def _key(shared: bytes, sender: bytes, recipient: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=sender + recipient, info=purpose).derive(shared)


def _bound(*names: str) -> bytes:
    return "\n".join(names).encode()


def _padded(plain: bytes) -> bytes:
    padded = plain + PAD
    return padded + bytes(-len(padded) % BLOCK)
