"""Policies: how callers of an endpoint are recognised, limited and metered; blocks beside them."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from contract.identifiers import policy_id
from desktop.domain.ids import ApplicationId, PolicyId
from desktop.domain.policies import (
    Advice,
    Endpoint,
    MeteringTrial,
    Policy,
    PolicyDraft,
    SampleCall,
)
from desktop.domain.policy_text import checked_policy
from desktop.services.calls import callable_from_window
from desktop.services.endpoint_rules import endpoint_rules, sdk_kinds
from desktop.services.metering_bench import check_expressions, try_metering
from desktop.services.storage.rows import POLICIES

if TYPE_CHECKING:
    from desktop.services.row_editor import RowEditor
    from desktop.services.storage.vault import Vault


class PolicyService:
    def __init__(self, vault: "Vault", rows: "RowEditor") -> None:
        self._vault = vault
        self._rows = rows

    @callable_from_window
    def endpoints(self, application_id: ApplicationId) -> tuple[Endpoint, ...]:
        """Every endpoint and function with what rules it; spellings of one route side by side."""
        with self._vault.reading() as db:
            return endpoint_rules(db, application_id)

    @callable_from_window
    def save_policy(
        self, draft: PolicyDraft, seen: Policy | None, other_urls: tuple[str, ...]
    ) -> Policy:
        """Make or replace a policy, and the same one for other spellings of its route.

        All of it or nothing. `seen` is what the owner was looking at.
        Raises: InvalidInput with the field, or while a row has a conflict; VaultError.
        """
        drafts = (draft, *(replace(draft, url=url) for url in other_urls))
        policies = tuple(_with_id(checked_policy(one)) for one in drafts)
        check_expressions(policies[0].metering)
        return self._rows.save_all(POLICIES, policies, seen)[0]

    @callable_from_window
    def delete_policy(self, policy_id: PolicyId) -> None:
        """Take a policy away and queue the deletion. Raises: InvalidInput, VaultError."""
        self._rows.delete(POLICIES, policy_id)

    @callable_from_window
    def restore_policy(self, policy: Policy) -> Policy:
        """Undo a deletion or a change."""
        return self._rows.save(POLICIES, policy)

    @callable_from_window
    def discard_rejected(self, policy_id: PolicyId) -> None:
        """Drop an edit the service refused and show the service's policy again."""
        self._rows.discard_rejected(POLICIES, policy_id)

    @callable_from_window
    def advice(self, draft: PolicyDraft) -> tuple[Advice, ...]:
        """What the SDKs of the application would really do with this draft, worst first."""
        from desktop.services.sdk_advice import advice_on_policy  # not for the window to load

        with self._vault.reading() as db:
            kinds = sdk_kinds(db, draft.application_id)
        return advice_on_policy(draft, kinds)

    @callable_from_window
    def try_metering(self, draft: PolicyDraft, sample: SampleCall) -> MeteringTrial:
        """What the sample and recorded calls would count; asks no service.

        Raises: InvalidInput (field `expression`, `condition` or one of the sample).
        """
        with self._vault.reading() as db:
            return try_metering(db, draft, sample)

    def policies(self, application_id: ApplicationId) -> Iterable[Policy]:
        """For scripts."""
        with self._vault.reading() as db:
            return POLICIES.of_application(db, application_id)


def _with_id(policy: Policy) -> Policy:
    found = policy_id(policy.application_id, policy.method, policy.url, policy.function)
    return replace(policy, policy_id=PolicyId(found))
