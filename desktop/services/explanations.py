"""Why a call is let through or refused: asked of the service, else told from the vault."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from contract.terms import LimitEffect, Verdict
from desktop.domain.errors import InvalidInput, ServiceUnreachable
from desktop.domain.ids import CustomerId
from desktop.domain.policies import Endpoint, Passage
from desktop.domain.policy_text import MAX_NAME, checked_method, checked_url
from desktop.domain.routes import passage_of
from desktop.domain.traces import CallToTest, ExplainStep, Explanation, SdkEffect
from desktop.services.calls import callable_from_window
from desktop.services.endpoint_rules import endpoint_rules
from desktop.services.limit_words import limit_in_words
from desktop.services.storage import configuration
from desktop.services.storage.rows import APPLICATIONS

if TYPE_CHECKING:
    from sqlite3 import Connection

    from contract.messages.traces import ExplainRequest
    from desktop.services.link import ServiceLink
    from desktop.services.storage.vault import Vault


class ExplainService:
    def __init__(self, vault: "Vault", link: "ServiceLink", clock: Callable[[], datetime]) -> None:
        self._vault = vault
        self._link = link
        self._clock = clock

    @callable_from_window
    def explain(self, call: CallToTest) -> Explanation:
        """What would be said to a call now; nothing is counted.

        Edits that still wait are not part of the service's answer. Without the service: what the
        blocks, routes and policies of the vault say, without counters.
        Raises: InvalidInput (field `method`, `url` or `identity`), ServiceRefused, VaultError.
        """
        call = _checked(call)
        with self._vault.reading() as db:
            if configuration.is_sample(db, call.application_id):
                return self._from_vault(db, call)  # no service is ever told of what is invented
        try:
            with self._link.client() as client:
                if client is not None:
                    answer = client.explain(call.application_id, _request(call))
                    return explanation_of(answer.model_dump_json())
        except ServiceUnreachable:
            pass  # said by `from_service`: the answer below is the vault's
        with self._vault.reading() as db:
            return self._from_vault(db, call)

    def _from_vault(self, db: "Connection", call: CallToTest) -> Explanation:
        method, url = call.method, call.url
        settings = APPLICATIONS.find(db, call.application_id)
        lines = endpoint_rules(db, call.application_id)
        found = next((line for line in lines if (line.method, line.url) == (method, url)), None)
        line = found or Endpoint(call.application_id, method, url, url)
        if settings is not None:
            line = replace(line, passage=passage_of(settings, method, url))
        steps: list[ExplainStep] = []
        if settings is not None and settings.archived:
            archived = "The application is archived; calls pass without being counted."
            steps.append(ExplainStep("archived", Verdict.NOT_METERED, archived))
        steps += self._steps(line, call.customer_id)
        return Explanation(_worst(steps), tuple(steps), from_service=False)

    def _steps(self, line: Endpoint, customer_id: CustomerId | None) -> Iterator[ExplainStep]:
        if line.passage is Passage.WHITELISTED:
            said = "The route is whitelisted: it passes unmetered and unlimited."
            yield ExplainStep("whitelist", Verdict.NOT_METERED, said)
            return
        if line.passage is Passage.UNMETERED:
            said = "The route is not in the list of metered routes."
            yield ExplainStep("routes", Verdict.NOT_METERED, said)
            return
        yield from self._blocks(line, customer_id)
        yield from _limits(line, customer_id)

    def _blocks(self, line: Endpoint, customer_id: CustomerId | None) -> Iterator[ExplainStep]:
        now = self._clock()
        for ruled in line.blocks:
            block = ruled.block
            if block.expires_at is not None and block.expires_at <= now:
                continue
            if block.customer_id in {None, customer_id}:
                whom = ruled.customer or "everybody"
                why = f" Reason: {block.reason}" if block.reason else ""
                said = f"{block.method} {block.url} is blocked for {whom}.{why}"
                yield ExplainStep("block", Verdict.REFUSED, said, resets_at=block.expires_at)


def _checked(call: CallToTest) -> CallToTest:
    """Raises: InvalidInput with the field."""
    identity = call.identity.strip()
    if len(identity) > MAX_NAME:
        raise InvalidInput(
            f"This identity is longer than {MAX_NAME} characters. Nothing was asked.",
            field="identity",
        )
    method, url = checked_method(call.method), checked_url(call.url)
    return replace(call, method=method, url=url, identity=identity)


def _limits(line: Endpoint, customer_id: CustomerId | None) -> Iterator[ExplainStep]:
    policy = line.policy
    if policy is None:
        yield ExplainStep("policy", Verdict.ALLOWED, "No policy: counted, without any limit.")
        return
    own = next((o for o in line.overrides if o.override.customer_id == customer_id), None)
    limits = own.override.limits if own else policy.limits
    rule = "override" if own else "limit"
    if not limits:
        said = "This customer has no limit." if own else "The policy has no limit."
        yield ExplainStep(rule, Verdict.ALLOWED, said)
    for limit in limits:
        warns = limit.effect is LimitEffect.WARN
        said = f"{limit_in_words(limit)}. How much of it is used, only the service knows."
        verdict = Verdict.WARNED if warns else Verdict.ALLOWED
        yield ExplainStep(rule, verdict, said, allowed=str(limit.allowed))


def _worst(steps: list[ExplainStep]) -> Verdict:
    verdicts = {step.verdict for step in steps}
    for verdict in (Verdict.REFUSED, Verdict.NOT_METERED):
        if verdict in verdicts:
            return verdict
    return Verdict.ALLOWED


def explanation_of(text: str) -> Explanation:
    """The service's explanation, JSON of the contract's message."""
    from desktop.services.sdk_advice import sdk_name  # not for the window to load

    found: dict[str, Any] = json.loads(text)
    return Explanation(
        verdict=Verdict(found["verdict"]),
        steps=tuple(_step(step) for step in found["steps"]),
        sdk_effects=tuple(
            SdkEffect(sdk_name(effect["kind"]), effect["text"], effect["enforced"])
            for effect in found["sdk_effects"]
        ),
    )


def _step(step: dict[str, Any]) -> ExplainStep:
    resets = step["resets_at"]
    return ExplainStep(
        rule=step["rule"],
        verdict=Verdict(step["verdict"]),
        text=step["text"],
        used=step["used"] or "",
        allowed=step["allowed"] or "",
        resets_at=datetime.fromisoformat(resets) if resets else None,
    )


def _request(call: CallToTest) -> "ExplainRequest":
    from contract.messages.traces import ExplainRequest

    return ExplainRequest(
        method=call.method,
        url=call.url,
        identity=call.identity or None,
        customer_id=call.customer_id,
    )
