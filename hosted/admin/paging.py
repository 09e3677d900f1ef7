"""Query parameters that many lists share, and pages of lists that are read whole."""

from collections.abc import Callable, Sequence
from typing import Annotated, Final, TypeVar

from fastapi import Path, Query

from contract.messages.base import Id
from hosted.admin.cursors import Cursors, Place

CURSOR: Final = r"^ufc[A-Za-z0-9_-]{24,400}$"
PAGE_LIMIT: Final = 500

Cursor = Annotated[str | None, Query(pattern=CURSOR, description="From the page before.")]
Limit = Annotated[int, Query(ge=1, le=PAGE_LIMIT, description="Rows at most.")]
RowId = Annotated[Id, Path(description="Id of the row.")]
Row = TypeVar("Row")


def page_of(  # noqa: PLR0913, PLR0917 - what a page is made of
    cursors: Cursors,
    rows: Sequence[Row],
    id_of: Callable[[Row], str],
    feed: str,
    cursor: str | None,
    limit: int,
) -> tuple[Sequence[Row], str | None]:
    """The page after a cursor of rows that are sorted by id, and the cursor of the next one.

    Raises:
        CursorUnknown: the cursor is not this service's, or another list's.
    """
    after = (cursors.read(cursor, feed).row_id or "") if cursor else ""
    rest = [row for row in rows if id_of(row) > after]
    page = rest[:limit]
    if len(rest) <= limit:
        return page, None
    return page, cursors.write(Place(feed, row_id=id_of(page[-1])))
