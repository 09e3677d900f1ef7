"""Requests from the website reach one vault's queue, once; the others see number and day."""

from datetime import UTC, date, datetime

import pytest

from contract.messages.privacy import WebChoice
from contract.sealing import new_private_key
from desktop.domain.privacy.kinds import Channel, RequestKind
from desktop.domain.privacy.purposes import Means, Purpose
from desktop.services.privacy.references import reference
from tests.fakes import timestamp
from tests.unit.privacy.website import Website

JANE = {"kind": "access", "email": "jane@example.org", "name": "Jane Doe", "text": "Everything."}
OPEN_DSR = {
    "subject_request_type": "erasure",
    "subject_request_id": "abc-1",
    "subject_identities": [
        {"identity_type": "email", "identity_value": "omar@example.net", "identity_format": "raw"}
    ],
}


@pytest.fixture
def website(hosted):
    return Website(hosted)


def lines(device):
    return device.services.privacy_requests.list_requests()


def sync(device):
    """A round after the mailbox's pause."""
    device.clock.forward(minutes=1)
    device.sync()


def test_every_channel_of_the_website_gives_the_same_kind_of_record(device, website):
    website.submit(device, 1, **JANE)
    website.submit(device, 2, source={**JANE, "kind": "correction", "identifiers": ["u-7"]})
    website.submit(device, 3, source=OPEN_DSR)
    website.submit(device, 4, source={"exercise": "access", "email": "li@example.net"})
    sync(device)
    found = [device.services.privacy_requests.request(line.request_id) for line in lines(device)]
    assert {(d.line.kind, d.asked.person.email, d.asked.channel) for d in found} == {
        (RequestKind.ACCESS, "jane@example.org", Channel.WEBSITE),
        (RequestKind.CORRECTION, "jane@example.org", Channel.WEBSITE),
        (RequestKind.DELETION, "omar@example.net", Channel.OPEN_DSR),
        (RequestKind.ACCESS, "li@example.net", Channel.DATA_RIGHTS_PROTOCOL),
    }
    assert {d.asked.received_at for d in found} == {datetime(2026, 6, 15, 11, tzinfo=UTC)}
    assert website.waiting == {}, "what is stored is forgotten there"
    assert "privacy" in device.notices


def test_second_request_of_the_same_person_is_merged(device, website):
    website.submit(device, 1, **JANE)
    website.submit(device, 2, **JANE)
    sync(device)
    (line,) = lines(device)
    timeline = device.services.privacy_requests.request(line.request_id).timeline
    assert [entry.what for entry in timeline] == ["Received", "Noted"]


@pytest.mark.parametrize("broken", ["take", "drop"])
def test_kill_between_taking_storing_and_dropping_stores_once(device, website, broken, monkeypatch):
    website.submit(device, 1, **JANE)
    mailbox = device.services.privacy.mailbox
    plain = website._item

    def dies(request, what, item_id, take):
        if (what, bool(take)) == ("inbox", broken == "take"):
            if broken == "take":
                plain(request, what, item_id, take)
            raise KeyboardInterrupt
        return plain(request, what, item_id, take)

    monkeypatch.setattr(website, "_item", dies)
    with device.services.link.client() as client, pytest.raises(KeyboardInterrupt):
        mailbox.exchange(client)
    monkeypatch.setattr(website, "_item", plain)
    device.reopen()
    sync(device)
    (line,) = lines(device)
    assert len(device.services.privacy_requests.request(line.request_id).timeline) == 1
    assert website.waiting == {}
    assert device.query("SELECT * FROM privacy_records WHERE kind = 'arrived'") == []


def test_one_vault_answers_and_the_other_sees_number_and_day(device, make_device, website):
    other = make_device("b")
    website.submit(device, 1, **JANE)
    sync(other)
    assert lines(other) == (), "it is sealed to the first vault"
    sync(device)
    sync(other)
    assert lines(other) == ()
    (owned,) = other.services.privacy_requests.elsewhere()
    assert (owned.number, owned.kind, owned.due) == (1, RequestKind.ACCESS, date(2026, 6, 29))
    assert device.services.privacy_requests.elsewhere() == ()
    (line,) = lines(device)
    device.services.privacy_requests.revoke(line.request_id)
    sync(device)
    sync(other)
    assert other.services.privacy_requests.elsewhere() == ()
    assert "jane" not in str(website.owned)


def test_submission_another_vault_took_is_left_to_it(device, website):
    name = website.submit(device, 1, **JANE)
    taken = website.waiting[name].model_copy(update={"taken_by": "another"})
    website.waiting[name] = taken
    sync(device)
    assert lines(device) == ()
    assert website.waiting == {name: taken}


def test_submission_sealed_to_nobody_here_stays(device, website):
    website.submit(device, 1, key=new_private_key(), **JANE)
    sync(device)
    assert lines(device) == ()
    assert len(website.waiting) == 1


def test_opt_out_by_the_form_holds_at_once(device, website):
    website.submit(device, 1, **{**JANE, "kind": "opt_out"})
    sync(device)
    preferences = device.services.privacy.preferences
    assert preferences.check_contacts("jane@example.org", Purpose.NEWS).refused == 1
    assert {c.means for c in preferences.choices_of("jane@example.org")} == {Means.REQUEST}


def test_signal_of_the_browser_is_on_file_with_the_address(device, website):
    website.submit(device, 1, gpc=True, **JANE)
    sync(device)
    (choice,) = device.services.privacy.preferences.choices_of("jane@example.org")
    assert (choice.purpose, choice.wanted, choice.means) == (Purpose.SALE, False, Means.SIGNAL)


def test_click_in_a_message_holds_after_the_next_round(device, website):
    subject = reference(device.services.vault, "jane@example.org").hex()
    at = timestamp(device.clock())
    clicked = WebChoice(subject=subject, purpose="news", wanted=False, means="link", at=at)
    website.choices.append((1, clicked))
    sync(device)
    preferences = device.services.privacy.preferences
    assert preferences.check_contacts("jane@example.org", Purpose.NEWS).refused == 1
    preferences.choose("jane@example.org", Purpose.NEWS, wanted=True)
    sync(device)
    assert preferences.check_contacts("jane@example.org", Purpose.NEWS).refused == 0


def test_what_nobody_can_read_becomes_an_inquiry_with_its_text(device, website):
    hashed = {**OPEN_DSR, "subject_identities": [{"identity_format": "sha256"}]}
    website.submit(device, 1, source=hashed)
    website.submit(device, 2, kind="access", email="x" * 300 + "@example.org", name="J\u0000ane")
    sync(device)
    found = [device.services.privacy_requests.request(line.request_id) for line in lines(device)]
    assert {detail.line.kind for detail in found} == {RequestKind.INQUIRY}
    assert sorted(detail.asked.text[:36] for detail in found) == [
        "", "A request of another system could no",
    ]  # fmt: skip


def test_service_is_asked_twice_a_minute_at_most(device, website):
    for _ in range(5):
        device.sync()
    assert website.visits == 1
    device.clock.forward(seconds=31)
    device.sync()
    assert website.visits == 2


def test_service_that_knows_nothing_of_privacy_does_no_harm(device):
    device.sync()
    assert lines(device) == ()
