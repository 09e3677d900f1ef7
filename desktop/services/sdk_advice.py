"""What the published SDKs really do with a rule, for the editors: the contract's facts, as advice.

Works on what is typed so far: an unfinished field is left out, not complained about.
"""

import json
from collections.abc import Iterable
from typing import Any, Final

from contract.messages.applications import ApplicationBody
from contract.messages.health import SdkKind
from contract.messages.policies import BlockBody, PolicyBody
from contract.sdk_facts import block_facts, policy_facts, route_facts
from contract.sdk_facts.sdks import NAMES, SdkFact
from contract.terms import IdentityLocation, Severity
from desktop.domain.applications import ApplicationSettings
from desktop.domain.errors import InvalidInput
from desktop.domain.ids import PolicyId
from desktop.domain.policies import (
    Advice,
    BlockDraft,
    Limit,
    LimitDraft,
    Metering,
    Policy,
    PolicyDraft,
)
from desktop.domain.policy_text import MAX_NAME, MAX_URL, checked_limit
from desktop.services.storage.rows import APPLICATIONS, POLICIES

SOMETHING: Final = "x"
"""Stands for a text that is still missing; no fact depends on its letters."""


def advice_on_policy(draft: PolicyDraft, kinds: Iterable[str]) -> tuple[Advice, ...]:
    """Facts about a policy as far as it is typed, worst first; no kinds are all that are known."""
    if not draft.url.strip():
        return ()
    body = POLICIES.body(_so_far(draft))
    policy = PolicyBody.model_validate_json(json.dumps(body))
    return _advice(policy_facts(policy, _known(kinds)))


def advice_on_block(draft: BlockDraft, kinds: Iterable[str]) -> tuple[Advice, ...]:
    """Facts about a blocked endpoint."""
    block = BlockBody(
        application_id=draft.application_id,
        method=draft.method,
        url=draft.url,
        customer_id=draft.customer_id,
    )
    return _advice(block_facts(block, _known(kinds)))


def advice_on_routes(settings: ApplicationSettings, kinds: Iterable[str]) -> tuple[Advice, ...]:
    """Facts about the lists of metered and whitelisted routes, and the cap."""
    body: dict[str, Any] = APPLICATIONS.body(settings)
    application = ApplicationBody.model_validate_json(json.dumps(body))
    return _advice(route_facts(application, _known(kinds)))


def sdk_name(kind: str) -> str:
    """How an SDK of the contract's facts is called on the screen."""
    return next((name for sdk, name in NAMES.items() if sdk == kind), kind)


def _advice(facts: Iterable[SdkFact]) -> tuple[Advice, ...]:
    return tuple(
        Advice(NAMES[fact.sdk], Severity(fact.severity.value), fact.field, fact.text)
        for fact in facts
    )


def _known(kinds: Iterable[str]) -> tuple[SdkKind, ...]:
    return tuple(SdkKind(kind) for kind in kinds if kind in list(SdkKind))


def _so_far(draft: PolicyDraft) -> Policy:
    has_identity = draft.identity_location is not None
    return Policy(
        policy_id=PolicyId(""),
        application_id=draft.application_id,
        method=draft.method or "GET",
        url=draft.url[:MAX_URL],
        kind=draft.kind,
        identity_location=draft.identity_location,
        identity_name=_identity_so_far(draft) if has_identity else None,
        limits=tuple(limit for limit in map(_limit_so_far, draft.limits) if limit is not None),
        metering=Metering(
            response_field=draft.response_field.strip()[:MAX_NAME] or None,
            expression=SOMETHING if draft.expression.strip() else None,
            trigger=draft.trigger,
        ),
    )


def _identity_so_far(draft: PolicyDraft) -> str:
    name = draft.identity_name.strip()[: MAX_NAME // 2] or SOMETHING
    if draft.identity_location is IdentityLocation.COOKIE and not name.startswith("["):
        return f"cookie.{name.removeprefix('cookie.')}"
    return name


def _limit_so_far(draft: LimitDraft) -> Limit | None:
    try:
        return checked_limit(draft, "")
    except InvalidInput:
        return None
