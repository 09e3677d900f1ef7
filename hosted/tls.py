"""The service's certificate: checked before the start, and taken anew when its files change."""

import logging
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from hosted.errors import StartFailed

log = logging.getLogger(__name__)

CIPHERS: Final = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Of TLS 1.2: forward secrecy and authenticated encryption only. TLS 1.3 has nothing else."""
SOON: Final = timedelta(days=14)
Version = tuple[tuple[int, int], ...]
"""Time of change and size of both files."""


class Certificate:
    """A TLS context that follows its files.

    Renewed files, such as an ACME client writes, serve new connections without a restart; open
    ones go on undisturbed. Lives on the event loop's thread once the service runs.
    """

    def __init__(self, chain: Path, key: Path) -> None:
        """Read the files.

        Raises:
            StartFailed: they cannot be read, do not belong together, or need a passphrase.
        """
        self._chain, self._key = chain, key
        try:
            self._version = self._current()
            self.context = self._context()
            self._expires = expiry(chain)
        except (OSError, ValueError) as error:
            raise StartFailed(
                "The certificate and its key cannot be used: one of the files cannot be read, "
                "they do not belong together, or the key needs a passphrase. Nothing was started. "
                "Check --tls-cert and --tls-key."
            ) from error

    @property
    def warning(self) -> str:
        """A sentence for the owner when the certificate ends soon; else empty."""
        if self._expires - datetime.now(UTC) > SOON:
            return ""
        return f"The certificate ends on {self._expires:%Y-%m-%d %H:%M} UTC. Renew its files."

    async def renew(self) -> None:
        """Take over changed files. What cannot be used is told once; the old one stays."""
        try:
            version = self._current()
            if version == self._version:
                return
            self._context()  # a pair that does not match must not reach the one in use
            self.context.load_cert_chain(self._chain, self._key, password=_no_passphrase)
            self._expires = expiry(self._chain)
        except (OSError, ValueError):
            log.warning("The renewed certificate cannot be used yet; the one before still serves.")
            return
        self._version = version
        log.warning("The renewed certificate serves from now on, until %s.", self._expires.date())

    def _current(self) -> Version:
        states = [path.stat() for path in (self._chain, self._key)]
        return tuple((state.st_mtime_ns, state.st_size) for state in states)

    def _context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(CIPHERS)
        context.options |= ssl.OP_NO_RENEGOTIATION
        context.load_cert_chain(self._chain, self._key, password=_no_passphrase)
        return context


def expiry(chain: Path) -> datetime:
    """End of the first certificate of a chain file, UTC.

    Raises:
        OSError: the file cannot be read.
        ValueError: it holds no certificate.
    """
    from cryptography import x509  # 6 MB that a service without a certificate does not need

    return x509.load_pem_x509_certificate(chain.read_bytes()).not_valid_after_utc


def _no_passphrase() -> bytes:
    """The library would otherwise ask for it on the terminal, and a service has none."""
    return b""
