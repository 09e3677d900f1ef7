"""A customer goes and the figures stay: in the data, the journal, the memory and old copies."""

import asyncio
import shutil
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.erasure import new_replacement, subject_mac
from contract.identifiers import customer_plan_id, override_id
from contract.messages.erasure import ErasedSubject, ErasureRequest
from contract.messages.rollups import CustomerDay, CustomerHour, EndpointHour
from hosted.errors import StorageDamaged
from hosted.metering.erasing import Eraser, TakeOut
from hosted.scrub.sealing import Sealing
from hosted.storage.erasure_ledger import LEDGER_FILE, EmbeddedErasures
from hosted.storage.usage_records import CallReport, ErasedCustomer, ReportKind, TraceFilter
from tests.hosted.lab import APP, KEY, SECRETS, application, living, policy
from tests.hosted.storage_contract import HOUR, Seconds, rows_of
from tests.hosted.test_sync_feeds import Follower, feeds_of, key_of

NOW_US = HOUR * 1_000_000
JANE = SECRETS.pseudonyms.of(APP, "jane@example.org")
GONE = new_replacement()
SUBJECT_KEY = b"k" * 32
CLAIM = """
INSERT INTO billing_claims VALUES ('clm_1', 'app_1', 'stripe', 'test', 'acct', :customer, 'units',
    '2026-11', 1, 'cus_stripe', 'calls', 0, 5, 5, 'accepted', '', 0, 0, '', '', 1)
"""
KINDS = (EndpointHour, CustomerDay, CustomerHour)


def eraser_of(lab):
    return Eraser(
        storage=lab.storage,
        writer=lab.writer,
        seeder=lab.seeder,
        rules=lab.rules,
        callers=lab.callers,
        sealing=Sealing(None, lab.writer, lab.clock),
        clock=lab.clock,
    )


@asynccontextmanager
async def serving(directory):
    """A life of the service that meters two callers."""
    async with living(directory, lambda: NOW_US) as lab:
        await lab.put("application", APP, application())
        await lab.put("policy", "pol_1", policy({"allowed": 5}))
        yield lab


def story(tell, tmp_path):
    """Run one story in a life of the service."""

    async def run():
        async with serving(tmp_path) as lab:
            return await tell(lab)

    return asyncio.run(run())


async def call(lab, identity, amount=1):
    allocation = await lab.request(identity, headers={"X-User": identity})
    await lab.use(allocation, identity, amount=amount, responseStatusCode=200)
    await lab.writer.catch_up()


def asked(customer_id=JANE, keep=(), replacement=GONE):
    mac = subject_mac(SUBJECT_KEY, APP, customer_id)
    subject = ErasedSubject(application_id=APP, mac=mac, replacement=replacement)
    return ErasureRequest(
        at="2026-11-23T10:00:00Z", key=SUBJECT_KEY.hex(), subjects=(subject,), keep=keep
    )


async def erase(lab, request, erasure_id="erasure_1"):
    eraser = eraser_of(lab)
    return await eraser.apply(await eraser.note(erasure_id, request), "tok_1")


def everything(storage, *, left_out=("audit",)):
    """Every value of every row of data, journal and ledger, as one text."""
    texts = []
    for db in (storage._writer, storage.journal._db, storage.erasures._db):
        tables = db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        texts += [
            repr(db.execute(f"SELECT * FROM {table}").fetchall())  # noqa: S608
            for (table,) in tables
            if table not in left_out
        ]
    return "\n".join(texts)


def sums(storage):
    """What the owner adds up, whoever the customers are."""
    return {
        EndpointHour: sorted(
            (r.endpoint_id, r.hour, r.requests, r.units) for r in rows_of(storage, EndpointHour)
        ),
        CustomerDay: sorted(
            (r.endpoint_id, r.day, r.events, r.quantity, r.peak)
            for r in rows_of(storage, CustomerDay)
        ),
        CustomerHour: sorted(
            (r.endpoint_id, r.hour, r.requests, r.units) for r in rows_of(storage, CustomerHour)
        ),
    }


