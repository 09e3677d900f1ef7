"""The list of customers in the vault: the first page of any order and any condition.

A hundred thousand customers, a million with `USAGEFLOW_BENCHMARK_LONG=1`.
"""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Final

from benchmarks.dashboard import PASSPHRASE
from benchmarks.figures import Figure
from desktop.domain.customer_list import CustomerQuery, CustomerSort, CustomerState
from desktop.domain.ids import ApplicationId, PlanId
from desktop.services.calls import no_report
from desktop.services.compose import Services, build_services

SHORT: Final = 100_000
LONG: Final = 1_000_000
APPLICATION: Final = ApplicationId("app_" + "0" * 32)
PAGE_LIMIT_MS: Final = 50
TAKE_IN_LIMIT_US: Final = 100
ROUNDS: Final = 3
SEARCHES: Final = ("", "aurora", "a", "aurora 7", "00012345", "nobody")
_APPLICATION: Final = """
    INSERT INTO configuration (entity, entity_id, application_id, body, revision, epoch, state,
        problem)
    SELECT 'application', :app, :app,
        json_object('name', 'Measured', 'time_zone', 'UTC', 'archived', 0), 1, 1, 'synced', ''
"""
_CUSTOMERS: Final = """
    WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n + 1 < :count)
    INSERT INTO configuration (entity, entity_id, application_id, body, revision, epoch, state,
        problem)
    SELECT 'customer', printf('cus_1%024x', n), :app, json_object('application_id', :app, 'name',
        CASE WHEN n % 3 = 0 THEN
            printf('%s %d Ltd', substr('auroraborealiszephyr', 1 + 6 * (n % 3), 6), n)
        ELSE '' END), 1, 1, 'synced', '' FROM n
"""
_DAYS: Final = """
    WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n + 1 < :count)
    INSERT INTO customer_day_sums (application_id, day, customer_id, requests, units)
    SELECT :app, :today - (n * 7919) % 400, printf('cus_1%024x', n), 1 + (n * 31) % 100000, 0 FROM n
"""


def fill(services: Services, count: int) -> None:
    """Customers with one day of usage each, spread over thirteen months; a third have names."""
    values = {"count": count, "app": APPLICATION, "today": int(time.time()) // 86_400}
    with services.vault.transaction() as db:
        db.execute(_APPLICATION, {"app": APPLICATION})
        db.execute(_CUSTOMERS, values)
        db.execute(_DAYS, values)


def queries() -> Iterator[CustomerQuery]:
    """Every order both ways, under every condition."""
    for sort, state, descending in product(CustomerSort, CustomerState, (True, False)):
        plain = CustomerQuery(APPLICATION, state=state, sort=sort, descending=descending)
        yield plain
        yield replace(plain, plan_id=PlanId("plan_none"))
        for search in SEARCHES[1:]:
            yield replace(plain, search=search)


def milliseconds(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return 1000 * (time.perf_counter() - begun)


def measure(directory: Path) -> list[Figure]:
    count = LONG if os.environ.get("USAGEFLOW_BENCHMARK_LONG") else SHORT
    services = build_services(directory / "vault", directory / "service", syncs_by_itself=False)
    services.workspace.create(PASSPHRASE)
    fill(services, count)
    listing = services.customers.list
    begun = time.process_time()
    listing.bring_up_to_date(no_report)
    take_in_us = 1e6 * (time.process_time() - begun) / count
    slowest, which = 0.0, ""
    for query in queries():
        took = min(
            milliseconds(partial(listing.page, no_report, query, None)) for _ in range(ROUNDS)
        )
        if took > slowest:
            slowest = took
            which = f"by {query.sort}, {query.state}, {query.search or 'no search'}"
    services.close()
    basis = f"{count:,} customers; slowest of {len(list(queries()))}: {which}"
    return [
        Figure("first page of the customers, slowest", slowest, PAGE_LIMIT_MS, "ms", basis),
        Figure("taking in a new customer", take_in_us, TAKE_IN_LIMIT_US, "us", "processor time"),
    ]
