"""An issuer's key, and tokens as it would sign them."""

from joserfc import jws, jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

ISSUER = "https://issuer.example"
CLIENT = "desktop"
NOW_S = 1_800_000_000
NONCE = "n-0S6_WzA2Mj"
RSA = RSAKey.generate_key(2048, {"kid": "rsa-1", "use": "sig"})


def document(*keys):
    """The JWK Set that an issuer publishes."""
    return {"keys": [key.as_dict(private=False) for key in keys or (RSA,)]}


def claims(**changes):
    """What a good token says; a change to None leaves a claim out."""
    good = {
        "iss": ISSUER,
        "sub": "248289761001",
        "aud": CLIENT,
        "exp": NOW_S + 300,
        "iat": NOW_S,
        "nonce": NONCE,
        "email": "ann@reader.example",
        "email_verified": True,
        "name": "Ann",
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


def signed(key=RSA, alg="RS256", header=None, **changes):
    """A token of the issuer."""
    head = {"alg": alg, "kid": key.kid} | (header or {})
    head = {name: value for name, value in head.items() if value is not None}
    return jwt.encode(head, claims(**changes), key, algorithms=[alg])


def signed_bytes(payload, key=RSA):
    return jws.serialize_compact({"alg": "RS256", "kid": key.kid}, payload, key)


def new_rsa(key_id, bits=2048):
    return RSAKey.generate_key(bits, {"kid": key_id, "use": "sig"})


def new_ec(key_id):
    return ECKey.generate_key("P-256", {"kid": key_id, "use": "sig"})


def shared_secret(text):
    return OctKey.import_key(text, {"kid": RSA.kid})
