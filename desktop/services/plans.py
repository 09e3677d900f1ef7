"""Plans, and which customer is on which from when to when."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from contract.identifiers import customer_plan_id
from desktop.domain.errors import InvalidInput
from desktop.domain.ids import ApplicationId, CustomerId, PlanId
from desktop.domain.policy_text import MAX_NAME
from desktop.domain.pricing.published import CustomerPlan, Plan, PlanTerm
from desktop.services.calls import callable_from_window
from desktop.services.storage.rows import CUSTOMER_PLANS, PLANS

if TYPE_CHECKING:
    from desktop.services.row_editor import RowEditor
    from desktop.services.storage.vault import Vault

NEW_PLAN = PlanId("")
"""Id of a plan that is not yet stored."""


class PlanService:
    def __init__(self, vault: "Vault", rows: "RowEditor", new_id: Callable[[], str]) -> None:
        self._vault = vault
        self._rows = rows
        self._new_id = new_id

    @callable_from_window
    def plans(self, application_id: ApplicationId) -> tuple[Plan, ...]:
        """By name."""
        with self._vault.reading() as db:
            found = PLANS.of_application(db, application_id)
        return tuple(sorted(found, key=lambda plan: (plan.name, plan.plan_id)))

    @callable_from_window
    def customer_plans(self, application_id: ApplicationId) -> tuple[CustomerPlan, ...]:
        """Every customer who is or was on a plan, or has rules of its own."""
        with self._vault.reading() as db:
            return CUSTOMER_PLANS.of_application(db, application_id)

    @callable_from_window
    def save_plan(self, plan: Plan, seen: Plan | None) -> Plan:
        """Make or change a plan and queue the edit; a new one gets its id here.

        Raises: InvalidInput with the field, or while the plan has a conflict; VaultError.
        """
        name = plan.name.strip()
        if not 1 <= len(name) <= MAX_NAME:
            raise InvalidInput(
                f"A plan needs a name of 1 to {MAX_NAME} characters. Nothing was changed.",
                field="name",
            )
        plan_id = plan.plan_id or PlanId(f"plan_{self._new_id()}")
        named = replace(plan, plan_id=plan_id, name=name, description=plan.description.strip())
        return self._rows.save(PLANS, named, seen)

    @callable_from_window
    def delete_plan(self, plan_id: PlanId) -> None:
        """Take a plan away and queue the deletion.

        Raises: InvalidInput while customers are or were on it, or it has a conflict; VaultError.
        """
        with self._vault.transaction() as db:
            used = (row for row in CUSTOMER_PLANS.everything(db) if _is_on(row, plan_id))
            if next(used, None) is not None:
                raise InvalidInput(
                    "Customers are or were on this plan, and their bills stand on it. Nothing was "
                    "changed. Take it from them first."
                )
            self._rows.remove(db, PLANS, plan_id)
        self._rows.edited()

    @callable_from_window
    def restore_plan(self, plan: Plan) -> Plan:
        """Undo a deletion or a change."""
        return self._rows.save(PLANS, plan)

    @callable_from_window
    def save_customer(
        self,
        application_id: ApplicationId,
        customer_id: CustomerId,
        terms: tuple[PlanTerm, ...],
        seen: CustomerPlan | None,
    ) -> CustomerPlan:
        """Put a customer on plans, in order and without overlaps; queue the edit.

        Raises: InvalidInput with the field, such as `terms.1.starts_on`; VaultError.
        """
        _check(terms)
        row_id = customer_plan_id(application_id, customer_id)
        row = CustomerPlan(row_id, application_id, customer_id, terms)
        return self._rows.save(CUSTOMER_PLANS, row, seen)


def _is_on(row: CustomerPlan, plan_id: PlanId) -> bool:
    return any(term.plan_id == plan_id for term in row.terms)


def _check(terms: tuple[PlanTerm, ...]) -> None:
    for place, term in enumerate(terms):
        if term.ends_before is not None and term.ends_before <= term.starts_on:
            raise _refused("This ends before it starts.", f"terms.{place}.ends_before")
        if term.plan_id is None and not term.override_ids:
            raise _refused("Name a plan, or rules of its own.", f"terms.{place}.plan_id")
    for place, (before, after) in enumerate(pairwise(terms), 1):
        if before.ends_before is None or after.starts_on < before.ends_before:
            raise _refused("This starts before the one before it ends.", f"terms.{place}.starts_on")


def _refused(what: str, field: str) -> InvalidInput:
    return InvalidInput(f"{what} Nothing was changed.", field=field)
