"""Why a call is or was allowed or refused, rule by rule. Nothing is counted or stored."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import msgspec

from contract.messages.health import SdkKind
from contract.messages.policies import PolicyBody
from contract.messages.traces import ExplainRequest, ExplainStep, Explanation
from contract.sdk_facts import policy_facts
from contract.terms import Verdict
from hosted.clock import Clock, instant_us, rfc3339
from hosted.metering.admission import Rulebook
from hosted.metering.decisions import (
    DETAIL_KEY,
    Refusal,
    counted,
    limit_text,
    refusal_by,
)
from hosted.metering.directory import Application, Directory
from hosted.metering.events import EventState, UsageEvent
from hosted.metering.limit_rules import LimitRule
from hosted.metering.limits import Plan
from hosted.metering.policies import Policy
from hosted.metering.route_match import is_listed
from hosted.scrub.identity import customer_id
from hosted.secrets import Secrets

NO_RULE: Final = "No rule refused this call."
GONE_TEXT: Final = "The rule that refused this call is not known any more."


@dataclass(frozen=True, slots=True)
class Question:
    """A call somebody asks about."""

    application: Application
    method: str
    url: str
    customer_id: str
    at_us: int


class Explainer:
    """Looks at the same rules in the same order as the meter. Event loop's thread."""

    def __init__(
        self,
        *,
        directory: Directory,
        rules: Rulebook,
        secrets: Secrets,
        clock: Clock,
        kinds: Callable[[str], Iterable[SdkKind]],
    ) -> None:
        """`kinds` tells which SDKs an application uses."""
        self._directory = directory
        self._rules = rules
        self._secrets = secrets
        self._clock = clock
        self._kinds = kinds

    def explain(self, application: Application, request: ExplainRequest) -> Explanation:
        """What the service would say to a call."""
        app_id = application.application_id
        customer = request.customer_id or customer_id(
            self._secrets.pseudonyms, app_id, request.identity or ""
        )
        at_us = self._clock() if request.at is None else instant_us(request.at)
        question = Question(application, request.method, request.url, customer, at_us)
        policy = self._directory.policies.of_endpoint(app_id, request.method, request.url)
        steps: list[ExplainStep] = []
        verdict = Verdict.ALLOWED
        for step in self._steps(question, policy):
            steps.append(step)
            if step.verdict is not Verdict.ALLOWED:
                verdict = step.verdict
            if step.verdict in {Verdict.NOT_METERED, Verdict.REFUSED}:
                break
        return self._explanation(question, policy, verdict, steps)

    def recorded(self, event: UsageEvent) -> Explanation:
        """What was decided about a call that is stored."""
        refusal = _stored_refusal(event)
        if refusal is not None:
            verdict, step = Verdict.REFUSED, _step(refusal)
        elif event.state is EventState.DENIED:
            verdict = Verdict.REFUSED
            step = ExplainStep(
                rule="policy", rule_id=event.refused_by, verdict=verdict, text=GONE_TEXT
            )
        else:
            verdict = Verdict.WARNED if event.soft_limited else Verdict.ALLOWED
            text = "A limit that only warns was reached." if event.soft_limited else NO_RULE
            step = ExplainStep(rule="limit", verdict=verdict, text=text)
        return Explanation(verdict=verdict, customer_id=event.customer_id, steps=(step,))

    def _explanation(
        self,
        question: Question,
        policy: Policy | None,
        verdict: Verdict,
        steps: list[ExplainStep],
    ) -> Explanation:
        app_id = question.application.application_id
        body = policy.body if policy is not None else _bare(question)
        facts = policy_facts(body, self._kinds(app_id))
        return Explanation(
            verdict=verdict,
            customer_id=question.customer_id,
            policy_id=None if policy is None else policy.policy_id,
            steps=tuple(steps),
            sdk_effects=tuple(fact.effect for fact in facts),
        )

    def _steps(self, question: Question, policy: Policy | None) -> Iterator[ExplainStep]:
        yield from _route_steps(question)
        yield self._block_step(question)
        cap = self._cap_step(question)
        if cap is not None:
            yield cap
        if policy is None:
            text = "No policy is made for this method and route: calls are counted, not limited."
            yield ExplainStep(rule="policy", verdict=Verdict.ALLOWED, text=text)
            return
        yield ExplainStep(
            rule="policy",
            rule_id=policy.policy_id,
            verdict=Verdict.ALLOWED,
            text="A policy is made for this method and route.",
        )
        plan = self._rules.limiter.plan(policy.policy_id)
        if plan is not None:
            yield from _limit_steps(plan, question)

    def _block_step(self, question: Question) -> ExplainStep:
        block = self._rules.blocks.find(
            question.application.application_id,
            question.method,
            question.url,
            question.customer_id,
            question.at_us,
        )
        if block is None:
            return ExplainStep(rule="block", verdict=Verdict.ALLOWED, text="Nothing is blocked.")
        return _step(refusal_by(block))

    def _cap_step(self, question: Question) -> ExplainStep | None:
        found = self._rules.caps.reading(question.application.application_id, question.at_us)
        if found is None:
            return None
        cap, reading = found
        is_reached = reading.used >= cap.requests
        text = f"The application has a cap of {cap.requests} requests a {cap.interval.value}."
        if is_reached:
            text += " It is reached: calls pass and are not counted."
        return ExplainStep(
            rule="cap",
            verdict=Verdict.NOT_METERED if is_reached else Verdict.ALLOWED,
            text=text,
            used=str(reading.used),
            allowed=str(cap.requests),
            resets_at=rfc3339(reading.frees_us) if is_reached else None,
        )


