"""The queue of edits, taking one back, the history of answers, merged and mixed versions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.editing import EditState
from desktop.domain.errors import InvalidInput, ServiceUnreachable
from desktop.domain.merging import changed_fields, merged_fields, with_fields
from desktop.domain.syncing import Outcome
from tests.fakes import APPLICATION
from tests.prices import per_unit, rule_draft
from tests.unit.test_edits import pushed_edits

BODIES = st.dictionaries(st.sampled_from(["name", "price", "url"]), st.integers(0, 2))


def outgoing(device):
    return device.services.sync_records.outgoing()


def history(device):
    return device.services.sync_records.history()


def test_queue_says_what_each_edit_changes(device):
    rule = device.services.pricing.publish(rule_draft(price="1"), None)
    device.services.pricing.publish(rule_draft(price="2"), rule)
    device.services.pricing.delete_rule(rule.rule_id)
    first, second, third = outgoing(device)
    assert "price" in first.changed_fields
    assert second.changed_fields == ("price",)
    assert (third.is_deletion, third.title) == (True, "Images")
    assert [edit.entity_id for edit in (first, second, third)] == [rule.rule_id] * 3
    assert first.can_be_undone
    assert first.made_at == device.clock.now


def test_edit_taken_back_before_it_is_sent_never_leaves(device, hosted):
    rule = device.services.pricing.publish(rule_draft(price="1"), None)
    device.sync()
    device.services.pricing.publish(rule_draft(price="2"), device.rules()[0])
    (edit,) = outgoing(device)
    device.services.sync_records.undo(edit.position)
    (shown,) = device.rules()
    assert (shown.price["unit_amount"], shown.standing.state) == ("1", EditState.SYNCED)
    device.sync()
    assert len(pushed_edits(hosted)) == 1
    assert hosted.body("pricing_rule", rule.rule_id)["price"]["unit_amount"] == "1"


def test_taking_back_an_edit_takes_back_the_later_ones_of_its_row(device):
    rule = device.services.pricing.publish(rule_draft(price="1"), None)
    other = device.services.pricing.publish(rule_draft("Other"), None)
    rule = device.services.pricing.publish(rule_draft(price="2"), rule)
    device.services.pricing.publish(rule_draft(price="3"), rule)
    device.services.sync_records.undo(outgoing(device)[2].position)
    assert [edit.entity_id for edit in outgoing(device)] == [rule.rule_id, other.rule_id]
    assert {r.price["unit_amount"] for r in device.rules() if r.rule_id == rule.rule_id} == {"1"}


def test_new_row_taken_back_is_gone(device):
    device.services.pricing.publish(rule_draft(), None)
    device.services.sync_records.undo(outgoing(device)[0].position)
    assert device.rules() == ()
    assert outgoing(device) == ()
    assert device.query("SELECT count(*) FROM service_rows") == [(0,)]


def test_deletion_taken_back_brings_the_row_back(device, hosted):
    rule = device.services.pricing.publish(rule_draft(), None)
    device.sync()
    device.services.pricing.delete_rule(rule.rule_id)
    device.services.sync_records.undo(outgoing(device)[0].position)
    assert [r.rule_id for r in device.rules()] == [rule.rule_id]


def test_edit_whose_answer_was_lost_cannot_be_taken_back(device, hosted):
    device.sync()
    device.services.pricing.publish(rule_draft(), None)
    hosted.loses_answers = 3
    with pytest.raises(ServiceUnreachable):
        device.sync()
    (edit,) = outgoing(device)
    assert edit.sent_at == device.clock.now
    assert not edit.can_be_undone
    with pytest.raises(InvalidInput, match="on its way"):
        device.services.sync_records.undo(edit.position)
    device.sync()
    assert outgoing(device) == ()
    with pytest.raises(InvalidInput):
        device.services.sync_records.undo(edit.position)


def test_refused_edit_is_listed_with_its_reason_and_can_be_taken_back(device, hosted):
    hosted.refuses = "Taken"
    device.services.pricing.publish(rule_draft("Taken"), None)
    device.sync()
    (edit,) = outgoing(device)
    assert edit.problem == "This name is taken."
    device.services.sync_records.undo(edit.position)
    assert (outgoing(device), device.rules()) == ((), ())


def test_history_tells_what_was_sent_and_what_was_answered(device, hosted):
    hosted.refuses = "Taken"
    device.services.pricing.publish(rule_draft("Images", price="1"), None)
    device.sync()
    device.clock.forward(minutes=5)
    device.services.pricing.publish(rule_draft("Taken"), None)
    device.clock.forward(minutes=1)
    device.sync()
    refused, accepted = history(device)
    assert (accepted.outcome, accepted.title) == (Outcome.ACCEPTED, "Images")
    assert accepted.revision == hosted._revision
    assert '"unit_amount": "1"' in accepted.body
    assert (refused.outcome, refused.fields) == (Outcome.REJECTED, ("name",))
    assert refused.reason == "This name is taken."
    assert (refused.sent_at - refused.made_at).total_seconds() == 60
    assert refused.answered_at == device.clock.now
    older = device.services.sync_records.history(before=refused.entry_id)
    assert older == (accepted,)


@pytest.fixture
def two_sides(device, make_device, hosted):
    """Two desktops with the same rule; the function lets both change it, the other one first."""
    rule = device.services.pricing.publish(rule_draft("Images", price="1"), None)
    device.sync()
    other = make_device("b")
    other.sync()

    def change(theirs, mine):
        other.services.pricing.publish(theirs, other.rules()[0])
        other.sync()
        device.services.pricing.publish(mine, device.rules()[0])
        device.sync()
        return hosted.body("pricing_rule", rule.rule_id)

    return change


def test_name_and_price_changed_on_two_sides_are_merged_with_a_record(device, two_sides):
    body = two_sides(rule_draft("Pictures", price="1"), rule_draft("Images", price="2"))
    assert (body["name"], body["price"]["unit_amount"]) == ("Pictures", "2")
    accepted, merged = history(device)[:2]
    assert (merged.outcome, merged.fields) == (Outcome.MERGED, ("price",))
    assert accepted.outcome is Outcome.ACCEPTED
    assert device.services.conflicts.conflicts() == ()
    (rule,) = device.rules()
    assert (rule.name, rule.price["unit_amount"], rule.standing.state) == (
        "Pictures",
        "2",
        EditState.SYNCED,
    )


@pytest.mark.parametrize(
    ("theirs", "mine"),
    [
        (rule_draft(price="5"), rule_draft(price="2")),
        (rule_draft(price="5"), rule_draft(url="/v1/images")),
        (rule_draft("Theirs"), rule_draft("Mine")),
        (rule_draft("Theirs", price="5"), rule_draft("Mine", price="1")),
    ],
)
def test_what_could_overwrite_something_is_left_to_the_owner(device, two_sides, theirs, mine):
    before = two_sides(theirs, mine)
    assert before["price"] == theirs.price
    assert history(device)[0].outcome is Outcome.CONFLICT
    assert len(device.services.conflicts.conflicts()) == 1


def test_owner_takes_some_fields_of_each_side(device, hosted, two_sides):
    two_sides(rule_draft("Theirs", price="5"), rule_draft("Mine", price="2"))
    (conflict,) = device.services.conflicts.conflicts()
    device.services.conflicts.keep_fields(conflict.conflict_id, ("price",))
    device.sync()
    (rule,) = device.rules()
    assert (rule.name, rule.price["unit_amount"], rule.standing.state) == (
        "Theirs",
        "2",
        EditState.SYNCED,
    )
    assert hosted.body("pricing_rule", rule.rule_id)["price"]["unit_amount"] == "2"


def test_owner_keeps_both_sides_one_of_them_as_a_draft(device, hosted, two_sides):
    two_sides(rule_draft("Theirs", price="5"), rule_draft("Mine", price="2"))
    (conflict,) = device.services.conflicts.conflicts()
    device.services.conflicts.keep_both(conflict.conflict_id)
    device.sync()
    assert [r.name for r in device.rules()] == ["Theirs"]
    (kept,) = device.services.conflicts.drafts()
    assert (kept.title, kept.entity) == ("Mine", "pricing_rule")
    device.services.conflicts.use_draft(kept.draft_id)
    device.sync()
    assert [r.name for r in device.rules()] == ["Mine"]
    assert device.services.conflicts.drafts() == ()
    with pytest.raises(InvalidInput, match="gone"):
        device.services.conflicts.use_draft(kept.draft_id)


def test_draft_can_be_dropped(device, two_sides):
    two_sides(rule_draft(price="5"), rule_draft(price="2"))
    (conflict,) = device.services.conflicts.conflicts()
    device.services.conflicts.keep_both(conflict.conflict_id)
    (kept,) = device.services.conflicts.drafts()
    device.services.conflicts.discard_draft(kept.draft_id)
    assert device.services.conflicts.drafts() == ()
    assert [r.price["unit_amount"] for r in device.rules()] == ["5"]


@pytest.fixture
def deleted_here(device, hosted):
    """A conflict of a deletion here with a new price there."""
    rule = device.services.pricing.publish(rule_draft(price="1"), None)
    device.sync()
    body = hosted.body("pricing_rule", rule.rule_id) | {"price": per_unit("9")}
    hosted.put("pricing_rule", rule.rule_id, body)
    device.services.pricing.delete_rule(rule.rule_id)
    device.sync()
    (conflict,) = device.services.conflicts.conflicts()
    return conflict


def test_deletion_that_met_a_change_cannot_be_mixed_or_set_aside(device, deleted_here):
    assert deleted_here.deleted_here
    with pytest.raises(InvalidInput, match="deletion"):
        device.services.conflicts.keep_fields(deleted_here.conflict_id, ("price",))
    with pytest.raises(InvalidInput, match="no version to set aside"):
        device.services.conflicts.keep_both(deleted_here.conflict_id)
    assert len(device.services.conflicts.conflicts()) == 1


def test_deletion_kept_against_a_change_deletes(device, hosted, deleted_here):
    device.services.conflicts.keep_mine(deleted_here.conflict_id)
    device.sync()
    assert hosted.body("pricing_rule", deleted_here.entity_id) is None
    assert device.rules() == ()


def test_progress_tells_rows_and_completeness(device, hosted):
    device.sync()
    for number in range(5):
        hosted.count("end_1", "cus_1", number * 86_400)
    hosted.forget_cursors()
    device.sync()
    changes, tail, past = device.services.sync_records.progress()
    assert (changes.stream, tail.stream, past.stream) == ("changes", "tail", "backfill")
    assert changes.received == len(hosted.rows)
    assert (past.received, past.is_complete, past.share) == (15, True, 1.0)


@given(base=BODIES, mine=BODIES, theirs=BODIES)
def test_merging_loses_no_change_of_either_side(base, mine, theirs):
    fields = merged_fields("pricing_rule", base, mine, theirs)
    if fields is None:
        return
    both = with_fields(theirs, mine, fields)
    for name in changed_fields(base, mine):
        assert both.get(name) == mine.get(name)
    for name in changed_fields(base, theirs):
        assert both.get(name) == theirs.get(name)
    assert changed_fields(base, mine) <= {"name"} or changed_fields(base, theirs) <= {"name"}


def test_row_of_an_unknown_kind_never_merges_by_itself():
    assert merged_fields("rocket", {"a": 1}, {"a": 2}, {"a": 1, "b": 1}) is None


def test_application_edit_is_named_in_the_queue(device):
    from desktop.services.storage.configuration import RowKey

    with device.services.vault.transaction() as db:
        device.services.policies._rows.edits.save(
            db, RowKey("policy", "pol_1"),
            {"application_id": APPLICATION, "method": "GET", "url": "/v1/images"},
        )  # fmt: skip
    assert outgoing(device)[0].title == "GET /v1/images"
