"""`usageflow vault doctor`: faults of files are found, told, and put right when asked to."""

import os
import shutil

import pytest

from desktop.domain.errors import VaultInUse
from desktop.domain.vault import Severity
from desktop.services.storage import repair
from desktop.services.storage.vault import Vault
from desktop.services.storage.vault_files import VaultFiles

pytestmark = pytest.mark.skipif(os.name == "nt", reason="modes and links of POSIX")

PASSPHRASE = "correct horse battery staple"


@pytest.fixture
def files(tmp_path):
    vault = Vault(tmp_path / "vault")
    vault.create(PASSPHRASE)
    vault.close()
    return vault.files


def require_opens(files):
    vault = Vault(files.directory)
    vault.unlock(PASSPHRASE)
    vault.close()


def break_it(files, how, elsewhere):
    """Break one thing; what the doctor should call it."""
    match how:
        case "folder":
            files.directory.chmod(0o777)
            return "modes"
        case "file":
            files.header.chmod(0o666)
            return "modes"
        case "link":
            shutil.move(files.database, elsewhere)
            files.database.symlink_to(elsewhere)
            return "links"
        case "second name":
            os.link(files.header, elsewhere)
            return "links"
        case "lock":
            files.lock.unlink()
            elsewhere.write_text("somebody's")
            files.lock.symlink_to(elsewhere)
            return "lock"


@pytest.mark.parametrize("how", ["folder", "file", "link", "second name", "lock"])
def test_fault_is_found_without_a_change_and_put_right_when_asked(files, tmp_path, how):
    elsewhere = tmp_path / "elsewhere"
    topic = break_it(files, how, elsewhere)
    (fault,) = repair.faults(files)
    assert (fault.finding.topic, fault.finding.severity) == (topic, Severity.WARNING)
    assert len(repair.faults(files)) == 1
    (told,) = repair.mend(files)
    assert told.text == f"Repaired: {fault.finding.text}"
    assert repair.faults(files) == ()
    require_opens(files)
    if how in {"link", "second name", "lock"}:
        assert elsewhere.exists(), "what lies elsewhere is not ours to remove"


def test_well_kept_vault_has_no_fault(files):
    assert repair.faults(files) == ()
    assert repair.mend(files) == ()


def test_lock_that_a_killed_process_left_is_no_fault(files):
    assert files.lock.exists()
    assert repair.faults(files) == ()
    require_opens(files)


def test_link_to_a_database_in_use_is_left_alone(files, tmp_path):
    break_it(files, "link", tmp_path / "elsewhere")
    (tmp_path / "elsewhere-wal").write_bytes(b"commits")
    (told,) = repair.mend(files)
    assert told.severity is Severity.WARNING
    assert "another program has open" in told.text
    assert files.database.is_symlink()


def test_open_vault_is_not_repaired(files, monkeypatch):
    monkeypatch.setattr("desktop.services.storage.lock.PATIENCE_S", 0.0)
    vault = Vault(files.directory)
    vault.unlock(PASSPHRASE)
    with pytest.raises(VaultInUse):
        repair.mend(files)
    vault.close()


@pytest.mark.parametrize("name", ["vault.db.new", "vault.db.rotated", "restored"])
def test_what_a_crash_left_is_told_and_left_to_the_unlock(files, name):
    (files.directory / name).mkdir()
    (fault,) = repair.faults(files)
    assert (fault.finding.topic, fault.mend) == ("unfinished", None)
    assert repair.mend(files) == (fault.finding,)


def test_folder_that_is_a_link_is_not_followed(files, tmp_path):
    other = VaultFiles(tmp_path / "other")
    other.directory.symlink_to(files.directory)
    files.directory.chmod(0o755)
    assert [fault.finding.topic for fault in repair.faults(other)] == []
    assert files.directory.stat().st_mode & 0o777 == 0o755
