"""What travels on the pipe between window and core: msgpack frames, never a pickle.

Pickle would run code in the process that holds the vault's key. Here a frame is a method's name and
its arguments, decoded against the method's own type hints; anything else is refused.
"""

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any, get_type_hints

import msgspec

from desktop.domain.errors import ERRORS_BY_CODE, AppError, InternalFault

REPORT = "report"
"""Name of the parameter that the core fills in itself."""


class Call(msgspec.Struct, frozen=True, tag="call"):
    call_id: int
    method: str
    arguments: msgspec.Raw


class Cancel(msgspec.Struct, frozen=True, tag="cancel"):
    call_id: int


class Progressed(msgspec.Struct, frozen=True, tag="progressed"):
    call_id: int
    done: int
    total: int | None


class Succeeded(msgspec.Struct, frozen=True, tag="succeeded"):
    call_id: int
    result: msgspec.Raw


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    call_id: int
    code: str
    message: str
    field: str | None


class Notice(msgspec.Struct, frozen=True, tag="notice"):
    """Something changed in the core that no call asked for, such as a sync that brought rows."""

    topic: str


ToCore = Call | Cancel
ToWindow = Progressed | Succeeded | Failed | Notice

encode = msgspec.msgpack.Encoder(decimal_format="string").encode
decode_to_core = msgspec.msgpack.Decoder(ToCore).decode
decode_to_window = msgspec.msgpack.Decoder(ToWindow).decode


class Signature:
    """How the arguments and the result of one service method are written and read."""

    def __init__(self, method: Callable[..., Any]) -> None:
        hints = get_type_hints(method)
        result = hints.pop("return", None)
        names = [name for name in inspect.signature(method).parameters if name != "self"]
        self.takes_report = names[:1] == [REPORT]
        types = tuple(hints[name] for name in names if name != REPORT)
        shape = tuple[types] if types else tuple[()]  # type: ignore[valid-type]
        self._arguments: msgspec.msgpack.Decoder[tuple[Any, ...]] = msgspec.msgpack.Decoder(shape)
        self._result: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(result)

    def read_arguments(self, raw: bytes | msgspec.Raw) -> tuple[Any, ...]:
        """Raises: msgspec.ValidationError when the frame does not fit the method."""
        return self._arguments.decode(raw)

    def read_result(self, raw: bytes | msgspec.Raw) -> Any:  # noqa: ANN401 (any method's result)
        return self._result.decode(raw)


@cache
def signature_of(method: Callable[..., Any]) -> Signature:
    """The signature of a service method, worked out once."""
    return Signature(method)


def call_frame(call_id: int, method: Callable[..., Any], arguments: tuple[Any, ...]) -> bytes:
    """A call of a service method, ready to send."""
    return encode(Call(call_id, method.__qualname__, msgspec.Raw(encode(arguments))))


def success_frame(call_id: int, result: object) -> bytes:
    return encode(Succeeded(call_id, msgspec.Raw(encode(result))))


def failure_frame(call_id: int, error: AppError) -> bytes:
    return encode(Failed(call_id, error.code, str(error), error.field))


def error_from(frame: Failed) -> AppError:
    """The error of the core, as the same class on this side."""
    return ERRORS_BY_CODE.get(frame.code, InternalFault)(frame.message, field=frame.field)
