"""A report about a child stops everything about the person at once, and nothing is lost by it."""

import json

import pytest

from contract.messages.billing import ClaimOutcome
from desktop.domain.attention import Urgency
from desktop.domain.errors import InvalidInput
from desktop.domain.mail import Letter, MailPurpose
from desktop.domain.privacy.erasure import ErasureState
from desktop.domain.privacy.freezing import FreezeState
from desktop.domain.privacy.kinds import Channel, Refusal, RequestKind
from desktop.domain.privacy.requests import NewRequest, Person
from desktop.domain.usage import Application
from desktop.services.attention import Scene
from desktop.services.billing import reporting
from desktop.services.billing.paddle import billing as paddle_billing
from desktop.services.privacy.finding import FoundBy, Match
from desktop.services.storage import freezes, privacy_audit
from tests.fakes import APPLICATION, NOON, Device, no_report
from tests.unit.privacy.test_erasing import (
    JANE,
    MATCH,
    OMAR,
    ask,
    dump,
    erasure_of,
    full,  # noqa: F401 - a fixture
)
from tests.unit.privacy.test_erasing_commands import run  # noqa: F401 - a fixture

CHILD = Person("A parent", "parent@example.org", (JANE,))
NOBODY = Person("A parent", "parent@example.org", ("somebody-else",))


def freezing(device):
    return device.services.erasing.freezing


def report(device, person=CHILD):
    """A report about a child, as it came in; the id of its request."""
    asked = NewRequest(RequestKind.CHILD_REPORT, Channel.WEBSITE, NOON, "UTC", person, "She is 9.")
    return device.services.privacy_requests.log_request(asked).line.request_id


def frozen(device):
    with device.services.vault.reading() as db:
        return {customer for _, customer in freezes.frozen(db)}


def told(device):
    with device.services.vault.reading() as db:
        scene = Scene(Application(APPLICATION, "My API", "UTC", is_sample=False), device.clock())
        return list(freezing(device).attention(db, scene))


def freezes_there(device):
    """Customers that the service knows to be frozen."""
    return {
        row.body["customer_id"]
        for (entity, _), row in device.hosted.rows.items()
        if entity == "freeze" and row.body is not None
    }


def test_report_freezes_the_person_at_once_and_the_service_with_the_next_sync(full):  # noqa: F811
    request_id = report(full)
    assert frozen(full) == {JANE}
    (waiting,) = freezing(full).standing_of(request_id).customers
    assert (waiting.name, waiting.state) == ("Jane Doe", FreezeState.WAITING)
    full.sync()
    assert freezes_there(full) == {JANE}
    (holding,) = freezing(full).standing_of(request_id).customers
    assert holding.state is FreezeState.HOLDS


def test_report_offline_holds_here_and_waits_for_the_service(full, hosted):  # noqa: F811
    hosted.online = False
    report(full)
    (entry,) = told(full)
    assert entry.urgency is Urgency.NOW
    assert "not heard of 1" in entry.detail
    hosted.online = True
    full.sync()
    assert freezes_there(full) == {JANE}
    assert "everywhere" in told(full)[0].detail


def test_other_desktop_keeps_to_the_freeze_after_its_sync(full, hosted, tmp_path):  # noqa: F811
    report(full)
    full.sync()
    other = Device(tmp_path / "other", hosted, prefix="b")
    try:
        other.sync()
        assert frozen(other) == {JANE}
        (entry,) = told(other)
        assert entry.key == "frozen_elsewhere"
        request_id = ask(other, RequestKind.ACCESS)
        with pytest.raises(InvalidInput, match="frozen"):
            other.services.privacy_packages.build(
                no_report, request_id, (MATCH,), str(tmp_path / "jane.zip")
            )
    finally:
        other.close()


def test_nothing_of_the_person_goes_out_while_it_is_frozen(full, tmp_path):  # noqa: F811
    report(full)
    access, correction = ask(full, RequestKind.ACCESS), ask(full, RequestKind.CORRECTION)
    with pytest.raises(InvalidInput) as caught:
        full.services.privacy_packages.build(no_report, access, (MATCH,), str(tmp_path / "j.zip"))
    assert caught.value.field == "frozen"
    with pytest.raises(InvalidInput) as caught:
        full.services.erasing.correction.correct(correction, (MATCH,), "name", "Jane D.")
    assert caught.value.field == "frozen"
    assert not (tmp_path / "j.zip").exists()


