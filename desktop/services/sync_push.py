"""The outgoing half of a round: edits leave, and each answer is recorded and acted on."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from desktop.domain.errors import RequestNotTaken
from desktop.services.calls import Report
from desktop.services.reconcile import settle
from desktop.services.storage import outbox, refusals
from desktop.services.storage.outbox import PendingEdit

if TYPE_CHECKING:
    from desktop.services.ahead import Ahead
    from desktop.services.client import ServiceClient
    from desktop.services.storage.vault import Vault
    from desktop.services.sync_answers import PushAnswers

PUSH_LIMIT: Final = 500
MOST_PUSHES: Final = 1_000
"""A round ends after so many, whatever a service answers; the next one goes on."""


class PushSide:
    """Sends the outbox: the edits of a row one after the other, those of other rows beside them."""

    def __init__(
        self, vault: "Vault", clock: Callable[[], datetime], notice: Callable[[str], None]
    ) -> None:
        self._vault = vault
        self._clock = clock
        self._notice = notice

    def run(self, client: "ServiceClient", ahead: "Ahead", report: Report) -> None:
        """Send every edit that waits. Raises: ServiceUnreachable, ServiceRefused, Cancelled."""
        unanswered: set[int] = set()
        sent = 0
        for _ in range(MOST_PUSHES):
            edits = self._leaving(unanswered)
            if not edits:
                return
            report(sent, sent + len(edits))
            unanswered |= self._send(edits, client, ahead)
            sent += len(edits)
            self._notice("configuration")

    def _leaving(self, unanswered: set[int]) -> tuple[PendingEdit, ...]:
        """The edits that leave next, noted as sent: from now on they cannot be undone here.

        Edits of this round that got no answer are left for the next one.
        """
        with self._vault.reading() as db:
            if outbox.waiting(db) <= len(unanswered):
                return ()
        with self._vault.transaction() as db:
            first = outbox.first_of_each_row(db, PUSH_LIMIT + len(unanswered))
            edits = tuple(edit for edit in first if edit.position not in unanswered)
            outbox.mark_sent(db, edits, self._clock())
        return edits

    def _send(
        self, edits: Sequence[PendingEdit], client: "ServiceClient", ahead: "Ahead"
    ) -> set[int]:
        """Send edits and act on the answers; return the positions of those that got none.

        Where the service takes none of them, they are halved until the one is found that it does
        not take: that one is rejected, the others go their way.
        """
        try:
            answers = ahead.call(client.push, edits)
        except RequestNotTaken as refusal:
            if len(edits) == 1:
                self._reject(edits[0], str(refusal))
                return set()
            middle = len(edits) // 2
            first = self._send(edits[:middle], client, ahead)
            return first | self._send(edits[middle:], client, ahead)
        self._settle(edits, answers)
        return {
            edit.position
            for edit, result in zip(edits, answers.results, strict=True)
            if result is None
        }

    def _settle(self, edits: Sequence[PendingEdit], answers: "PushAnswers") -> None:
        now = self._clock()
        with self._vault.transaction() as db:
            for edit, result in zip(edits, answers.results, strict=True):
                if result is not None:
                    settle(db, edit, result, now)
            refusals.add(db, "push", answers.refused, now)

    def _reject(self, edit: PendingEdit, reason: str) -> None:
        from contract.messages.configuration import EditResult

        result = EditResult(idempotency_key=edit.idempotency_key, outcome="rejected", reason=reason)
        with self._vault.transaction() as db:
            settle(db, edit, result, self._clock())
