"""The books that outlive an account: every sum of before, and no word about anybody."""

import json

from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.ids import ApplicationId
from desktop.domain.invoices import RevenueQuestion
from desktop.domain.usage import DateRange
from desktop.services.privacy.account_end.books import FIGURES, figures, write_books
from tests.fakes import APPLICATION, NOON, no_report
from tests.unit.test_invoicing import put_rule
from tests.unit.test_usage import endpoint

HOUR = int(NOON.timestamp()) // 3600 * 3600
DAY = 86_400
PRICE = {"model": "per_unit", "currency": "USD", "unit_amount": "0.015"}


def test_sums_of_every_month_are_those_of_before_and_parties_stay_apart(device, hosted):
    endpoint(hosted, "end_1", "GET", "/items")
    put_rule(hosted, "rule_1", PRICE, "Calls")
    for number, customer in enumerate(("cus_a", "cus_b"), start=1):
        for days in (0, 30, 60):
            hosted.count("end_1", customer, HOUR - days * DAY, requests=7, units=number * 333)
    device.sync()
    services = device.services
    whole = DateRange(NOON.date().replace(month=1, day=1), NOON.date().replace(month=12))
    question = RevenueQuestion(ApplicationId(APPLICATION), whole)
    before = services.invoices.revenue(no_report, question)
    used = device.query("SELECT sum(quantity), sum(events) FROM customer_days")[0]
    for _ in range(2):  # written anew: nothing is in them twice
        kinds = write_books(services.vault, NOON, no_report)
    assert kinds == {"revenue": 6, "usage": 6}
    rows = device.query(
        "SELECT kind, party, amount_minor, quantity_micro, detail FROM account_books"
    )
    assert sum(row[2] for row in rows if row[0] == "revenue") == before.total[0].amount_minor
    assert (
        sum(row[3] for row in rows if row[0] == "usage"),
        sum(json.loads(row[4])["calls"] for row in rows if row[0] == "usage"),
    ) == used
    by_party = {}
    for _, party, amount, *_ in rows:
        by_party[party] = by_party.get(party, 0) + (amount or 0)
    told = {line.amounts[0].amount_minor for line in before.by_customer}
    assert set(by_party.values()) == told
    assert all(party.startswith("gone_") for party in by_party)


def test_reports_and_documents_name_the_caller_and_the_payer_by_one_id(device):
    with device.services.vault.transaction() as db:
        db.execute(
            "INSERT INTO billing_links VALUES ('stripe', 'live', ?, 'cus_a', 'pay_a', 'hand')",
            (APPLICATION,),
        )
        db.execute(
            "INSERT INTO billing_objects VALUES ('stripe', 'live', 'payment', 'py_1', '', 'paid', "
            "'in_1', 'pay_a', 500, 'USD', 1, '{}', 1)"
        )
        db.execute(
            "INSERT INTO billing_claims VALUES ('c1', ?, 'stripe', 'live', 'acct', 'cus_a', "
            "'units', '2026-06', 1, 'pay_a', 'calls', 1, 7000000, 'accepted', 0, '', '', 1)",
            (APPLICATION,),
        )
    write_books(device.services.vault, NOON, no_report)
    rows = device.query("SELECT kind, party, status, quantity_micro FROM account_books")
    assert [(row[0], row[2], row[3]) for row in rows] == [
        ("payment", "paid", None),
        ("report", "accepted", 7_000_000),
    ]
    assert rows[0][1] == rows[1][1] != ""


LEAVES = st.none() | st.integers() | st.booleans() | st.text() | st.emails()
KEYS = st.sampled_from(sorted(FIGURES)) | st.sampled_from(["name", "email", "metadata"])
BODIES = st.recursive(
    st.dictionaries(KEYS, LEAVES, max_size=4),
    lambda inner: st.dictionaries(KEYS, LEAVES | inner | st.lists(inner, max_size=2), max_size=4),
    max_leaves=8,
)


def leaves(value):
    if isinstance(value, dict):
        return [leaf for one in value.values() for leaf in leaves(one)]
    return [leaf for one in value for leaf in leaves(one)] if isinstance(value, list) else [value]


def keys(value):
    if isinstance(value, dict):
        return set(value) | {key for one in value.values() for key in keys(one)}
    return {key for one in value for key in keys(one)} if isinstance(value, list) else set()


@given(BODIES)
def test_figures_of_a_document_hold_no_address_and_no_field_that_is_not_on_the_list(body):
    kept = figures(body)
    assert keys(kept) <= FIGURES
    assert not any(isinstance(leaf, str) and "@" in leaf for leaf in leaves(kept))
    assert figures(kept) == kept
