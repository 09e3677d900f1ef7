"""Workspaces, conflicts, and what the Sync page asks for, in memory."""

from dataclasses import replace

from desktop.domain.editing import Conflict
from desktop.domain.errors import InvalidInput
from desktop.domain.network import HostContact, NetworkOptions, ProxyMode
from desktop.domain.syncing import (
    Draft,
    FieldChange,
    HistoryEntry,
    LiveState,
    OutgoingEdit,
    Refusal,
    StreamProgress,
)
from desktop.domain.workspaces import Workspace
from desktop.services import conflicts, live_updates, network, sync_records, workspaces
from desktop.services.calls import callable_from_window
from tests.gui.fakes import SYNCED_AT, _Service


class WorkspacesService(_Service, workspaces.WorkspacesService):
    @callable_from_window
    def listed(self) -> tuple[Workspace, ...]:
        self.controls.enter("WorkspacesService.listed")
        return tuple(self.controls.workspaces)

    @callable_from_window
    def add(self, name: str, directory: str) -> Workspace:
        self.controls.enter("WorkspacesService.add", name, directory)
        if not name:
            raise InvalidInput("Give the workspace a name.", field="name")
        added = Workspace(name, directory or f"/data/me/{name}", "/data/me/services/2")
        self.controls.workspaces.append(added)
        return added

    @callable_from_window
    def rename(self, directory: str, name: str) -> Workspace:
        self.controls.enter("WorkspacesService.rename", directory, name)
        return self._swap(directory, name=name)

    @callable_from_window
    def remove(self, directory: str, deletes_files: bool) -> Workspace:  # noqa: FBT001
        self.controls.enter("WorkspacesService.remove", directory, deletes_files)
        return self._swap(directory, removed_at=SYNCED_AT, deletes_files=deletes_files)

    @callable_from_window
    def restore(self, directory: str) -> Workspace:
        self.controls.enter("WorkspacesService.restore", directory)
        return self._swap(directory, removed_at=None, deletes_files=False)

    def _swap(self, directory: str, **changes: object) -> Workspace:
        entries = self.controls.workspaces
        place = next(n for n, one in enumerate(entries) if one.directory == directory)
        entries[place] = replace(entries[place], **changes)
        return entries[place]


class ConflictService(_Service, conflicts.ConflictService):
    """Conflicts in memory."""

    @callable_from_window
    def conflicts(self) -> tuple[Conflict, ...]:
        self.controls.enter("ConflictService.conflicts")
        return tuple(self.controls.conflicts)

    @callable_from_window
    def keep_mine(self, conflict_id: int) -> None:
        self._decide("ConflictService.keep_mine", conflict_id)

    @callable_from_window
    def keep_theirs(self, conflict_id: int) -> None:
        self._decide("ConflictService.keep_theirs", conflict_id)

    @callable_from_window
    def keep_both(self, conflict_id: int) -> None:
        self._decide("ConflictService.keep_both", conflict_id)

    @callable_from_window
    def keep_fields(self, conflict_id: int, mine: tuple[str, ...]) -> None:
        self._decide("ConflictService.keep_fields", conflict_id, mine)

    @callable_from_window
    def drafts(self) -> tuple[Draft, ...]:
        self.controls.enter("ConflictService.drafts")
        return tuple(self.controls.sync_records.drafts)

    @callable_from_window
    def use_draft(self, draft_id: int) -> None:
        self._drop_draft("ConflictService.use_draft", draft_id)

    @callable_from_window
    def discard_draft(self, draft_id: int) -> None:
        self._drop_draft("ConflictService.discard_draft", draft_id)

    def _drop_draft(self, name: str, draft_id: int) -> None:
        self.controls.enter(name, draft_id)
        records = self.controls.sync_records
        records.drafts = [draft for draft in records.drafts if draft.draft_id != draft_id]

    def _decide(self, name: str, conflict_id: int, *arguments: object) -> None:
        self.controls.enter(name, conflict_id, *arguments)
        self.controls.conflicts = [
            conflict for conflict in self.controls.conflicts if conflict.conflict_id != conflict_id
        ]


