"""How an identity is sealed so that only the account's vault can read it.

The sealed text is base64 of: version (1 byte, 1), first four bytes of the SHA-256 of the public key
it was sealed to, an ephemeral X25519 public key (32 bytes), ChaCha20-Poly1305 ciphertext with tag.
The key is HKDF-SHA256 of the X25519 secret, salted with both public keys; it is used once, so that
the nonce is zero. Application and pseudonym are bound as associated data: a sealed text that is
moved to another row does not open. The identity is padded to a multiple of 32 bytes (ISO/IEC
7816-4), so that its length does not tell who it is.
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
PURPOSE: Final = b"usageflow sealed identity 1"
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
    recipient = base64.b64decode(public_key, validate=True)
    ephemeral = X25519PrivateKey.generate()
    header = VERSION + bytes.fromhex(fingerprint(public_key))
    sender = ephemeral.public_key().public_bytes_raw()
    shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(recipient))
    cipher = ChaCha20Poly1305(_key(shared, sender, recipient))
    bound = _bound(header, application_id, customer_id)
    plain = _padded(identity.encode(errors="surrogatepass")[:LONGEST_IDENTITY])
    return base64.b64encode(header + sender + cipher.encrypt(NONCE, plain, bound)).decode()


def unseal(private_key: bytes, application_id: str, customer_id: str, sealed: str) -> str:
    """The identity.

    Raises:
        SealBroken: sealed to another key, for another row, or changed.
    """
    try:
        raw = base64.b64decode(sealed, validate=True)
        own = X25519PrivateKey.from_private_bytes(private_key)
        header, sender = raw[:HEADER_BYTES], raw[HEADER_BYTES : HEADER_BYTES + KEY_BYTES]
        shared = own.exchange(X25519PublicKey.from_public_bytes(sender))
        key = _key(shared, sender, own.public_key().public_bytes_raw())
        bound = _bound(header, application_id, customer_id)
        plain = ChaCha20Poly1305(key).decrypt(NONCE, raw[HEADER_BYTES + KEY_BYTES :], bound)
    except (binascii.Error, ValueError, InvalidTag) as error:
        raise SealBroken from error
    if header[:1] != VERSION:
        raise SealBroken
    return plain.rstrip(b"\0")[:-1].decode(errors="surrogatepass")


def _key(shared: bytes, sender: bytes, recipient: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=sender + recipient, info=PURPOSE).derive(shared)


def _bound(header: bytes, application_id: str, customer_id: str) -> bytes:
    return header + f"{application_id}\n{customer_id}".encode()


def _padded(plain: bytes) -> bytes:
    padded = plain + PAD
    return padded + bytes(-len(padded) % BLOCK)
