"""The owner's privacy policy as versions, who accepted which, and notices that tell of a change."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from desktop.domain.privacy.purposes import Purpose


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """A published text; it is never changed, another version takes its place."""

    version_id: str
    effective: date
    """From this day on it holds, in the owner's place."""
    text: str
    sha256: str
    """Of the text in UTF-8."""
    material: bool
    """Whether people have to be told and to agree."""
    summary: str
    """What changed and why, in a sentence or two."""
    published_at: datetime
    supersedes: str
    """Id of the version before; empty for the first."""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Somebody agreed to a version; they stand here by a keyed hash of their address."""

    subject: str
    version_id: str
    at: datetime
    means: str
    """How they agreed, such as `signed in` or `by letter`."""


class Standing(StrEnum):
    SCHEDULED = "scheduled"
    IN_FORCE = "in_force"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class PolicyLine:
    """A version in the history."""

    version: PolicyVersion
    standing: Standing
    accepted: int


@dataclass(frozen=True, slots=True)
class PendingAcceptances:
    """Accounts that have not agreed to the last material change that is in force."""

    version_id: str
    """Empty when no material change is in force."""
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CampaignDraft:
    """A notice to many people by e-mail."""

    purpose: Purpose
    subject: str
    text: str
    """Paragraphs that an empty line parts."""
    version_id: str = ""
    """The version of the policy it tells of; empty for none."""


@dataclass(frozen=True, slots=True)
class CampaignPreview:
    """A letter as one person would get it, and who would get one. Nothing was sent."""

    subject: str
    text: str
    recipients: tuple[str, ...]
    refused: int
    unreadable: int


@dataclass(frozen=True, slots=True)
class Campaign:
    """A notice that was sent. Its addressees are in no list; the outbox has the letters."""

    campaign_id: str
    draft: CampaignDraft
    sent_at: datetime
    queued: int
    refused: int


def history(
    versions: Iterable[PolicyVersion], accepted: Sequence[Acceptance], today: date
) -> tuple[PolicyLine, ...]:
    """Every version with its standing on a day, the newest first."""
    newest_first = sorted(versions, key=lambda version: version.effective, reverse=True)
    current = in_force(newest_first, today)
    lines = []
    for version in newest_first:
        standing = Standing.SCHEDULED if version.effective > today else Standing.SUPERSEDED
        standing = Standing.IN_FORCE if version is current else standing
        count = sum(one.version_id == version.version_id for one in accepted)
        lines.append(PolicyLine(version, standing, count))
    return tuple(lines)


def in_force(versions: Iterable[PolicyVersion], today: date) -> PolicyVersion | None:
    """The version that holds on a day; None before the first one does."""
    begun = [version for version in versions if version.effective <= today]
    return max(begun, key=lambda version: version.effective, default=None)


def last_material(versions: Iterable[PolicyVersion], today: date) -> PolicyVersion | None:
    """The last change in force that people have to agree to."""
    return in_force((version for version in versions if version.material), today)