def test_every_outcome_of_a_claim_has_words_in_both_ways_to_bill():
    assert set(reporting.OUTCOMES) >= set(ClaimOutcome) - {ClaimOutcome.GRANTED}
    assert ClaimOutcome.FROZEN in paddle_billing.OUTCOMES


def test_false_report_lets_everything_catch_up(full):  # noqa: F811
    request_id = report(full)
    full.sync()
    (customer,) = freezing(full).standing_of(request_id).customers
    freezing(full).block(request_id, customer.freeze_id)
    full.sync()
    full.services.privacy_requests.refuse(request_id, Refusal.NOT_COVERED)
    full.sync()
    assert frozen(full) == freezes_there(full) == set()
    assert full.services.blocks.blocks(APPLICATION) == ()
    assert freezing(full).standing_of(request_id).is_decided
    assert told(full) == []
    with full.services.vault.reading() as db:
        done = [entry.action for entry in privacy_audit.of_action(db, "freeze", "thaw")]
    assert done == ["freeze", "thaw"]


def test_child_is_erased_at_once_and_the_freeze_goes_along(full):  # noqa: F811
    request_id = report(full)
    full.sync()
    begun = erasure_of(full).start(request_id, (MATCH,), keeps_blocks=False)
    done = erasure_of(full).go_on(no_report, begun.erasure_id)
    assert done.state is ErasureState.DONE
    full.services.privacy_requests.answer(request_id)
    assert frozen(full) == set()
    assert JANE not in dump(full)
    assert told(full) == []


def test_identifiers_in_a_report_say_whom_it_means_before_the_address_of_the_sender(full):  # noqa: F811
    """A parent who is a customer reports a child: the parent is not frozen."""
    report(full, Person("Omar Haddad", "", (JANE,)))
    assert frozen(full) == {JANE}


def test_name_is_looked_for_where_no_identifier_is_known(full):  # noqa: F811
    report(full, Person("Jane Doe", "parent@example.org", ("whoever",)))
    assert frozen(full) == {JANE}


def test_report_that_means_nobody_known_says_so_and_the_owner_freezes(full):  # noqa: F811
    request_id = report(full, NOBODY)
    assert "Nobody was found" in told(full)[0].detail
    omar = Match(APPLICATION, OMAR, "Omar Haddad", FoundBy.NAME)
    standing = freezing(full).freeze(request_id, (omar,))
    assert [one.customer_id for one in standing.customers] == [OMAR]
    assert frozen(full) == {OMAR}


def test_person_who_becomes_known_later_is_frozen_then(full, hosted):  # noqa: F811
    report(full, Person("", "parent@example.org", ("u_1a_late",)))
    freezing(full).look_again()
    assert frozen(full) == set()
    hosted.put("customer", "u_1a_late", {"application_id": APPLICATION, "name": ""})
    full.sync()
    freezing(full).look_again()
    assert frozen(full) == {"u_1a_late"}


def test_customer_let_go_by_the_owner_is_not_frozen_again(full):  # noqa: F811
    request_id = report(full)
    (customer,) = freezing(full).standing_of(request_id).customers
    assert freezing(full).let_go(request_id, customer.freeze_id).customers == ()
    freezing(full).look_again()
    assert frozen(full) == set()


def test_two_reports_about_one_person_each_hold(full):  # noqa: F811
    first = report(full)
    report(full, Person("Somebody else", "other@example.org", ("Jane Doe",)))
    full.services.privacy_requests.revoke(first)
    full.sync()
    assert frozen(full) == {JANE}


