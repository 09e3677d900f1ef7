"""A caller of whom a child is reported: counted as before, and nothing else is kept or told."""

import asyncio
import json
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from contract.messages.billing import ClaimOutcome, ClaimsRequest
from contract.messages.configuration import Edit
from contract.messages.policies import FreezeBody
from contract.messages.rollups import NO_CUSTOMERS, CustomerDay, EndpointHour
from hosted.admin.billing_claims import ClaimWindows
from hosted.admin.edits import ApplyEdits
from hosted.admin.problems import Refusal
from hosted.admin.reach import EVERYTHING
from hosted.admin.trace_routes import TraceQuery, _page, event_of
from hosted.metering.erasing import TakeOut
from hosted.storage.usage_records import ErasedCustomer, TraceFilter
from tests.hosted.lab import APP, SECRETS, application, living, policy
from tests.hosted.storage_contract import HOUR, Seconds
from tests.hosted.test_sync_feeds import Follower, feeds_of

NOW_US = HOUR * 1_000_000
JANE = SECRETS.pseudonyms.of(APP, "jane@example.org")
OMAR = SECRETS.pseudonyms.of(APP, "omar@example.net")
REQUEST_ID = "0b5e2f4c-7d1a-4c3b-9e8f-a1b2c3d4e5f6"


@asynccontextmanager
async def serving(directory):
    """A life of the service that meters callers who are told apart."""
    async with living(directory, lambda: NOW_US) as lab:
        await lab.put("application", APP, application())
        await lab.put("policy", "pol_1", policy({"allowed": 3}))
        yield lab


def story(tell, tmp_path):
    async def run():
        async with serving(tmp_path) as lab:
            return await tell(lab)

    return asyncio.run(run())


async def call(lab, identity, **facts):
    allocation = await lab.request(identity, headers={"X-User": identity}, **facts)
    if allocation is not None:
        await lab.use(allocation, identity, responseStatusCode=200, **facts)
    await lab.writer.catch_up()
    return allocation


async def edit(lab, revision, body, row_id="frz_1"):
    """An edit of a freeze, as a desktop sends it."""
    change = Edit.model_validate(
        {
            "idempotency_key": f"key-{row_id}-{revision}", "entity_id": row_id,
            "base_revision": revision, "edit": {"entity": "freeze", "body": body},
        }
    )  # fmt: skip
    applied = await lab.writer.run(ApplyEdits((change,), NOW_US, "tok_1"))
    assert applied.results[0].outcome == "accepted", applied
    await lab.seeder.take_over(applied.rows)
    return applied.results[0].revision


def freeze(lab, customer_id=JANE, row_id="frz_1"):
    body = {"application_id": APP, "customer_id": customer_id, "since": "2026-11-23T10:00:00Z"}
    return edit(lab, 0, body, row_id)


def customers_in(follower):
    return {row.customer_id for row in follower.rows.values() if not isinstance(row, EndpointHour)}


def details(lab, customer_id):
    found = lab.storage.traces(TraceFilter(customer_id=customer_id), None, 100).events
    return [json.loads(event.detail) for event in found]


def test_calls_of_a_frozen_caller_are_counted_and_nothing_else_is_kept(tmp_path):
    async def tell(lab):
        await call(lab, "jane@example.org", usageflowRequestId=REQUEST_ID)
        assert details(lab, JANE)[0]["request_id"] == REQUEST_ID
        await freeze(lab)
        await call(lab, "jane@example.org", usageflowRequestId=REQUEST_ID)
        assert details(lab, JANE)[0] == {}
        assert lab.rules.frozen.made(APP, REQUEST_ID)
        await call(lab, "omar@example.net")
        assert details(lab, OMAR)[0] != {}

    story(tell, tmp_path)


def test_limits_hold_for_a_frozen_caller_as_before(tmp_path):
    """A report that is false must neither stop a customer nor open the door wide."""

    async def tell(lab):
        assert await call(lab, "jane@example.org") is not None
        await freeze(lab)
        assert [await call(lab, "jane@example.org") is None for _ in range(3)] == [
            False, False, True,
        ]  # fmt: skip

    story(tell, tmp_path)


def test_followers_see_nothing_of_a_frozen_customer_and_everything_after(tmp_path):
    async def tell(lab):
        await call(lab, "jane@example.org")
        revision = await freeze(lab)
        await call(lab, "jane@example.org")
        await call(lab, "omar@example.net")
        follower = Follower(feeds_of(lab.storage))
        follower.finish()
        assert customers_in(follower) == {OMAR}
        await edit(lab, revision, None)
        follower.finish()
        assert customers_in(follower) == {JANE, OMAR}
        days = [row for row in follower.rows.values() if isinstance(row, CustomerDay)]
        assert sum(row.events for row in days if row.customer_id == JANE) == 2

    story(tell, tmp_path)


