"""Tokens that hold for some applications only: what each route makes of them."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol, TypeVar

from hosted.admin.problems import Refusal

OUTSIDE: Final = (
    "This token does not hold for that application. Nothing was changed. Use one that does."
)
ONLY_WHOLE: Final = (
    "This concerns the whole service, and the token holds for some applications only. Nothing was "
    "changed. Use one that holds for all of them."
)


class Reach(StrEnum):
    """What a route is about, and so what it makes of a token that is restricted."""

    SERVICE = "service"
    """The service as a whole: such a token is refused."""
    APPLICATION = "application"
    """The application that the route's address names: the token must hold for it."""
    ROWS = "rows"
    """Rows of many applications: the route itself leaves out those of others."""


DESCRIBED: Final = {
    Reach.SERVICE: "A token that holds for some applications only is refused.",
    Reach.APPLICATION: "The token must hold for the application.",
    Reach.ROWS: "A token that holds for some applications only reaches theirs.",
}


class OfApplication(Protocol):
    """Anything that belongs to one application."""

    @property
    def application_id(self) -> str: ...


Owned = TypeVar("Owned", bound=OfApplication)


@dataclass(frozen=True, slots=True)
class Scope:
    """The applications somebody may see: some, or every one there is and will be."""

    applications: frozenset[str] | None = None

    @classmethod
    def of(cls, application_ids: Iterable[str] | None) -> "Scope":
        """A scope of these applications; of every one for None."""
        return cls(None if application_ids is None else frozenset(application_ids))

    def holds_for(self, application_id: str) -> bool:
        """Whether the application is within."""
        return self.applications is None or application_id in self.applications

    def require(self, application_id: str) -> None:
        """Let those go on who name an application that is within.

        Raises:
            Refusal: 403, alike for applications that are there and those that are not.
        """
        if not self.holds_for(application_id):
            raise Refusal(403, OUTSIDE)

    def keep(self, rows: Iterable[Owned]) -> list[Owned]:
        """The rows that are within, in their order."""
        return [row for row in rows if self.holds_for(row.application_id)]

    def asked_one_by_one(self, application_id: str | None) -> Sequence[str | None]:
        """What to ask the storage for: the application named, each one within, or all at once.

        Raises:
            Refusal: 403, the application named is not within.
        """
        if application_id is not None:
            self.require(application_id)
            return (application_id,)
        return (None,) if self.applications is None else sorted(self.applications)

    def feed(self, name: str) -> str:
        """Name of a feed as read with this scope.

        A cursor skips rows that were left out before it: with a wider token it must not be used.
        """
        if self.applications is None:
            return name
        content = " ".join(sorted(self.applications)).encode()
        return f"{name} of {hashlib.sha256(content).hexdigest()[:16]}"


EVERYTHING: Final = Scope()
