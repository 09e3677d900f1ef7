"""Who receives personal data from the owner, under which contract, and what they were given."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from desktop.domain.privacy.categories import Category


class RecipientKind(StrEnum):
    PAYMENT = "payment"
    SIGN_IN = "sign_in"
    PROVIDER = "provider"
    AUTHORITY = "authority"


class Review(StrEnum):
    """Whether the contract with a recipient was looked at in time."""

    NEVER = "never"
    OVERDUE = "overdue"
    CURRENT = "current"


@dataclass(frozen=True, slots=True)
class Recipient:
    recipient_id: str
    name: str
    kind: RecipientKind
    purpose: str
    categories: tuple[Category, ...]
    agreement: str = ""
    """Where the data processing agreement is; empty while there is none."""
    region: str = ""
    sub_processors: str = ""
    review_by: date | None = None
    """Day by which the agreement is looked at again; None while it never was."""
    contact: str = ""
    """E-mail address where they hear of corrections and erasures; empty: the owner tells them."""

    def review(self, today: date) -> Review:
        if self.review_by is None or not self.agreement:
            return Review.NEVER
        return Review.OVERDUE if self.review_by < today else Review.CURRENT


class Ground(StrEnum):
    """Why somebody outside was given data."""

    PROCESSOR = "processor"
    SIGN_IN = "sign_in"
    LAW = "law"
    COURT = "court"
    TRANSFER = "transfer"
    """The business, or a part of it, is sold or merged."""
    PERSON = "person"
    """The person asked for it."""


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One time data was given away. People stand in it by number of their request at most."""

    disclosure_id: str
    recipient_id: str
    at: datetime
    ground: Ground
    categories: tuple[Category, ...]
    what: str


_BOOKS: Final = (Category.BILLING, Category.ACCOUNT)
STANDARD: Final = (
    Recipient("stripe", "Stripe", RecipientKind.PAYMENT, "Payments and invoices", _BOOKS),
    Recipient("paddle", "Paddle", RecipientKind.PAYMENT, "Payments, taxes and invoices", _BOOKS),
    Recipient("google", "Google", RecipientKind.SIGN_IN, "Sign-in", (Category.ACCOUNT,)),
    Recipient("auth0", "Auth0", RecipientKind.SIGN_IN, "Sign-in", (Category.ACCOUNT,)),
)
"""Those the product can be connected to; a vault begins with them, without an agreement."""
