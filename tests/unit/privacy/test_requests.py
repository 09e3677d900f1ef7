"""A privacy request from its receipt to its end, as the vault keeps it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from desktop.domain.errors import InvalidInput
from desktop.domain.privacy.kinds import (
    Action,
    Channel,
    Evidence,
    PauseGround,
    Refusal,
    RequestKind,
    RequestState,
    Waiting,
)
from desktop.domain.privacy.requests import NewRequest, Person
from tests.fakes import NOON

JANE = Person("Jane Doe", "jane@example.org", ("user-7",))


def asked(kind=RequestKind.ACCESS, person=JANE, **changes):
    given = {"received_at": NOON, "zone": "Europe/Berlin", "text": "A copy, please."} | changes
    return NewRequest(kind=kind, channel=Channel.EMAIL, person=person, **given)


@pytest.fixture
def service(device):
    return device.services.privacy_requests


def what(detail):
    return [entry.what for entry in detail.timeline]


def test_logged_request_gets_a_number_and_a_day(service):
    detail = service.log_request(asked())
    assert detail.line.number == 1
    assert detail.line.person == "Jane Doe"
    assert (detail.line.received_on, detail.line.due) == (date(2026, 6, 15), date(2026, 6, 29))
    assert detail.line.days_left == 14
    assert detail.progress.state is RequestState.OPEN
    assert service.request(detail.line.request_id) == detail


def test_binding_day_after_the_acknowledgement_is_the_answer(service, device):
    request_id = service.log_request(asked()).line.request_id
    device.clock.now += timedelta(days=1)
    detail = service.acknowledge(request_id)
    assert detail.progress.state is RequestState.IN_PROGRESS
    assert (detail.line.due, detail.line.days_left) == (date(2026, 7, 15), 29)


def test_request_survives_locking(service, device):
    detail = service.log_request(asked())
    device.reopen()
    (line,) = device.services.privacy_requests.list_requests()
    assert line == detail.line


def test_answer_waits_for_the_identity(service):
    request_id = service.log_request(asked()).line.request_id
    detail = service.request(request_id)
    assert detail.progress.waiting is Waiting.IDENTITY
    assert Action.ANSWER not in detail.progress.allowed
    with pytest.raises(InvalidInput, match="Nothing was changed"):
        service.answer(request_id)
    with pytest.raises(InvalidInput, match="tick") as caught:
        service.confirm_identity(request_id, ())
    assert caught.value.field == "evidence"
    service.confirm_identity(request_id, (Evidence.CODE, Evidence.KNOWN_FACTS))
    done = service.answer(request_id)
    assert done.progress.state is RequestState.FULFILLED
    assert done.line.due is None
    assert done.progress.allowed == ()
    assert done.timeline[1].detail == "code, known_facts"


def test_opt_out_needs_no_identity(service):
    request_id = service.log_request(asked(RequestKind.OPT_OUT)).line.request_id
    assert service.answer(request_id).progress.state is RequestState.FULFILLED


def test_deletion_ends_only_when_everything_is_gone(service):
    request_id = service.log_request(asked(RequestKind.DELETION)).line.request_id
    service.confirm_identity(request_id, (Evidence.SIGNED_IN,))
    answered = service.answer(request_id)
    assert answered.progress.state is RequestState.IN_PROGRESS
    assert answered.progress.waiting is Waiting.PROCESSOR
    assert answered.line.due == date(2026, 7, 15)
    assert service.note_erasure(request_id).progress.state is RequestState.FULFILLED


def test_pause_stops_the_clock_until_the_answer_comes(service, device):
    request_id = service.log_request(asked()).line.request_id
    service.acknowledge(request_id)
    paused = service.pause(request_id, PauseGround.SCOPE)
    assert paused.progress.waiting is Waiting.ON_HOLD
    device.clock.now += timedelta(days=4)
    resumed = service.resume(request_id)
    assert resumed.clocks.paused_days == 4
    assert resumed.line.due == date(2026, 7, 19)
    with pytest.raises(InvalidInput, match="Nothing was changed"):
        service.resume(request_id)


def test_extension_needs_a_reason_and_can_be_taken_back(service):
    request_id = service.log_request(asked()).line.request_id
    service.acknowledge(request_id)
    with pytest.raises(InvalidInput) as caught:
        service.extend(request_id, "  ")
    assert caught.value.field == "reason"
    assert service.extend(request_id, "40 million calls").line.due == date(2026, 9, 13)
    back = service.remove_extension(request_id)
    assert back.line.due == date(2026, 7, 15)
    assert what(back) == ["Received", "Acknowledged", "Extended", "ExtensionRemoved"]


def test_refusal_and_withdrawal_end_a_request(service):
    first = service.log_request(asked()).line.request_id
    assert service.refuse(first, Refusal.NO_MATCH).progress.state is RequestState.DENIED
    second = service.log_request(asked()).line.request_id
    assert second != first
    assert service.revoke(second).progress.state is RequestState.REVOKED


def test_same_person_asking_again_is_one_request_with_the_first_day(service, device):
    first = service.log_request(asked())
    device.clock.now += timedelta(days=3)
    again = service.log_request(
        asked(person=Person(email="JANE@example.org"), received_at=device.clock())
    )
    assert again.line.request_id == first.line.request_id
    assert again.line.received_on == date(2026, 6, 15)
    assert what(again) == ["Received", "Noted"]
    other = service.log_request(asked(RequestKind.PORTABILITY))
    assert other.line.number == 2


def test_nameless_requests_are_never_taken_for_one(service):
    nobody = asked(person=Person())
    assert service.log_request(nobody).line.number == 1
    assert service.log_request(nobody).line.number == 2


def test_queue_begins_with_children_then_the_nearest_day(service, device):
    device.clock.now = NOON + timedelta(days=20)
    service.log_request(asked(RequestKind.INQUIRY, Person("Late"), received_at=device.clock()))
    service.log_request(asked(RequestKind.INQUIRY, Person("Soon"), received_at=NOON))
    done = service.log_request(asked(RequestKind.OPT_OUT, Person("Done")))
    service.answer(done.line.request_id)
    service.log_request(
        asked(RequestKind.CHILD_REPORT, Person("Child"), received_at=device.clock())
    )
    lines = service.list_requests()
    assert [line.person for line in lines] == ["Child", "Soon", "Late", "Done"]
    assert [line.days_left for line in lines] == [0, 10, 30, None]


def test_late_request_counts_the_days_it_is_over(service, device):
    device.clock.now = NOON + timedelta(days=40)
    line = service.log_request(asked(RequestKind.INQUIRY)).line
    assert line.days_left == -10


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"received_at": NOON + timedelta(minutes=1)}, "received_at"),
        ({"received_at": datetime(2019, 1, 1, tzinfo=UTC)}, "received_at"),
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"zone": "../../etc/passwd"}, "zone"),
        ({"person": Person(name="x" * 201)}, "name"),
        ({"person": Person(name="a\nb")}, "name"),
        ({"person": Person(email="jane")}, "email"),
        ({"person": Person(identifiers=tuple(map(str, range(51))))}, "identifiers"),
        ({"text": "x" * 20_001}, "text"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(service, changes, field):
    with pytest.raises(InvalidInput, match="Nothing was stored") as caught:
        service.log_request(replace(asked(), **changes))
    assert caught.value.field == field
    assert service.list_requests() == ()


def test_notes_are_kept_in_order(service):
    request_id = service.log_request(asked()).line.request_id
    service.add_note(request_id, "Called back.")
    detail = service.add_note(request_id, "Wrote again.")
    assert [entry.detail for entry in detail.timeline] == ["", "Called back.", "Wrote again."]


def test_unknown_request_is_said(service):
    with pytest.raises(InvalidInput, match="no such privacy request"):
        service.request("gone")


def test_message_is_read_and_not_stored(service):
    assert service.read_message("Please delete my data", "UTC").kind is RequestKind.DELETION
    read = service.read_message('{"exercise": "access"}', "UTC")
    assert read.channel is Channel.DATA_RIGHTS_PROTOCOL
    assert service.list_requests() == ()


def test_holidays_move_what_is_counted_in_working_days(service):
    detail = service.log_request(asked())
    assert detail.line.due == date(2026, 6, 29)
    days = service.set_holidays("2026-06-24 2026-06-19\n2026-06-24")
    assert days == (date(2026, 6, 19), date(2026, 6, 24))
    assert service.holidays() == days
    assert service.request(detail.line.request_id).line.due == date(2026, 7, 1)
    with pytest.raises(InvalidInput) as caught:
        service.set_holidays("Christmas")
    assert caught.value.field == "holidays"
    assert service.set_holidays("") == ()
