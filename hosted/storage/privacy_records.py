"""Rows of what people sent and chose on the web, as the storage gives them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SubmissionRow:
    submission_id: str
    received_us: int
    sealed: str
    taken_by: str | None = None


@dataclass(frozen=True, slots=True)
class OwnedRow:
    """Days as texts of the contract."""

    request_id: str
    vault_id: str
    number: int
    kind: str
    due: str | None
    changed_us: int


@dataclass(frozen=True, slots=True)
class ChoiceRow:
    subject: bytes
    purpose: str
    wanted: bool
    means: str
    at_us: int


@dataclass(frozen=True, slots=True)
class PolicyRow:
    effective: str
    sha256: str
    text: str


@dataclass(frozen=True, slots=True)
class MailRows:
    """What waits for the desktops."""

    submissions: tuple[SubmissionRow, ...]
    requests: tuple[OwnedRow, ...]
    choices: tuple[ChoiceRow, ...]
    position: int
