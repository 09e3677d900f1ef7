"""Several workspaces side by side: added, renamed, taken off the list and put back."""

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from desktop import paths
from desktop.domain.errors import InvalidInput, VaultError
from desktop.domain.workspaces import Workspace, checked_name
from desktop.services.calls import callable_from_window
from desktop.services.storage.lock import VaultLock
from desktop.services.storage.vault_files import VaultFiles
from desktop.services.workspace_list import WorkspaceList, require_free_name


class WorkspacesService:
    """Works while the vault is locked. Raises WorkspaceListProblem from every method."""

    def __init__(
        self, current: Path, entries: WorkspaceList, clock: Callable[[], datetime]
    ) -> None:
        """`current` is the folder of the workspace that these services belong to."""
        self._current = current
        self._list = entries
        self._clock = clock

    @callable_from_window
    def listed(self) -> tuple[Workspace, ...]:
        """Every workspace in the order it was added, and the removed ones that can come back."""
        return self._list.all()

    @callable_from_window
    def add(self, name: str, directory: str) -> Workspace:
        """List a workspace; its vault is made when it is first opened.

        Args:
            name: as it is shown and typed.
            directory: an existing vault's folder, or any other; empty for a new one of its own.

        Raises: InvalidInput (field `name` or `directory`).
        """
        place = Path(directory.strip()).expanduser() if directory.strip() else None
        if place is not None and not place.is_absolute():
            raise InvalidInput(
                "Write the whole path of the folder, from the root on. Nothing was changed.",
                field="directory",
            )
        return self._list.add(name, place)

    @callable_from_window
    def rename(self, directory: str, name: str) -> Workspace:
        """Call a workspace something else; its files stay where they are.

        Raises: InvalidInput (field `name`, or a workspace that is not on the list).
        """
        wanted = checked_name(name)

        def change(one: Workspace, others: tuple[Workspace, ...]) -> Workspace:
            require_free_name(others, wanted)
            return replace(one, name=wanted)

        return self._change(directory, change)

    @callable_from_window
    def remove(self, directory: str, deletes_files: bool) -> Workspace:  # noqa: FBT001 (a choice)
        """Take a workspace off the list; `restore` puts it back.

        Args:
            directory: its folder.
            deletes_files: delete the vault and its backups too, once seven days have gone by. Only
                for folders that the program made itself.

        Raises: InvalidInput: it is the open one, the only one, or lies elsewhere.
        """

        def change(one: Workspace, others: tuple[Workspace, ...]) -> Workspace:
            if Path(one.directory) == self._current:
                raise InvalidInput(
                    f"“{one.name}” is open here. Nothing was changed. Switch to another workspace, "
                    "then remove it."
                )
            if all(other.removed_at is not None for other in others):
                raise InvalidInput("This is the only workspace. Nothing was changed.")
            if deletes_files and not self._is_ours(one):
                raise InvalidInput(
                    f"The files of “{one.name}” lie in a folder of your own, so this program does "
                    "not delete them. Nothing was changed. Remove it from the list only, then "
                    "delete the folder yourself."
                )
            return replace(one, removed_at=self._clock(), deletes_files=deletes_files)

        return self._change(directory, change)

    @callable_from_window
    def restore(self, directory: str) -> Workspace:
        """Put a removed workspace back on the list, and keep its files.

        Raises: InvalidInput (its name was given to another one meanwhile, or it is gone).
        """

        def change(one: Workspace, others: tuple[Workspace, ...]) -> Workspace:
            require_free_name(others, one.name)
            return replace(one, removed_at=None, deletes_files=False)

        return self._change(directory, change)

    def clear_out(self) -> None:
        """Delete the vaults of workspaces whose undo period is over. Any thread; safe to repeat."""
        now = self._clock()
        for one in self._list.all():
            if one.files_go_at is not None and one.files_go_at <= now and self._is_ours(one):
                with suppress(VaultError, OSError):  # in use, or not ours to delete: next time
                    self._delete(one)

    def _delete(self, one: Workspace) -> None:
        folder = Path(one.directory)
        if folder.exists():
            lock = VaultLock(VaultFiles.of(folder).lock)
            try:
                shutil.rmtree(folder)
            finally:
                lock.release()
        self._list.change(lambda entries: tuple(e for e in entries if e != one))

    def _is_ours(self, one: Workspace) -> bool:
        return Path(one.directory).parent == paths.home() / "workspaces"

    def _change(
        self,
        directory: str,
        change: Callable[[Workspace, tuple[Workspace, ...]], Workspace],
    ) -> Workspace:
        changed: list[Workspace] = []

        def apply(entries: tuple[Workspace, ...]) -> tuple[Workspace, ...]:
            one = next((entry for entry in entries if entry.directory == directory), None)
            if one is None:
                raise InvalidInput(
                    "This workspace is not on the list any more. Nothing was changed."
                )
            changed.append(change(one, tuple(entry for entry in entries if entry is not one)))
            return tuple(changed[0] if entry is one else entry for entry in entries)

        self._list.change(apply)
        return changed[0]
