"""An archive is whole or not there, and a restore that was cut begins anew.

The suite cuts each operation at a few steps; `USAGEFLOW_VAULT_ROUNDS=30` cuts at as many.
"""

import os
import resource
import shutil
import signal
import subprocess

import pytest
from pyrage import x25519

from hosted import archive
from hosted.errors import ArchiveDiskFull, StartFailed, StorageUnavailable
from hosted.instance import RESTORING, require_whole
from hosted.keys import find_key
from hosted.metering.ledger import Open
from hosted.secrets import storage_key
from hosted.storage.embedded import DATA_FILE, EmbeddedStorage
from tests.archive_victim import IDENTITY
from tests.faults import Victims, run_alone, spread_over
from tests.hosted.storage_contract import SIGHTING, commit, event

pytestmark = pytest.mark.skipif(os.name == "nt", reason="no kill -9 there")

ROUNDS = int(os.environ.get("USAGEFLOW_VAULT_ROUNDS", "3"))
CLOCK = lambda: 1_700_000_000_000_000  # noqa: E731 (a clock that stands still)
OPERATIONS = ("backup", "restore")


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A service with one event, and an archive of before it."""
    directory = tmp_path_factory.mktemp("template")
    data = directory / "data"
    data.mkdir(mode=0o700)
    key = find_key(data, None, None).key
    storage = EmbeddedStorage(data, storage_key(key), CLOCK)
    identity = x25519.Identity.generate()
    (directory / IDENTITY).write_text(str(identity))
    archive.back_up(data, key, directory / "archive", str(identity.to_public()))
    commit(storage, Open(event(), SIGHTING))
    storage.close()
    return directory


@pytest.fixture(scope="module")
def run():
    """Runs a victim: operation, directory, outcome, step."""
    victims = Victims("tests.archive_victim")
    yield victims.run
    victims.close()


def chosen_steps(run, operation, template, folder):
    """Steps all over the operation, the same each time."""
    counted = run(operation, shutil.copytree(template, folder / "counted"), "count", 0)
    assert counted.stdout.strip().isdecimal(), counted.stdout + counted.stderr
    return spread_over(int(counted.stdout), ROUNDS)


def events_in(data):
    storage = EmbeddedStorage(data, storage_key(find_key(data, None, None).key), CLOCK)
    (count,) = storage._writer.execute("SELECT count(*) FROM events").fetchone()
    storage.close()
    return count


def require_unharmed(run, directory):
    """The data are what they were, the archive is the old or the new one, and both can be used."""
    assert events_in(directory / "data") == 1
    new = directory / "new"
    if (new / DATA_FILE).exists() and not (new / RESTORING).exists():
        assert events_in(new) == 0
    else:
        if (new / RESTORING).exists():
            with pytest.raises(StartFailed, match="cut off"):
                require_whole(new)
        archive.restore(directory / "archive", new, (directory / IDENTITY).read_text())
        assert events_in(new) in {0, 1}
    require_whole(new)
    shutil.rmtree(new)
    assert run("backup", directory, "count", 0).stdout.isdecimal()


@pytest.mark.parametrize("operation", OPERATIONS)
def test_26_kill_at_each_step_leaves_archive_and_data_whole(run, template, tmp_path, operation):
    for number, step in enumerate(chosen_steps(run, operation, template, tmp_path)):
        directory = shutil.copytree(template, tmp_path / str(number))
        done = run(operation, directory, "kill", step)
        assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr
        require_unharmed(run, directory)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_25_disk_full_at_each_step_is_told_and_leaves_nothing(run, template, tmp_path, operation):
    for number, step in enumerate(chosen_steps(run, operation, template, tmp_path)):
        directory = shutil.copytree(template, tmp_path / str(number))
        done = run(operation, directory, "full", step)
        assert done.stdout.strip() in {ArchiveDiskFull.code, "done"}, (step, done.stdout)
        assert list(directory.rglob(".unfinished-*")) == []
        require_unharmed(run, directory)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 1.5 MB, where this user may mount one."""
    place = tmp_path / "disk"
    place.mkdir(mode=0o700)
    mount = shutil.which("mount")
    size = ["-t", "tmpfs", "-o", "size=1500k,mode=0700", "tmpfs", str(place)]
    if mount is None or subprocess.run([mount, *size], capture_output=True, check=False).returncode:
        pytest.skip("mounting a small file system needs an administrator")
    yield place
    subprocess.run([shutil.which("umount"), str(place)], check=True)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("room", [0, 60_000, 300_000, 320_000])
def test_25_small_disk_that_fills_up_is_told(  # noqa: PLR0913, PLR0917 (fixtures)
    run, template, small_disk, tmp_path, operation, room
):
    directory = shutil.copytree(template, small_disk / "service")
    with (small_disk / "filler").open("wb") as file:
        file.write(bytes(max(0, shutil.disk_usage(small_disk).free - room)))
    done = run(operation, directory, "count", 0)
    said = done.stdout.strip()
    assert said == ArchiveDiskFull.code or (room and said.isdecimal()), done.stdout + done.stderr
    (small_disk / "filler").unlink()
    require_unharmed(run, shutil.copytree(directory, tmp_path / "elsewhere"))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_25_limit_on_the_size_of_files_is_told(run, template, tmp_path, operation):
    directory = shutil.copytree(template, tmp_path / "service")

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    done = run_alone("tests.archive_victim", operation, directory, "count", 0, preexec_fn=limit)
    assert done.stdout.strip() in {ArchiveDiskFull.code, StorageUnavailable.code}, done.stderr
    require_unharmed(run, directory)


def test_working_folder_of_a_killed_process_goes_with_the_next_archive(run, template, tmp_path):
    directory = shutil.copytree(template, tmp_path / "service")
    old, young = directory / ".unfinished-old", directory / ".unfinished-young"
    for folder in (old, young):
        folder.mkdir()
        (folder / "journal.db").write_bytes(b"ciphertext")
    os.utime(old, (0, 0))
    assert run("backup", directory, "count", 0).stdout.isdecimal()
    assert not old.exists()
    assert young.exists()
