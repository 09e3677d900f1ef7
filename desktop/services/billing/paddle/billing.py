"""Billing a month at Paddle: claimed at the service first, sent once, found again after a crash."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Final

from contract.messages.billing import Claim, ClaimOutcome, ClaimResult, ClaimState, Outcome
from desktop.domain import calendar
from desktop.domain.billing.mirror import ObjectKind
from desktop.domain.billing.reconciliation import ComparisonQuestion, InvoiceComparison
from desktop.domain.billing.reports import LineState, ReportLine, ReportQuestion, ReportRun
from desktop.domain.errors import InvalidInput, ProviderRefused
from desktop.domain.ids import CustomerId
from desktop.domain.invoices import Invoice, InvoiceQuestion
from desktop.services.billing.claims import MOST, Books, outcome
from desktop.services.billing.paddle import comparing, faults
from desktop.services.billing.paddle.charges import ChargeDesk, Sent
from desktop.services.billing.paddle.gateway import PaddleGateway
from desktop.services.billing.paddle.months import (
    INVOICE,
    Bill,
    Ground,
    bills_of,
    months_of,
    used_in,
)
from desktop.services.billing.reporting import Tools, recorded
from desktop.services.billing.wishes import FROZEN, NOBODY
from desktop.services.calls import Report, callable_from_window
from desktop.services.storage import (
    applications,
    billing_connections,
    billing_links,
    billing_mirror,
    billing_reports,
    freezes,
)
from desktop.services.usage_chart import check_period

if TYPE_CHECKING:
    from desktop.domain.usage import DateRange

BATCH: Final = min(MOST, 20)
"""Bills that are claimed at once: each may take seconds, and the lease has to last."""

OUTCOMES: Final = {
    ClaimOutcome.HELD: (
        "Another desktop is at it, or its owner has to decide about an earlier bill of this month."
    ),
    ClaimOutcome.FROZEN: FROZEN,
    ClaimOutcome.STALE: "Newer usage of this month was billed already. Sync, then bill again.",
    ClaimOutcome.MOVED: (
        "This month was billed to another payer. Bill the difference by hand at Paddle."
    ),
}


class InvoiceBillingService:
    """Whole months that are over, as the invoice preview has them. Runs are listed with reports."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    @callable_from_window
    def run(self, report: Report, question: ReportQuestion) -> ReportRun:
        """Bill the whole months of a period; a dry run only says what it would bill.

        Safe to repeat and to break off at any time: what is claimed goes on with the next run.
        Raises: InvalidInput (field `period`, `provider`), ProviderProblem, ServiceUnreachable,
            Cancelled, VaultError; the run is kept with what it had done.
        """
        check_period(question.period)
        tools = self._tools
        stored = tools.gateways.stored(question.account)
        books = Books(question.account, stored.account_id, question.application_id)
        return recorded(tools, question, lambda run_id: self._bill(report, question, books, run_id))

    @callable_from_window
    def compare(self, report: Report, question: ComparisonQuestion) -> InvoiceComparison:
        """Our invoice beside what Paddle billed for it, as last read. Needs no network.

        Raises: InvalidInput (nobody pays for the caller), Cancelled, VaultError.
        """
        tools, account = self._tools, question.account
        application_id, customer_id = question.application_id, question.customer_id
        stored = tools.gateways.stored(account)
        asked = InvoiceQuestion(application_id, customer_id, question.period)
        ours = self._invoice_of(report, asked)
        with tools.vault.reading() as db:
            link = billing_links.of_application(db, account, application_id).get(customer_id)
            found = billing_reports.claims_of(
                db, account, stored.account_id, application_id, _windows(question.period)
            )
            transactions = billing_mirror.every(db, account, ObjectKind.INVOICE)
        if link is None:
            raise InvalidInput(f"{NOBODY} Nothing was compared.", field="customer_id")
        claims = frozenset(one.claim_id for one in found if one.customer_id == customer_id)
        lines, totals = comparing.compared(ours, transactions, claims)
        return InvoiceComparison(question, lines, totals, comparing.REASONS, tools.clock())

    def _bill(self, report: Report, question: ReportQuestion, books: Books, run_id: str) -> None:
        if not question.is_dry:
            self._tools.ledger.refresh(question.application_id)
        bills = self._bills(report, question, books)
        with self._tools.vault.reading() as db:
            held = {one for app, one in freezes.frozen(db) if app == question.application_id}
        reasons = [(bill, FROZEN if bill.customer_id in held else _refusal(bill)) for bill in bills]
        refused = [(bill, reason) for bill, reason in reasons if reason]
        self._keep(run_id, [bill.line(LineState.REFUSED, reason) for bill, reason in refused])
        payable = [bill for bill, reason in reasons if not reason]
        if question.is_dry:
            self._keep(run_id, [bill.line(LineState.PLANNED) for bill in payable])
            return
        with self._tools.gateways.opened(question.account) as gateway:
            if not isinstance(gateway, PaddleGateway):
                raise InvalidInput(
                    "Only Paddle is billed by invoice. Nothing was sent. Report usage instead.",
                    field="provider",
                )
            desk = ChargeDesk(gateway.client)
            for start in range(0, len(payable), BATCH):
                report(start, len(payable))
                self._send(books, run_id, payable[start : start + BATCH], desk)

    def _bills(self, report: Report, question: ReportQuestion, books: Books) -> list[Bill]:
        tools, application_id = self._tools, question.application_id
        end = self._settled_until(question)
        with tools.vault.reading() as db:
            links = billing_links.of_application(db, question.account, application_id)
            published = billing_connections.publications(db, question.account, application_id)
        products = {one.rule_id: one.product_id for one in published}
        found: list[Bill] = []
        for month in months_of(question.period, end):
            with tools.vault.reading() as db:
                claims = billing_reports.claims_of(
                    db, question.account, books.account_id, application_id, _windows(month)
                )
                used = used_in(db, application_id, month)
            ground = Ground(month, used, links, products, claims)
            found += bills_of(application_id, ground, partial(self._invoice_of, report))
        return found

    def _invoice_of(self, report: Report, asked: InvoiceQuestion) -> Invoice:
        from desktop.services import billing_periods  # brings numpy

        return billing_periods.invoice(self._tools.vault, asked, self._tools.stamp(), report)

    def _settled_until(self, question: ReportQuestion) -> date:
        """The first day that is not over in the application's zone, or was not synced whole."""
        tools = self._tools
        with tools.vault.reading() as db:
            zone = applications.zones(db)(question.application_id)
        stamp = tools.stamp()
        today = calendar.today(tools.clock(), zone)
        return today if stamp.as_of is None else min(today, calendar.today(stamp.as_of, zone))

    def _send(self, books: Books, run_id: str, bills: Sequence[Bill], desk: ChargeDesk) -> None:
        wanted = [bill.wanted(_payer(bill)) for bill in bills]
        answers = self._tools.ledger.claim(books, run_id, wanted)
        pairs = list(zip(bills, answers, strict=True))
        self._keep(run_id, [line for pair in pairs if (line := _line(*pair)) is not None])
        for bill, answer in pairs:
            if answer.outcome is ClaimOutcome.GRANTED and answer.claim is not None:
                self._send_one(books, run_id, bill, answer.claim, desk)

    def _send_one(
        self, books: Books, run_id: str, bill: Bill, claim: Claim, desk: ChargeDesk
    ) -> None:
        """Bill one claim. What is not known stays open: the next run looks for it at Paddle."""
        charge = bill.charge(claim)
        try:
            sent = desk.send(charge)
        except faults.Unanswered:
            found = desk.find(charge)
            if found is None:
                raise
            sent = found
        except ProviderRefused as error:
            told = outcome(claim.claim_id, ClaimState.REFUSED, str(error))
            self._tools.ledger.tell(books.application_id, run_id, [told])
            return
        self._tools.ledger.tell(books.application_id, run_id, [_accepted(claim, sent)])

    def _keep(self, run_id: str, lines: Sequence[ReportLine]) -> None:
        with self._tools.vault.transaction() as db:
            billing_reports.add_lines(db, run_id, lines)


