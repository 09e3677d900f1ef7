"""The end of a service: the key first, then every file, and never half of it called done."""

import io
import json
import sys
from pathlib import Path

import pytest

from desktop.services.embedded import LOG_FILE
from hosted import archive, deletion, instance, keys, service_command
from hosted.bootstrap import first_account
from hosted.errors import (
    ArchiveUnusable,
    DeletionRefused,
    DeletionUnfinished,
    DirectoryLocked,
    KeyUnavailable,
    StartFailed,
)
from hosted.instance import DELETING, LOCK_FILE, DirectoryLock, require_whole
from hosted.keys import KEY_FILE, find_key
from hosted.metering.ledger import Open
from hosted.secrets import Secrets, storage_key
from hosted.storage.embedded import DATA_FILE, EmbeddedStorage
from tests.hosted.storage_contract import SIGHTING, commit, event
from tests.hosted.test_service_key import FakeKeyring

CLOCK = lambda: 1_700_000_000_000_000  # noqa: E731 (a clock that stands still)
PASSPHRASE = "passphrase of the archive"


@pytest.fixture(autouse=True)
def _no_credentials(monkeypatch):
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    monkeypatch.setattr(service_command, "system_keyring", lambda: None)
    monkeypatch.setattr(service_command.os, "umask", lambda _mode: 0)


@pytest.fixture
def data(tmp_path):
    directory = tmp_path / "data"
    directory.mkdir(mode=0o700)
    return directory


def made(directory, keyring=None, key_file=None):
    """A service that counted a call and ended, with all the files it may leave; its id."""
    key = find_key(directory, key_file, keyring).key
    storage = EmbeddedStorage(directory, storage_key(key), CLOCK)
    commit(storage, Open(event(), SIGHTING))
    storage.close()
    for name in ("port", "service.json", "service.log", f"{DATA_FILE}.before-0140"):
        (directory / name).write_text("8787")
    (directory / f"{archive.UNFINISHED}abc").mkdir()
    (directory / f"{archive.UNFINISHED}abc" / DATA_FILE).write_text("a copy")
    return storage.service_id


def names(directory):
    return sorted(path.name for path in directory.iterdir())


def command(monkeypatch, capsys, *arguments, line=""):
    monkeypatch.setattr(sys, "stdin", io.StringIO(line + "\n"))
    status = service_command.main(["delete", *map(str, arguments)])
    return status, json.loads(capsys.readouterr().out)


def fail_at(monkeypatch, number):
    """The disk refuses to delete the file with this number, counted from 0; how many it was asked.

    The key's file and the mark are counted as any other.
    """
    asked = []
    unlink = Path.unlink

    def refuse(path, missing_ok=False):  # noqa: FBT002 (as the library has it)
        if not path.name.startswith(f".{DELETING}"):
            asked.append(path.name)
            if len(asked) == number + 1:
                raise PermissionError(13, "Permission denied")
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    return asked


def test_nothing_of_a_deleted_service_is_left_but_its_empty_lock(data):
    service_id = made(data)
    done = deletion.delete(data, None, None, service_id)
    assert (done.service_id, done.key, done.stays) == (service_id, "destroyed", ())
    assert names(data) == [LOCK_FILE]
    assert (data / LOCK_FILE).stat().st_size == 0


def test_key_of_the_keyring_is_destroyed(data):
    keyring = FakeKeyring()
    service_id = made(data, keyring)
    assert keyring.stored
    deletion.delete(data, None, keyring, service_id)
    assert keyring.stored == {}


def test_old_key_in_the_keyring_goes_with_the_one_that_lies_in_a_file(data):
    keyring = FakeKeyring()
    service_id = made(data, keyring)
    found = find_key(data, None, keyring).key
    instance.write_private(data / KEY_FILE, found.hex())
    deletion.delete(data, None, keyring, service_id)
    assert keyring.stored == {}
    assert not (data / KEY_FILE).exists()


def test_key_that_its_operator_keeps_stays_and_is_named(data, tmp_path):
    own = tmp_path / "own.key"
    instance.write_private(own, "7b" * 32)
    service_id = made(data, key_file=own)
    assert deletion.plan(data, own, None).key == str(own)
    assert deletion.delete(data, own, None, service_id).key == str(own)
    assert own.exists()
    assert names(data) == [LOCK_FILE]


def test_files_of_somebody_else_stay_and_are_named(data):
    service_id = made(data)
    (data / "notes.txt").write_text("mine")
    assert deletion.plan(data, None, None).stays == ("notes.txt",)
    assert deletion.delete(data, None, None, service_id).stays == ("notes.txt",)
    assert (data / "notes.txt").read_text() == "mine"


def test_plan_tells_what_there_is_and_changes_nothing(data):
    service_id = made(data)
    before = {path.name: path.stat().st_size for path in data.iterdir()}
    planned = deletion.plan(data, None, None)
    assert (planned.service_id, planned.key) == (service_id, "destroyed")
    assert planned.holds["calls"] == 1
    assert planned.holds["members"] == 0
    assert {DATA_FILE, "service.log", f"{DATA_FILE}.before-0140"} <= set(planned.files)
    assert planned.size_bytes > before[DATA_FILE]
    left = {path.name for path in data.iterdir() if not path.name.endswith(("-wal", "-shm"))}
    assert left - {LOCK_FILE} == {n for n in before if not n.endswith(("-wal", "-shm"))}


