"""What-if and invoices in memory, with figures that never change."""

from datetime import UTC, date, datetime
from decimal import Decimal

from desktop.domain.ids import ApplicationId, CustomerId, RuleId
from desktop.domain.invoices import (
    Adjustment,
    Forecast,
    Invoice,
    InvoiceLine,
    InvoicePart,
    InvoiceQuestion,
    InvoiceTerms,
    OtherBill,
    RevenueLine,
    RevenueQuestion,
    RevenueReport,
)
from desktop.domain.money import Money
from desktop.domain.pricing.drafts import KeptDraft, RuleDraft
from desktop.domain.pricing.other_systems import Difference, System
from desktop.domain.what_if import (
    BreakEven,
    BreakEvenQuestion,
    CoveredRule,
    CurrencyOutcome,
    DraftOutcome,
    MonthAmounts,
    Moved,
    Mover,
    RuleAmount,
    SavedScenario,
    WhatIfAnswer,
    WhatIfChoices,
    WhatIfQuestion,
)
from desktop.services import invoicing, what_if
from desktop.services.calls import Report, callable_from_window
from desktop.services.export import ExportReceipt
from tests.gui.fakes import TODAY, _Service

TIERS = [{"up_to": "10000", "unit_amount": "0.002"}, {"unit_amount": "0.0012"}]
DRAFT = {"model": "graduated", "currency": "USD", "tiers": TIERS}
CUSTOMERS = (
    ("cus_1", "Acme EU", 542_000, 688_340),
    ("cus_2", "Bluefin Logistics", 301_255, 367_531),
    ("cus_3", "Kite.io", 98_010, 126_433),
    ("cus_4", "Omega Maps", 77_450, 71_254),
)
COVERED = (True, 212, 9_871)
MONTHS = ((9, 1_482_010, 1_702_100), (10, 1_820_455, 2_091_102))


def usd(minor):
    return Money(minor, "USD")


def movers():
    return tuple(
        Mover(CustomerId(customer), name, usd(live), usd(draft))
        for customer, name, live, draft in CUSTOMERS
    )


def outcome(name):
    moved = CurrencyOutcome(
        live=usd(1_820_455), draft=usd(2_091_102), customers=41,
        up=Moved(29, usd(276_843)), down=Moved(8, usd(-6_196)), unchanged=4, much_dearer=3,
        newly_billed=0, no_longer_billed=0, movers=movers(),
        distribution=(0, 0, 2, 6, 9, 17, 3, 0),
    )  # fmt: skip
    return DraftOutcome(
        name=name,
        currencies=(moved,),
        rules=(RuleAmount(RuleId("rule_1"), "generate", (usd(1_820_455),), (usd(2_091_102),)),),
        months=tuple(
            MonthAmounts(date(2026, month, 1), (usd(live),), (usd(draft),))
            for month, live, draft in MONTHS
        ),
        covered=(
            CoveredRule("Uploads", *COVERED, date(2026, 10, 3), date(2026, 10, 30)),
        ),
        requests_without_price=0,
    )  # fmt: skip


