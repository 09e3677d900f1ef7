"""What the routes of tokens and of SDK keys have in common."""

from typing import Any, Final

from contract.messages.access import RotateRequest
from hosted.admin.bodies import described
from hosted.admin.context import Context
from hosted.admin.lifetimes import timestamp
from hosted.admin.problems import Refusal
from hosted.clock import SECOND_US, rfc3339
from hosted.metering.ledger import Command
from hosted.storage.access_records import SdkKey, Token

ROTATED: Final = (404, 409, 413, 415, 422)
"""Problems that a rotation may answer with."""


def rotating(context: Context, answer: type) -> dict[str, Any]:
    """Options of a route that rotates."""
    return {
        "response_model": answer,
        "status_code": 201,
        "responses": context.guarded(*ROTATED),
        "openapi_extra": described(RotateRequest),
    }


def ends_us(successor: SdkKey | Token, request: RotateRequest) -> int:
    """When the one that is replaced ends."""
    return successor.created_us + request.overlap_s * SECOND_US


async def done(context: Context, command: Command, missing: str) -> Any:  # noqa: ANN401
    """What the command returns.

    Raises:
        Refusal: what the command says, or 404 with the sentence `missing`; nothing was changed.
    """
    result = await context.writer.run(command)
    if isinstance(result, Refusal):
        raise result
    if result is None:
        raise Refusal(404, missing)
    return result


def lifetime(context: Context, credential_id: str, credential: SdkKey | Token) -> dict[str, Any]:
    """Name and times of a credential, as lists show them."""
    return {
        "name": credential.name,
        "created_at": rfc3339(credential.created_us),
        "last_used_at": timestamp(context.last_used.of(credential_id, credential.last_used_us)),
        "expires_at": timestamp(credential.expires_us),
        "revoked_at": timestamp(credential.revoked_us),
    }
