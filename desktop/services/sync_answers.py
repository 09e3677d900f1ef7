"""Answers of the sync feeds: pages read whole, their items one by one.

An item that cannot be is left out and named with the reason; the rest of its page is good. A page
whose frame is broken (cut off, no cursor, not decodable) is `Rubbish` as a whole and comes again.
"""

import io
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import msgspec
import zstandard
from pydantic import BaseModel, ValidationError

from contract import durations
from contract.messages.base import Answer, Timestamp
from contract.messages.configuration import ConfigurationRow, EditResult
from contract.messages.pricing import PricingRuleBody
from contract.messages.rollups import (
    CustomerDay,
    CustomerHour,
    EndpointHour,
    PageEnd,
    RollupLine,
    RollupRow,
)
from contract.pricing.errors import InvalidField
from contract.pricing.parsing import rule_from
from desktop.services.answers import BODIES, MAX_BODY_BYTES, Rubbish, message
from desktop.services.storage.outbox import PendingEdit
from desktop.services.storage.refusals import RefusedItem

MOST_NAMED: Final = 50
"""Refused items of a page that are named one by one; the rest is told as one."""
PLACE_OF: Final = re.compile(r"`\$\.?([A-Za-z0-9_.\[\]]*)`")
_DECODER: Final = msgspec.json.Decoder(RollupLine)

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class RollupPage:
    rows: tuple[RollupRow, ...]
    next_cursor: str
    has_more: bool
    refused: tuple[RefusedItem, ...] = ()
    reached_day: int | None = None
    oldest_day: int | None = None


@dataclass(frozen=True, slots=True)
class ConfigurationPage:
    """`rows` have the known fields of their kind as their bodies."""

    rows: tuple[ConfigurationRow, ...]
    next_cursor: str
    has_more: bool
    server_time: str
    usage_is_current: bool | None
    erasures: int = 0
    """Sequence of the newest erasure that the service noted."""
    refused: tuple[RefusedItem, ...] = ()


@dataclass(frozen=True, slots=True)
class PushAnswers:
    """One answer for each edit, in order; None where none came that can be."""

    results: tuple[EditResult | None, ...]
    refused: tuple[RefusedItem, ...] = ()


class _Frame(Answer):
    """`ChangesPage` with rows that are still to be read."""

    rows: tuple[object, ...]
    next_cursor: str
    has_more: bool
    server_time: Timestamp
    usage_is_current: bool | None = None
    erasures: int = 0


class _Answers(Answer):
    """`PushAnswer` with results that are still to be read."""

    results: tuple[object, ...]


class _CannotBe(Exception):
    """One item is refused; the text says why, without quoting it."""


def configuration_page(content: bytes) -> ConfigurationPage:
    """Raises: Rubbish."""
    frame = message(_Frame, content)
    if not frame.next_cursor:
        raise Rubbish("a page of configuration has no cursor")
    rows, refused = _sorted_out(frame.rows, _configuration_row, _row_name)
    return ConfigurationPage(
        rows=rows,
        next_cursor=frame.next_cursor,
        has_more=frame.has_more,
        server_time=frame.server_time,
        usage_is_current=frame.usage_is_current,
        erasures=frame.erasures,
        refused=refused,
    )


def push_answers(content: bytes, edits: Sequence[PendingEdit]) -> PushAnswers:
    """Raises: Rubbish."""
    by_key = {edit.idempotency_key: edit for edit in edits}
    results, refused = _sorted_out(
        message(_Answers, content).results, lambda item: _result(item, by_key), _result_name
    )
    found = {result.idempotency_key: result for result in results}
    missing = tuple(
        RefusedItem(edit.key.entity, edit.key.entity_id, "The service gave no answer to an edit.")
        for edit in edits
        if edit.idempotency_key not in found
    )
    answers = tuple(found.get(edit.idempotency_key) for edit in edits)
    return PushAnswers(answers, refused + missing)


def rollup_page(content: bytes) -> RollupPage:
    """Raises: Rubbish; above all for a page that was cut off."""
    lines, refused = _lines(_decompressed(content))
    end = lines[-1] if lines else None
    if not isinstance(end, PageEnd):
        raise Rubbish("a page of usage was cut off")
    rows = tuple(line for line in lines if not isinstance(line, PageEnd))
    if len(lines) != len(rows) + 1 or not end.next_cursor:
        raise Rubbish("a page of usage is incomplete")
    if len(rows) + len(refused) != end.rows:
        raise Rubbish("a page of usage is incomplete")
    possible, impossible = _sorted_out(rows, _possible, _rollup_name)
    return RollupPage(
        rows=possible,
        next_cursor=end.next_cursor,
        has_more=end.has_more,
        refused=_shortened((*refused, *impossible)),
        reached_day=end.reached_day,
        oldest_day=end.oldest_day,
    )


def _decompressed(content: bytes) -> bytes:
    reader = zstandard.ZstdDecompressor().stream_reader(
        io.BytesIO(content), read_across_frames=True
    )
    try:
        text = reader.read(MAX_BODY_BYTES + 1)
    except zstandard.ZstdError as error:
        raise Rubbish("a page of usage is not compressed as it should be") from error
    if len(text) > MAX_BODY_BYTES:
        raise Rubbish("a page of usage is too large")
    return text