def _route_steps(question: Question) -> Iterator[ExplainStep]:
    application, method, url = question.application, question.method, question.url
    if application.archived:
        text = "The application is archived: its SDK keys open nothing, and calls pass uncounted."
        yield ExplainStep(rule="archived", verdict=Verdict.NOT_METERED, text=text)
    if is_listed(application.whitelist, method, url):
        text = "The route is exempt: its calls pass uncounted and unlimited."
        yield ExplainStep(rule="whitelist", verdict=Verdict.NOT_METERED, text=text)
    if application.meters(method, url):
        text = "The route is metered."
        yield ExplainStep(rule="routes", verdict=Verdict.ALLOWED, text=text)
    else:
        text = "The route is not among those that are metered: its calls pass uncounted."
        yield ExplainStep(rule="routes", verdict=Verdict.NOT_METERED, text=text)


def _limit_steps(plan: Plan, question: Question) -> Iterator[ExplainStep]:
    for rule in plan.rules_of(question.customer_id, question.at_us):
        yield _limit_step(rule, question)


def _limit_step(rule: LimitRule, question: Question) -> ExplainStep:
    reading = rule.reading(question.customer_id, question.at_us)
    text, verdict = limit_text(rule.limit), Verdict.ALLOWED
    is_reached = reading.frees_us > question.at_us
    if is_reached and not rule.holds(question.at_us):
        text += " It is reached, but does not hold at this hour."
    elif is_reached:
        verdict = Verdict.WARNED if rule.is_soft else Verdict.REFUSED
        text += " It only warns." if rule.is_soft else ""
    return ExplainStep(
        rule="override" if rule.is_own else "limit",
        rule_id=rule.rule_id,
        verdict=verdict,
        text=text,
        used=counted(rule, reading.used),
        allowed=counted(rule, rule.allowed),
        resets_at=rfc3339(reading.frees_us) if is_reached else None,
    )


def _step(refusal: Refusal) -> ExplainStep:
    resets_us = refusal.resets_us
    return ExplainStep(
        rule=refusal.rule,
        rule_id=refusal.rule_id,
        verdict=Verdict.REFUSED,
        text=refusal.text,
        used=refusal.used,
        allowed=refusal.allowed,
        resets_at=None if resets_us is None else rfc3339(resets_us),
    )


def _bare(question: Question) -> PolicyBody:
    """A policy that rules nothing, to ask what SDKs do without one."""
    return PolicyBody(
        application_id=question.application.application_id,
        method=question.method,
        url=question.url,
    )


def _stored_refusal(event: UsageEvent) -> Refusal | None:
    detail = msgspec.json.decode(event.detail, type=dict[str, msgspec.Raw])
    raw = detail.get(DETAIL_KEY)
    return None if raw is None else msgspec.json.decode(raw, type=Refusal)
