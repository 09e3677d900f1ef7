"""The dry run of a deletion: what would go, what would be kept and why. Changes nothing."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from desktop.domain.privacy.account_deletion import PreviewFate, PreviewLine
from desktop.domain.privacy.categories import Category
from desktop.domain.privacy.erasure import Kept
from desktop.domain.privacy.registry import VAULT
from desktop.services.privacy.account_end import grounds
from desktop.services.storage import account_end, billing_connections, sign_in, sync_state

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.storage.vault_files import VaultFiles

WORDS: Final = {
    Category.ACCOUNT: "Names and identities of customers",
    Category.USAGE: "Usage of customers",
    Category.BILLING: "What payment providers told, and what was reported to them",
    Category.CONFIGURATION: "Edits, limits, plans and blocks",
    Category.TECHNICAL: "Single calls that were opened, and last answers",
    Category.SUPPORT: "Privacy requests, letters and opt-outs",
    Category.SECURITY: "Blocks and what protects",
}
OWN: Final = "Your applications, prices, keys, tokens, settings and profile"


def preview_lines(
    db: "Connection", files: "VaultFiles", *, books_last: str
) -> Iterator[PreviewLine]:
    """What goes, what is kept and what cannot be reached, in this order."""
    yield from _in_vault(db)
    yield from _elsewhere(db, files)
    if _has_books(db):
        yield _line(grounds.books(None, books_last), PreviewFate.KEPT)
    for kept in grounds.LEFT_IN_VAULT:
        yield _line(kept, PreviewFate.KEPT)
    yield from _not_reached(db)


def _in_vault(db: "Connection") -> Iterator[PreviewLine]:
    counts = account_end.row_counts(db)
    categories = {holding.table: holding.category for holding in VAULT}
    sums: dict[Category | None, int] = {}
    for table, rows in counts.items():
        category = categories.get(table)
        sums[category] = sums.get(category, 0) + rows
    for category, what in WORDS.items():
        if rows := sums.get(category, 0):
            yield PreviewLine("Vault", what, PreviewFate.DELETED, rows)
    if rows := sums.get(None, 0):
        yield PreviewLine("Vault", OWN, PreviewFate.DELETED, rows)


def _elsewhere(db: "Connection", files: "VaultFiles") -> Iterator[PreviewLine]:
    connection = sync_state.connection(db)
    if connection is not None:
        what = (
            "Calls, sums, configuration, keys, tokens, members, devices, webhooks and its own key. "
            "Your API is refused from then on."
        )
        yield PreviewLine(f"Service at {connection.url}", what, PreviewFate.DELETED)
    if files.backups.is_dir() and (number := len(list(files.backups.iterdir()))):
        what = "Backups beside the vault, and archives of the service"
        yield PreviewLine("This computer", what, PreviewFate.DELETED, number)
    yield PreviewLine("This computer", "Logs of this program", PreviewFate.DELETED)


def _not_reached(db: "Connection") -> Iterator[PreviewLine]:
    kept: list[Kept] = []
    names = {stored.account.provider.value for stored in billing_connections.every(db)}
    for name in sorted(names):
        kept += grounds.provider(name)
    if sign_in.read(db).signed_in.is_signed_in:
        kept.append(grounds.sign_in(was_told=True))
    connection = sync_state.connection(db)
    if connection is not None and connection.kind != "embedded":
        kept.append(grounds.SERVICE_ELSEWHERE)
    for one in (*kept, *grounds.NOT_REACHED):
        yield _line(one, PreviewFate.NOT_REACHED)


def _has_books(db: "Connection") -> bool:
    """Whether there is anything that tax law may want to be kept."""
    tables = ("billing_objects", "billing_claims", "customer_days")
    found = (db.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() for table in tables)  # noqa: S608 (the names above)
    return any(row is not None for row in found)


def _line(kept: Kept, fate: PreviewFate) -> PreviewLine:
    line = PreviewLine(kept.where, kept.what, fate)
    return replace(line, why=kept.why, until=kept.until)
