"""Tokens of an OpenID provider: how both sides check one before they believe it.

Source: OpenID Connect Core 1.0 section 3.1.3.7, RFC 8725 sections 3.1 and 3.2.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from joserfc import jws, jwt
from joserfc.errors import ClaimError, JoseError
from joserfc.jwk import ECKey, RSAKey

ALGORITHMS: Final = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512",
)  # fmt: skip
"""Signatures by a private key only: with a shared secret or none, anybody could make one."""
LEEWAY_S: Final = 60
"""How far two clocks may be apart."""
LONGEST_TOKEN: Final = 16_384
KINDS: Final = ("RSA", "EC")
PUBLIC_PARTS: Final = frozenset({"kty", "kid", "alg", "use", "n", "e", "crv", "x", "y"})
SMALLEST_RSA_BITS: Final = 2048


class TokenRejected(Exception):
    """A token that must not be believed. Tells nothing of its contents.

    `claim` is what is wrong: `form`, `signature`, or the name of a claim such as `aud`.
    """

    def __init__(self, claim: str) -> None:
        super().__init__(f"the token's {claim} is not as it has to be")
        self.claim = claim


class KeyUnknown(TokenRejected):
    """Signed with a key that is not among those known: the issuer may have a new one."""

    def __init__(self) -> None:
        super().__init__("key")


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token must say."""

    issuer: str
    audiences: tuple[str, ...]
    """Client ids, or addresses of APIs: the token must be for one of them."""
    nonce: str | None = None
    """What this sign-in made up; None where the token does not come from a sign-in page."""
    now_s: int = 0
    """Seconds since 1970."""


@dataclass(frozen=True, slots=True, repr=False)
class Identity:
    """Whom a checked token speaks of."""

    issuer: str
    subject: str
    """Unique and lasting at this issuer."""
    email: str
    """Empty where the issuer told none, or did not check it."""
    name: str
    expires_s: int


class Keys:
    """Public keys of an issuer."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Take the usable keys of a JWK Set (RFC 7517); others are left out."""
        listed = document.get("keys")
        self._keys = [
            key
            for one in (listed if isinstance(listed, list) else ())
            if isinstance(one, dict) and (key := _imported(one)) is not None
        ]

    def matching(self, header: Mapping[str, Any]) -> RSAKey | ECKey:
        """The key that a token says it was signed with. Raises: KeyUnknown."""
        key_id = header.get("kid")
        found = [key for key in self._keys if key_id is None or key.kid == key_id]
        kind = "EC" if str(header.get("alg", "")).startswith("ES") else "RSA"
        suitable = [key for key in found if key.key_type == kind]
        if len(suitable) != 1:
            raise KeyUnknown
        return suitable[0]


def verified(token: str, keys: Keys, expected: Expected) -> Identity:
    """Whom a token speaks of, after everything in it was checked.

    Raises: TokenRejected, KeyUnknown.
    """
    header = _header(token)
    if header.get("alg") not in ALGORITHMS:
        raise TokenRejected("signature")
    try:
        claims = jwt.decode(token, keys.matching(header), algorithms=list(ALGORITHMS)).claims
    except (JoseError, ValueError) as error:
        raise TokenRejected("signature") from error
    _check(claims, expected)
    email = claims.get("email") if claims.get("email_verified") is True else ""
    name = claims.get("name")
    return Identity(
        issuer=claims["iss"],
        subject=claims["sub"],
        email=email if isinstance(email, str) else "",
        name=name if isinstance(name, str) else "",
        expires_s=int(claims["exp"]),
    )


def looks_signed(token: str) -> bool:
    """Whether a bearer token has the form of a signed one, and is none of our own."""
    return token.count(".") == 2 and token.startswith("eyJ")  # noqa: PLR2004 (RFC 7515 7.1)


def _header(token: str) -> Mapping[str, Any]:
    if len(token) > LONGEST_TOKEN:
        raise TokenRejected("form")
    try:
        return jws.extract_compact(token.encode("ascii")).headers()
    except (JoseError, ValueError) as error:
        raise TokenRejected("form") from error


def _check(claims: Mapping[str, Any], expected: Expected) -> None:
    registry = jwt.JWTClaimsRegistry(
        now=expected.now_s,
        leeway=LEEWAY_S,
        iss={"essential": True, "value": expected.issuer},
        sub={"essential": True},
        aud={"essential": True, "values": list(expected.audiences)},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        registry.validate(dict(claims))
    except ClaimError as error:
        raise TokenRejected(error.claim) from error
    except (JoseError, ValueError, OverflowError) as error:
        raise TokenRejected("form") from error
    _check_party(claims, expected)
    if expected.nonce is not None and claims.get("nonce") != expected.nonce:
        raise TokenRejected("nonce")


def _check_party(claims: Mapping[str, Any], expected: Expected) -> None:
    """Who asked for the token: it must say so where it is for several, and be one of ours."""
    party, audiences = claims.get("azp"), claims["aud"]
    is_for_several = isinstance(audiences, Sequence) and not isinstance(audiences, str)
    if party is None and is_for_several and len(audiences) > 1:
        raise TokenRejected("azp")
    if party is not None and party not in expected.audiences:
        raise TokenRejected("azp")


def _imported(one: dict[str, Any]) -> RSAKey | ECKey | None:
    """A key that can check signatures; None for any other."""
    if one.get("use", "sig") != "sig" or one.get("kty") not in KINDS:
        return None
    kind: type[RSAKey | ECKey] = RSAKey if one["kty"] == "RSA" else ECKey
    try:
        key = kind.import_key({name: one[name] for name in one if name in PUBLIC_PARTS})
    except (JoseError, ValueError, TypeError):
        return None
    too_small = isinstance(key, RSAKey) and key.raw_value.key_size < SMALLEST_RSA_BITS
    return None if too_small else key
