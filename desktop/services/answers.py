"""What a service may answer, read strictly: anything else is `Rubbish`, with the reason in words.

Pages are checked here so that no value the vault could refuse ever reaches it.
"""

import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

import msgspec
import zstandard
from pydantic import BaseModel, ValidationError

from contract import durations
from contract.messages.applications import ApplicationBody, CatalogBody, EndpointBody
from contract.messages.configuration import (
    ChangesPage,
    ConfigurationRow,
    EditResult,
    PushAnswer,
)
from contract.messages.customers import CustomerBody, IdentityBody
from contract.messages.policies import BlockBody, LimitOverrideBody, PolicyBody, ScrubRuleBody
from contract.messages.pricing import (
    CustomerPlanBody,
    PlanBody,
    PricingRuleBody,
    RuleVersionBody,
)
from contract.messages.rollups import (
    CustomerDay,
    EndpointHour,
    PageEnd,
    RollupLine,
    RollupRow,
)
from contract.pricing.errors import InvalidField
from contract.pricing.parsing import rule_from

MAX_BODY_BYTES: Final = 64 * 1024 * 1024
MAX_INTEGER: Final = 2**63 - 1
MAX_HOUR: Final = 253_402_300_799
"""Last second of the year 9999: what is later cannot be shown as a date."""
MAX_DAY: Final = 2_932_896
"""9999-12-31."""
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
    "scrub_rule": ScrubRuleBody,
    "catalog": CatalogBody,
    "identity": IdentityBody,
}
_DECODER: Final = msgspec.json.Decoder(RollupLine)

Model = TypeVar("Model", bound=BaseModel)


class Rubbish(Exception):
    """An answer that no UsageFlow service gives; the text says why, without quoting it."""


@dataclass(frozen=True, slots=True)
class RollupPage:
    rows: tuple[RollupRow, ...]
    next_cursor: str
    has_more: bool
    server_time_us: int


def message(model: type[Model], content: bytes) -> Model:
    """Raises: Rubbish."""
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        raise Rubbish("the answer is not the message that was expected") from error


def changes_page(content: bytes) -> ChangesPage:
    """A page whose row bodies hold the known fields of their entity, checked. Raises: Rubbish."""
    page = message(ChangesPage, content)
    return page.model_copy(update={"rows": tuple(_checked_row(row) for row in page.rows)})


def push_results(content: bytes, keys: Sequence[str]) -> tuple[EditResult, ...]:
    """One result for each idempotency key, in the order of `keys`. Raises: Rubbish."""
    results = {result.idempotency_key: result for result in message(PushAnswer, content).results}
    if any(key not in results for key in keys):
        raise Rubbish("an edit got no answer")
    return tuple(_checked_result(results[key]) for key in keys)


def rollup_page(content: bytes) -> RollupPage:
    """Raises: Rubbish; above all for a page that was cut off."""
    lines = _lines(content)
    end = lines[-1] if lines else None
    if not isinstance(end, PageEnd):
        raise Rubbish("a page of usage was cut off")
    rows = tuple(line for line in lines if not isinstance(line, PageEnd))
    if len(rows) != end.rows or len(lines) != end.rows + 1 or not end.next_cursor:
        raise Rubbish("a page of usage is incomplete")
    if not all(_is_plausible(row) for row in rows):
        raise Rubbish("a page of usage holds impossible numbers")
    return RollupPage(rows, end.next_cursor, end.has_more, end.server_time_us)


def moment(timestamp: str) -> datetime:
    """Aware UTC moment of a checked timestamp. Raises: Rubbish for a day that does not exist."""
    try:
        return datetime.fromisoformat(timestamp)
    except ValueError as error:
        raise Rubbish("the service's time is not a time") from error


def _lines(content: bytes) -> list[RollupLine]:
    reader = zstandard.ZstdDecompressor().stream_reader(
        io.BytesIO(content), read_across_frames=True
    )
    try:
        text = reader.read(MAX_BODY_BYTES + 1)
    except zstandard.ZstdError as error:
        raise Rubbish("a page of usage is not compressed as it should be") from error
    if len(text) > MAX_BODY_BYTES:
        raise Rubbish("a page of usage is too large")
    try:
        return _DECODER.decode_lines(text)
    except msgspec.DecodeError as error:
        raise Rubbish("a page of usage cannot be read") from error


def _checked_row(row: ConfigurationRow) -> ConfigurationRow:
    if row.deleted:
        return row.model_copy(update={"body": None})
    model = BODIES[row.entity]
    known = {name: value for name, value in (row.body or {}).items() if name in model.model_fields}
    body = message(model, json.dumps(known).encode())
    if isinstance(body, PricingRuleBody) and body.price is not None:
        _check_price(body.price)
    return row.model_copy(update={"body": body.model_dump(mode="json")})


def _check_price(price: object) -> None:
    try:
        rule_from(price)
    except InvalidField as error:
        raise Rubbish("a rule has a price that cannot be read") from error


def _checked_result(result: EditResult) -> EditResult:
    if result.outcome == "accepted" and result.revision is None:
        raise Rubbish("an edit was accepted without a revision")
    if result.current is None:
        return result
    return result.model_copy(update={"current": _checked_row(result.current)})


def _is_plausible(row: RollupRow) -> bool:
    """Whether the vault can store the row: no count below zero, nothing beyond 64 bits."""
    if isinstance(row, EndpointHour):
        counts: Iterable[int] = (
            row.requests,
            row.errors_4xx,
            row.errors_5xx,
            row.status_unknown,
            row.denied,
            row.unsettled,
            row.revision,
        )
        counted = _fit(row.durations[1::2], row.units) and durations.is_valid(row.durations)
        return counted and _is_time(row.hour, MAX_HOUR) and _fit(counts, row.units)
    if isinstance(row, CustomerDay):
        counts = (row.events, row.revision)
        return _is_time(row.day, MAX_DAY) and _fit(counts, row.quantity) and _fit((), row.peak)
    return _is_time(row.hour, MAX_HOUR) and _fit((row.requests, row.revision), row.units)


def _is_time(value: int, latest: int) -> bool:
    return 0 <= value <= latest


def _fit(counts: Iterable[int], quantity: int) -> bool:
    return abs(quantity) <= MAX_INTEGER and all(0 <= count <= MAX_INTEGER for count in counts)


def json_object(content: bytes) -> dict[str, Any]:
    """Raises: Rubbish."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Rubbish("the answer is not JSON") from error
    if not isinstance(value, dict):
        raise Rubbish("the answer is not a JSON object")
    return value
