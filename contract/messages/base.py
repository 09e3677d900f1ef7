"""Base classes and shared field types of all messages.

Every field is a JSON primitive: decimals and times travel as text, because a reader that
parses JSON numbers as binary floats would change a price.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints


class Request(BaseModel):
    """Something a client sends: unknown fields are refused, so that a typo is not silently lost."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class Answer(BaseModel):
    """Something a service answers: unknown fields are ignored, so that it may grow."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_DATE = (
    r"((19|2\d)\d\d-((0[13578]|1[02])-(0[1-9]|[12]\d|3[01])"
    r"|(0[469]|11)-(0[1-9]|[12]\d|30)|02-(0[1-9]|1\d|2[0-8]))"
    r"|((19|2\d)(0[48]|[2468][048]|[13579][26])|2[048]00)-02-29)"
)
Day = Annotated[str, StringConstraints(pattern=rf"^{_DATE}$")]
"""A day of the years 1900 to 2999, such as 2026-11-23."""
Timestamp = Annotated[
    str, StringConstraints(pattern=rf"^{_DATE}T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{{1,9}})?Z$")
]
"""RFC 3339, UTC, of the years 1900 to 2999; a day that is in the calendar."""
Revision = Annotated[int, Field(ge=0, le=2**53)]
"""Counts up in the service's commit order; 0 stands for "does not exist yet"."""
Method = Annotated[str, StringConstraints(pattern=r"^(\*|[A-Z]{1,16})$")]
RoutePattern = Annotated[str, StringConstraints(min_length=1, max_length=2048)]
"""The framework's own text, such as `/items/{item_id}` or `/items/<int:item_id>`; `*` is any."""
