"""The configuration in memory, so that no SDK message waits for a database.

Lives on the event loop's thread. Rows enter it after their commit only.
"""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from contract.messages.applications import ApplicationBody
from contract.messages.policies import LimitInterval, PolicyBody
from hosted.metering.endpoints import EndpointBook
from hosted.storage.base import ConfigRow, SdkKey, Storage

PAGE: Final = 1000


@dataclass(frozen=True, slots=True)
class Application:
    """What metering needs to know of an application."""

    application_id: str
    zone: ZoneInfo
    routes: tuple[tuple[str, str], ...]
    archived: bool

    def meters(self, method: str, url: str) -> bool:
        """Whether the owner wants calls of this endpoint counted."""
        if self.archived:
            return False
        return any(m in {"*", method} and u in {"*", url} for m, u in self.routes)


@dataclass(frozen=True, slots=True)
class Policy:
    policy_id: str
    body: PolicyBody

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

    def application_of_key(self, key_hash: bytes) -> Application | None:
        """The application an SDK key speaks for, unless it is gone or archived."""
        key = self._keys.get(key_hash)
        if key is None or not hmac.compare_digest(key.key_hash, key_hash):
            return None
        if key.revoked_us is not None:
            return None
        application = self._applications.get(key.application_id)
        return None if application is None or application.archived else application

    def policies(self, application_id: str) -> Iterable[Policy]:
        return self._policies.get(application_id, {}).values()

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
            body.archived,
        )

    def _apply_policy(self, row: ConfigRow) -> None:
        policies = self._policies.setdefault(row.application_id, {})
        for place, policy in list(policies.items()):
            if policy.policy_id == row.entity_id:
                del policies[place]
        if row.body is not None:
            body = PolicyBody.model_validate(row.body, strict=False)
            policies[body.method, body.url] = Policy(row.entity_id, body)
