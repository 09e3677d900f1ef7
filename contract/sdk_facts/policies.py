"""Facts about policies: route, identity, limits, metering."""

from collections.abc import Callable
from typing import Final

from contract.messages.policies import PolicyBody
from contract.sdk_facts.sdks import EVERY, FASTAPI, FLASK, GO, LEGACY, PYTHON, Rule
from contract.terms import IdentityLocation, LimitEffect, MeteringTrigger, PolicyKind, Severity

BROKEN, WARNING, NOTE = Severity.BROKEN, Severity.WARNING, Severity.NOTE
URL: Final = "url"
KIND: Final = "kind"
IDENTITY: Final = "identity_location"
LIMITS: Final = "limits"
METERING: Final = "metering"
TRACKED: Final = "metering.response_field"
LIST_MARK: Final = "[*]"

Applies = Callable[[PolicyBody], bool]


def is_function(policy: PolicyBody) -> bool:
    """Whether the policy is about a function inside a call."""
    return policy.kind is PolicyKind.FUNCTION


def refuses(policy: PolicyBody) -> bool:
    """Whether a limit of the policy refuses; one that only warns does not."""
    return any(limit.effect is LimitEffect.REFUSE for limit in policy.limits)


def reads_outcome(policy: PolicyBody) -> bool:
    """Whether the amount depends on how the call ended."""
    metering = policy.metering
    return (
        metering.response_field is not None
        or metering.expression is not None
        or metering.trigger is not MeteringTrigger.REQUEST
    )


def _of_endpoint(test: Applies) -> Applies:
    return lambda policy: not is_function(policy) and test(policy)


def _identity_in(location: IdentityLocation | None) -> Applies:
    return lambda policy: not is_function(policy) and policy.identity_location is location


def _is_gin_route(policy: PolicyBody) -> bool:
    return any(part[:1] in {":", "*"} and len(part) > 1 for part in policy.url.split("/"))


def _tracks(policy: PolicyBody) -> bool:
    return policy.metering.response_field is not None