def test_erased_customer_is_nowhere_and_every_sum_is_what_it_was(tmp_path):
    async def tell(lab):
        for amount in (2, 3):
            await call(lab, "jane@example.org", amount)
        await call(lab, "omar@example.net")
        await lab.put("customer", JANE, {"application_id": APP, "name": "Jane Doe"})
        await lab.put("identity", JANE, {"application_id": APP, "sealed": "s", "epoch": 1})
        with lab.storage.transaction() as transaction:
            transaction._db.execute(CLAIM, {"customer": JANE})
        before = sums(lab.storage)
        outcome = await erase(lab, asked())
        assert sums(lab.storage) == before
        found = everything(lab.storage)
        assert JANE not in found
        assert "Jane Doe" not in found
        counted = {count.what: count.rows for count in outcome.counts}
        assert counted == {"calls": 2, "name": 1, "sealed identity": 1, "usage by day": 1}
        assert {r.customer_id for r in rows_of(lab.storage, CustomerDay)} >= {GONE}

    story(tell, tmp_path)


def test_audit_log_tells_numbers_and_nobody(tmp_path):
    async def tell(lab):
        await call(lab, "jane@example.org")
        await erase(lab, asked())
        (entry,) = lab.storage.audit_from(1, 10)
        assert (entry.action, entry.entity_id, entry.actor) == ("erase", "erasure_1", "tok_1")
        assert JANE not in repr(entry)
        assert GONE not in repr(entry)

    story(tell, tmp_path)


def test_calls_keep_their_numbers_and_lose_their_contents(tmp_path):
    async def tell(lab):
        request_id = "0f0e0d0c-0b0a-4908-8706-050403020100"
        await call(lab, "jane@example.org")
        (event,) = lab.storage.traces(TraceFilter(), None, 9).events
        with lab.storage.transaction() as transaction:
            detail = b'{"request_id":"' + request_id.encode() + b'","ip":"203.0.113.0/24"}'
            transaction._db.execute("UPDATE events SET detail = ?", (detail.decode(),))
            transaction.put_reports([CallReport(APP, request_id, ReportKind.CHAIN, 1, b"[]")])
        await erase(lab, asked())
        (bare,) = lab.storage.traces(TraceFilter(), None, 9).events
        assert (bare.detail, bare.customer_id) == (b"{}", GONE)
        assert (bare.units_micro, bare.allocation_id) == (event.units_micro, event.allocation_id)
        assert lab.storage.reports([(APP, request_id)]) == []

    story(tell, tmp_path)


def test_call_that_is_open_meanwhile_counts_once_and_for_nobody(tmp_path):
    async def tell(lab):
        allocation = await lab.request("jane@example.org", headers={"X-User": "jane@example.org"})
        await erase(lab, asked())
        for _ in range(2):
            await lab.use(allocation, "jane@example.org", amount=4, responseStatusCode=200)
        await lab.writer.catch_up()
        (row,) = [r for r in rows_of(lab.storage, CustomerDay) if r.quantity]
        assert (row.customer_id, row.events, row.quantity) == (GONE, 1, 4_000_000)

    story(tell, tmp_path)


def test_who_calls_again_is_a_new_customer_with_nothing_of_the_old(tmp_path):
    async def tell(lab):
        for _ in range(5):
            await call(lab, "jane@example.org")
        assert await lab.request("jane@example.org") is None
        await erase(lab, asked())
        await call(lab, "jane@example.org")
        days = {r.customer_id: r.events for r in rows_of(lab.storage, CustomerDay)}
        assert days == {GONE: 5, JANE: 1}
        # The same erasure, sent once more, has nothing to do with the new customer.
        await erase(lab, asked())
        assert {r.customer_id: r.events for r in rows_of(lab.storage, CustomerDay)} == days

    story(tell, tmp_path)


