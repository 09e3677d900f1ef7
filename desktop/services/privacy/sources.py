"""Where a person's data is searched beside the vault, and how far that went."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from desktop.domain.errors import ServiceRefused, ServiceUnreachable
from desktop.services.calls import Report
from desktop.services.privacy.package.manifest import SourceEntry
from desktop.services.storage import kept
from desktop.services.storage.kept import KeptTrace

if TYPE_CHECKING:
    from contract.messages.traces import Trace
    from desktop.services.client import ServiceClient
    from desktop.services.link import ServiceLink
    from desktop.services.storage.vault import Vault

COMPLETE: Final = "complete"
PARTIAL: Final = "partial"
UNREACHABLE: Final = "unreachable"
SERVICE: Final = "The metering service"
VAULT: Final = "The vault of the API's owner"
PAGE: Final = "500"


class ServiceCalls:
    """Brings the single calls of some customers from the service into the vault."""

    def __init__(self, vault: "Vault", link: "ServiceLink", clock: Callable[[], datetime]) -> None:
        self._vault = vault
        self._link = link
        self._clock = clock

    def fetch(self, customers: Sequence[tuple[str, str]], report: Report) -> SourceEntry:
        """Keep every call the service holds of these pairs of application and customer.

        What cannot be had is said in the entry, never passed over.
        Raises: Cancelled, VaultError.
        """
        fetched = 0
        as_of = self._clock().isoformat()
        try:
            with self._link.client() as client:
                if client is None:
                    return SourceEntry(SERVICE, UNREACHABLE, "This vault has no service.")
                for customer in customers:
                    for page in _pages(client, customer):
                        self._keep(page)
                        fetched += len(page)
                        report(fetched)
        except (ServiceUnreachable, ServiceRefused) as error:
            state = PARTIAL if fetched else UNREACHABLE
            return SourceEntry(SERVICE, state, f"{fetched} calls were had. {error}", as_of)
        return SourceEntry(SERVICE, COMPLETE, f"{fetched} calls", as_of)

    def _keep(self, traces: "Sequence[Trace]") -> None:
        with self._vault.transaction() as db:
            kept.keep_traces(db, map(_kept, traces), self._clock())


def _kept(trace: "Trace") -> KeptTrace:
    return KeptTrace(
        trace.trace_id,
        trace.application_id,
        datetime.fromisoformat(trace.at),
        trace.model_dump_json(),
        None,
    )


def _pages(client: "ServiceClient", customer: tuple[str, str]) -> Iterator["tuple[Trace, ...]"]:
    application_id, customer_id = customer
    filters = {"application_id": application_id, "customer_id": customer_id, "limit": PAGE}
    while True:
        page = client.traces(filters)
        yield page.rows
        if page.next_cursor is None:
            return
        filters["cursor"] = page.next_cursor
