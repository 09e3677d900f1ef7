"""Every refusal as a problem document (RFC 9457), whoever refused."""

import logging
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from contract.messages.configuration import ConfigurationRow
from contract.problems import Problem, ProblemCode
from hosted.admin.cursors import CursorUnknown
from hosted.errors import StorageUnavailable

log = logging.getLogger(__name__)

MEDIA_TYPE: Final = "application/problem+json"
CODES: Final = {
    401: ProblemCode.UNAUTHORIZED,
    403: ProblemCode.FORBIDDEN,
    404: ProblemCode.NOT_FOUND,
    409: ProblemCode.CONFLICT,
    410: ProblemCode.CURSOR_UNKNOWN,
    412: ProblemCode.CONFLICT,
    413: ProblemCode.TOO_LARGE,
    429: ProblemCode.TOO_MANY,
    503: ProblemCode.STORAGE_UNAVAILABLE,
}
TITLES: Final = {
    ProblemCode.UNAUTHORIZED: "The access token was not accepted",
    ProblemCode.SIGNED_OUT: "This device is signed out",
    ProblemCode.ACCOUNT_DELETED: "The account was deleted",
    ProblemCode.FORBIDDEN: "The token may not do this",
    ProblemCode.NOT_FOUND: "There is nothing here",
    ProblemCode.INVALID: "The request cannot be used",
    ProblemCode.CONFLICT: "The row has changed meanwhile",
    ProblemCode.CURSOR_UNKNOWN: "The cursor is not known",
    ProblemCode.TOO_LARGE: "The request is too large",
    ProblemCode.TOO_MANY: "Too many requests",
    ProblemCode.STORAGE_UNAVAILABLE: "The service cannot write at the moment",
    ProblemCode.INTERNAL: "The service made a mistake",
}


class Refusal(Exception):
    """Raised by a route to answer with a problem."""

    code: ProblemCode | None = None
    """None for the one that belongs to the status."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        field: str | None = None,
        current: ConfigurationRow | None = None,
        retry_after_s: int = 0,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.retry_after_s = retry_after_s
        self.field = field
        self.current = current


class SignedOut(Refusal):
    """Raised for a device whose session was ended, or has."""

    code = ProblemCode.SIGNED_OUT

    def __init__(self) -> None:
        super().__init__(
            401,
            "This device was signed out of the service. What is on it stays. Sign in again to go "
            "on.",
        )


def problem(  # noqa: PLR0913 (the parts of a problem)
    status: int,
    detail: str,
    *,
    field: str | None = None,
    current: ConfigurationRow | None = None,
    headers: dict[str, str] | None = None,
    code: ProblemCode | None = None,
) -> Response:
    """A problem answer; without a code, with the one that belongs to the status."""
    code = code or CODES.get(status, ProblemCode.INVALID if status < 500 else ProblemCode.INTERNAL)  # noqa: PLR2004
    body = Problem(
        title=TITLES[code],
        status=status,
        detail=detail,
        code=code,
        field=field,
        current=None if current is None else current.model_dump(mode="json"),
    )
    content = body.model_dump_json(exclude_none=True)
    return Response(content, status, headers=headers, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Make every error of the application a problem."""

    @app.exception_handler(Refusal)
    async def refused(_request: Request, error: Refusal) -> Response:
        headers = {"www-authenticate": "Bearer"} if error.status == 401 else {}  # noqa: PLR2004
        if error.retry_after_s:
            headers["retry-after"] = str(error.retry_after_s)
        return problem(
            error.status,
            str(error),
            field=error.field,
            current=error.current,
            headers=headers,
            code=error.code,
        )

    @app.exception_handler(HTTPException)
    async def not_served(request: Request, error: HTTPException) -> Response:
        headers = dict(error.headers) if error.headers else None
        methods = _methods_of(app, request.url.path)
        if error.status_code == 405 and methods:  # noqa: PLR2004
            headers = {"allow": ", ".join(sorted(methods))}
        return problem(error.status_code, f"{error.detail}.", headers=headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = _path_of(first)
        return problem(422, f"{where}: {first['msg']}.", field=where)

    @app.exception_handler(CursorUnknown)
    async def cursor_unknown(_request: Request, _error: CursorUnknown) -> Response:
        return problem(410, "This service did not make the cursor. Start without one.")

    @app.exception_handler(StorageUnavailable)
    async def unavailable(_request: Request, error: StorageUnavailable) -> Response:
        return problem(503, str(error))

    @app.exception_handler(Exception)
    async def mistaken(_request: Request, _error: Exception) -> Response:
        return problem(500, "The service met a fault of its own. What was stored is safe.")


def _methods_of(app: FastAPI, path: str) -> set[str]:
    """Documented methods of an address: the framework names those of its first route only."""
    methods: set[str] = set()
    for template, operations in app.openapi()["paths"].items():
        if compile_path(template)[0].match(path):
            methods |= {method.upper() for method in operations}
    return methods


def _path_of(error: dict[str, Any]) -> str:
    """Place of a validation error, without the value that was sent."""
    return ".".join(str(part) for part in error["loc"])[:200]
