"""The one spelling of a question: as JSON in saved views, as a link, and back.

Equal questions are spelled alike: what is as usual is left out, filters and their keys are in
order and each once. A link is `usageflow://usage?from=2026-06-01&to=2026-07-01&group=endpoint`;
`only` and `not` may come several times, each a dimension, a colon, and keys between commas,
percent-encoded.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final, NoReturn
from urllib.parse import parse_qs, quote, unquote, urlsplit

import msgspec

from desktop.domain.errors import InvalidInput
from desktop.domain.ids import ApplicationId
from desktop.domain.usage import DateRange
from desktop.domain.usage_questions import (
    Comparison,
    Dimension,
    Filter,
    Grain,
    Measure,
    Question,
)

SCHEME: Final = "usageflow"
HOST: Final = "usage"
MOST_CHARACTERS: Final = 65_536
_WHOLE: Final = ("measure", "app", "grain", "group", "compare", "top", "from", "to")
_FILTERS: Final = ("only", "not")


class _Spelled(msgspec.Struct, forbid_unknown_fields=True, rename={"from_": "from", "not_": "not"}):
    """The parts of a question under the names of its spelling."""

    from_: date
    to: date
    measure: Measure = Measure.REQUESTS
    app: str = ""
    grain: Grain = Grain.DAY
    group: Dimension | None = None
    compare: Comparison = Comparison.NONE
    top: int = 5
    only: dict[Dimension, list[str]] = {}
    not_: dict[Dimension, list[str]] = {}


def canonical(question: Question) -> Question:
    """The question with its filters in order; an equal one for everyone who means the same."""
    return _question(_parts(question))


def spelled(question: Question) -> str:
    """The question as JSON."""
    return json.dumps(_parts(question), separators=(",", ":"), sort_keys=True, ensure_ascii=False)


def question_from(text: str) -> Question:
    """The question of a JSON spelling. Raises: InvalidInput (field `question`)."""
    try:
        return _question(json.loads(text[: MOST_CHARACTERS + 1]))
    except (ValueError, RecursionError) as error:
        _refuse(error)


def link_to(question: Question) -> str:
    """The question as a link."""
    return f"{SCHEME}://{HOST}?{'&'.join(_link_parts(question))}"


def question_of_link(link: str) -> Question:
    """The question of a link from anywhere. Raises: InvalidInput (field `question`)."""
    try:
        parts = urlsplit(link[: MOST_CHARACTERS + 1])
        if (parts.scheme, parts.netloc, parts.path.strip("/")) != (SCHEME, HOST, ""):
            raise InvalidInput(
                f"This is no link to usage: it has to begin with {SCHEME}://{HOST}? .",
                field="question",
            )
        return _question(_from_link(parse_qs(parts.query, strict_parsing=True, max_num_fields=64)))
    except ValueError as error:
        _refuse(error)


def filter_of_text(text: str, *, excludes: bool) -> Filter:
    """A filter such as `endpoint:end_1,end_2`. Raises: InvalidInput (field `filter`)."""
    name, colon, keys = text.partition(":")
    try:
        dimension = Dimension(name)
    except ValueError as error:
        raise InvalidInput(
            f"“{name}” is nothing usage can be filtered by. Nothing was done. Use one of "
            f"{', '.join(Dimension)}, a colon, and keys between commas.",
            field="filter",
        ) from error
    if not colon:
        raise InvalidInput(
            f"The filter on {name} names no keys. Nothing was done. Write {name}: and the keys, "
            "with commas between them.",
            field="filter",
        )
    return Filter(dimension, tuple(unquote(key) for key in keys.split(",") if key), excludes)


def _parts(question: Question) -> dict[str, Any]:
    """What is not as usual, by its name in JSON."""
    period = question.period
    parts: dict[str, Any] = {"from": period.start.isoformat(), "to": period.end.isoformat()}
    usual = Question(period)
    compared = (
        ("measure", question.measure, usual.measure),
        ("app", question.application_id, usual.application_id),
        ("grain", question.grain, usual.grain),
        ("group", question.group_by, usual.group_by),
        ("compare", question.comparison, usual.comparison),
        ("top", question.top, usual.top),
    )
    parts |= {name: value for name, value, standard in compared if value != standard}
    for name, excludes in (("only", False), ("not", True)):
        chosen = [one for one in question.filters if one.excludes is excludes]
        if chosen:
            parts[name] = _by_dimension(chosen, excludes=excludes)
    return parts


def _by_dimension(filters: Sequence[Filter], *, excludes: bool) -> dict[str, list[str]]:
    """Keys of the filters of one kind; several on one dimension all hold."""
    found: dict[str, set[str]] = {}
    for one in filters:
        keys = set(one.keys)
        if one.dimension not in found:
            found[one.dimension] = keys
        elif excludes:
            found[one.dimension] |= keys
        else:
            found[one.dimension] &= keys
    return {name: sorted(keys) for name, keys in sorted(found.items())}


def _link_parts(question: Question) -> Iterable[str]:
    parts = _parts(question)
    for name in _WHOLE:
        if name in parts:
            yield f"{name}={quote(str(parts[name]), safe='')}"
    for name in _FILTERS:
        for dimension, keys in parts.get(name, {}).items():
            # Commas between keys, so those within a key are encoded twice.
            text = f"{dimension}:{','.join(quote(key, safe='') for key in keys)}"
            yield f"{name}={quote(text, safe=':,')}"


def _from_link(given: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    for name, values in given.items():
        if name in _FILTERS:
            filters = [filter_of_text(text, excludes=name == "not") for text in values]
            parts[name] = _by_dimension(filters, excludes=name == "not")
        elif len(values) > 1:
            raise InvalidInput(f"The link says “{name}” twice. Nothing was done.", field="question")
        else:
            parts[name] = int(values[0]) if name == "top" else values[0]
    return parts


def _question(parts: Mapping[str, Any]) -> Question:
    spelled_ = msgspec.convert(parts, _Spelled)
    filters = [
        Filter(dimension, tuple(sorted(set(keys))), excludes)
        for excludes, found in ((False, spelled_.only), (True, spelled_.not_))
        for dimension, keys in sorted(found.items())
    ]
    question = Question(
        DateRange(spelled_.from_, spelled_.to),
        spelled_.measure,
        grain=spelled_.grain,
        group_by=spelled_.group,
        filters=tuple(filters),
        comparison=spelled_.compare,
        top=spelled_.top,
    )
    return replace(question, application_id=ApplicationId(spelled_.app) if spelled_.app else None)


def _refuse(error: Exception) -> NoReturn:
    raise InvalidInput(
        "This is not a question about usage that this version understands. Nothing was done.",
        field="question",
    ) from error
