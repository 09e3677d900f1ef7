"""The express lane of a report about a child: the person is frozen first, questions come later.

While a freeze holds, the service hands out nothing of the person and keeps no more than figures of
their calls; here no package, letter, correction or report of usage about them goes out. Nothing is
lost: a freeze that ends lets everything catch up, and an erasure takes the frozen person along.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from desktop.domain.attention import Attention, Urgency
from desktop.domain.editing import EditState
from desktop.domain.errors import InvalidInput
from desktop.domain.ids import ApplicationId, BlockId, CustomerId
from desktop.domain.policies import BlockDraft
from desktop.domain.privacy.freezing import Freeze, FreezeStanding, FreezeState, FrozenCustomer
from desktop.domain.privacy.kinds import RequestKind
from desktop.domain.privacy.requests import Person, PrivacyRequest, has_ended, number_of
from desktop.services.calls import callable_from_window, no_report
from desktop.services.privacy.finding import Match, search
from desktop.services.privacy.references import reference
from desktop.services.storage import mail, privacy_audit, privacy_requests, usage_queries
from desktop.services.storage.freezes import frozen
from desktop.services.storage.privacy_records import Records
from desktop.services.storage.rows import FREEZES

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.attention import Scene
    from desktop.services.blocks import BlockService
    from desktop.services.mail.outbox import MailOutbox
    from desktop.services.row_editor import RowEditor
    from desktop.services.secret_store import SecretStore
    from desktop.services.storage.vault import Vault

PAGE: Final = "privacy"
STATES: Final = {
    EditState.SYNCED: FreezeState.HOLDS,
    EditState.WAITING: FreezeState.WAITING,
    EditState.CONFLICTED: FreezeState.WAITING,
    EditState.REJECTED: FreezeState.REFUSED,
}
EVERYTHING: Final = "*"


@dataclass(frozen=True, slots=True)
class _Held:
    """What one report holds back. Ids alone, which lead to nobody once their rows are gone."""

    freezes: tuple[str, ...] = ()
    let_go: tuple[str, ...] = ()
    """Somebody else after all, says the owner: not to be frozen again for this report."""
    blocks: dict[str, str] = field(default_factory=dict)
    """Blocks that were placed from here, by the freeze."""


HELD: Final = Records("child_freeze", _Held)


class FreezeService:
    """The vault must be open. Any thread."""

    def __init__(
        self,
        vault: "Vault",
        store: "SecretStore",
        writers: "tuple[RowEditor, BlockService, MailOutbox]",
        clock: Callable[[], datetime],
    ) -> None:
        """`writers` queue edits, place blocks and send letters."""
        self._vault = vault
        self._store = store
        self._rows, self._blocks, self._outbox = writers
        self._clock = clock

    def reported(self, db: "Connection", request: PrivacyRequest, person: Person) -> None:
        """Freeze whoever the report may mean, in the transaction that stores it; see `told`."""
        found = self._meant(db, person)
        held = HELD.find(db, request.request_id) or _Held()
        pairs = ((one.application_id, one.customer_id) for one in found)
        self._freeze(db, request, held, pairs)

    def ended(self, db: "Connection", request: PrivacyRequest) -> None:
        """Let everybody go: the report is decided or taken back; see `told`."""
        held = HELD.find(db, request.request_id)
        if held is None:
            return
        for freeze_id in held.freezes:
            self._let_go(db, held, freeze_id)
        HELD.remove(db, request.request_id)
        self._audit(db, request, "thaw", len(held.freezes))

    def told(self) -> None:
        """After the commit: the service hears of it at once, and letters that waited may go."""
        self._rows.edited()
        self._outbox.wake()

    @callable_from_window
    def standing_of(self, request_id: str) -> FreezeStanding:
        """Who is frozen for a report.

        Raises: InvalidInput (there is no such report), VaultError.
        """
        with self._vault.reading() as db:
            return _standing(db, _report(db, request_id))

    @callable_from_window
    def freeze(self, request_id: str, matches: tuple[Match, ...]) -> FreezeStanding:
        """Freeze customers the owner knows the report to mean.

        Raises: InvalidInput (the report is decided, or there is none), VaultError.
        """
        pairs = ((one.application_id, one.customer_id) for one in matches)
        with self._vault.transaction() as db:
            request = _open_report(db, request_id)
            self._freeze(db, request, HELD.find(db, request_id) or _Held(), pairs)
        self.told()
        return self.standing_of(request_id)

    @callable_from_window
    def let_go(self, request_id: str, freeze_id: str) -> FreezeStanding:
        """Let one customer go whom the report does not mean.

        Raises: InvalidInput (there is no such request), VaultError.
        """
        with self._vault.transaction() as db:
            request = _report(db, request_id)
            held = HELD.find(db, request_id) or _Held()
            if freeze_id in held.freezes:
                left = tuple(one for one in held.freezes if one != freeze_id)
                blocks = {key: block for key, block in held.blocks.items() if key != freeze_id}
                self._let_go(db, held, freeze_id)
                still = _Held(left, (*held.let_go, freeze_id), blocks)
                HELD.put(db, request_id, still, self._clock())
                self._audit(db, request, "thaw", 1)
        self.told()
        return self.standing_of(request_id)

    @callable_from_window
    def block(self, request_id: str, freeze_id: str) -> FreezeStanding:
        """Refuse every call of a frozen customer until the report is decided.

        Raises: InvalidInput (the report is decided, or nobody is frozen for it), VaultError.
        """
        with self._vault.reading() as db:
            request = _open_report(db, request_id)
            freeze = FREEZES.find(db, freeze_id)
        if freeze is None:
            raise InvalidInput("This customer is not frozen any more. Nothing was blocked.")
        reason = f"Report about a child, {number_of(request)}"
        draft = BlockDraft(
            freeze.application_id, EVERYTHING, EVERYTHING, freeze.customer_id, reason
        )
        placed = self._blocks.block(draft)
        with self._vault.transaction() as db:
            held = HELD.find(db, request_id) or _Held()
            kept = replace(held, blocks={**held.blocks, freeze_id: placed.block_id})
            HELD.put(db, request_id, kept, self._clock())
        return self.standing_of(request_id)

    @callable_from_window
    def unblock(self, request_id: str, freeze_id: str) -> FreezeStanding:
        """Take the block of a frozen customer back. Raises: InvalidInput, VaultError."""
        with self._vault.transaction() as db:
            held = HELD.find(db, request_id) or _Held()
            left = {key: block for key, block in held.blocks.items() if key != freeze_id}
            HELD.put(db, request_id, replace(held, blocks=left), self._clock())
        if freeze_id in held.blocks:
            self._blocks.unblock(BlockId(held.blocks[freeze_id]))
        return self.standing_of(request_id)

    def look_again(self) -> None:
        """Freeze whom an open report means and who was not known here yet. Raises: VaultError."""
        with self._vault.reading() as db:
            waiting = [one for one in _open_reports(db) if self._is_news(db, one)]
        for request in waiting:
            with self._vault.transaction() as db:
                self.reported(db, request, request.asked.person)
        if waiting:
            self.told()

    def attention(self, db: "Connection", scene: "Scene") -> Iterator[Attention]:
        """Reports that nobody has decided, and customers another desktop has frozen."""
        ours: set[tuple[str, str]] = set()
        for request in _open_reports(db):
            standing = _standing(db, request)
            ours |= {(one.application_id, one.customer_id) for one in standing.customers}
            yield _of_report(request, standing, scene.now)
        others = len(frozen(db) - ours)
        if others:
            yield Attention(
                "frozen_elsewhere", Urgency.SOON,
                f"Another desktop has frozen {others} of your customers.",
                "Somebody reported that data of a child is held; it is decided there.",
                PAGE,
            )  # fmt: skip

    def _meant(self, db: "Connection", person: Person) -> tuple[Match, ...]:
        """Whom a report means: by the identifiers in it, else by the name and address in it.

        Who reports is often a parent: their own address counts only where nothing else is known.
        """
        if person.identifiers:
            named = Person(identifiers=person.identifiers)
            if found := search(db, self._store, named, no_report).matches:
                return found
        return search(db, self._store, person, no_report).matches

    def _is_news(self, db: "Connection", request: PrivacyRequest) -> bool:
        held = HELD.find(db, request.request_id) or _Held()
        known = {*held.freezes, *held.let_go}
        pairs = (
            (one.application_id, one.customer_id) for one in self._meant(db, request.asked.person)
        )
        return any(self._id(request, *pair) not in known for pair in pairs)

    def _freeze(
        self,
        db: "Connection",
        request: PrivacyRequest,
        held: _Held,
        pairs: Iterable[tuple[str, str]],
    ) -> None:
        known, new = {*held.freezes, *held.let_go}, []
        for application_id, customer_id in pairs:
            freeze_id = self._id(request, application_id, customer_id)
            if freeze_id not in known:
                freeze = Freeze(
                    freeze_id, ApplicationId(application_id), CustomerId(customer_id),
                    self._clock(),
                )  # fmt: skip
                self._rows.put(db, FREEZES, freeze)
                new.append(freeze_id)
        if new:
            kept = replace(held, freezes=(*held.freezes, *new))
            HELD.put(db, request.request_id, kept, self._clock())
            self._audit(db, request, "freeze", len(new))

    def _let_go(self, db: "Connection", held: _Held, freeze_id: str) -> None:
        self._rows.remove(db, FREEZES, freeze_id)
        if freeze_id in held.blocks:
            self._blocks.lift(db, BlockId(held.blocks[freeze_id]))
        mail.queue_held(db, mail.FROZEN, self._clock())

    def _id(self, request: PrivacyRequest, application_id: str, customer_id: str) -> str:
        """The same for one report and customer; leads to nobody without the vault's key."""
        text = f"{request.request_id}\n{application_id}\n{customer_id}"
        return f"frz_{reference(self._vault, text).hex()}"

    def _audit(
        self, db: "Connection", request: PrivacyRequest, action: str, customers: int
    ) -> None:
        facts = {"customers": customers}
        privacy_audit.append(
            db, self._clock(), action, number_of(request), facts, actor=privacy_audit.PROGRAM
        )


