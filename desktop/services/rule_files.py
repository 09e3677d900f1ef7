"""Rules and plans out of the vault into a file and back, such as a file in git."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop.domain.errors import InvalidInput
from desktop.domain.ids import ApplicationId, PlanId, RuleId
from desktop.domain.pricing.changes import (
    FileAction,
    FileChange,
    FilePreview,
    FileProblem,
    textual,
)
from desktop.domain.pricing.published import Plan, PricingRule
from desktop.services.calls import callable_from_window
from desktop.services.publishing import rule_of, today_in
from desktop.services.storage.rows import PLANS, RULES

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.publishing import Publisher
    from desktop.services.rule_text import FilePlan, FileRule, RuleFile
    from desktop.services.storage.vault import Vault

MAX_PROBLEMS_SAID = 20


@dataclass(frozen=True, slots=True)
class _Step:
    """What to do with one rule or plan of a file."""

    change: FileChange
    value: PricingRule | Plan | None = None
    seen: PricingRule | Plan | None = None


class RuleFileService:
    def __init__(
        self,
        vault: "Vault",
        publisher: "Publisher",
        new_id: Callable[[], str],
        clock: Callable[[], datetime],
    ) -> None:
        self._vault = vault
        self._publisher = publisher
        self._new_id = new_id
        self._clock = clock

    @callable_from_window
    def export_file(self, application_id: ApplicationId, path: str) -> int:
        """Write the newest version of every rule, and the plans; how many rules.

        JSON for a name that ends with `.json`, else YAML. Raises: InvalidInput (field `file`).
        """
        from desktop.services.rule_text import FileFormat

        form = FileFormat.JSON if path.lower().endswith(".json") else FileFormat.YAML
        text, count = self._text(application_id, form)
        try:
            Path(path).write_text(text, encoding="utf-8", newline="\n")
        except OSError as error:
            raise InvalidInput(
                "The file could not be written. Nothing in the vault was changed. Choose another "
                "place.",
                field="file",
            ) from error
        return count

    def text(self, application_id: ApplicationId, form: str) -> str:
        """The same as text; `form` is `yaml` or `json`."""
        from desktop.services.rule_text import FileFormat

        return self._text(application_id, FileFormat(form))[0]

    @callable_from_window
    def preview_file(self, application_id: ApplicationId, path: str, only: str = "") -> FilePreview:
        """What importing a file would do, or every problem in it with its line; stores nothing.

        `only` is the id or name of the only rule to look at.

        Raises: InvalidInput (field `file`) when it cannot be read at all.
        """
        return self.preview(application_id, content_of(path), only)

    @callable_from_window
    def import_file(self, application_id: ApplicationId, path: str, only: str = "") -> FilePreview:
        """Publish what is new or changed in a file, all or nothing; what was done.

        `only` is the id or name of the only rule to publish.

        Raises: InvalidInput with line and field of what cannot be used; VaultError.
        """
        return self.take(application_id, content_of(path), only)

    def preview(self, application_id: ApplicationId, content: bytes, only: str = "") -> FilePreview:
        """As `preview_file`, of what was read already."""
        with self._vault.reading() as db:
            file = self._read(db, application_id, content)
            if file.problems:
                return FilePreview(problems=file.problems)
            steps = _chosen(self._steps(db, application_id, file), only)
            return FilePreview(tuple(step.change for step in steps))

    def take(self, application_id: ApplicationId, content: bytes, only: str = "") -> FilePreview:
        """As `import_file`, of what was read already."""
        with self._vault.transaction() as db:
            file = self._read(db, application_id, content)
            if file.problems:
                raise InvalidInput(_said(file.problems), field=file.problems[0].field)
            steps = _chosen(self._steps(db, application_id, file), only)
            for step in steps:
                self._apply(db, step)
        self._publisher.edited()
        return FilePreview(tuple(step.change for step in steps))

    def _text(self, application_id: ApplicationId, form: Any) -> tuple[str, int]:  # noqa: ANN401
        from desktop.services.rule_text import written

        with self._vault.reading() as db:
            rules = RULES.of_application(db, application_id)
            plans = PLANS.of_application(db, application_id)
        return written(rules, plans, form), len(rules)

    def _read(self, db: "Connection", application_id: ApplicationId, content: bytes) -> "RuleFile":
        from desktop.services.rule_text import read_rule_file

        return read_rule_file(content, application_id, today_in(db, application_id, self._clock()))

    def _steps(
        self, db: "Connection", application_id: ApplicationId, file: "RuleFile"
    ) -> list[_Step]:
        today = today_in(db, application_id, self._clock())
        rules = {rule.rule_id: rule for rule in RULES.of_application(db, application_id)}
        plans = {plan.plan_id: plan for plan in PLANS.of_application(db, application_id)}
        steps = [self._rule_step(rules, one, today) for one in file.rules]
        steps += [self._plan_step(application_id, plans, one) for one in file.plans]
        named = {step.value and _id_of(step.value) for step in steps}
        named |= {step.change.row_id for step in steps}
        rows: tuple[PricingRule | Plan, ...] = (*rules.values(), *plans.values())
        for row in rows:
            if _id_of(row) not in named:
                steps.append(_Step(_change(FileAction.LEFT, row, _id_of(row))))
        return steps

    def _rule_step(self, known: dict[RuleId, PricingRule], one: "FileRule", today: date) -> _Step:
        from desktop.services.rule_text import terms_tree, tree_text

        by_name = (rule for rule in known.values() if rule.name == one.terms.name)
        seen = known.get(one.rule_id) if one.rule_id else next(by_name, None)
        rule_id = one.rule_id or (seen.rule_id if seen else RuleId(f"rule_{self._new_id()}"))
        value = rule_of(one.terms, rule_id)
        before = "" if seen is None else tree_text(terms_tree(seen))
        diff = textual(before, tree_text(terms_tree(value)), value.name)
        if not diff:
            return _Step(_change(FileAction.UNCHANGED, value, rule_id))
        action = FileAction.NEW if seen is None else FileAction.CHANGED
        is_past = value.effective_from < today
        change = replace(
            _change(action, value, rule_id if seen else ""), diff=diff, changes_past=is_past
        )
        return _Step(change, value, seen)

    def _plan_step(
        self, application_id: ApplicationId, known: dict[PlanId, Plan], one: "FilePlan"
    ) -> _Step:
        from desktop.services.rule_text import plan_tree, tree_text

        by_name = (plan for plan in known.values() if plan.name == one.name)
        seen = known.get(one.plan_id) if one.plan_id else next(by_name, None)
        plan_id = one.plan_id or (seen.plan_id if seen else PlanId(f"plan_{self._new_id()}"))
        value = Plan(plan_id, application_id, one.name, one.description, one.rule_ids)
        before = "" if seen is None else tree_text(plan_tree(seen))
        diff = textual(before, tree_text(plan_tree(value)), value.name)
        if not diff:
            return _Step(_change(FileAction.UNCHANGED, value, plan_id))
        action = FileAction.NEW if seen is None else FileAction.CHANGED
        return _Step(
            replace(_change(action, value, plan_id if seen else ""), diff=diff), value, seen
        )

    def _apply(self, db: "Connection", step: _Step) -> None:
        if isinstance(step.value, PricingRule):
            seen = step.seen if isinstance(step.seen, PricingRule) else None
            self._publisher.put(db, step.value, seen)
        elif isinstance(step.value, Plan):
            seen_plan = step.seen if isinstance(step.seen, Plan) else None
            self._publisher.rows.put(db, PLANS, step.value, seen_plan)


def _chosen(steps: list[_Step], only: str) -> list[_Step]:
    """The step of one rule of the file, or all of them. Raises: InvalidInput."""
    if not only:
        return steps
    known = [
        step
        for step in steps
        if step.change.action is not FileAction.LEFT
        and only in {step.change.row_id, step.change.name}
    ]
    if len(known) != 1:
        raise InvalidInput(
            "The file has no such rule, or several. Nothing was changed. Name it by its id.",
            field="rule",
        )
    return known


def _change(action: FileAction, row: PricingRule | Plan, row_id: str) -> FileChange:
    kind = "rule" if isinstance(row, PricingRule) else "plan"
    return FileChange(action, kind, row_id, row.name)


def _id_of(row: PricingRule | Plan) -> str:
    return row.rule_id if isinstance(row, PricingRule) else row.plan_id


def content_of(path: str) -> bytes:
    """What a file of rules holds, card numbers masked. Raises: InvalidInput (field `file`)."""
    from contract.card_numbers import masked_bytes
    from desktop.services.marked_yaml import MAX_BYTES

    try:
        with Path(path).open("rb") as file:
            return masked_bytes(file.read(MAX_BYTES + 1))
    except OSError as error:
        raise InvalidInput(
            "The file could not be read. Nothing was changed. Choose another one.", field="file"
        ) from error


def _said(problems: tuple[FileProblem, ...]) -> str:
    """All problems, a line each."""
    lines = [f"Line {one.line}, {one.field}: {one.message}" for one in problems]
    if len(lines) > MAX_PROBLEMS_SAID:
        lines[MAX_PROBLEMS_SAID:] = [f"… and {len(lines) - MAX_PROBLEMS_SAID:,} more."]
    return "\n".join(lines)
