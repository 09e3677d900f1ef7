"""The account of a running service ends: closed, read to the end, deleted, and it says so."""

import uuid
from types import SimpleNamespace

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from contract.messages.account import PATH
from hosted import archive, deletion, keys
from hosted.account_end import AccountEnd
from hosted.errors import ArchiveUnusable, DeletionUnfinished, StartFailed, StorageUnavailable
from hosted.instance import STATE_FILE
from hosted.keys import KEY_FILE
from hosted.storage.account_end import FILE, EmbeddedAccountEnd, noted_end
from hosted.storage.embedded import DATA_FILE, EmbeddedStorage
from hosted.storage.erasure_ledger import LEDGER_FILE
from hosted.storage.journal import JOURNAL_FILE
from tests.hosted.service import serving, until
from tests.hosted.test_service_key import FakeKeyring
from tests.hosted.tokens import client

CANARY = "canary-of-the-account"


@pytest.fixture
def place(tmp_path):
    return tmp_path / "data"


def door(running, key):
    """What an SDK is answered."""
    with connect(running.ws_url, additional_headers={"x-usage-key": key}, proxy=None):
        return 101


def status_for_sdk(running, key):
    try:
        return door(running, key)
    except InvalidStatus as refused:
        return refused.response.status_code


def is_refused_for_good(http):
    """Nothing else is ever answered once the account is deleted."""
    try:
        assert http.get("/v1/changes").status_code == 410
    except httpx.TransportError:  # in between the port is bound anew
        return False
    return True


def everything_in(directory):
    return b"".join(p.read_bytes() for p in directory.rglob("*") if p.is_file())


def close(running, deletion_id):
    """Put something personal in, and close the account."""
    http, ready = running.http, running.ready
    body = {"application_id": ready["application_id"], "name": CANARY}
    edit = {"entity_id": "cus_1", "base_revision": 0, "idempotency_key": "canary-edit"}
    sent = {**edit, "edit": {"entity": "customer", "body": body}}
    assert http.post("/v1/changes", json={"edits": [sent]}).status_code == 200
    assert http.post(f"{PATH}/{deletion_id}/apply").status_code == 404
    other = http.put(f"{PATH}/{deletion_id}", json={"service_id": "svc_other"})
    assert (other.status_code, status_for_sdk(running, ready["sdk_key"])) == (409, 101)
    service = {"service_id": ready["service_id"]}
    assert http.put(f"{PATH}/{deletion_id}", json=service).json()["state"] == "closed"
    assert status_for_sdk(running, ready["sdk_key"]) == 410
    assert http.put(f"{PATH}/{uuid.uuid4().hex}", json=service).status_code == 409


def delete(http, deletion_id, service_id):
    """Have the closed account deleted, and ask the service what it has to say."""
    assert http.get("/v1/changes").status_code == 200
    gone = http.post(f"{PATH}/{deletion_id}/apply").json()
    assert gone["state"] == "deleted"
    assert {"what": "sdk_keys", "rows": 1} in gone["counts"]
    until(lambda: is_refused_for_good(http))
    assert http.get("/v1/changes").json()["code"] == "account_deleted"
    assert http.post(f"{PATH}/{deletion_id}/apply").json() == gone
    assert http.post(f"{PATH}/another/apply").status_code == 410
    assert http.get("/v1/service").json()["service_id"] == service_id
    assert http.get("/healthz").status_code == 200


def test_account_is_closed_then_deleted_and_a_kill_after_it_changes_nothing(place):
    deletion_id = uuid.uuid4().hex
    with serving(place, "--bootstrap") as running:
        ready = running.ready
        close(running, deletion_id)
        delete(running.http, deletion_id, ready["service_id"])
        assert status_for_sdk(running, ready["sdk_key"]) == 410
        assert {p.name for p in place.iterdir()} >= {FILE, LEDGER_FILE}
        gone = [place / name for name in (DATA_FILE, JOURNAL_FILE, KEY_FILE)]
        until(lambda: not any(path.exists() for path in gone))
        running.kill()
    with serving(place, "--bootstrap") as anew, client(anew, ready["owner_token"]) as owner:
        assert "owner_token" not in anew.ready
        assert owner.get("/v1/applications").json()["code"] == "account_deleted"
    left = everything_in(place)
    for word in (CANARY, ready["sdk_key"], ready["owner_token"], ready["application_id"]):
        assert word.encode() not in left
    found = deletion.plan(place, None, None)
    assert (found.service_id, found.holds) == (ready["service_id"], {})
    deletion.delete(place, None, None, ready["service_id"])
    assert [p.name for p in place.iterdir()] == ["service.lock"]


