"""Reporting usage to the provider: claimed at the service first, sent once, compared afterwards."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Final

from contract.messages.billing import Claim, ClaimOutcome, ClaimResult, ClaimState
from desktop.domain import calendar
from desktop.domain.billing.providers import Account
from desktop.domain.billing.reports import (
    DifferenceReport,
    LinesPage,
    LineState,
    ReportLine,
    ReportQuestion,
    ReportRun,
    RunsPage,
)
from desktop.domain.errors import AppError, InvalidInput
from desktop.domain.ids import ApplicationId, CustomerId, RuleId
from desktop.domain.usage import DateRange
from desktop.services.billing.claims import MOST, Books, outcome
from desktop.services.billing.wishes import FROZEN, Wish, refusal, wishes_of
from desktop.services.calls import Report, callable_from_window
from desktop.services.storage import (
    applications,
    billing_connections,
    billing_links,
    billing_reports,
    freezes,
)
from desktop.services.usage_chart import check_period

if TYPE_CHECKING:
    from desktop.domain.usage import Stamp
    from desktop.services.billing.claims import ClaimLedger
    from desktop.services.billing.gateways import Gateways
    from desktop.services.billing.sending import Meters, Sender
    from desktop.services.storage.vault import Vault

log = logging.getLogger(__name__)

OUTCOMES: Final = {
    ClaimOutcome.NOTHING: "",
    ClaimOutcome.HELD: (
        "Another desktop is at it, or its owner has to decide about an earlier report of this day."
    ),
    ClaimOutcome.FROZEN: FROZEN,
    ClaimOutcome.STALE: "Newer usage of this day was reported already. Sync, then report again.",
    ClaimOutcome.MOVED: (
        "This day was reported for another payer or under another name. Take that report back "
        "first, or bill the difference by hand."
    ),
}
BATCH: Final = MOST


@dataclass(frozen=True, slots=True)
class Tools:
    """What reporting stands on."""

    vault: "Vault"
    gateways: "Gateways"
    ledger: "ClaimLedger"
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    stamp: Callable[[], "Stamp"]
    changed: Callable[[], None]


def recorded(tools: Tools, question: ReportQuestion, act: Callable[[str], None]) -> ReportRun:
    """Do something as a run that is kept, whatever becomes of it; `act` gets the run's id."""
    run_id = f"run_{tools.new_id()}"
    with tools.vault.transaction() as db:
        billing_reports.start_run(db, run_id, question, tools.clock())
    problem = ""
    try:
        act(run_id)
    except AppError as error:
        problem = str(error)
        raise
    finally:
        with tools.vault.transaction() as db:
            billing_reports.finish_run(db, run_id, tools.clock(), problem)
            done = billing_reports.find_run(db, run_id)
        tools.changed()
    return done


