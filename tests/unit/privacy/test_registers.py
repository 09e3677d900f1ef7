"""Recipients, disclosures, breaches and the words of the data map, as the vault keeps them."""

import csv
import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from desktop.domain.errors import InvalidInput
from desktop.domain.privacy.breaches import Breach, BreachState
from desktop.domain.privacy.categories import PROCESSING, Category
from desktop.domain.privacy.recipients import (
    Disclosure,
    Ground,
    Recipient,
    RecipientKind,
    Review,
)
from desktop.services.storage import privacy_audit
from tests.fakes import NOON

HOST = Recipient("", "Hosting Ltd", RecipientKind.PROVIDER, "Hosting", (Category.USAGE,))
GIVEN = Disclosure("", "stripe", NOON, Ground.PROCESSOR, (Category.BILLING,), "Invoices of May")
LEAK = Breach(
    breach_id="", title="Stolen laptop", aware_at=NOON, facts="A laptop is gone.", effects="",
    actions="", categories=(Category.ACCOUNT,), people=3,
)  # fmt: skip


@pytest.fixture
def recipients(device):
    return device.services.privacy.recipients


@pytest.fixture
def breaches(device):
    return device.services.privacy.breaches


@pytest.fixture
def data_map(device):
    return device.services.privacy.data_map


def of_name(lines, name):
    return next(line for line in lines if line.recipient.name == name)


def test_register_begins_with_those_the_product_talks_to(recipients):
    lines = recipients.listed()
    assert [line.recipient.name for line in lines] == ["Auth0", "Google", "Paddle", "Stripe"]
    assert {line.review for line in lines} == {Review.NEVER}


def test_agreement_whose_review_is_overdue_is_told(recipients, device):
    day = NOON.date() + timedelta(days=10)
    stored = replace(HOST, agreement="DPA 2026-01", region="EU", review_by=day)
    assert of_name(recipients.save(stored), "Hosting Ltd").review is Review.CURRENT
    device.clock.forward(days=10)
    assert of_name(recipients.listed(), "Hosting Ltd").review is Review.CURRENT
    device.clock.forward(days=1)
    assert of_name(recipients.listed(), "Hosting Ltd").review is Review.OVERDUE


def test_recipient_is_changed_under_its_id(recipients):
    stripe = of_name(recipients.listed(), "Stripe").recipient
    lines = recipients.save(replace(stripe, agreement="DPA", review_by=date(2027, 1, 1)))
    assert len(lines) == 4
    assert of_name(lines, "Stripe").review is Review.CURRENT


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"name": " "}, "name"), ({"purpose": ""}, "purpose"), ({"categories": ()}, "categories")],
)
def test_recipient_without_what_the_law_asks_is_refused(recipients, changed, field):
    with pytest.raises(InvalidInput) as caught:
        recipients.save(replace(HOST, **changed))
    assert caught.value.field == field


def test_disclosures_are_logged_and_counted(recipients, device):
    recipients.disclose(GIVEN)
    found = recipients.disclose(
        replace(GIVEN, at=NOON - timedelta(days=1), what="Invoices of April")
    )
    assert [one.what for one in found] == ["Invoices of May", "Invoices of April"]
    assert of_name(recipients.listed(), "Stripe").disclosures == 2
    with device.services.vault.reading() as db:
        assert len(privacy_audit.of_action(db, "disclosed")) == 2


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"recipient_id": "nobody"}, "recipient_id"),
        ({"what": ""}, "what"),
        ({"categories": ()}, "categories"),
        ({"at": NOON + timedelta(seconds=1)}, "at"),
    ],
)
def test_disclosure_that_says_too_little_is_refused(recipients, changed, field):
    with pytest.raises(InvalidInput) as caught:
        recipients.disclose(replace(GIVEN, **changed))
    assert caught.value.field == field
    assert recipients.disclosures() == ()


def test_hours_run_from_becoming_aware_and_lateness_needs_a_reason(breaches, device):
    line = breaches.record(LEAK)
    assert (line.hours_left, line.state) == (72, BreachState.OPEN)
    device.clock.forward(hours=72)
    assert breaches.listed()[0].state is BreachState.OPEN
    device.clock.forward(seconds=1)
    (late,) = breaches.listed()
    assert (late.hours_left, late.state) == (-1, BreachState.OVERDUE)
    breach_id = late.breach.breach_id
    with pytest.raises(InvalidInput) as caught:
        breaches.tell_authority(breach_id, " ")
    assert caught.value.field == "delay_reason"
    told = breaches.tell_authority(breach_id, "The extent was not known.")
    assert told.state is BreachState.TOLD
    assert "The extent was not known." in breaches.notification(breach_id, "the owner")
    with pytest.raises(InvalidInput, match="before"):
        breaches.tell_authority(breach_id, "again")


