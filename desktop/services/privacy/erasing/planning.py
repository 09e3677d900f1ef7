"""The dry run: what an erasure would do in each place, and what stays by right."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from desktop.domain.errors import AppError, Cancelled
from desktop.domain.privacy.categories import Category
from desktop.domain.privacy.erasure import (
    Customer,
    ErasedCustomer,
    ErasurePlan,
    Fate,
    LegalHold,
    Place,
    PlanLine,
    ProcessorState,
    held_categories,
)
from desktop.services.calls import Report
from desktop.services.privacy.erasing import grounds
from desktop.services.privacy.erasing.processors import Processor, ProcessorSubject
from desktop.services.storage import erased_words, erasing
from desktop.services.storage.address_hashes import normalized
from desktop.services.storage.erasers import ERASERS

if TYPE_CHECKING:
    from sqlite3 import Connection

    from contract.messages.erasure import ErasureOutcome
    from desktop.services.link import ServiceLink

ANONYMIZED: Final = frozenset(
    {"customer_days", "customer_hours", "customer_plan", "billing_claims", "billing_run_lines"}
    | erased_words.TABLES
)
SERVICE_FATES: Final = {
    "usage by day": (Category.USAGE, Fate.ANONYMIZE),
    "plans": (Category.USAGE, Fate.ANONYMIZE),
    "corrections": (Category.BILLING, Fate.ANONYMIZE),
    "calls": (Category.TECHNICAL, Fate.ANONYMIZE),
    "name": (Category.ACCOUNT, Fate.DELETE),
    "sealed identity": (Category.ACCOUNT, Fate.DELETE),
    "own limits": (Category.CONFIGURATION, Fate.DELETE),
    "freezes": (Category.CONFIGURATION, Fate.DELETE),
    "blocks": (Category.SECURITY, Fate.DELETE),
    "blocked identity": (Category.SECURITY, Fate.DELETE),
}
WITH_BLOCKS: Final = frozenset({Category.SECURITY})
"""Kept where the owner says that a block has to stay."""
OF_MEMBERS: Final = (Category.ACCOUNT, "member")
OF_PAYERS: Final = (Category.BILLING, "customer")
NO_SERVICE: Final = "This workspace has no service."


def plan_erasure(
    db: "Connection",
    customers: Sequence[Customer],
    keep: Iterable[Category],
    holds: Sequence[LegalHold],
    emails: Iterable[str],
) -> list[PlanLine]:
    """Lines of the vault; what is held or kept is told as kept, with its ground."""
    total: Counter[tuple[str, Category]] = Counter()
    for table, texts in _in_words(db, customers, emails).items():
        total[table, Category.ACCOUNT] += texts
    for customer in customers:
        rows = erasing.counts(db, customer.application_id, customer.customer_id)
        for one in ERASERS:
            total[one.table, one.category] += rows[one.table]
    kept = _kept(keep, holds)
    return [
        _line(Place.VAULT, category, table, rows, kept)
        for (table, category), rows in total.items()
        if rows
    ]


def _in_words(
    db: "Connection", customers: Sequence[Customer], emails: Iterable[str]
) -> Counter[str]:
    """Texts of the owner in which they are named."""
    people = [ErasedCustomer(one.application_id, one.customer_id, "") for one in customers]
    theirs = {normalized(email) for email in emails}
    rewritten = erased_words.rewriting(db, people, lambda text: normalized(text) in theirs)
    return erased_words.count(db, rewritten)


def service_lines(
    outcomes: Iterable["ErasureOutcome"], keep: Iterable[Category], holds: Sequence[LegalHold]
) -> Iterator[PlanLine]:
    """Lines of the service, from what it would do."""
    kept = _kept(keep, holds)
    for outcome in outcomes:
        for count in outcome.counts:
            category, fate = SERVICE_FATES.get(count.what, (Category.TECHNICAL, Fate.DELETE))
            line = _line(Place.SERVICE, category, count.what, count.rows, kept)
            yield (
                line
                if line.fate is Fate.KEEP
                else PlanLine(Place.SERVICE, category, count.what, fate, count.rows)
            )


class Planner:
    """Asks every place what an erasure would do. Changes nothing."""

    def __init__(
        self, link: "ServiceLink", processors: Callable[[], tuple[Processor, ...]]
    ) -> None:
        self._link = link
        self._processors = processors

    def outside(
        self,
        subject: ProcessorSubject,
        keep: Iterable[Category],
        holds: Sequence[LegalHold],
        report: Report,
    ) -> ErasurePlan:
        """Lines of the service and of processors. Raises: Cancelled, VaultError."""
        lines: list[PlanLine] = []
        unreachable: list[str] = []
        try:
            outcomes = self.service(subject.customers)
            lines += service_lines(outcomes, keep, holds)
        except Cancelled:
            raise
        except AppError as error:
            unreachable.append(f"Service: {error}")
        for number, processor in enumerate(self._processors(), start=1):
            report(number)
            found = processor.preview(subject)
            if found.state is ProcessorState.UNREACHABLE:
                unreachable.append(f"{found.place.value}: {found.detail}")
            elif found.state is not ProcessorState.NOT_CONNECTED:
                is_kept = found.state is ProcessorState.KEPT
                of_members = found.place is Place.SIGN_IN
                category, what = OF_MEMBERS if of_members else OF_PAYERS
                lines.append(
                    PlanLine(
                        found.place, category, what,
                        Fate.KEEP if is_kept else Fate.DELETE, int(is_kept), found.detail,
                        found.until,
                    )
                )  # fmt: skip
        return ErasurePlan(tuple(lines), tuple(holds), tuple(unreachable))

    def service(self, customers: Sequence[Customer]) -> list["ErasureOutcome"]:
        """What the service holds, an outcome for each application; none without a service."""
        from contract.messages.erasure import ErasurePreview

        by_app: dict[str, list[str]] = {}
        for customer in customers:
            by_app.setdefault(customer.application_id, []).append(customer.customer_id)
        with self._link.client() as client:
            if client is None:
                return []
            return [
                client.preview_erasure(ErasurePreview(application_id=app, customer_ids=tuple(ids)))
                for app, ids in by_app.items()
            ]


def _kept(keep: Iterable[Category], holds: Sequence[LegalHold]) -> dict[Category, str]:
    kept = dict.fromkeys(keep, grounds.block(0).why)
    return kept | {
        hold.category: f"Legal hold: {hold.ground}" for hold in holds if not hold.record_id
    }


def _line(
    place: Place, category: Category, what: str, rows: int, kept: dict[Category, str]
) -> PlanLine:
    if category in kept:
        return PlanLine(place, category, what, Fate.KEEP, rows, kept[category])
    fate = Fate.ANONYMIZE if what in ANONYMIZED else Fate.DELETE
    return PlanLine(place, category, what, fate, rows)


def categories_kept(keep: Iterable[Category], holds: Sequence[LegalHold]) -> tuple[str, ...]:
    """Kinds of data that an erasure leaves alone, as the ledger names them."""
    return tuple(sorted({category.value for category in keep} | held_categories(holds)))
