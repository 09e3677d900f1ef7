"""Links of the program that are clicked anywhere: who opens them, and taking that back."""

import subprocess
import sys
from pathlib import Path

import pytest

from desktop.app import main
from desktop.domain.errors import LinksNotRegistered
from desktop.domain.links import LinkHandling
from desktop.services.embedded import CODE_HOME
from desktop.services.link_handler import (
    LinkHandlerService,
    entry_text,
    link_handler,
    programs,
    with_programs,
)

ENTRY = "usageflow-links.desktop"
ON = LinkHandling(is_possible=True, is_on=True)
OFF = LinkHandling(is_possible=True, is_on=False)
OTHERS = """# written by hand
[Added Associations]
x-scheme-handler/usageflow=other.desktop;
[Default Applications]
text/html=browser.desktop
x-scheme-handler/mailto=mail.desktop;

[Removed Associations]
x-scheme-handler/usageflow=old.desktop;
"""


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """The folders of a desktop environment: of applications, and of settings."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "data" / "applications", tmp_path / "config"


@pytest.fixture
def service():
    return LinkHandlerService(("/opt/a b/python", "-m", "desktop"), Path("/opt/a b"))


def test_links_open_here_once_the_owner_wants_it(folders, service):
    applications, settings = folders
    assert service.status() == OFF
    assert service.set(True) == ON
    entry = (applications / ENTRY).read_text()
    assert 'Exec="/opt/a b/python" "-m" "desktop" %u\n' in entry
    assert "MimeType=x-scheme-handler/usageflow;\n" in entry
    assert "NoDisplay=true\n" in entry
    assert (settings / "mimeapps.list").read_text() == (
        f"[Default Applications]\nx-scheme-handler/usageflow={ENTRY};\n"
    )


def test_what_others_wrote_stays(folders, service):
    _, settings = folders
    settings.mkdir()
    (settings / "mimeapps.list").write_text(OTHERS)
    service.set(True)
    written = (settings / "mimeapps.list").read_text()
    ours = f"x-scheme-handler/usageflow={ENTRY};\n"
    assert written.replace(ours, "") == OTHERS
    assert service.set(True) == ON
    assert (settings / "mimeapps.list").read_text() == written, "a second time changes nothing"


def test_taking_it_back_leaves_no_trace(folders, service):
    applications, settings = folders
    settings.mkdir()
    (settings / "mimeapps.list").write_text(OTHERS)
    service.set(True)
    assert service.set(False) == OFF
    assert (settings / "mimeapps.list").read_text() == OTHERS
    assert list(applications.iterdir()) == []
    assert service.set(False) == OFF


def test_earlier_choice_comes_back_when_this_one_goes():
    before = "[Default Applications]\nx-scheme-handler/usageflow=mine.desktop;\n"
    on = with_programs(before, [ENTRY, *programs(before)])
    assert programs(on) == [ENTRY, "mine.desktop"]
    assert with_programs(on, programs(on)[1:]) == before


def test_another_program_before_this_one_means_off(folders, service):
    _, settings = folders
    service.set(True)
    (settings / "mimeapps.list").write_text(
        f"[Default Applications]\nx-scheme-handler/usageflow=mine.desktop;{ENTRY};\n"
    )
    assert service.status() == OFF


def test_entry_of_an_older_place_of_the_program_means_off(folders, service):
    LinkHandlerService(("/gone/python", "-m", "desktop"), Path("/gone")).set(True)
    assert service.status() == OFF
    assert service.set(True) == ON


def test_list_that_is_a_link_stays_one(folders, service, tmp_path):
    _, settings = folders
    settings.mkdir()
    kept = tmp_path / "kept.list"
    kept.write_bytes(b"# caf\xe9\n")
    (settings / "mimeapps.list").symlink_to(kept)
    service.set(True)
    assert (settings / "mimeapps.list").is_symlink()
    assert kept.read_bytes().startswith(b"# caf\xe9\n"), "bytes that are no text stay too"


@pytest.mark.parametrize("word", ['/a"b', "/a$b", "/a`b", "/a\\b", "/100%"])
def test_unusual_paths_come_through_the_quoting(word):
    line = next(one for one in entry_text((word,), Path("/x")).splitlines() if "Exec=" in one)
    unescaped = line.removeprefix("Exec=").removesuffix(" %u").replace("\\\\", "\\")
    read = subprocess.run(
        ["/bin/sh", "-c", f"printf %s {unescaped}"], capture_output=True, text=True, check=True
    )
    assert read.stdout.replace("%%", "%") == word


def test_folder_that_cannot_be_written_is_told_in_words(folders, service):
    applications, _ = folders
    applications.parent.mkdir()
    applications.write_text("a file in its place")
    with pytest.raises(LinksNotRegistered, match="could not be read or changed"):
        service.set(True)


def test_system_without_such_a_list_is_told_so(folders, service, monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert service.status() == LinkHandling(is_possible=False, is_on=False)
    with pytest.raises(LinksNotRegistered, match="nothing was changed"):
        service.set(True)


def test_command_registers_and_takes_back(folders, capsys, monkeypatch, tmp_path):
    applications, _ = folders
    monkeypatch.setenv("USAGEFLOW_HOME", str(tmp_path / "profile"))
    assert main(["--register-links"]) == 0
    entry = (applications / ENTRY).read_text()
    assert f'"env" "USAGEFLOW_HOME={tmp_path / "profile"}" "{sys.executable}"' in entry
    assert f"Path={CODE_HOME}\n" in entry
    assert link_handler().status() == ON
    assert main(["--unregister-links"]) == 0
    assert link_handler().status() == OFF
    said = capsys.readouterr().out.splitlines()
    assert said == [
        "Links that begin with usageflow:// open in UsageFlow Desktop from now on.",
        "Links that begin with usageflow:// no longer open here.",
    ]
    assert main(["--register-links", "now"]) == 2
