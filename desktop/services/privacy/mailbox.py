"""What people sent to the service's website, brought into the one queue of this vault.

A submission is taken at the service first, then stored, then dropped there. A kill in between loses
nothing and stores nothing twice: what this vault took and has not dropped comes again, and is known
by its id.
"""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from desktop.domain.errors import InvalidInput, ServiceRefused
from desktop.domain.privacy.kinds import RequestKind
from desktop.domain.privacy.purposes import Choice, Means, Purpose
from desktop.domain.privacy.requests import OwnedElsewhere
from desktop.services.identities import opened_message
from desktop.services.privacy import intake
from desktop.services.privacy.checking import checked
from desktop.services.privacy.policy import VERSIONS
from desktop.services.privacy.references import reference
from desktop.services.privacy.requests import OWNED_ELSEWHERE
from desktop.services.storage import applications, schema, sync_state
from desktop.services.storage.privacy_records import Records

if TYPE_CHECKING:
    from sqlite3 import Connection

    from contract.messages.privacy import OwnedRequest, PrivacyMail, Submission
    from desktop.domain.privacy.requests import NewRequest, RequestLine
    from desktop.services.client import ServiceClient
    from desktop.services.privacy.preferences import PreferenceService
    from desktop.services.privacy.requests import PrivacyRequestService
    from desktop.services.secret_store import SecretStore
    from desktop.services.storage.vault import Vault

log = logging.getLogger(__name__)

PATH: Final = "/v1/privacy"
BOUND: Final = "privacy"
VISIT_EVERY: Final = timedelta(seconds=30)
"""A report about a child has to be on screen within a minute."""
TOPIC: Final = "privacy"


@dataclass(frozen=True, slots=True)
class Arrived:
    """A submission that was stored and may still lie at the service."""

    request_id: str


@dataclass(frozen=True, slots=True)
class Position:
    """How far the choices of the website were followed."""

    service_id: str
    position: int


@dataclass(frozen=True, slots=True)
class Told:
    """What the service was last told of a request of ours."""

    number: int
    kind: str
    due: date | None


@dataclass(frozen=True, slots=True)
class Published:
    """A version of the policy that the website was given."""

    sha256: str


PUBLISHED: Final = Records("published_policy", Published)
ARRIVED: Final = Records("arrived", Arrived)
POSITIONS: Final = Records("web_position", Position)
TOLD: Final = Records("told", Told)
HERE: Final = "here"


