"""Texts for endpoints and customers on the screens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from contract.messages.rollups import ANONYMOUS, OTHERS, UNMATCHED
from desktop.domain.usage import GroupBy
from desktop.services.storage import usage_queries

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.domain.ids import ApplicationId
    from desktop.domain.usage import UsageQuestion
    from desktop.services.usage_chart import Labels

PSEUDONYM_CHARACTERS: Final = 8
KNOWN: Final = {ANONYMOUS: "Anonymous callers", OTHERS: "Other customers"}


def labels_for(db: Connection, question: UsageQuestion) -> Labels:
    """How the groups of a question are called."""
    if question.group_by is GroupBy.CUSTOMER:
        return lambda keys: customer_labels(db, keys)
    return lambda keys: endpoint_labels(db, question.application_id, keys)


def endpoint_labels(
    db: Connection, application_id: ApplicationId, keys: Iterable[str]
) -> dict[str, str]:
    """Method and url by endpoint id; an endpoint whose row is unknown is called by its id."""
    known = usage_queries.endpoints_by_id(db, application_id)
    return {key: endpoint_label(*known.get(key, ("", key))) for key in keys}


def endpoint_label(method: str, url: str) -> str:
    return UNMATCHED if url == UNMATCHED else f"{method} {url}".strip()


def customer_labels(db: Connection, keys: Sequence[str]) -> dict[str, str]:
    """The owner's name by customer id, else a short pseudonym.

    A merged identity without a name of its own is called what its customer is called.
    """
    names = usage_queries.customer_names(db, keys) | KNOWN
    return {key: names.get(key) or pseudonym(key) for key in keys}


def pseudonym(customer_id: str) -> str:
    """A short name for a customer the owner gave none; the id's end tells customers apart."""
    return f"Customer {customer_id[-PSEUDONYM_CHARACTERS:]}"
