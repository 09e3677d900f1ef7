"""Reads request bodies by the contract's strict rules, and describes them in OpenAPI.

The framework would check the parsed values, for which strict models know no lists and no enum
texts; the contract is a contract about JSON.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel, ValidationError

from hosted.admin.problems import Refusal

LARGEST_EXACT: Final = 2.0**53

Model = TypeVar("Model", bound=BaseModel)


def json_body(model: type[Model]) -> Callable[[Request], Awaitable[Model]]:
    """A dependency that gives the request's body as the model."""

    async def read(request: Request) -> Model:
        content_type = request.headers.get("content-type", "")
        if content_type.partition(";")[0].strip().lower() != "application/json":
            raise Refusal(415, "Send the body as application/json.")
        try:
            return model.model_validate_json(_with_whole_numbers(await request.body()))
        except (ValueError, RecursionError) as error:
            if not isinstance(error, ValidationError):
                raise Refusal(422, "The body is not valid JSON.") from None
            first = error.errors(include_input=False, include_url=False, include_context=False)[0]
            field = ".".join(str(part) for part in first["loc"])[:200]
            raise Refusal(422, f"{first['msg']}.", field=field) from None

    return read


def _with_whole_numbers(body: bytes) -> str:
    """The body with `1.0` written as `1`: to JSON Schema both are the same integer."""
    return json.dumps(json.loads(body, parse_float=_whole))


def _whole(text: str) -> int | float:
    number = float(text)
    return int(number) if abs(number) <= LARGEST_EXACT and number.is_integer() else number


def described(model: type[BaseModel]) -> dict[str, Any]:
    """The part of an OpenAPI operation that describes such a body."""
    reference = {"$ref": f"#/components/schemas/{schema_name(model)}"}
    content = {"application/json": {"schema": reference}}
    return {"requestBody": {"required": True, "content": content}}


def schema_name(model: type[BaseModel]) -> str:
    """Name of a model in OpenAPI: brackets of generic models become underscores."""
    return model.__name__.replace("[", "_").replace("]", "_")


def json_answer(
    message: BaseModel, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """A message of the contract as an answer."""
    return Response(
        message.model_dump_json(), status, headers=headers, media_type="application/json"
    )
