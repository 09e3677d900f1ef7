"""Blocked endpoints: closed for everybody or for one customer, until they expire.

SDKs compare a block letter by letter with the whole alias of a call, identity included. To stop an
identified caller its raw identity has to be told them, which the service does not keep: it takes it
from the next message of a caller that is blocked, and forgets it when the block ends. Lives on the
event loop's thread. Source: SDK protocol, section 3.3 and trap 17.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Final

from contract.messages.policies import BlockBody
from contract.messages.rollups import ANONYMOUS
from hosted.clock import instant_us
from hosted.metering.route_match import Route, covers, is_pattern
from hosted.storage.configuration_records import ConfigRow

FOR_EVER_US: Final = 2**62
MOST_ENTRIES: Final = 5000
"""Of one poll's answer."""
MOST_IDENTITIES: Final = 10_000
"""Learnt in one application; a block for everybody on a busy route would learn without end."""

MOST_SPELLINGS: Final = 20
"""Of one identity."""

Entry = dict[str, str]
"""One entry of a poll's answer: method, url, and the identity where only that one is blocked."""


@dataclass(frozen=True, slots=True)
class Block:
    block_id: str
    route: Route
    customer_id: str | None
    reason: str
    until_us: int

    @classmethod
    def of(cls, block_id: str, body: BlockBody) -> "Block":
        """A block as the owner wrote it."""
        until_us = FOR_EVER_US if body.expires_at is None else instant_us(body.expires_at)
        return cls(block_id, (body.method, body.url), body.customer_id, body.reason, until_us)

    def stops(self, method: str, url: str, customer_id: str) -> bool:
        """Whether a call is within the block."""
        is_meant = self.customer_id is None or self.customer_id == customer_id
        return is_meant and covers(self.route, method, url)


@dataclass(slots=True)
class Learnt:
    """A blocked caller: its identity in every spelling its messages had, and where it was stopped.

    One customer may be spelled in several ways, and SDKs stop only what is spelled alike.
    """

    spellings: set[str]
    routes: set[Route] = field(default_factory=set)

    def __repr__(self) -> str:
        return f"Learnt({len(self.routes)} routes)"


@dataclass(slots=True)
class _Blocked:
    """Blocks of one application."""

    everybody: dict[str, Block] = field(default_factory=dict)
    customers: dict[str, dict[str, Block]] = field(default_factory=dict)
    """By customer and block."""
    learnt: dict[str, Learnt] = field(default_factory=dict)
    """By customer."""

    def about(self, customer_id: str) -> Iterator[Block]:
        """Blocks that may concern a customer, its own first."""
        yield from self.customers.get(customer_id, {}).values()
        yield from self.everybody.values()


