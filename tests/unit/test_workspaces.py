"""The list of workspaces: a plain private file, several processes, and files that outlive it."""

import json
import stat
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from desktop import cli
from desktop.domain.errors import InvalidInput, WorkspaceListProblem
from desktop.domain.workspaces import UNDO_PERIOD
from desktop.services.compose import build_services
from desktop.services.login_item import unit_name
from desktop.services.storage.lock import VaultLock
from desktop.services.workspace_list import FILE, WorkspaceList
from desktop.services.workspaces import WorkspacesService
from tests.fakes import NOON, PASSPHRASE


class Clock:
    def __init__(self):
        self.now = NOON

    def __call__(self):
        return self.now


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("USAGEFLOW_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def entries(home):
    return WorkspaceList()


@pytest.fixture
def service(home, entries, clock):
    """As the core of the default workspace has it."""
    return WorkspacesService(home / "workspaces" / "default", entries, clock)


def names(entries):
    return [one.name for one in entries.active()]


def make_vault(directory):
    services = build_services(Path(directory), syncs_by_itself=False)
    services.workspace.create(PASSPHRASE)
    services.close()


def test_without_a_file_there_is_the_default_workspace(home, entries):
    (one,) = entries.active()
    assert (one.name, one.directory) == ("Default", str(home / "workspaces" / "default"))
    assert one.service_data == str(home / "service")
    assert not (home / FILE).exists()


def test_each_workspace_has_a_vault_and_a_service_of_its_own(home, entries, service):
    first, second = service.add("Staging", ""), service.add("Client", "")
    assert len({first.directory, second.directory, str(home / "workspaces" / "default")}) == 3
    assert len({first.service_data, second.service_data, str(home / "service")}) == 3
    services = build_services(Path(first.directory), syncs_by_itself=False)
    assert services.connection._embedded.command[-1] == first.service_data
    assert unit_name(Path(first.service_data)) == "usageflow-service-2.service"
    assert unit_name(home / "service") == "usageflow-service.service"


def test_file_is_plain_private_and_versioned(home, service):
    service.add("Staging", "")
    path = home / FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    stored = json.loads(path.read_text())
    assert stored["version"] == 1
    assert set(stored["workspaces"][1]) == {
        "name", "directory", "service_data", "removed_at", "deletes_files",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["", "  ", "-x", ".hidden", "~", "a/b", "a\\b", "x" * 61, "a\nb"])
def test_name_that_could_be_something_else_is_refused(service, name):
    with pytest.raises(InvalidInput) as failure:
        service.add(name, "")
    assert failure.value.field == "name"


def test_name_is_given_once(entries, service):
    service.add("Staging", "")
    with pytest.raises(InvalidInput, match="already"):
        service.add("staging", "")
    with pytest.raises(InvalidInput, match="already"):
        service.rename(entries.active()[0].directory, "STAGING")
    assert names(entries) == ["Default", "Staging"]


def test_vault_of_a_folder_is_listed_and_goes_on_with_its_service(home, tmp_path, service):
    make_vault(tmp_path / "usb" / "vault")
    added = service.add("Stick", str(tmp_path / "usb" / "vault"))
    assert added.service_data == str(home / "service")
    with pytest.raises(InvalidInput, match="already") as failure:
        service.add("Twice", added.directory)
    assert failure.value.field == "directory"
    with pytest.raises(InvalidInput, match="whole path"):
        service.add("Relative", "some/folder")


def test_name_or_folder_leads_to_a_workspace(home, tmp_path, entries, service):
    added = service.add("Müller & Co", "")
    assert entries.resolve("müller & CO") == Path(added.directory)
    assert entries.resolve(str(tmp_path / "x")) == tmp_path / "x"
    assert entries.resolve("./x") == Path("x").absolute()
    with pytest.raises(InvalidInput, match="“Default”, “Müller & Co”"):
        entries.resolve("Stagin")


def test_removed_workspace_keeps_its_files_and_comes_back(entries, service):
    added = service.add("Staging", "")
    make_vault(added.directory)
    service.remove(added.directory, deletes_files=False)
    assert names(entries) == ["Default"]
    service.clear_out()
    assert (Path(added.directory) / "vault.hdr").exists()
    service.restore(added.directory)
    assert names(entries) == ["Default", "Staging"]


def test_files_go_only_after_the_undo_period(clock, entries, service):
    added = service.add("Staging", "")
    make_vault(added.directory)
    service.remove(added.directory, deletes_files=True)
    clock.now += UNDO_PERIOD - timedelta(seconds=1)
    service.clear_out()
    assert (Path(added.directory) / "vault.hdr").exists()
    clock.now += timedelta(seconds=1)
    service.clear_out()
    assert not Path(added.directory).exists()
    assert [one.name for one in entries.all()] == ["Default"]


def test_workspace_put_back_in_time_keeps_its_files(clock, service):
    added = service.add("Staging", "")
    make_vault(added.directory)
    service.remove(added.directory, deletes_files=True)
    service.restore(added.directory)
    clock.now += 2 * UNDO_PERIOD
    service.clear_out()
    assert (Path(added.directory) / "vault.hdr").exists()


def test_files_in_use_are_left_for_the_next_time(clock, entries, service):
    added = service.add("Staging", "")
    make_vault(added.directory)
    service.remove(added.directory, deletes_files=True)
    clock.now += UNDO_PERIOD
    lock = VaultLock(Path(added.directory) / "vault.lock")
    service.clear_out()
    lock.release()
    assert (Path(added.directory) / "vault.hdr").exists()
    assert len(entries.all()) == 2


def test_folder_of_the_owner_is_never_deleted(clock, tmp_path, entries, service):
    added = service.add("Stick", str(tmp_path / "usb"))
    with pytest.raises(InvalidInput, match="folder of your own"):
        service.remove(added.directory, deletes_files=True)
    make_vault(added.directory)
    entries.change(  # as if somebody had edited the list by hand
        lambda all_of_them: tuple(
            one if one.name != "Stick" else added.__class__(
                one.name, one.directory, one.service_data, NOON, deletes_files=True
            )
            for one in all_of_them
        )
    )  # fmt: skip
    clock.now += 2 * UNDO_PERIOD
    service.clear_out()
    assert (tmp_path / "usb" / "vault.hdr").exists()


def test_open_and_only_workspaces_stay_on_the_list(home, entries, clock, service):
    added = service.add("Staging", "")
    with pytest.raises(InvalidInput, match="open here"):
        service.remove(str(home / "workspaces" / "default"), deletes_files=False)
    service.remove(added.directory, deletes_files=False)
    elsewhere = WorkspacesService(Path("/"), entries, clock)
    with pytest.raises(InvalidInput, match="only workspace"):
        elsewhere.remove(str(home / "workspaces" / "default"), deletes_files=False)
    with pytest.raises(InvalidInput, match="not on the list"):
        service.rename("/nowhere", "X")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\x00", "damaged"),
        (b"[]", "damaged"),
        (b'{"version": 0, "workspaces": []}', "damaged"),
        (b'{"version": 1, "workspaces": [{"name": "x"}]}', "damaged"),
        (b'{"version": 2, "workspaces": "who knows"}', "newer version"),
        (
            b'{"version":1,"workspaces":[{"name":"x","directory":"x","service_data":"/y",\
"removed_at":null,"deletes_files":false}]}',
            "damaged",
        ),
    ],
)
def test_spoilt_list_is_told_and_left_as_it_is(home, entries, service, content, said):
    (home / FILE).write_bytes(content)
    with pytest.raises(WorkspaceListProblem, match=said):
        service.add("Staging", "")
    assert (home / FILE).read_bytes() == content


