"""Callers who are frozen: a report says that data of a child is held, and nobody has decided yet.

Their calls are answered, limited and counted under the pseudonym, for a false report must neither
stop a customer nor lose anything of the books. Nothing else of these calls is kept, and nothing of
the caller is handed out: see `hosted/storage/frozen.py`. Lives on the event loop's thread.
"""

from collections import defaultdict
from collections.abc import Iterable

from hosted.metering.allocations import RecentAllocations
from hosted.storage.configuration_records import ConfigRow


class Frozen:
    """Frozen callers of every application, and their calls of lately."""

    def __init__(self) -> None:
        self._by_row: dict[str, tuple[str, str]] = {}
        self._customers: dict[str, set[str]] = {}
        self._requests = RecentAllocations()

    def apply(self, row: ConfigRow) -> None:
        """Take over a committed freeze or its tombstone."""
        if row.body is None:
            self._by_row.pop(row.entity_id, None)
        else:
            self._by_row[row.entity_id] = (row.application_id, str(row.body["customer_id"]))
        customers = defaultdict(set)
        for application_id, customer_id in self._by_row.values():
            customers[application_id].add(customer_id)
        self._customers = dict(customers)

    def are_any(self, application_id: str) -> bool:
        """Whether anybody of an application is frozen."""
        return application_id in self._customers

    def has(self, application_id: str, names: Iterable[str]) -> bool:
        """Whether a caller is frozen under any of its pseudonyms."""
        return not self._customers.get(application_id, set()).isdisjoint(names)

    def note_call(self, application_id: str, request_id: object) -> None:
        """Remember a call of a frozen caller: what is reported of it beside is not kept either."""
        if isinstance(request_id, str):
            self._requests.has(application_id, request_id.lower())

    def made(self, application_id: str, request_id: str) -> bool:
        """Whether a frozen caller made the call with this request id lately."""
        return self._requests.knows(application_id, request_id)
