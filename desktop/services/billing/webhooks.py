"""Webhooks from the desktop's side: set up at the service, its feed followed into the lists."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from contract.messages.webhooks import (
    Webhook,
    WebhookEvent,
    WebhookEventsPage,
    WebhookSetting,
    WebhooksPage,
)
from contract.terms import BillingProvider
from desktop.domain.billing.providers import Account, Mode
from desktop.domain.billing.webhooks import (
    EventOutcome,
    EventsPage,
    WebhookSetup,
    account_of,
    webhook_id,
)
from desktop.domain.errors import CursorUnknown, InvalidInput, NotOurService, ServiceRefused
from desktop.services.billing.provider_events import NOTHING, Told, told_by
from desktop.services.calls import callable_from_window
from desktop.services.identities import opened_message
from desktop.services.storage import (
    billing_connections,
    billing_events,
    billing_mirror,
    erased_payers,
    sync_state,
)
from desktop.services.storage.billing_events import StoredEvent
from desktop.services.storage.billing_mirror import EVENTS, Reading
from desktop.services.storage.timestamps import microseconds

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.client import ServiceClient
    from desktop.services.link import ServiceLink
    from desktop.services.secret_store import SecretStore
    from desktop.services.storage.vault import Vault

log = logging.getLogger(__name__)

PATH: Final = "/v1/billing/webhooks"
FEED_PATH: Final = "/v1/billing/events"
MOST_SECRETS: Final = 4
KEPT: Final = timedelta(days=35)
"""As long as the service has them."""


class WebhookService:
    """Which accounts' events the service takes, and what came. Any thread."""

    def __init__(self, vault: "Vault", link: "ServiceLink", changed: Callable[[], None]) -> None:
        self._vault = vault
        self._link = link
        self._changed = changed

    @callable_from_window
    def setups(self) -> tuple[WebhookSetup, ...]:
        """What the service takes now. Raises: ServiceUnreachable, ServiceRefused, InvalidInput."""
        with self._link.service() as client:
            rows = client.ask("GET", PATH, WebhooksPage).rows
        address = self._address()
        return tuple(_setup(row, address) for row in rows if account_of(row.webhook_id))

    @callable_from_window
    def set_up(self, account: Account, secrets: tuple[str, ...]) -> WebhookSetup:
        """Have the service take an account's events, signed with one of these secrets.

        Without any there is an address to tell the provider, and nothing is taken yet. The secrets
        go to the service and are kept nowhere else.
        Raises: InvalidInput (field `secrets`), ServiceUnreachable, ServiceRefused.
        """
        wanted = tuple(dict.fromkeys(filter(None, map(str.strip, secrets))))
        _check(wanted)
        setting = WebhookSetting(
            provider=account.provider, is_live=account.mode is Mode.LIVE, secrets=wanted
        )
        with self._link.service() as client:
            row = client.ask("PUT", f"{PATH}/{webhook_id(account)}", Webhook, body=setting)
        self._changed()
        return _setup(row, self._address())

    @callable_from_window
    def remove(self, account: Account) -> None:
        """Have the service take no more events of an account; its address is given up.

        Raises: ServiceUnreachable, ServiceRefused, InvalidInput.
        """
        with self._link.service() as client:
            client.tell("DELETE", f"{PATH}/{webhook_id(account)}")
        self._changed()

    @callable_from_window
    def events(self, account: Account, offset: int, limit: int) -> EventsPage:
        """What the provider told, the newest first. Needs no network. Raises: VaultError."""
        with self._vault.reading() as db:
            return EventsPage(*billing_events.page(db, webhook_id(account), offset, limit))

    def _address(self) -> str:
        with self._vault.reading() as db:
            connection = sync_state.connection(db)
        return "" if connection is None else connection.url.rstrip("/")


