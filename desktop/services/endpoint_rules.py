"""Endpoints with everything that rules them, from one picture of the vault."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from contract.messages.rollups import UNMATCHED
from contract.routes import logical_route
from contract.terms import PolicyKind
from desktop.domain.applications import ApplicationSettings
from desktop.domain.policies import Endpoint, Policy, Route, RuledBlock, RuledOverride
from desktop.domain.routes import covers, passage_of
from desktop.services.storage import kept, seen_endpoints
from desktop.services.storage.rows import APPLICATIONS, BLOCKS, OVERRIDES, POLICIES
from desktop.services.usage_labels import customer_labels

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.domain.ids import ApplicationId


@dataclass(frozen=True, slots=True)
class _Rules:
    """Everything of an application that may rule an endpoint."""

    settings: ApplicationSettings | None
    policies: Mapping[tuple[str, str], list[Policy]]
    """By method and url."""
    blocks: tuple[RuledBlock, ...]
    overrides: dict[str, tuple[RuledOverride, ...]]


def endpoint_rules(db: Connection, application_id: ApplicationId) -> tuple[Endpoint, ...]:
    """By route, spellings of one route side by side; functions after their endpoint.

    An endpoint has a line because an SDK reported it, or because a policy or block names it.
    """
    rules = _rules(db, application_id)
    lines = {
        (found.method, found.url): Endpoint(
            application_id,
            found.method,
            found.url,
            logical_route(found.url),
            found.endpoint_id,
            found.sdk,
        )
        for found in seen_endpoints.of_application(db, application_id)
        if found.url != UNMATCHED
    }
    named = list(rules.policies)
    named += [(ruled.block.method, ruled.block.url) for ruled in rules.blocks]
    for method, url in named:
        lines.setdefault((method, url), Endpoint(application_id, method, url, logical_route(url)))
    ruled = [line for bare in lines.values() for line in _ruled(bare, rules)]
    return tuple(sorted(_with_spellings(ruled), key=_order))


def sdk_kinds(db: Connection, application_id: ApplicationId) -> frozenset[str]:
    """Kinds of clients that reported an endpoint of the application, or were connected last."""
    reported = {found.sdk for found in seen_endpoints.of_application(db, application_id)}
    answer = kept.answer(db, kept.CONNECTIONS)
    connections = json.loads(answer.body)["applications"] if answer else []
    connected = {
        client["kind"]
        for connection in connections
        if connection["application_id"] == application_id
        for client in connection["clients"]
    }
    return frozenset(reported | connected) - {""}


def _rules(db: Connection, application_id: ApplicationId) -> _Rules:
    blocks = BLOCKS.of_application(db, application_id)
    overrides = OVERRIDES.of_application(db, application_id)
    ids = [b.customer_id for b in blocks if b.customer_id] + [o.customer_id for o in overrides]
    names = customer_labels(db, ids)
    by_policy: dict[str, list[RuledOverride]] = defaultdict(list)
    for override in overrides:
        by_policy[override.policy_id].append(RuledOverride(override, names[override.customer_id]))
    by_route: dict[tuple[str, str], list[Policy]] = defaultdict(list)
    for policy in POLICIES.of_application(db, application_id):
        by_route[policy.method, policy.url].append(policy)
    return _Rules(
        settings=APPLICATIONS.find(db, application_id),
        policies=by_route,
        blocks=tuple(RuledBlock(b, names[b.customer_id] if b.customer_id else "") for b in blocks),
        overrides={policy: tuple(found) for policy, found in by_policy.items()},
    )


def _ruled(line: Endpoint, rules: _Rules) -> Iterable[Endpoint]:
    """The endpoint's own line, and one for each of its functions that has a policy."""
    blocks = tuple(
        ruled
        for ruled in rules.blocks
        if covers(Route(ruled.block.method, ruled.block.url), line.method, line.url)
    )
    here = rules.policies.get((line.method, line.url), ())
    line = replace(line, blocks=blocks)
    if rules.settings is not None:
        line = replace(line, passage=passage_of(rules.settings, line.method, line.url))
    own = next((policy for policy in here if policy.kind is PolicyKind.API), None)
    yield _with_policy(line, own, rules)
    for policy in here:
        if policy.kind is PolicyKind.FUNCTION:
            yield _with_policy(line, policy, rules)


def _with_policy(line: Endpoint, policy: Policy | None, rules: _Rules) -> Endpoint:
    if policy is None:
        return line
    return replace(line, policy=policy, overrides=rules.overrides.get(policy.policy_id, ()))


def _with_spellings(lines: list[Endpoint]) -> Iterable[Endpoint]:
    urls: dict[tuple[str, str], list[str]] = defaultdict(list)
    for line in lines:
        found = urls[line.method, line.logical]
        if line.url not in found:
            found.append(line.url)
    for line in lines:
        others = tuple(url for url in urls[line.method, line.logical] if url != line.url)
        yield replace(line, spellings=others)


def _order(line: Endpoint) -> tuple[str, str, str, str]:
    function = line.policy.function if line.policy is not None else ""
    return line.logical, line.method, line.url, function
