"""The service's audit log: who changed what, and whether the log is as it was written."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from desktop.domain.access import (
    AuditLine,
    AuditPicture,
    AuditQuery,
    ChainReport,
    ChainState,
    FieldChange,
)
from desktop.domain.errors import ServiceUnreachable
from desktop.domain.usage import Stamp
from desktop.services.calls import callable_from_window
from desktop.services.storage import kept
from desktop.services.storage.kept import KeptAnswer

if TYPE_CHECKING:
    from sqlite3 import Connection

    from contract.messages.access import AuditEntry, AuditVerification
    from desktop.services.link import ServiceLink
    from desktop.services.storage.vault import Vault

PAGE: Final = 100


class ActivityService:
    """Needs the open vault. Any thread."""

    def __init__(self, vault: "Vault", link: "ServiceLink", clock: Callable[[], datetime]) -> None:
        self._vault = vault
        self._link = link
        self._clock = clock

    @callable_from_window
    def page(self, query: AuditQuery, cursor: str | None) -> AuditPicture:
        """A page of changes, newest first; without the service those of the last answer.

        Raises: ServiceRefused (the token may not know, or the cursor is gone), VaultError.
        """
        asked_at = self._clock()
        try:
            with self._link.client() as client:
                if client is None:
                    return self._kept_page(query)
                found = client.audit(_filters(query, cursor))
        except ServiceUnreachable:
            return self._kept_page(query)
        if cursor is None and query == AuditQuery():
            with self._vault.transaction() as db:
                kept.keep_answer(db, kept.AUDIT, KeptAnswer(found.model_dump_json(), asked_at))
        stamp = Stamp(asked_at, online=True)
        return AuditPicture(self._lines(found.rows), found.next_cursor, stamp)

    @callable_from_window
    def verify(self) -> ChainReport:
        """Have the log's chain worked out again, and hold it against what was noted last time.

        Each check that finds the log whole is noted in this vault, where the service cannot reach
        it. Without the service: what the last check found.
        Raises: ServiceRefused, VaultError.
        """
        with self._vault.reading() as db:
            noted = kept.answer(db, kept.AUDIT_HEAD)
        before = None if noted is None else json.loads(noted.body)
        asked_at = self._clock()
        try:
            with self._link.client() as client:
                if client is None:
                    return _last_report(noted)
                found = client.audit_verification(before["entries"] if before else None)
        except ServiceUnreachable:
            return _last_report(noted)
        state = _state(found, before)
        if state is ChainState.INTACT:
            body = json.dumps({"entries": found.entries, "head": found.head})
            with self._vault.transaction() as db:
                kept.keep_answer(db, kept.AUDIT_HEAD, KeptAnswer(body, asked_at))
        stamp = Stamp(asked_at, online=True)
        return ChainReport(state, found.entries, found.first_broken, asked_at, stamp)

    def _kept_page(self, query: AuditQuery) -> AuditPicture:
        from contract.messages.access import AuditPage  # not for the window to load

        with self._vault.reading() as db:
            answer = kept.answer(db, kept.AUDIT)
        if answer is None:
            return AuditPicture((), None, Stamp(None, online=False))
        rows = AuditPage.model_validate_json(answer.body).rows
        fitting = tuple(row for row in rows if _fits(row, query))
        return AuditPicture(self._lines(fitting), None, Stamp(answer.asked_at, online=False))

    def _lines(self, rows: "tuple[AuditEntry, ...]") -> tuple[AuditLine, ...]:
        with self._vault.reading() as db:
            names = _token_names(db)
        return tuple(_line(row, names) for row in rows)


def _last_report(noted: KeptAnswer | None) -> ChainReport:
    if noted is None:
        return ChainReport(ChainState.UNKNOWN)
    stamp = Stamp(noted.asked_at, online=False)
    entries = json.loads(noted.body)["entries"]
    return ChainReport(ChainState.INTACT, entries, None, noted.asked_at, stamp)


def _state(found: "AuditVerification", before: Mapping[str, Any] | None) -> ChainState:
    if not found.intact:
        return ChainState.BROKEN
    if before is not None and before["entries"] and found.asked != before["head"]:
        return ChainState.CUT
    return ChainState.INTACT


def _filters(query: AuditQuery, cursor: str | None) -> dict[str, str]:
    since = query.since
    wanted = {
        "text": query.text,
        "action": query.action,
        "entity": query.entity,
        "since": "" if since is None else f"{since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "cursor": cursor or "",
        "limit": str(PAGE),
    }
    return {name: value for name, value in wanted.items() if value}


def _fits(row: "AuditEntry", query: AuditQuery) -> bool:
    """What the service would filter, for the entries of the vault."""
    bodies = (json.dumps(body, ensure_ascii=False) for body in (row.before, row.after) if body)
    text = " ".join((row.entity_id, *bodies)).casefold()
    wanted = (
        query.text.casefold() in text,
        query.action in {"", row.action},
        query.entity in {"", row.entity},
        query.since is None or datetime.fromisoformat(row.at) >= query.since,
    )
    return all(wanted)


def _token_names(db: "Connection") -> dict[str, str]:
    """Names of the tokens that were told last, by id."""
    answer = kept.answer(db, kept.TOKENS)
    rows = json.loads(answer.body)["rows"] if answer else ()
    return {row["token_id"]: row["name"] for row in rows}


def _line(row: "AuditEntry", names: Mapping[str, str]) -> AuditLine:
    return AuditLine(
        sequence=row.sequence,
        at=datetime.fromisoformat(row.at),
        actor=names.get(row.actor, row.actor),
        action=row.action,
        entity=row.entity,
        entity_id=row.entity_id,
        changes=_changes(row.before or {}, row.after or {}),
        chain=row.chain,
    )


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    """Fields that are not as they were, in the order they are written in."""
    names = dict.fromkeys((*before, *after))
    return tuple(
        FieldChange(name, _text(before.get(name)), _text(after.get(name)))
        for name in names
        if before.get(name) != after.get(name)
    )


def _text(value: Any) -> str:  # noqa: ANN401 - any JSON
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
