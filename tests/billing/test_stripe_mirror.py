"""What Stripe has is read into the vault, by pages and then by events, and shown without it."""

from datetime import timedelta

import pytest

from contract.terms import BillingProvider
from desktop.domain.billing.mapping import CustomerLink, LinkSource
from desktop.domain.billing.mirror import ObjectKind
from desktop.domain.errors import Cancelled, InvalidInput, PermissionMissing, ProviderRefused
from desktop.domain.money import Money
from desktop.services.storage import billing_links, erased_payers
from tests.billing.scene import ACCOUNT, APP, caller
from tests.billing.stripe_stand_in import KEY
from tests.fakes import no_report

CENTS = {"currency": "usd"}


@pytest.fixture
def filled(empty_shop):
    """An account with something of everything."""
    stripe = empty_shop.stripe
    stripe.put("customer", id="pay_a", name="Aurora", email="ann@example.com")
    stripe.put("invoice", id="in_1", number="A-1", customer="pay_a", status="paid", total=1999,
               **CENTS)  # fmt: skip
    stripe.put("charge", id="ch_1", customer="pay_a", amount=1999, status="succeeded", **CENTS)
    stripe.put("refund", id="re_1", charge="ch_1", amount=500, status="succeeded", **CENTS)
    stripe.put("payout", id="po_1", amount=1200, status="paid", **CENTS)
    stripe.put("payout", id="po_2", amount=5000, status="in_transit", currency="isk")
    stripe.objects["amounts"] = {
        "available": [{"amount": 700, "currency": "usd"}],
        "pending": [{"amount": 300, "currency": "jpy"}],
    }
    return empty_shop


def test_everything_is_read_the_first_time(filled):
    filled.connect()
    (invoice,) = filled.rows(ObjectKind.INVOICE)
    assert (invoice.name, invoice.status, invoice.customer_id) == ("A-1", "paid", "pay_a")
    assert invoice.amount == Money(1999, "USD")
    (refund,) = filled.rows(ObjectKind.REFUND)
    assert (refund.parent_id, refund.amount) == ("ch_1", Money(500, "USD"))
    assert {state.is_partial for state in filled.billing.mirror.states(ACCOUNT)} == {False}


def test_a_card_number_in_a_description_is_not_kept(filled):
    filled.stripe.put("charge", id="ch_2", customer="pay_a", amount=1, status="succeeded",
                      description="Card 4242424242424242", **CENTS)  # fmt: skip
    filled.connect()
    found = filled.billing.mirror.object(ACCOUNT, ObjectKind.PAYMENT, "ch_2")
    assert found.body["description"] == found.name == "Card ••••••••••••4242"


def test_balance_and_payouts_are_summed_in_the_currencies_of_iso(filled):
    filled.connect()
    found = filled.billing.mirror.balance(ACCOUNT)
    assert found.available == (Money(700, "USD"),)
    assert found.pending == (Money(300, "JPY"),)
    assert found.paid_out == (Money(1200, "USD"),)
    assert {payout.amount for payout in found.payouts} == {Money(1200, "USD"), Money(50, "ISK")}


def test_later_only_what_changed_is_asked_for(filled):
    filled.connect()
    filled.stripe.operations.clear()
    filled.stripe._changed("invoice", filled.stripe.objects["invoice"]["in_1"], {"status": "void"})
    filled.stripe.drop("customer", "pay_a")
    receipt = filled.read()
    assert (receipt.changed, receipt.was_full) == (2, False)
    assert filled.rows(ObjectKind.INVOICE)[0].status == "void"
    assert filled.rows(ObjectKind.CUSTOMER) == ()
    assert "GET /v1/invoices" not in filled.stripe.operations


def test_after_a_month_everything_is_read_anew(filled):
    filled.connect()
    del filled.stripe.objects["invoice"]["in_1"]  # its event is no longer told
    filled.forward(days=31)
    assert filled.read().was_full
    assert filled.rows(ObjectKind.INVOICE) == ()


