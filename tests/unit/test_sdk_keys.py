"""SDK keys of the service: made, rotated with overlap, revoked, and what the service tells."""

from datetime import timedelta

import pytest

from desktop.domain.errors import Cancelled, InvalidInput
from desktop.domain.keys import KeyDetails
from desktop.services.calls import no_report
from desktop.services.sdk_keys import SdkKeyService
from tests.fakes import APPLICATION

DAY_S = 86_400


@pytest.fixture
def keys(device):
    return device.services.api_keys


@pytest.fixture
def sdk_keys(device):
    device.sync()
    return device.services.sdk_keys


def listed(keys, key_id):
    return next(key for key in keys.list_keys() if key.key_id == key_id)


def test_key_is_made_rotated_with_overlap_and_revoked(device, hosted, sdk_keys, keys):
    first = sdk_keys.create(APPLICATION, "Shop")
    second = sdk_keys.rotate(first.key_id, DAY_S)
    assert second.name == "Shop"
    assert keys.reveal(first.key_id) != keys.reveal(second.key_id)
    assert listed(keys, first.key_id).expires_at == device.clock.now + timedelta(days=1)
    revoked = sdk_keys.revoke(first.key_id)
    assert revoked.revoked_at == device.clock.now
    uses = {use.key_id: use for use in sdk_keys.uses(no_report)}
    assert uses[first.key_id].revoked_at is not None
    assert uses[second.key_id].revoked_at is None
    assert keys.reveal(first.key_id)


def test_end_of_a_key_is_the_last_moment_of_its_day(device, hosted, sdk_keys, keys):
    day = device.clock.now.date() + timedelta(days=9)
    key = sdk_keys.create(APPLICATION, "Shop", day)
    assert key.expires_at.date() == day
    (told,) = [info for info in hosted.sdk_keys.values() if info.name == "Shop"]
    assert told.expires_at == f"{day}T23:59:59Z"
    assert sdk_keys.rotate(key.key_id, 30 * DAY_S)
    assert listed(keys, key.key_id).expires_at == key.expires_at  # it ends before the overlap does


def test_day_that_is_over_is_refused(device, sdk_keys):
    with pytest.raises(InvalidInput) as caught:
        sdk_keys.create(APPLICATION, "Shop", device.clock.now.date() - timedelta(days=1))
    assert caught.value.field == "expires_on"


@pytest.mark.parametrize("overlap_s", [-1, 31 * DAY_S])
def test_overlap_beyond_a_month_is_refused(sdk_keys, overlap_s):
    key = sdk_keys.create(APPLICATION, "Shop")
    with pytest.raises(InvalidInput, match="30 days"):
        sdk_keys.rotate(key.key_id, overlap_s)


def test_snippets_use_the_newest_key_that_is_not_revoked(device, hosted, sdk_keys, keys):
    first = sdk_keys.create(APPLICATION, "Shop")
    device.clock.forward(seconds=1)
    second = sdk_keys.rotate(first.key_id, DAY_S)
    store = sdk_keys._store
    secrets = [keys.reveal(key.key_id) for key in (first, second)]
    with device.services.vault.reading() as db:
        assert store.sdk_key(db, APPLICATION) == secrets[1]
    sdk_keys.revoke(second.key_id)
    with device.services.vault.reading() as db:
        assert store.sdk_key(db, APPLICATION) == secrets[0]


def test_key_of_another_desktop_is_told_and_can_be_revoked(hosted, sdk_keys, make_device):
    other = make_device("other")
    other.services.sdk_keys.create(APPLICATION, "Theirs")
    (use,) = [use for use in sdk_keys.uses(no_report) if use.name == "Theirs"]
    assert use.key_id == ""
    sdk_keys.revoke_elsewhere(APPLICATION, use.service_key_id)
    assert hosted.sdk_keys[use.service_key_id].revoked_at is not None


def test_what_another_desktop_ended_is_noted_here(device, hosted, sdk_keys, keys):
    key = sdk_keys.create(APPLICATION, "Shop")
    (service_id,) = [i for i, info in hosted.sdk_keys.items() if info.name == "Shop"]
    hosted.end_key(service_id)
    changed = []
    sdk_keys._changed = lambda: changed.append(1)
    sdk_keys.uses(no_report)
    assert listed(keys, key.key_id).revoked_at is not None
    sdk_keys.uses(no_report)
    assert changed == [1]


def test_many_keys_come_in_pages(hosted, sdk_keys):
    for number in range(5):
        sdk_keys.create(APPLICATION, f"Shop {number}")
    hosted.keys_a_page = 2
    assert {f"Shop {n}" for n in range(5)} <= {use.name for use in sdk_keys.uses(no_report)}


def test_old_service_tells_no_uses(hosted, sdk_keys):
    hosted.is_old = True
    assert sdk_keys.uses(no_report) == ()


def test_asking_for_uses_can_be_stopped(sdk_keys):
    def stop(_done, _total=None):
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        sdk_keys.uses(stop)


def test_key_of_another_provider_is_not_revoked_at_the_service(sdk_keys, keys):
    key = keys.add_key(KeyDetails("Payments"), "sk_live_x")
    with pytest.raises(InvalidInput, match="not one of the service"):
        sdk_keys.revoke(key.key_id)


def test_service_key_keeps_its_end_and_its_secret_when_it_is_described(device, sdk_keys, keys):
    key = sdk_keys.create(APPLICATION, "Shop", device.clock.now.date() + timedelta(days=3))
    changed = keys.change_key(key.key_id, KeyDetails("Checkout", "for the shop"), "")
    assert (changed.name, changed.expires_at) == ("Checkout", key.expires_at)
    with pytest.raises(InvalidInput, match="rotate") as caught:
        keys.change_key(key.key_id, KeyDetails("Checkout"), "my own")
    assert caught.value.field == "secret"


def test_key_without_the_services_name_for_it_is_explained(device, sdk_keys):
    with device.services.vault.transaction() as db:
        sealed = sdk_keys._store.add_sdk_key(db, APPLICATION, "Old", "uf_live_old")
    with pytest.raises(InvalidInput, match="Make a new key"):
        sdk_keys.revoke(sealed.secret_id)
    with pytest.raises(InvalidInput, match="Make a new key"):
        sdk_keys.rotate(sealed.secret_id, 0)


def test_key_needs_a_name(sdk_keys):
    with pytest.raises(InvalidInput) as caught:
        sdk_keys.create(APPLICATION, " ")
    assert caught.value.field == "name"


def test_service_that_was_built_alone_needs_nobody_to_tell(device):
    alone = SdkKeyService(
        device.services.vault, device.services.sdk_keys._store, device.services.link,
        lambda: device.clock.now,
    )  # fmt: skip
    assert alone.create(APPLICATION, "Shop").made_by_service
