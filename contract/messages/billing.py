"""What was reported to a payment provider, and who is at it: the service has the books.

A desktop claims a window of usage first. Without a claim it sends nothing; so two desktops, or a
desktop that was killed and comes back, never report the same usage twice.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from contract.messages.base import Answer, Id, Request, Revision, Timestamp
from contract.messages.traces import SignedDecimalText
from contract.terms import BillingProvider

EventName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,100}$")]
Window = Annotated[str, StringConstraints(pattern=r"^2\d{3}-(0[1-9]|1[0-2])(-[0-3]\d)?$")]
"""A day such as 2026-11-23, or a month such as 2026-11, in the application's time zone."""
Reason = Annotated[str, Field(max_length=500)]


class ProviderMode(StrEnum):
    """Whether money moves."""

    TEST = "test"
    LIVE = "live"


class ClaimState(StrEnum):
    """How far a claim is. What is sent or accepted counts as reported; the rest does not."""

    OPEN = "open"
    SENT = "sent"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"


class ClaimOutcome(StrEnum):
    """What became of one wish for a claim."""

    GRANTED = "granted"
    NOTHING = "nothing"
    """The ledger has all of it already."""
    HELD = "held"
    """Another desktop is at this window, or its owner has to decide first."""
    STALE = "stale"
    """Newer usage than this was reported already: the desktop has to sync first."""
    FROZEN = "frozen"
    """Nothing about this customer goes out for now."""
    MOVED = "moved"
    """The window was reported for another payer, or under another name."""


class ClaimWanted(Request):
    """The settled usage of one customer by one meter in one window, as the desktop knows it."""

    customer_id: Id
    meter: Id
    """What is metered: the id of the pricing rule."""
    window: Window
    payer: Id
    """The provider's id of the customer who pays."""
    event_name: EventName
    """What the provider counts it under."""
    total: SignedDecimalText
    """Units of the window, all of them; the service takes off what was reported before."""
    basis: Revision
    """Highest revision of the rollup rows that the total was added up from."""


class ClaimsRequest(Request):
    """Claims windows for one desktop, for as long as the lease lasts."""

    provider: BillingProvider
    mode: ProviderMode
    account_id: Id
    """The provider's id of the owner's account there."""
    holder: Id
    """Who sends: another one each time a desktop starts."""
    lease_s: Annotated[int, Field(ge=1, le=3600)] = 300
    rows: Annotated[tuple[ClaimWanted, ...], Field(min_length=1, max_length=100)]


class Claim(Answer):
    """An entry of the ledger of reports."""

    claim_id: Id
    """Also what the provider is told to know a repetition by."""
    application_id: Id
    provider: BillingProvider
    mode: ProviderMode
    account_id: Id
    customer_id: Id
    meter: Id
    window: Window
    part: Annotated[int, Field(ge=1)]
    """1 for the first report of a window; later ones correct it."""
    payer: Id
    event_name: EventName
    slot: Annotated[int, Field(ge=0)]
    """No other report for this payer under this name has it in this window: gives each one a minute
    of its own, by which the provider's sums tell them apart."""
    units: str
    """To be sent, decimal text; below zero takes away."""
    basis: Revision
    state: ClaimState
    holder: Id
    leased_until: Timestamp
    sending_since: Timestamp
    """It may have been sent from then on."""
    reason: str = ""
    request_id: str = ""
    """The provider's, of the request that sent it."""
    change: Annotated[int, Field(ge=1)]
    """Counts up with every change of any entry."""


class ClaimResult(Answer):
    """The answer to one wish, in the order of the request."""

    outcome: ClaimOutcome
    claim: Claim | None = None
    """The entry that was granted, or that stands in the way."""


class ClaimsAnswer(Answer):
    """Answer of `POST /v1/applications/{id}/billing/claims`."""

    rows: tuple[ClaimResult, ...]


class Outcome(Request):
    """What a desktop knows of a claim now.

    `open` says that the provider was asked and has not counted it: from now it may be sent anew.
    """

    claim_id: Id
    state: ClaimState
    reason: Reason = ""
    request_id: Reason = ""


class OutcomesRequest(Request):
    """Tells what became of claims. Safe to repeat."""

    holder: Id
    rows: Annotated[tuple[Outcome, ...], Field(min_length=1, max_length=100)]


class OutcomesAnswer(Answer):
    """The claims as they are now, in the order of the request; those that are not there left out.

    What a claim cannot become any more, or not by this holder, leaves it as it is.
    """

    rows: tuple[Claim, ...]


class ClaimsPage(Answer):
    """Answer of `GET /v1/applications/{id}/billing/claims`, in the order of their last changes."""

    rows: tuple[Claim, ...]
    next_change: Annotated[int, Field(ge=0)]
    """The `after` of the next page."""
    has_more: bool
