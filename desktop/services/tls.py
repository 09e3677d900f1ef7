"""Certificates: checked against the system's trust store, the workspace's own authority, its pin.

Nothing here can turn the check off.
"""

import hashlib
import hmac
import socket
import ssl
from collections.abc import Callable
from typing import Final

import truststore
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from desktop.domain.errors import InvalidInput

MAX_PEM_BYTES: Final = 1_000_000


class PinMismatch(ssl.SSLError):
    """The certificate is trusted, and its key is another one than was pinned."""

    def __init__(self, pinned: str, shown: str) -> None:
        super().__init__("the pinned key is another one")
        self.pinned = pinned
        self.shown = shown


class CheckedContext(truststore.SSLContext):
    """Trusts what the system trusts, then compares the key with the pin before anything is sent."""

    _pin = ""
    _shown: Callable[[str], None]

    @classmethod
    def of(cls, authority_pem: str, pin: str, shown: Callable[[str], None]) -> "CheckedContext":
        """Make a context.

        Args:
            authority_pem: certificates to trust beside the system's, or nothing.
            pin: fingerprint the server must show, or nothing.
            shown: told the fingerprint of each trusted server.
        """
        context = cls(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if authority_pem:
            context.load_verify_locations(cadata=authority_pem)
        context._pin, context._shown = pin, shown
        return context

    def wrap_socket(  # noqa: PLR0913, PLR0917 (as the library has it)
        self,
        sock: socket.socket,
        server_side: bool = False,  # noqa: FBT001, FBT002
        do_handshake_on_connect: bool = True,  # noqa: ARG002, FBT001, FBT002
        suppress_ragged_eofs: bool = True,  # noqa: FBT001, FBT002
        server_hostname: str | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLSocket:
        """Shake hands at once, so that the key is compared before the first byte of a request."""
        wrapped = super().wrap_socket(
            sock,
            server_side=server_side,
            do_handshake_on_connect=True,
            suppress_ragged_eofs=suppress_ragged_eofs,
            server_hostname=server_hostname,
            session=session,
        )
        try:
            self._compare(wrapped.getpeercert(binary_form=True) or b"")
        except ssl.SSLError:
            wrapped.close()
            raise
        return wrapped

    def _compare(self, certificate: bytes) -> None:
        fingerprint = key_fingerprint(certificate)
        self._shown(fingerprint)
        if self._pin and not hmac.compare_digest(fingerprint, self._pin):
            raise PinMismatch(self._pin, fingerprint)


def key_fingerprint(certificate: bytes) -> str:
    """SHA-256 of a certificate's public key (SPKI), in lower-case hexadecimal digits.

    The key and not the certificate: it stays the same when a certificate is renewed for its key.
    Source: RFC 7469 section 2.4.
    """
    key = x509.load_der_x509_certificate(certificate).public_key()
    return hashlib.sha256(
        key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ).hexdigest()


def checked_authority(content: bytes) -> str:
    """The certificates of a PEM file. Raises: InvalidInput (field `ca_path`)."""
    try:
        found = x509.load_pem_x509_certificates(content[:MAX_PEM_BYTES])
    except ValueError as error:
        raise InvalidInput(
            "This file holds no certificate in PEM form (-----BEGIN CERTIFICATE-----). Nothing was "
            "changed. Ask whoever runs the service for the certificate of its authority.",
            field="ca_path",
        ) from error
    return "".join(one.public_bytes(Encoding.PEM).decode("ascii") for one in found)


def tls_fault(error: BaseException) -> ssl.SSLError | None:
    """What TLS found wrong, where an error of the HTTP library came from that."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    return cause
