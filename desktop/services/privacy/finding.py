"""Who a person is among the customers: by id, by the name the owner gave, by identity."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from desktop.domain.privacy.requests import Person
from desktop.services.calls import Report
from desktop.services.identities import Opener
from desktop.services.storage import privacy_queries

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.secret_store import SecretStore

REPORT_EVERY = 1000


class FoundBy(StrEnum):
    ID = "id"
    NAME = "name"
    IDENTITY = "identity"


@dataclass(frozen=True, slots=True)
class Match:
    """A customer who may be the person; the owner decides."""

    application_id: str
    customer_id: str
    name: str
    found_by: FoundBy


@dataclass(frozen=True, slots=True)
class Search:
    matches: tuple[Match, ...]
    unopened: int
    """Identities that are sealed for another vault: the person may be behind one of them."""


def search(db: "Connection", store: "SecretStore", person: Person, report: Report) -> Search:
    """Look for a person among names and identities; `report` tells how many were opened.

    Raises: Cancelled, VaultError.
    """
    wanted = {text.casefold() for text in (person.name, person.email, *person.identifiers) if text}
    names = {(c.application_id, c.customer_id): c.name for c in privacy_queries.named_customers(db)}
    found: dict[tuple[str, str], FoundBy] = {}
    for key, how in _by_row(names, wanted):
        found.setdefault(key, how)
    for identifier in person.identifiers:
        for application_id in privacy_queries.application_ids(db):
            if privacy_queries.has_usage(db, application_id, identifier):
                found.setdefault((application_id, identifier), FoundBy.ID)
    opened, unopened = _by_identity(db, store, wanted, report)
    for key in opened:
        found.setdefault(key, FoundBy.IDENTITY)
    matches = [Match(*key, names.get(key, ""), how) for key, how in sorted(found.items())]
    return Search(tuple(matches), unopened)


def _by_row(
    names: Mapping[tuple[str, str], str], wanted: set[str]
) -> Iterator[tuple[tuple[str, str], FoundBy]]:
    for key, name in names.items():
        if key[1].casefold() in wanted:
            yield key, FoundBy.ID
        elif name.casefold() in wanted:
            yield key, FoundBy.NAME


def _by_identity(
    db: "Connection", store: "SecretStore", wanted: set[str], report: Report
) -> tuple[list[tuple[str, str]], int]:
    opener = Opener(store.sealing_keys(db))
    found, unopened = [], 0
    for number, (application_id, customer_id, sealed) in enumerate(
        privacy_queries.sealed_identities(db), start=1
    ):
        identity = opener.identity(application_id, customer_id, sealed)
        if identity is None:
            unopened += 1
        elif identity.casefold() in wanted:
            found.append((application_id, customer_id))
        if number % REPORT_EVERY == 0:
            report(number)
    return found, unopened
