"""Policies, blocks and limits of single customers: what the vault shows, and what edits become."""

from dataclasses import replace
from datetime import timedelta

import pytest

from contract.messages.applications import ApplicationBody, EndpointBody, Route
from contract.messages.customers import CustomerBody
from contract.messages.traces import TracesPage
from contract.terms import IdentityLocation, PolicyKind, Severity
from desktop.domain.editing import EditState
from desktop.domain.errors import InvalidInput
from desktop.domain.ids import ApplicationId, CustomerId, OverrideId
from desktop.domain.policies import (
    BlockDraft,
    LimitDraft,
    LimitOverride,
    Passage,
    PolicyDraft,
    SampleCall,
)
from desktop.domain.traces import TraceQuery
from tests.fakes import APPLICATION, NOON
from tests.unit.test_applications import HEALTH, connected
from tests.unit.test_traces import trace

APP = ApplicationId(APPLICATION)
DRAFT = PolicyDraft(APP, "GET", "/items/{item_id}", limits=(LimitDraft("5"),))


def endpoint(hosted, number, method, url, sdk="python"):
    body = EndpointBody(
        application_id=APPLICATION, method=method, url=url, first_seen="2026-01-01T00:00:00Z",
        sdk=sdk,
    )  # fmt: skip
    hosted.put("endpoint", f"end_{number}", body.model_dump(mode="json"))


@pytest.fixture
def known(device, hosted):
    """Two spellings of one route, another endpoint, junk, and a customer with a name."""
    endpoint(hosted, 1, "GET", "/items/{item_id}")
    endpoint(hosted, 2, "GET", "/items/:id", "go")
    endpoint(hosted, 3, "POST", "/upload")
    endpoint(hosted, 4, "GET", "(unmatched)")
    customer = CustomerBody(application_id=APPLICATION, name="Aurora")
    hosted.put("customer", "cus_1", customer.model_dump(mode="json"))
    device.sync()
    return device


def lines(device):
    return device.services.policies.endpoints(APP)


def line(device, url, method="GET"):
    return next(found for found in lines(device) if (found.method, found.url) == (method, url))


def test_spellings_of_a_route_stand_side_by_side(known):
    assert [(found.method, found.url) for found in lines(known)] == [
        ("GET", "/items/:id"),
        ("GET", "/items/{item_id}"),
        ("POST", "/upload"),
    ]
    assert line(known, "/items/:id").spellings == ("/items/{item_id}",)
    assert line(known, "/upload", "POST").spellings == ()


def test_policy_for_all_spellings_is_stored_whole_and_queued(known, hosted):
    saved = known.services.policies.save_policy(DRAFT, None, ("/items/:id",))
    assert saved.standing.state is EditState.WAITING
    known.sync()
    urls = {stored.body["url"] for key, stored in hosted.rows.items() if key[0] == "policy"}
    assert urls == {"/items/{item_id}", "/items/:id"}
    assert line(known, "/items/:id").policy.limits == saved.limits


def test_wrong_draft_stores_nothing_of_the_spellings(known):
    with pytest.raises(InvalidInput):
        known.services.policies.save_policy(DRAFT, None, ("no-slash",))
    assert line(known, "/items/{item_id}").policy is None


def test_policy_that_the_contract_does_not_take_names_its_field(known):
    with pytest.raises(InvalidInput) as refusal:
        known.services.policies.save_policy(replace(DRAFT, note="x" * 3000), None, ())
    assert refusal.value.field == "note"


def test_deleted_policy_comes_back_as_it_was(known):
    saved = known.services.policies.save_policy(DRAFT, None, ())
    known.services.policies.delete_policy(saved.policy_id)
    assert line(known, "/items/{item_id}").policy is None
    known.services.policies.restore_policy(saved)
    assert line(known, "/items/{item_id}").policy.limits == saved.limits


def test_edit_on_top_of_a_policy_that_moved_on_becomes_a_conflict(known, hosted):
    known.services.policies.save_policy(DRAFT, None, ())
    known.sync()
    seen = line(known, "/items/{item_id}").policy
    body = hosted.body("policy", seen.policy_id)
    hosted.put("policy", seen.policy_id, {**body, "note": "theirs"})
    known.sync()
    known.services.policies.save_policy(replace(DRAFT, note="mine"), seen, ())
    known.sync()
    assert line(known, "/items/{item_id}").policy.standing.state is EditState.CONFLICTED


