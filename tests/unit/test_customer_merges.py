"""Names and merges of customers: stored, synced, undone, and what bills make of them."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.errors import InvalidInput
from desktop.domain.ids import CustomerId
from desktop.domain.invoices import InvoiceQuestion, InvoiceTerms, RevenueQuestion
from desktop.domain.merges import Merge, Merges
from desktop.domain.usage import DateRange
from desktop.services.storage import customer_merges
from desktop.services.usage_labels import customer_labels
from desktop.views.dashboard_revenue import cost_question
from tests.fakes import APPLICATION, no_report
from tests.unit.test_invoicing import put_rule
from tests.unit.test_usage import endpoint, hour_of

MAY = DateRange(date(2026, 5, 1), date(2026, 6, 1))
JUNE = DateRange(date(2026, 6, 1), date(2026, 7, 1))
FIRST_OF_JUNE = date(2026, 6, 1)
A, B, C = (CustomerId(f"cus_{name}") for name in "abc")
TIERS = [{"up_to": "100", "unit_amount": "0.01"}, {"unit_amount": "0.10"}]


@pytest.fixture
def shop(device, hosted):
    """Three identities that used 60, 60 and 10 calls in May, and the same in June."""
    endpoint(hosted, "end_1", "GET", "/items")
    put_rule(hosted, "rule_1", {"model": "graduated", "currency": "USD", "tiers": TIERS})
    for customer, calls in ((A, 60), (B, 60), (C, 10)):
        hosted.put("customer", customer, {"application_id": APPLICATION, "name": ""})
        for day in (date(2026, 5, 10), date(2026, 6, 10)):
            hosted.count("end_1", customer, hour_of(day), requests=calls)
    device.sync()
    return device


def edits(device):
    return device.services.customers.edits


def stored(device):
    with device.services.vault.reading() as db:
        return dict(customer_merges.of_application(db, APPLICATION))


def bill(device, customer, period):
    asked = InvoiceQuestion(APPLICATION, customer, period, InvoiceTerms())
    parts = device.services.invoices.preview(no_report, asked).parts
    return [part.total.amount for part in parts]


def test_name_is_stored_synced_and_undone(shop, hosted):
    before = edits(shop).rename(A, "  Aurora   Maps ")
    shop.sync()
    assert hosted.body("customer", A)["name"] == "Aurora Maps"
    edits(shop).restore((before,))
    shop.sync()
    assert hosted.body("customer", A)["name"] == ""


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda service: service.rename(A, "x" * 201), "name"),
        (lambda service: service.rename(CustomerId("anonymous"), "x"), "customer_id"),
        (lambda service: service.rename(CustomerId("cus_gone"), "x"), "customer_id"),
        (lambda service: service.merge((), A, FIRST_OF_JUNE), "customer_ids"),
        (lambda service: service.merge((A,), A, FIRST_OF_JUNE), "into"),
        (lambda service: service.merge((B,), A, date(2026, 5, 1)), "bills_from"),
        (lambda service: service.merge((B,), A, date(2026, 6, 2)), "bills_from"),
        (lambda service: service.take_apart(CustomerId("cus_gone")), "customer_id"),
    ],
)
def test_what_cannot_be_names_its_field_and_changes_nothing(shop, change, field):
    with pytest.raises(InvalidInput) as refusal:
        change(edits(shop))
    assert refusal.value.field == field
    assert shop.query("SELECT count(*) FROM outbox") == [(0,)]


def test_merge_reaches_another_desktop_and_is_undone_there(shop, hosted, make_device):
    edits(shop).merge((B, C), A, FIRST_OF_JUNE)
    shop.sync()
    other = make_device("b")
    other.sync()
    assert stored(other) == stored(shop) == {B: A, C: A}
    edits(other).take_apart(C)
    other.sync()
    shop.sync()
    assert stored(shop) == {B: A}


def test_undo_makes_the_rows_what_they_were(shop):
    rows = "SELECT entity_id, body FROM configuration WHERE entity = 'customer'"
    edits(shop).rename(B, "Borealis")
    before = shop.query(rows)
    taken = edits(shop).merge((B, C), A, FIRST_OF_JUNE)
    edits(shop).restore(taken)
    assert stored(shop) == {}
    assert [name for name, _ in shop.query(rows)] == [name for name, _ in before]
    assert all('"merged": null' in body for name, body in shop.query(rows) if name != A)


def test_merging_into_a_merged_identity_means_its_customer(shop):
    edits(shop).merge((B,), A, FIRST_OF_JUNE)
    edits(shop).merge((C,), B, FIRST_OF_JUNE)
    assert stored(shop) == {B: A, C: A}
    with pytest.raises(InvalidInput):
        edits(shop).merge((A,), C, FIRST_OF_JUNE)


def test_merged_identity_is_called_what_its_customer_is_called(shop):
    edits(shop).rename(A, "Aurora")
    edits(shop).merge((B,), A, FIRST_OF_JUNE)
    with shop.services.vault.reading() as db:
        assert customer_labels(db, [A, B, C]) == {
            A: "Aurora",
            B: "Aurora",
            C: "Customer cus_c",
        }


def test_bills_are_one_from_the_month_on_and_earlier_ones_stand(shop):
    assert bill(shop, A, JUNE) == bill(shop, A, MAY) == [Decimal("0.60")]
    edits(shop).merge((B,), A, FIRST_OF_JUNE)
    # 120 calls: 100 of the first tier and 20 of the second.
    assert bill(shop, A, JUNE) == [Decimal("3.00")]
    assert bill(shop, B, JUNE) == []
    assert bill(shop, A, MAY) == bill(shop, B, MAY) == [Decimal("0.60")]
    report = shop.services.invoices.revenue(no_report, RevenueQuestion(APPLICATION, JUNE))
    assert [(line.key, line.amounts[0].amount) for line in report.by_customer] == [
        (A, Decimal("3.00")),
        (C, Decimal("0.10")),
    ]


def test_dashboard_and_bills_agree_about_merged_customers(shop):
    edits(shop).merge((B,), A, FIRST_OF_JUNE)
    question = cost_question(APPLICATION, JUNE, (A, B, C))
    answer = shop.services.answers.questions.ask(no_report, question, 0)
    assert [(one.key, one.amount(one.total)) for one in answer.series] == [
        (A, Decimal("3.00")),
        (C, Decimal("0.10")),
    ]


def test_own_fee_of_a_merged_identity_ends_with_its_own_bill(shop, hosted):
    fee = {"model": "flat", "currency": "USD", "amount": "5"}
    put_rule(hosted, "rule_2", fee, customer_id=B)
    shop.sync()
    assert bill(shop, B, JUNE) == [Decimal("5.60")]
    edits(shop).merge((B,), A, FIRST_OF_JUNE)
    assert bill(shop, B, JUNE) == []
    assert bill(shop, B, MAY) == [Decimal("5.60")]
    assert bill(shop, A, JUNE) == [Decimal("3.00")]


PEOPLE = st.sampled_from([CustomerId(name) for name in "abcdef"])
MONTHS = st.sampled_from([date(2026, month, 1) for month in (1, 2, 3)])


@given(st.lists(st.tuples(PEOPLE, PEOPLE, MONTHS), max_size=8))
def test_every_identity_leads_to_one_customer_who_leads_nowhere(pairs):
    direct = {start: (into, month) for start, into, month in pairs if start != into}
    merges = Merges(Merge(start, into, month) for start, (into, month) in direct.items())
    for person in "abcdef":
        root = merges.root_of(person)
        assert merges.root_of(root) == root
        assert person in merges.members_of(root) or person == root
    last = merges.billed_on(date(2026, 3, 1))
    assert last == merges.roots, "from the last month on bills and charts agree"
    assert merges.billed_on(date(2025, 12, 31)) == {}


@given(st.lists(st.tuples(PEOPLE, PEOPLE), max_size=8))
def test_view_of_the_database_agrees_with_the_rule(pairs):
    import json
    import sqlite3

    from desktop.services.storage import schema

    script = next(one for one in schema.released() if one.number == 115).script
    db = sqlite3.connect(":memory:")
    db.execute(
        "CREATE TABLE configuration (entity TEXT, entity_id TEXT, application_id TEXT, body TEXT)"
    )
    db.execute("CREATE TABLE customer_merges (a)")
    db.executescript(script)
    for start, into in {start: into for start, into in pairs if start != into}.items():
        body = json.dumps({"merged": {"into": into, "bills_from": "2026-01-01"}})
        db.execute("INSERT INTO configuration VALUES ('customer', ?, 'app', ?)", (start, body))
    found = dict(db.execute("SELECT customer_id, into_id FROM customer_merges").fetchall())
    assert found == customer_merges.of_application(db, "app")
    db.close()