def _accepted(claim: Claim, sent: Sent) -> Outcome:
    words = f"{sent.object_id}, of an earlier attempt" if sent.was_there else sent.object_id
    return outcome(claim.claim_id, ClaimState.ACCEPTED, words, sent.request_id)


def _refusal(bill: Bill) -> str:
    return "" if bill.is_pending and bill.link is not None else bill.refusal()


def _payer(bill: Bill) -> str:
    return "" if bill.link is None else bill.link.provider_customer_id


def _windows(month: "DateRange") -> tuple[str, str]:
    return f"{month.start:%Y-%m}", f"{month.start:%Y-%m}~"


def _line(bill: Bill, answer: ClaimResult) -> ReportLine | None:
    """The line of a bill as the service answered; none where all of it was billed before."""
    if answer.outcome is ClaimOutcome.GRANTED and answer.claim is not None:
        claim = answer.claim
        return ReportLine(
            claim_id=claim.claim_id,
            customer_id=CustomerId(claim.customer_id),
            provider_customer_id=claim.payer,
            rule_id=INVOICE,
            meter=claim.event_name,
            window=claim.window,
            part=claim.part,
            quantity=Decimal(claim.units),
            state=LineState.CLAIMED,
        )
    if answer.outcome is ClaimOutcome.HELD:
        return bill.line(LineState.HELD, OUTCOMES[answer.outcome])
    if answer.outcome is ClaimOutcome.NOTHING:
        return None
    return bill.line(LineState.REFUSED, OUTCOMES[answer.outcome])
