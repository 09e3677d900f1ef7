"""What a service may answer, read strictly: anything else is `Rubbish`, with the reason in words.

Pages are checked here so that no value the vault could refuse ever reaches it.
"""

import json
from datetime import datetime
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from contract.messages.applications import ApplicationBody, CatalogBody, EndpointBody
from contract.messages.customers import CustomerBody, IdentityBody
from contract.messages.policies import (
    BlockBody,
    FreezeBody,
    LimitOverrideBody,
    PolicyBody,
    ScrubRuleBody,
)
from contract.messages.pricing import (
    CustomerPlanBody,
    PlanBody,
    PricingRuleBody,
    RuleVersionBody,
)

MAX_BODY_BYTES: Final = 32 * 1024 * 1024
BODIES: Final[dict[str, type[BaseModel]]] = {
    "application": ApplicationBody,
    "endpoint": EndpointBody,
    "policy": PolicyBody,
    "pricing_rule": PricingRuleBody,
    "rule_version": RuleVersionBody,
    "plan": PlanBody,
    "customer_plan": CustomerPlanBody,
    "customer": CustomerBody,
    "limit_override": LimitOverrideBody,
    "block": BlockBody,
    "freeze": FreezeBody,
    "scrub_rule": ScrubRuleBody,
    "catalog": CatalogBody,
    "identity": IdentityBody,
}

Model = TypeVar("Model", bound=BaseModel)


class Rubbish(Exception):
    """An answer that no UsageFlow service gives; the text says why, without quoting it."""


def message(model: type[Model], content: bytes) -> Model:
    """Raises: Rubbish."""
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        raise Rubbish("the answer is not the message that was expected") from error


def moment(timestamp: str) -> datetime:
    """Aware UTC moment of a checked timestamp. Raises: Rubbish for a day that does not exist."""
    try:
        return datetime.fromisoformat(timestamp)
    except ValueError as error:
        raise Rubbish("the service's time is not a time") from error


def json_object(content: bytes) -> dict[str, Any]:
    """Raises: Rubbish."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Rubbish("the answer is not JSON") from error
    if not isinstance(value, dict):
        raise Rubbish("the answer is not a JSON object")
    return value
