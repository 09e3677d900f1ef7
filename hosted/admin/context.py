"""What the routes of the admin API work with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from contract.messages.configuration import Edit, EditResult
from contract.problems import Problem
from hosted.admin.cursors import Cursors
from hosted.admin.edits import Applied, ApplyEdits
from hosted.admin.problems import MEDIA_TYPE
from hosted.clock import Clock
from hosted.metering.directory import Directory
from hosted.metering.seeding import Seeder
from hosted.metering.writer import Writer
from hosted.sdk.presence import Presence
from hosted.secrets import Secrets
from hosted.storage.base import Storage

TITLES = {
    401: "No owner token, or another one's",
    404: "No such row",
    409: "The row has changed; `current` has it",
    410: "The cursor is not known; synchronise anew",
    413: "The request is too large",
    415: "The body is no JSON",
    422: "The request cannot be used; `field` says which part",
    503: "The service cannot write at the moment",
}


@dataclass(frozen=True, slots=True)
class Context:
    """Collaborators of the routes. Everything runs on the event loop but storage reads."""

    storage: Storage
    writer: Writer
    directory: Directory
    seeder: Seeder
    secrets: Secrets
    cursors: Cursors
    clock: Clock
    version: str
    presence: Presence
    sockets_changed: Callable[[], None]
    """Called after an edit, so that sockets of applications that are gone end."""

    @staticmethod
    def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
        """OpenAPI description of the problem answers of a route."""
        schema = {"$ref": f"#/components/schemas/{Problem.__name__}"}
        return {
            status: {"description": TITLES[status], "content": {MEDIA_TYPE: {"schema": schema}}}
            for status in statuses
        }

    async def apply(self, edits: tuple[Edit, ...]) -> tuple[EditResult, ...]:
        """Commit edits, and let metering know of them before the answer goes out.

        Raises:
            StorageUnavailable: nothing was changed.
        """
        applied: Applied = await self.writer.run(ApplyEdits(edits, self.clock()))
        if applied.rows:
            await self.seeder.take_over(applied.rows)
            self.sockets_changed()
        return applied.results
