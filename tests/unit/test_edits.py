"""Edits made here: queued with the row, sent once, rebased, set aside, refused."""

import json
from decimal import Decimal

import pytest

from desktop.domain.editing import EditState
from desktop.domain.errors import InvalidInput, ServiceUnreachable
from tests.fakes import Stored
from tests.prices import amount_in, amount_of, per_unit, rule_draft


def pushed_edits(hosted):
    posts = [r for r in hosted.requests if r.method == "POST" and r.url.path == "/v1/changes"]
    return [edit for post in posts for edit in json.loads(post.content)["edits"]]


def test_edit_made_offline_reaches_service_once_after_reconnecting(device, hosted):
    hosted.online = False
    rule = device.services.pricing.publish(rule_draft(), None)
    with pytest.raises(ServiceUnreachable):
        device.sync()
    assert rule.standing.state is EditState.WAITING
    assert device.services.sync.state().waiting_edits == 1

    hosted.online = True
    device.sync()
    device.sync()
    assert len(pushed_edits(hosted)) == 1
    assert hosted.body("pricing_rule", rule.rule_id)["price"]["unit_amount"] == "0.02"
    (stored,) = device.rules()
    assert (stored.standing.state, amount_of(stored)) == (EditState.SYNCED, Decimal("0.02"))
    assert device.services.sync.state().waiting_edits == 0


def test_edit_survives_locking(device, hosted):
    device.services.pricing.publish(rule_draft("Survivor"), None)
    device.reopen()
    device.sync()
    (body,) = [s.body for key, s in hosted.rows.items() if key[0] == "pricing_rule"]
    assert body["name"] == "Survivor"


def test_edit_whose_answer_was_lost_is_not_made_twice(device, hosted):
    device.sync()
    rule = device.services.pricing.publish(rule_draft(), None)
    hosted.loses_answers = 3
    with pytest.raises(ServiceUnreachable):
        device.sync()
    device.sync()
    assert hosted.rows["pricing_rule", rule.rule_id].revision == hosted._revision
    assert device.rules()[0].standing.state is EditState.SYNCED


def test_later_edits_of_a_row_stand_on_the_accepted_one(device, hosted):
    rule = device.services.pricing.publish(rule_draft(price="1"), None)
    rule = device.services.pricing.publish(rule_draft(price="2"), rule)
    device.services.pricing.publish(rule_draft(price="3"), rule)
    device.sync()
    revisions = [edit["base_revision"] for edit in pushed_edits(hosted)]
    assert revisions[0] == 0
    assert revisions == sorted(set(revisions))
    assert hosted.body("pricing_rule", rule.rule_id)["price"]["unit_amount"] == "3"
    assert device.services.sync.state().conflicts == 0


def test_edit_made_while_a_push_is_under_way_is_kept_and_sent(device, hosted):
    rule = device.services.pricing.publish(rule_draft(price="1"), None)
    answer = hosted.handle
    later = [rule_draft(price="2")]

    def edit_meanwhile(request):
        response = answer(request)
        if request.method == "POST" and later:
            device.services.pricing.publish(later.pop(), rule)
        return response

    hosted.handle = edit_meanwhile
    device.services.link.forget()
    device.sync()
    assert hosted.body("pricing_rule", rule.rule_id)["price"]["unit_amount"] == "2"
    assert device.rules()[0].standing.state is EditState.SYNCED


@pytest.fixture
def conflict(device, make_device, hosted):
    """Two desktops change the price of one rule; the other one was first."""
    rule = device.services.pricing.publish(rule_draft(price="1"), None)
    device.sync()
    other = make_device("b")
    other.sync()
    other.services.pricing.publish(rule_draft(price="5"), other.rules()[0])
    other.sync()
    device.services.pricing.publish(rule_draft(price="2"), device.rules()[0])
    device.services.pricing.publish(rule_draft(price="3"), device.rules()[0])
    device.sync()
    (found,) = device.services.conflicts.conflicts()
    return rule, found


def test_conflicting_edit_is_shown_and_not_overwritten(device, hosted, conflict):
    rule, found = conflict
    assert hosted.body("pricing_rule", rule.rule_id)["price"]["unit_amount"] == "5"
    assert device.rules()[0].standing.state is EditState.CONFLICTED
    assert amount_of(device.rules()[0]) == Decimal(3)
    (difference,) = found.differences
    assert difference.field == "price"
    texts = (difference.base, difference.mine, difference.theirs)
    assert [amount_in(text) for text in texts] == ["1", "3", "5"]
    assert found.title == "Images"
    assert not found.deleted_there


