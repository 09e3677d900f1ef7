"""What limits cost a call: several of them, the end of a crowded window, an expression."""

import time
from decimal import Decimal
from pathlib import Path
from typing import Final, cast
from zoneinfo import ZoneInfo

from msgspec import Raw

from benchmarks.figures import Figure, ratio_of_medians
from contract.expressions import AmountExpression
from contract.messages.policies import Limit, PolicyBody
from contract.terms import LimitCounts, LimitInterval, LimitKind, LimitScope
from hosted.clock import SECOND_US, system_clock
from hosted.metering.admission import Rulebook, Visit
from hosted.metering.blocked_callers import BlockedCallers
from hosted.metering.directory import Application, Directory
from hosted.metering.limit_rules import Scene
from hosted.metering.meter import Meter
from hosted.metering.policies import Policy
from hosted.metering.writer import Writer
from hosted.scrub.details import Details
from hosted.scrub.events import ScrubbedCall, scrubbed
from hosted.scrub.sealing import Sealing
from hosted.sdk.frames import AllocationMessage
from hosted.secrets import Secrets
from hosted.storage.configuration_records import ConfigRow

CALLS: Final = 5_000
ROUNDS: Final = 9
CROWD: Final = 200_000
APP: Final = "app"
MANY: Final = 10**12
START_US: Final = 1_790_000_000 * SECOND_US
LIMITS: Final = (
    Limit(allowed=MANY, interval=LimitInterval.DAY),
    Limit(allowed=MANY, interval=LimitInterval.MINUTE, scope=LimitScope.APPLICATION),
    Limit(allowed=MANY, interval=LimitInterval.HOUR, kind=LimitKind.SLIDING_WINDOW),
    Limit(allowed=MANY, interval=LimitInterval.MONTH, counts=LimitCounts.UNITS),
    Limit(allowed=MANY, interval=LimitInterval.HOUR, kind=LimitKind.TOKEN_BUCKET),
)
EXPRESSION: Final = "if(status < 400, round(amount * 1.5 + max(tokens, 3) / 1000, 6), 0)"
FACTS: Final = {"status": Decimal(200), "amount": Decimal(42), "tokens": Decimal(1234)}
RATIO_LIMIT: Final = 2.5
EDGE_LIMIT_MS: Final = 10
EXPRESSION_LIMIT_US: Final = 20


class NoWriter:
    """Keeps nothing: what is measured is the decision, not its storage."""

    def submit(self, _command: object, _told: object = None, _folded: object = None) -> None: ...


def meter_of(limits: tuple[Limit, ...]) -> tuple[Meter, Application]:
    """A meter with one application, and one policy that has these limits."""
    body = PolicyBody(application_id=APP, method="GET", url="/x", limits=limits)
    directory, rules, writer = Directory(), Rulebook(), cast("Writer", NoWriter())
    fields = body.model_dump(mode="json")
    directory.apply([ConfigRow("application", APP, APP, 1, {"name": "A"})])
    directory.apply([ConfigRow("policy", "pol", APP, 2, fields)])
    rules.limiter.configure(Scene("pol", ZoneInfo("Europe/Berlin")), limits, {})
    secrets = Secrets.of(bytes(32), "svc_benchmark")
    meter = Meter(
        directory=directory,
        rules=rules,
        callers=BlockedCallers(rules.blocks, secrets, writer),
        writer=writer,
        details=Details(directory.scrub_rules, secrets.pseudonyms),
        sealing=Sealing(None, writer, system_clock),
        secrets=secrets,
        clock=system_clock,
    )
    application = directory.application(APP)
    if application is None:
        raise RuntimeError("the application was just made")
    return meter, application


def call_of(number: int) -> ScrubbedCall:
    """A call of one of five hundred callers."""
    metadata = b'{"method":"GET","url":"/x","rawUrl":"/x","userId":"anonymous"}'
    alias = f"GET /x caller {number % 500}"
    message = AllocationMessage(alias=alias, amount=Raw(b"1"), metadata=Raw(metadata))
    return scrubbed(message)


def call_us(limits: tuple[Limit, ...], calls: list[ScrubbedCall]) -> float:
    """Processor time of a call that asks, from its scrubbed message to its command."""
    meter, application = meter_of(limits)
    began = time.process_time_ns()
    for call in calls:
        meter.request(application, call, print)
    return (time.process_time_ns() - began) / 1000 / len(calls)


def admit(rules: Rulebook, policy: Policy, customer_id: str, now_us: int) -> None:
    """What the meter asks for each call that waits."""
    visit = Visit((APP, "1"), policy, customer_id, now_us, now_us, counts_for_cap=True)
    rules.open(visit, can_refuse=True)


def slowest_at_the_edge_ms() -> float:
    """The slowest of the calls around the end of a window that was full of customers."""
    limits = (Limit(allowed=MANY, interval=LimitInterval.MINUTE),)
    body = PolicyBody(application_id=APP, method="GET", url="/x", limits=limits)
    policy, rules = Policy.of("pol", body), Rulebook()
    rules.limiter.configure(Scene("pol", ZoneInfo("Europe/Berlin")), limits, {})
    for number in range(CROWD):
        admit(rules, policy, f"cus_{number}", START_US)
    slowest = 0
    for number in range(1000):
        began = time.process_time_ns()
        admit(rules, policy, f"cus_{number}", START_US + 60 * SECOND_US)
        slowest = max(slowest, time.process_time_ns() - began)
    return slowest / 1_000_000


def expression_us() -> float:
    """Processor time of an amount that is worked out."""
    expression = AmountExpression(EXPRESSION)
    began = time.process_time_ns()
    for _ in range(CALLS):
        expression(FACTS)
    return (time.process_time_ns() - began) / 1000 / CALLS


def measure(_directory: Path) -> list[Figure]:
    calls = [call_of(number) for number in range(CALLS)]
    none, five = [], []
    for _ in range(ROUNDS):
        none.append(call_us((), calls))
        five.append(call_us(LIMITS, calls))
    return [
        Figure("a call under five limits, against none", ratio_of_medians(five, none), RATIO_LIMIT,
               "x", f"{min(five):.1f} us, {min(none):.1f} us without; {ROUNDS} rounds in turn"),
        Figure("slowest call at the end of a window", slowest_at_the_edge_ms(), EDGE_LIMIT_MS, "ms",
               f"{CROWD:,} customers in the window before"),
        Figure("an amount by expression", min(expression_us() for _ in range(ROUNDS)),
               EXPRESSION_LIMIT_US, "us", EXPRESSION),
    ]  # fmt: skip
