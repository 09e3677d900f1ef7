"""What prices, plans and customers' plans must fulfil beyond their shape."""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from contract.expressions import AmountExpression, ExpressionError
from contract.identifiers import customer_plan_id
from contract.messages.configuration import Edit
from contract.messages.pricing import (
    CustomerPlanBody,
    PlanBody,
    PlanTerm,
    PricingRuleBody,
)
from contract.pricing.errors import InvalidField
from contract.pricing.parsing import rule_from
from contract.terms import Meter
from hosted.admin.rejection import Rejected
from hosted.storage.base import Transaction

RESPONSE_FIELD: Final = re.compile(r"[^\s.]+(\.[^\s.]+)*")


def check_rule(body: PricingRuleBody) -> None:
    """Raises: Rejected with the field, such as `price.tiers[2].up_to`."""
    _check_measure(body)
    if body.price is None:
        return
    try:
        rule_from(body.price)
    except InvalidField as error:
        raise Rejected(f"price.{error.field}" if error.field else "price", str(error)) from error


def check_plan(transaction: Transaction, body: PlanBody) -> None:
    """Raises: Rejected."""
    _check_known(transaction, "pricing_rule", body.application_id, body.rule_ids, "rule_ids")


def check_customer_plan(transaction: Transaction, edit: Edit, body: CustomerPlanBody) -> None:
    """Raises: Rejected."""
    if edit.entity_id != customer_plan_id(body.application_id, body.customer_id):
        raise Rejected("entity_id", "A customer has one row of plans, under an id of its own.")
    _check_days(body.terms)
    for place, term in enumerate(body.terms):
        _check_term(transaction, body.application_id, term, f"terms.{place}")


def check_unused(transaction: Transaction, application_id: str, plan_id: str) -> None:
    """A plan with customers, past or present, is what their bills stand on. Raises: Rejected."""
    for row in transaction.configuration_of(application_id, "customer_plan"):
        terms = (row.body or {}).get("terms", ())
        if any(term["plan_id"] == plan_id for term in terms):
            raise Rejected(
                "customer_plans", "Customers are or were on this plan. Take it from them first."
            )


def _check_measure(body: PricingRuleBody) -> None:
    if body.meter is Meter.RESPONSE_FIELD and RESPONSE_FIELD.fullmatch(body.measure) is None:
        raise Rejected("measure", "Name the response value, such as usage.total_tokens.")
    if body.meter is Meter.EXPRESSION:
        try:
            AmountExpression(body.measure)
        except ExpressionError as error:
            raise Rejected("measure", f"{error}.") from error
    if body.measure and body.meter not in {Meter.RESPONSE_FIELD, Meter.EXPRESSION}:
        raise Rejected("measure", f"The meter {body.meter} reads nothing more.")


def _check_term(transaction: Transaction, application_id: str, term: PlanTerm, at: str) -> None:
    if term.plan_id is None and not term.override_ids:
        raise Rejected(f"{at}.plan_id", "Name a plan, or rules of the customer's own.")
    plans = () if term.plan_id is None else (term.plan_id,)
    _check_known(transaction, "plan", application_id, plans, f"{at}.plan_id")
    own = term.override_ids
    _check_known(transaction, "pricing_rule", application_id, own, f"{at}.override_ids")


def _check_days(terms: Sequence[PlanTerm]) -> None:
    for place, term in enumerate(terms):
        if term.ends_before is not None and term.ends_before <= term.starts_on:
            raise Rejected(f"terms.{place}.ends_before", "This ends before it starts.")
    for place, (before, after) in enumerate(pairwise(terms), 1):
        if before.ends_before is None or after.starts_on < before.ends_before:
            raise Rejected(f"terms.{place}.starts_on", "This starts before the one before it ends.")


def _check_known(
    transaction: Transaction, entity: str, application_id: str, ids: Iterable[str], field: str
) -> None:
    """Every id is a row of the application, and none stands twice."""
    seen = set[str]()
    for entity_id in ids:
        row = transaction.configuration(entity, entity_id)
        if row is None or row.application_id != application_id:
            raise Rejected(field, f"The service has no {entity.replace('_', ' ')} {entity_id}.")
        if entity_id in seen:
            raise Rejected(field, f"{entity_id} stands here twice.")
        seen.add(entity_id)