def test_second_freeze_still_holds_when_the_first_is_lifted(tmp_path):
    async def tell(lab):
        await call(lab, "jane@example.org")
        revision = await freeze(lab)
        await freeze(lab, row_id="frz_2")
        await edit(lab, revision, None)
        assert lab.rules.frozen.has(APP, [JANE])
        follower = Follower(feeds_of(lab.storage))
        follower.finish()
        assert JANE not in customers_in(follower)

    story(tell, tmp_path)


def test_freeze_holds_after_a_restart(tmp_path):
    story(freeze, tmp_path)

    async def tell(lab):
        await call(lab, "jane@example.org")
        assert details(lab, JANE) == [{}]

    story(tell, tmp_path)


def test_single_calls_and_claims_of_a_frozen_customer_are_refused(tmp_path):
    async def tell(lab):
        await call(lab, "jane@example.org")
        context = SimpleNamespace(storage=lab.storage, cursors=None)
        (trace,) = _page(context, TraceQuery(), EVERYTHING).rows
        await freeze(lab)
        assert _page(context, TraceQuery(), EVERYTHING).rows == ()
        with pytest.raises(Refusal, match="frozen"):
            event_of(lab.storage, trace.trace_id, EVERYTHING)
        wanted = {
            "customer_id": JANE, "meter": "rule_1", "window": "2026-11-23", "payer": "cus_1",
            "event_name": "calls", "total": "1", "basis": 1,
        }  # fmt: skip
        request = ClaimsRequest.model_validate(
            {
                "provider": "stripe", "mode": "test", "account_id": "acct_1", "holder": "run_1",
                "lease_s": 60, "rows": [wanted],
            },
            strict=False,
        )  # fmt: skip
        (answer,) = await lab.writer.run(ClaimWindows(APP, request, "tok_1", NOW_US))
        assert (answer.outcome, answer.claim) == (ClaimOutcome.FROZEN, None)

    story(tell, tmp_path)


@pytest.mark.parametrize("keep", [frozenset(), frozenset({"usage"})])
def test_erasure_ends_the_freeze_and_figures_are_followed_again(keep, tmp_path):
    async def tell(lab):
        await call(lab, "jane@example.org")
        await freeze(lab)
        follower = Follower(feeds_of(lab.storage))
        follower.finish()
        gone = ErasedCustomer(APP, JANE, "gone_" + "0" * 24)
        await lab.seeder.take_over(await lab.writer.run(TakeOut(gone, keep)))
        assert not lab.rules.frozen.are_any(APP)
        assert lab.storage.frozen_customers() == frozenset()
        follower.finish()
        assert customers_in(follower) == {JANE if keep else gone.replacement}

    story(tell, tmp_path)


@pytest.mark.parametrize("customer_id", sorted(NO_CUSTOMERS))
def test_nobody_freezes_callers_who_cannot_be_told_apart(customer_id):
    with pytest.raises(ValidationError, match="tell apart"):
        FreezeBody(application_id=APP, customer_id=customer_id, since="2026-11-23T10:00:00Z")


STEPS = st.lists(st.sampled_from(["jane", "omar", "past", "tail"]), max_size=4)


@settings(max_examples=6, deadline=None)
@given(before=STEPS, frozen=STEPS, after=STEPS)
def test_follower_ends_with_everything_whatever_it_followed_in_between(before, frozen, after):
    """It has passed all there is before the freeze ends, so that a row can come only anew."""

    async def tell(lab):
        lab.storage._resending._clock = Seconds()
        follower = Follower(feeds_of(lab.storage))
        await play(lab, follower, [*before, "jane"])
        revision = await freeze(lab)
        seen = len(rows_of_jane(follower))
        await play(lab, follower, [*frozen, "jane"])
        follower.finish()
        assert len(rows_of_jane(follower)) == seen
        await edit(lab, revision, None)
        await play(lab, follower, after)
        follower.finish()
        stored = lab.storage.rollup_tail(0, 1000)
        assert sorted(map(repr, follower.rows.values())) == sorted(map(repr, stored))

    with tempfile.TemporaryDirectory() as directory:
        story(tell, Path(directory))


def rows_of_jane(follower):
    return [row for row in follower.rows.values() if getattr(row, "customer_id", "") == JANE]


async def play(lab, follower, steps):
    """Calls and pages, in any order."""
    addresses = {"jane": "jane@example.org", "omar": "omar@example.net"}
    for step in steps:
        if step in addresses:
            await call(lab, addresses[step])
        elif step == "past":
            follower.past(2)
        else:
            follower.tail(2)