def test_limits_plans_blocks_and_words_go_or_follow_the_figures(tmp_path):
    async def tell(lab):
        own = {"application_id": APP, "customer_id": JANE}
        await call(lab, "jane@example.org")
        plan = {**own, "plans": []}
        await lab.put("customer_plan", customer_plan_id(APP, JANE), plan)
        await lab.put("limit_override", override_id("pol_1", JANE), {**own, "policy_id": "pol_1", "limits": []})  # fmt: skip # noqa: E501
        await lab.put("block", "blk_1", {**own, "method": "GET", "url": "/x", "reason": "Rude"})
        await erase(lab, asked())
        assert JANE not in everything(lab.storage)
        assert lab.storage.configuration("customer_plan", customer_plan_id(APP, GONE)).body == {
            **plan, "customer_id": GONE,
        }  # fmt: skip
        assert lab.storage.configuration("block", "blk_1").body is None
        assert not lab.rules.blocks.concerns(APP, JANE, NOW_US)

    story(tell, tmp_path)


@pytest.mark.parametrize("kept", ["account", "usage", "billing", "configuration", "security"])
def test_what_is_held_stays_and_the_rest_goes(tmp_path, kept):
    rows = {
        "account": ("identity", JANE),
        "configuration": ("limit_override", override_id("pol_1", JANE)),
        "security": ("block", "blk_1"),
    }

    async def tell(lab):
        own = {"application_id": APP, "customer_id": JANE}
        await call(lab, "jane@example.org")
        await lab.put("identity", JANE, {"application_id": APP, "sealed": "s", "epoch": 1})
        await lab.put("limit_override", override_id("pol_1", JANE), {**own, "policy_id": "pol_1", "limits": []})  # fmt: skip # noqa: E501
        await lab.put("block", "blk_1", {**own, "method": "GET", "url": "/x", "reason": "Rude"})
        await erase(lab, asked(keep=(kept,)))
        for category, key in rows.items():
            found = lab.storage.configuration(*key)
            assert (found is not None and found.body is not None) == (category == kept)
        (day,) = rows_of(lab.storage, CustomerDay)
        assert day.customer_id == (JANE if kept == "usage" else GONE)
        # Released, the rest of it goes.
        await erase(lab, asked(), "erasure_2")
        assert JANE not in everything(lab.storage)

    story(tell, tmp_path)


def test_preview_tells_the_numbers_and_changes_nothing(tmp_path):
    async def tell(lab):
        await call(lab, "jane@example.org")
        before = everything(lab.storage)
        outcome = await eraser_of(lab).preview(APP, (JANE,), ())
        assert {c.what: c.rows for c in outcome.counts} == {
            "calls": 1, "usage by day": 1,
        }  # fmt: skip
        assert outcome.raw_until is not None
        assert everything(lab.storage) == before

    story(tell, tmp_path)


def test_erasure_cut_half_way_is_finished_by_the_next_life(tmp_path):
    async def begun(lab):
        await call(lab, "jane@example.org")
        await eraser_of(lab).note("erasure_1", asked())
        await lab.writer.run(TakeOut(ErasedCustomer(APP, JANE, GONE), frozenset()))

    async def resumed(lab):
        assert lab.storage.applied_erasures() == {}
        await eraser_of(lab).resume()
        assert set(lab.storage.applied_erasures()) == {"erasure_1"}
        (event,) = lab.storage.traces(TraceFilter(), None, 9).events
        assert (event.customer_id, event.detail) == (GONE, b"{}")
        assert JANE not in everything(lab.storage)

    story(begun, tmp_path)
    story(resumed, tmp_path)


def test_data_of_an_old_copy_are_erased_again_at_the_start(tmp_path):
    service, copy = tmp_path / "service", tmp_path / "copy"
    service.mkdir()

    async def used(lab):
        await call(lab, "jane@example.org")

    async def erased(lab):
        await erase(lab, asked())

    async def looked_at(lab):
        assert JANE in everything(lab.storage)
        await eraser_of(lab).resume()
        assert JANE not in everything(lab.storage)

    story(used, service)
    shutil.copytree(service, copy)
    story(erased, service)
    shutil.copy(service / LEDGER_FILE, copy / LEDGER_FILE)
    story(looked_at, copy)


