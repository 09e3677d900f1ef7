"""The list of customers: always what a recount says, in every order and however narrowed down."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from contract.identifiers import customer_plan_id
from desktop.domain.calendar import day_number, day_of_number, month_number
from desktop.domain.customer_list import CustomerQuery, CustomerSort, CustomerState
from desktop.domain.errors import Cancelled, InvalidInput
from desktop.domain.ids import CustomerId
from desktop.services.storage import customer_list, customer_merges, customer_pages
from desktop.services.storage.rows import CUSTOMERS
from tests.fakes import APPLICATION, NOON, Device, FakeHosted, no_report
from tests.unit.test_usage import endpoint, hour_of

TODAY = NOON.date()
JUNE = TODAY.replace(day=1)


def put_customer(hosted, customer, name=""):
    hosted.put("customer", customer, {"application_id": APPLICATION, "name": name})


def put_plan(hosted, customer, plan, starts_on, ends_before=None):
    term = {
        "plan_id": plan,
        "starts_on": starts_on.isoformat(),
        "ends_before": ends_before and ends_before.isoformat(),
        "override_ids": [],
    }
    body = {"application_id": APPLICATION, "customer_id": customer, "terms": [term]}
    hosted.put("customer_plan", customer_plan_id(APPLICATION, customer), body)


@pytest.fixture
def shop(device, hosted):
    endpoint(hosted, "end_1", "GET", "/items")
    for customer, name, calls in (
        ("cus_aaaa0001", "Aurora Maps", ((TODAY, 5), (TODAY - timedelta(days=40), 100))),
        ("cus_bbbb0002", "Ærø Føtex", ((TODAY - timedelta(days=3), 50),)),
        ("cus_cccc0003", "", ((TODAY - timedelta(days=60), 500),)),
        ("cus_dddd0004", "", ()),
    ):
        put_customer(hosted, customer, name)
        for day, requests in calls:
            hosted.count("end_1", customer, hour_of(day), requests=requests)
    hosted.count("end_1", "anonymous", hour_of(TODAY), requests=7)
    device.sync()
    return device


def page(device, cursor=None, **query):
    asked = CustomerQuery(APPLICATION, **query)
    return device.services.customers.list.page(no_report, asked, cursor)


def labels(device, **query):
    return [row.label for row in page(device, **query).rows]


AURORA, AERO, C3, D4 = "Aurora Maps", "Ærø Føtex", "Customer cccc0003", "Customer dddd0004"


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        (CustomerSort.THIS_MONTH, [AERO, AURORA, C3, D4]),
        (CustomerSort.REQUESTS, [C3, AURORA, AERO, D4]),
        (CustomerSort.LAST_CALL, [AURORA, AERO, C3, D4]),
        (CustomerSort.NAME, [D4, C3, AERO, AURORA]),
    ],
)
def test_every_order_and_its_reverse(shop, sort, expected):
    assert labels(shop, sort=sort) == expected
    assert labels(shop, sort=sort, descending=False) == expected[::-1]


def test_line_tells_of_this_month_of_everything_and_of_the_last_call(shop):
    aurora = page(shop, search="aurora").rows[0]
    assert (aurora.this_month, aurora.requests, aurora.last_day) == (5, 105, TODAY)
    nobody = page(shop, search="dddd").rows[0]
    assert (nobody.this_month, nobody.requests, nobody.last_day) == (0, 0, None)
    assert page(shop).size == 4


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("aur", [AURORA]),
        ("MAPS aur", [AURORA]),
        ("ærø", [AERO]),
        ("ÆRØ", [AERO]),
        ("cccc0003", [C3]),
        ("urora", []),
        ("%", []),
        ("  ", [AERO, AURORA, C3, D4]),
    ],
)
def test_search_finds_beginnings_of_words_and_of_the_ids_end(shop, search, found):
    assert labels(shop, search=search) == found


@pytest.mark.parametrize(
    ("state", "found"),
    [
        (CustomerState.ACTIVE, [AERO, AURORA]),
        (CustomerState.SILENT, [C3]),
        (CustomerState.NAMED, [AERO, AURORA]),
        (CustomerState.MERGED, []),
    ],
)
def test_states(shop, state, found):
    assert labels(shop, state=state) == found


def test_common_and_rare_conditions_find_the_same(shop, monkeypatch):
    rare = [
        labels(shop, state=state, sort=sort) for state in CustomerState for sort in CustomerSort
    ]
    monkeypatch.setattr(customer_pages, "FEW", -1)
    common = [
        labels(shop, state=state, sort=sort) for state in CustomerState for sort in CustomerSort
    ]
    assert common == rare
    assert labels(shop, search="aur") == [AURORA]


def test_plan_of_today_is_shown_and_found_also_when_the_day_turns(shop, hosted):
    hosted.put("plan", "plan_1", {"application_id": APPLICATION, "name": "Scale", "rule_ids": []})
    put_plan(hosted, "cus_aaaa0001", "plan_1", TODAY + timedelta(days=1))
    put_plan(hosted, "cus_bbbb0002", "plan_1", JUNE, TODAY + timedelta(days=1))
    shop.sync()
    assert labels(shop, plan_id="plan_1") == [AERO]
    assert page(shop, search="føtex").rows[0].plan == "Scale"
    shop.clock.forward(days=1)
    assert labels(shop, plan_id="plan_1") == [AURORA]


def test_merged_identities_are_one_line_until_they_are_taken_apart(shop):
    edits = shop.services.customers.edits
    before = edits.merge((CustomerId("cus_cccc0003"),), CustomerId("cus_aaaa0001"), JUNE)
    (merged,) = page(shop, state=CustomerState.MERGED).rows
    assert (merged.label, merged.identities, merged.requests) == (AURORA, 2, 605)
    assert page(shop).size == 3
    edits.restore(before)
    assert labels(shop, sort=CustomerSort.REQUESTS) == [C3, AURORA, AERO, D4]


def test_name_is_found_at_once_and_the_old_one_no_more(shop):
    shop.services.customers.edits.rename(CustomerId("cus_aaaa0001"), "Borealis")
    assert labels(shop, search="bor") == ["Borealis"]
    assert labels(shop, search="aurora") == []


def test_pages_follow_each_other_without_gap_or_repeat(shop, monkeypatch):
    monkeypatch.setattr(customer_pages, "PAGE", 2)
    for sort in CustomerSort:
        first = page(shop, sort=sort)
        second = page(shop, first.next_cursor, sort=sort)
        together = [row.label for row in (*first.rows, *second.rows)]
        assert sorted(together) == sorted([AURORA, AERO, C3, D4])
        assert second.next_cursor is None


def test_page_that_is_cut_short_goes_on_where_it_ended(shop, monkeypatch):
    monkeypatch.setattr(customer_pages, "FEW", -1)
    monkeypatch.setattr(customer_pages, "WALK", 1)
    for sort in CustomerSort:
        whole, cursor = [], None
        for _ in range(5):
            found = page(shop, cursor, sort=sort, state=CustomerState.NAMED)
            whole += [row.label for row in found.rows]
            cursor = found.next_cursor
            if cursor is None:
                break
        assert sorted(whole) == [AURORA, AERO]
        assert cursor is None


def test_customer_that_is_gone_from_the_service_leaves_the_list(shop, hosted):
    assert D4 in labels(shop)
    hosted.put("customer", "cus_dddd0004", None)
    shop.sync()
    assert D4 not in labels(shop)
    assert page(shop).size == 3


def test_words_that_cannot_be_are_refused(shop):
    with pytest.raises(InvalidInput) as refusal:
        page(shop, search="x" * 201)
    assert refusal.value.field == "search"
    for cursor in ("nonsense", "[1]", "[null, 1]", '{"a": 1}'):
        with pytest.raises(InvalidInput) as refusal:
            page(shop, cursor)
        assert refusal.value.field == "cursor"


def test_cancel_keeps_what_was_taken_in(shop, monkeypatch):
    monkeypatch.setattr(customer_list, "NOTES_AT_ONCE", 2)
    told = []

    def watch(done, total=None):
        told.append(done)
        if done == 2:
            raise Cancelled("")

    with pytest.raises(Cancelled):
        shop.services.customers.list.bring_up_to_date(watch)
    assert told == [0, 1, 2]
    assert shop.query("SELECT count(*) > 0 FROM customer_notes") == [(1,)]
    assert page(shop).size == 4


@pytest.mark.parametrize("sort", CustomerSort)
def test_each_order_follows_its_index(shop, sort):
    page(shop)
    plans = []
    with shop.services.vault.reading() as db:
        asked = customer_pages.Wanted(APPLICATION, 0, 0, sort=sort)
        seen = []
        db.set_trace_callback(seen.append)
        customer_pages.page(db, asked, None)
        db.set_trace_callback(None)
        plans = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {seen[-1]}")]
    assert not any("TEMP B-TREE" in step or "SCAN" in step for step in plans)


IDS = [f"cus_{letter}{letter}{letter}{letter}000{number}" for number, letter in enumerate("abcd")]
DAYS = [TODAY - timedelta(days=days) for days in (0, 1, 20, 45)]


class ListModel(RuleBasedStateMachine):
    """Whatever happens to usage, names and merges: the list is what a recount says."""

    def __init__(self):
        super().__init__()
        import tempfile
        from pathlib import Path

        self.folder = tempfile.TemporaryDirectory()
        self.hosted = FakeHosted()
        self.device = Device(Path(self.folder.name), self.hosted)
        endpoint(self.hosted, "end_1", "GET", "/items")
        for customer in IDS:
            put_customer(self.hosted, customer)
        self.device.sync()

    @rule(customer=st.sampled_from(IDS), day=st.sampled_from(DAYS), requests=st.integers(1, 9))
    def call(self, customer, day, requests):
        self.hosted.count("end_1", customer, hour_of(day), requests=requests)
        self.device.sync()

    @rule(day=st.sampled_from(DAYS))
    def let_go(self, day):
        with self.device.services.vault.transaction() as db:
            db.execute("DELETE FROM customer_days WHERE day = ?", (day_number(day),))
            db.execute("DELETE FROM customer_day_sums WHERE day = ?", (day_number(day),))

    @rule(customer=st.sampled_from(IDS), into=st.sampled_from(IDS))
    def merge(self, customer, into):
        try:
            self.device.services.customers.edits.merge((customer,), into, JUNE)
        except InvalidInput:
            return

    @rule(customer=st.sampled_from(IDS))
    def take_apart(self, customer):
        self.device.services.customers.edits.take_apart(customer)

    @rule(customer=st.sampled_from(IDS), name=st.sampled_from(["", "Aurora", "Maps of Aurora"]))
    def rename(self, customer, name):
        self.device.services.customers.edits.rename(customer, name)

    @rule()
    def look(self):
        page(self.device)

    @invariant()
    def list_is_what_a_recount_says(self):
        told = {
            row.customer_id: (row.name, row.requests, row.this_month, row.last_day, row.identities)
            for row in page(self.device).rows
        }
        assert told == self.recount()

    def recount(self):
        with self.device.services.vault.reading() as db:
            merges = customer_merges.merges_of(db, APPLICATION)
            rows = db.execute("SELECT customer_id, day, requests FROM customer_day_sums").fetchall()
            names = {one.customer_id: one.name for one in CUSTOMERS.everything(db)}
        found = {}
        for customer, name in names.items():
            if merges.root_of(customer) == customer:
                members = merges.members_of(customer)
                used = [(day, requests) for who, day, requests in rows if who in members]
                days = [day_of_number(day) for day, requests in used if requests]
                this_month = sum(
                    requests
                    for day, requests in used
                    if month_number(day_of_number(day)) == month_number(TODAY)
                )
                whole = sum(requests for _, requests in used)
                last = max(days, default=None)
                found[customer] = (name, whole, this_month, last, len(members))
        return found

    def teardown(self):
        self.device.close()
        self.folder.cleanup()


TestListModel = ListModel.TestCase
TestListModel.settings = settings(
    max_examples=4,
    stateful_step_count=8,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
