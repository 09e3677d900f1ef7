"""The vault's own key: told to the service once, and opening what the service sealed."""

import base64

import pytest

from contract.messages.service import SealingKey
from contract.sealing import new_private_key, public_key_of, seal
from desktop.domain.connection import SyncPhase
from desktop.domain.errors import InvalidInput
from desktop.services.identities import KEY_FORMAT
from desktop.services.key_files import write_document
from tests.fakes import APPLICATION, Device, FakeHosted

PATH = "/v1/account/sealing-key"
FILE_PASSPHRASE = "orange battery staple window"
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


@pytest.mark.usefixtures("quick_files")
def test_a_second_vault_opens_identities_with_the_key_of_the_first(tmp_path, device, hosted):
    device.sync()
    hosted.meets("jo@corp.example")
    second = Device(tmp_path / "second", hosted, prefix="b")
    second.sync()
    with pytest.raises(InvalidInput, match="export-key"):
        second.services.identities.identity_of(CUSTOMER)
    file = str(tmp_path / "identities.age")
    assert device.services.identities.export_key(file, FILE_PASSPHRASE) == 1
    assert second.services.identities.import_key(file, FILE_PASSPHRASE) == 1
    assert second.services.identities.import_key(file, FILE_PASSPHRASE) == 0
    assert second.services.identities.identity_of(CUSTOMER) == "jo@corp.example"
    assert second.services.api_keys.list_keys() == ()
    second.close()


@pytest.mark.usefixtures("quick_files")
def test_the_file_with_the_key_is_closed_and_of_no_other_kind(tmp_path, device):
    file = tmp_path / "identities.age"
    with pytest.raises(InvalidInput, match="no sealing key"):
        device.services.identities.export_key(str(file), FILE_PASSPHRASE)
    device.sync()
    device.services.identities.export_key(str(file), FILE_PASSPHRASE)
    with device.services.vault.reading() as db:
        (key,) = device.services.identities._store.sealing_keys(db)
    assert key.encode() not in file.read_bytes()
    with pytest.raises(InvalidInput, match="does not open"):
        device.services.identities.import_key(str(file), "another passphrase")
    keys = tmp_path / "keys.age"
    device.services.key_transfer.export_keys(str(keys), FILE_PASSPHRASE)
    with pytest.raises(InvalidInput, match="holds no keys"):
        device.services.identities.import_key(str(keys), FILE_PASSPHRASE)


@pytest.mark.usefixtures("quick_files")
def test_what_is_no_key_in_such_a_file_is_passed_over(tmp_path, device):
    device.sync()
    file = str(tmp_path / "odd.age")
    odd = ["", "short", 7, None, base64.b64encode(b"x" * 31).decode()]
    write_document(file, FILE_PASSPHRASE, {"format": KEY_FORMAT, "version": 1, "keys": odd})
    assert device.services.identities.import_key(file, FILE_PASSPHRASE) == 0


def test_a_sealed_text_that_was_changed_stays_closed(device, hosted):
    device.sync()
    hosted.meets("jo@corp.example")
    sealed = hosted.body("identity", CUSTOMER)["sealed"]
    hosted.rows["identity", CUSTOMER].body["sealed"] = sealed[:-4] + "AAA="
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
