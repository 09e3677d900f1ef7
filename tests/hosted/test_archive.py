"""Archives of a service: whole, encrypted, verified; restored elsewhere with one secret."""

import io
import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pyrage
import pytest
from pyrage import x25519

from hosted import archive, service_command
from hosted.errors import ArchiveUnusable, KeyUnavailable, StorageDamaged
from hosted.keys import KEY_FILE, find_key
from hosted.metering.ledger import Open
from hosted.secrets import storage_key
from hosted.storage.embedded import DATA_FILE, EmbeddedStorage
from tests.hosted.storage_contract import SIGHTING, commit, event

ROOT = Path(__file__).parents[2]
PASSPHRASE = "passphrase of the archive"
CLOCK = lambda: 1_700_000_000_000_000  # noqa: E731 (a clock that stands still)


@pytest.fixture
def data(tmp_path):
    directory = tmp_path / "data"
    directory.mkdir(mode=0o700)
    return directory


@pytest.fixture
def key(data):
    return find_key(data, None, None).key


@pytest.fixture
def storage(data, key):
    storage = EmbeddedStorage(data, storage_key(key), CLOCK)
    yield storage
    storage.close()


@pytest.mark.usefixtures("quick_files")
def test_archive_of_a_running_service_restores_elsewhere(storage, data, key, tmp_path):
    (data / "port").write_text("8787")
    archive.back_up(data, key, tmp_path / "a.tar", "", PASSPHRASE)
    found = archive.restore(tmp_path / "a.tar", tmp_path / "new", passphrase=PASSPHRASE)
    assert found == storage.service_id
    for path in (tmp_path / "new").iterdir():
        assert path.stat().st_mode & 0o077 == 0, path
    restored_key = find_key(tmp_path / "new", None, None).key
    assert restored_key == key
    restored = EmbeddedStorage(tmp_path / "new", storage_key(restored_key), CLOCK)
    assert restored.service_id == storage.service_id
    restored.close()
    assert (tmp_path / "new" / "port").read_text() == "8787"


def test_archive_opens_to_an_identity_and_to_no_other(storage, data, key, tmp_path):
    ours, other = x25519.Identity.generate(), x25519.Identity.generate()
    archive.back_up(data, key, tmp_path / "a.tar", str(ours.to_public()))
    with pytest.raises(ArchiveUnusable, match="does not open"):
        archive.restore(tmp_path / "a.tar", tmp_path / "new", str(other))
    assert not (tmp_path / "new" / DATA_FILE).exists()
    assert archive.restore(tmp_path / "a.tar", tmp_path / "new", str(ours)) == storage.service_id


def test_archive_holds_neither_key_nor_data_in_the_clear(storage, data, key, tmp_path):
    archive.back_up(data, key, tmp_path / "a.tar", "", PASSPHRASE)
    content = (tmp_path / "a.tar").read_bytes()
    for secret in (key, key.hex().encode(), PASSPHRASE.encode(), b"SQLite format 3"):
        assert secret not in content
    assert (tmp_path / "a.tar").stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.usefixtures("quick_files")
@pytest.mark.parametrize("share", [0.0, 0.3, 0.5, 0.8])
def test_damaged_archive_is_refused_and_leaves_nothing(storage, data, key, tmp_path, share):
    archive.back_up(data, key, tmp_path / "a.tar", "", PASSPHRASE)
    content = bytearray((tmp_path / "a.tar").read_bytes())
    content[int(len(content) * share)] ^= 1
    (tmp_path / "a.tar").write_bytes(content)
    with pytest.raises((ArchiveUnusable, StorageDamaged)):
        archive.restore(tmp_path / "a.tar", tmp_path / "new", passphrase=PASSPHRASE)
    assert not (tmp_path / "new" / DATA_FILE).exists()
    assert not (tmp_path / "new" / KEY_FILE).exists()


@pytest.mark.parametrize("name", ["../outside", "/outside", "unknown"])
def test_path_in_an_archive_leads_nowhere_else(tmp_path, name):
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        member = tarfile.TarInfo(name)
        member.size = 3
        tar.addfile(member, io.BytesIO(b"bad"))
    with pytest.raises(ArchiveUnusable, match="damaged"):
        archive.restore(tmp_path / "a.tar", tmp_path / "new", passphrase=PASSPHRASE)
    assert not (tmp_path / "outside").exists()


