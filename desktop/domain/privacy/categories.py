"""Kinds of personal data, and what the law wants to be said of each."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Category(StrEnum):
    ACCOUNT = "account"
    USAGE = "usage"
    BILLING = "billing"
    CONFIGURATION = "configuration"
    TECHNICAL = "technical"
    SUPPORT = "support"
    SECURITY = "security"


@dataclass(frozen=True, slots=True)
class Processing:
    """What GDPR Art. 15 (1) and Art. 30 (1) ask for, in plain words; the owner may change it."""

    purpose: str
    legal_basis: str
    retention: str
    recipients: tuple[str, ...]
    source: str


PROCESSING: Final = {
    Category.ACCOUNT: Processing(
        "To know who a customer is and to provide the API to them.",
        "Contract, GDPR Art. 6 (1) (b)",
        "As long as the customer is one.",
        (),
        "The calls of the customer, and names the API's owner gave.",
    ),
    Category.USAGE: Processing(
        "To meter calls, to enforce limits and to bill what was used.",
        "Contract, GDPR Art. 6 (1) (b)",
        "Single calls 90 days, sums 25 months.",
        (),
        "The calls of the customer, as the API's own software reports them.",
    ),
    Category.BILLING: Processing(
        "To charge for the use of the API and to keep the books.",
        "Contract and legal duty, GDPR Art. 6 (1) (b) and (c)",
        "As long as tax law wants books to be kept.",
        ("Stripe", "Paddle"),
        "Metered use, and the payment processor.",
    ),
    Category.CONFIGURATION: Processing(
        "To apply what was agreed with the customer, such as limits of their own.",
        "Contract, GDPR Art. 6 (1) (b)",
        "Until it is changed.",
        (),
        "The API's owner.",
    ),
    Category.TECHNICAL: Processing(
        "To operate the API and to find faults.",
        "Legitimate interest, GDPR Art. 6 (1) (f)",
        "90 days.",
        (),
        "The calls of the customer, after secrets and contents were taken out.",
    ),
    Category.SUPPORT: Processing(
        "To answer questions and requests.",
        "Legal duty and legitimate interest, GDPR Art. 6 (1) (c) and (f)",
        "Privacy requests 36 months.",
        (),
        "What the person wrote.",
    ),
    Category.SECURITY: Processing(
        "To protect the API against abuse.",
        "Legitimate interest, GDPR Art. 6 (1) (f)",
        "As long as a block holds.",
        (),
        "The API's owner, and the calls of the customer.",
    ),
}
