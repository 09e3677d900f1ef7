"""Secrets of every known shape, made up from a seed, and what only looks like one."""

import base64
import json
import random
import string

ALNUM = string.ascii_letters + string.digits
URLSAFE = ALNUM + "_-"
HEX = "0123456789abcdef"
UPPER = string.ascii_uppercase + string.digits


def _made(rng, alphabet, length):
    """Random text that has a digit, a small and a capital letter where the alphabet has them."""
    text = [rng.choice(alphabet) for _ in range(length)]
    for place, kind in enumerate((string.digits, string.ascii_lowercase, string.ascii_uppercase)):
        allowed = [c for c in kind if c in alphabet]
        if allowed:
            text[1 + place] = rng.choice(allowed)
    return "".join(text)


def jwt(rng, claims=None):
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    claims = claims or {"sub": "u-77", "email": "jo@corp.example", "exp": 1795436551}
    return f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part(claims)}.{_made(rng, URLSAFE, 43)}"


def card(rng, prefix="4", length=16):
    digits = prefix + "".join(rng.choice(string.digits) for _ in range(length - len(prefix) - 1))
    for check in string.digits:
        if luhn(digits + check):
            return digits + check
    raise AssertionError


def grouped(text, sign):
    return sign.join(text[n : n + 4] for n in range(0, len(text), 4))


def luhn(digits):
    total = 0
    for place, digit in enumerate(reversed(digits)):
        number = int(digit) * (2 if place % 2 else 1)
        total += number - 9 if number > 9 else number
    return total % 10 == 0


def iban(rng, country="DE", digits=18):
    account = "".join(rng.choice(string.digits) for _ in range(digits))
    number = int("".join(str(int(c, 36)) for c in account + country + "00"))
    return f"{country}{98 - number % 97:02d}{account}"


def private_key(rng, label="RSA PRIVATE KEY", newline="\n"):
    lines = [_made(rng, ALNUM + "+/", 64) for _ in range(4)]
    return newline.join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----"])