def test_a_place_in_the_events_that_is_no_longer_known_reads_everything(filled):
    filled.connect()
    filled.stripe.objects["event"].clear()
    filled.stripe.put("customer", id="pay_b", name="Borealis")
    assert filled.read().was_full
    assert len(filled.rows(ObjectKind.CUSTOMER)) == 2


def test_a_reading_that_was_broken_off_goes_on_where_it_was(filled):
    for number in range(25):
        filled.stripe.put("customer", id=f"pay_{number}", name=f"Payer {number}")
    filled.stripe.page_size = 5
    filled.device.sync()
    filled.billing.connections.connect(BillingProvider.STRIPE, KEY)
    seen = []

    def stop(done, _total=None):
        seen.append(done)
        if done >= 12:
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        filled.billing.mirror.read(stop, ACCOUNT, is_full=False)
    filled.device.reopen()
    before = len(filled.rows(ObjectKind.CUSTOMER))
    filled.stripe.operations.clear()
    assert filled.read().was_full
    assert 0 < before < 26
    assert len(filled.rows(ObjectKind.CUSTOMER)) == 26
    assert filled.stripe.operations.count("GET /v1/customers") < 6


def test_lists_are_searched_filtered_and_paged_without_a_network(filled):
    for number in range(5):
        filled.stripe.put("invoice", id=f"in_x{number}", number=f"X-{number}", customer="pay_a",
                          status="open", total=number, **CENTS)  # fmt: skip
    filled.connect()
    filled.stripe.storm.extend(["lost"] * 100)
    rows = filled.rows(ObjectKind.INVOICE, search="x-3")
    assert [row.name for row in rows] == ["X-3"]
    assert len(filled.rows(ObjectKind.INVOICE, status="open", limit=2, offset=1)) == 2
    assert len(filled.rows(ObjectKind.INVOICE, customer_id="nobody")) == 0
    found = filled.billing.mirror.object(ACCOUNT, ObjectKind.INVOICE, "in_1")
    assert found.body["total"] == 1999
    with pytest.raises(InvalidInput):
        filled.billing.mirror.object(ACCOUNT, ObjectKind.INVOICE, "in_nothing")


def test_a_restricted_key_is_told_what_it_lacks_and_the_rest_is_read(filled):
    filled.stripe.forbidden |= {"GET /v1/payouts", "POST /v1/products", "GET /v1/account"}
    filled.device.sync()
    connection = filled.billing.connections.connect(BillingProvider.STRIPE, KEY)
    missing = {(one.name, one.needed_for) for one in connection.missing}
    assert missing == {
        ("rak_object_read", "read payouts"),
        ("rak_product_write", "publish products"),
    }
    assert (connection.account_id, connection.is_restricted) == ("acct_1", True)
    receipt = filled.read()
    assert "rak_object_read" in receipt.left_out[0]
    assert len(filled.rows(ObjectKind.INVOICE)) == 1
    assert filled.read().was_full is False
    filled.stripe.forbidden.clear()
    assert filled.billing.connections.check(ACCOUNT).missing == ()


@pytest.mark.parametrize(
    "key", ["", "pk_live_abcdefghij", "sk_live_", "rk_test_x\nAuthorization: y"]
)
def test_what_is_no_key_is_sent_nowhere(filled, key):
    with pytest.raises(InvalidInput) as refused:
        filled.billing.connections.connect(BillingProvider.STRIPE, key)
    assert refused.value.field == "key"
    assert filled.stripe.operations == []


def test_a_key_that_is_refused_is_not_kept(filled):
    with pytest.raises(ProviderRefused, match="does not accept the key"):
        filled.billing.connections.connect(BillingProvider.STRIPE, "sk_test_" + "x" * 20)
    assert filled.billing.connections.connections() == ()
    assert filled.device.query("SELECT count(*) FROM secrets WHERE provider = 'Stripe'") == [(0,)]


def test_the_mode_is_that_of_the_key_and_the_key_lies_among_the_others(filled):
    filled.connect()
    (connection,) = filled.billing.connections.connections()
    assert (connection.account, connection.key_hint) == (ACCOUNT, "kkkk")
    assert connection.account_name == "Items Inc"
    (key,) = [k for k in filled.device.services.api_keys.list_keys() if "Stripe" in k.name]
    assert key.name == "Stripe (test)"