class UsageReportService:
    """Runs and what they sent. numpy is imported by the first run."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    @callable_from_window
    def run(self, report: Report, question: ReportQuestion) -> ReportRun:
        """Report the settled days of a period; a dry run only says what it would send.

        Safe to repeat and to break off at any time: what is claimed goes on with the next run.
        Raises: InvalidInput (field `period`, `provider`), ProviderProblem, ServiceUnreachable,
            Cancelled, VaultError; the run is kept with what it had done.
        """
        check_period(question.period)
        books = self._books(question.account, question.application_id)
        return recorded(
            self._tools, question, lambda run_id: self._report(report, question, books, run_id)
        )

    @callable_from_window
    def runs(
        self, account: Account, application_id: ApplicationId, offset: int, limit: int
    ) -> RunsPage:
        """Runs of this vault, the newest first. Needs no network. Raises: VaultError."""
        with self._tools.vault.reading() as db:
            return RunsPage(*billing_reports.runs(db, account, application_id, offset, limit))

    @callable_from_window
    def lines(self, run_id: str, state: str, offset: int, limit: int) -> LinesPage:
        """Lines of a run, as they stand now; of one state, or all. Raises: VaultError."""
        with self._tools.vault.reading() as db:
            return LinesPage(*billing_reports.lines(db, run_id, state, offset, limit))

    @callable_from_window
    def difference(
        self, report: Report, account: Account, application_id: ApplicationId, period: DateRange
    ) -> DifferenceReport:
        """What the ledger says beside what the provider has counted; agreement is noted.

        Raises: InvalidInput (field `period`), ProviderProblem, ServiceUnreachable, Cancelled.
        """
        from desktop.services.billing.differences import Comparing

        check_period(period)
        tools, books = self._tools, self._books(account, application_id)
        tools.ledger.refresh(application_id)
        with tools.gateways.counting(account) as gateway:
            comparing = Comparing(tools.vault, tools.ledger, books, gateway, tools.clock)
            found = comparing.compare(report, period)
        tools.changed()
        return found

    @callable_from_window
    def decide(self, account: Account, claim_id: str, was_counted: bool) -> None:  # noqa: FBT001 (travels by position)
        """Settle an uncertain report by the owner's word.

        What was not counted may be reported again. Raises: InvalidInput, ServiceUnreachable.
        """
        claim = self._claim(account, claim_id)
        state = ClaimState.ACCEPTED if was_counted else ClaimState.REFUSED
        words = "" if was_counted else "The owner says that it was not counted."
        told = outcome(claim_id, state, words)
        application_id = ApplicationId(claim.application_id)
        self._tools.ledger.tell(application_id, self._tools.new_id(), [told])
        self._tools.changed()

    @callable_from_window
    def take_back(self, account: Account, claim_id: str) -> None:
        """Cancel a report that is less than 24 hours old; its usage may be reported again.

        Raises: InvalidInput, ProviderProblem (it still counts), ServiceUnreachable.
        """
        claim = self._claim(account, claim_id)
        tools, application_id = self._tools, ApplicationId(claim.application_id)
        books, holder = self._books(account, application_id), f"run_{tools.new_id()}"
        with tools.gateways.counting(account) as gateway:
            told = tools.ledger.tell(
                application_id, holder, [outcome(claim_id, ClaimState.CANCELLING)]
            )
            current = told.get(claim_id)
            if current is None or current.state is not ClaimState.CANCELLING:
                raise InvalidInput("Only what was sent can be taken back. Nothing was changed.")
            from desktop.services.billing.sending import Sender

            place = (holder, self._zone(application_id), tools.clock)
            Sender(tools.ledger, books, gateway, self._meters(books), place).cancel(current)
        tools.changed()

    def _report(self, report: Report, question: ReportQuestion, books: Books, run_id: str) -> None:
        if question.is_dry:
            wishes, refused = self._sorted_out(report, question, books)
            planned = [wish.line(LineState.PLANNED) for wish in wishes]
            self._keep(run_id, [*refused, *planned])
            return
        from desktop.services.billing.sending import Sender

        tools = self._tools
        tools.ledger.refresh(question.application_id)
        wishes, refused = self._sorted_out(report, question, books)
        self._keep(run_id, refused)
        with tools.gateways.counting(question.account) as gateway:
            place = (run_id, self._zone(question.application_id), tools.clock)
            sender = Sender(tools.ledger, books, gateway, self._meters(books), place)
            rest = iter(wishes)
            done = 0
            while batch := list(islice(rest, BATCH)):
                report(done, len(wishes))
                self._send(books, run_id, batch, sender)
                done += len(batch)

    def _send(self, books: Books, run_id: str, batch: Sequence[Wish], sender: "Sender") -> None:
        asked_at = self._tools.clock()
        answers = self._tools.ledger.claim(books, run_id, [wish.wanted() for wish in batch])
        pairs = list(zip(batch, answers, strict=True))
        self._keep(run_id, list(_lines(pairs)))
        granted = [
            answer.claim
            for _, answer in pairs
            if answer.outcome is ClaimOutcome.GRANTED and answer.claim is not None
        ]
        sender.send(granted, asked_at)

    def _sorted_out(
        self, report: Report, question: ReportQuestion, books: Books
    ) -> tuple[list[Wish], list[ReportLine]]:
        """What can be claimed, and what is refused at once."""
        from desktop.services.billing.settled import SettledUsage

        tools, account = self._tools, question.account
        application_id, period = question.application_id, question.period
        wishes: list[Wish] = []
        refused: list[ReportLine] = []
        with tools.vault.reading() as db:
            settled, held = SettledUsage(db, application_id), freezes.frozen(db)
            published = billing_connections.publications(db, account, application_id)
            metered = {one.rule_id: one for one in published if one.event_name}
            links = billing_links.of_application(db, account, application_id)
            end = settled.end_of(period, tools.stamp(), tools.clock())
            for day in calendar.days(DateRange(period.start, end)):
                report(len(wishes))
                windows = (day.isoformat(), (day + timedelta(days=1)).isoformat())
                claims = billing_reports.claims_of(
                    db, account, books.account_id, application_id, windows
                )
                for wish in wishes_of(settled.on(day), metered, links, claims):
                    is_frozen = (application_id, wish.customer_id) in held
                    reason = FROZEN if is_frozen else refusal(wish, settled.zone, tools.clock())
                    if reason:
                        refused.append(wish.line(LineState.REFUSED, reason))
                    else:
                        wishes.append(wish)
        return wishes, refused

    def _books(self, account: Account, application_id: ApplicationId) -> Books:
        """Raises: InvalidInput where the key does not tell whose it is."""
        stored = self._tools.gateways.stored(account)
        if not stored.account_id:
            raise InvalidInput(
                "The key does not tell which account it is for, so reports could be counted twice. "
                "Nothing was sent. Let the key read the account, then connect again.",
                field="provider",
            )
        return Books(account, stored.account_id, application_id)

    def _meters(self, books: Books) -> "Meters":
        from desktop.services.billing.differences import meters_of

        with self._tools.vault.reading() as db:
            return meters_of(db, books)

    def _zone(self, application_id: ApplicationId) -> tzinfo:
        with self._tools.vault.reading() as db:
            return applications.zones(db)(application_id)

    def _claim(self, account: Account, claim_id: str) -> billing_reports.StoredClaim:
        with self._tools.vault.reading() as db:
            claim = billing_reports.find_claim(db, claim_id)
        if claim is None or claim.provider != account.provider.value:
            raise InvalidInput("This report is not in the vault. Nothing was changed. Sync first.")
        return claim

    def _keep(self, run_id: str, lines: Sequence[ReportLine]) -> None:
        with self._tools.vault.transaction() as db:
            billing_reports.add_lines(db, run_id, lines)


def _lines(pairs: Sequence[tuple[Wish, ClaimResult]]) -> Iterator[ReportLine]:
    """The lines of a batch as it was answered; nothing where nothing was left to report."""
    for wish, answer in pairs:
        if answer.outcome is ClaimOutcome.GRANTED and answer.claim is not None:
            yield _claimed(answer.claim)
        elif answer.outcome is ClaimOutcome.HELD:
            yield wish.line(LineState.HELD, OUTCOMES[answer.outcome])
        elif answer.outcome is not ClaimOutcome.NOTHING:
            yield wish.line(LineState.REFUSED, OUTCOMES[answer.outcome])


def _claimed(claim: Claim) -> ReportLine:
    return ReportLine(
        claim_id=claim.claim_id,
        customer_id=CustomerId(claim.customer_id),
        provider_customer_id=claim.payer,
        rule_id=RuleId(claim.meter),
        meter=claim.event_name,
        window=claim.window,
        part=claim.part,
        quantity=Decimal(claim.units),
        state=LineState.CLAIMED,
    )