def test_refused_policy_can_be_given_up(known, hosted):
    known.services.policies.save_policy(DRAFT, None, ())
    known.sync()
    hosted.refuses = "no thanks"
    saved = known.services.policies.save_policy(replace(DRAFT, note="no thanks"), None, ())
    known.sync()
    assert line(known, "/items/{item_id}").policy.standing.state is EditState.REJECTED
    known.services.policies.discard_rejected(saved.policy_id)
    assert line(known, "/items/{item_id}").policy.note == ""


def test_function_has_a_line_of_its_own_after_its_endpoint(known):
    function = replace(DRAFT, kind=PolicyKind.FUNCTION, function_name="ask", function_path="a.go")
    known.services.policies.save_policy(function, None, ())
    here = [found for found in lines(known) if found.url == "/items/{item_id}"]
    assert [found.policy and found.policy.function for found in here] == [None, "a.go:ask"]
    assert len({found.key for found in here}) == 2


def test_policy_of_a_route_nobody_called_is_listed(known):
    known.services.policies.save_policy(replace(DRAFT, url="/new"), None, ())
    found = line(known, "/new")
    assert (found.endpoint_id, found.sdk) == ("", "")


@pytest.mark.parametrize(
    ("metered", "whitelisted", "passage"),
    [
        ([("*", "*")], [], Passage.METERED),
        ([("*", "*")], [("POST", "/upload")], Passage.WHITELISTED),
        ([("GET", "*")], [], Passage.UNMETERED),
    ],
)
def test_route_lists_are_told_of_each_endpoint(known, hosted, metered, whitelisted, passage):
    body = ApplicationBody(
        name="My API",
        metered_routes=tuple(Route(method=m, url=u) for m, u in metered),
        whitelisted_routes=tuple(Route(method=m, url=u) for m, u in whitelisted),
    )
    hosted.put("application", APPLICATION, body.model_dump(mode="json"))
    known.sync()
    assert line(known, "/upload", "POST").passage is passage


def test_advice_is_about_the_sdks_that_reported(known):
    draft = replace(
        DRAFT, url="/upload", identity_location=IdentityLocation.PATH, identity_name="id"
    )
    told = known.services.policies.advice(draft)
    assert {advice.sdk for advice in told} >= {"FastAPI", "Go (Gin)"}
    worst = told[0]
    assert worst.severity is Severity.BROKEN
    assert any("path parameters" in a.text and a.sdk == "FastAPI" for a in told)


def test_advice_bears_an_unfinished_draft(known):
    draft = replace(
        DRAFT,
        identity_location=IdentityLocation.COOKIE,
        limits=(LimitDraft("many"), LimitDraft("5")),
    )
    assert known.services.policies.advice(draft)


def test_block_holds_for_hours_and_is_queued(known, hosted):
    draft = BlockDraft(APP, "get", "/upload", CustomerId("cus_1"), " scraping ", 24)
    block = known.services.blocks.block(draft)
    assert block.expires_at == NOON + timedelta(hours=24)
    (ruled,) = known.services.blocks.blocks(APP)
    assert (ruled.customer, ruled.block.reason) == ("Aurora", "scraping")
    known.sync()
    assert hosted.body("block", block.block_id)["expires_at"] == "2026-06-16T12:00:00Z"


def test_block_that_ran_out_is_not_listed(known):
    known.services.blocks.block(BlockDraft(APP, "GET", "/upload", hours=1))
    known.clock.forward(hours=2)
    assert known.services.blocks.blocks(APP) == ()


def test_unblocking_can_be_undone(known):
    block = known.services.blocks.block(BlockDraft(APP, "GET", "*"))
    assert len(line(known, "/items/:id").blocks) == 1
    known.services.blocks.unblock(block.block_id)
    assert line(known, "/items/:id").blocks == ()
    known.services.blocks.restore_block(block)
    (ruled,) = line(known, "/items/:id").blocks
    assert (ruled.block.block_id, ruled.customer) == (block.block_id, "")


def test_refused_block_can_be_given_up(known, hosted):
    hosted.refuses = "no"
    block = known.services.blocks.block(BlockDraft(APP, "GET", "/upload", reason="no"))
    known.sync()
    known.services.blocks.discard_block(block.block_id)
    assert known.services.blocks.blocks(APP) == ()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"url": "upload"}, "url"),
        ({"method": "?"}, "method"),
        ({"reason": "x" * 501}, "reason"),
        ({"hours": 0}, "hours"),
    ],
)
def test_block_that_cannot_be_names_its_field(known, changes, field):
    with pytest.raises(InvalidInput) as refusal:
        known.services.blocks.block(replace(BlockDraft(APP, "GET", "/upload"), **changes))
    assert refusal.value.field == field


