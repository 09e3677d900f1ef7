"""What the window asks of the vault: its key's age, the keyring, sheets, backups, when to lock."""

import pytest

from desktop.core import lock_if_wanted
from desktop.domain.errors import BackupDamaged, Cancelled, ExportFailed
from desktop.services.calls import no_report
from desktop.services.locking import LockingService
from desktop.services.session_watch import Reason
from desktop.services.storage import backup
from desktop.services.system_keyring import SystemKeyring
from tests.fakes import PASSPHRASE
from tests.unit.test_system_keyring import FakeKeyring


@pytest.fixture
def keeping(device):
    return device.services.keeping


@pytest.fixture
def fake(device):
    fake = FakeKeyring()
    keyring = SystemKeyring(lambda: ("Secret Service", fake))
    device.services.keeping._ways_in._keyring = keyring
    device.services.workspace._keyring = keyring
    return fake


def test_age_of_the_key_counts_from_its_rotation(device, keeping):
    assert keeping.info().key_since == keeping.info().created_at
    device.clock.forward(days=30)
    keeping.rotate(no_report, PASSPHRASE)
    assert keeping.info().key_since == device.clock.now


def test_keyring_says_whether_it_would_open_the_vault(device, keeping, fake):
    state = keeping.keyring()
    assert (state.name, state.is_on, state.problem) == ("Secret Service", False, "")
    keeping.use_keyring(wanted=True)
    assert keeping.keyring().is_on
    assert keeping.keyring().problem == ""


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda fake: fake.entries.clear(), "no longer has the key"),
        (lambda fake: fake.entries.update(dict.fromkeys(fake.entries, "bGllcw==")), "not open"),
        (lambda fake: fake.entries.update(dict.fromkeys(fake.entries, "no base 64")), "not open"),
    ],
)
def test_keyring_that_was_emptied_or_lies_is_told(keeping, fake, spoil, said):
    keeping.use_keyring(wanted=True)
    spoil(fake)
    state = keeping.keyring()
    assert state.is_on
    assert said in state.problem


def test_keyring_that_does_not_answer_is_told(device, keeping):
    def missing():
        raise LookupError("none")

    keeping._ways_in._keyring = SystemKeyring(missing)
    state = keeping.keyring()
    assert (state.name, state.is_on) == ("", False)
    assert "locked, missing or out of order" in state.problem


def test_locked_vault_names_the_keyring_that_opens_it(device, keeping, fake):
    keeping.use_keyring(wanted=True)
    assert device.services.workspace.status().keyring == ""  # it is open
    device.services.close()
    device.services = device._built()
    assert device.services.workspace.status().keyring == "Secret Service"
    device.services.workspace.unlock(PASSPHRASE)


def test_recovery_sheet_is_private_and_says_how_it_is_used(tmp_path, keeping):
    path = tmp_path / "code.txt"
    code = keeping.new_recovery_code()
    keeping.save_recovery_sheet(str(path), code)
    text = path.read_text(encoding="utf-8")
    assert text == keeping.recovery_sheet(code)
    assert code in text
    assert keeping.info().vault_id in text
    assert path.stat().st_mode & 0o077 == 0


def test_sheet_that_cannot_be_written_leaves_no_file(tmp_path, keeping):
    with pytest.raises(ExportFailed, match="No file was left"):
        keeping.save_recovery_sheet(str(tmp_path / "nowhere" / "code.txt"), "code")


def test_every_backup_is_compared_with_what_it_was(device, keeping):
    first = keeping.back_up(no_report)
    device.clock.forward(hours=1)
    second = keeping.back_up(no_report)
    with (device.directory / "backups" / first.path / "vault.db").open("r+b") as file:
        file.seek(5000)
        file.write(b"flipped")
    checks = {check.path: check.is_sound for check in keeping.check_backups(no_report)}
    assert checks == {second.path: True, first.path: False}


def test_checking_backups_can_be_stopped(device, keeping):
    keeping.back_up(no_report)

    def stop(_done, _total=None):
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        keeping.check_backups(stop)


def test_backup_of_another_computer_is_found_by_its_folder_or_the_one_above(device, keeping):
    made = keeping.back_up(no_report)
    workspace = device.services.workspace
    assert workspace.backup_in(made.path) == made
    assert workspace.backup_in(str(device.directory / "backups")) == made


def test_folder_without_a_backup_is_told(device, tmp_path, monkeypatch):
    with pytest.raises(BackupDamaged):
        device.services.workspace.backup_in(str(tmp_path))
    assert backup.newest_sound(tmp_path) is None


def test_every_event_locks_until_the_window_says_otherwise():
    locking = LockingService()
    assert all(locking.is_wanted(reason) for reason in Reason)
    locking.lock_on(sleep=False, session=True)
    assert {r for r in Reason if locking.is_wanted(r)} == set(Reason) - {Reason.SLEEP}
    locking.lock_on(sleep=True, session=False)
    assert {r for r in Reason if locking.is_wanted(r)} == {Reason.SLEEP}


def test_core_does_not_lock_for_what_was_switched_off(monkeypatch):
    locked = []
    monkeypatch.setattr("desktop.core.lock", lambda _pipe, reason: locked.append(reason))
    locking = LockingService()
    locking.lock_on(sleep=False, session=True)
    for reason in Reason:
        lock_if_wanted(locking, None, reason)
    assert locked == [Reason.SESSION_LOCKED, Reason.USER_SWITCHED]
