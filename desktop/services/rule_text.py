"""Rules and plans as files hold them: YAML or JSON, in an order that does not change by itself."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

import yaml

from contract.terms import Meter
from desktop.domain.errors import InvalidInput
from desktop.domain.ids import ApplicationId, CustomerId, PlanId, RuleId
from desktop.domain.pricing.changes import FileProblem
from desktop.domain.pricing.drafts import RuleDraft, checked_terms
from desktop.domain.pricing.published import Plan, PricingRule, Terms
from desktop.services.marked_yaml import MarkedTree, Unreadable, read_marked

SCHEMA: Final = "1"
"""Version of the files; a file of another one is refused in words."""
SCHEMA_FIELD: Final = "usageflow_pricing"
RULE_FIELDS: Final = frozenset({
    "id", "name", "method", "url", "customer_id", "meter", "measure", "effective_from", "note",
    "price",
})  # fmt: skip
PLAN_FIELDS: Final = frozenset({"id", "name", "description", "rule_ids"})


class FileFormat(StrEnum):
    YAML = "yaml"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class FileRule:
    """A rule of a file; without an id it is found by its name."""

    rule_id: RuleId | None
    terms: Terms
    path: str


@dataclass(frozen=True, slots=True)
class FilePlan:
    """A plan of a file, its rules by id."""

    plan_id: PlanId | None
    name: str
    description: str
    rule_ids: tuple[RuleId, ...]
    path: str


@dataclass(frozen=True, slots=True)
class RuleFile:
    rules: tuple[FileRule, ...] = ()
    plans: tuple[FilePlan, ...] = ()
    problems: tuple[FileProblem, ...] = ()
    """Where there is one, the rest is not to be used."""


def written(rules: Iterable[PricingRule], plans: Iterable[Plan], form: FileFormat) -> str:
    """A file with rules and plans by id; the same ones give the same bytes."""
    tree = {
        SCHEMA_FIELD: SCHEMA,
        "rules": [
            {"id": rule.rule_id, **terms_tree(rule)}
            for rule in sorted(rules, key=lambda one: one.rule_id)
        ],
        "plans": [
            {"id": plan.plan_id, **plan_tree(plan)}
            for plan in sorted(plans, key=lambda one: one.plan_id)
        ],
    }
    return tree_text(tree, form)


def tree_text(tree: Mapping[str, Any], form: FileFormat = FileFormat.YAML) -> str:
    """A tree as text; numbers stay in quotes, so that no reader takes them for binary ones."""
    if form is FileFormat.JSON:
        return json.dumps(tree, indent=2, ensure_ascii=False) + "\n"
    return str(yaml.safe_dump(dict(tree), sort_keys=False, allow_unicode=True, width=100))


def terms_tree(terms: Terms) -> dict[str, Any]:
    """What a version of a rule says; what says nothing is left out."""
    said = {
        "name": terms.name,
        "method": terms.method,
        "url": terms.url,
        "customer_id": terms.customer_id,
        "meter": terms.meter.value,
        "measure": terms.measure or None,
        "effective_from": terms.effective_from.isoformat(),
        "note": terms.note or None,
    }
    return {name: value for name, value in said.items() if value is not None} | {
        "price": terms.price
    }


def plan_tree(plan: Plan | FilePlan) -> dict[str, Any]:
    said = {"name": plan.name, "description": plan.description or None}
    return {name: value for name, value in said.items() if value is not None} | {
        "rule_ids": list(plan.rule_ids)
    }


def read_rule_file(content: bytes, application_id: ApplicationId, today: date) -> RuleFile:
    """The rules and plans of a file, or every problem in it with its line and field."""
    try:
        tree = read_marked(content)
    except Unreadable as error:
        return RuleFile(problems=(FileProblem(error.line, "file", str(error)),))
    return _Reading(tree, application_id, today).file()


class _Reading:
    """Collects what can be read and what cannot."""

    def __init__(self, tree: MarkedTree, application_id: ApplicationId, today: date) -> None:
        self._tree = tree
        self._application_id = application_id
        self._today = today
        self._problems: list[FileProblem] = []

    def file(self) -> RuleFile:
        root = self._tree.value if isinstance(self._tree.value, dict) else {}
        if root.get(SCHEMA_FIELD) != SCHEMA:
            said = f'A pricing file begins with {SCHEMA_FIELD}: "{SCHEMA}". Nothing was changed.'
            self._note(SCHEMA_FIELD, InvalidInput(said))
        self._unknown(root, "", frozenset({SCHEMA_FIELD, "rules", "plans"}))
        rules = [self._read(self._rule, *part) for part in self._parts(root, "rules")]
        plans = [self._read(self._plan, *part) for part in self._parts(root, "plans")]
        found = tuple(rule for rule in rules if rule), tuple(plan for plan in plans if plan)
        self._check_twice(found[0], "rule_id")
        self._check_twice(found[1], "plan_id")
        return RuleFile(*found, tuple(self._problems))

    def _parts(self, root: dict[str, Any], name: str) -> list[tuple[dict[str, Any], str]]:
        parts = root.get(name) or []
        if not isinstance(parts, list):
            self._note(name, InvalidInput("A list is needed here. Nothing was changed."))
            return []
        found = []
        for place, part in enumerate(parts):
            path = f"{name}[{place}]"
            if isinstance(part, dict):
                found.append((part, path))
            else:
                self._note(path, InvalidInput("An object is needed here. Nothing was changed."))
        return found

    def _read(
        self, read: Callable[[dict[str, Any], str], Any], part: dict[str, Any], path: str
    ) -> Any:  # noqa: ANN401 (a rule or a plan)
        try:
            return read(part, path)
        except InvalidInput as error:
            self._note(f"{path}.{error.field}" if error.field else path, error)
            return None

    def _rule(self, part: dict[str, Any], path: str) -> FileRule:
        self._unknown(part, path, RULE_FIELDS)
        draft = RuleDraft(
            self._application_id,
            name=_text(part, "name"),
            method=_text(part, "method", "*"),
            url=_text(part, "url", "*"),
            customer_id=CustomerId(_text(part, "customer_id")) or None,
            meter=_meter(_text(part, "meter", Meter.UNITS)),
            measure=_text(part, "measure"),
            price=part.get("price"),
            effective_from=_day(_text(part, "effective_from")),
            note=_text(part, "note"),
        )
        rule_id = _text(part, "id")
        terms = checked_terms(draft, self._today)
        return FileRule(RuleId(rule_id) if rule_id else None, terms, path)

    def _plan(self, part: dict[str, Any], path: str) -> FilePlan:
        self._unknown(part, path, PLAN_FIELDS)
        rule_ids = part.get("rule_ids") or []
        if not isinstance(rule_ids, list) or not all(isinstance(one, str) for one in rule_ids):
            raise InvalidInput("A list of rule ids is needed here.", field="rule_ids")
        plan_id, name = _text(part, "id"), _text(part, "name")
        if not name:
            raise InvalidInput("A plan needs a name. Nothing was changed.", field="name")
        own = tuple(map(RuleId, rule_ids))
        return FilePlan(
            PlanId(plan_id) if plan_id else None, name, _text(part, "description"), own, path
        )

    def _unknown(self, part: dict[str, Any], path: str, known: frozenset[str]) -> None:
        for name in part:
            if name not in known:
                said = f"There is no such field. The fields are: {', '.join(sorted(known))}."
                self._note(f"{path}.{name}" if path else name, InvalidInput(said))

    def _check_twice(self, rows: Iterable[FileRule | FilePlan], id_field: str) -> None:
        """An id, or the name of a row without one, names one row only."""
        seen = set[tuple[str, str]]()
        for row in rows:
            row_id = getattr(row, id_field)
            name = row.terms.name if isinstance(row, FileRule) else row.name
            key = ("id", row_id) if row_id else ("name", name)
            if key in seen:
                said = f"This {key[0]} stands in the file twice. Nothing was changed."
                self._note(f"{row.path}.{key[0]}", InvalidInput(said))
            seen.add(key)

    def _note(self, path: str, error: InvalidInput) -> None:
        self._problems.append(FileProblem(self._tree.line_of(path), path, str(error)))


def _text(part: dict[str, Any], name: str, otherwise: str = "") -> str:
    value = part.get(name)
    if value is None:
        return otherwise
    if not isinstance(value, str):
        raise InvalidInput("Text is needed here. Nothing was changed.", field=name)
    return value


def _meter(text: str) -> Meter:
    try:
        return Meter(text)
    except ValueError as error:
        said = f"This is no meter. Nothing was changed. Write one of: {', '.join(Meter)}."
        raise InvalidInput(said, field="meter") from error


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        said = "This is no day. Nothing was changed. Write it as 2026-12-01."
        raise InvalidInput(said, field="effective_from") from error
