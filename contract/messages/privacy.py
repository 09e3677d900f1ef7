"""What the service hears of people's wishes on the web, and what desktops tell each other of them.

The service reads none of it: what people write is sealed to the account's vault before it is
stored, and who chose what is a keyed hash made by a vault.
"""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from contract.messages.base import Answer, Day, Id, Request, Timestamp

Subject = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
"""Keyed hash of a person's address, made in a vault."""
Word = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}$")]
PublicPurpose = Literal["news", "tips", "surveys", "improvement", "sale_or_share"]
"""What people may refuse."""


class Submission(Answer):
    """Something that came by the website; only the account's vault can open it."""

    submission_id: Id
    received_at: Timestamp
    sealed: str
    taken_by: Id | None = None
    """The vault that answers it; null while none does."""


class TakeSubmission(Request):
    """A vault takes a submission on."""

    vault_id: Id


class OwnedRequest(Request):
    """A request that one vault answers, as the others may know of it."""

    vault_id: Id
    number: Annotated[int, Field(ge=1, le=2**31)]
    kind: Word
    due: Day | None = None
    """Null once it has ended."""


class OwnedRequestRow(Answer):
    """A request with its id."""

    request_id: Id
    vault_id: Id
    number: int
    kind: str
    due: Day | None = None


class WebChoice(Answer):
    """What somebody chose by one click, or by a signal of their browser."""

    subject: Subject
    purpose: str
    wanted: bool
    means: str
    at: Timestamp


class PrivacyMail(Answer):
    """Everything of privacy that waits for the desktops."""

    submissions: tuple[Submission, ...]
    requests: tuple[OwnedRequestRow, ...]
    choices: tuple[WebChoice, ...]
    """Those behind the position that was asked for, at most 1,000."""
    position: int
    """Ask for what is behind this next time."""
    policy_sha256: str | None = None
    """Of the policy text that the service shows today."""


class LinksRequest(Request):
    """People who are about to get a message that they may refuse."""

    subjects: Annotated[tuple[Subject, ...], Field(min_length=1, max_length=500)]
    purpose: PublicPurpose


class LinksIssued(Answer):
    """Paths of links that refuse the purpose by one click, in the order of the people."""

    paths: tuple[str, ...]


class PolicyText(Request):
    """A version of the owner's privacy policy, as the service's website shows it."""

    effective: Day
    text: Annotated[str, StringConstraints(min_length=1, max_length=200_000)]
