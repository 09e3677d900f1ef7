"""The vault's own key: told to the service once, and opening what the service sealed."""

import pytest

from contract.messages.service import SealingKey
from contract.sealing import new_private_key, public_key_of, seal
from desktop.domain.connection import SyncPhase
from desktop.domain.errors import InvalidInput
from tests.fakes import APPLICATION, Device, FakeHosted

PATH = "/v1/account/sealing-key"
CUSTOMER = "u_1a_0123456789abcdef01234567"


class Sealed(FakeHosted):
    """A service that takes a sealing key."""

    def __post_init__(self):
        super().__post_init__()
        self.key = None
        self.told = 0
        self.live["PUT", PATH] = self._take

    def _take(self, request):
        self.key = SealingKey.model_validate_json(request.content).public_key
        self.told += 1
        self.live["GET", PATH] = SealingKey(public_key=self.key)
        return SealingKey(public_key=self.key)

    def meets(self, identity, key=None):
        body = {
            "application_id": APPLICATION,
            "sealed": seal(key or self.key, APPLICATION, CUSTOMER, identity),
            "epoch": 1,
            "first_seen": "2026-11-23T06:24:12Z",
        }
        self.put("identity", CUSTOMER, body)


@pytest.fixture
def hosted():
    return Sealed()


@pytest.fixture
def device(tmp_path, hosted):
    device = Device(tmp_path, hosted)
    yield device
    device.close()


def test_the_service_is_told_the_public_key_once(device, hosted):
    device.sync()
    device.sync()
    assert hosted.told == 1
    assert len(hosted.key) == 44


def test_the_vault_shows_who_a_customer_is(device, hosted):
    device.sync()
    hosted.meets("jo@corp.example")
    device.sync()
    assert device.services.identities.identity_of(CUSTOMER) == "jo@corp.example"


def test_an_identity_that_is_not_kept_is_told_in_words(device):
    device.sync()
    with pytest.raises(InvalidInput, match="not kept"):
        device.services.identities.identity_of(CUSTOMER)


def test_an_identity_of_another_vault_stays_closed(device, hosted):
    device.sync()
    hosted.meets("jo", public_key_of(new_private_key()))
    device.sync()
    with pytest.raises(InvalidInput, match="another vault"):
        device.services.identities.identity_of(CUSTOMER)


def test_the_key_of_another_vault_is_not_replaced(tmp_path, hosted):
    hosted.live["GET", PATH] = SealingKey(public_key=public_key_of(new_private_key()))
    device = Device(tmp_path, hosted)
    device.sync()
    assert hosted.told == 0
    device.close()


def test_a_service_that_refuses_the_key_does_not_stop_the_sync(tmp_path):
    hosted = FakeHosted()
    hosted.count(requests=7)
    device = Device(tmp_path, hosted)
    states = [device.sync(), device.sync()]
    asked = [request.method for request in hosted.requests if request.url.path == PATH]
    sums = device.query("SELECT sum(requests) FROM endpoint_hours")
    device.close()
    assert asked == ["GET", "PUT"]
    assert [(state.phase, state.problem) for state in states] == [(SyncPhase.IDLE, "")] * 2
    assert sums == [(7,)]
