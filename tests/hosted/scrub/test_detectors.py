"""Every secret of the corpus is found however it is written; what looks like one stays."""

import base64
import json
from urllib.parse import quote

import pytest

from hosted.scrub.walker import Walker
from tests.hosted.scrub.corpus import BENIGN, card, core_of, iban, jwt, private_key, secrets
from tests.hosted.scrub.engines import WALKER, OpenGate, as_text

WRITTEN = {
    "alone": str,
    "in prose": lambda s: f"see {s} for it",
    "quoted": lambda s: f'"{s}"',
    "in JSON": lambda s: json.dumps({"a": [s]}),
    "in JSON in JSON": lambda s: json.dumps(json.dumps({"a": s})),
    "percent-encoded": lambda s: quote(s, safe=""),
    "percent-encoded twice": lambda s: quote(quote(s, safe=""), safe=""),
    "on a line": lambda s: f"a\n{s}\nb",
    "in parentheses": lambda s: f"({s})",
    "between commas": lambda s: f"a,{s},b",
    "behind an equals sign": lambda s: f"x={s}",
    "as escapes": lambda s: "".join(f"\\u{ord(c):04x}" if ord(c) > 32 else c for c in s),
    "as entities": lambda s: "".join(f"&#{ord(c)};" for c in s),
    "wide": lambda s: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in s),
    "with invisible signs": "\u200b".join,
}
ENCODED = {
    "base64": lambda s: base64.b64encode(s.encode()).decode(),
    "base64 for addresses": lambda s: base64.urlsafe_b64encode(f"x {s}".encode()).decode(),
    "base64 without padding": lambda s: base64.b64encode(s.encode()).decode().rstrip("="),
    "base64 of UTF-16": lambda s: base64.b64encode(s.encode("utf-16-le")).decode(),
    "base64 twice": lambda s: base64.b64encode(base64.b64encode(s.encode())).decode(),
    "hexadecimal": lambda s: s.encode().hex(),
    "hexadecimal with blanks": lambda s: s.encode().hex(" "),
}


@pytest.mark.parametrize("seed", range(1, 6))
@pytest.mark.parametrize("form", WRITTEN)
def test_a_secret_is_found_however_it_is_written(form, seed):
    for name, secret in secrets(seed).items():
        if form == "as entities" and name == "email entity":
            continue
        left = as_text(WALKER.scrubbed([WRITTEN[form](secret)]))
        assert core_of(secret) not in left, (name, left)
        assert WRITTEN[form](core_of(secret)) not in left or form == "alone", (name, left)


@pytest.mark.parametrize("form", ENCODED)
def test_a_secret_is_found_below_an_encoding(form):
    for name, secret in secrets(3).items():
        encoded = ENCODED[form](secret)
        left = WALKER.scrubbed([f"data: {encoded} end"])[0]
        assert encoded not in left, name
        assert core_of(secret) not in left, name


@pytest.mark.parametrize("form", WRITTEN | ENCODED)
def test_the_gate_passes_nothing_below_an_encoding_that_a_detector_would_find(form):
    write = (WRITTEN | ENCODED)[form]
    texts = [f"x {write(secret)} y" for secret in secrets(6).values()]
    texts += [write(json.dumps({"note": secret, secret: 1})) for secret in secrets(7).values()]
    assert WALKER.texts(list(texts)) == Walker(OpenGate()).texts(list(texts))


@pytest.mark.parametrize("text", BENIGN)
def test_what_only_looks_like_a_secret_stays(text):
    values = [text, f"see {text} here", {"a": [text]}, {text: True}, json.dumps({"a": text})]
    assert WALKER.scrubbed(values) == values


@pytest.mark.parametrize("behind", [" 0", " 12 times", "-123", " 123, 09/27", " 1234"])
def test_a_card_is_found_whatever_number_stands_behind_it(behind):
    mark = behind[0]
    written = mark.join(("4844", "9966", "5267", "8625"))
    assert WALKER.text(f"pay {written}{behind}") == f"pay [card]{behind}"
    assert WALKER.text(f"pay 4844 9966 5267 8626{behind}") == f"pay 4844 9966 5267 8626{behind}"


