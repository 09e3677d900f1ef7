"""What a person may ask for, how it arrived and where it stands.

States and refusal reasons are those of the Data Rights Protocol 1.0, so that a request can be
exchanged without translation; reasons of waiting that it has no word for are ours.
"""

from enum import StrEnum


class RequestKind(StrEnum):
    ACCESS = "access"
    CORRECTION = "correction"
    DELETION = "deletion"
    PORTABILITY = "portability"
    OPT_OUT = "opt_out"
    OBJECTION = "objection"
    CHILD_REPORT = "child_report"
    """Someone says that data of a child is held: everything stops first, questions come later."""
    INQUIRY = "inquiry"


class Channel(StrEnum):
    """How the request reached the owner."""

    APP = "app"
    EMAIL = "email"
    WEBSITE = "website"
    OPEN_DSR = "open_dsr"
    DATA_RIGHTS_PROTOCOL = "data_rights_protocol"


class Regime(StrEnum):
    """Whose rules bind the owner for this request. The privacy policy always does."""

    POLICY = "policy"
    GDPR = "gdpr"
    CCPA = "ccpa"


class RequestState(StrEnum):
    OPEN = "open"
    IN_PROGRESS = "in_progress"
    FULFILLED = "fulfilled"
    DENIED = "denied"
    REVOKED = "revoked"
    EXPIRED = "expired"


class Waiting(StrEnum):
    """Why a request in progress is not further along."""

    IDENTITY = "need_user_verification"
    COLLECTING = "collecting"
    REVIEW = "review"
    PROCESSOR = "awaiting_processor"
    ON_HOLD = "on_hold"


class Refusal(StrEnum):
    FRAUD = "suspected_fraud"
    IDENTITY_NOT_SHOWN = "insuf_verification"
    NO_MATCH = "no_match"
    NOT_COVERED = "claim_not_covered"
    OUTSIDE_JURISDICTION = "outside_jurisdiction"
    TOO_MANY = "too_many_requests"
    OTHER = "other"


class PauseGround(StrEnum):
    """The only two questions that may stop a clock."""

    IDENTITY = "identity"
    """Who is asking is in reasonable doubt, and a proof was asked for."""
    SCOPE = "scope"
    """What is asked for cannot be told, and the person was asked to say it."""


class Evidence(StrEnum):
    """How the owner came to know who is asking."""

    SIGNED_IN = "signed_in"
    CODE = "code"
    """A code that was sent to the address on file came back."""
    KNOWN_FACTS = "known_facts"
    """At least two facts only this person would know."""
    AUTHORITY = "authority"
    """Somebody acts for the person and showed that they may."""
    DOCUMENT = "document"


class Action(StrEnum):
    """What the owner may do with a request next."""

    ACKNOWLEDGE = "acknowledge"
    CONFIRM_IDENTITY = "confirm_identity"
    PAUSE = "pause"
    RESUME = "resume"
    EXTEND = "extend"
    REMOVE_EXTENSION = "remove_extension"
    ANSWER = "answer"
    REFUSE = "refuse"
    NOTE_ERASURE = "note_erasure"
    REVOKE = "revoke"
