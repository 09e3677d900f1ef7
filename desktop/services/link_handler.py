"""Whether links of this program, clicked anywhere, open here: an entry of the freedesktop kind.

Two files of this user say so: an application that nobody sees in a menu, and the list of what
opens what. Both are changed only when the owner wants it, and what others wrote there stays.
Sources: Desktop Entry Specification; Association between MIME types and applications.
"""

import os
import re
import sys
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from desktop.domain.errors import LinksNotRegistered
from desktop.domain.links import LinkHandling
from desktop.paths import HOME_VARIABLE, home
from desktop.services.calls import callable_from_window
from desktop.services.embedded import CODE_HOME
from desktop.services.storage.files import replace_file

if TYPE_CHECKING:
    from collections.abc import Iterator

ENTRY: Final = "usageflow-links.desktop"
TYPE: Final = "x-scheme-handler/usageflow"
SECTION: Final = "[Default Applications]"


class LinkHandlerService:
    """Registers the program for its links, and takes that back. Any thread."""

    def __init__(self, command: Sequence[str], directory: Path) -> None:
        """`command` opens a link that follows it, started in `directory`."""
        self._text = entry_text(command, directory)

    @callable_from_window
    def status(self) -> LinkHandling:
        """How it is now. Raises: LinksNotRegistered when the files cannot be read."""
        if sys.platform != "linux":
            return LinkHandling(is_possible=False, is_on=False)
        with _translated():
            is_first = programs(_read(_list()))[:1] == [ENTRY]
            return LinkHandling(is_possible=True, is_on=is_first and _read(_entry()) == self._text)

    @callable_from_window
    def set(self, wanted: bool) -> LinkHandling:  # noqa: FBT001 (a setting's value)
        """Have links open here, or no longer; a second time changes nothing.

        Raises: LinksNotRegistered.
        """
        if sys.platform != "linux":
            raise LinksNotRegistered(
                "This system has no place where a program says which links it opens, so nothing "
                "was changed. Open links with Go, Open a link."
            )
        with _translated():
            before = _read(_list())
            others = [name for name in programs(before) if name != ENTRY]
            if wanted:
                _write(_entry(), self._text)
            after = with_programs(before, [ENTRY, *others] if wanted else others)
            if after != before:
                _write(_list(), after)
            if not wanted:
                _entry().unlink(missing_ok=True)
        return self.status()


def link_handler() -> LinkHandlerService:
    """For this program as it runs: its interpreter, and its profile where that was moved."""
    moved = os.environ.get(HOME_VARIABLE)
    profile = ("env", f"{HOME_VARIABLE}={home()}") if moved else ()
    return LinkHandlerService((*profile, sys.executable, "-m", "desktop"), CODE_HOME)


def entry_text(command: Sequence[str], directory: Path) -> str:
    """The application that opens links; no menu shows it."""
    start = " ".join(_quoted(word) for word in command)
    return (
        "[Desktop Entry]\n"
        "Type=Application\n"
        "Name=UsageFlow Desktop\n"
        "NoDisplay=true\n"
        f"Exec={_escaped(start)} %u\n"
        f"Path={_escaped(str(directory))}\n"
        f"MimeType={TYPE};\n"
    )


def programs(text: str) -> list[str]:
    """What opens the links by a list of associations; the first that exists does."""
    lines = text.splitlines()
    place = _place(lines)
    return [] if place is None else [one for one in _value(lines[place]).split(";") if one]


def with_programs(text: str, names: Sequence[str]) -> str:
    """The list with other programs for the links; every other line stays as it is."""
    if list(names) == programs(text):
        return text
    lines = text.splitlines()
    place = _place(lines)
    if place is not None:
        del lines[place]
    elif names and SECTION not in lines:
        lines.append(SECTION)
    if names:
        lines.insert(lines.index(SECTION) + 1, f"{TYPE}={';'.join(names)};")
    return "".join(f"{line}\n" for line in lines)


def _place(lines: Sequence[str]) -> int | None:
    section = ""
    for number, line in enumerate(lines):
        if line.startswith("["):
            section = line
        elif section == SECTION and line.partition("=")[0].strip() == TYPE:
            return number
    return None


def _value(line: str) -> str:
    return line.partition("=")[2].strip()


def _quoted(word: str) -> str:
    return '"' + re.sub(r'(["`$\\])', r"\\\1", word).replace("%", "%%") + '"'


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n")


def _entry() -> Path:
    return _base("XDG_DATA_HOME", Path(".local", "share")) / "applications" / ENTRY


def _list() -> Path:
    return _base("XDG_CONFIG_HOME", Path(".config")) / "mimeapps.list"


def _base(variable: str, otherwise: Path) -> Path:
    """Source: XDG Base Directory Specification, which has relative paths ignored."""
    named = Path(os.environ.get(variable, ""))
    return named if named.is_absolute() else Path.home() / otherwise


def _read(path: Path) -> str:
    """The text of a file, empty where there is none; bytes that are no text stay as they are."""
    try:
        return path.read_text(encoding="utf-8", errors="surrogateescape")
    except FileNotFoundError:
        return ""


def _write(path: Path, text: str) -> None:
    target = path.resolve()  # the list may be a link into a collection of settings
    target.parent.mkdir(parents=True, exist_ok=True)
    replace_file(target, text.encode("utf-8", errors="surrogateescape"))


@contextmanager
def _translated() -> "Iterator[None]":
    try:
        yield
    except OSError as error:
        raise LinksNotRegistered(
            f"Which program opens links could not be read or changed: {error.strerror}. Links can "
            "still be opened with Go, Open a link."
        ) from error
