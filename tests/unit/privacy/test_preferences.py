"""What people want to be written to for: kept by keyed hashes, and never undone by an old list."""

from datetime import timedelta

import pytest

from desktop.domain.errors import InvalidInput
from desktop.domain.privacy.purposes import Choice, Means, Purpose, PurposeCount
from desktop.services.privacy.references import reference
from desktop.services.storage import privacy_choices

JANE = "Jane@Example.org"


@pytest.fixture
def service(device):
    return device.services.privacy.preferences


def test_opt_out_holds_at_once_and_however_the_address_is_spelt(service):
    (choice,) = service.choose(JANE, Purpose.NEWS, wanted=False)
    assert (choice.purpose, choice.wanted, choice.means) == (Purpose.NEWS, False, Means.OWNER)
    assert service.choices_of(" jane@example.ORG ") == (choice,)
    checked = service.check_contacts(
        "jane@example.org,Jane\nomar@example.net\n\nnobody", Purpose.NEWS
    )
    assert checked.may_be_written_to == ("omar@example.net",)
    assert (checked.refused, checked.unreadable) == (1, 1)
    assert service.check_contacts(JANE, Purpose.TIPS).refused == 0


def test_essential_messages_cannot_be_refused_and_always_go_out(service):
    with pytest.raises(InvalidInput, match="receipts") as caught:
        service.choose(JANE, Purpose.SECURITY, wanted=False)
    assert caught.value.field == "purpose"
    service.choose(JANE, Purpose.NEWS, wanted=False)
    for purpose in (Purpose.SECURITY, Purpose.RECEIPTS, Purpose.SERVICE_NOTICE):
        assert service.check_contacts(JANE, purpose).may_be_written_to == (JANE,)


def test_what_is_no_address_is_refused_beside_its_field(service):
    with pytest.raises(InvalidInput) as caught:
        service.choose("Jane", Purpose.NEWS, wanted=False)
    assert caught.value.field == "address"


def test_person_may_change_their_mind_but_an_older_choice_changes_nothing(service, device):
    service.choose(JANE, Purpose.NEWS, wanted=False)
    device.clock.forward(days=1)
    service.choose(JANE, Purpose.NEWS, wanted=True)
    old = Choice(
        Purpose.NEWS, wanted=False, means=Means.LINK, at=device.clock() - timedelta(hours=1)
    )
    vault = device.services.vault
    with vault.transaction() as db:
        assert not service.note(db, reference(vault, JANE), old)
    assert service.check_contacts(JANE, Purpose.NEWS).refused == 0


def test_erased_person_is_not_subscribed_again(service, device):
    with device.services.vault.transaction() as db:
        service.refuse_everything(db, JANE, Means.ERASURE)
    device.clock.forward(days=400)
    with pytest.raises(InvalidInput, match="erased"):
        service.choose(JANE, Purpose.NEWS, wanted=True)
    assert service.check_contacts(JANE, Purpose.SURVEYS).refused == 1


def test_counts_name_every_purpose_that_may_be_refused(service):
    service.choose(JANE, Purpose.NEWS, wanted=False)
    service.choose("omar@example.net", Purpose.NEWS, wanted=True)
    counts = service.counts()
    assert counts[0] == PurposeCount(Purpose.NEWS, 1, 1)
    assert {count.purpose for count in counts} == {
        Purpose.NEWS, Purpose.TIPS, Purpose.SURVEYS, Purpose.IMPROVEMENT, Purpose.SALE,
    }  # fmt: skip


def test_no_address_is_stored(service, device):
    service.choose(JANE, Purpose.NEWS, wanted=False)
    stored = device.query("SELECT * FROM privacy_choices")
    logged = device.query("SELECT * FROM privacy_audit")
    assert stored
    assert logged
    assert "example" not in f"{stored} {logged}".casefold()


def test_reference_is_the_same_after_unlocking_and_another_in_another_vault(device, make_device):
    before = reference(device.services.vault, JANE)
    device.reopen()
    assert reference(device.services.vault, "jane@example.org") == before
    assert reference(make_device("b").services.vault, JANE) != before


def test_choices_of_nobody_are_none(device):
    with device.services.vault.reading() as db:
        assert privacy_choices.of(db, bytes(16)) == ()
        assert not privacy_choices.is_refused(db, bytes(16), Purpose.NEWS)
