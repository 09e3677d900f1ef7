"""What an edit must fulfil beyond its shape; says the field and the reason when it does not."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contract.identifiers import policy_id
from contract.messages.configuration import (
    ApplicationBody,
    CustomerBody,
    Edit,
    PolicyBody,
    PricingRuleBody,
)
from hosted.storage.base import Transaction


class Rejected(Exception):
    """An edit that cannot be taken. The text is for the owner."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


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
        case PricingRuleBody() | CustomerBody() as body:
            _check_owner(transaction, edit, body.application_id)


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


def _check_policy(edit: Edit, body: PolicyBody) -> None:
    if edit.entity_id != policy_id(body.application_id, body.method, body.url):
        raise Rejected("url", "A policy's method and url cannot change; make a new policy.")
    if (body.limit is None) != (body.limit_interval is None):
        raise Rejected("limit", "A limit needs both a number of calls and an interval.")
    if (body.identity_location is None) != (not body.identity_name):
        raise Rejected("identity_name", "An identity needs both a place and a name.")
