"""Who calls the admin API, and whether they may: tokens, roles, applications, and how fast."""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from contract.id_tokens import Identity, looks_signed
from contract.terms import Role
from hosted.admin.problems import Refusal, SignedOut
from hosted.admin.reach import EVERYTHING, ONLY_WHOLE, Reach, Scope
from hosted.admin.roles import GRANTS, Permission, roles_with
from hosted.clock import DAY_US, SECOND_US, Clock
from hosted.last_used import LastUsed
from hosted.people.door import PeopleDoor
from hosted.refusals import Refusals
from hosted.secrets import Secrets
from hosted.storage.access_records import Token

WINDOW_S: Final = 60
WRONG_TOKENS_PER_WINDOW: Final = 30
REQUEST_US: Final = SECOND_US // 200
"""A token may ask 200 times a second,"""
BURST_US: Final = 5 * SECOND_US
"""and 1,000 times at once."""

bearer = HTTPBearer(auto_error=False, description="An access token, such as `uf_viewer_...`.")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who made a request."""

    token_id: str
    name: str
    role: Role
    scope: Scope = EVERYTHING

    def may(self, permission: Permission) -> bool:
        """Whether the caller's role has the permission."""
        return permission in GRANTS[self.role]

    def require(self, permission: Permission) -> None:
        """Let the caller go on.

        Raises:
            Refusal: 403, with the roles that could.
        """
        if not self.may(permission):
            able = " or ".join(role.replace("_", " ") for role in roles_with(permission))
            raise Refusal(
                403,
                f"A token of the role {self.role.replace('_', ' ')} may not do this. Nothing was "
                f"changed. Use one of the role {able}.",
            )


class TokenBook:
    """The tokens in memory. On the event loop's thread; tokens enter it after their commit."""

    def __init__(self, tokens: Iterable[Token]) -> None:
        self._by_hash = {token.token_hash: token for token in tokens}

    def apply(self, token: Token) -> None:
        """Take over a committed token, new or changed."""
        self._by_hash[token.token_hash] = token

    def find(self, token_hash: bytes, now_us: int) -> Token | None:
        """The token of a keyed hash, while it is valid.

        Looking a keyed hash up tells nothing by its time: whoever tries tokens cannot choose it.
        """
        token = self._by_hash.get(token_hash)
        if token is None or not hmac.compare_digest(token.token_hash, token_hash):
            return None
        return token if token.is_valid(now_us) else None

    def ended(self, token_hash: bytes) -> Token | None:
        """The token of a keyed hash, valid or not."""
        return self._by_hash.get(token_hash)

    def of(self, token_id: str) -> Token | None:
        """The token of an id, valid or not."""
        return next((one for one in self._by_hash.values() if one.token_id == token_id), None)

    def is_valid(self, token_id: str, now_us: int) -> bool:
        """Whether a token that was let in still would be."""
        held = (token for token in self._by_hash.values() if token.token_id == token_id)
        return any(token.is_valid(now_us) for token in held)


class Access:
    """Lets callers in. A valid token is never held back by wrong ones from the same address."""

    def __init__(
        self,
        tokens: TokenBook,
        people: PeopleDoor,
        secrets: Secrets,
        last_used: LastUsed,
        clock: Clock,
    ) -> None:
        self.tokens = tokens
        self.people = people
        self._secrets = secrets
        self._last_used = last_used
        self._clock = clock
        self._refusals = Refusals(clock, window_s=WINDOW_S, allowed=WRONG_TOKENS_PER_WINDOW)
        self._due_us: dict[str, int] = {}

    def caller(self, presented: str, address: str) -> Caller:
        """The caller behind a token.

        Raises:
            Refusal: 401 for a wrong token, 429 for too many of them or too many requests.
        """
        now_us = self._clock()
        token = self.tokens.find(self._secrets.hash_of(presented), now_us)
        if token is None:
            raise self._refusal(presented, address)
        self._pace(token.token_id, now_us)
        if self.people.book.is_device(token.token_id):
            return self._on_device(token, now_us)
        self._last_used.token(token.token_id, now_us)
        return Caller(token.token_id, token.name, token.role, Scope.of(token.application_ids))

    async def person(self, presented: str, address: str) -> Caller:
        """The member behind a token of the sign-in provider.

        Raises:
            Refusal: 401 or 429 for a token that must not be believed, 403 for nobody's, 503.
        """
        identity = await self.checked(presented, address)
        member = self.people.member(identity)
        if not member.is_active:
            raise Refusal(403, "Sign in on a device once before you use the token of a sign-in.")
        self._pace(member.member_id, self._clock())
        return Caller(member.member_id, member.name, member.role)

    async def checked(self, presented: str, address: str) -> Identity:
        """Whom a token of the sign-in provider speaks of. Raises: Refusal, as `person`."""
        try:
            return await self.people.identity(presented)
        except Refusal as refusal:
            wrong = refusal.status == HTTPStatus.UNAUTHORIZED
            raise (self._refusal(presented, address, refusal) if wrong else refusal) from None

    def _on_device(self, token: Token, now_us: int) -> Caller:
        """Of a device only the day is noted, and its role is what its member's is now."""
        member = self.people.book.owner_of(token.token_id)
        if member is None:
            raise SignedOut
        self._last_used.token(token.token_id, now_us - now_us % DAY_US)
        return Caller(token.token_id, member.name, member.role)

    def still_lets_in(self, caller: Caller) -> bool:
        """Whether a caller whose request goes on for long may stay."""
        return self.tokens.is_valid(caller.token_id, self._clock())

    def _refusal(self, presented: str, address: str, why: Refusal | None = None) -> Refusal:
        ended = self.tokens.ended(self._secrets.hash_of(presented))
        if ended is not None and self.people.book.is_device(ended.token_id):
            return SignedOut()
        wait_s = self._refusals.note(address) if presented else 0  # without a token nobody guesses
        if wait_s:
            return Refusal(
                429,
                f"Too many wrong tokens came from this address. Try again in {wait_s} seconds.",
                retry_after_s=wait_s,
            )
        return why or Refusal(401, "Send an access token of this service as a bearer token.")

    def _pace(self, caller_id: str, now_us: int) -> None:
        """Keep one client from taking the whole service: a leaky bucket (GCRA) by token."""
        due_us = max(self._due_us.get(caller_id, 0), now_us)
        if due_us - now_us > BURST_US:
            raise Refusal(
                429, "This token asks too often. Nothing was done. Try again.", retry_after_s=1
            )
        self._due_us[caller_id] = due_us + REQUEST_US


class Needs:
    """Dependency of a route: the caller, who has the permission."""

    def __init__(self, access: Access, permission: Permission, reach: Reach) -> None:
        self._access = access
        self.permission = permission
        self.reach = reach

    async def __call__(self, request: Request, credentials: Credentials) -> Caller:
        """Let the caller pass.

        Raises:
            Refusal: 401, 403 or 429.
        """
        presented = credentials.credentials if credentials else ""
        address = request.client.host if request.client else ""
        if looks_signed(presented):
            caller = await self._access.person(presented, address)
        else:
            caller = self._access.caller(presented, address)
        caller.require(self.permission)
        self._require_reach(caller.scope, request)
        return caller

    def _require_reach(self, scope: Scope, request: Request) -> None:
        if self.reach is Reach.SERVICE and scope.applications is not None:
            raise Refusal(403, ONLY_WHOLE)
        if self.reach is Reach.APPLICATION:
            scope.require(request.path_params["row_id"])
