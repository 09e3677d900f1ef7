"""Publishing of pricing rules: every change becomes a numbered version that stays as it is."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from contract.identifiers import version_id
from contract.messages.configuration import Edit
from contract.messages.pricing import PricingRuleBody
from contract.pricing.writing import canonical_price
from hosted.storage.base import Transaction
from hosted.storage.configuration_records import ConfigRow


def published(transaction: Transaction, edit: Edit, body: PricingRuleBody) -> dict[str, Any]:
    """The body of a rule's next version, its price in the one spelling. It was checked before."""
    price = None if body.price is None else canonical_price(body.price)
    version = _next_version(transaction, edit.entity_id)
    return {**body.model_dump(mode="json"), "price": price, "version": version}


def ended(transaction: Transaction, rule: ConfigRow, now_us: int) -> dict[str, Any]:
    """The body of the last version of a rule that is deleted: no price from today on."""
    today = _today(transaction, rule.application_id, now_us)
    version = _next_version(transaction, rule.entity_id)
    without = {"price": None, "effective_from": today, "note": "", "version": version}
    return {**(rule.body or {}), **without}


def put_version(
    transaction: Transaction, rule_id: str, body: Mapping[str, Any], now_us: int
) -> ConfigRow:
    """Store a version of a rule beside the others."""
    moment = datetime.fromtimestamp(now_us // 1_000_000, UTC)
    kept = {**body, "rule_id": rule_id, "published_at": moment.strftime("%Y-%m-%dT%H:%M:%SZ")}
    key = version_id(rule_id, body["version"])
    return transaction.put_configuration("rule_version", key, body["application_id"], kept)


def _next_version(transaction: Transaction, rule_id: str) -> int:
    """One more than the last: the newest body knows its number; a tombstone does not."""
    stored = transaction.configuration("pricing_rule", rule_id)
    version = 0 if stored is None or stored.body is None else int(stored.body["version"])
    while transaction.configuration("rule_version", version_id(rule_id, version + 1)) is not None:
        version += 1
    return version + 1


def _today(transaction: Transaction, application_id: str, now_us: int) -> str:
    """The day it is in the application's time zone."""
    application = transaction.configuration("application", application_id)
    body = {} if application is None else application.body or {}
    zone = ZoneInfo(body.get("time_zone", "UTC"))
    return datetime.fromtimestamp(now_us / 1_000_000, zone).date().isoformat()
