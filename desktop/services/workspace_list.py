"""The list of workspaces: one small file of plain JSON beside the vaults, read before any is open.

It says where each workspace lies, and nothing secret. Without the file there is one workspace, the
default one. The first window reads it before its first paint: imports little on purpose.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from desktop import paths
from desktop.domain.errors import InvalidInput, WorkspaceListProblem
from desktop.domain.workspaces import Workspace, checked_name

VERSION: Final = 1
FILE: Final = "workspaces.json"
LOCK: Final = "workspaces.lock"
DEFAULT_NAME: Final = "Default"
MAX_BYTES: Final = 1_000_000
PATIENCE_S: Final = 2.0
PAUSE_S: Final = 0.02
PRIVATE: Final = 0o600

Change = Callable[[tuple[Workspace, ...]], tuple[Workspace, ...]]


class WorkspaceList:
    """Reads and changes the file; other processes may do so at the same time. Any thread.

    Every method raises WorkspaceListProblem when the file cannot be read or written; it then is as
    it was, and the vaults are not concerned.
    """

    def __init__(self, home: Path | None = None) -> None:
        self._home = home or paths.home()

    def all(self) -> tuple[Workspace, ...]:
        """Every entry in the order it was added, removed ones too."""
        return self._read()

    def active(self) -> tuple[Workspace, ...]:
        """The workspaces on the list, in the order they were added."""
        return tuple(one for one in self._read() if one.removed_at is None)

    def of(self, directory: Path) -> Workspace | None:
        """The entry of a folder, if it has one."""
        return next((one for one in self._read() if Path(one.directory) == directory), None)

    def resolve(self, text: str) -> Path:
        """The folder of a workspace, by its name or as a folder.

        Raises: InvalidInput where no workspace has the name, and it does not look like a folder.
        """
        active = self.active()
        for one in active:
            if one.name.casefold() == text.casefold():
                return Path(one.directory)
        if text[:1] in {".", "~"} or os.sep in text or "/" in text:
            return Path(text).expanduser().absolute()
        known = ", ".join(f"“{one.name}”" for one in active)
        raise InvalidInput(
            f"No workspace is called “{text}”. Nothing was done. There are: {known}. A folder is "
            "written with a slash, such as ./folder.",
            field="workspace",
        )

    def service_data(self, directory: Path) -> Path:
        """Data directory of the embedded service of the workspace in a folder."""
        known = self.of(directory)
        return Path(known.service_data) if known else self._home / "service"

    def change(self, change: Change) -> tuple[Workspace, ...]:
        """Replace the entries by what `change` makes of them, or raise what it raises."""
        paths.make_private(self._home)
        with self._locked():
            entries = change(self._read())
            self._write(entries)
        return entries

    def add(self, name: str, directory: Path | None) -> Workspace:
        """A new entry; without a folder it gets one of its own. Makes no vault.

        Raises: InvalidInput (field `name` or `directory`).
        """
        wanted = checked_name(name)
        added: list[Workspace] = []

        def change(entries: tuple[Workspace, ...]) -> tuple[Workspace, ...]:
            require_free_name(entries, wanted)
            place = directory or self._free_folder(entries)
            kept = tuple(one for one in entries if Path(one.directory) != place)
            if any(one.removed_at is None for one in entries if one not in kept):
                raise InvalidInput(
                    "This folder is a workspace of the list already. Nothing was changed.",
                    field="directory",
                )
            added.append(Workspace(wanted, str(place), str(self._service_folder(entries, place))))
            return (*kept, added[0])

        self.change(change)
        return added[0]

    def _service_folder(self, entries: tuple[Workspace, ...], place: Path) -> Path:
        """A vault that is there already goes on with the service it had; a new one gets its own."""
        for one in entries:
            if Path(one.directory) == place:
                return Path(one.service_data)
        if (place / "vault.hdr").exists():
            return self._home / "service"
        taken = {one.service_data for one in entries}
        number = 2
        while str(folder := self._home / "services" / f"service-{number}") in taken:
            number += 1
        return folder

    def _free_folder(self, entries: tuple[Workspace, ...]) -> Path:
        taken = {Path(one.directory) for one in entries}
        number = 2
        while True:
            place = self._home / "workspaces" / f"workspace-{number}"
            if place not in taken and not place.exists():
                return place
            number += 1

    def _first(self) -> Workspace:
        return Workspace(
            DEFAULT_NAME,
            str(self._home / "workspaces" / "default"),
            str(self._home / "service"),
        )

    def _read(self) -> tuple[Workspace, ...]:
        path = self._home / FILE
        try:
            with path.open("rb") as file:
                content = file.read(MAX_BYTES + 1)
        except FileNotFoundError:
            return (self._first(),)
        except OSError as error:
            raise _trouble(f"cannot be read: {error.strerror}") from error
        return _entries(content)

    def _write(self, entries: tuple[Workspace, ...]) -> None:
        content = {"version": VERSION, "workspaces": [_fields(one) for one in entries]}
        text = json.dumps(content, indent=1, ensure_ascii=False)
        unfinished = self._home / f"{FILE}.new"
        try:
            unfinished.unlink(missing_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            with os.fdopen(os.open(unfinished, flags, PRIVATE), "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(self._home / FILE)
        except OSError as error:
            raise _trouble(f"cannot be written: {error.strerror}") from error

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One change at a time, whichever process makes it."""
        descriptor = os.open(self._home / LOCK, os.O_RDWR | os.O_CREAT, PRIVATE)
        try:
            deadline = time.monotonic() + PATIENCE_S
            while not _try_lock(descriptor):
                if time.monotonic() > deadline:
                    raise _trouble("is being changed by another window. Try again")
                time.sleep(PAUSE_S)
            yield
        finally:
            os.close(descriptor)