class EventFeed:
    """Follows the service's feed in each round of sync; used by the core only."""

    def __init__(
        self,
        vault: "Vault",
        store: "SecretStore",
        clock: Callable[[], datetime],
        changed: Callable[[], None],
    ) -> None:
        self._vault = vault
        self._store = store
        self._clock = clock
        self._changed = changed
        self._is_refused = False

    def follow(self, client: "ServiceClient") -> None:
        """Take over what providers told since the last time, each page with its cursor.

        A token that may not read the feed, and a service without one, leave everything as it is:
        the lists are then as new as their last reading.
        Raises: ServiceUnreachable, VaultError.
        """
        with self._vault.reading() as db:
            is_wanted = bool(billing_connections.every(db))
        if not is_wanted or self._is_refused:
            return
        try:
            self._follow(client)
        except CursorUnknown:
            self._begin_anew()
        except (ServiceRefused, NotOurService) as error:
            self._is_refused = True
            log.info("Providers' events cannot be had from this service: %s", error)

    def _follow(self, client: "ServiceClient") -> None:
        has_more = True
        while has_more:
            with self._vault.reading() as db:
                reached = billing_events.cursor(db)
                keys = self._store.sealing_keys(db)
            query = {"cursor": reached} if reached else {}
            page = client.ask("GET", FEED_PATH, WebhookEventsPage, query=query)
            if page.rows or page.next_cursor != reached:
                self._take(page, keys)
            has_more = page.has_more and page.next_cursor != reached

    def _take(self, page: WebhookEventsPage, keys: Sequence[str]) -> None:
        told = [_opened(row, keys) for row in page.rows]
        with self._vault.transaction() as db:
            for row, said in zip(page.rows, told, strict=True):
                _store(db, row, self._without_erased(db, row, said))
            billing_events.put_cursor(db, page.next_cursor)
            billing_events.forget(db, microseconds(self._clock() - KEPT))
        if page.rows:
            self._changed()

    def _without_erased(self, db: "Connection", row: WebhookEvent, told: Told) -> Told:
        """What an event says, without a person who was erased here."""
        account = account_of(row.webhook_id)
        if account is None or told.changed is None:
            return told
        key = self._vault.wrapping_key()
        left = erased_payers.without_erased(db, key, account, [told.changed])
        return replace(told, changed=left[0] if left else None)

    def _begin_anew(self) -> None:
        """Some events were missed: the next reading of each provider is a whole one."""
        with self._vault.transaction() as db:
            billing_events.put_cursor(db, "")
            for stored in billing_connections.every(db):
                known = billing_mirror.reading(db, stored.account, EVENTS)
                unknown = Reading(known.cursor, known.round, is_partial=False, as_of_us=None)
                billing_mirror.put_reading(db, stored.account, EVENTS, unknown)


def _store(db: "Connection", row: WebhookEvent, told: Told) -> None:
    """Keep an event, and what it says where the lists have nothing newer."""
    if billing_events.knows(db, row.webhook_id, row.event_id):
        return
    account = account_of(row.webhook_id)
    occurred_us = microseconds(datetime.fromisoformat(row.occurred_at))
    outcome = EventOutcome.NOTICED
    if account is not None and told != NOTHING and billing_connections.find(db, account):
        outcome = _apply(db, account, row, told, occurred_us)
    event = StoredEvent(
        webhook_id=row.webhook_id,
        event_id=row.event_id,
        type=row.type,
        object_id=row.object_id,
        occurred_at_us=occurred_us,
        received_at_us=microseconds(datetime.fromisoformat(row.received_at)),
        outcome=outcome.value,
    )
    billing_events.add(db, event)


def _apply(
    db: "Connection", account: Account, row: WebhookEvent, told: Told, occurred_us: int
) -> EventOutcome:
    """Events come in any order: what the last reading or a later event knows stays."""
    known = billing_mirror.reading(db, account, EVENTS)
    newest_us = billing_events.newest_of(db, row.webhook_id, row.object_id)
    if occurred_us < newest_us or (known.as_of_us is not None and occurred_us < known.as_of_us):
        return EventOutcome.OLDER
    if told.changed is not None:
        billing_mirror.put(db, account, [told.changed], known.round)
    if told.gone is not None:
        billing_mirror.remove(db, account, told.gone.kind, told.gone.object_id)
    return EventOutcome.APPLIED


def _opened(row: WebhookEvent, keys: Sequence[str]) -> Told:
    """What an event says; nothing where this vault has no key for it."""
    account = account_of(row.webhook_id)
    if row.sealed is None or account is None:
        return NOTHING
    content = opened_message(keys, (row.webhook_id, row.event_id), row.sealed)
    return NOTHING if content is None else told_by(account.provider, content)


def _setup(row: Webhook, address: str) -> WebhookSetup:
    account = Account(BillingProvider(row.provider), Mode.LIVE if row.is_live else Mode.TEST)
    changed_at = datetime.fromisoformat(row.changed_at)
    return WebhookSetup(account, f"{address}{row.path}", row.secrets, changed_at)


def _check(secrets: tuple[str, ...]) -> None:
    """Raises: InvalidInput (field `secrets`)."""
    fits = all(8 <= len(one) <= 255 and one.isascii() and one.isprintable() for one in secrets)  # noqa: PLR2004 (as the contract says)
    if len(secrets) > MOST_SECRETS or not fits or any(" " in one for one in secrets):
        raise InvalidInput(
            f"These are no signing secrets. Nothing was changed. Paste one a line, {MOST_SECRETS} "
            "at most, as the provider shows them.",
            field="secrets",
        )