def test_disconnecting_drops_the_key_and_what_was_read(shop):
    shop.billing.connections.disconnect(ACCOUNT)
    assert shop.billing.connections.connections() == ()
    assert shop.rows(ObjectKind.CUSTOMER) == ()
    assert shop.billing.publishing.publications(ACCOUNT, APP) != ()
    with pytest.raises(InvalidInput, match="not connected"):
        shop.report()


def test_a_key_of_another_account_brings_nothing_of_the_first(shop):
    with shop.device.services.vault.transaction() as db:
        db.execute("UPDATE billing_connections SET account_id = 'acct_other'")
    shop.billing.connections.connect(BillingProvider.STRIPE, KEY)
    assert shop.rows(ObjectKind.CUSTOMER) == ()
    assert shop.billing.publishing.publications(ACCOUNT, APP) == ()
    assert len(shop.billing.connections.connections()) == 1


def test_callers_are_mapped_by_a_field_and_by_hand(shop):
    shop.stripe.put("customer", id="pay_c", name="Second", metadata={"caller": "cus_a"})
    shop.use("cus_c", 1)
    shop.device.sync()
    shop.read()
    mapping = shop.billing.mapping
    receipt = mapping.match(ACCOUNT, APP, "caller")
    assert len(receipt.ambiguous) == 1
    page = mapping.page(ACCOUNT, APP, only_unmapped=True, search="", offset=0, limit=10)
    assert ([row.customer_id for row in page.rows], page.unmapped) == (["cus_c"], 1)
    mapping.link(ACCOUNT, APP, caller("c"), "pay_c")
    (row,) = mapping.page(
        ACCOUNT, APP, only_unmapped=False, search="second", offset=0, limit=10
    ).rows
    assert (row.payer, row.link.source.value) == ("Second", "hand")
    mapping.unlink(ACCOUNT, APP, caller("c"))
    assert mapping.page(ACCOUNT, APP, only_unmapped=True, search="", offset=0, limit=10).total == 1
    with pytest.raises(InvalidInput, match="no such customer"):
        mapping.link(ACCOUNT, APP, caller("c"), "pay_nobody")
    with pytest.raises(InvalidInput):
        mapping.match(ACCOUNT, APP, " ")


def test_what_needs_the_owner_is_told(shop):
    shop.use("cus_c", 1)
    shop.device.sync()
    shop.stripe.storm.extend([500] * 10)
    with pytest.raises(Exception, match="Stripe"):
        shop.report()
    titles = {entry.title for entry in shop.device.services.attention.entries(APP)}
    assert "The last report of usage was broken off." in titles
    assert "Nobody pays for some of your callers." in titles


def test_a_permission_that_is_lost_later_is_named(shop):
    shop.stripe.forbidden.add("POST /v1/billing/meter_events")
    with pytest.raises(PermissionMissing, match="rak_meter_event_write"):
        shop.report()
    shop.stripe.forbidden.clear()
    shop.forward(seconds=timedelta(minutes=6).total_seconds())
    shop.billing.mirror.read(no_report, ACCOUNT, is_full=False)
    shop.report()
    assert shop.agree()


def test_reading_again_does_not_bring_an_erased_person_back(filled):
    """The provider keeps its invoices and tells of them with every reading."""
    filled.connect()
    vault = filled.device.services.vault
    with vault.transaction() as db:
        link = CustomerLink(ACCOUNT, APP, caller("a"), "pay_a", LinkSource.HAND)
        billing_links.put(db, link)
        erased_payers.note(db, vault.wrapping_key(), (APP, caller("a")), filled.device.clock())
        billing_links.forget(db, ACCOUNT)
    filled.read(is_full=True)
    (invoice,) = filled.rows(ObjectKind.INVOICE)
    assert (invoice.name, invoice.amount) == ("A-1", Money(1999, "USD"))
    assert filled.rows(ObjectKind.CUSTOMER) == ()
    everything = filled.device.query("SELECT name, body FROM billing_objects")
    assert "ann@example.com" not in repr(everything)
    assert "Aurora" not in repr(everything)
