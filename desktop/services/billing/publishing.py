"""Publishing pricing rules at a provider: a plan first, then what was planned and nothing else."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from contract.pricing.writing import canonical_text
from desktop.domain.billing.providers import Account
from desktop.domain.billing.publication import (
    ApplyReceipt,
    ChangePlan,
    Drift,
    DriftReport,
    Publication,
    PublishQuestion,
)
from desktop.domain.errors import InvalidInput
from desktop.domain.ids import ApplicationId, RuleId
from desktop.domain.pricing.published import PricingRule
from desktop.services.billing.gateway import Comparison, PricedRule
from desktop.services.calls import Report, callable_from_window
from desktop.services.storage import billing_connections, rule_versions
from desktop.services.storage.rows import RULES

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.billing.gateways import Gateways
    from desktop.services.storage.vault import Vault


MOST_DIGITS: Final = 6


class BillingPublishService:
    """Rules at the provider. What it has is asked anew for each plan, never guessed."""

    def __init__(
        self,
        vault: "Vault",
        gateways: "Gateways",
        clock: Callable[[], datetime],
        changed: Callable[[], None],
    ) -> None:
        self._vault = vault
        self._gateways = gateways
        self._clock = clock
        self._changed = changed

    @callable_from_window
    def plan(self, report: Report, question: PublishQuestion) -> ChangePlan:
        """What publishing a rule would change. Changes nothing.

        Raises: InvalidInput (field `rule_id`, `fraction_digits`), ProviderProblem, Cancelled.
        """
        report(0)
        with self._vault.reading() as db:
            priced, known = _priced(db, question), _known(db, question)
        with self._gateways.opened(question.account) as gateway:
            found = gateway.compare(priced, known)
        return _plan(priced, found)

    @callable_from_window
    def apply(self, report: Report, plan: ChangePlan) -> ApplyReceipt:
        """Take the steps of a plan. Safe to repeat: what was made is found again.

        Raises: InvalidInput when the rule or the provider changed since the plan, or it was refused
            there; ProviderProblem; Cancelled before the first step; VaultError.
        """
        report(0)
        question = plan.question
        with self._vault.reading() as db:
            priced, known = _priced(db, question), _known(db, question)
        with self._gateways.opened(question.account) as gateway:
            current = _plan(priced, gateway.compare(priced, known))
            if current.refusals:
                raise InvalidInput(f"{current.refusals[0]} Nothing was changed.", field="rule_id")
            if current.digest != plan.digest:
                raise InvalidInput(
                    "The rule or the provider has changed since this plan was made. Nothing was "
                    "changed. Look at the plan again.",
                    field="rule_id",
                )
            done = gateway.apply(priced, known)
        publication = Publication(
            account=question.account,
            application_id=question.application_id,
            rule_id=question.rule_id,
            version=priced.published.version,
            product_id=done.product_id,
            price_id=done.price_id,
            meter_id=done.meter_id,
            event_name=done.event_name,
            fraction_digits=question.fraction_digits,
            published_at=self._clock(),
        )
        with self._vault.transaction() as db:
            billing_connections.put_publication(db, publication)
        self._changed()
        return ApplyReceipt(publication, done.taken, done.request_ids)

    @callable_from_window
    def publications(
        self, account: Account, application_id: ApplicationId
    ) -> tuple[Publication, ...]:
        """What was published. Needs no network. Raises: VaultError."""
        with self._vault.reading() as db:
            return billing_connections.publications(db, account, application_id)

    @callable_from_window
    def drift(self, report: Report, account: Account, application_id: ApplicationId) -> DriftReport:
        """Every published rule beside what the provider has, field by field.

        Raises: ProviderProblem, InvalidInput, Cancelled, VaultError.
        """
        with self._vault.reading() as db:
            published = billing_connections.publications(db, account, application_id)
            rules = {rule.rule_id: rule for rule in RULES.of_application(db, application_id)}
        drifts = []
        with self._gateways.opened(account) as gateway:
            for done, known in enumerate(published):
                report(done, len(published))
                rule = rules.get(known.rule_id)
                if rule is not None and rule.price is not None:
                    fields = gateway.drift(_as_published(rule, known), known)
                    drifts.append(Drift(known, rule.name, tuple(fields)))
        ordered = sorted(drifts, key=lambda one: (not one.fields, one.rule_name))
        return DriftReport(tuple(ordered), self._clock())


def _plan(priced: PricedRule, found: Comparison) -> ChangePlan:
    said = (canonical_text(priced.published.price or {}), priced.published.name, found.seen)
    steps = [(step.action.value, step.object_id) for step in found.steps]
    digest = hashlib.sha256(repr((said, steps, priced.question)).encode()).hexdigest()
    return ChangePlan(
        priced.question,
        priced.published.version,
        found.steps,
        found.refusals,
        found.notes,
        digest,
    )


def _priced(db: "Connection", question: PublishQuestion) -> PricedRule:
    from desktop.services.bills import payable_rule

    if not 0 <= question.fraction_digits <= MOST_DIGITS:
        raise InvalidInput(
            f"Up to {MOST_DIGITS} digits of a unit can be reported. Nothing was changed.",
            field="fraction_digits",
        )
    found = RULES.find(db, question.rule_id)
    if found is None or found.price is None or found.application_id != question.application_id:
        raise InvalidInput(
            "This rule is no longer in the vault, or was ended. Nothing was changed.",
            field="rule_id",
        )
    versions = rule_versions.of_rule(db, question.application_id, question.rule_id)
    newest = max((one.version for one in versions), default=found.version)
    return PricedRule(question, replace(found, version=newest), payable_rule(found.price))


def _known(db: "Connection", question: PublishQuestion) -> Publication | None:
    published = billing_connections.publications(db, question.account, question.application_id)
    return next((one for one in published if one.rule_id == question.rule_id), None)


def _as_published(rule: PricingRule, known: Publication) -> PricedRule:
    from desktop.services.bills import payable_rule

    question = PublishQuestion(
        known.account, known.application_id, RuleId(rule.rule_id), known.fraction_digits
    )
    return PricedRule(question, rule, payable_rule(rule.price or {}))