class SyncRecordsService(_Service, sync_records.SyncRecordsService):
    @callable_from_window
    def outgoing(self) -> tuple[OutgoingEdit, ...]:
        self.controls.enter("SyncRecordsService.outgoing")
        return tuple(self.controls.sync_records.outgoing)

    @callable_from_window
    def inspect(self, position: int) -> tuple[FieldChange, ...]:
        self.controls.enter("SyncRecordsService.inspect", position)
        name = self.controls.hostile
        return (FieldChange(f"{name}unit_price", "0.0010", "0.0012"), FieldChange("note", "", "x"))

    @callable_from_window
    def undo(self, position: int) -> None:
        self.controls.enter("SyncRecordsService.undo", position)
        kept = [edit for edit in self.controls.sync_records.outgoing if edit.position != position]
        self.controls.sync_records.outgoing = kept

    @callable_from_window
    def history(self, before: int | None = None, limit: int = 100) -> tuple[HistoryEntry, ...]:
        self.controls.enter("SyncRecordsService.history", before, limit)
        older = [
            e for e in self.controls.sync_records.history if before is None or e.entry_id < before
        ]
        return tuple(older[:limit])

    @callable_from_window
    def refusals(self) -> tuple[Refusal, ...]:
        self.controls.enter("SyncRecordsService.refusals")
        return tuple(self.controls.sync_records.refusals)

    @callable_from_window
    def forget_refusals(self) -> None:
        self.controls.enter("SyncRecordsService.forget_refusals")
        self.controls.sync_records.refusals = []

    @callable_from_window
    def progress(self) -> tuple[StreamProgress, ...]:
        self.controls.enter("SyncRecordsService.progress")
        return self.controls.sync_records.progress


class LiveUpdates(_Service, live_updates.LiveUpdates):
    @callable_from_window
    def state(self) -> LiveState:
        self.controls.enter("LiveUpdates.state")
        return self.controls.sync_records.live


class NetworkService(_Service, network.NetworkService):
    @callable_from_window
    def options(self) -> NetworkOptions:
        self.controls.enter("NetworkService.options")
        return self.controls.sync_records.network

    @callable_from_window
    def hosts(self) -> tuple[HostContact, ...]:
        self.controls.enter("NetworkService.hosts")
        return tuple(self.controls.sync_records.hosts)

    @callable_from_window
    def set_proxy(
        self, mode: ProxyMode, url: str, user: str, password: str | None
    ) -> NetworkOptions:
        return self._change(
            "set_proxy", (mode, url, user, password), proxy=mode, proxy_url=url,
            proxy_has_password=bool(password),
        )  # fmt: skip

    @callable_from_window
    def use_authority(self, ca_path: str) -> NetworkOptions:
        return self._change("use_authority", (ca_path,), ca_name=ca_path.rpartition("/")[2])

    @callable_from_window
    def forget_authority(self) -> NetworkOptions:
        return self._change("forget_authority", (), ca_name="")

    @callable_from_window
    def pin(self, fingerprint: str) -> NetworkOptions:
        return self._change(
            "pin", (fingerprint,), pin=fingerprint, pin_host=self.controls.sync_records.network.host
        )

    @callable_from_window
    def unpin(self) -> NetworkOptions:
        return self._change("unpin", (), pin="", pin_host="")

    def _change(
        self, name: str, arguments: tuple[object, ...], **changes: object
    ) -> NetworkOptions:
        self.controls.enter(f"NetworkService.{name}", *arguments)
        records = self.controls.sync_records
        records.network = replace(records.network, **changes)
        return records.network


KINDS_OF_SERVICE = (
    WorkspacesService,
    ConflictService,
    SyncRecordsService,
    LiveUpdates,
    NetworkService,
)