def test_owner_keeps_own_version_of_a_conflict(device, hosted, conflict):
    rule, found = conflict
    device.services.conflicts.keep_mine(found.conflict_id)
    device.sync()
    assert hosted.body("pricing_rule", rule.rule_id)["price"]["unit_amount"] == "3"
    assert device.services.conflicts.conflicts() == ()
    assert device.rules()[0].standing.state is EditState.SYNCED


def test_owner_takes_the_service_version_of_a_conflict(device, hosted, conflict):
    rule, found = conflict
    device.services.conflicts.keep_theirs(found.conflict_id)
    device.sync()
    assert amount_of(device.rules()[0]) == Decimal(5)
    assert device.rules()[0].standing.state is EditState.SYNCED
    assert hosted.body("pricing_rule", rule.rule_id)["price"]["unit_amount"] == "5"


def test_conflict_follows_what_the_service_has_meanwhile(device, hosted, conflict):
    rule, found = conflict
    body = hosted.body("pricing_rule", rule.rule_id) | {"price": per_unit("7")}
    hosted.put("pricing_rule", rule.rule_id, body)
    device.sync()
    device.services.conflicts.keep_theirs(found.conflict_id)
    assert amount_of(device.rules()[0]) == Decimal(7)


def test_conflict_follows_a_service_that_was_restored_from_a_backup(device, hosted, conflict):
    rule, found = conflict
    row = hosted.rows["pricing_rule", rule.rule_id]
    backup = dict(hosted.rows)
    backup["pricing_rule", rule.rule_id] = Stored(
        row.revision - 1, row.body | {"price": per_unit("4")}
    )
    hosted.restore_from_backup(backup, hosted.rollups)
    device.sync()
    device.services.conflicts.keep_theirs(found.conflict_id)
    assert amount_of(device.rules()[0]) == Decimal(4)


def test_conflicted_rule_is_decided_before_it_is_edited(device, conflict):
    with pytest.raises(InvalidInput, match="Decide which"):
        device.services.pricing.publish(rule_draft(price="9"), device.rules()[0])


def test_conflict_is_decided_once(device, conflict):
    device.services.conflicts.keep_theirs(conflict[1].conflict_id)
    with pytest.raises(InvalidInput, match="decided already"):
        device.services.conflicts.keep_mine(conflict[1].conflict_id)


def test_conflict_with_a_deletion_says_so(device, hosted):
    rule = device.services.pricing.publish(rule_draft(), None)
    device.sync()
    hosted.put("pricing_rule", rule.rule_id, None)
    device.services.pricing.publish(rule_draft(price="2"), device.rules()[0])
    device.sync()
    (found,) = device.services.conflicts.conflicts()
    assert found.deleted_there
    device.services.conflicts.keep_mine(found.conflict_id)
    device.sync()
    assert hosted.body("pricing_rule", rule.rule_id)["price"]["unit_amount"] == "2"


def test_two_desktops_that_say_the_same_have_no_conflict(device, hosted):
    rule = device.services.pricing.publish(rule_draft(price="1"), None)
    device.sync()
    body = hosted.body("pricing_rule", rule.rule_id) | {"price": per_unit("2")}
    hosted.put("pricing_rule", rule.rule_id, body)
    device.services.pricing.publish(rule_draft(price="2"), device.rules()[0])
    device.sync()
    assert device.services.conflicts.conflicts() == ()
    assert device.rules()[0].standing.state is EditState.SYNCED


def test_edit_of_a_rule_that_moved_on_behind_the_editor_is_a_conflict(device, hosted):
    rule = device.services.pricing.publish(rule_draft(price="1"), None)
    device.sync()
    (seen,) = device.rules()
    body = hosted.body("pricing_rule", rule.rule_id) | {"price": per_unit("5")}
    hosted.put("pricing_rule", rule.rule_id, body)
    device.sync()
    device.services.pricing.publish(rule_draft(price="2"), seen)
    device.sync()
    (found,) = device.services.conflicts.conflicts()
    assert [
        amount_in(text) for text in (found.differences[0].base, found.differences[0].theirs)
    ] == ["1", "5"]
    assert hosted.body("pricing_rule", rule.rule_id)["price"]["unit_amount"] == "5"


def test_refused_edit_is_shown_with_its_reason_and_not_sent_again(device, hosted):
    hosted.refuses = "Taken"
    device.services.pricing.publish(rule_draft("Taken"), None)
    device.sync()
    device.sync()
    (rule,) = device.rules()
    assert (rule.standing.state, rule.standing.problem) == (
        EditState.REJECTED,
        "This name is taken.",
    )
    assert len(pushed_edits(hosted)) == 1
    assert device.services.sync.state().waiting_edits == 0


