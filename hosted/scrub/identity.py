"""Who called: reads the identity out of an alias and replaces it by its pseudonym at once."""

import hmac
import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from contract.messages.rollups import ANONYMOUS
from hosted.scrub.masks import is_mark

KEY_BYTES: Final = 32
HEX_DIGITS: Final = 24
FIRST_EPOCH: Final = 1
NORMALIZATION: Final = "a"
"""The rules of `normalized`; other rules get another letter, and with it other pseudonyms."""

PSEUDONYM: Final = re.compile(r"u_(\d{1,4})[a-z]_[0-9a-f]{24}\Z")

FUNCTION_TYPE: Final = "FUNCTION_CALL"
FUNCTION_MARK: Final = " func:"
ROUTE: Final = re.compile(r"([A-Z]{1,16} (?:/\S*|\*|None) )(.+)", re.DOTALL)
UNKNOWN_ROUTE: Final = re.compile(r"[A-Z]{1,16} (?:/\S*|\*|None)|")
IDENTITY_ONLY_METHODS: Final = frozenset({"CHAT", "EMBED", "WITHDRAW", "CREDIT"})
"""Methods of metered model calls: their alias is the bare identity."""


def identity_in(alias: str, method: str, url: str, *, is_function: bool) -> str:
    """Identity part of a ledger name, empty when there is none.

    The identity may contain blanks, so the known beginning is cut off and nothing is split.
    Source: SDK protocol, "Alias".
    """
    if is_function:
        alias = alias.rpartition(FUNCTION_MARK)[0]
    prefix = f"{method} {url} "
    if alias.startswith(prefix):
        return alias[len(prefix) :]
    return alias if method in IDENTITY_ONLY_METHODS else ""


def alias_parts(alias: str, facts: Mapping[str, Any]) -> tuple[str, str, str]:
    """What stands before the identity of a ledger name, the identity, and what stands after it.

    Method and url among the `facts` of the same call say where the identity begins; without them
    the first two words are taken for method and url.
    """
    body, mark, after = alias, "", ""
    if FUNCTION_MARK in alias:
        body, mark, after = alias.rpartition(FUNCTION_MARK)
    prefix = f"{facts.get('method')} {facts.get('url')}"
    if body.startswith(f"{prefix} "):
        return body[: len(prefix) + 1], body[len(prefix) + 1 :], mark + after
    if body == prefix or UNKNOWN_ROUTE.fullmatch(body):
        return body, "", mark + after
    if str(facts.get("method")) not in IDENTITY_ONLY_METHODS and (known := ROUTE.match(body)):
        return known[1], known[2], mark + after
    return "", body, mark + after


class Pseudonyms:
    """Makes pseudonyms under a key of one epoch after the other.

    A pseudonym reads `u_`, the number of the key's epoch, the letter of the normalization, `_`, 24
    hexadecimal digits of HMAC-SHA256. A new epoch starts new pseudonyms for everybody; those of
    earlier epochs can still be looked up.
    """

    def __init__(self, secret: bytes, epoch: int = FIRST_EPOCH) -> None:
        """Start at an epoch; `secret` is what the key of each epoch is derived from."""
        self._secret = secret
        self._keys: dict[int, bytes] = {}
        self.epoch = epoch

    def of(self, scope: str, identity: str) -> str:
        """Pseudonym in the current epoch: stable inside a scope, unlinkable across scopes."""
        return self._in_epoch(self.epoch, scope, normalized(identity))

    def earlier(self, scope: str, identity: str) -> tuple[str, ...]:
        """Pseudonyms of the epochs before, the latest first."""
        if self.epoch == FIRST_EPOCH:  # asked for every call
            return ()
        normal = normalized(identity)
        epochs = range(self.epoch - 1, FIRST_EPOCH - 1, -1)
        return tuple(self._in_epoch(epoch, scope, normal) for epoch in epochs)

    def shown(self, scope: str, identity: str) -> str:
        """Pseudonym for display inside an event; what is one already stays, and so does nobody.

        Accounting uses `of`: whoever calls himself by another's pseudonym must not become him.
        """
        return identity if is_mark(identity) else self.of(scope, identity)

    def _in_epoch(self, epoch: int, scope: str, normal: str) -> str:
        key = self._keys.get(epoch)
        if key is None:
            info = f"usageflow pseudonyms epoch {epoch:d}".encode()
            key = HKDF(SHA256(), KEY_BYTES, salt=None, info=info).derive(self._secret)
            self._keys[epoch] = key
        message = f"{scope}\n{normal}".encode(errors="surrogatepass")
        digits = hmac.digest(key, message, "sha256").hex()[:HEX_DIGITS]
        return f"u_{epoch:d}{NORMALIZATION}_{digits}"


def epoch_of(pseudonym: str) -> int:
    """Epoch of the key a pseudonym was made with; 0 when it is none of these."""
    found = PSEUDONYM.match(pseudonym)
    return int(found[1]) if found else 0


def normalized(identity: str) -> str:
    """The one spelling of an identity: escapes taken off, NFC, the domain in lower case."""
    plain = unquote(identity) if "%" in identity else identity
    plain = plain if plain.isascii() else unicodedata.normalize("NFC", plain)
    name, at, domain = plain.rpartition("@")
    return f"{name}@{domain.lower()}" if at else plain


def customer_id(pseudonyms: Pseudonyms, application_id: str, identity: str) -> str:
    """Pseudonym of an identity; `ANONYMOUS` for none."""
    return pseudonyms.of(application_id, identity) if identity else ANONYMOUS