def test_block_says_how_soon_it_holds(known):
    told = known.services.blocks.advice(BlockDraft(APP, "GET", "/upload"))
    assert any("10 seconds" in advice.text for advice in told)


def test_customers_to_choose_have_a_name_or_a_pseudonym(known, hosted):
    nameless = CustomerBody(application_id=APPLICATION).model_dump(mode="json")
    hosted.put("customer", "cus_0123456789", nameless)
    known.sync()
    labels = [customer.label for customer in known.services.blocks.customers(APP)]
    assert labels == ["Aurora", "Customer 23456789"]


def test_customer_gets_other_limits_and_gives_them_back(known, hosted):
    policy = known.services.policies.save_policy(DRAFT, None, ())
    wanted = LimitOverride(OverrideId(""), APP, policy.policy_id, CustomerId("cus_1"), reason="VIP")
    made = known.services.blocks.override_limits(wanted, (LimitDraft("50"),), 30)
    known.sync()
    assert hosted.body("limit_override", made.override_id)["limits"][0]["allowed"] == 50
    (ruled,) = line(known, "/items/{item_id}").overrides
    assert (ruled.customer, ruled.override.expires_at) == ("Aurora", NOON + timedelta(days=30))
    known.services.blocks.remove_override(made.override_id)
    assert line(known, "/items/{item_id}").overrides == ()
    known.services.blocks.restore_override(made)
    assert len(line(known, "/items/{item_id}").overrides) == 1


def test_exception_of_no_days_is_refused(known):
    wanted = LimitOverride(OverrideId(""), APP, "pol_1", CustomerId("cus_1"))
    with pytest.raises(InvalidInput) as refusal:
        known.services.blocks.override_limits(wanted, (), 0)
    assert refusal.value.field == "days"


def test_expression_that_cannot_be_read_is_refused_with_its_place(known):
    with pytest.raises(InvalidInput) as refusal:
        known.services.policies.save_policy(replace(DRAFT, expression="amount *"), None, ())
    assert refusal.value.field == "expression"
    assert "character" in str(refusal.value)


def test_metering_is_tried_on_a_sample_and_on_recorded_calls(known, hosted):
    hosted.live["GET", "/v1/traces"] = TracesPage(
        rows=(trace(1, url="/items/{item_id}", units="3"), trace(2, url="/other"))
    )
    known.services.traces.page(TraceQuery(APP), None)
    draft = replace(DRAFT, expression="if(status < 400, amount * 2, 0)")
    trial = known.services.policies.try_metering(draft, SampleCall("5", "500"))
    assert (trial.sample.counted, trial.sample.odd) == ("0", False)
    (recorded,) = trial.recorded
    assert (recorded.reported, recorded.counted) == ("3", "6")


def test_amount_that_cannot_be_worked_out_is_marked(known):
    draft = replace(DRAFT, expression="tokens / 1000")
    trial = known.services.policies.try_metering(draft, SampleCall("5"))
    assert (trial.sample.counted, trial.sample.odd) == ("5", True)


@pytest.mark.parametrize("text", ["many", "1e99", "NaN"])
def test_sample_that_is_no_number_is_named(known, text):
    with pytest.raises(InvalidInput) as refusal:
        known.services.policies.try_metering(DRAFT, SampleCall(status=text))
    assert refusal.value.field == "status"


def test_advice_is_about_the_sdks_that_are_connected(known, hosted):
    hosted.live[HEALTH] = connected()
    known.services.connections.connections()
    draft = replace(DRAFT, url="/upload")
    told = {advice.sdk for advice in known.services.policies.advice(draft)}
    assert told == {"FastAPI", "Flask", "Go (Gin)"}


def test_without_a_url_there_is_nothing_to_advise(known):
    assert known.services.policies.advice(replace(DRAFT, method="", url=" ")) == ()


def test_a_thousand_policies_are_listed_at_once(known, hosted):
    drafts = [replace(DRAFT, url=f"/r/{number}") for number in range(1000)]
    known.services.policies.save_policy(DRAFT, None, tuple(draft.url for draft in drafts))
    assert sum(found.policy is not None for found in lines(known)) == 1001