POLICY_RULES: Final[tuple[Rule[PolicyBody], ...]] = (
    Rule(
        "wildcard_policy", EVERY, BROKEN, URL,
        _of_endpoint(lambda policy: "*" in {policy.method, policy.url}),
        "The SDK compares method and route of a policy letter by letter, so a star matches nothing:"
        " it reads no identity and asks for no permission. Make one policy for each route.",
    ),
    Rule(
        "foreign_route", PYTHON | LEGACY, BROKEN, URL, _of_endpoint(_is_gin_route),
        "The route is written as Gin writes it. A Python application reports another text, such as "
        "/items/{item_id} or /items/<int:item_id>, and the policy never applies there.",
    ),
    Rule(
        "foreign_route", GO, BROKEN, URL,
        _of_endpoint(lambda policy: any(mark in policy.url for mark in "{<")),
        "The route is written as Python frameworks write it. Gin reports /items/:id, and the "
        "policy never applies there.",
    ),
    Rule(
        "functions_unknown", PYTHON | LEGACY, BROKEN, KIND, is_function,
        "Python SDKs report no functions. The policy is sent to Go applications only.",
    ),
    Rule(
        "identity_path_empty", FASTAPI, BROKEN, IDENTITY, _identity_in(IdentityLocation.PATH),
        "FastAPI's SDK looks before the route is known, when path parameters are still empty. "
        "Every caller counts as anonymous and passes unlimited. Use a header or a token.",
    ),
    Rule(
        "identity_body_withheld", GO, BROKEN, IDENTITY, _identity_in(IdentityLocation.BODY),
        "Go applications never get this policy: reading the identity from the body would leave an "
        "empty one to your handler. Callers count as anonymous and pass unlimited.",
    ),
    Rule(
        "identity_body_json", FLASK, NOTE, IDENTITY, _identity_in(IdentityLocation.BODY),
        "Only a key at the top of a JSON body is found. Callers that send a form are anonymous.",
    ),
    Rule(
        "identity_body_uploads", FASTAPI, WARNING, IDENTITY, _identity_in(IdentityLocation.BODY),
        "Only a key at the top of a JSON body or a form is found, and a form with a file makes the "
        "SDK answer 500 and fall silent. Exempt upload routes from metering.",
    ),
    Rule(
        "identity_token_unchecked", EVERY, WARNING, IDENTITY,
        _identity_in(IdentityLocation.BEARER),
        "The SDK reads the claim without checking the token's signature. A caller can name "
        "somebody else until your own code refuses the token.",
    ),
    Rule(
        "identity_claim_text", GO, NOTE, IDENTITY, _identity_in(IdentityLocation.BEARER),
        "Only claims that are text are found; a number counts as no identity.",
    ),
    Rule(
        "anonymous_unlimited", PYTHON, BROKEN, LIMITS,
        lambda policy: refuses(policy) and policy.identity_location is None,
        "Python SDKs ask for no permission for calls without identity, and this policy names none. "
        "When the limit is used up the service closes the whole route (403), which takes up to "
        "10 seconds to begin and to end.",
    ),
    Rule(
        "anonymous_unlimited", PYTHON, WARNING, LIMITS,
        _of_endpoint(lambda policy: refuses(policy) and policy.identity_location is not None),
        "Calls in which no identity is found pass without asking. Once they have used the limit up "
        "together, the service closes the route for them (403), up to 10 seconds late.",
    ),
    Rule(
        "refused_with_478", PYTHON, WARNING, LIMITS, _of_endpoint(refuses),
        "A refused caller is answered with status 478, not 429. The operations guide has three "
        "lines of middleware that turn one into the other.",
    ),
    Rule(
        "refused_with_429", GO | LEGACY, NOTE, LIMITS, _of_endpoint(refuses),
        "A refused caller is answered with status 429.",
    ),
    Rule(
        "function_refused", GO, NOTE, LIMITS,
        lambda policy: is_function(policy) and refuses(policy),
        "A refused function is not run; the call goes on with the error it returns.",
    ),
    Rule(
        "passes_when_away", EVERY - LEGACY, NOTE, LIMITS, refuses,
        "While the service cannot be reached calls pass unlimited. Python SDKs 0.3.0 to 0.3.3 "
        "answer 500 or 400 instead.",
    ),
    Rule(
        "fails_when_away", LEGACY, WARNING, LIMITS, refuses,
        "While the service cannot be reached every call is refused.",
    ),
    Rule(
        "limited_before_outcome", GO, BROKEN, METERING,
        _of_endpoint(lambda policy: refuses(policy) and reads_outcome(policy)),
        "With a limit Go settles a call before your handler runs, always with amount 1 and without "
        "status, duration or response. Drop the limit or meter by request.",
    ),
    Rule(
        "limited_status_unknown", GO, NOTE, LIMITS,
        _of_endpoint(lambda policy: refuses(policy) and not reads_outcome(policy)),
        "With a limit Go reports neither status nor duration of a call.",
    ),
    Rule(
        "zero_counts_one", PYTHON, WARNING, TRACKED, _tracks,
        "A tracked value of 0, null or an empty text is reported as 1.",
    ),
    Rule(
        "lists_unknown", GO, BROKEN, TRACKED,
        lambda policy: LIST_MARK in (policy.metering.response_field or ""),
        "Go follows plain dots only. Where the path goes through a list every call counts 1.",
    ),
    Rule(
        "numbers_only", GO, NOTE, TRACKED, _tracks,
        "Only numbers are tracked; a number written as text counts 1.",
    ),
    Rule(
        "tracking_unknown", LEGACY, BROKEN, TRACKED, _tracks,
        "The oldest SDKs track no response value; every call counts 1.",
    ),
    Rule(
        "exceptions_unsettled", FASTAPI, NOTE, METERING, _of_endpoint(reads_outcome),
        "A handler that raises reports no outcome: the call stays unsettled and has no units.",
    ),
)  # fmt: skip
