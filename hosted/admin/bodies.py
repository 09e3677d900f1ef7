"""Reads request bodies by the contract's strict rules, and describes them in OpenAPI.

The framework would check the parsed values, for which strict models know no lists and no enum
texts; the contract is a contract about JSON.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from hosted.admin.problems import Refusal

Model = TypeVar("Model", bound=BaseModel)


def json_body(model: type[Model]) -> Callable[[Request], Awaitable[Model]]:
    """A dependency that gives the request's body as the model."""

    async def read(request: Request) -> Model:
        content_type = request.headers.get("content-type", "")
        if content_type.partition(";")[0].strip().lower() != "application/json":
            raise Refusal(415, "Send the body as application/json.")
        try:
            return model.model_validate_json(await request.body())
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False, include_context=False)[0]
            field = ".".join(str(part) for part in first["loc"])[:200]
            raise Refusal(422, f"{first['msg']}.", field=field) from None

    return read


def described(model: type[BaseModel]) -> dict[str, Any]:
    """The part of an OpenAPI operation that describes such a body."""
    reference = {"$ref": f"#/components/schemas/{schema_name(model)}"}
    content = {"application/json": {"schema": reference}}
    return {"requestBody": {"required": True, "content": content}}


def schema_name(model: type[BaseModel]) -> str:
    """Name of a model in OpenAPI: generic models lose their brackets."""
    return model.__name__.replace("[", "_").replace("]", "")