class WhatIfService(_Service, what_if.WhatIfService):
    @callable_from_window
    def choices(self, application_id: ApplicationId) -> WhatIfChoices:
        self.controls.enter("WhatIfService.choices")
        drafts = (KeptDraft(RuleId("rule_1"), RuleDraft(application_id, "generate", price=DRAFT),
                            datetime(2026, 11, 23, 13, 40, tzinfo=UTC)),)  # fmt: skip
        return WhatIfChoices(
            tuple(self.controls.rules) if self.controls.has_usage else (),
            drafts if self.controls.has_usage else (),
            tuple((CustomerId(one[0]), one[1]) for one in CUSTOMERS),
            tuple(self.controls.scenarios),
        )

    @callable_from_window
    def simulate(self, report: Report, question: WhatIfQuestion) -> WhatIfAnswer:
        report(0, 2)
        self.controls.enter("WhatIfService.simulate", question)
        report(1, 2)
        drafts = tuple(outcome(draft.name) for draft in question.drafts)
        return WhatIfAnswer(drafts, 41, 1_968, self.controls.stamp())

    @callable_from_window
    def break_even(self, report: Report, question: BreakEvenQuestion) -> BreakEven:
        report(0)
        self.controls.enter("WhatIfService.break_even", question)
        value = Decimal("0.001742")
        return BreakEven(value, usd(1_820_460), Decimal("0.001741"), usd(1_820_450), usd(1_820_455))

    @callable_from_window
    def export(self, report: Report, question: WhatIfQuestion, path: str) -> ExportReceipt:
        report(0)
        self.controls.enter("WhatIfService.export", question, path)
        return ExportReceipt(path, 120_000, "9f2c" * 16, 3_936)

    @callable_from_window
    def save_scenario(self, name: str, question: WhatIfQuestion) -> SavedScenario:
        self.controls.enter("WhatIfService.save_scenario", name)
        saved = SavedScenario(f"scn_{name}", name, question, datetime(2026, 11, 23, tzinfo=UTC))
        self.controls.scenarios.append(saved)
        return saved

    @callable_from_window
    def delete_scenario(self, scenario_id: str) -> None:
        self.controls.enter("WhatIfService.delete_scenario", scenario_id)
        kept = [one for one in self.controls.scenarios if one.scenario_id != scenario_id]
        self.controls.scenarios[:] = kept


def steps():
    return (
        {"step": "units", "tier": "1", "units": "10000", "price": "0.002", "exact": "20",
         "amount": "20.00"},
        {"step": "units", "tier": "2", "units": "451667", "price": "0.0012", "exact": "542.0004",
         "rounding": "-0.0004", "amount": "542.00"},
    )  # fmt: skip


def line(question):
    here = usd(56_200)
    return InvoiceLine(
        RuleId("rule_1"), "generate", 7, question.period, ("POST /v1/generate",), "units",
        Decimal(461_667), 3_812, here, steps(),
        (
            OtherBill(System.OPENMETER, here, usd(0), ()),
            OtherBill(System.LAGO, usd(56_201), usd(1), (Difference.ROUNDS_ONCE,)),
            OtherBill(System.STRIPE, None, None, (Difference.NO_MODIFIER,)),
        ),
    )  # fmt: skip


class InvoiceService(_Service, invoicing.InvoiceService):
    @callable_from_window
    def revenue(self, report: Report, question: RevenueQuestion) -> RevenueReport:
        report(0)
        self.controls.enter("InvoiceService.revenue", question)
        lines = tuple(
            RevenueLine(customer, name, (usd(live),), 1) for customer, name, live, _ in CUSTOMERS
        )
        some = lines if self.controls.has_usage else ()
        rules = (RevenueLine("rule_1", "generate", (usd(1_018_715),), 4),)
        plans = (RevenueLine("plan_1", "Scale", (usd(843_255),), 2),
                 RevenueLine("", "", (usd(175_460),), 2))  # fmt: skip
        forecast = Forecast(usd(1_018_715), usd(1_328_760), usd(1_290_140), usd(1_371_005))
        return RevenueReport(
            question.period, (usd(1_018_715),) if some else (), rules if some else (),
            plans if some else (), some, (forecast,) if some else (), 4, TODAY,
            self.controls.stamp(),
        )  # fmt: skip

    @callable_from_window
    def preview(self, report: Report, question: InvoiceQuestion) -> Invoice:
        report(0)
        self.controls.enter("InvoiceService.preview", question)
        invoicing.check_terms(question.terms)
        only = line(question)
        adjustments = () if question.terms == InvoiceTerms() else ((Adjustment.TAX, usd(10_678)),)
        total = usd(56_200 + sum(amount.amount_minor for _, amount in adjustments))
        part = InvoicePart((only,), usd(56_200), adjustments, total)
        name = next(one[1] for one in CUSTOMERS if one[0] == question.customer_id)
        return Invoice(
            question, self.controls.hostile or name, "Acme API", is_sample=False, parts=(part,),
            stamp=self.controls.stamp(),
        )  # fmt: skip

    @callable_from_window
    def export(self, report: Report, question: InvoiceQuestion, path: str) -> ExportReceipt:
        report(0)
        self.controls.enter("InvoiceService.export", question, path)
        return ExportReceipt(path, 512, "9f2c" * 16, 2)
