"""Policies: how callers of an endpoint are recognised, limited and metered."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from contract.identifiers import policy_id
from desktop.domain.ids import ApplicationId
from desktop.domain.policies import checked_method, checked_url, identity, rate_limit
from desktop.services.storage.configuration import RowKey

if TYPE_CHECKING:
    from desktop.services.editing import Edits
    from desktop.services.storage.vault import Vault


@dataclass(frozen=True, slots=True)
class PolicyDraft:
    """As typed; identity and limit may be empty."""

    method: str
    url: str
    identity: str
    """`location:name`, such as `header:X-User`."""
    limit: str = ""
    """`count/interval`, such as `100/minute`."""
    response_field: str = ""
    """Dotted path of the response value that counts as units; empty counts 1 a call."""


class PolicyService:
    def __init__(self, vault: "Vault", edits: "Edits", edited: Callable[[], None]) -> None:
        """`edited` is called after each edit was stored."""
        self._vault = vault
        self._edits = edits
        self._edited = edited

    def set_policy(self, application_id: ApplicationId, draft: PolicyDraft) -> str:
        """Make or replace the policy of an endpoint, queued like an edit in the window.

        Returns the policy's id. Raises: InvalidInput with the field; VaultError.
        """
        method, url = checked_method(draft.method), checked_url(draft.url)
        location, name = identity(draft.identity)
        allowed, interval = rate_limit(draft.limit)
        body = _policy_body(
            {
                "application_id": application_id,
                "method": method,
                "url": url,
                "identity_location": location,
                "identity_name": name,
                "limits": [{"allowed": allowed, "interval": interval}] if allowed else [],
                "metering": {"response_field": draft.response_field.strip() or None},
            }
        )
        key = RowKey("policy", policy_id(application_id, method, url))
        with self._vault.transaction() as db:
            self._edits.save(db, key, body)
        self._edited()
        return key.entity_id


def _policy_body(fields: dict[str, Any]) -> dict[str, Any]:
    """The whole body, as the service stores it: a field that was not typed has its default."""
    from contract.messages.policies import PolicyBody

    return PolicyBody.model_validate_json(json.dumps(fields)).model_dump(mode="json")
