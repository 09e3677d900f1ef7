"""Endpoints whose contents are kept, scrubbed, for a while: the owner said so and why."""

from collections.abc import Mapping
from typing import Any

from contract.messages.policies import ScrubRuleBody
from hosted.clock import instant_us

Route = tuple[str, str, str]
"""Application, method and url, exactly as the SDK reports them."""


class ScrubRules:
    """The rules in force. Event loop's thread."""

    def __init__(self) -> None:
        self._ends: dict[str, tuple[Route, int]] = {}
        self._active: dict[Route, int] = {}

    def apply(self, rule_id: str, body: Mapping[str, Any] | None) -> None:
        """Take over a committed rule, or with body None its end."""
        self._ends.pop(rule_id, None)
        if body is not None:
            rule = ScrubRuleBody.model_validate(body, strict=False)
            route = (rule.application_id, rule.method, rule.url)
            self._ends[rule_id] = (route, instant_us(rule.expires_at))
        self._active = {}
        for route, end_us in self._ends.values():
            self._active[route] = max(end_us, self._active.get(route, 0))

    def keep_contents(self, route: Route, now_us: int) -> bool:
        """Whether contents of this endpoint's calls are kept at the moment."""
        return bool(self._active) and now_us < self._active.get(route, 0)
