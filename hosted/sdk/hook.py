"""Hands out the start-up module by which the Python SDK reports to this service."""

from importlib.util import find_spec
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from fastapi.responses import FileResponse

MODULE: Final = "usageflow_redirect"


def install(app: FastAPI) -> None:
    """Add the download; it needs no key, for it holds no secret and no address."""

    @app.get(f"/{MODULE}.py", include_in_schema=False)
    async def redirect_module() -> FileResponse:
        return FileResponse(_source(), media_type="text/x-python")


def _source() -> Path:
    """The module's file; it is found and not imported, for it is not meant for this process."""
    spec = find_spec(MODULE)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"{MODULE}.py is not installed")
    return Path(spec.origin)
