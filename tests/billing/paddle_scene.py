"""A desktop that is connected to a service and to the stand-in of Paddle, with usage to bill."""

from dataclasses import replace
from datetime import date

from contract.terms import BillingProvider
from desktop.domain.billing.providers import Account, Mode
from desktop.domain.billing.publication import PublishQuestion
from desktop.domain.billing.reports import ReportQuestion
from desktop.domain.ids import ApplicationId, CustomerId, RuleId
from desktop.domain.invoices import InvoiceQuestion
from desktop.domain.usage import DateRange
from desktop.services.billing.paddle.client import PaddleClient
from desktop.services.billing.paddle.gateway import PaddleGateway
from desktop.services.billing.paddle.keys import SANDBOX_URL
from tests.billing.ledger import LedgerInMemory, LedgerRoutes
from tests.billing.paddle_stand_in import KEY, PaddleStandIn
from tests.fakes import APPLICATION, Device, no_report
from tests.unit.test_invoicing import put_rule
from tests.unit.test_usage import endpoint, hour_of

ACCOUNT = Account(BillingProvider.PADDLE, Mode.TEST)
APP = ApplicationId(APPLICATION)
RULE = RuleId("rule_1")
MAY = DateRange(date(2026, 5, 1), date(2026, 6, 1))
GRADUATED = {
    "model": "graduated",
    "currency": "USD",
    "tiers": [{"up_to": "100", "unit_amount": "0.015"}, {"unit_amount": "0.0125"}],
}


class PaddleShop:
    """Two callers, each with a payer who has an address; `cus_b` has a subscription as well."""

    def __init__(self, directory, hosted, *, prefix="a", paddle=None, ledger=None):
        self.hosted = hosted
        self.paddle = paddle or PaddleStandIn(page=3)
        self.ledger = ledger or LedgerInMemory()
        self.device = PaddleDevice(directory, hosted, self.paddle, prefix)
        LedgerRoutes(self.ledger, self.device.clock).install(hosted)
        self.payers = {}

    @property
    def billing(self):
        return self.device.services.billing

    def open(self, price=None):
        """A rule, usage of May, everything synced, read, published and mapped."""
        endpoint(self.hosted, "end_1", "GET", "/items")
        put_rule(self.hosted, "rule_1", price or GRADUATED, "Calls")
        for name in ("a", "b"):
            customer = self.paddle.add("customers", custom_data={"caller": f"cus_{name}"})
            self.payers[name] = customer["id"]
            self.paddle.add("addresses", customer_id=customer["id"])
        self.paddle.add("subscriptions", customer_id=self.payers["b"])
        self.use("cus_a", 333)
        self.use("cus_b", 77)
        self.connect()
        self.publish()
        self.billing.mapping.match(ACCOUNT, APP, "caller")
        return self

    def connect(self):
        self.device.sync()
        self.billing.connections.connect(BillingProvider.PADDLE, KEY)
        self.billing.mirror.read(no_report, ACCOUNT, True)  # noqa: FBT003 (as the window calls it)

    def use(self, customer, requests, day=date(2026, 5, 20)):
        self.hosted.count("end_1", customer, hour_of(day), requests)

    def publish(self):
        question = PublishQuestion(ACCOUNT, APP, RULE)
        plan = self.billing.publishing.plan(no_report, question)
        return self.billing.publishing.apply(no_report, plan)

    def bill(self, period=MAY, *, is_dry=False):
        question = ReportQuestion(ACCOUNT, APP, period, is_dry)
        return self.billing.months.run(no_report, question)

    def lines(self, run):
        return self.billing.reports.lines(run.run_id, "", 0, 1000).rows

    def previewed(self, *customers):
        """What the invoices come to, in minor units."""
        invoices = [
            self.device.services.invoices.preview(
                no_report, InvoiceQuestion(APP, CustomerId(customer), MAY)
            )
            for customer in customers
        ]
        return sum(part.total.amount_minor for one in invoices for part in one.parts)

    def later(self, **span):
        """Time goes on; leases of claims end."""
        self.device.clock.forward(**span)

    def agree(self):
        """What Paddle has billed is what the ledger says, and what the invoices come to."""
        billed = self.paddle.billed("USD")
        return self.ledger.reported() == billed * 10**4 and billed == self.previewed(
            "cus_a", "cus_b"
        )


class PaddleDevice(Device):
    def __init__(self, directory, hosted, paddle, prefix):
        self._paddle = paddle
        super().__init__(directory, hosted, prefix=prefix)

    def _built(self):
        def gateway(key):
            return PaddleGateway(key, PaddleClient(SANDBOX_URL, key, self._paddle.transport()))

        makers = {BillingProvider.PADDLE: gateway}
        self.surroundings = replace(self.surroundings, gateways=makers)
        return super()._built()