def _open_reports(db: "Connection") -> list[PrivacyRequest]:
    return [
        request
        for request in privacy_requests.everything(db)
        if request.asked.kind is RequestKind.CHILD_REPORT and not has_ended(request)
    ]


def _report(db: "Connection", request_id: str) -> PrivacyRequest:
    request = privacy_requests.find(db, request_id)
    if request is None or request.asked.kind is not RequestKind.CHILD_REPORT:
        raise InvalidInput("There is no such report in this vault. Nothing was changed.")
    return request


def _open_report(db: "Connection", request_id: str) -> PrivacyRequest:
    request = _report(db, request_id)
    if has_ended(request):
        raise InvalidInput("This report is decided already. Nothing was changed.")
    return request


def _standing(db: "Connection", request: PrivacyRequest) -> FreezeStanding:
    held = HELD.find(db, request.request_id) or _Held()
    rows = [row for one in held.freezes if (row := FREEZES.find(db, one)) is not None]
    names = usage_queries.customer_names(db, [row.customer_id for row in rows])
    shown = (
        FrozenCustomer(
            row.freeze_id,
            row.application_id,
            row.customer_id,
            names.get(row.customer_id) or "",
            row.since,
            STATES[row.standing.state],
            row.standing.problem,
            held.blocks.get(row.freeze_id, ""),
        )
        for row in rows
    )
    return FreezeStanding(tuple(shown), is_decided=has_ended(request))


def _of_report(request: PrivacyRequest, standing: FreezeStanding, now: datetime) -> Attention:
    found = standing.customers
    waiting = sum(one.state is not FreezeState.HOLDS for one in found)
    if not found:
        detail = "Nobody was found whom it means: look for the person and freeze them."
    elif waiting:
        detail = f"Frozen here: {len(found)}. The service has not heard of {waiting} of them yet."
    else:
        detail = f"Frozen everywhere: {len(found)}. Decide whether it is a child."
    return Attention(
        key=f"child_report:{request.request_id}",
        urgency=Urgency.NOW,
        title=f"{number_of(request)} reports that data of a child is held.",
        detail=detail,
        destination=PAGE,
        target=request.request_id,
        since=request.asked.received_at,
        due=now,
    )
