"""Scrubs request and response headers, whatever form an SDK gives them.

Names, order and count stay. Values are flat (Python), lists (Go), or pairs; `****`, the SDKs' own
mask, is left as it is.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from contract.card_numbers import UUID
from hosted.scrub.addresses import is_network, truncated
from hosted.scrub.json_value import Container, Json, Place
from hosted.scrub.keynames import KeyKind, kind_of, words_of
from hosted.scrub.known_headers import CLOSED
from hosted.scrub.masks import DROPPED, SECRET, free_name, is_mark, says_nothing, without_values
from hosted.scrub.urls import Urls
from hosted.scrub.walker import SHORTEST, Walker, Work

AGENT: Final = re.compile(
    r"\b(python-requests|python-httpx|curl|Go-http-client|okhttp|axios|PostmanRuntime|aiohttp|Wget"
    r"|Java|Edg|Firefox|Chrome|Safari|node-fetch|undici|libwww-perl|Apache-HttpClient|Dart|insomnia)"
    r"/(\d{1,5}(?:\.\d{1,6}){0,3})(?![\w.])"
)
PRODUCT: Final = re.compile(r"([A-Za-z][A-Za-z_-]{1,24})/(\d{1,5}(?:\.\d{1,6}){0,3})(?=[\s;(]|\Z)")
AGENT_ORDER: Final = ("Edg", "Chrome", "Firefox", "Safari")
"""A browser names those it descends from as well; the first of these is what it is."""

SCHEME: Final = re.compile(
    r"\s*(bearer|basic|token|ssws|digest|negotiate|apikey|api-key|hawk|hmac|oauth|jwt|key|splunk"
    r"|aws4-hmac-sha256|sharedkey|sharedaccesssignature|genie-?key|bot|dpop|gnap|ntlm)\s+(?=\S)",
    re.IGNORECASE,
)
COOKIE_PAIR: Final = re.compile(r"(\s*)([^=;,\s]+)=([^;]*)")
ATTRIBUTES: Final = frozenset(
    "path domain expires max-age samesite secure httponly priority partitioned version".split()  # noqa: SIM905
)
FORWARDED_BORDER: Final = re.compile(r"([;,]\s*)")
HOST: Final = re.compile(r"\"?[\w.-]{1,100}(?::\d{1,5})?\"?\Z", re.ASCII)
FILE_NAME: Final = re.compile(r"(filename\*?=)(?:\"[^\"]*\"?|[^;]+)", re.IGNORECASE)
PLAIN_ID: Final = re.compile(r"[\w\-.:=|/+\"\[\]]{1,200}\Z", re.ASCII)


class HeaderKind(Enum):
    """How the value of a header is treated."""

    CREDENTIAL = "credential"
    COOKIE = "cookie"
    SET_COOKIE = "set-cookie"
    ADDRESS = "address"
    IDENTITY = "identity"
    LINK = "link"
    AGENT = "agent"
    KEPT = "kept"
    """On the short list that the minimal profile keeps."""
    OTHER = "other"


ADDRESSES: Final = frozenset(
    """
    x-forwarded-for x-real-ip forwarded cf-connecting-ip cf-connecting-ipv6 true-client-ip
    x-client-ip x-cluster-client-ip fastly-client-ip x-envoy-external-address x-original-
    forwarded-for x-appengine-user-ip x-forwarded x-remote-ip x-remote-addr remote-addr x-azure-
    clientip x-azure-socketip fly-client-ip do-connecting-ip x-vercel-forwarded-for
    x-originating-ip x-host-ip x-nf-client-connection-ip x-sucuri-clientip client-ip
    """.split()  # noqa: SIM905
)
IDENTITIES: Final = frozenset(
    """
    x-user x-user-id x-userid x-forwarded-user x-remote-user remote-user x-auth-request-user
    x-forwarded-preferred-username x-ms-client-principal-name x-ms-client-principal-id
    x-consumer-username x-consumer-custom-id x-credential-username x-authenticated-userid
    x-goog-authenticated-user-id x-goog-authenticated-user-email x-auth-user x-username
    """.split()  # noqa: SIM905
)
LINKS: Final = frozenset(
    """
    location content-location referer referrer origin link refresh x-original-url x-rewrite-url
    x-forwarded-uri x-original-uri x-forwarded-path x-envoy-original-path
    """.split()  # noqa: SIM905
)
KEPT: Final = frozenset(
    """
    host traceparent x-request-id cf-ray etag cache-control retry-after date vary server
    connection transfer-encoding age expires last-modified if-none-match if-modified-since allow
    upgrade content-type content-length content-encoding content-language content-range content-
    md5 content-disposition content-security-policy content-transfer-encoding accept accept-
    encoding accept-language accept-charset accept-ranges accept-datetime x-ratelimit-limit
    x-ratelimit-remaining x-ratelimit-reset x-rate-limit-limit x-rate-limit-remaining x-rate-
    limit-reset ratelimit ratelimit-limit ratelimit-policy ratelimit-remaining ratelimit-reset
    """.split()  # noqa: SIM905
)
IDS: Final = frozenset({"x-request-id", "traceparent", "cf-ray", "etag", "if-none-match"})
SECRET_KINDS: Final = (HeaderKind.CREDENTIAL, HeaderKind.COOKIE, HeaderKind.SET_COOKIE)
READ_AS_TEXT: Final = (KeyKind.PLAIN, KeyKind.VERSION)
MOST_NAMES: Final = 4096
UUID_CHARACTERS: Final = 36
CREDENTIAL_WORDS: Final = frozenset(
    {"auth", "ticket", "session", "assertion", "principal", "authorization"}
)
BENIGN_KEYS: Final = frozenset(
    {"idempotency-key", "sec-websocket-key", "surrogate-key", "x-idempotency-key", "x-cache-key"}
)


@dataclass(slots=True)
class Target:
    """Where a value goes, and what its event knows."""

    container: Container
    place: Place
    work: Work
    pseudonym: Callable[[str], str]


Treatment = Callable[[str, Target], str]


@dataclass(frozen=True, slots=True)
class Rule:
    """What is done under one header name."""

    name: str
    """As it may be kept: a name can hold data too."""
    kind: HeaderKind
    own: KeyKind
    treat: Treatment
    is_read: bool
    """Whether its values stay but for what the detectors find, so that a mark needs no care."""


class Headers:
    """Scrubs the headers of calls under one profile."""

    def __init__(self, walker: Walker, urls: Urls, *, keeps_values: bool) -> None:
        self._walker = walker
        self._urls = urls
        self._keeps_values = keeps_values
        self._rules: dict[str, Rule] = {}
        self._treatments = self._of_scrub() if keeps_values else self._of_minimal()

    def scrubbed(self, headers: Json, target: Target) -> Json:
        """Headers of the same form."""
        if isinstance(headers, list):
            return self._list(headers, target)
        if not isinstance(headers, dict):
            if not self._keeps_values:
                return without_values(headers, self._walker.name)
            place, container = target.place, target.container
            return self._walker.value(headers, KeyKind.PLAIN, "", container, place, target.work)
        if "name" in headers and "value" in headers:
            return self._named(headers, target)
        result: dict[str, Json] = {}
        inner = Target(result, "", target.work, target.pseudonym)
        for name, value in headers.items():
            rule = self._rules.get(name) or self._rule(name)
            clean = rule.name
            if clean in result:
                clean = free_name(clean, result)
            result[clean] = value
            inner.place = clean
            if rule.is_read and isinstance(value, str):
                result[clean] = rule.treat(value, inner)
            else:
                result[clean] = self._value(rule, value, inner)
        return result

    def _named(self, header: dict[str, Json], target: Target) -> dict[str, Json]:
        """A header as HAR files write it."""
        rule = self._rule(str(header["name"]))
        name = self._walker.name
        result: dict[str, Json] = {
            name(key): without_values(value, name) for key, value in header.items()
        }
        result["name"] = rule.name
        inner = Target(result, "value", target.work, target.pseudonym)
        result["value"] = self._value(rule, header["value"], inner)
        return result

    def _list(self, headers: list[Json], target: Target) -> list[Json]:
        """Headers as pairs, as objects, or names and values in turn."""
        result: list[Json] = [None] * len(headers)
        for index, item in enumerate(headers):
            inner = Target(result, index, target.work, target.pseudonym)
            if _is_pair(item):
                rule = self._rule(item[0])
                result[index] = pair = [rule.name, None]
                inner = Target(pair, 1, target.work, target.pseudonym)
                pair[1] = self._value(rule, item[1], inner)
            elif isinstance(item, dict | list):
                result[index] = self.scrubbed(item, inner)
            elif index % 2 and isinstance(headers[index - 1], str):
                result[index] = self._value(self._rule(headers[index - 1]), item, inner)
            else:
                is_name = isinstance(item, str)
                result[index] = (
                    self._rule(item).name if is_name else without_values(item, self._walker.name)
                )
        return result

    def _rule(self, name: str) -> Rule:
        """The rule of a name; remembered when the name is harmless."""
        clean, own = self._walker.key(name)
        kind = _kind_of(name.lower(), own)
        treat = self._treatments.get(kind)
        if treat is None or (kind is HeaderKind.OTHER and own not in READ_AS_TEXT):
            treat = self._by_name(own, name)
        if not self._keeps_values:
            treat = self._minimal(name.lower(), kind)
        rule = Rule(clean, kind, own, treat, treat in {_read, _read_unless_harmless})
        if clean == name and len(self._rules) < MOST_NAMES:
            self._rules[name] = rule
        return rule

    def _value(self, rule: Rule, value: Json, target: Target) -> Json:
        if isinstance(value, str):
            return value if is_mark(value) else rule.treat(value, target)
        if isinstance(value, list):
            result: list[Json] = [None] * len(value)
            for index, item in enumerate(value):
                inner = Target(result, index, target.work, target.pseudonym)
                result[index] = self._value(rule, item, inner)
            return result
        if not self._keeps_values:
            is_kept = rule.kind is HeaderKind.KEPT and isinstance(value, int | float)
            return value if is_kept else without_values(value, self._walker.name)
        own = KeyKind.SECRET if rule.kind in SECRET_KINDS else rule.own
        place, container = target.place, target.container
        return self._walker.value(value, own, rule.name, container, place, target.work)

    def _of_minimal(self) -> dict[HeaderKind, Treatment]:
        return {HeaderKind.KEPT: _read, HeaderKind.AGENT: lambda value, _: agent_and_version(value)}

    def _minimal(self, name: str, kind: HeaderKind) -> Treatment:
        if kind is HeaderKind.AGENT and name != "user-agent":
            return _drop
        if name == "content-disposition":
            return _read_without_file_name
        if name in IDS:
            return _read_id
        return self._treatments.get(kind, _drop)

    def _of_scrub(self) -> dict[HeaderKind, Treatment]:
        return {
            HeaderKind.CREDENTIAL: lambda value, _: credential(value),
            HeaderKind.COOKIE: lambda value, _: self._cookies(value),
            HeaderKind.SET_COOKIE: lambda value, _: self._set_cookie(value),
            HeaderKind.ADDRESS: lambda value, _: _addresses(value),
            HeaderKind.IDENTITY: lambda value, target: target.pseudonym(value) if value else value,
            HeaderKind.LINK: lambda value, target: _read(self._urls.link(value), target),
            HeaderKind.AGENT: _read_agent,
            HeaderKind.KEPT: _read_unless_harmless,
            HeaderKind.OTHER: _read,
        }

    def _by_name(self, own: KeyKind, name: str) -> Treatment:
        def treat(value: str, target: Target) -> str:
            place, container = target.place, target.container
            return str(self._walker.value(value, own, name, container, place, target.work))

        return treat

    def _cookies(self, value: str) -> str:
        """Names of cookies, values masked; what is no pair is masked altogether."""
        if "=" not in value:
            return SECRET
        return "; ".join([self._cookie(part.strip()) for part in value.split(";")])

    def _cookie(self, part: str) -> str:
        name, equals, given = part.partition("=")
        if not equals:
            return SECRET if name and not is_mark(name) else name
        return f"{self._walker.key(name)[0]}={given if says_nothing(given) else SECRET}"

    def _set_cookie(self, value: str) -> str:
        first, *attributes = [part.strip() for part in value.split(";")]
        kept = [self._cookie(first)]
        for attribute in attributes:
            is_known = attribute.partition("=")[0].lower() in ATTRIBUTES
            kept.append(self._walker.text(attribute) if is_known else self._cookie(attribute))
        return "; ".join(kept)


def _drop(value: str, _target: Target) -> str:
    return DROPPED if value else value


def _read(value: str, target: Target) -> str:
    """Keep a value, once the detectors have read it."""
    if value in target.work.known:
        return target.work.known[value]
    if len(value) >= SHORTEST:
        target.work.readings.append((value, target.container, target.place, False))
    return value


def _read_unless_harmless(value: str, target: Target) -> str:
    if value in CLOSED or (len(value) == UUID_CHARACTERS and UUID.fullmatch(value)):
        return value
    return _read(value, target)


def _read_agent(value: str, target: Target) -> str:
    target.work.readings.append((value, target.container, target.place, True))
    return value


def _read_id(value: str, target: Target) -> str:
    if UUID.fullmatch(value):
        return value
    return _read(value, target) if PLAIN_ID.match(value) else DROPPED


def _read_without_file_name(value: str, target: Target) -> str:
    return _read(FILE_NAME.sub(rf"\1{DROPPED}", value), target)


def credential(value: str) -> str:
    """A credential header: the scheme stays."""
    scheme = SCHEME.match(value)
    start = scheme.end() if scheme else 0
    return value if says_nothing(value[start:]) else value[:start] + SECRET


def agent_and_version(agent: str) -> str:
    """A known program and its version, such as `Chrome/120.0.0.0`."""
    if is_mark(agent):
        return agent
    found = {match[1]: match[0] for match in AGENT.finditer(agent[:512])}
    for browser in AGENT_ORDER:
        if browser in found:
            return found[browser]
    if found:
        return next(iter(found.values()))
    product = PRODUCT.match(agent)
    return product[0] if product else DROPPED


def _kind_of(name: str, kind: KeyKind) -> HeaderKind:
    if name == "cookie":
        return HeaderKind.COOKIE
    if name == "set-cookie":
        return HeaderKind.SET_COOKIE
    for names, header_kind in (
        (ADDRESSES, HeaderKind.ADDRESS),
        (IDENTITIES, HeaderKind.IDENTITY),
        (LINKS, HeaderKind.LINK),
        (KEPT, HeaderKind.KEPT),
    ):
        if name in names:
            return header_kind
    if name == "user-agent" or name.startswith("sec-ch-"):
        return HeaderKind.AGENT
    return HeaderKind.CREDENTIAL if _is_credential(name, kind) else HeaderKind.OTHER


def is_credential_header(name: str) -> bool:
    """Whether the values of a header are credentials: authorization, cookies, keys, tokens."""
    plain = name.lower()
    return plain in {"cookie", "set-cookie"} or _is_credential(plain, kind_of(plain))


def _is_credential(name: str, kind: KeyKind) -> bool:
    if kind in {KeyKind.SECRET, KeyKind.SECRETS} or "authorization" in name:
        return True
    words = words_of(name)
    if "key" in words or "apikey" in words or name.endswith("key"):
        return name not in BENIGN_KEYS
    return bool(words) and (words[-1] in CREDENTIAL_WORDS or "token" in words[-1:])


def _addresses(value: str) -> str:
    """Each address of a list truncated; what is no address is masked."""
    if "=" in value or ";" in value:
        parts = FORWARDED_BORDER.split(value)
        return "".join([_forwarded(part) if part.strip(";, ") else part for part in parts])
    return ", ".join(_address(part.strip()) for part in value.split(","))


def _forwarded(part: str) -> str:
    """One parameter of the header `Forwarded` (RFC 7239); unknown ones are masked."""
    if is_mark(part):
        return part
    name, _, value = part.partition("=")
    match name.lower():
        case "for" | "by":
            quote = '"' if value.startswith('"') else ""
            return f"{name}={quote}{_address(value.strip(chr(34)))}{quote}"
        case "proto" | "host" if HOST.match(value) and truncated(value) is None:
            return part
    return DROPPED


def _address(part: str) -> str:
    if is_network(part) or not part or part.lower() in {"unknown", "localhost"} or is_mark(part):
        return part
    return truncated(part) or DROPPED


def _is_pair(item: Json) -> bool:
    return (
        isinstance(item, list) and len(item) == len(("name", "value")) and isinstance(item[0], str)
    )
