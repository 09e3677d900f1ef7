# ruff: noqa: ARG002, FBT003 - signatures of the real services
"""A payment provider in memory, with the names and signatures of the real services."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from contract.terms import BillingProvider
from desktop.domain.billing.mapping import (
    CustomerLink,
    LinkSource,
    MappedCustomer,
    MappingPage,
    MatchReceipt,
)
from desktop.domain.billing.mirror import MirroredObject, MirrorPage, ObjectKind, ReadReceipt
from desktop.domain.billing.providers import (
    Account,
    MissingPermission,
    Mode,
    ProviderConnection,
)
from desktop.domain.billing.publication import (
    ApplyReceipt,
    ChangePlan,
    Drift,
    DriftReport,
    FieldDifference,
    PlanAction,
    PlanStep,
    Publication,
)
from desktop.domain.billing.reconciliation import ComparedLine, InvoiceComparison
from desktop.domain.billing.reports import (
    DifferenceReport,
    LinesPage,
    LineState,
    ReportLine,
    ReportQuestion,
    ReportRun,
    RunsPage,
    UsageDifference,
)
from desktop.domain.billing.webhooks import (
    EventOutcome,
    EventsPage,
    ProviderEvent,
    WebhookSetup,
)
from desktop.domain.errors import InvalidInput
from desktop.domain.ids import ApplicationId, CustomerId, RuleId
from desktop.domain.money import Money
from desktop.domain.usage import DateRange
from desktop.services.billing import (
    comparing,
    connections,
    mapping,
    publishing,
    reading,
    reporting,
    webhooks,
)
from desktop.services.billing.paddle import billing as paddle_billing
from desktop.services.calls import callable_from_window

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
STRIPE = Account(BillingProvider.STRIPE, Mode.LIVE)
PADDLE = Account(BillingProvider.PADDLE, Mode.TEST)
APP = ApplicationId("app_acme")
KEY = "rk_test_1234567890"
RULE = RuleId("rule_1")
MISSING = (MissingPermission("rak_price_write", "publishing prices"),)
CONNECTED = ProviderConnection(
    STRIPE, "acct_1Acme", "Acme GmbH", "7f3a", True, NOON - timedelta(days=40), MISSING
)
SANDBOX = ProviderConnection(PADDLE, "paddle", "Paddle", "9c1d", True, NOON - timedelta(days=2))
PUBLICATION = Publication(
    STRIPE, APP, RULE, 3, "prod_1", "price_1", "mtr_1", "generate", 0, NOON - timedelta(days=12)
)
UNIT = FieldDifference("unit_amount_decimal", "0.2", "0.18")
NAMES = ("Globex", "Initech", "Umbrella", "Hooli", "Stark Industries", "Wayne Enterprises")


def thing(kind, number, name, status="active", amount=None, **fields):
    """An object of a list."""
    prefix = {"invoice": "in", "customer": "cus", "product": "prod", "price": "price"}
    object_id = f"{prefix.get(kind.value, kind.value)}_{number:04d}"
    return MirroredObject(
        kind=kind,
        object_id=object_id,
        name=name,
        status=status,
        parent_id="",
        customer_id=f"cus_{number:04d}",
        amount=amount,
        created_at=NOON - timedelta(hours=7 * number),
        body={"id": object_id, "livemode": True, "metadata": {"usageflow_customer": f"c{number}"}},
        **fields,
    )


OBJECTS = {
    ObjectKind.PRODUCT: [thing(ObjectKind.PRODUCT, 1, "Generate"),
                         thing(ObjectKind.PRODUCT, 2, "Search", "archived")],
    ObjectKind.PRICE: [thing(ObjectKind.PRICE, 1, "Generate", amount=Money(20, "USD"))],
    ObjectKind.CUSTOMER: [
        thing(ObjectKind.CUSTOMER, number, name) for number, name in enumerate(NAMES, 1)
    ],
    ObjectKind.INVOICE: [
        thing(ObjectKind.INVOICE, number, f"INV-{number:04d}", status, Money(minor, "USD"))
        for number, (status, minor) in enumerate(
            [("paid", 124_050), ("open", 8_700), ("paid", 99), ("void", 5_000)] * 8, 1
        )
    ],
}  # fmt: skip
QUESTION = ReportQuestion(STRIPE, APP, DateRange(date(2026, 11, 1), date(2026, 11, 23)))


def line(number, state, reason="", request_id=""):
    return ReportLine(
        claim_id=f"clm_{number}",
        customer_id=CustomerId(f"cus_{number}"),
        provider_customer_id=f"cus_{number:04d}",
        rule_id=RULE,
        meter="generate",
        window="2026-11-22",
        part=1,
        quantity=Decimal(1250 * number),
        state=state,
        reason=reason,
        request_id=request_id,
    )


LINES = (
    line(1, LineState.ACCEPTED, "", "req_Ab12"),
    line(2, LineState.SENT, "", "req_Cd34"),
    line(3, LineState.REFUSED, "Nobody pays for this caller."),
    line(4, LineState.UNCERTAIN, "No answer came.", "req_Ef56"),
)
RUN = ReportRun("run_1", QUESTION, NOON - timedelta(hours=2), NOON - timedelta(hours=2),
                {"accepted": 41, "sent": 2, "refused": 1, "uncertain": 1})  # fmt: skip
PLANNED = ReportRun("run_2", replace(QUESTION, is_dry=True), NOON, NOON, {"planned": 7})
EVENTS = tuple(
    ProviderEvent(f"evt_{number}", kind, f"in_{number:04d}", NOON - timedelta(minutes=9 * number),
                  NOON - timedelta(minutes=9 * number - 1), outcome)
    for number, (kind, outcome) in enumerate(
        [("invoice.paid", EventOutcome.APPLIED), ("customer.updated", EventOutcome.APPLIED),
         ("invoice.created", EventOutcome.OLDER), ("checkout.session.expired",
                                                   EventOutcome.NOTICED)], 1)
)  # fmt: skip
URL = "https://meter.example.com/v1/webhooks/Zq1c0vN5w3mHk8yT2bRs6dXe9uLfPgJa4oVi7nCtEhM"


class Desk:
    """What the fakes remember; hangs on the controls."""

    def __init__(self):
        self.connections = [CONNECTED, SANDBOX]
        self.objects = OBJECTS
        self.links = {"cus_1": "cus_0001"}
        self.published = [PUBLICATION]
        self.drift = (UNIT,)
        self.steps = (
            PlanStep(PlanAction.CREATE_PRICE, "", "Generate", (UNIT,)),
            PlanStep(PlanAction.ARCHIVE_PRICE, "price_1", "Generate", ()),
        )
        self.refusals = ()
        self.runs = [RUN]
        self.agrees = True
        self.setups = [WebhookSetup(STRIPE, URL, 1, NOON)]


class _Fake:
    def __init__(self, controls):
        self.controls = controls

    @property
    def desk(self):
        if not hasattr(self.controls, "billing"):
            self.controls.billing = Desk()
        return self.controls.billing


class BillingConnectionService(_Fake, connections.BillingConnectionService):
    @callable_from_window
    def connections(self) -> tuple[ProviderConnection, ...]:
        self.controls.enter("BillingConnectionService.connections")
        return tuple(self.desk.connections)

    @callable_from_window
    def connect(self, provider: BillingProvider, key: str) -> ProviderConnection:
        self.controls.enter("BillingConnectionService.connect", provider, key)
        if key == "wrong":
            raise InvalidInput("This is no key. Nothing was stored.", field="key")
        made = replace(SANDBOX, account=Account(provider, Mode.TEST))
        self.desk.connections = [*self.desk.connections, made]
        return made

    @callable_from_window
    def check(self, account: Account) -> ProviderConnection:
        self.controls.enter("BillingConnectionService.check", account)
        return CONNECTED

    @callable_from_window
    def disconnect(self, account: Account) -> None:
        self.controls.enter("BillingConnectionService.disconnect", account)
        self.desk.connections = [c for c in self.desk.connections if c.account != account]


class MirrorService(_Fake, reading.MirrorService):
    @callable_from_window
    def read(self, report: reading.Report, account: Account, is_full: bool) -> ReadReceipt:  # noqa: FBT001
        self.controls.enter("MirrorService.read", account, is_full)
        report(1, 2)
        return ReadReceipt(12, is_full)

    @callable_from_window
    def objects(self, question: reading.MirrorQuestion) -> MirrorPage:
        self.controls.enter("MirrorService.objects", question)
        every = self.desk.objects.get(question.kind, [])
        wanted = question.search.lower()
        found = [
            one
            for one in every
            if wanted in f"{one.name} {one.object_id}".lower()
            and question.status in {"", one.status}
        ]
        page = tuple(found[question.offset : question.offset + question.limit])
        statuses = tuple(sorted({one.status for one in every}))
        return MirrorPage(page, len(found), NOON, statuses)

    @callable_from_window
    def object(self, account: Account, kind: ObjectKind, object_id: str) -> MirroredObject:
        self.controls.enter("MirrorService.object", object_id)
        return next(one for one in self.desk.objects[kind] if one.object_id == object_id)


class MappingService(_Fake, mapping.MappingService):
    @callable_from_window
    def page(  # noqa: PLR0913, PLR0917 (as the service)
        self, account: Account, application_id: ApplicationId, only_unmapped: bool,  # noqa: FBT001
        search: str, offset: int, limit: int,
    ) -> MappingPage:  # fmt: skip
        self.controls.enter("MappingService.page")
        rows = [self._row(number) for number in range(1, 6)]
        found = [row for row in rows if search in row.label and not (only_unmapped and row.link)]
        return MappingPage(tuple(found), len(found), sum(row.link is None for row in rows))

    def _row(self, number):
        customer_id = CustomerId(f"cus_{number}")
        payer = self.desk.links.get(customer_id)
        link = None
        if payer is not None:
            link = CustomerLink(STRIPE, APP, customer_id, payer, LinkSource.HAND)
        name = NAMES[int(payer[-1]) - 1] if payer else ""
        return MappedCustomer(customer_id, f"caller {number}", link, name)

    @callable_from_window
    def link(self, account: Account, application_id: ApplicationId, customer_id: CustomerId,
             provider_customer_id: str) -> None:  # fmt: skip
        self.controls.enter("MappingService.link", customer_id, provider_customer_id)
        self.desk.links[customer_id] = provider_customer_id

    @callable_from_window
    def unlink(
        self, account: Account, application_id: ApplicationId, customer_id: CustomerId
    ) -> None:
        self.controls.enter("MappingService.unlink", customer_id)
        del self.desk.links[customer_id]

    @callable_from_window
    def match(self, account: Account, application_id: ApplicationId, field: str) -> MatchReceipt:
        self.controls.enter("MappingService.match", field)
        return MatchReceipt(2, ("caller 5",))


class BillingPublishService(_Fake, publishing.BillingPublishService):
    @callable_from_window
    def plan(self, report: publishing.Report, question: publishing.PublishQuestion) -> ChangePlan:
        self.controls.enter("BillingPublishService.plan", question)
        steps = () if self.desk.refusals else self.desk.steps
        notes = ("Taxes are added there.",)
        return ChangePlan(question, 4, steps, self.desk.refusals, notes, "digest")

    @callable_from_window
    def apply(self, report: publishing.Report, plan: ChangePlan) -> ApplyReceipt:
        self.controls.enter("BillingPublishService.apply", plan)
        self.desk.published = [replace(PUBLICATION, version=4)]
        return ApplyReceipt(self.desk.published[0], plan.steps, ("req_1",))

    @callable_from_window
    def publications(
        self, account: Account, application_id: ApplicationId
    ) -> tuple[Publication, ...]:
        self.controls.enter("BillingPublishService.publications")
        return tuple(self.desk.published)

    @callable_from_window
    def drift(
        self, report: publishing.Report, account: Account, application_id: ApplicationId
    ) -> DriftReport:
        self.controls.enter("BillingPublishService.drift")
        return DriftReport((Drift(PUBLICATION, "Generate", self.desk.drift),), NOON)


class UsageReportService(_Fake, reporting.UsageReportService):
    @callable_from_window
    def run(self, report: reporting.Report, question: ReportQuestion) -> ReportRun:
        self.controls.enter("UsageReportService.run", question)
        made = PLANNED if question.is_dry else replace(RUN, run_id="run_3", started_at=NOON)
        self.desk.runs = [replace(made, question=question), *self.desk.runs]
        return self.desk.runs[0]

    @callable_from_window
    def runs(
        self, account: Account, application_id: ApplicationId, offset: int, limit: int
    ) -> RunsPage:
        self.controls.enter("UsageReportService.runs")
        return RunsPage(tuple(self.desk.runs), len(self.desk.runs))

    @callable_from_window
    def lines(self, run_id: str, state: str, offset: int, limit: int) -> LinesPage:
        self.controls.enter("UsageReportService.lines", run_id, state)
        found = tuple(one for one in LINES if state in {"", one.state.value})
        return LinesPage(found, len(found))

    @callable_from_window
    def difference(
        self, report: reporting.Report, account: Account, application_id: ApplicationId,
        period: DateRange,
    ) -> DifferenceReport:  # fmt: skip
        self.controls.enter("UsageReportService.difference", period)
        one = UsageDifference(
            "cus_0001", "Globex", "generate", date(2026, 11, 3), Decimal(10), Decimal(9)
        )
        return DifferenceReport(() if self.desk.agrees else (one,), 30, NOON)

    @callable_from_window
    def decide(self, account: Account, claim_id: str, was_counted: bool) -> None:  # noqa: FBT001
        self.controls.enter("UsageReportService.decide", claim_id, was_counted)

    @callable_from_window
    def take_back(self, account: Account, claim_id: str) -> None:
        self.controls.enter("UsageReportService.take_back", claim_id)


class InvoiceBillingService(_Fake, paddle_billing.InvoiceBillingService):
    @callable_from_window
    def run(self, report: paddle_billing.Report, question: ReportQuestion) -> ReportRun:
        self.controls.enter("InvoiceBillingService.run", question)
        return replace(PLANNED, question=question)

    @callable_from_window
    def compare(
        self, report: paddle_billing.Report, question: paddle_billing.ComparisonQuestion
    ) -> InvoiceComparison:
        self.controls.enter("InvoiceBillingService.compare", question)
        return InvoiceComparison(question, (), (), ("As last read.",), NOON)


class BillingComparisonService(_Fake, comparing.BillingComparisonService):
    @callable_from_window
    def compare(
        self, report: comparing.Report, question: comparing.ComparisonQuestion
    ) -> InvoiceComparison:
        self.controls.enter("BillingComparisonService.compare", question)
        theirs = Money(124_050 if self.desk.agrees else 124_049, "USD")
        lines = (ComparedLine("Generate", Money(124_050, "USD"), theirs),)
        totals = (ComparedLine("USD", Money(124_050, "USD"), theirs),)
        return InvoiceComparison(question, lines, totals, ("Taxes are left out.",), NOON)


class WebhookService(_Fake, webhooks.WebhookService):
    @callable_from_window
    def setups(self) -> tuple[WebhookSetup, ...]:
        self.controls.enter("WebhookService.setups")
        return tuple(self.desk.setups)

    @callable_from_window
    def set_up(self, account: Account, secrets: tuple[str, ...]) -> WebhookSetup:
        self.controls.enter("WebhookService.set_up", account, secrets)
        if "short" in secrets:
            raise InvalidInput("These are no signing secrets.", field="secrets")
        self.desk.setups = [WebhookSetup(account, URL, len(secrets), NOON)]
        return self.desk.setups[0]

    @callable_from_window
    def remove(self, account: Account) -> None:
        self.controls.enter("WebhookService.remove", account)
        self.desk.setups = []

    @callable_from_window
    def events(self, account: Account, offset: int, limit: int) -> EventsPage:
        self.controls.enter("WebhookService.events")
        return EventsPage(EVENTS if account == STRIPE else (), len(EVENTS))


KINDS_OF_SERVICE = (
    BillingConnectionService,
    MirrorService,
    MappingService,
    BillingPublishService,
    UsageReportService,
    InvoiceBillingService,
    BillingComparisonService,
    WebhookService,
)