class PrivacyMailbox:
    """Visited by each round of sync; one visit at a time, since rounds are."""

    def __init__(
        self,
        vault: "Vault",
        store: "SecretStore",
        desks: "tuple[PrivacyRequestService, PreferenceService]",
        clock: Callable[[], datetime],
        notice: Callable[[str], None],
    ) -> None:
        """`notice` is told `privacy` when something new has arrived."""
        self._vault = vault
        self._store = store
        self._requests, self._preferences = desks
        self._clock = clock
        self._notice = notice
        self._visited_at: datetime | None = None

    def visit(self, client: "ServiceClient") -> None:
        """Fetch what waits and tell what changed, unless that was done a moment ago.

        A token that may not do so leaves everything as it is.
        Raises: ServiceUnreachable, VaultError.
        """
        now = self._clock()
        if self._visited_at is not None and abs(now - self._visited_at) < VISIT_EVERY:
            return
        try:
            self.exchange(client)
        except ServiceRefused as refusal:
            log.info("The service keeps its privacy requests to itself: %s", refusal)
        self._visited_at = now

    def exchange(self, client: "ServiceClient") -> None:
        """Fetch what waits, and tell what changed. Raises: ServiceUnreachable, ServiceRefused."""
        from contract.messages.privacy import PrivacyMail  # not for the window to load

        with self._vault.reading() as db:
            vault_id = schema.vault_row(db).vault_id
            followed = POSITIONS.find(db, HERE)
            connection = sync_state.connection(db)
        service_id = connection.service_id if connection else ""
        after = followed.position if followed and followed.service_id == service_id else 0
        mail = client.ask("GET", PATH, PrivacyMail, query={"after": str(after)})
        arrived = [row for row in mail.submissions if row.taken_by in {None, vault_id}]
        stored = [self._take(client, row, vault_id) for row in arrived]
        chosen = self._note_choices(mail, service_id)
        changed = self._note_elsewhere(mail, vault_id)
        self._tell(client, vault_id)
        self._publish(client, service_id)
        if any(stored) or chosen or changed:
            self._notice(TOPIC)

    def _take(self, client: "ServiceClient", row: "Submission", vault_id: str) -> bool:
        """Store one submission; whether it was new. What another vault can open is left to it."""
        from contract.messages.privacy import TakeSubmission

        with self._vault.reading() as db:
            keys = self._store.sealing_keys(db)
            is_known = ARRIVED.find(db, row.submission_id) is not None
        plain = opened_message(keys, (BOUND, row.submission_id), row.sealed)
        if plain is None:
            return False
        path = f"{PATH}/inbox/{quote(row.submission_id, safe='')}"
        if not is_known:
            try:
                client.tell("POST", f"{path}/take", TakeSubmission(vault_id=vault_id))
            except ServiceRefused:
                return False  # another vault was quicker; it tells number and day
            self._store_submission(row.submission_id, json.loads(plain))
        client.tell("DELETE", path)
        with self._vault.transaction() as db:
            ARRIVED.remove(db, row.submission_id)
        return not is_known

    def _store_submission(self, submission_id: str, content: dict[str, Any]) -> None:
        now = self._clock()
        with self._vault.transaction() as db:
            asked = _readable(intake.read_website(content, now, _zone(db)), now)
            detail = self._requests.take_in(db, submission_id, asked)
            ARRIVED.put(db, submission_id, Arrived(detail.line.request_id), now)
            email = asked.person.email
            if email and asked.kind is RequestKind.OPT_OUT:
                self._preferences.refuse_everything(db, email, Means.REQUEST)
            elif email and content.get("gpc"):
                choice = Choice(Purpose.SALE, wanted=False, means=Means.SIGNAL, at=now)
                self._preferences.note(db, reference(self._vault, email), choice)
        self._requests.freezer.told()

    def _note_choices(self, mail: "PrivacyMail", service_id: str) -> bool:
        purposes, means = set(Purpose), set(Means)
        with self._vault.transaction() as db:
            for row in mail.choices:
                if row.purpose in purposes and row.means in means:
                    at = datetime.fromisoformat(row.at)
                    choice = Choice(Purpose(row.purpose), row.wanted, Means(row.means), at)
                    self._preferences.note(db, bytes.fromhex(row.subject), choice)
            position = Position(service_id, mail.position)
            if POSITIONS.find(db, HERE) != position:
                POSITIONS.put(db, HERE, position, self._clock())
        return bool(mail.choices)

    def _note_elsewhere(self, mail: "PrivacyMail", vault_id: str) -> bool:
        """Replace what is known of other vaults' requests; whether anything is different."""
        kinds = set(RequestKind)
        theirs = {
            row.request_id: OwnedElsewhere(
                row.vault_id, row.number, RequestKind(row.kind), date.fromisoformat(row.due)
            )
            for row in mail.requests
            if row.vault_id != vault_id and row.due is not None and row.kind in kinds
        }
        with self._vault.transaction() as db:
            known = OWNED_ELSEWHERE.everything(db)
            for request_id in known.keys() - theirs.keys():
                OWNED_ELSEWHERE.remove(db, request_id)
            for request_id, owned in theirs.items():
                if known.get(request_id) != owned:
                    OWNED_ELSEWHERE.put(db, request_id, owned, self._clock())
        return known != theirs

    def _tell(self, client: "ServiceClient", vault_id: str) -> None:
        """Tell number and day of each request of ours that is not known there as it is."""
        with self._vault.reading() as db:
            lines, told = self._requests.lines(db), TOLD.everything(db)
        for line in lines:
            now_told = Told(line.number, line.kind.value, line.due)
            if told.get(line.request_id) != now_told:
                path = f"{PATH}/requests/{quote(line.request_id, safe='')}"
                client.tell("PUT", path, _owned(line, vault_id))
                with self._vault.transaction() as db:
                    TOLD.put(db, line.request_id, now_told, self._clock())

    def _publish(self, client: "ServiceClient", service_id: str) -> None:
        """Have the website show each version of the policy that it was not told of."""
        from contract.messages.privacy import PolicyText

        with self._vault.reading() as db:
            versions, told = VERSIONS.everything(db), PUBLISHED.everything(db)
        for version in versions.values():
            name = f"{service_id}.{version.version_id}"
            if name not in told:
                body = PolicyText(effective=version.effective.isoformat(), text=version.text)
                client.tell("PUT", f"{PATH}/policy", body)
                with self._vault.transaction() as db:
                    PUBLISHED.put(db, name, Published(version.sha256), self._clock())


def _readable(asked: "NewRequest", now: datetime) -> "NewRequest":
    """The request as it may be stored; one that may not be becomes an inquiry with its text."""
    try:
        return checked(asked, now)
    except InvalidInput:
        return intake.as_inquiry(asked, now)


def _owned(line: "RequestLine", vault_id: str) -> "OwnedRequest":
    from contract.messages.privacy import OwnedRequest

    due = None if line.due is None else line.due.isoformat()
    return OwnedRequest(vault_id=vault_id, number=line.number, kind=line.kind.value, due=due)


def _zone(db: "Connection") -> str:
    """Time zone of the owner's place: that of the first application."""
    first = next((one for one in applications.listed(db) if not one.is_sample), None)
    return first.time_zone if first else "UTC"
