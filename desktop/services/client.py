"""The service's HTTP API, from the desktop's side: what a sync needs, and by topic everything else.

Every call but those that say so is safe to repeat and is tried a few times before it fails.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final, Literal

import httpx

from contract import live
from contract.messages.configuration import ConfigurationRow
from contract.messages.rollups import MEDIA_TYPE
from contract.messages.service import SealingKey, ServiceDescription
from contract.version import CONTRACT_VERSION, PRODUCT
from desktop.domain.errors import NotOurService, ServiceRefused
from desktop.services import answers, service_faults, sync_answers
from desktop.services.answers import Rubbish
from desktop.services.live_stream import LiveStream
from desktop.services.push_message import push_message
from desktop.services.service_api.access import AccessCalls
from desktop.services.service_api.erasures import ErasureCalls
from desktop.services.service_api.http import CONNECT_TIMEOUT_S, Call, media_type_of
from desktop.services.service_api.inspection import InspectionCalls
from desktop.services.service_api.members import MemberCalls
from desktop.services.storage.outbox import PendingEdit
from desktop.services.sync_answers import ConfigurationPage, PushAnswers, RollupPage

LIVE_TIMEOUT_S: Final = live.HEARTBEAT_S + 10.0
"""A live stream that is silent for longer is dead, or something holds it back."""
SEALING_PATH: Final = "/v1/account/sealing-key"


class ServiceClient(AccessCalls, MemberCalls, ErasureCalls, InspectionCalls):
    """One service with one owner token; may be used on several threads at once.

    Raises, from every call: ServiceUnreachable (no answer, or none of a UsageFlow service),
    ServiceRefused (the token, or what was sent).
    """

    def describe(self) -> ServiceDescription:
        """What answers at the address; needs no valid token.

        Raises: ServiceUnreachable when it is no UsageFlow service, or one of another generation.
        """
        description = self.ask("GET", "/v1/service", ServiceDescription)
        if description.product != PRODUCT:
            raise service_faults.not_ours(self._host, "it calls itself something else")
        if description.contract_version != CONTRACT_VERSION:
            older = description.contract_version < CONTRACT_VERSION
            raise NotOurService(
                f"The service at {self._host} is {'older' if older else 'newer'} than this program "
                "and they cannot talk to each other. Local data is safe. Bring "
                f"{'the service' if older else 'this program'} up to date."
            )
        return description

    def applications(self) -> tuple[ConfigurationRow, ...]:
        """Applications of the account that are in use."""
        rows, cursor = [], None
        while True:
            page, _ = self.changes(cursor)
            rows += [row for row in page.rows if row.entity == "application"]
            cursor = page.next_cursor
            if not page.has_more:
                break
        newest = {row.entity_id: row for row in rows}
        return tuple(row for row in newest.values() if row.body and not row.body["archived"])

    def changes(
        self, cursor: str | None, usage_cursor: str | None = None
    ) -> tuple[ConfigurationPage, int]:
        """Configuration after a cursor, and the service's clock minus ours in seconds.

        With the cursor of the usage tail the page says whether anything lies behind that.
        Raises: CursorUnknown.
        """
        before = time.time()
        cursors = {"cursor": cursor, "usage_cursor": usage_cursor}
        query = {name: value for name, value in cursors.items() if value is not None}
        page = self._answer(Call("GET", "/v1/changes", query), sync_answers.configuration_page)
        try:
            theirs = answers.moment(page.server_time)
        except Rubbish as error:
            raise service_faults.not_ours(self._host, str(error)) from error
        ours = datetime.fromtimestamp((before + time.time()) / 2, UTC)
        return page, round((theirs - ours).total_seconds())

    def push(self, edits: Sequence[PendingEdit]) -> PushAnswers:
        """Send edits; one answer for each, in order. The service answers a repeated edit alike.

        Raises: RequestNotTaken when the service takes none of them as they are, or not so many.
        """
        call = Call("POST", "/v1/changes", body=push_message(edits))
        return self._answer(call, lambda content: sync_answers.push_answers(content, edits))

    def rollups(self, order: Literal["tail", "backfill"], cursor: str | None) -> RollupPage:
        """A page of usage. Raises: CursorUnknown."""
        query = {"order": order} | ({} if cursor is None else {"cursor": cursor})
        call = Call("GET", "/v1/usage/rollups", query, media_type=MEDIA_TYPE)
        return self._answer(call, sync_answers.rollup_page)

    @contextmanager
    def live(self, last_event_id: str | None) -> Iterator[LiveStream]:
        """The service's news while they come, from after an event on.

        Raises: as every call, also from inside the block; ServiceRefused of an older service.
        """
        headers = {"Accept": live.MEDIA_TYPE}
        if last_event_id is not None:
            headers[live.LAST_EVENT_HEADER] = last_event_id
        timeout = httpx.Timeout(LIVE_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
        request = self._http.build_request("GET", live.PATH, headers=headers, timeout=timeout)
        with self._translated():
            response = self._http.send(request, stream=True)
            try:
                if not response.is_success:
                    raise self._refusal(response, self._content(response), media_type_of(response))
                if media_type_of(response) != live.MEDIA_TYPE:
                    raise Rubbish("it sends something else, perhaps a web page")
                yield LiveStream(response)
            finally:
                response.close()

    def sealing_key(self) -> str | None:
        """The public key the service seals identities to; None while it has none."""
        try:
            return self.ask("GET", SEALING_PATH, SealingKey).public_key
        except ServiceRefused:
            return None

    def put_sealing_key(self, public_key: str) -> None:
        """Have the service seal identities to this key."""
        self.ask("PUT", SEALING_PATH, SealingKey, body=SealingKey(public_key=public_key))
