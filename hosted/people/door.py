"""Lets people in who sign in: their tokens are checked, and they become a member or are refused."""

from contract.id_tokens import Identity, TokenRejected
from hosted.admin.problems import Refusal
from hosted.people.book import MemberBook
from hosted.people.issuer import Issuer, IssuerUnreachable
from hosted.storage.member_records import Member

NOT_SET_UP = (
    "This service lets nobody sign in: its operator has named no provider. Use a token of the "
    "service."
)


class PeopleDoor:
    """On the event loop's thread."""

    def __init__(self, book: MemberBook, issuer: Issuer | None) -> None:
        """`issuer` is whose tokens are believed; None: nobody's."""
        self.book = book
        self._issuer = issuer

    def issuer_name(self) -> str:
        """What the provider calls itself. Raises: Refusal, 409 where there is none."""
        if self._issuer is None:
            raise Refusal(409, NOT_SET_UP)
        return self._issuer.name

    async def identity(self, token: str) -> Identity:
        """Whom a token of the provider speaks of.

        Raises:
            Refusal: 401, it must not be believed, or there is no provider; 503, its keys are not
                known.
        """
        if self._issuer is None:
            raise Refusal(401, NOT_SET_UP)
        try:
            return await self._issuer.identity(token)
        except TokenRejected as error:
            raise Refusal(
                401, f"The token of the sign-in cannot be believed: its {error.claim} is wrong."
            ) from error
        except IssuerUnreachable as error:
            raise Refusal(503, str(error)) from error

    def member(self, identity: Identity) -> Member:
        """The member somebody is.

        Raises:
            Refusal: 403, they are none.
        """
        member = self.book.known_as(identity)
        if member is None:
            raise Refusal(
                403,
                "You are no member of this service. Nothing was changed. Ask an owner to invite "
                "the address you sign in with.",
            )
        return member