if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


def require_free_name(entries: tuple[Workspace, ...], name: str) -> None:
    """Raises: InvalidInput (field `name`) where a workspace of the list has the name already."""
    taken = {one.name.casefold() for one in entries if one.removed_at is None}
    if name.casefold() in taken:
        raise InvalidInput(
            f"A workspace is called “{name}” already. Nothing was changed. Choose another name.",
            field="name",
        )


def _fields(workspace: Workspace) -> dict[str, Any]:
    removed = workspace.removed_at
    return asdict(workspace) | {"removed_at": None if removed is None else removed.isoformat()}


def _entries(content: bytes) -> tuple[Workspace, ...]:
    try:
        stored = json.loads(content)
        version = stored["version"]
        if type(version) is int and version > VERSION:
            raise _trouble("was written by a newer version of this program. Bring it up to date")
        entries = tuple(_entry(fields) for fields in stored["workspaces"])
    except (ValueError, KeyError, TypeError) as error:
        raise _trouble("is damaged") from error
    if version != VERSION or len(content) > MAX_BYTES:
        raise _trouble("is damaged")
    return entries


def _entry(fields: dict[str, Any]) -> Workspace:
    name, directory, service = (fields[key] for key in ("name", "directory", "service_data"))
    if not all(isinstance(text, str) for text in (name, directory, service)):
        raise TypeError
    if not Path(directory).is_absolute() or not Path(service).is_absolute():
        raise ValueError
    removed, deletes = fields["removed_at"], fields["deletes_files"]
    moment = None if removed is None else datetime.fromisoformat(removed).astimezone(UTC)
    return replace(
        Workspace(name, directory, service), removed_at=moment, deletes_files=deletes is True
    )


def _trouble(what: str) -> WorkspaceListProblem:
    return WorkspaceListProblem(
        f"The list of workspaces ({FILE}) {what}. Nothing was changed and the vaults are safe. A "
        "vault can also be opened by its folder: usageflow desktop --workspace FOLDER."
    )