def test_numbers_of_cards_are_found_as_numbers_and_no_others():
    import random

    rng = random.Random(7)  # noqa: S311 - made up the same way in each run
    cards = [int(card(rng, prefix, n)) for prefix, n in [("4", 16), ("51", 16), ("34", 15)]]
    assert WALKER.scrubbed(cards) == [0, 0, 0]
    assert WALKER.scrubbed([float(cards[0]), -cards[1]]) == [0, 0]
    others = [1795436551860, 1795436551860123, 4006381333931, 10**18, 0.4111111111111111, 1e300]
    assert WALKER.scrubbed(others) == others


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("pay 4111 1111 1111 1111 now", "pay [card] now"),
        ("no 12 4111-1111-1111-1111 34", "no 12 [card] 34"),
        ("2024 4111 1111 1111 1111", "2024 [card]"),
        ("card4111111111111111", "card[card]"),
        ("3782 822463 10005", "[card]"),
        ("4222222222222", "[card]"),
        ("DE89 3704 0044 0532 0130 00 is mine", "[iban] is mine"),
        ("GB82WEST12345698765432", "[iban]"),
        ("DE00370400440532013000", "DE00370400440532013000"),
        ("from 198.51.100.7:443", "from 198.51.100.0/24:443"),
        ("http://198.51.100.7/x", "http://198.51.100.0/24/x"),
        ("net 198.51.100.0/24", "net 198.51.100.0/24"),
        ("peer ::ffff:198.51.100.7", "peer 198.51.100.0/24"),
        ("[2001:db8:1:2::3]:80", "[2001:db8:1::/48]:80"),
        ("fe80::1c2:3ff%eth0", "fe80::/48"),
        ("ip-198-51-100-7.example", "ip-198-51-100-0.example"),
        ("jo [at] corp [dot] example", "[email]"),
        ("Jo <jo@corp.example>", "Jo <[email]>"),
        ("a=jo@corp.example&b=1", "a=[email]&b=1"),
        ("mailto:jo.doe@corp.example?subject=x", "mailto:[email]?subject=x"),
        ("jo=40corp.example", "[email]"),
        ("https://ann:p@ss/w@corp.example/x", "https://[secret]@corp.example/x"),
        ("http://host:8080/a@b", "http://host:8080/a@b"),
        ("Your code is 482913.", "Your code is 482913."),
        ("Your verification code is 482913", "Your verification code is [secret]"),
        ("482913 is your login code", "[secret] is your login code"),
        ("Authorization: Digest username=ann, response=6629fae4", "Authorization: Digest [secret]"),
        ("curl --token abc-1 -X POST", "curl --token [secret] -X POST"),
        ("mysql --password='a b' db", "mysql --password='[secret]' db"),
        ("{'password': 'x y', 'a': 1}", "{'password': '[secret]', 'a': 1}"),
        ('log {\\"password\\":\\"x\\",\\"a\\":1}', 'log {\\"password\\":\\"[secret]\\",\\"a\\":1}'),
        ("a:\n  token: |\n    x1\n    y2\n  b: 1", "a:\n  token: |\n    [secret]\n  b: 1"),
        ('<add key="Password" value="x"/>', '<add key="Password" value="[secret]"/>'),
        ("<u:Password>a<b/>c</u:Password>", "<u:Password>[secret]</u:Password>"),
        ("Pwd={a;b};Database=d", "Pwd=[secret];Database=d"),
        ("card number: 1234", "card number: [secret]"),
        (
            '--B\r\nContent-Disposition: form-data; name="password"\r\n\r\nx y\r\n--B--',
            '--B\r\nContent-Disposition: form-data; name="password"\r\n\r\n[secret]\r\n--B--',
        ),
        (
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261123, Signature=" + "ab12" * 16,
            "AWS4-HMAC-SHA256 [secret] Signature=[secret]",
        ),
    ],
)
def test_only_the_secret_itself_is_replaced(text, left):
    assert WALKER.scrubbed([text]) == [left]


def test_a_private_key_without_its_armour_is_known_by_its_structure():
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
    )

    key = generate_private_key(SECP256R1())
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    texts = [base64.b64encode(private).decode(), base64.b64encode(public).decode()]
    assert WALKER.scrubbed(texts) == ["[secret]", texts[1]]


def test_a_public_certificate_and_its_fingerprint_stay():
    import random

    text = private_key(random.Random(1), "CERTIFICATE")  # noqa: S311
    assert WALKER.scrubbed([text]) == [text]


def test_the_private_part_of_a_key_in_json_is_masked_and_the_public_part_stays():
    key = {"kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1B", "d": "jpsQnnGQmL-YBIffH1136cspYG6"}
    assert WALKER.scrubbed(key) == key | {"d": "[secret]"}


def test_a_key_named_twice_hides_nothing():
    text = '{"password": "hunter2", "password": ""}'
    assert "hunter2" not in WALKER.scrubbed([text])[0]


def test_what_hides_below_too_many_encodings_is_dropped():
    text = "jo@corp.example"
    for _ in range(9):
        text = quote(text, safe="")
    assert "corp" not in WALKER.scrubbed([text])[0]
    for _ in range(9):
        text = json.dumps([text])
    assert "corp" not in WALKER.scrubbed([text])[0]


def test_a_token_without_a_signature_and_a_bare_payload_are_found():
    import random

    token = jwt(random.Random(3))  # noqa: S311
    head, payload, _ = token.split(".")
    for part in (f"{head}.{payload}", f"{head}.{payload}.", payload):
        assert part not in WALKER.scrubbed([f"t {part} u"])[0]


def test_accounts_of_many_countries_are_checked_by_their_own_length():
    import random

    rng = random.Random(5)  # noqa: S311
    for country, digits in [("AT", 16), ("NO", 11), ("PL", 24)]:
        assert WALKER.scrubbed([iban(rng, country, digits)]) == ["[iban]"]
        assert WALKER.scrubbed([iban(rng, country, digits + 1)]) != ["[iban]"]