@pytest.mark.usefixtures("quick_files")
def test_directory_with_data_is_not_overwritten(storage, data, key, tmp_path):
    archive.back_up(data, key, tmp_path / "a.tar", "", PASSPHRASE)
    with pytest.raises(ArchiveUnusable, match="already"):
        archive.restore(tmp_path / "a.tar", data, passphrase=PASSPHRASE)


@pytest.fixture
def identity(storage, data, key, tmp_path):
    """What opens the archive `a.tar` of the data."""
    identity = x25519.Identity.generate()
    archive.back_up(data, key, tmp_path / "a.tar", str(identity.to_public()))
    return str(identity)


def test_key_that_was_lost_comes_back_and_no_call_since_the_archive_goes(
    storage, data, identity, tmp_path
):
    commit(storage, Open(event(), SIGHTING))
    storage.close()
    (data / KEY_FILE).unlink()
    with pytest.raises(KeyUnavailable):
        find_key(data, None, None)
    answer = run(
        "recover-key", "--archive", tmp_path / "a.tar", "--data", data, "--identity-stdin",
        line=identity,
    )  # fmt: skip
    assert json.loads(answer.stdout) == {"recovered": True, "data": str(data)}
    again = EmbeddedStorage(data, storage_key(find_key(data, None, None).key), CLOCK)
    assert again._writer.execute("SELECT count(*) FROM events").fetchone() == (1,)
    again.close()


def test_key_of_another_service_is_not_put_beside_the_data(storage, identity, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    EmbeddedStorage(other, storage_key(bytes(32)), CLOCK).close()
    with pytest.raises(StorageDamaged, match="not the one"):
        archive.recover_key(tmp_path / "a.tar", other, identity)
    assert not (other / KEY_FILE).exists()
    with pytest.raises(ArchiveUnusable, match="no service's data"):
        archive.recover_key(tmp_path / "a.tar", tmp_path / "nowhere", identity)


def run(*arguments, line=PASSPHRASE):
    return subprocess.run(
        [sys.executable, "-m", "hosted.service_command", *map(str, arguments)],
        cwd=ROOT, input=line + "\n", capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.mark.usefixtures("quick_files")
def test_busy_computer_is_told_from_a_wrong_passphrase(storage, data, key, tmp_path, monkeypatch):
    archive.back_up(data, key, tmp_path / "a.tar", "", PASSPHRASE)

    def refuse(_sealed, _passphrase):
        raise pyrage.DecryptError("Excessive work parameter for passphrase.")

    monkeypatch.setattr(archive.age_passphrase, "decrypt", refuse)
    with pytest.raises(ArchiveUnusable, match="too busy"):
        archive.restore(tmp_path / "a.tar", tmp_path / "new", passphrase=PASSPHRASE)


def test_commands_answer_in_json(storage, data, tmp_path):
    ours, other = x25519.Identity.generate(), x25519.Identity.generate()
    made = run(
        "backup", "--data", data, "--out", tmp_path / "a.tar",
        "--recipient", ours.to_public(),
    )  # fmt: skip
    answer = json.loads(made.stdout)
    assert (made.returncode, answer["archive"]) == (0, str(tmp_path / "a.tar"))
    restoring = ("restore", "--archive", tmp_path / "a.tar", "--data", tmp_path / "new")
    wrong = run(*restoring, "--identity-stdin", line=str(other))
    assert wrong.returncode == 1
    assert "does not open" in json.loads(wrong.stdout)["error"]
    assert json.loads(wrong.stdout)["code"] == "archive"
    restored = run(*restoring, "--identity-stdin", line=str(ours))
    assert json.loads(restored.stdout)["service_id"] == storage.service_id


@pytest.mark.parametrize("line", ["", "x"])
def test_nothing_to_back_up_is_told(tmp_path, capsys, monkeypatch, line):
    monkeypatch.setattr(service_command.os, "umask", lambda _mode: 0)
    monkeypatch.setattr(sys, "stdin", io.StringIO(line))
    arguments = ["backup", "--data", str(tmp_path), "--out", str(tmp_path / "a")]
    assert service_command.main([*arguments, "--passphrase-stdin"]) == 1
    assert "error" in json.loads(capsys.readouterr().out)
