"""The SDKs as far as their behaviour differs, and the form of a fact about one."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Generic, TypeVar

from contract.messages.health import SdkKind
from contract.messages.traces import SdkEffect
from contract.terms import Severity

Body = TypeVar("Body")


class Sdk(StrEnum):
    """Finer than `SdkKind`: a handshake does not tell FastAPI from Flask."""

    FASTAPI = "fastapi"
    FLASK = "flask"
    GO = "go"
    JAVASCRIPT = "javascript"
    LEGACY = "legacy"


FASTAPI: Final = frozenset({Sdk.FASTAPI})
FLASK: Final = frozenset({Sdk.FLASK})
GO: Final = frozenset({Sdk.GO})
LEGACY: Final = frozenset({Sdk.LEGACY})
PYTHON: Final = FASTAPI | FLASK
MEASURED: Final = (Sdk.FASTAPI, Sdk.FLASK, Sdk.GO)
EVERY: Final = frozenset(Sdk)

NAMES: Final = {
    Sdk.FASTAPI: "FastAPI",
    Sdk.FLASK: "Flask",
    Sdk.GO: "Go (Gin)",
    Sdk.JAVASCRIPT: "JavaScript",
    Sdk.LEGACY: "Python 0.1",
}
"""How an SDK is called in front of its facts."""


@dataclass(frozen=True, slots=True)
class SdkFact:
    """What one SDK does with one field of a rule."""

    code: str
    """Stable name of the fact."""
    sdk: Sdk
    severity: Severity
    field: str
    """Dotted field of the body it is about, such as `metering.response_field`."""
    text: str
    """For the owner, in a sentence or two."""

    @property
    def effect(self) -> SdkEffect:
        """The fact in the form of an explanation."""
        is_kept = self.severity is not Severity.BROKEN
        return SdkEffect(kind=self.sdk, text=self.text, enforced=is_kept)


@dataclass(frozen=True, slots=True)
class Rule(Generic[Body]):
    """When a fact is worth telling."""

    code: str
    sdks: frozenset[Sdk]
    severity: Severity
    field: str
    applies: Callable[[Body], bool]
    text: str


def sdks_in_use(kinds: Iterable[SdkKind], url: str = "") -> tuple[Sdk, ...]:
    """SDKs that clients of these kinds may be; `url` helps to tell the Python ones apart.

    No kind, or only unknown ones, stands for every SDK that was measured.
    """
    found: set[Sdk] = set()
    for kind in kinds:
        found |= _sdks_of(kind, url)
    return tuple(sdk for sdk in Sdk if sdk in found) or MEASURED


def _sdks_of(kind: SdkKind, url: str) -> frozenset[Sdk]:
    match kind:
        case SdkKind.PYTHON if "<" in url:
            return FLASK
        case SdkKind.PYTHON if "{" in url:
            return FASTAPI
        case SdkKind.PYTHON:
            return PYTHON
        case SdkKind.UNKNOWN:
            return frozenset()
        case _:
            return frozenset({Sdk(kind.value)})
