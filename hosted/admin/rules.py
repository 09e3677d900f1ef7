"""What an edit must fulfil beyond its shape; says the field and the reason when it does not."""

from collections.abc import Callable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contract.expressions import AmountExpression, Condition, ExpressionError
from contract.identifiers import catalog_id, override_id, policy_id
from contract.messages.applications import ApplicationBody, CatalogBody
from contract.messages.configuration import Edit
from contract.messages.customers import CustomerBody, CustomerMerge
from contract.messages.policies import (
    BlockBody,
    FreezeBody,
    LimitOverrideBody,
    Limits,
    Metering,
    PolicyBody,
    ScrubRuleBody,
)
from contract.messages.pricing import CustomerPlanBody, PlanBody, PricingRuleBody
from contract.messages.rollups import NO_CUSTOMERS
from contract.terms import LimitKind, LimitScope, MeteringTrigger, PolicyKind
from hosted.admin.pricing_checks import check_customer_plan, check_plan, check_rule
from hosted.admin.rejection import Rejected
from hosted.storage.base import Transaction


def check(transaction: Transaction, edit: Edit) -> None:
    """Check an edit's new body against the rest of the configuration.

    Raises:
        Rejected: with the field and the reason.
    """
    match edit.edit.body:
        case ApplicationBody() as body:
            _check_application(body)
        case PolicyBody() as body:
            _check_owner(transaction, edit, body.application_id)
            _check_policy(edit, body)
        case LimitOverrideBody() as body:
            _check_owner(transaction, edit, body.application_id)
            _check_override(edit, body)
        case CatalogBody() as body:
            _check_owner(transaction, edit, body.application_id)
            _check_catalog(edit, body)
        case PricingRuleBody() as body:
            _check_owner(transaction, edit, body.application_id)
            check_rule(body)
        case PlanBody() as body:
            _check_owner(transaction, edit, body.application_id)
            check_plan(transaction, body)
        case CustomerPlanBody() as body:
            _check_owner(transaction, edit, body.application_id)
            check_customer_plan(transaction, edit, body)
        case BlockBody() | FreezeBody() | ScrubRuleBody() as body:
            _check_owner(transaction, edit, body.application_id)
        case CustomerBody() as body:
            _check_owner(transaction, edit, body.application_id)
            _check_customer(transaction, edit, body)


def owner_of(edit: Edit) -> str:
    """Application a new or changed row belongs to; an application belongs to itself."""
    body = edit.edit.body
    if body is None or isinstance(body, ApplicationBody):
        return edit.entity_id
    return body.application_id


def _check_application(body: ApplicationBody) -> None:
    try:
        ZoneInfo(body.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Rejected("time_zone", "The service does not know this time zone.") from error


def _check_owner(transaction: Transaction, edit: Edit, application_id: str) -> None:
    application = transaction.configuration("application", application_id)
    if application is None or application.body is None:
        raise Rejected("application_id", "The service has no such application.")
    stored = transaction.configuration(edit.edit.entity, edit.entity_id)
    if stored is not None and stored.application_id != application_id:
        raise Rejected("application_id", "A row cannot move to another application.")


def _check_customer(transaction: Transaction, edit: Edit, body: CustomerBody) -> None:
    if edit.entity_id in NO_CUSTOMERS:
        raise Rejected("entity_id", "This id stands for callers nobody can tell apart.")
    if body.merged is not None:
        _check_merge(transaction, edit, body.application_id, body.merged)


def _check_merge(
    transaction: Transaction, edit: Edit, application_id: str, merge: CustomerMerge
) -> None:
    """Follow the chain to its end: it must stay in the application and not lead back."""
    if not merge.bills_from.endswith("-01"):
        raise Rejected("merged.bills_from", "A merge counts for bills from the first of a month.")
    seen, into = {edit.entity_id}, merge.into
    while into:
        row = transaction.configuration("customer", into)
        if row is None or row.body is None or row.application_id != application_id:
            raise Rejected("merged.into", "The application has no such customer.")
        if into in seen:
            raise Rejected("merged.into", "A customer cannot be merged into itself.")
        seen.add(into)
        into = (row.body.get("merged") or {}).get("into", "")


def _check_policy(edit: Edit, body: PolicyBody) -> None:
    if edit.entity_id != policy_id(body.application_id, body.method, body.url, _function(body)):
        raise Rejected("url", "A policy's method and url cannot change; make a new policy.")
    _check_limits(body.limits)
    _check_metering(body.metering)
    if (body.identity_location is None) != (not body.identity_name):
        raise Rejected("identity_name", "An identity needs both a place and a name.")


def _function(body: PolicyBody) -> str:
    """Path and name of the function a policy is about; empty for a policy of an endpoint."""
    if body.kind is PolicyKind.API:
        if body.function_name or body.function_path:
            raise Rejected("function_name", "Only a policy of the kind function names a function.")
        return ""
    if not body.function_name:
        raise Rejected("function_name", "A policy of the kind function needs its name.")
    return f"{body.function_path or ''}:{body.function_name}"


def _check_limits(limits: Limits) -> None:
    for position, limit in enumerate(limits):
        if limit.burst is not None and limit.kind is not LimitKind.TOKEN_BUCKET:
            raise Rejected(f"limits.{position}.burst", "Only a token bucket has a burst.")


def _check_metering(metering: Metering) -> None:
    _check_expression("metering.expression", AmountExpression, metering.expression)
    _check_expression("metering.condition", Condition, metering.condition)
    is_conditional = metering.trigger is MeteringTrigger.RESPONSE_VALUE
    if is_conditional and metering.condition is None:
        raise Rejected("metering.condition", "The trigger response_value needs a condition.")
    if metering.condition is not None and not is_conditional:
        raise Rejected("metering.condition", "Only the trigger response_value has a condition.")


def _check_expression(field: str, compiled: Callable[[str], object], text: str | None) -> None:
    if text is None:
        return
    try:
        compiled(text)
    except ExpressionError as error:
        raise Rejected(field, f"{error}.") from error


def _check_override(edit: Edit, body: LimitOverrideBody) -> None:
    if edit.entity_id != override_id(body.policy_id, body.customer_id):
        raise Rejected("policy_id", "An override belongs to one policy and customer for good.")
    _check_limits(body.limits)
    for position, limit in enumerate(body.limits):
        if limit.scope is LimitScope.APPLICATION:
            raise Rejected(f"limits.{position}.scope", "An override is for one customer alone.")


def _check_catalog(edit: Edit, body: CatalogBody) -> None:
    if edit.entity_id != catalog_id(body.application_id):
        raise Rejected("entity_id", "An application has one catalog, under an id of its own.")
