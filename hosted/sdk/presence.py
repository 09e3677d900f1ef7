"""Who is connected: per application the sockets, the SDKs behind them, and when they were heard.

SDKs go silent without a word: an upload can mute a Python SDK, a long outage ends a Go one for
good. What is kept here lets the owner see it. Lives on the event loop's thread; `last_seen` rows
are stored, so that "not connected since" survives a restart.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from contract.messages.health import ApplicationConnection, ConnectionHealth, SdkClients, SdkKind
from contract.terms import ConnectionState
from hosted.clock import SECOND_US, Clock, rfc3339
from hosted.metering.directory import Application, Directory
from hosted.scrub.addresses import truncated
from hosted.sdk.clients import NO_HINT, hint
from hosted.sdk.views import SdkViews
from hosted.storage.base import Transaction
from hosted.storage.usage_records import LastSeen

SILENT_AFTER_US: Final = 120 * SECOND_US
"""Every SDK asks something at least every 30 s, the oldest every 60 s."""
FORGET_GROUP_US: Final = 3600 * SECOND_US
GROUPS_PER_APPLICATION: Final = 1000
CALLS: Final = frozenset({"request_for_allocation", "use_allocation"})
OLD_POLLS: Final = frozenset({"strategies", "policies"})
Refusals = tuple[int, int | None]
"""How many, and when the last one was."""


@dataclass(slots=True)
class Group:
    """Clients of one kind that come from one network: as near to a process as can be told."""

    kind: SdkKind
    network: str
    sockets: int = 0
    version: tuple[int, str] = NO_HINT
    last_message_us: int | None = None
    last_poll_us: int | None = None
    told_policies: bytes | None = None


@dataclass(slots=True)
class Attendance:
    """What is known of one application's clients."""

    groups: dict[tuple[SdkKind, str], Group] = field(default_factory=dict)
    sockets: int = 0
    connected_us: int | None = None
    last_seen_us: int | None = None
    """Last instant at which it had an open socket, or spoke without one."""
    last_message_us: int | None = None
    last_call_us: int | None = None
    recycled: int = 0
    refused: Refusals = (0, None)


class Visit:
    """An open socket, as presence sees it."""

    __slots__ = ("_attendance", "_clock", "group")

    def __init__(self, attendance: Attendance, group: Group, clock: Clock) -> None:
        self._attendance = attendance
        self._clock = clock
        self.group = group

    def heard(self, message_type: str, at_us: int, *, waits: bool) -> None:
        """Note a message. `waits` says whether its sender wants an answer."""
        attendance, group = self._attendance, self.group
        attendance.last_message_us = group.last_message_us = at_us
        if message_type in CALLS:
            attendance.last_call_us = at_us
            if waits and message_type == "use_allocation":
                message_type = "waits_for_use"
        found = hint(group.kind, message_type)
        group.version = max(group.version, found)

    def polled(self, at_us: int, policies: bytes | None = None) -> None:
        """Note an answered poll, and the policies when it asked for them."""
        self.group.last_poll_us = at_us
        if policies is not None:
            self.group.told_policies = policies

    def recycled(self) -> None:
        """Note that the socket is closed because it went quiet."""
        self._attendance.recycled += 1

    def ended(self) -> None:
        """Note that the socket is gone."""
        self.group.sockets -= 1
        self._attendance.sockets -= 1
        self._attendance.last_seen_us = self._clock()
        if not self._attendance.sockets:
            self._attendance.connected_us = None


@dataclass(frozen=True, slots=True)
class RememberLastSeen:
    """Stores when applications were last seen."""

    rows: tuple[LastSeen, ...]

    def apply(self, transaction: Transaction) -> None:
        transaction.put_last_seen(self.rows)


