"""The configuration in memory, so that no SDK message waits for a database.

Lives on the event loop's thread. Rows enter it after their commit only.
"""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self
from zoneinfo import ZoneInfo

from contract.expressions.metering import MeteredAmount
from contract.messages.applications import ApplicationBody
from contract.messages.policies import LimitInterval, PolicyBody, PolicyKind
from hosted.metering.endpoints import EndpointBook
from hosted.storage.base import ConfigRow, SdkKey, Storage

PAGE: Final = 1000
Routes = tuple[tuple[str, str], ...]
"""Methods and urls in the owner's order; `*` is any."""


@dataclass(frozen=True, slots=True)
class Application:
    """What metering needs to know of an application."""

    application_id: str
    zone: ZoneInfo
    routes: Routes
    whitelist: Routes
    """Routes that pass unmetered and unlimited; looked at first."""
    discovery: bool
    """Whether SDKs that can do so trace functions."""
    reports_all_functions: bool
    archived: bool

    def meters(self, method: str, url: str) -> bool:
        """Whether the owner wants calls of this endpoint counted."""
        if self.archived or _covers(self.whitelist, method, url):
            return False
        return _covers(self.routes, method, url)


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
    def limit(self) -> tuple[int, LimitInterval] | None:
        """Calls and interval, when the policy limits."""
        if not self.body.limits:
            return None
        first = self.body.limits[0]
        return first.allowed, first.interval


class Directory:
    """Applications, policies, endpoints and SDK keys."""

    def __init__(self) -> None:
        self.endpoints = EndpointBook()
        self._applications: dict[str, Application] = {}
        self._policies: dict[str, dict[tuple[str, str], Policy]] = {}
        self._functions: dict[str, dict[str, Policy]] = {}
        self._keys: dict[bytes, SdkKey] = {}
        self.version = 0
        """Counts the changes; whoever caches something made from here compares it."""

    def load(self, storage: Storage) -> None:
        """Read everything that is needed from the storage, at start."""
        for entity in ("application", "policy", "endpoint"):
            after = ""
            while rows := storage.configuration_page(entity, None, after, PAGE):
                self.apply(rows)
                after = rows[-1].entity_id
        for key in storage.sdk_keys():
            self.apply_key(key)

    def apply(self, rows: Iterable[ConfigRow]) -> None:
        """Take over committed rows and tombstones."""
        self.version += 1
        for row in rows:
            match row.entity:
                case "application":
                    self._apply_application(row)
                case "policy":
                    self._apply_policy(row)
                case "endpoint" if row.body is not None:
                    method, url = str(row.body["method"]), str(row.body["url"])
                    self.endpoints.remember(row.application_id, method, url)

    def apply_key(self, key: SdkKey) -> None:
        """Take over a committed SDK key, issued or revoked."""
        self._keys[key.key_hash] = key

    def application(self, application_id: str) -> Application | None:
        return self._applications.get(application_id)

    def applications(self) -> list[Application]:
        """Every application that may report calls."""
        return [found for found in self._applications.values() if not found.archived]

    def owner_of_key(self, key_hash: bytes) -> str | None:
        """Application an SDK key was made for, even if it was revoked since; None when unknown."""
        key = self._keys.get(key_hash)
        return None if key is None else key.application_id

    def key(self, key_hash: bytes, now_us: int) -> SdkKey | None:
        """The SDK key of a hash, while it is valid."""
        key = self._keys.get(key_hash)
        if key is None or not hmac.compare_digest(key.key_hash, key_hash):
            return None
        return key if key.is_valid(now_us) else None

    def policies(self, application_id: str) -> Iterable[Policy]:
        return self._policies.get(application_id, {}).values()

    def function_policies(self, application_id: str) -> Iterable[Policy]:
        """Policies of functions, which stand beside those of endpoints."""
        return self._functions.get(application_id, {}).values()

    def policy(self, application_id: str, method: str, url: str) -> Policy | None:
        """The policy of exactly this endpoint; SDKs compare the same way."""
        return self._policies.get(application_id, {}).get((method, url))

    def limited_policies(self) -> list[tuple[Application, Policy]]:
        """Every policy with a limit, beside its application."""
        return [
            (application, policy)
            for application in self._applications.values()
            for policy in self.policies(application.application_id)
            if policy.limit is not None
        ]

    def _apply_application(self, row: ConfigRow) -> None:
        if row.body is None:
            self._applications.pop(row.entity_id, None)
            return
        body = ApplicationBody.model_validate(row.body, strict=False)
        self._applications[row.entity_id] = Application(
            row.entity_id,
            ZoneInfo(body.time_zone),
            tuple((route.method, route.url) for route in body.metered_routes),
            tuple((route.method, route.url) for route in body.whitelisted_routes),
            body.discovery,
            body.report_all_functions,
            body.archived,
        )

    def _apply_policy(self, row: ConfigRow) -> None:
        policies = self._policies.setdefault(row.application_id, {})
        functions = self._functions.setdefault(row.application_id, {})
        functions.pop(row.entity_id, None)
        for place, policy in list(policies.items()):
            if policy.policy_id == row.entity_id:
                del policies[place]
        if row.body is None:
            return
        body = PolicyBody.model_validate(row.body, strict=False)
        if body.kind is PolicyKind.FUNCTION:
            functions[row.entity_id] = Policy.of(row.entity_id, body)
        else:
            policies[body.method, body.url] = Policy.of(row.entity_id, body)


def _covers(routes: Routes, method: str, url: str) -> bool:
    return any(m in {"*", method} and u in {"*", url} for m, u in routes)
