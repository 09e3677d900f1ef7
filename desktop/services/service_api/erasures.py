"""Erasures of customers."""

from typing import Final
from urllib.parse import quote

from contract.messages.erasure import (
    ErasureEntry,
    ErasureOutcome,
    ErasurePreview,
    ErasureRequest,
    ErasuresPage,
)
from desktop.services.service_api.http import ServiceCalls

ERASURES_PATH: Final = "/v1/erasures"


class ErasureCalls(ServiceCalls):
    """What the service destroys about people, and what it noted about that."""

    def preview_erasure(self, request: ErasurePreview) -> ErasureOutcome:
        """What an erasure of these customers would do in the service. Nothing is changed."""
        return self.ask("POST", "/v1/erasure-preview", ErasureOutcome, body=request)

    def note_erasure(self, erasure_id: str, request: ErasureRequest) -> ErasureEntry:
        """Have the service note an erasure for good; nothing is destroyed yet."""
        return self.ask("PUT", _erasure(erasure_id), ErasureEntry, body=request)

    def apply_erasure(self, erasure_id: str) -> ErasureOutcome:
        """Have a noted erasure carried out; once it is, nothing more is changed."""
        return self.ask("POST", f"{_erasure(erasure_id)}/apply", ErasureOutcome)

    def erasures(self, after: int) -> ErasuresPage:
        """Noted erasures with a higher sequence."""
        return self.ask("GET", ERASURES_PATH, ErasuresPage, query={"after": str(after)})


def _erasure(erasure_id: str) -> str:
    return f"{ERASURES_PATH}/{quote(erasure_id, safe='')}"
