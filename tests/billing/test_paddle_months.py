"""A month at Paddle is billed once and to the minor unit, whatever is lost on the way."""

import contextlib
from datetime import date

import pytest

from desktop.domain.billing.reconciliation import ComparisonQuestion
from desktop.domain.billing.reports import LineState
from desktop.domain.errors import InvalidInput, ProviderUnreachable, ServiceRefused
from desktop.domain.ids import CustomerId
from desktop.domain.money import Money
from desktop.domain.usage import DateRange
from tests.billing.ledger import PATH as LEDGER
from tests.billing.paddle_scene import ACCOUNT, APP, MAY, PaddleShop
from tests.billing.paddle_stand_in import KEY
from tests.fakes import no_report
from tests.unit.test_invoicing import put_rule


@pytest.fixture
def shop(tmp_path, hosted):
    shop = PaddleShop(tmp_path / "a", hosted)
    yield shop.open()
    shop.device.close()


def test_a_month_is_billed_as_its_invoices_have_it(shop):
    run = shop.bill()
    assert run.counts == {"accepted": 2}
    # 100 at 0.015 and 233 at 0.0125, and 77 at 0.015: 4.41 and 1.16.
    assert shop.paddle.billed("USD") == shop.previewed("cus_a", "cus_b") == 441 + 116
    assert shop.agree()
    charged, invoiced = sorted(
        shop.paddle.all("transactions"), key=lambda one: one["collection_mode"]
    )
    assert charged["customer_id"] == shop.payers["b"]
    assert charged["subscription_id"]
    assert invoiced["customer_id"] == shop.payers["a"]


def test_a_second_run_bills_nothing_more(shop):
    shop.bill()
    assert shop.bill().counts == {}
    assert shop.agree()
    assert len(shop.paddle.all("transactions")) == 2


def test_a_dry_run_claims_nothing_and_bills_nothing(shop):
    run = shop.bill(is_dry=True)
    assert run.counts == {"planned": 2}
    assert not shop.ledger.claims
    assert not shop.paddle.all("transactions")
    assert {line.window for line in shop.lines(run)} == {"2026-05"}


@pytest.mark.parametrize("period", [DateRange(date(2026, 6, 1), date(2026, 7, 1)),
                                    DateRange(date(2026, 5, 2), date(2026, 6, 1))])  # fmt: skip
def test_a_month_that_is_not_over_or_not_whole_is_not_billed(shop, period):
    assert shop.bill(period).counts == {}


def test_a_caller_without_a_payer_is_named_and_the_rest_is_billed(shop):
    shop.billing.mapping.unlink(ACCOUNT, APP, "cus_a")
    run = shop.bill()
    assert run.counts == {"accepted": 1, "refused": 1}
    (refused,) = [line for line in shop.lines(run) if line.state is LineState.REFUSED]
    assert "Nobody pays" in refused.reason
    assert shop.paddle.billed("USD") == 116


@pytest.mark.parametrize("lost", [{0}, {1}, {0, 1}])
def test_an_answer_that_is_lost_after_paddle_did_the_work_never_bills_twice(shop, lost):
    made = [method for method, _ in shop.paddle.requests if method == "POST"]
    shop.paddle.lost_posts = {len(made) + number for number in lost}
    for _ in range(3):
        with contextlib.suppress(ProviderUnreachable):
            shop.bill()
        shop.later(minutes=6)
    assert shop.agree()
    assert len(shop.paddle.all("transactions")) == 2


@pytest.mark.parametrize("trouble", ["unreachable", 503])
def test_a_storm_bills_nothing_and_the_next_run_all(shop, trouble):
    shop.paddle.trouble = [trouble] * 100
    with pytest.raises(ProviderUnreachable):
        shop.bill()
    assert not shop.paddle.all("transactions")
    shop.paddle.trouble = []
    shop.later(minutes=6)
    shop.bill()
    assert shop.agree()


def test_a_bill_that_went_through_while_the_service_was_out_of_reach_is_found(shop):
    """Killed between Paddle's answer and the ledger: the claim is open, the money is there."""
    route = ("POST", f"{LEDGER}/outcomes")
    told = shop.hosted.live.pop(route)
    with pytest.raises(ServiceRefused):
        shop.bill()
    assert len(shop.paddle.all("transactions")) == 1
    shop.hosted.live[route] = told
    shop.later(minutes=6)
    run = shop.bill()
    assert shop.agree()
    assert "of an earlier attempt" in " ".join(line.reason for line in shop.lines(run))


