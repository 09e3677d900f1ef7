"""Facts about blocked endpoints, route lists and caps."""

from collections.abc import Iterable
from typing import Final

from contract.messages.applications import EVERY_ROUTE, ApplicationBody, Route
from contract.messages.policies import BlockBody
from contract.sdk_facts.sdks import FASTAPI, GO, LEGACY, PYTHON, Rule
from contract.terms import Severity

BROKEN, WARNING, NOTE = Severity.BROKEN, Severity.WARNING, Severity.NOTE
URL: Final = "url"
CUSTOMER: Final = "customer_id"
METERED: Final = "metered_routes"
WHITELISTED: Final = "whitelisted_routes"
CAP: Final = "cap"
PATTERN_MARKS: Final = frozenset("{}<>:*")


def python_understands(routes: Iterable[tuple[str, str]]) -> bool:
    """Whether every SDK but Go's reads a list of methods and urls the way the owner means it.

    Python looks at the first url of a method only, takes a star for a prefix, and Flask compares
    the concrete path. Where it would err the service tells it to report everything, and discards
    what is not wanted.
    """
    listed = list(routes)
    methods = [method for method, _ in listed]
    if len(set(methods)) != len(methods) or ("*" in methods and len(methods) > 1):
        return False
    return all(url == "*" or not PATTERN_MARKS & set(url) for _, url in listed)


def _pairs(routes: Iterable[Route]) -> list[tuple[str, str]]:
    return [(route.method, route.url) for route in routes]


BLOCK_RULES: Final[tuple[Rule[BlockBody], ...]] = (
    Rule(
        "block_begins_late", PYTHON, NOTE, URL, lambda _: True,
        "Callers are answered 403. The block begins and ends within 10 seconds; calls that ask the "
        "service for permission are refused at once, with status 478.",
    ),
    Rule(
        "block_begins_late", GO, NOTE, URL, lambda _: True,
        "Callers are answered 403. The block begins and ends within 30 seconds; calls that ask the "
        "service for permission are refused at once, with status 429.",
    ),
    Rule(
        "block_unknown", LEGACY, NOTE, URL, lambda _: True,
        "The oldest SDKs ask before every call and are refused at once, with status 429.",
    ),
    Rule(
        "block_after_first_call", PYTHON | GO, WARNING, URL, lambda _: True,
        "SDKs stop an identified caller only if the block names the identity. The service names it "
        "with the next call it hears of; where no limit makes the SDK ask, that call passes.",
    ),
)  # fmt: skip

ROUTE_RULES: Final[tuple[Rule[ApplicationBody], ...]] = (
    Rule(
        "routes_filtered_late", PYTHON, NOTE, METERED,
        lambda body: not python_understands(_pairs(body.metered_routes)),
        "Python SDKs look at one url for each method and misread stars. They are told to report "
        "everything, and the service drops what is not in the list, unstored.",
    ),
    Rule(
        "whitelist_filtered_late", PYTHON, NOTE, WHITELISTED,
        lambda body: not python_understands(_pairs(body.whitelisted_routes)),
        "Python SDKs look at one url for each method and misread stars. What they report all the "
        "same the service lets pass, unmetered and unlimited.",
    ),
    Rule(
        "uploads_silence", FASTAPI, WARNING, WHITELISTED, lambda _: True,
        "On a metered route a form with a file makes the SDK answer 500 and stop reporting for a "
        "while. Exempt the routes that take uploads.",
    ),
    Rule(
        "one_cookie", FASTAPI, WARNING, METERED, lambda _: True,
        "On a metered route all but one Set-Cookie header of a response are lost, and the whole "
        "response is kept in memory. Exempt routes that set cookies or send large files.",
    ),
    Rule(
        "cap_pauses", PYTHON | GO, NOTE, CAP, lambda body: body.cap is not None,
        "At the cap the SDK is told to meter nothing; every call passes, unlimited. Python SDKs "
        "hear of it within 10 seconds, Go within 30. What they report until then is not counted.",
    ),
    Rule(
        "cap_unknown", LEGACY, WARNING, CAP, lambda body: body.cap is not None,
        "The oldest SDKs cannot be told and go on asking. The service lets every call pass and "
        "counts none above the cap.",
    ),
    Rule(
        "metered_at_first", GO, NOTE, METERED,
        lambda body: body.metered_routes not in {(), EVERY_ROUTE},
        "Go meters everything for the first seconds after its start, before it has heard the list. "
        "The service drops what is not in it.",
    ),
)  # fmt: skip