def test_block_is_placed_and_taken_back_with_one_click(full):  # noqa: F811
    request_id = report(full)
    (customer,) = freezing(full).standing_of(request_id).customers
    (blocked,) = freezing(full).block(request_id, customer.freeze_id).customers
    (block,) = full.services.blocks.blocks(APPLICATION)
    assert (block.block.customer_id, block.block.method, block.block.url) == (JANE, "*", "*")
    assert blocked.block_id == block.block.block_id
    (free,) = freezing(full).unblock(request_id, customer.freeze_id).customers
    assert free.block_id == ""
    assert full.services.blocks.blocks(APPLICATION) == ()


def test_decided_report_freezes_and_blocks_nobody(full):  # noqa: F811
    request_id = report(full)
    (customer,) = freezing(full).standing_of(request_id).customers
    full.services.privacy_requests.revoke(request_id)
    for attempt in (
        lambda: freezing(full).freeze(request_id, (MATCH,)),
        lambda: freezing(full).block(request_id, customer.freeze_id),
    ):
        with pytest.raises(InvalidInput, match="decided"):
            attempt()
    with pytest.raises(InvalidInput, match="no such report"):
        freezing(full).standing_of(ask(full))


def test_service_that_refuses_is_told_in_words(full, hosted):  # noqa: F811
    hosted.refuses = JANE
    request_id = report(full)
    full.sync()
    (customer,) = freezing(full).standing_of(request_id).customers
    assert (customer.state, customer.problem) == (FreezeState.REFUSED, "This name is taken.")
    assert frozen(full) == {JANE}, "it holds here all the same"


def test_letters_to_a_frozen_person_wait_and_the_answer_to_the_report_goes(full, hosted):  # noqa: F811
    hosted.put("customer", JANE, {"application_id": APPLICATION, "name": "jane@example.org"})
    full.sync()
    objections = full.services.mail.outbox.objections

    def waits(address, purpose):
        with full.services.vault.reading() as db:
            return objections.has_to_wait(db, address, purpose)

    assert not waits("jane@example.org", MailPurpose.SERVICE)
    request_id = report(full)
    for purpose in set(MailPurpose) - {MailPurpose.PRIVACY, MailPurpose.TEST}:
        assert waits("Jane@Example.org", purpose)
    assert not waits("jane@example.org", MailPurpose.PRIVACY)
    assert not waits("omar@example.net", MailPurpose.NEWS)
    letter = Letter(MailPurpose.SERVICE, "jane@example.org", "Notice", "Text", "")
    with full.services.vault.transaction() as db:
        assert full.services.mail.outbox.put(db, letter), "it is queued, to be sent later"
    full.services.privacy_requests.refuse(request_id, Refusal.NOT_COVERED)
    assert not waits("jane@example.org", MailPurpose.SERVICE)


def test_export_of_everything_leaves_the_frozen_person_out(full, tmp_path):  # noqa: F811
    path = tmp_path / "mine.json"
    report(full)
    full.services.export.my_data(no_report, str(path))
    text = path.read_text()
    assert JANE not in text
    assert "Jane Doe" not in text
    assert OMAR in text
    assert json.loads(text)["frozen_customers_left_out"] == 1


def test_script_sees_blocks_and_lets_go(full, run):  # noqa: F811 - fixtures
    report(full)
    shown = run("freeze", "show", "--request", "1")
    assert [(one["customer_id"], one["state"]) for one in shown["customers"]] == [(JANE, "waiting")]
    about = ("--request", "1", "--customer", JANE)
    assert run("freeze", "block", *about)["customers"][0]["blocked"] is True
    assert run("freeze", "unblock", *about)["customers"][0]["blocked"] is False
    assert run("freeze", "let-go", *about) == {"decided": False, "customers": []}
    assert run("freeze", "find", "--request", "1") == {"decided": False, "customers": []}


def test_export_of_the_configuration_leaves_the_frozen_person_out(full, tmp_path):  # noqa: F811
    path = tmp_path / "configuration.json"
    request_id = report(full)
    full.services.privacy.portability.export_configuration(str(path))
    assert JANE not in path.read_text()
    assert OMAR in path.read_text()
    full.services.privacy_requests.refuse(request_id, Refusal.NOT_COVERED)
    full.services.privacy.portability.export_configuration(str(path))
    assert JANE in path.read_text()