class Presence:
    """Attendance of every application. `health` is the one thing readers need."""

    def __init__(self, directory: Directory, views: SdkViews, clock: Clock) -> None:
        self._directory = directory
        self._views = views
        self._clock = clock
        self._attendances: dict[str, Attendance] = {}
        self._unknown_keys: Refusals = (0, None)
        self._remembered: dict[str, LastSeen] = {}

    def load(self, rows: Iterable[LastSeen]) -> None:
        """Take over what was stored, at start."""
        for row in rows:
            attendance = self._attendance(row.application_id)
            attendance.last_seen_us = row.last_seen_us
            attendance.last_call_us = row.last_call_us
            self._remembered[row.application_id] = row

    def sockets(self, application_id: str) -> int:
        """Open sockets of an application."""
        return self._attendance(application_id).sockets

    def arrived(self, application_id: str, kind: SdkKind, address: str) -> Visit:
        """A socket was opened."""
        attendance = self._attendance(application_id)
        group = self._group(attendance, kind, address)
        group.sockets += 1
        attendance.sockets += 1
        attendance.last_seen_us = self._clock()
        if attendance.connected_us is None:
            attendance.connected_us = attendance.last_seen_us
        return Visit(attendance, group, self._clock)

    def called(self, application: Application, address: str, sign: str) -> None:
        """A client without a socket spoke: an SDK of the first generation, over HTTP."""
        now_us = self._clock()
        attendance = self._attendance(application.application_id)
        if not self._is_heard(attendance, now_us):
            attendance.connected_us = now_us
        group = self._group(attendance, SdkKind.LEGACY, address)
        visit = Visit(attendance, group, self._clock)
        visit.heard(sign, now_us, waits=False)
        if sign in OLD_POLLS:
            visit.polled(now_us, self._views.policies(application, SdkKind.LEGACY))
        attendance.last_seen_us = now_us

    def refused(self, application_id: str | None) -> None:
        """A handshake had a key that opens nothing: revoked, or (None) never made here."""
        now_us = self._clock()
        if application_id is None:
            self._unknown_keys = (self._unknown_keys[0] + 1, now_us)
            return
        attendance = self._attendance(application_id)
        attendance.refused = (attendance.refused[0] + 1, now_us)

    def kinds(self, application_id: str) -> set[SdkKind]:
        """Kinds of SDKs an application was heard through lately."""
        return {kind for kind, _ in self._attendance(application_id).groups}

    def health(self) -> ConnectionHealth:
        """How every application of the directory is connected."""
        now_us = self._clock()
        connections = tuple(
            self._connection(application, self._attendance(application.application_id), now_us)
            for application in self._directory.applications()
        )
        return ConnectionHealth(
            applications=connections,
            unknown_keys=self._unknown_keys[0],
            unknown_key_at=_time(self._unknown_keys[1]),
            server_time=rfc3339(now_us),
        )

    def to_remember(self) -> RememberLastSeen | None:
        """What changed since the last call and has to be stored; None when nothing did."""
        now_us = self._clock()
        changed = []
        for application_id, attendance in self._attendances.items():
            if attendance.sockets:
                attendance.last_seen_us = now_us
            if attendance.last_seen_us is None:
                continue
            row = LastSeen(application_id, attendance.last_seen_us, attendance.last_call_us)
            if self._remembered.get(application_id) != row:
                self._remembered[application_id] = row
                changed.append(row)
        return RememberLastSeen(tuple(changed)) if changed else None

    def _attendance(self, application_id: str) -> Attendance:
        return self._attendances.setdefault(application_id, Attendance())

    def _group(self, attendance: Attendance, kind: SdkKind, address: str) -> Group:
        key = (kind, truncated(address) or "")
        if key not in attendance.groups and len(attendance.groups) >= GROUPS_PER_APPLICATION:
            key = (kind, "")
        return attendance.groups.setdefault(key, Group(*key))

    def _connection(
        self, application: Application, attendance: Attendance, now_us: int
    ) -> ApplicationConnection:
        state, since_us = self._state(attendance, now_us)
        self._forget_gone(attendance, now_us)
        return ApplicationConnection(
            application_id=application.application_id,
            state=state,
            since=_time(since_us),
            last_call_at=_time(attendance.last_call_us),
            clients=tuple(self._clients(application, attendance)),
            recycled_sockets=attendance.recycled,
            refused_handshakes=attendance.refused[0],
            refused_at=_time(attendance.refused[1]),
        )

    def _state(self, attendance: Attendance, now_us: int) -> tuple[ConnectionState, int | None]:
        if self._is_heard(attendance, now_us):
            return ConnectionState.CONNECTED, attendance.connected_us
        if attendance.sockets:
            heard_us = attendance.last_message_us or 0
            return ConnectionState.SILENT, max(heard_us, attendance.connected_us or 0)
        if attendance.last_seen_us is not None:
            return ConnectionState.LOST, attendance.last_seen_us
        return ConnectionState.NEVER, None

    @staticmethod
    def _is_heard(attendance: Attendance, now_us: int) -> bool:
        """Whether the application's clients are there and not silent."""
        if attendance.connected_us is None:
            return False
        if not attendance.sockets and not _is_legacy(attendance):
            return False
        heard_us = max(attendance.last_message_us or 0, attendance.connected_us)
        return now_us - heard_us < SILENT_AFTER_US

    @staticmethod
    def _forget_gone(attendance: Attendance, now_us: int) -> None:
        gone = [
            key
            for key, group in attendance.groups.items()
            if not group.sockets and now_us - (group.last_message_us or 0) > FORGET_GROUP_US
        ]
        for key in gone:
            del attendance.groups[key]

    def _clients(self, application: Application, attendance: Attendance) -> Iterable[SdkClients]:
        """One entry for each kind and version."""
        alike: dict[tuple[SdkKind, str], list[Group]] = {}
        for group in attendance.groups.values():
            alike.setdefault((group.kind, group.version[1]), []).append(group)
        for (kind, version), known in sorted(alike.items()):
            groups = [group for group in known if _is_there(group)] or known
            current = self._views.policies(application, kind)
            yield SdkClients(
                kind=kind,
                version=version,
                sockets=sum(group.sockets for group in groups),
                addresses=len(groups),
                last_message_at=_time(_latest(group.last_message_us for group in groups)),
                last_poll_at=_time(_latest(group.last_poll_us for group in groups)),
                up_to_date=all(group.told_policies == current for group in groups),
            )


def _is_there(group: Group) -> bool:
    """Whether the group has a socket, or is of the kind that needs none."""
    return bool(group.sockets) or group.kind is SdkKind.LEGACY


def _is_legacy(attendance: Attendance) -> bool:
    return any(group.kind is SdkKind.LEGACY for group in attendance.groups.values())


def _latest(instants: Iterable[int | None]) -> int | None:
    return max((at_us for at_us in instants if at_us is not None), default=None)


def _time(at_us: int | None) -> str | None:
    return None if at_us is None else rfc3339(at_us)