def test_plan_of_a_new_account_counts_its_application_key_and_token(data):
    key = find_key(data, None, None).key
    storage = EmbeddedStorage(data, storage_key(key), CLOCK)
    secrets = Secrets.of(key, storage.service_id, storage.pseudonym_epoch())
    first_account(storage, secrets, CLOCK, "Owner")
    storage.close()
    holds = deletion.plan(data, None, None).holds
    assert holds == {"applications": 1, "sdk_keys": 1, "tokens": 1, "members": 0, "calls": 0}


def test_another_services_id_deletes_nothing(data):
    made(data)
    before = names(data)
    with pytest.raises(DeletionRefused, match="not the id"):
        deletion.delete(data, None, None, "another")
    assert set(before) <= set(names(data))
    assert DELETING not in names(data)


def test_running_service_is_not_deleted(data):
    service_id = made(data)
    lock = DirectoryLock(data)
    try:
        with pytest.raises(DirectoryLocked):
            deletion.delete(data, None, None, service_id)
    finally:
        lock.release()
    assert (data / KEY_FILE).exists()


def test_directory_without_a_service_is_refused(data, tmp_path):
    with pytest.raises(DeletionRefused, match="no service's data"):
        deletion.plan(data, None, None)
    with pytest.raises(DeletionRefused, match="no such directory"):
        deletion.plan(tmp_path / "nowhere", None, None)
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("cut", range(9))
def test_deletion_cut_at_any_file_says_so_and_goes_on(data, monkeypatch, cut):
    service_id = made(data)
    with monkeypatch.context() as failing:
        asked = fail_at(failing, cut)
        with pytest.raises(DeletionUnfinished, match="The disk says: Permission denied"):
            deletion.delete(data, None, None, service_id)
    assert len(asked) == cut + 1
    assert (data / KEY_FILE).exists() == (cut == 0)
    with pytest.raises(StartFailed, match="delete"):
        require_whole(data)
    with pytest.raises(DeletionRefused, match="not the id"):
        deletion.delete(data, None, None, "another")
    deletion.delete(data, None, None, service_id)
    assert names(data) == [LOCK_FILE]


def test_key_goes_before_the_first_file_of_data(data, monkeypatch):
    service_id = made(data)
    asked = fail_at(monkeypatch, -1)
    deletion.delete(data, None, None, service_id)
    files = [name for name in asked if not name.startswith(f".{KEY_FILE}")]
    assert files[0] == KEY_FILE
    assert files[-1] == DELETING


def test_keyring_that_keeps_the_key_leaves_the_deletion_open(data):
    keyring = FakeKeyring()
    service_id = made(data, keyring)
    keyring.forgets = True
    with pytest.raises(DeletionUnfinished, match="still holds the key"):
        deletion.delete(data, None, keyring, service_id)
    with pytest.raises(DeletionUnfinished, match="still holds the key"):
        deletion.delete(data, None, None, service_id)
    keyring.forgets = False
    deletion.delete(data, None, keyring, service_id)
    assert keyring.stored == {}
    assert names(data) == [LOCK_FILE]


def test_keyring_that_does_not_answer_is_no_keyring_without_a_key(data, caplog):
    service_id = made(data)
    with pytest.raises(KeyUnavailable, match="Nothing was changed"):
        deletion.delete(data, None, FakeKeyring(fails=True), service_id)
    assert "did not answer" in caplog.text
    assert (data / KEY_FILE).exists()
    assert DELETING not in names(data)


@pytest.mark.usefixtures("quick_files")
def test_nothing_is_restored_into_a_half_deleted_directory(data, tmp_path, monkeypatch):
    service_id = made(data)
    key = find_key(data, None, None).key
    archive.back_up(data, key, tmp_path / "a.tar", "", PASSPHRASE)
    with monkeypatch.context() as failing:
        fail_at(failing, 1)
        with pytest.raises(DeletionUnfinished):
            deletion.delete(data, None, None, service_id)
    with pytest.raises(ArchiveUnusable, match="deletion"):
        archive.restore(tmp_path / "a.tar", data, passphrase=PASSPHRASE)
    deletion.delete(data, None, None, service_id)
    assert archive.restore(tmp_path / "a.tar", data, passphrase=PASSPHRASE) == service_id


def test_new_service_begins_in_the_directory_with_another_key(data):
    before = find_key(data, None, None).key
    service_id = made(data)
    deletion.delete(data, None, None, service_id)
    require_whole(data)
    assert find_key(data, None, None).key != before
    assert made(data) != service_id


def test_command_plans_then_deletes_who_names_the_service(data, monkeypatch, capsys):
    service_id = made(data)
    status, planned = command(monkeypatch, capsys, "--data", data, "--plan")
    assert (status, planned["deleted"], planned["service_id"]) == (0, False, service_id)
    status, refused = command(monkeypatch, capsys, "--data", data)
    assert (status, refused["code"]) == (1, "deletion")
    assert "--plan" in refused["error"]
    status, done = command(monkeypatch, capsys, "--data", data, line=service_id)
    assert (status, done) == (
        0,
        {"deleted": True, "service_id": service_id, "key": "destroyed", "stays": []},
    )
    assert names(data) == [LOCK_FILE]


def test_command_says_that_it_is_not_done(data, monkeypatch, capsys):
    service_id = made(data)
    with monkeypatch.context() as failing:
        fail_at(failing, 2)
        status, answer = command(failing, capsys, "--data", data, line=service_id)
    assert (status, answer["code"]) == (1, "deletion_unfinished")
    status, answer = command(monkeypatch, capsys, "--data", data, "--plan")
    assert (status, answer["code"]) == (1, "storage")
    assert "cut off" in answer["error"]


def test_log_of_the_desktop_has_the_name_that_is_deleted():
    assert deletion.LOG_FILE == LOG_FILE
    assert keys.KEY_FILE not in deletion.FILES