def _lines(text: bytes) -> tuple[list[RollupLine], tuple[RefusedItem, ...]]:
    """The lines that can be read; one by one only where not all can."""
    try:
        return _DECODER.decode_lines(text), ()
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _one_by_one(text)


def _one_by_one(text: bytes) -> tuple[list[RollupLine], tuple[RefusedItem, ...]]:
    lines: list[RollupLine] = []
    refused: list[RefusedItem] = []
    for line in text.splitlines():
        try:
            lines.append(_DECODER.decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            refused.append(_unreadable(line, error))
    return lines, tuple(refused)


def _unreadable(line: bytes, error: Exception) -> RefusedItem:
    """Raises: Rubbish for a line that is not even an object: then the page itself is broken."""
    try:
        item = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Rubbish("a page of usage cannot be read") from error
    if not isinstance(item, dict) or item.get("t") == "end":
        raise Rubbish("a page of usage cannot be read") from error
    place = PLACE_OF.search(str(error))
    field = place[1] if place else ""
    reason = f"The field {field} is not what it has to be." if field else NOT_A_ROW
    names = ("application_id", "customer_id", "endpoint_id", "hour", "day")
    item_id = " ".join(str(item[name]) for name in names if name in item)
    return RefusedItem(str(item.get("t", "")), item_id, reason)


NOT_A_ROW: Final = "It is no row that this program knows."


def _sorted_out(
    items: Iterable[Any],
    read: Callable[[Any], Item],
    name: Callable[[Any], tuple[str, str]],
) -> tuple[tuple[Item, ...], tuple[RefusedItem, ...]]:
    """Items as read, and those that cannot be with their names and reasons."""
    good: list[Item] = []
    refused: list[RefusedItem] = []
    for item in items:
        try:
            good.append(read(item))
        except _CannotBe as reason:
            refused.append(RefusedItem(*name(item), str(reason)))
    return tuple(good), _shortened(tuple(refused))


def _shortened(refused: tuple[RefusedItem, ...]) -> tuple[RefusedItem, ...]:
    if len(refused) <= MOST_NAMED:
        return refused
    rest = RefusedItem("", "", "More items of the same page could not be taken.")
    return (*refused[:MOST_NAMED], rest)


def _possible(row: RollupRow) -> RollupRow:
    """Only histograms are left to be checked: the decoder knows the limits of all numbers."""
    if isinstance(row, EndpointHour) and not durations.is_valid(row.durations):
        raise _CannotBe("The field durations is not what it has to be.")
    return row


def _rollup_name(row: RollupRow) -> tuple[str, str]:
    match row:
        case EndpointHour():
            return "endpoint_hour", f"{row.application_id} {row.endpoint_id} {row.hour}"
        case CustomerDay():
            return "customer_day", f"{row.application_id} {row.customer_id} {row.day}"
        case CustomerHour():
            return "customer_hour", f"{row.application_id} {row.customer_id} {row.hour}"


def _configuration_row(item: object) -> ConfigurationRow:
    """A row with a checked body."""
    row = _checked(ConfigurationRow, item)
    if row.deleted:
        return row.model_copy(update={"body": None})
    model = BODIES[row.entity]
    known = {name: value for name, value in (row.body or {}).items() if name in model.model_fields}
    body = _checked(model, known)
    if isinstance(body, PricingRuleBody) and body.price is not None:
        _check_price(body.price)
    return row.model_copy(update={"body": body.model_dump(mode="json")})


def _check_price(price: object) -> None:
    try:
        rule_from(price)
    except InvalidField as error:
        raise _CannotBe("Its price cannot be read.") from error


def _row_name(item: object) -> tuple[str, str]:
    if not isinstance(item, dict):
        return "", ""
    return str(item.get("entity", "")), str(item.get("entity_id", ""))


def _result(item: object, by_key: dict[str, PendingEdit]) -> EditResult:
    result = _checked(EditResult, item)
    edit = by_key.get(result.idempotency_key)
    if edit is None:
        raise _CannotBe("It answers an edit that was not sent.")
    if result.outcome == "accepted" and result.revision is None:
        raise _CannotBe("An edit was accepted without a revision.")
    if result.current is None:
        return result
    current = _configuration_row(result.current.model_dump(mode="json"))
    if (current.entity, current.entity_id) != (edit.key.entity, edit.key.entity_id):
        raise _CannotBe("It answers an edit with another row.")
    return result.model_copy(update={"current": current})


def _result_name(item: object) -> tuple[str, str]:
    key = item.get("idempotency_key", "") if isinstance(item, dict) else ""
    return "edit", str(key)


Model = TypeVar("Model", bound=BaseModel)


def _checked(model: type[Model], item: object) -> Model:
    """Raises: _CannotBe with the field that is wrong."""
    try:
        return model.model_validate_json(json.dumps(item))
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False, include_context=False)[0]
        field = ".".join(str(part) for part in wrong["loc"])
        reason = f"The field {field} is not what it has to be." if field else NOT_A_ROW
        raise _CannotBe(reason) from error
