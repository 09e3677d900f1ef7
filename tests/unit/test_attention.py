"""The needs-attention list: who adds to it, and in which order it is shown."""

from datetime import UTC, datetime, timedelta

import pytest

from desktop.domain.attention import Attention, Urgency, in_order
from desktop.domain.errors import InvalidInput, VaultError
from desktop.domain.keys import KeyDetails
from desktop.services.attention import AttentionService
from tests.fakes import APPLICATION

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)


def entry(key, urgency=Urgency.NOTE, due=None):
    return Attention(key, urgency, f"About {key}.", "", "keys", due=due)


class Says:
    """A part of the product with something to say."""

    def __init__(self, *entries):
        self.entries = entries

    def attention(self, _db, scene):
        self.scene = scene
        return self.entries


class Stumbles:
    def attention(self, _db, _scene):
        raise VaultError("The disk reported an error.")


@pytest.fixture
def synced(device):
    device.sync()
    return device


def listed(device, *sources):
    service = AttentionService(device.services.vault, device.clock, sources)
    return service.entries(APPLICATION)


def test_most_urgent_comes_first_and_what_is_due_before_what_is_not():
    later, sooner = NOON + timedelta(days=2), NOON + timedelta(days=1)
    shuffled = [
        entry("note"),
        entry("soon"),
        entry("now", Urgency.NOW),
        entry("later", Urgency.SOON, later),
        entry("sooner", Urgency.SOON, sooner),
        entry("undated", Urgency.SOON),
    ]
    keys = [one.key for one in in_order(shuffled)]
    assert keys == ["now", "sooner", "later", "undated", "note", "soon"]


def test_every_part_is_heard_and_told_the_application(synced):
    one, other = Says(entry("a")), Says(entry("b"), entry("c"))
    assert [found.key for found in listed(synced, one, other)] == ["a", "b", "c"]
    assert one.scene.application.name == "My API"
    assert one.scene.now == synced.clock()


def test_a_part_that_fails_does_not_silence_the_others(synced):
    found = listed(synced, Stumbles(), Says(entry("a", Urgency.NOW)))
    assert [one.key for one in found] == ["a", "unknown:Stumbles"]
    assert found[1].detail == "The disk reported an error."


def test_an_application_that_is_gone_is_said_so(synced):
    service = AttentionService(synced.services.vault, synced.clock, ())
    with pytest.raises(InvalidInput) as caught:
        service.entries("app_gone")
    assert caught.value.field == "application_id"


def test_keys_that_end_lead_to_the_keys_page(synced):
    today = synced.clock().date()
    for name, days in (("over", -2), ("near", 5), ("far", 300)):
        details = KeyDetails(name, expires_on=today + timedelta(days=days))
        synced.services.api_keys.add_key(details, f"secret of {name}")
    over, near, audit = synced.services.attention.entries(APPLICATION)
    assert (audit.urgency, audit.key) == (Urgency.NOTE, "self_audit")
    assert (over.urgency, over.title) == (Urgency.NOW, "The key “over” has ended.")
    assert (near.urgency, near.title) == (Urgency.SOON, "The key “near” ends soon.")
    assert {over.destination, near.destination} == {"keys"}
    assert over.target
    assert near.due > synced.clock()
