"""The policies of every application in memory, and who has limits of their own.

Lives on the event loop's thread.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Self

from contract.expressions.metering import MeteredAmount
from contract.messages.policies import LimitOverrideBody, PolicyBody
from contract.messages.rollups import UNMATCHED
from contract.terms import LimitEffect, PolicyKind
from hosted.clock import instant_us
from hosted.metering.endpoints import endpoint_id
from hosted.metering.limits import FOR_EVER_US, OwnLimits
from hosted.scrub.routes import FUNCTION_METHOD, function_url
from hosted.storage.configuration_records import ConfigRow

ANY: Final = "*"

Endpoint = tuple[str, str]
"""Method and url."""
FunctionPlace = tuple[str, str, str, str]
"""Method and url of the call, file and name of the function inside it."""


@dataclass(frozen=True, slots=True)
class Policy:
    policy_id: str
    body: PolicyBody
    metering: MeteredAmount

    @classmethod
    def of(cls, policy_id: str, body: PolicyBody) -> Self:
        """The policy with its metering compiled."""
        return cls(policy_id, body, MeteredAmount(body.metering))

    @property
    def is_function(self) -> bool:
        return self.body.kind is PolicyKind.FUNCTION

    @property
    def endpoint_id(self) -> str:
        """Id of the endpoint its events have."""
        body = self.body
        if self.is_function:
            place = function_url(body.function_path or "", body.function_name or "")
            return endpoint_id(body.application_id, FUNCTION_METHOD, place or UNMATCHED)
        return endpoint_id(body.application_id, body.method, body.url)

    @property
    def refuses(self) -> bool:
        """Whether SDKs have to ask before each call: a limit that only warns needs no answer."""
        return any(limit.effect is LimitEffect.REFUSE for limit in self.body.limits)


@dataclass(slots=True)
class _OfApplication:
    endpoints: dict[Endpoint, Policy] = field(default_factory=dict)
    functions: dict[FunctionPlace, Policy] = field(default_factory=dict)


class PolicyBook:
    """Policies by application and place; overrides by policy and customer."""

    def __init__(self) -> None:
        self._applications: dict[str, _OfApplication] = {}
        self._policies: dict[str, Policy] = {}
        self._overrides: dict[str, dict[str, LimitOverrideBody]] = {}
        """By policy and override."""

    def apply(self, row: ConfigRow) -> None:
        """Take over a committed policy or its tombstone."""
        known = self._policies.pop(row.entity_id, None)
        if known is not None:
            self._take_out(known)
        if row.body is None:
            return
        body = PolicyBody.model_validate(row.body, strict=False)
        policy = self._policies[row.entity_id] = Policy.of(row.entity_id, body)
        places = self._applications.setdefault(body.application_id, _OfApplication())
        if policy.is_function:
            places.functions[_function_place(body)] = policy
        else:
            places.endpoints[body.method, body.url] = policy

    def apply_override(self, row: ConfigRow) -> set[str]:
        """Take over a committed override or its tombstone; the policies it concerns."""
        concerned = {
            policy_id for policy_id, found in self._overrides.items() if row.entity_id in found
        }
        for policy_id in concerned:
            del self._overrides[policy_id][row.entity_id]
        if row.body is None:
            return concerned
        body = LimitOverrideBody.model_validate(row.body, strict=False)
        self._overrides.setdefault(body.policy_id, {})[row.entity_id] = body
        return concerned | {body.policy_id}

    def find(self, policy_id: str) -> Policy | None:
        return self._policies.get(policy_id)

    def all(self) -> Iterable[Policy]:
        return self._policies.values()

    def of_endpoint(self, application_id: str, method: str, url: str) -> Policy | None:
        """The policy of exactly this endpoint; SDKs compare the same way."""
        places = self._applications.get(application_id)
        return None if places is None else places.endpoints.get((method, url))

    def of_function(
        self, application_id: str, route: Endpoint, path: str, name: str
    ) -> Policy | None:
        """The policy of a function: with its call and file, its call, its file, by name alone."""
        places = self._applications.get(application_id)
        if places is None or not places.functions:
            return None
        found = places.functions
        return (
            found.get((*route, path, name))
            or found.get((*route, "", name))
            or found.get((ANY, ANY, path, name))
            or found.get((ANY, ANY, "", name))
        )

    def of_application(self, application_id: str) -> Iterable[Policy]:
        """Every policy of an application."""
        return (*self.endpoint_policies(application_id), *self.function_policies(application_id))

    def of_event(self, application_id: str, event_endpoint: str) -> Policy | None:
        """The policy of a stored event, by the id of its endpoint.

        A function's events do not say in which call it ran: of several policies of one function
        it is any.
        """
        for policy in self.of_application(application_id):
            if policy.endpoint_id == event_endpoint:
                return policy
        return None

    def endpoint_policies(self, application_id: str) -> Iterable[Policy]:
        places = self._applications.get(application_id)
        return () if places is None else places.endpoints.values()

    def function_policies(self, application_id: str) -> Iterable[Policy]:
        """Policies of functions, which stand beside those of endpoints."""
        places = self._applications.get(application_id)
        return () if places is None else places.functions.values()

    def own_limits(self, policy_id: str) -> Mapping[str, OwnLimits]:
        """Limits of customers that have others than the policy's, expired ones too."""
        return {
            body.customer_id: OwnLimits(override_id, body.limits, _until_us(body))
            for override_id, body in self._overrides.get(policy_id, {}).items()
        }

    def _take_out(self, policy: Policy) -> None:
        places = self._applications[policy.body.application_id]
        if policy.is_function:
            places.functions.pop(_function_place(policy.body), None)
        else:
            places.endpoints.pop((policy.body.method, policy.body.url), None)


def _function_place(body: PolicyBody) -> FunctionPlace:
    return (body.method, body.url, body.function_path or "", body.function_name or "")


def _until_us(body: LimitOverrideBody) -> int:
    return FOR_EVER_US if body.expires_at is None else instant_us(body.expires_at)
