"""Who may use the admin API: the bearer of the owner token."""

import hmac
from collections.abc import Awaitable, Callable, Iterable
from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from hosted.admin.problems import Refusal
from hosted.secrets import Secrets

bearer = HTTPBearer(auto_error=False, description="The owner token, `uf_owner_...`.")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


def owner_only(secrets: Secrets, token_hashes: Iterable[bytes]) -> Callable[..., Awaitable[None]]:
    """A dependency that lets the owner pass.

    Tokens are compared by keyed hash in constant time, each of them, whichever matches.
    """
    known = tuple(token_hashes)

    async def require(credentials: Credentials) -> None:
        presented = secrets.hash_of(credentials.credentials if credentials else "")
        matches = [hmac.compare_digest(presented, token_hash) for token_hash in known]
        if not any(matches):
            raise Refusal(401, "Send the owner token of this service as a bearer token.")

    return require
