"""Policies: how callers of an endpoint are recognised, limited and metered."""

from dataclasses import dataclass

from desktop.domain.ids import ApplicationId


@dataclass(frozen=True, slots=True)
class PolicyDraft:
    """As typed: identity is `location:name` (`header:X-User`), limit is `count/interval` (`100/minute`)."""

    method: str
    url: str
    identity: str
    limit: str = ""
    response_field: str = ""


class PolicyService:
    def set_policy(self, application_id: ApplicationId, draft: PolicyDraft) -> str:
        """Make or replace the policy of an endpoint, queued like an edit in the window; return its id.

        Raises: InvalidInput with the field; VaultError.
        """
        raise NotImplementedError
