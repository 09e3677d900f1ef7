"""The configuration in memory, so that no SDK message waits for a database.

Lives on the event loop's thread. Rows enter it after their commit only.
"""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final
from zoneinfo import ZoneInfo

from contract.messages.applications import ApplicationBody, UsageCap
from hosted.metering.endpoints import EndpointBook
from hosted.metering.policies import PolicyBook
from hosted.metering.route_match import is_listed
from hosted.scrub.scrub_rules import ScrubRules
from hosted.storage.access_records import SdkKey
from hosted.storage.base import Storage
from hosted.storage.configuration_records import ConfigRow

PAGE: Final = 1000
MOST_ANSWERS: Final = 5000
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
    cap: UsageCap | None = None
    _metered: dict[tuple[str, str], bool] = field(default_factory=dict, compare=False, repr=False)
    """Answers given before; an edit of the application makes a new one of these."""

    def meters(self, method: str, url: str) -> bool:
        """Whether the owner wants calls of this endpoint counted."""
        known = self._metered.get((method, url))
        if known is None:
            known = not (self.archived or is_listed(self.whitelist, method, url))
            known = known and is_listed(self.routes, method, url)
            if len(self._metered) < MOST_ANSWERS:
                self._metered[method, url] = known
        return known


class Directory:
    """Applications, policies, endpoints and SDK keys."""

    def __init__(self) -> None:
        self.endpoints = EndpointBook()
        self.scrub_rules = ScrubRules()
        self.policies = PolicyBook()
        self._applications: dict[str, Application] = {}
        self._keys: dict[bytes, SdkKey] = {}
        self.version = 0
        """Counts the changes; whoever caches something made from here compares it."""

    def load(self, storage: Storage) -> None:
        """Read everything that is needed from the storage, at start."""
        for entity in ("application", "policy", "limit_override", "endpoint", "scrub_rule"):
            after = ""
            while rows := storage.configuration_page(entity, None, after, PAGE):
                self.apply(rows)
                after = rows[-1].entity_id
        for key in storage.sdk_keys():
            self.apply_key(key)

    def apply(self, rows: Iterable[ConfigRow]) -> set[str]:
        """Take over committed rows and tombstones; ids of the policies they concern."""
        self.version += 1
        concerned: set[str] = set()
        for row in rows:
            match row.entity:
                case "application":
                    self._apply_application(row)
                    policies = self.policies.of_application(row.entity_id)
                    concerned.update(policy.policy_id for policy in policies)
                case "policy":
                    self.policies.apply(row)
                    concerned.add(row.entity_id)
                case "limit_override":
                    concerned |= self.policies.apply_override(row)
                case "scrub_rule":
                    self.scrub_rules.apply(row.entity_id, row.body)
                case "endpoint" if row.body is not None:
                    method, url = str(row.body["method"]), str(row.body["url"])
                    self.endpoints.remember(row.application_id, method, url)
        return concerned

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
            body.cap,
        )