def secrets(seed=1):
    """Texts that are secrets wherever they stand, by the name of their shape."""
    rng = random.Random(seed)  # noqa: S311 - made up the same way in each run

    def of(alphabet, length):
        return _made(rng, alphabet, length)

    return {
        "stripe": f"sk_live_{of(ALNUM, 24)}",
        "stripe restricted": f"rk_test_{of(ALNUM, 24)}",
        "stripe webhook": f"whsec_{of(ALNUM, 32)}",
        "openai": f"sk-proj-{of(URLSAFE, 48)}",
        "openai old": f"sk-{of(ALNUM, 48)}",
        "anthropic": f"sk-ant-api03-{of(URLSAFE, 90)}",
        "aws key id": f"AKIA{of(UPPER, 16)}",
        "aws session key id": f"ASIA{of(UPPER, 16)}",
        "github": f"ghp_{of(ALNUM, 36)}",
        "github app": f"ghs_{of(ALNUM, 36)}",
        "github fine": f"github_pat_{of(ALNUM, 22)}_{of(ALNUM, 59)}",
        "gitlab": f"glpat-{of(URLSAFE, 20)}",
        "slack bot": f"xoxb-{of(string.digits, 12)}-{of(string.digits, 12)}-{of(ALNUM, 24)}",
        "slack hook": "https://hooks.slack.com/services/"
        f"T{of(UPPER, 8)}/B{of(UPPER, 8)}/{of(ALNUM, 24)}",
        "discord hook": "https://discord.com/api/webhooks/"
        f"{of(string.digits, 18)}/{of(URLSAFE, 68)}",
        "npm": f"npm_{of(ALNUM, 36)}",
        "pypi": f"pypi-AgEIcHlwaS5vcmc{of(URLSAFE, 120)}",
        "google": f"AIza{of(URLSAFE, 35)}",
        "google oauth": f"ya29.{of(URLSAFE, 60)}",
        "google client": f"GOCSPX-{of(URLSAFE, 28)}",
        "sendgrid": f"SG.{of(URLSAFE, 22)}.{of(URLSAFE, 43)}",
        "shopify": f"shpat_{of(HEX, 32)}",
        "hugging face": f"hf_{of(ALNUM, 34)}",
        "databricks": f"dapi{of(HEX, 32)}",
        "vault": f"hvs.{of(URLSAFE, 90)}",
        "doppler": f"dp.pt.{of(ALNUM, 43)}",
        "linear": f"lin_api_{of(ALNUM, 40)}",
        "telegram": f"{of(string.digits, 10)}:AA{of(URLSAFE, 33)}",
        "mailgun": f"key-{of(HEX, 32)}",
        "twilio": f"SK{of(HEX, 32)}",
        "square": f"sq0atp-{of(URLSAFE, 22)}",
        "square long": f"EAAA{of(URLSAFE, 60)}",
        "grafana": f"glsa_{of(ALNUM, 32)}_{of(HEX, 8)}",
        "sentry": f"sntrys_{of(ALNUM, 64)}",
        "new relic": f"NRAK-{of(UPPER, 27)}",
        "new relic licence": f"{of(HEX, 36)}NRAL",
        "postman": f"PMAK-{of(HEX, 24)}-{of(HEX, 34)}",
        "figma": f"figd_{of(URLSAFE, 40)}",
        "age": f"AGE-SECRET-KEY-1{of(UPPER, 58)}",
        "paddle": f"pdl_live_apikey_{of(HEX, 26)}_{of(ALNUM, 22)}_AbC",
        "usageflow": f"uf_live_{of(URLSAFE, 43)}",
        "jwt": jwt(rng),
        "private key": private_key(rng),
        "private key in one line": private_key(rng, "EC PRIVATE KEY", "\\n"),
        "pgp": private_key(rng, "PGP PRIVATE KEY BLOCK"),
        "open private key": private_key(rng, "OPENSSH PRIVATE KEY").rpartition("-----END")[0],
        "bearer": f"Bearer {of(URLSAFE, 32)}",
        "bearer uuid": "Bearer 0b46b9e6-9f3c-4a6e-8b1d-2f7c0c4d9a11",
        "basic": "Basic " + base64.b64encode(b"ann:hunter2").decode(),
        "ssws": f"SSWS {of(URLSAFE, 42)}",
        "url with password": f"postgres://ann:{of(ALNUM, 10)}@db.corp.example:5432/x",
        "card": card(rng),
        "card in groups": grouped(card(rng), " "),
        "card with dashes": grouped(card(rng, "55"), "-"),
        "amex": card(rng, "37", 15),
        "mastercard two": card(rng, "2221"),
        "iban": iban(rng),
        "iban in groups": grouped(iban(rng), " "),
        "email": f"jo.{of(HEX, 6)}+tag@corp.example",
        "email quoted": '"jo doe"@corp.example',
        "email international": f"j\u00f6.{of(HEX, 5)}@b\u00fccher.example",
        "email escaped": f"jo{of(HEX, 5)}%40corp.example",
        "email escaped twice": f"jo{of(HEX, 5)}%2540corp.example",
        "email entity": f"jo{of(HEX, 5)}&#64;corp.example",
        "phone": "+43 660 1234567",
        "phone compact": "+14155552671",
        "phone american": "(415) 555-2671",
        "azure": f"AccountKey={of(ALNUM + '+/', 86)}==",
        "odbc": f"Server=db;Uid=sa;Pwd={of(ALNUM, 12)};Database=x",
        "presigned": f"https://b.s3.amazonaws.com/k?X-Amz-Signature={of(HEX, 64)}",
        "yaml": f"password: {of(ALNUM, 12)}",
        "xml": f"<Password>{of(ALNUM, 12)}</Password>",
        "curl": f"curl -u ann:{of(ALNUM, 12)} https://corp.example",
        "form": f"user=1&password={of(ALNUM, 12)}&x=2",
    }