def test_ledger_only_grows_and_belongs_to_one_service(tmp_path):
    ledger = EmbeddedErasures(tmp_path, KEY, "svc_1")
    assert ledger.note("a", b"1").sequence == ledger.newest == 1
    assert ledger.note("a", b"other").content == b"1"
    ledger.note("b", b"2")
    assert [noted.erasure_id for noted in ledger.page(1, 9)] == ["b"]
    assert ledger.find("c") is None
    for statement in ("DELETE FROM erasures", "UPDATE erasures SET content = x'00'"):
        with pytest.raises(Exception, match="the erasure ledger is not"):
            ledger._db.execute(statement)
    ledger.close()
    with pytest.raises(StorageDamaged, match="another service"):
        EmbeddedErasures(tmp_path, KEY, "svc_2")


def test_copies_of_before_a_change_of_form_go_with_the_erasure(tmp_path):
    copy = tmp_path / "service.db.before-0100"

    async def tell(lab):
        copy.write_bytes(b"old data")
        await call(lab, "jane@example.org")
        await erase(lab, asked())
        assert not copy.exists()

    story(tell, tmp_path)


@settings(max_examples=5, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(0, 9), st.booleans()),
        min_size=1,
        max_size=8,
    )
)
def test_follower_who_applies_the_ledger_has_what_the_service_has(history):
    """Property: calls and erasures in any order; sums never change, and nobody is counted twice."""

    async def run(directory):
        async with serving(directory) as lab:
            lab.storage._resending._clock = Seconds()
            follower = Follower(feeds_of(lab.storage))
            for number, (name, amount, is_erasure) in enumerate(history):
                customer = SECRETS.pseudonyms.of(APP, name)
                if not is_erasure:
                    lab.report(name, amount=amount, responseStatusCode=200)
                    await lab.writer.catch_up()
                    continue
                before, replacement = sums(lab.storage), new_replacement()
                follower.finish()
                await erase(lab, asked(customer, (), replacement), f"erasure_{number}")
                assert sums(lab.storage) == before
                rekey(follower, customer, replacement)
            follower.finish()
            stored = [row for kind in KINDS for row in rows_of(lab.storage, kind)]
            assert follower.rows == {key_of(row): row for row in stored}

    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(run(Path(directory)))


def rekey(follower, customer, replacement):
    """What a desktop does with its rows when it reads of an erasure."""
    for key in [key for key in follower.rows if customer in key]:
        del follower.rows[key]


def test_owner_erases_over_the_api_and_desktops_are_told(api):
    request = {
        **asked().model_dump(mode="json"),
        "subjects": [
            {
                "application_id": api.application_id,
                "mac": subject_mac(SUBJECT_KEY, api.application_id, "cus_nobody"),
                "replacement": GONE,
            }
        ],
        "record": "c2VhbGVk",
    }
    path = f"/v1/erasures/erasure_{api.application_id}"
    assert api.http.post(f"{path}/apply").status_code == 404
    noted = api.http.put(path, json=request).json()
    assert noted["applied"] is False
    assert api.http.put(path, json=request).json() == noted
    assert api.http.put(path, json={**request, "record": "YW5ldw=="}).json() == noted
    other = {**request, "at": "2026-11-24T10:00:00Z"}
    assert api.http.put(path, json=other).status_code == 409
    done = api.http.post(f"{path}/apply")
    assert (done.status_code, done.json()["counts"]) == (200, [])
    page = api.http.get("/v1/erasures", params={"after": noted["sequence"] - 1}).json()
    assert page["rows"][0] == {**noted, "applied": True}
    assert api.http.get("/v1/changes").json()["erasures"] >= noted["sequence"]
