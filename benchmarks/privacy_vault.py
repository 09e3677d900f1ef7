"""A vault with the calls of one person, and the parts of the product that answer their request."""

import random
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec

from contract.messages.traces import Trace
from contract.terms import TraceState
from desktop.domain.privacy.kinds import Channel, RequestKind
from desktop.domain.privacy.requests import NewRequest, Person
from desktop.services.privacy.approvals import ApprovalService
from desktop.services.privacy.finding import FoundBy, Match
from desktop.services.privacy.packages import PrivacyPackageService
from desktop.services.privacy.sources import ServiceCalls
from desktop.services.secret_store import SecretStore
from desktop.services.storage import privacy_requests
from desktop.services.storage.timestamps import microseconds
from desktop.services.storage.vault import Vault

if TYPE_CHECKING:
    from desktop.services.link import ServiceLink

NOW: Final = datetime(2026, 6, 20, 12, tzinfo=UTC)
APP, CUSTOMER, REQUEST = "app_1", "cus_1", "request"
MATCH: Final = Match(APP, CUSTOMER, "Jane Doe", FoundBy.NAME)
PASSPHRASE: Final = "correct horse battery staple"  # noqa: S105 (of a vault that is deleted)
CALL_EVERY: Final = timedelta(seconds=7)
DETAIL: Final = {
    "client": "192.0.2.0/24",
    "agent": "python-httpx/0.28",
    "headers": {"accept": "*/*", "content-type": "application/json"},
    "response": {"bytes": 2310},
}


def new_vault(directory: Path) -> Vault:
    vault = Vault(directory / "vault", lambda: NOW)
    vault.create(PASSPHRASE)
    return vault


def opened_vault(directory: Path) -> Vault:
    vault = Vault(directory / "vault", lambda: NOW)
    vault.unlock(PASSPHRASE)
    return vault


def fill(vault: Vault, calls: int) -> None:
    """Store as many calls of the person as the service would tell of, and their request."""
    asked = NewRequest(RequestKind.ACCESS, Channel.EMAIL, NOW, "UTC", Person("Jane Doe"))
    with vault.transaction() as db:
        privacy_requests.add(db, REQUEST, asked)
        db.executemany(
            "INSERT INTO kept_traces (trace_id, application_id, at_us, body, explanation, "
            "opened_at_us) VALUES (?, ?, ?, ?, NULL, ?)",
            _calls(calls),
        )


def package_service(vault: Vault) -> PrivacyPackageService:
    """Of a vault that has no service."""
    clock, link = (lambda: NOW), cast("ServiceLink", SimpleNamespace(client=_no_client))
    store = SecretStore(vault, lambda: "id", clock)
    calls, approvals = ServiceCalls(vault, link, clock), ApprovalService(vault, clock)
    return PrivacyPackageService(vault, store, calls, approvals, clock)


def _no_client() -> AbstractContextManager[None]:
    @contextmanager
    def nobody() -> Iterator[None]:
        yield None

    return nobody()


def _calls(count: int) -> Iterator[tuple[str, str, int, str, int]]:
    chance = random.Random(9)  # noqa: S311 (no secret)
    body: dict[str, Any] = Trace(
        trace_id="0-0", application_id=APP, endpoint_id="ep_1", customer_id=CUSTOMER,
        method="GET", url="/items/{item_id}", at="2026-06-20T12:00:00Z",
        state=TraceState.SETTLED, units="1", status=200, detail=DETAIL,
    ).model_dump(mode="json")  # fmt: skip
    for number in range(count):
        at = NOW - CALL_EVERY * (count - number)
        body["trace_id"] = f"{number}-{chance.getrandbits(128):032x}"
        body["at"] = f"{at:%Y-%m-%dT%H:%M:%SZ}"
        body["duration_ms"] = number % 400
        body["detail"] = DETAIL | {"request_id": f"{chance.getrandbits(128):032x}"}
        at_us = microseconds(at)
        yield body["trace_id"], APP, at_us, msgspec.json.encode(body).decode(), at_us
