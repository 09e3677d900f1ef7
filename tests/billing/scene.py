"""A desktop that is connected to a service and to the stand-in of Stripe, with usage to bill."""

from datetime import UTC, date, datetime, timedelta

from contract.terms import BillingProvider
from desktop.domain.billing.mirror import MirrorQuestion
from desktop.domain.billing.providers import Account, Mode
from desktop.domain.billing.publication import PublishQuestion
from desktop.domain.billing.reports import ReportQuestion
from desktop.domain.ids import ApplicationId, CustomerId, RuleId
from desktop.domain.usage import DateRange
from desktop.services.billing.stripe.api import StripeApi
from desktop.services.billing.stripe.gateway import StripeGateway
from desktop.services.billing.stripe.transport import Patience
from tests.billing.ledger import LedgerInMemory, LedgerRoutes
from tests.billing.stripe_stand_in import KEY, StripeStandIn
from tests.fakes import APPLICATION, NOON, Device, no_report
from tests.unit.test_invoicing import put_rule
from tests.unit.test_usage import endpoint, hour_of

ADDRESSES = {"api": "https://stripe.example", "meter_events": "https://events.example"}
ACCOUNT = Account(BillingProvider.STRIPE, Mode.TEST)
APP = ApplicationId(APPLICATION)
RULE = RuleId("rule_1")
YESTERDAY = NOON.date() - timedelta(days=1)
JUNE = DateRange(date(2026, 6, 1), date(2026, 7, 1))


def gateways_to(transport, patience=None):
    """The real gateway, over a transport of the test."""

    def api(key):
        return StripeApi(key, lambda _url: transport, ADDRESSES, patience or Patience(attempts=4))

    return {BillingProvider.STRIPE: lambda key: StripeGateway(key, api)}


class Shop:
    """A device with a rule, callers and payers. Names are short: `cus_a` is paid by `pay_a`."""

    def __init__(self, directory, hosted, *, prefix="a", stripe=None, ledger=None):
        self.hosted = hosted
        self.stripe = stripe or StripeStandIn(now=int(NOON.timestamp()))
        self.ledger = ledger or LedgerInMemory()
        self.device = BillingDevice(directory, hosted, self.stripe, prefix)
        LedgerRoutes(self.ledger, self.device.clock).install(hosted)

    @property
    def billing(self):
        return self.device.services.billing

    def open(self, price=None, **fields):
        """An endpoint, a rule, two callers with payers, everything synced, read and published."""
        endpoint(self.hosted, "end_1", "GET", "/items")
        model = {"model": "per_unit", "currency": "USD", "unit_amount": "0.015"}
        put_rule(self.hosted, "rule_1", price or model, "Calls", **fields)
        for name in ("a", "b"):
            self.stripe.put("customer", id=f"pay_{name}", name=f"Payer {name}",
                            metadata={"caller": f"cus_{name}"})  # fmt: skip
        self.use("cus_a", 5)
        self.use("cus_b", 7)
        self.connect()
        self.publish()
        self.billing.mapping.match(ACCOUNT, APP, "caller")
        return self

    def connect(self):
        self.device.sync()
        self.billing.connections.connect(BillingProvider.STRIPE, KEY)
        self.read()

    def use(self, customer, requests, day=YESTERDAY, **more):
        self.hosted.count("end_1", customer, hour_of(day), requests, **more)

    def read(self, *, is_full=False):
        return self.billing.mirror.read(no_report, ACCOUNT, is_full)

    def rows(self, kind, **fields):
        return self.billing.mirror.objects(MirrorQuestion(ACCOUNT, kind, **fields)).rows

    def plan(self, digits=0, rule_id=RULE):
        question = PublishQuestion(ACCOUNT, APP, rule_id, digits)
        return self.billing.publishing.plan(no_report, question)

    def publish(self, digits=0, rule_id=RULE):
        return self.billing.publishing.apply(no_report, self.plan(digits, rule_id))

    def report(self, period=JUNE, *, is_dry=False):
        question = ReportQuestion(ACCOUNT, APP, period, is_dry)
        return self.billing.reports.run(no_report, question)

    def lines(self, run, state=""):
        return self.billing.reports.lines(run.run_id, state, 0, 1000).rows

    def difference(self, period=JUNE):
        return self.billing.reports.difference(no_report, ACCOUNT, APP, period)

    def forward(self, **span):
        """Time goes on, here and there."""
        self.device.clock.forward(**span)
        self.stripe.now += int(timedelta(**span).total_seconds())

    def agree(self):
        """What Stripe has counted is what the ledger says was reported."""
        return self.stripe.total() * 10**6 == self.ledger.reported()


class BillingDevice(Device):
    def __init__(self, directory, hosted, stripe, prefix):
        self._stripe = stripe
        super().__init__(directory, hosted, prefix=prefix)

    def _built(self):
        from dataclasses import replace

        self.surroundings = replace(self.surroundings, gateways=gateways_to(self._stripe.transport))
        return super()._built()


def day_at(day):
    """Noon of a day, UTC seconds."""
    return int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp())


def caller(name):
    return CustomerId(f"cus_{name}")
