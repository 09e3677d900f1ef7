"""A token of an OpenID provider is believed only when everything about it is right."""

import base64
import hmac
import json

import pytest

from contract.id_tokens import (
    LEEWAY_S,
    Expected,
    Keys,
    KeyUnknown,
    TokenRejected,
    looks_signed,
    verified,
)
from tests.contract.issuer import (
    CLIENT,
    ISSUER,
    NONCE,
    NOW_S,
    RSA,
    document,
    new_ec,
    new_rsa,
    shared_secret,
    signed,
    signed_bytes,
)

EXPECTED = Expected(ISSUER, (CLIENT,), NONCE, NOW_S)
TEN_MINUTES_S = 600


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def rejected(token, keys=None, expected=EXPECTED):
    with pytest.raises(TokenRejected) as told:
        verified(token, keys or Keys(document()), expected)
    return told.value.claim


def test_good_token_says_who_somebody_is():
    identity = verified(signed(), Keys(document()), EXPECTED)
    assert (identity.issuer, identity.subject) == (ISSUER, "248289761001")
    assert (identity.email, identity.name) == ("ann@reader.example", "Ann")
    assert "ann" not in repr(identity)


def test_elliptic_key_is_as_good():
    key = new_ec("ec-1")
    token = signed(key, alg="ES256")
    assert verified(token, Keys(document(RSA, key)), EXPECTED).name == "Ann"


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("iss", "https://elsewhere.example"),
        ("iss", ISSUER + "/"),
        ("iss", None),
        ("sub", None),
        ("sub", ""),
        ("sub", 7),
        ("aud", "another"),
        ("aud", ["another"]),
        ("aud", []),
        ("aud", None),
        ("azp", "another"),
        ("exp", NOW_S - LEEWAY_S),
        ("exp", "soon"),
        ("exp", None),
        ("iat", NOW_S + LEEWAY_S + 1),
        ("iat", None),
        ("nbf", NOW_S + LEEWAY_S + 1),
        ("nonce", "another"),
        ("nonce", None),
    ],
)
def test_claim_that_is_not_as_it_has_to_be_is_named(claim, value):
    assert rejected(signed(**{claim: value})) == claim


@pytest.mark.parametrize("exp", [float("inf"), 1e400, True])
def test_time_that_is_none_is_refused(exp):
    assert rejected(signed_bytes(json.dumps({"iss": ISSUER, "exp": exp}).encode()))


def test_token_for_several_must_say_who_asked():
    both = [CLIENT, "another"]
    assert rejected(signed(aud=both)) == "azp"
    assert rejected(signed(aud=both, azp="another")) == "azp"
    assert verified(signed(aud=both, azp=CLIENT), Keys(document()), EXPECTED)


@pytest.mark.parametrize("apart_s", [-TEN_MINUTES_S, TEN_MINUTES_S])
def test_clock_that_is_ten_minutes_off_believes_no_token(apart_s):
    off = Expected(ISSUER, (CLIENT,), NONCE, NOW_S + apart_s)
    assert rejected(signed(), expected=off) in {"exp", "iat"}


@pytest.mark.parametrize("apart_s", [-LEEWAY_S, LEEWAY_S])
def test_small_difference_of_clocks_is_forgiven(apart_s):
    near = Expected(ISSUER, (CLIENT,), NONCE, NOW_S + apart_s)
    assert verified(signed(), Keys(document()), near)


def test_token_without_a_signature_is_refused():
    token = f"{part({'alg': 'none'})}.{signed().split('.')[1]}."
    assert rejected(token) in {"signature", "form"}


def test_public_key_used_as_a_shared_secret_is_refused():
    """The classic confusion: the verifier's own public key, as the secret of HS256."""
    head = part({"alg": "HS256", "kid": RSA.kid})
    signing_input = f"{head}.{signed().split('.')[1]}"
    mac = hmac.digest(RSA.as_pem(private=False), signing_input.encode(), "sha256")
    signature = base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
    assert rejected(f"{signing_input}.{signature}") == "signature"


def test_changed_token_is_refused():
    head, _, signature = signed().split(".")
    payload = signed(sub="somebody-else").split(".")[1]
    assert rejected(f"{head}.{payload}.{signature}") == "signature"


def test_key_of_somebody_else_with_the_same_name_is_refused():
    assert rejected(signed(new_rsa(RSA.kid))) == "signature"


def test_key_that_is_not_known_is_told_from_a_wrong_one():
    with pytest.raises(KeyUnknown):
        verified(signed(new_rsa("rsa-2")), Keys(document()), EXPECTED)


def test_token_without_a_key_id_needs_the_only_key():
    token = signed(header={"kid": None})
    assert verified(token, Keys(document()), EXPECTED)
    with pytest.raises(KeyUnknown):
        verified(token, Keys(document(RSA, new_rsa("rsa-2"))), EXPECTED)


def test_keys_that_cannot_check_signatures_are_left_out():
    secret = shared_secret("s" * 40).as_dict(private=True)
    encryption = new_rsa("rsa-1").as_dict(private=False) | {"use": "enc"}
    weak = {"kty": "RSA", "n": part(1), "e": "AQAB", "kid": "rsa-1"}
    for one in (secret, encryption, weak, {"kty": "RSA", "kid": "rsa-1"}, {}, "text", None):
        with pytest.raises(KeyUnknown):
            verified(signed(), Keys({"keys": [one]}), EXPECTED)
    for whole in ({}, {"keys": None}, {"keys": {"rsa-1": 1}}):
        with pytest.raises(KeyUnknown):
            verified(signed(), Keys(whole), EXPECTED)


def test_address_that_the_issuer_did_not_check_is_not_believed():
    for email_verified in (False, None, "true", 1):
        token = signed(email_verified=email_verified)
        assert verified(token, Keys(document()), EXPECTED).email == ""


@pytest.mark.parametrize(
    "text", ["", "a.b", "a.b.c", "eyJ.eyJ.eyJ", "é.é.é", "e" * 20_000, f"{part([])}.{part({})}.x"]
)
def test_text_that_is_no_token_is_refused(text):
    assert rejected(text) in {"form", "signature"}


def test_payload_that_is_no_object_is_refused():
    for payload in (b"[]", b"7", b"no", b"\xff"):
        assert rejected(signed_bytes(payload))


def test_form_tells_a_signed_token_from_one_of_our_own():
    assert looks_signed(signed())
    assert not looks_signed("uf_owner_" + "t" * 43)
    assert not looks_signed("a.b.c")
