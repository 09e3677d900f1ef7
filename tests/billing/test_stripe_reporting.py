"""Usage is reported to Stripe once, whatever happens on the way."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from desktop.domain.billing.reports import LineState
from desktop.domain.errors import InvalidInput, ProviderProblem, ServiceUnreachable
from desktop.domain.privacy.kinds import Channel, Refusal, RequestKind
from desktop.domain.privacy.requests import NewRequest, Person
from desktop.domain.usage import DateRange
from tests.billing.scene import ACCOUNT, APP, JUNE, RULE, YESTERDAY, Shop, caller
from tests.fakes import no_report


def test_settled_days_are_reported_by_payer_and_rule(shop):
    run = shop.report()
    assert run.counts == {"sent": 2}
    events = {(one.customer, one.value) for one in shop.stripe.counted}
    assert events == {("pay_a", 5), ("pay_b", 7)}
    assert {line.window for line in shop.lines(run)} == {YESTERDAY.isoformat()}
    assert shop.agree()


def test_a_second_run_sends_nothing(shop):
    shop.report()
    sent = len(shop.stripe.counted)
    assert shop.report().counts == {}
    assert len(shop.stripe.counted) == sent


def test_a_dry_run_says_what_it_would_send(shop):
    run = shop.report(is_dry=True)
    lines = shop.lines(run)
    assert {(line.customer_id, line.quantity, line.state) for line in lines} == {
        ("cus_a", Decimal(5), LineState.PLANNED), ("cus_b", Decimal(7), LineState.PLANNED),
    }  # fmt: skip
    assert shop.stripe.counted == []
    assert shop.ledger.claims == {}


def test_today_is_not_settled(shop):
    shop.use("cus_a", 100, YESTERDAY + timedelta(days=1))
    shop.device.sync()
    assert {line.quantity for line in shop.lines(shop.report())} == {Decimal(5), Decimal(7)}


def test_late_usage_is_another_part(shop):
    shop.report()
    shop.use("cus_a", 3)
    shop.device.sync()
    (line,) = shop.lines(shop.report())
    assert (line.part, line.quantity, line.state) == (2, Decimal(3), LineState.SENT)
    assert shop.agree()
    assert shop.difference().differences == ()


def test_a_correction_takes_away_what_was_too_much(shop):
    shop.report()
    shop.use("cus_a", 0, units=-2)
    shop.device.sync()
    (line,) = shop.lines(shop.report())
    assert line.quantity == Decimal(-2)
    assert shop.stripe.total() == 10


def test_who_is_paid_by_nobody_is_told(shop):
    shop.use("cus_c", 4)
    shop.device.sync()
    (line,) = shop.lines(shop.report(), "refused")
    assert (line.customer_id, line.quantity) == ("cus_c", Decimal(4))
    assert "Nobody pays" in line.reason


def test_of_a_reported_child_nothing_goes_out_until_that_is_decided(shop):
    services = shop.device.services
    child = Person("A parent", "", ("cus_a",))
    asked = NewRequest(
        RequestKind.CHILD_REPORT, Channel.APP, shop.device.clock(), "UTC", child, "She is 9."
    )
    request_id = services.privacy_requests.log_request(asked).line.request_id
    run = shop.report()
    assert {event.customer for event in shop.stripe.counted} == {"pay_b"}
    (held,) = shop.lines(run, "refused")
    assert (held.customer_id, "child" in held.reason) == ("cus_a", True)
    services.privacy_requests.refuse(request_id, Refusal.NOT_COVERED)
    shop.report()
    assert {event.customer for event in shop.stripe.counted} == {"pay_a", "pay_b"}
    assert shop.agree()


def test_service_that_knows_of_a_freeze_grants_nothing(shop):
    """Another desktop may have frozen the customer a moment ago."""
    shop.ledger.frozen = {"cus_a"}
    run = shop.report()
    (held,) = shop.lines(run, "refused")
    assert (held.customer_id, "child" in held.reason) == ("cus_a", True)
    assert {event.customer for event in shop.stripe.counted} == {"pay_b"}


def test_what_is_older_than_35_days_is_refused_with_its_amount(shop):
    shop.use("cus_a", 9, YESTERDAY - timedelta(days=40))
    shop.device.sync()
    run = shop.report(DateRange(date(2026, 5, 1), date(2026, 7, 1)))
    (line,) = shop.lines(run, "refused")
    assert line.reason.startswith("9 units of this day are not reported and it is more than 35")
    assert shop.stripe.total() == 12


def test_fractions_are_not_rounded(shop):
    shop.use("cus_a", 0, units=0.5)
    shop.device.sync()
    (line,) = shop.lines(shop.report(), "refused")
    assert "5.5 units have more decimals than the 0" in line.reason
    assert shop.stripe.total() == 7


def test_a_price_of_thousandths_counts_thousandths(empty_shop):
    shop = empty_shop.open()
    shop.publish(digits=3)
    shop.use("cus_a", 0, units=0.5)
    shop.device.sync()
    shop.report()
    assert shop.stripe.total() == 5500 + 7000
    assert shop.difference().differences == ()
    assert shop.ledger.reported() == 12_500_000


def test_counted_reports_are_accepted_by_comparing(shop):
    run = shop.report()
    report = shop.difference()
    assert (report.differences, report.compared) == ((), 2)
    assert {line.state for line in shop.lines(run)} == {LineState.ACCEPTED}


def test_what_stripe_lost_is_a_difference_of_that_day(shop):
    shop.report()
    lost = next(one for one in shop.stripe.counted if one.customer == "pay_a")
    shop.stripe.counted.remove(lost)
    (found,) = shop.difference().differences
    assert (found.provider_customer_id, found.payer, found.day) == ("pay_a", "Payer a", YESTERDAY)
    assert (found.ledger, found.provider) == (Decimal(5), Decimal(0))


@pytest.mark.parametrize("storm", [[429] * 3, [500, 503, 409], ["lost", "late"], ["late"] * 3])
def test_a_storm_is_weathered_and_nothing_counts_twice(shop, storm):
    shop.stripe.storm.extend(storm)
    assert shop.report().counts == {"sent": 2}
    assert shop.stripe.total() == 12
    assert shop.agree()


@pytest.mark.parametrize(("trouble", "tries"), [(429, 4), (500, 5), ("lost", 6), ("late", 7)])
def test_what_failed_is_taken_up_by_the_next_run(shop, trouble, tries):
    shop.stripe.storm.extend([trouble] * tries)
    with pytest.raises(ProviderProblem):
        shop.report()
    shop.stripe.storm.clear()
    assert "Stripe" in shop.billing.reports.runs(ACCOUNT, APP, 0, 1).rows[0].problem
    shop.forward(minutes=6)
    shop.report()
    assert shop.stripe.total() == 12
    assert shop.agree()


def test_without_a_claim_nothing_is_sent(shop):
    shop.hosted.online = False
    with pytest.raises(ServiceUnreachable):
        shop.report()
    assert shop.stripe.counted == []


def test_an_answer_of_the_ledger_that_was_lost_claims_nothing_twice(shop):
    shop.hosted.loses_answers = 2
    shop.report()
    assert shop.stripe.total() == 12
    assert len(shop.ledger.claims) == 2


def test_two_desktops_report_once(shop, tmp_path):
    other = Shop(tmp_path / "b", shop.hosted, prefix="b", stripe=shop.stripe, ledger=shop.ledger)
    other.connect()
    other.publish()
    other.billing.mapping.match(ACCOUNT, APP, "caller")
    shop.report()
    assert other.report().counts == {}
    shop.use("cus_b", 1)
    for one in (shop, other):
        one.device.sync()
    other.report()
    assert shop.report().counts == {}
    assert shop.stripe.total() == 13
    other.device.close()


def unanswered(shop):
    """A run whose every request was done at Stripe, and never answered."""
    shop.stripe.storm.extend(["late"] * 4)
    with pytest.raises(ProviderProblem):
        shop.report()
    shop.stripe.storm.clear()


def test_after_a_day_what_was_counted_is_not_sent_again(shop):
    unanswered(shop)
    shop.forward(hours=30)
    shop.device.sync()
    shop.report()
    assert sorted(one.value for one in shop.stripe.counted) == [5, 7]
    assert shop.agree()


def test_after_a_day_what_was_not_counted_is_sent(shop):
    shop.stripe.storm.extend(["lost"] * 4)
    with pytest.raises(ProviderProblem):
        shop.report()
    shop.stripe.storm.clear()
    shop.forward(hours=30)
    shop.device.sync()
    shop.report()
    assert shop.stripe.total() == 12
    assert shop.agree()


def test_where_the_sums_do_not_tell_the_owner_decides(shop):
    unanswered(shop)
    mine = shop.stripe.counted[0]
    shop.stripe.counted[0] = type(mine)(
        "foreign", mine.event_name, mine.customer, mine.at, 99, mine.received
    )
    shop.forward(hours=30)
    shop.device.sync()
    run = shop.report()
    (line,) = shop.lines(run, "uncertain")
    assert "has counted 99 units" in line.reason
    shop.billing.reports.decide(ACCOUNT, line.claim_id, was_counted=True)
    assert shop.lines(run, "uncertain") == ()
    assert shop.report().counts == {}


def test_a_report_is_taken_back_and_made_again_for_another_payer(shop):
    run = shop.report()
    line = next(one for one in shop.lines(run) if one.customer_id == "cus_a")
    shop.billing.mapping.link(ACCOUNT, APP, caller("a"), "pay_b")
    shop.use("cus_a", 1)
    shop.device.sync()
    (refused,) = shop.lines(shop.report(), "refused")
    assert "another payer" in refused.reason
    shop.billing.reports.take_back(ACCOUNT, line.claim_id)
    assert shop.lines(run, "cancelled")[0].claim_id == line.claim_id
    shop.report()
    assert {(key[1], value) for key, value in shop.stripe.reported().items()} == {("pay_b", 13)}
    assert shop.agree()


def test_it_is_too_late_to_take_back_after_a_day(shop):
    line = shop.lines(shop.report())[0]
    shop.forward(hours=25)
    with pytest.raises(ProviderProblem, match="cannot be cancelled"):
        shop.billing.reports.take_back(ACCOUNT, line.claim_id)
    assert shop.agree()
    assert shop.stripe.total() == 12


def test_a_payer_that_is_gone_is_a_refused_line(shop):
    shop.stripe.drop("customer", "pay_a")
    run = shop.report()
    (line,) = shop.lines(run, "refused")
    assert "No such customer" in line.reason
    assert line.request_id.startswith("req_")
    assert shop.agree()


def test_many_reports_go_through_the_stream(shop):
    for number in range(30):
        shop.stripe.put("customer", id=f"pay_{number}", metadata={"caller": f"cus_{number}"})
        shop.use(f"cus_{number}", number + 1)
    shop.device.sync()
    shop.read()
    shop.billing.mapping.match(ACCOUNT, APP, "caller")
    shop.report()
    assert "POST /v2/billing/meter_event_stream" in shop.stripe.operations
    assert "POST /v1/billing/meter_events" not in shop.stripe.operations[-4:]
    assert shop.stripe.total() == 12 + sum(range(1, 31))
    assert shop.difference().differences == ()


def test_a_key_that_does_not_tell_its_account_reports_nothing(shop):
    with shop.device.services.vault.transaction() as db:
        db.execute("UPDATE billing_connections SET account_id = ''")
    with pytest.raises(InvalidInput, match="which account"):
        shop.report()


def test_runs_are_kept_with_what_they_did(shop):
    shop.report(is_dry=True)
    shop.forward(minutes=1)
    shop.report()
    page = shop.billing.reports.runs(ACCOUNT, APP, 0, 10)
    assert [run.counts for run in page.rows] == [{"sent": 2}, {"planned": 2}]
    assert page.rows[0].finished_at is not None


def test_a_rule_that_was_not_published_is_not_reported(shop):
    with shop.device.services.vault.transaction() as db:
        db.execute("DELETE FROM billing_publications WHERE rule_id = :id", {"id": RULE})
    assert shop.report(JUNE).counts == {}


def test_a_run_can_be_stopped(shop):
    from desktop.domain.errors import Cancelled

    def stop(_done, _total=None):
        raise Cancelled("stopped")

    question = shop.billing.reports.runs(ACCOUNT, APP, 0, 1)
    assert question.total == 0
    from desktop.domain.billing.reports import ReportQuestion

    with pytest.raises(Cancelled):
        shop.billing.reports.run(stop, ReportQuestion(ACCOUNT, APP, JUNE))
    assert shop.stripe.counted == []
    shop.billing.reports.run(no_report, ReportQuestion(ACCOUNT, APP, JUNE))
    assert shop.agree()