def test_two_desktops_bill_a_month_once(shop, tmp_path):
    other = PaddleShop(tmp_path / "b", shop.hosted, prefix="b", paddle=shop.paddle,
                       ledger=shop.ledger)  # fmt: skip
    other.connect()
    other.billing.mapping.match(ACCOUNT, APP, "caller")
    shop.bill()
    other.bill()
    assert shop.agree()
    assert len(shop.paddle.all("transactions")) == 2
    other.device.close()


def test_late_usage_is_billed_as_a_second_part(shop):
    shop.bill()
    shop.use("cus_b", 177)
    shop.device.sync()
    run = shop.bill()
    (line,) = shop.lines(run)
    assert (line.part, line.state) == (2, LineState.ACCEPTED)
    assert shop.agree()


def test_what_was_billed_too_much_is_refused_with_the_amount(shop):
    shop.bill()
    cheaper = {"model": "per_unit", "currency": "USD", "unit_amount": "0.01"}
    put_rule(shop.hosted, "rule_1", cheaper, "Calls")
    shop.device.sync()
    lines = shop.lines(shop.bill())
    assert {line.state for line in lines} == {LineState.REFUSED}
    assert "1.08 USD more were billed" in lines[0].reason


def test_a_customer_without_an_address_is_refused_in_words_and_can_be_billed_later(shop):
    addresses, shop.paddle.kept["addresses"] = shop.paddle.kept["addresses"], {}
    run = shop.bill()
    assert run.counts == {"accepted": 1, "refused": 1}
    assert any("Add an address" in line.reason for line in shop.lines(run))
    shop.paddle.kept["addresses"] = addresses
    shop.bill()
    assert shop.agree()


def test_a_currency_that_paddle_does_not_take_is_refused(shop):
    isk = {"model": "per_unit", "currency": "ISK", "unit_amount": "5"}
    put_rule(shop.hosted, "rule_1", isk, "Calls")
    shop.device.sync()
    lines = shop.lines(shop.bill())
    assert {line.state for line in lines} == {LineState.REFUSED}
    assert "payments in ISK" in lines[0].reason
    assert not shop.paddle.all("transactions")


def test_no_key_and_no_email_is_in_the_vaults_own_words(shop):
    shop.bill()
    with shop.device.services.vault.reading() as db:
        said = str(db.execute("SELECT * FROM billing_runs").fetchall())
        said += str(db.execute("SELECT * FROM billing_run_lines").fetchall())
        said += str(db.execute("SELECT * FROM billing_claims").fetchall())
    assert KEY not in said
    assert "ann@corp.example" not in said


def test_a_month_of_a_provider_that_is_not_connected_is_refused(shop):
    shop.billing.connections.disconnect(ACCOUNT)
    with pytest.raises(InvalidInput, match="not connected"):
        shop.bill(MAY)


def compare(shop, customer="cus_a"):
    question = ComparisonQuestion(ACCOUNT, APP, CustomerId(customer), MAY)
    return shop.billing.months.compare(no_report, question)


def test_a_billed_month_agrees_with_what_paddle_has_without_a_network(shop):
    shop.bill()
    shop.billing.mirror.read(no_report, ACCOUNT, False)  # noqa: FBT003 (as the window calls it)
    asked = len(shop.paddle.requests)
    found = compare(shop)
    assert found.agrees
    (line,) = found.lines
    assert (line.title, line.ours) == ("Calls", Money(441, "USD"))
    assert compare(shop, "cus_b").agrees
    assert len(shop.paddle.requests) == asked


def test_what_paddle_does_not_have_is_shown_as_a_difference(shop):
    found = compare(shop)
    assert not found.agrees
    assert [(one.title, one.theirs) for one in found.lines] == [("Calls", None)]


def test_a_caller_nobody_pays_for_is_not_compared(shop):
    shop.billing.mapping.unlink(ACCOUNT, APP, "cus_a")
    with pytest.raises(InvalidInput, match="Nothing was compared"):
        compare(shop)