def test_spoilt_list_keeps_no_vault_shut(home, caplog):
    (home / FILE).write_bytes(b"spoilt")
    services = build_services(home / "workspaces" / "default", syncs_by_itself=False)
    services.workspace.create(PASSPHRASE)
    services.close()
    assert "damaged" in caplog.text


def test_changes_of_several_processes_all_count(home, entries):
    def add(number):
        WorkspaceList().add(f"Number {number}", None)

    threads = [threading.Thread(target=add, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(names(entries)[1:]) == [f"Number {n}" for n in range(8)]
    assert len({one.directory for one in entries.all()}) == 9


@pytest.fixture
def run(home, monkeypatch, capsys):
    monkeypatch.setattr(cli, "set_up_logging", lambda _process: None)
    monkeypatch.setattr(cli, "harden", lambda: None)

    def run(*arguments):
        status = cli.main(list(arguments))
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


def test_script_manages_the_list(home, run):
    assert run("workspaces", "add", "Staging")[0] == 0
    status, out, _ = run("workspaces", "list", "--json")
    listed = json.loads(out)["workspaces"]
    assert (status, [one["name"] for one in listed]) == (0, ["Default", "Staging"])
    assert "Tests" in run("workspaces", "rename", "staging", "Tests")[1]
    status, out, _ = run("workspaces", "remove", "Tests", "--delete-files", "--json")
    assert json.loads(out)["files_go_at"] is not None
    assert "Tests" not in run("workspaces", "list")[1]
    assert "(removed)" in run("workspaces", "list", "--all")[1]
    assert run("workspaces", "restore", "Tests")[0] == 0
    assert "stay" in run("workspaces", "remove", "Tests")[1]
    status, _, err = run("workspaces", "remove", "Nobody")
    assert (status, "No workspace" in err) == (1, True)


def test_every_command_takes_the_name_of_a_workspace(home, run, monkeypatch):
    run("workspaces", "add", "Staging")
    folder = json.loads(run("workspaces", "list", "--json")[1])["workspaces"][1]["directory"]
    make_vault(folder)
    assert folder in run("vault", "info", "--workspace", "staging")[1]
    status, _, err = run("vault", "info", "--workspace", "Stagin")
    assert status == 1
    assert "No workspace is called" in err