def test_corrected_edit_is_sent_in_place_of_the_refused_one(device, hosted):
    hosted.refuses = "Taken"
    rule = device.services.pricing.publish(rule_draft("Taken"), None)
    device.sync()
    device.services.pricing.publish(rule_draft("Free"), device.rules()[0])
    device.sync()
    assert hosted.body("pricing_rule", rule.rule_id)["name"] == "Free"
    assert device.rules()[0].standing.state is EditState.SYNCED


def test_correction_made_before_the_refusal_arrived_is_sent(device, hosted):
    hosted.refuses = "Taken"
    rule = device.services.pricing.publish(rule_draft("Taken"), None)
    device.services.pricing.publish(rule_draft("Free"), rule)
    device.sync()
    assert hosted.body("pricing_rule", rule.rule_id)["name"] == "Free"


def test_discarded_refusal_brings_back_the_service_version(device, hosted):
    device.services.pricing.publish(rule_draft("Good"), None)
    device.sync()
    hosted.refuses = "Taken"
    device.services.pricing.publish(rule_draft("Taken"), device.rules()[0])
    device.sync()
    device.services.pricing.discard_rejected(device.rules()[0].rule_id)
    (rule,) = device.rules()
    assert (rule.name, rule.standing.state) == ("Good", EditState.SYNCED)


def test_refused_new_rule_can_be_deleted(device, hosted):
    hosted.refuses = "Taken"
    rule = device.services.pricing.publish(rule_draft("Taken"), None)
    device.sync()
    device.services.pricing.delete_rule(rule.rule_id)
    device.sync()
    assert device.rules() == ()
    assert len(pushed_edits(hosted)) == 1


def test_deleted_rule_is_deleted_at_the_service(device, hosted):
    rule = device.services.pricing.publish(rule_draft(), None)
    device.sync()
    device.services.pricing.delete_rule(rule.rule_id)
    assert device.rules() == ()
    device.sync()
    assert hosted.rows["pricing_rule", rule.rule_id].body is None
    assert device.rules() == ()


def test_deleting_twice_is_deleting_once(device, hosted):
    rule = device.services.pricing.publish(rule_draft(), None)
    device.sync()
    device.services.pricing.delete_rule(rule.rule_id)
    device.services.pricing.delete_rule(rule.rule_id)
    device.sync()
    assert len(pushed_edits(hosted)) == 2


@pytest.mark.parametrize("sync_between", [False, True])
def test_deletion_can_be_undone(device, hosted, sync_between):
    device.services.pricing.publish(rule_draft(), None)
    device.sync()
    (rule,) = device.rules()
    device.services.pricing.delete_rule(rule.rule_id)
    if sync_between:
        device.sync()
    device.services.pricing.restore_rule(rule)
    device.sync()
    assert hosted.body("pricing_rule", rule.rule_id)["name"] == "Images"
    assert device.rules()[0].standing.state is EditState.SYNCED


def test_refused_deletion_brings_the_rule_back(device, hosted):
    rule = device.services.pricing.publish(rule_draft(), None)
    device.sync()
    decide = hosted._decide

    def refuse(edit):
        return decide(edit).model_copy(update={"outcome": "rejected", "reason": "Still in use."})

    hosted._decide = refuse
    device.services.pricing.delete_rule(rule.rule_id)
    device.sync()
    (shown,) = device.rules()
    assert (shown.standing.state, shown.standing.problem) == (EditState.REJECTED, "Still in use.")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": " "}, "name"),
        ({"price": "-1"}, "price.unit_amount"),
        ({"price": "NaN"}, "price.unit_amount"),
        ({"price": "\u0661"}, "price.unit_amount"),
        ({"price": "0." + "0" * 501}, "price.unit_amount"),
        ({"method": "GET /"}, "method"),
        ({"url": "items"}, "url"),
        ({"currency": "EURO"}, "price.currency"),
    ],
)
def test_rule_that_cannot_be_is_refused_at_its_field(device, wrong, field):
    with pytest.raises(InvalidInput) as refusal:
        device.services.pricing.publish(rule_draft(**wrong), None)
    assert refusal.value.field == field
    assert device.rules() == ()


def test_price_keeps_every_digit(device, hosted):
    price = "123456789012345678.000000000000000001"
    rule = device.services.pricing.publish(rule_draft(price=price), None)
    device.sync()
    assert hosted.body("pricing_rule", rule.rule_id)["price"]["unit_amount"] == price
    assert amount_of(device.rules()[0]) == Decimal(price)