class Blocks:
    """Blocks of every application, and the callers learnt while they hold."""

    def __init__(self) -> None:
        self._blocked: dict[str, _Blocked] = {}

    def apply(self, row: ConfigRow) -> None:
        """Take over a committed block or its tombstone."""
        blocked = self._blocked.setdefault(row.application_id, _Blocked())
        _remove(blocked, row.entity_id)
        if row.body is not None:
            body = BlockBody.model_validate(row.body, strict=False)
            block = Block.of(row.entity_id, body)
            owned = (
                blocked.everybody
                if block.customer_id is None
                else blocked.customers.setdefault(block.customer_id, {})
            )
            owned[block.block_id] = block

    def are_any(self, application_id: str) -> bool:
        """Whether an application has blocks at all."""
        return application_id in self._blocked

    def find(
        self, application_id: str, method: str, url: str, customer_id: str, now_us: int
    ) -> Block | None:
        """The block that stops a call, if one does."""
        blocked = self._blocked.get(application_id)
        if blocked is None:
            return None
        for block in blocked.about(customer_id):
            if now_us < block.until_us and block.stops(method, url, customer_id):
                return block
        return None

    def concerns(self, application_id: str, customer_id: str, now_us: int) -> bool:
        """Whether a block of this one customer holds, on whatever route."""
        blocked = self._blocked.get(application_id)
        own = {} if blocked is None else blocked.customers.get(customer_id, {})
        return any(now_us < block.until_us for block in own.values())

    def learn(
        self, application_id: str, customer_id: str, identity: str, route: Route | None
    ) -> Learnt | None:
        """Keep a blocked caller's identity; what has to be stored if it is news, otherwise None.

        `route` is where it was stopped by a block for everybody.
        """
        blocked = self._blocked.setdefault(application_id, _Blocked())
        known = blocked.learnt.get(customer_id)
        if known is None:
            if len(blocked.learnt) >= MOST_IDENTITIES:
                return None
            known = blocked.learnt[customer_id] = Learnt(set())
        is_news = route is not None and route not in known.routes
        if route is not None:
            known.routes.add(route)
        if identity not in known.spellings and len(known.spellings) < MOST_SPELLINGS:
            known.spellings.add(identity)
            is_news = True
        return known if is_news else None

    def forget(self, application_id: str, customer_id: str) -> bool:
        """Forget the identity of a caller that no block of its own holds; whether it was known."""
        blocked = self._blocked.get(application_id)
        if blocked is None or customer_id in blocked.customers:
            return False
        return blocked.learnt.pop(customer_id, None) is not None

    def entries(self, application_id: str, routes: Iterable[Route], now_us: int) -> list[Entry]:
        """What SDKs are told, wildcards written out over the known routes."""
        blocked = self._blocked.get(application_id)
        if blocked is None:
            return []
        covered = _Covered(routes)
        found = chain(
            _for_everybody(blocked, covered, now_us), _for_customers(blocked, covered, now_us)
        )
        unique = {tuple(entry.values()): entry for entry in islice(found, MOST_ENTRIES)}
        return list(unique.values())

    def end_expired(self, now_us: int) -> list[tuple[str, str]]:
        """Drop blocks that have ended; callers (application, customer) that were forgotten."""
        forgotten = []
        for application_id, blocked in list(self._blocked.items()):
            for block in list(_all(blocked)):
                if now_us >= block.until_us:
                    _remove(blocked, block.block_id)
            for customer_id in _unblocked(blocked):
                del blocked.learnt[customer_id]
                forgotten.append((application_id, customer_id))
            if not (blocked.everybody or blocked.customers):
                del self._blocked[application_id]
        return forgotten


def _all(blocked: _Blocked) -> Iterator[Block]:
    yield from blocked.everybody.values()
    for own in blocked.customers.values():
        yield from own.values()


def _remove(blocked: _Blocked, block_id: str) -> None:
    blocked.everybody.pop(block_id, None)
    for customer_id, own in list(blocked.customers.items()):
        own.pop(block_id, None)
        if not own:
            del blocked.customers[customer_id]


def _unblocked(blocked: _Blocked) -> list[str]:
    """Learnt callers no block stops any more."""
    return [
        customer_id
        for customer_id, learnt in blocked.learnt.items()
        if customer_id not in blocked.customers
        and not any(
            covers(block.route, *route)
            for block in blocked.everybody.values()
            for route in learnt.routes
        )
    ]


class _Covered:
    """Which known routes a block covers; each kind of block is compared with them once."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = list(routes)
        self._found: dict[Route, list[Route]] = {}

    def by(self, block: Block) -> list[Route]:
        if not is_pattern(block.route):
            return [block.route]
        found = self._found.get(block.route)
        if found is None:
            found = [route for route in self._routes if covers(block.route, *route)]
            self._found[block.route] = found
        return found


def _for_everybody(blocked: _Blocked, covered: _Covered, now_us: int) -> Iterator[Entry]:
    holding = [block for block in blocked.everybody.values() if now_us < block.until_us]
    for block in holding:
        for method, url in covered.by(block):
            yield {"method": method, "url": url}
    for learnt in blocked.learnt.values():
        for method, url in learnt.routes:
            if any(covers(block.route, method, url) for block in holding):
                for identity in sorted(learnt.spellings):
                    yield {"method": method, "url": url, "identity": identity}


def _for_customers(blocked: _Blocked, covered: _Covered, now_us: int) -> Iterator[Entry]:
    for customer_id, own in blocked.customers.items():
        names: list[Entry] = [{}] if customer_id == ANONYMOUS else []
        if customer_id in blocked.learnt:
            names = [{"identity": name} for name in sorted(blocked.learnt[customer_id].spellings)]
        for block in own.values():
            if names and now_us < block.until_us:
                for method, url in covered.by(block):
                    yield from ({"method": method, "url": url, **name} for name in names)
