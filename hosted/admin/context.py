"""What the routes of the admin API work with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fastapi import Depends, params

from contract.messages.configuration import Edit, EditResult
from contract.problems import Problem
from hosted.account_end import AccountEnd
from hosted.admin.access import Access, Caller, Needs
from hosted.admin.cursors import Cursors
from hosted.admin.edits import Applied, ApplyEdits
from hosted.admin.metrics import Metrics
from hosted.admin.problems import MEDIA_TYPE, Refusal
from hosted.admin.reach import Reach
from hosted.admin.roles import Permission, needed_for
from hosted.clock import Clock
from hosted.last_used import LastUsed
from hosted.live import LiveChannel
from hosted.metering.directory import Directory
from hosted.metering.erasing import Eraser
from hosted.metering.explain import Explainer
from hosted.metering.seeding import Seeder
from hosted.metering.writer import Writer
from hosted.people.door import PeopleDoor
from hosted.scrub.sealing import Sealing
from hosted.sdk.presence import Presence
from hosted.secrets import Secrets
from hosted.storage.base import Storage
from hosted.webhooks.book import WebhookBook

TITLES: Final = {
    400: "Not an event of this account",
    401: "No access token, or none of this service's",
    403: "The token may not do this, by its role or its applications",
    404: "No such row",
    409: "The row has changed; `current` has it",
    410: "The cursor is not known; synchronise anew",
    412: "The row has another revision than `If-Match` says; `current` has it",
    413: "The request is too large",
    415: "The body is no JSON",
    422: "The request cannot be used; `field` says which part",
    428: "Say which revision is changed: `base_revision` or `If-Match`",
    429: "Too many requests; `Retry-After` says when to try again",
    503: "The service cannot write at the moment",
}
RETRY_AFTER: Final = {
    "Retry-After": {
        "description": "Seconds to wait.",
        "schema": {"type": "integer", "minimum": 1},
    }
}
Needing = Sequence[params.Depends]


@dataclass(frozen=True, slots=True)
class Context:
    """Collaborators of the routes. Everything runs on the event loop but storage reads."""

    storage: Storage
    writer: Writer
    directory: Directory
    seeder: Seeder
    secrets: Secrets
    cursors: Cursors
    access: Access
    last_used: LastUsed
    clock: Clock
    version: str
    presence: Presence
    metrics: Metrics
    explainer: Explainer
    sealing: Sealing
    eraser: Eraser
    account_end: AccountEnd
    live: LiveChannel
    webhooks: WebhookBook
    people: PeopleDoor
    sockets_changed: Callable[[], None]
    """Called after an edit, so that sockets of applications that are gone end."""

    @staticmethod
    def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
        """OpenAPI description of the problem answers of a route that is open to all."""
        return {status: _described(status) for status in statuses}

    @classmethod
    def guarded(cls, *statuses: int) -> dict[int | str, dict[str, Any]]:
        """OpenAPI description of the problem answers of a route that asks for a token."""
        return cls.problems(*sorted({401, 403, 429, 503, *statuses}))

    def needs(self, permission: Permission, reach: Reach = Reach.SERVICE) -> Needs:
        """The dependency that lets callers with a permission pass, and tells who they are."""
        return Needs(self.access, permission, reach)

    @property
    def reading(self) -> Needing:
        """What a route asks for that only reads, and does not care who does."""
        return [Depends(self.needs(Permission.READ))]

    @property
    def reading_application(self) -> Needing:
        """The same for a route whose address names the application it is about."""
        return [Depends(self.needs(Permission.READ, Reach.APPLICATION))]

    async def apply(self, edits: tuple[Edit, ...], caller: Caller) -> tuple[EditResult, ...]:
        """Commit edits, and let metering know of them before the answer goes out.

        Raises:
            Refusal: 403, the caller's token may not make one of them; none was made.
            StorageUnavailable: nothing was changed.
        """
        for edit in edits:
            caller.require(needed_for(edit.edit.entity))
        command = ApplyEdits(edits, self.clock(), caller.token_id, caller.scope)
        applied: Applied | Refusal = await self.writer.run(command)
        if isinstance(applied, Refusal):
            raise applied
        if applied.rows:
            await self.seeder.take_over(applied.rows)
            self.sockets_changed()
        return applied.results


def _described(status: int) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{Problem.__name__}"}
    description = {"description": TITLES[status], "content": {MEDIA_TYPE: {"schema": schema}}}
    return {**description, "headers": RETRY_AFTER} if status == 429 else description  # noqa: PLR2004