def test_breach_is_closed_only_with_a_whole_record(breaches):
    breach = breaches.record(replace(LEAK, high_risk=True)).breach
    for field, change in (
        ("effects", {"effects": "Names may be known."}),
        ("actions", {"actions": "Keys were replaced."}),
    ):
        with pytest.raises(InvalidInput) as caught:
            breaches.close(breach.breach_id)
        assert caught.value.field == field
        breach = breaches.update(replace(breach, **change)).breach
    breaches.tell_authority(breach.breach_id, "")
    with pytest.raises(InvalidInput) as caught:
        breaches.close(breach.breach_id)
    assert caught.value.field == "told_people_at"
    breaches.tell_people(breach.breach_id)
    assert breaches.close(breach.breach_id).state is BreachState.CLOSED
    with pytest.raises(InvalidInput, match="open breach"):
        breaches.update(breach)


def test_when_it_became_known_is_never_moved(breaches, device):
    breach = breaches.record(LEAK).breach
    device.clock.forward(hours=100)
    moved = replace(breach, aware_at=device.clock(), told_authority_at=NOON, title="Renamed")
    stored = breaches.update(moved).breach
    assert (stored.aware_at, stored.told_authority_at, stored.title) == (NOON, None, "Renamed")


def test_breach_without_risk_need_not_be_told_but_says_why(breaches):
    breach = breaches.record(replace(LEAK, no_risk_reason="The disk is encrypted.")).breach
    assert breaches.listed()[0].state is BreachState.TOLD
    assert breach.lacks() == ("effects", "actions")


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"title": ""}, "title"), ({"people": -1}, "people"),
     ({"aware_at": NOON + timedelta(seconds=1)}, "aware_at")],
)  # fmt: skip
def test_breach_that_cannot_be_is_refused(breaches, changed, field):
    with pytest.raises(InvalidInput) as caught:
        breaches.record(replace(LEAK, **changed))
    assert caught.value.field == field


def test_draft_of_the_notice_marks_what_is_missing(breaches):
    breach_id = breaches.record(LEAK).breach.breach_id
    draft = breaches.notification(breach_id, "")
    assert "A laptop is gone." in draft
    assert draft.count("[to be filled in]") == 3
    with pytest.raises(InvalidInput):
        breaches.notification("none", "")


def test_words_of_the_data_map_are_the_owners(data_map):
    words = replace(PROCESSING[Category.USAGE], retention="30 days.")
    entries = {one.category: one for one in data_map.save(Category.USAGE, words)}
    assert entries[Category.USAGE].is_own
    assert entries[Category.USAGE].processing.retention == "30 days."
    assert not entries[Category.BILLING].is_own
    entries = {one.category: one for one in data_map.use_shipped(Category.USAGE)}
    assert entries[Category.USAGE].processing == PROCESSING[Category.USAGE]
    with pytest.raises(InvalidInput) as caught:
        data_map.save(Category.USAGE, replace(words, purpose=" "))
    assert caught.value.field == "purpose"


def test_records_of_processing_name_purpose_place_and_recipients(data_map, recipients, tmp_path):
    recipients.save(HOST)
    data_map.save(Category.USAGE, replace(PROCESSING[Category.USAGE], retention="30 days."))
    data_map.export(str(tmp_path / "map.json"))
    written = json.loads((tmp_path / "map.json").read_text())
    usage = next(row for row in written["processing"] if row["category"] == "usage")
    assert usage["retention"] == "30 days."
    assert {"in": "vault", "table": "customer_days"}.items() <= usage["places"][0].items()
    assert "Hosting Ltd" in {one["name"] for one in written["recipients"]}
    data_map.export(str(tmp_path / "map.csv"))
    rows = list(csv.DictReader((tmp_path / "map.csv").read_text().splitlines()))
    assert {row["category"] for row in rows} == set(Category)
    with pytest.raises(InvalidInput, match=r"\.json or \.csv"):
        data_map.export(str(tmp_path / "map.doc"))