KEEPABLE = frozenset(
    """
    https hooks slack com services discord api webhooks postgres corp example Server Uid Pwd
    Database Password password curl user Bearer Basic SSWS AccountKey amazonaws Signature BEGIN
    PRIVATE
    """.split()  # noqa: SIM905 - reads better as text
)


def core_of(secret):
    """The piece of a secret that must be found nowhere: its longest word that tells something."""
    words = "".join(c if c.isalnum() else " " for c in secret).split()
    telling = [w for w in words if w not in KEEPABLE and not (w.isalpha() and w.islower())]
    return max(telling or words, key=len)


BENIGN = (
    "sk_live_view_enabled",
    "keys start with sk_live_",
    "sk-SK",
    "sk-learn",
    "scikit sk-learn==1.3.2",
    "eyJust a word",
    "the bearer of bad news",
    "Bearer token endpoint",
    "Basic plan",
    "Basic authentication is required",
    "Token expired",
    "token based authentication",
    "8ca08e75-b1bb-457c-a890-ea4a01f082bb",
    "41111111-1111-1111-1111-111111111111",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "sha256:ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12",
    "d41d8cd98f00b204e9800998ecf8427e",
    "0.4111111111111111",
    "1795436551860",
    "1795436551860123",
    "2026-11-23T06:24:12Z",
    "2026-11-23 06:24:12.123456+01:00",
    "4006381333931",
    "9780201379624",
    "ISBN 978-3-16-148410-0",
    "order 4111111111111112",
    "ORD-2026-000123",
    "INV-2026-0042",
    "4000 4001 4002 4003",
    "logo@2x.png",
    "lodash@4.17.21",
    "@angular/core@17",
    "react@18.2.0-rc.1",
    "git@github.com:org/repo.git",
    "2.14.0.3 released",
    "version 2.14.0.3",
    "v2.14.0.3",
    "Chrome/120.0.0.0",
    "10.0.19045.3803",
    "12:30:45",
    "std::vector",
    "Foo::Bar",
    "127.0.0.1",
    "10.0.0.0/8",
    "48.2082, 16.3738",
    "+40.7128-074.0060",
    "2026-11-23",
    "1.2.3",
    "v1.2.3-beta+build.5",
    "01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "password must be at least 8 characters",
    "Forgot your password?",
    "password: required",
    "the secret of success",
    "token count",
    "Please enter your api key",
    "max-age=3600, public",
    "application/json; charset=utf-8",
    "gzip, deflate, br",
    "text/html,application/xhtml+xml;q=0.9",
    "en-US,en;q=0.9",
    "/v1/accounts/transactions/monthly-statement",
    "some-long-kebab-case-name-here",
    "SOME_LONG_CONSTANT_NAME_HERE",
    "someLongCamelCaseNameWithWords",
    "100% sure",
    "50% off & more",
    "AT&T",
    "R&D",
    "a&b=c",
    "price: 12.50 EUR",
    "status: active",
    "name: Blue Widget",
    "x=1&y=2",
    "https://example.com/docs?page=2&sort=name",
    'W/"33a64df551425fcc55e4d42a148795d9f25f89d4"',
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "8a1f2b3c4d5e6f70-FRA",
    "1,234,567.89",
    "port 8080",
    "8080, 8443, 9090",
    "arn:aws:s3:::my-bucket/key",
    "s3://my-bucket/path/file.csv",
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk",
    "-----BEGIN CERTIFICATE-----",
    "SHA256 Fingerprint=AB:CD:EF:01:23:45",
    "b''",
    "null",
    "[]",
    "{}",
    "SELECT id FROM users WHERE age > 30",
    "C:\\Users\\Public\\file.txt",
    "function(x){return x*2}",
)
