"""Packages and exports outside the vault: known, deleted while they are the same, else named."""

import pytest

from desktop.domain.errors import InvalidInput
from desktop.domain.privacy.categories import Category
from desktop.domain.privacy.erasure import Customer, ErasureState, Fate, Place
from desktop.domain.privacy.kinds import RequestKind
from desktop.domain.privacy.self_audit import Verdict
from desktop.domain.privacy.written import FileKind, FileState
from desktop.services.privacy import self_audit
from desktop.services.privacy.finding import FoundBy, Match
from tests.fakes import APPLICATION, Device, no_report
from tests.unit.privacy.test_erasing import (
    JANE,
    MATCH,
    OMAR,
    ask,
    certificate_of,
    dump,
    erase,
    erasure_of,
    full,  # noqa: F401 - a fixture
    holds_of,
)
from tests.unit.privacy.test_erasing_commands import run  # noqa: F401 - a fixture


def files_of(device):
    return device.services.erasing.files


def package(device, path):
    """A package for Jane."""
    request_id = ask(device, RequestKind.ACCESS)
    device.services.privacy_packages.build(no_report, request_id, (MATCH,), str(path))
    return path


@pytest.fixture
def written(full, tmp_path, quick_files):  # noqa: F811
    """A package for Jane and an export of everything, as files."""
    mine = tmp_path / "mine.json"
    full.services.export.my_data(no_report, str(mine))
    return package(full, tmp_path / "PR-0001.zip"), mine


def test_list_says_what_was_written_where_and_for_which_request(full, written):  # noqa: F811
    lines = {line.file.kind: line for line in files_of(full).listed()}
    package_line = lines[FileKind.PACKAGE]
    assert package_line.file.path == str(written[0])
    assert (package_line.request, package_line.state) == ("PR-0001", FileState.THERE)
    assert package_line.file.customers == ((APPLICATION, JANE),)
    assert lines[FileKind.ACCOUNT].file.customers == ()


def test_configuration_that_is_exported_is_known_too(full, tmp_path):  # noqa: F811
    path = tmp_path / "configuration.json"
    full.services.privacy.portability.export_configuration(str(path))
    (line,) = files_of(full).listed()
    assert (line.file.kind, line.file.path) == (FileKind.CONFIGURATION, str(path))


def test_file_that_is_written_anew_takes_the_place_of_the_old(full, tmp_path):  # noqa: F811
    path = tmp_path / "mine.json"
    for _ in range(2):
        full.services.export.my_data(no_report, str(path))
    assert len(files_of(full).listed()) == 1


def test_erasure_deletes_what_names_the_person(full, written, tmp_path):  # noqa: F811
    request_id = ask(full)
    plan = erasure_of(full).plan(no_report, request_id, (MATCH,), keeps_blocks=False)
    planned = {line.what: line.fate for line in plan.lines if line.place is Place.FILES}
    assert planned == {str(written[0]): Fate.DELETE, str(written[1]): Fate.DELETE}
    assert erase(full, request_id).state is ErasureState.DONE
    assert not any(path.exists() for path in written)
    assert files_of(full).listed() == ()
    assert JANE not in dump(full)
    _, told = certificate_of(full, request_id, tmp_path)
    assert not any("outside the vault" in line["where"] for line in told["kept"])


def test_file_that_was_changed_or_moved_is_named_in_the_certificate(full, written, tmp_path):  # noqa: F811
    written[0].write_bytes(b"x" * written[0].stat().st_size)
    written[1].rename(tmp_path / "elsewhere.json")
    request_id = ask(full)
    assert erase(full, request_id).state is ErasureState.DONE
    assert written[0].exists()
    _, told = certificate_of(full, request_id, tmp_path)
    kept = [line["what"] for line in told["kept"] if "outside the vault" in line["where"]]
    assert len(kept) == 2
    assert all("SHA-256" in what and str(tmp_path) not in what for what in kept)
    lines = files_of(full).listed()
    assert all(line.file.due_for for line in lines)
    for line in lines:
        files_of(full).forget(line.file.file_id)
    assert files_of(full).listed() == ()
    assert written[0].exists()


def test_files_of_others_stay(full, tmp_path, quick_files):  # noqa: F811
    path = package(full, tmp_path / "PR-0001.zip")
    erased = Match(APPLICATION, OMAR, "Omar Haddad", FoundBy.NAME)
    begun = erasure_of(full).start(ask(full), (erased,), keeps_blocks=False)
    assert erasure_of(full).go_on(no_report, begun.erasure_id).state is ErasureState.DONE
    assert path.exists()


def test_erasure_of_another_desktop_deletes_the_files_of_this_one(full, hosted, tmp_path):  # noqa: F811
    other = Device(tmp_path / "other", hosted, prefix="b")
    try:
        other.sync()
        path = tmp_path / "theirs.json"
        other.services.export.my_data(no_report, str(path))
        assert erase(full).state is ErasureState.DONE
        other.sync()
        files_of(other).delete_due()
        assert not path.exists()
        assert files_of(other).listed() == ()
    finally:
        other.close()


def test_hold_on_what_was_asked_and_answered_keeps_the_file(full, written):  # noqa: F811
    held = Customer(APPLICATION, JANE)
    (hold,) = holds_of(full).place(held, Category.SUPPORT, "Dispute", "", None)
    request_id = ask(full)
    plan = erasure_of(full).plan(no_report, request_id, (MATCH,), keeps_blocks=False)
    assert {line.fate for line in plan.lines if line.place is Place.FILES} == {Fate.KEEP}
    assert erase(full, request_id).state is ErasureState.HELD
    assert all(path.exists() for path in written)
    holds_of(full).release(hold.hold_id)
    erasure_of(full).go_on_with_all()
    assert not any(path.exists() for path in written)


def test_owner_deletes_a_file_and_another_file_in_its_place_is_left_alone(full, written):  # noqa: F811
    by_path = {line.file.path: line.file.file_id for line in files_of(full).listed()}
    files_of(full).delete(by_path[str(written[0])])
    assert not written[0].exists()
    written[1].write_text("Something else.")
    with pytest.raises(InvalidInput, match="was changed"):
        files_of(full).delete(by_path[str(written[1])])
    assert written[1].read_text() == "Something else."
    written[1].unlink()
    assert files_of(full).delete(by_path[str(written[1])]) == ()


def test_link_that_came_in_the_place_of_a_file_is_not_followed(full, written, tmp_path):  # noqa: F811
    precious = tmp_path / "precious.zip"
    written[0].rename(precious)
    written[0].symlink_to(precious)
    erase(full)
    assert precious.exists()
    assert written[0].is_symlink()


def test_self_audit_names_old_files_and_those_of_erased_people(full, written):  # noqa: F811
    def verdict():
        with full.services.vault.reading() as db:
            return self_audit._of_written(db, full.clock()).verdict

    assert verdict() is Verdict.GOOD
    full.clock.forward(days=15)
    assert verdict() is Verdict.LOOK
    written[0].write_bytes(b"changed")
    erase(full)
    assert verdict() is Verdict.BAD


def test_script_lists_and_deletes(full, run, tmp_path):  # noqa: F811
    path = tmp_path / "mine.json"
    full.services.export.my_data(no_report, str(path))
    (file,) = run("files", "list")["files"]
    assert (file["path"], file["state"], file["old"]) == (str(path), "there", False)
    assert run("files", "delete", file["file_id"]) == {"files": []}
    assert not path.exists()
    full.services.export.my_data(no_report, str(path))
    assert run("files", "forget", file["file_id"]) == {"files": []}
    assert path.exists()