def test_account_that_was_closed_is_closed_again_at_the_next_start(tmp_path):
    EmbeddedAccountEnd(tmp_path, "svc_1").close("one")
    closed = []
    storage = SimpleNamespace(account_end=EmbeddedAccountEnd(tmp_path, "svc_1"))
    AccountEnd(storage, None, lambda: closed.append(True), lambda: 0)
    assert closed == [True]


def cleared(directory, keyring=None):
    deletion.clear(directory, keyring)
    return sorted(path.name for path in directory.iterdir())


@pytest.fixture
def ended(tmp_path, monkeypatch):
    """The files of a service whose account was deleted, before anything of them is gone."""
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    directory = tmp_path / "data"
    directory.mkdir(mode=0o700)
    storage = EmbeddedStorage(directory, "5a" * 32, lambda: 0)
    storage.account_end.close("one")
    storage.account_end.apply(storage.row_counts())
    storage.close()
    for name in (KEY_FILE, "service.log", "port", STATE_FILE, f"{DATA_FILE}.before-0140"):
        (directory / name).write_text("8787")
    return directory


KEPT = [FILE, LEDGER_FILE, f"{LEDGER_FILE}-shm", f"{LEDGER_FILE}-wal", "port", STATE_FILE]


def test_clearing_that_was_cut_goes_on_and_ends_the_same(ended, monkeypatch):
    def names():
        return {path.name for path in ended.iterdir()}

    remove, number = deletion._remove, 0
    while names() - set(KEPT):
        done = []

        def refuse(path, limit=number, done=done):
            if len(done) == limit:
                raise PermissionError(13, "Permission denied")
            done.append(path)
            remove(path)

        monkeypatch.setattr(deletion, "_remove", refuse)
        try:
            deletion.clear(ended, None)
        except DeletionUnfinished:
            number += 1
        assert not (ended / KEY_FILE).exists()
    assert number > 0
    assert set(cleared(ended)) <= set(KEPT)
    assert noted_end(ended).counts["meta"] == 1


def test_data_go_although_the_keyring_does_not_answer_and_it_is_not_called_done(ended, monkeypatch):
    keyring = FakeKeyring()
    keyring.set_password(keys.KEYRING_SERVICE, str(ended.resolve()), "5a" * 32)
    monkeypatch.setattr(keyring, "delete_password", lambda *_: None)
    with pytest.raises(DeletionUnfinished, match="keyring"):
        deletion.clear(ended, keyring)
    assert not (ended / DATA_FILE).exists()
    monkeypatch.undo()
    cleared(ended, keyring)
    assert keyring.get_password(keys.KEYRING_SERVICE, str(ended.resolve())) is None


def test_note_that_cannot_be_read_keeps_everything_from_starting(tmp_path):
    (tmp_path / FILE).write_text('{"deletion_id": 1')
    with pytest.raises(StartFailed, match="Nothing was changed"):
        noted_end(tmp_path)


def test_account_that_was_not_closed_is_not_deleted(tmp_path):
    with pytest.raises(StorageUnavailable, match="Nothing was changed"):
        EmbeddedAccountEnd(tmp_path, "svc_1").apply({})
    assert noted_end(tmp_path) is None


def test_disk_that_refuses_the_note_leaves_the_account_as_it_was(tmp_path):
    noted = EmbeddedAccountEnd(tmp_path / "missing", "svc_1")
    with pytest.raises(StorageUnavailable):
        noted.close("one")
    assert noted.noted is None


def test_archive_is_not_restored_to_where_an_account_was_deleted(ended, tmp_path):
    deletion.clear(ended, None)
    with pytest.raises(ArchiveUnusable, match="account of this directory was deleted"):
        archive.restore(tmp_path / "archive", ended, passphrase="any")
