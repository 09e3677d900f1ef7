"""Pages of customers' accounts, filtered."""

from typing import Annotated, Final

from pydantic import BaseModel, Field

from contract.messages.base import Id
from hosted.admin.cursors import Cursors, Place
from hosted.admin.paging import CURSOR, PAGE_LIMIT
from hosted.storage.base import Storage
from hosted.storage.usage_records import LedgerAccount

STRETCH: Final = 500
MOST_READ: Final = 10_000
"""Accounts that one page reads at most; a page that found less tells where to go on."""


class AccountFilter(BaseModel):
    """What accounts can be filtered by; all conditions have to hold."""

    application_id: Annotated[Id, Field(description="Whose accounts.")]
    customer_id: Annotated[Id | None, Field(description="Only of this customer.")] = None
    endpoint_id: Annotated[Id | None, Field(description="Only on this endpoint.")] = None
    unsettled: Annotated[
        bool | None, Field(description="Only those with unsettled allocations, or only others.")
    ] = None
    cursor: Annotated[str | None, Field(pattern=CURSOR, description="From the page before.")] = None
    limit: Annotated[int, Field(ge=1, le=PAGE_LIMIT, description="Rows at most.")] = 100

    def fits(self, account: LedgerAccount) -> bool:
        """Whether an account is wanted."""
        return (
            self.customer_id in {None, account.customer_id}
            and self.endpoint_id in {None, account.endpoint_id}
            and self.unsettled in {None, account.unsettled > 0}
        )

    def feed(self) -> str:
        """Name of the list that the query's cursors belong to."""
        return f"ledgers {self.model_dump_json(exclude={'cursor', 'limit'}, exclude_none=True)}"


def page_of_accounts(
    storage: Storage, cursors: Cursors, wanted: AccountFilter
) -> tuple[list[LedgerAccount], str | None]:
    """A page of accounts and the cursor of the next one. On a worker thread.

    Raises:
        CursorUnknown: the cursor is not this service's, or another list's.
    """
    after = _start(cursors, wanted)
    found: list[LedgerAccount] = []
    for _ in range(MOST_READ // STRETCH):
        stretch = storage.accounts(wanted.application_id, after, STRETCH)
        for account in stretch:
            after = (account.customer_id, account.endpoint_id)
            if wanted.customer_id is not None and account.customer_id > wanted.customer_id:
                return found, None
            if wanted.fits(account):
                found.append(account)
            if len(found) == wanted.limit:
                return found, _end(cursors, wanted, after)
        if len(stretch) < STRETCH:
            return found, None
    return found, _end(cursors, wanted, after)


def _start(cursors: Cursors, wanted: AccountFilter) -> tuple[str, str]:
    if wanted.cursor is None:
        return wanted.customer_id or "", ""
    customer_id, _, endpoint_id = (
        cursors.read(wanted.cursor, wanted.feed()).row_id or ""
    ).partition(" ")
    return customer_id, endpoint_id


def _end(cursors: Cursors, wanted: AccountFilter, after: tuple[str, str]) -> str:
    return cursors.write(Place(wanted.feed(), row_id=" ".join(after)))
