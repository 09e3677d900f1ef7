"""Tables of the vault about payment providers."""

from typing import Final

from desktop.domain.privacy.categories import Category
from desktop.domain.privacy.holdings import Erasure, Holding, nothing, personal

TABLES: Final[tuple[Holding, ...]] = (
    personal(
        "billing_objects",
        "provider mode kind object_id name status parent_id customer_id amount_minor currency "
        "created_at_us body round",
        Category.BILLING,
        "Customers, invoices, payments and refunds as the payment provider has them; a copy that "
        "is read anew, so what is erased there goes here too.",
        (Erasure.FOLLOWS, ""),
    ),
    personal(
        "billing_links",
        "provider mode application_id customer_id provider_customer_id source",
        Category.BILLING,
        "Which customer of the payment provider pays for a caller: copies of two ids.",
        (Erasure.DELETE, ""),
    ),
    personal(
        "billing_claims",
        "claim_id application_id provider mode account_id customer_id meter window part payer "
        "event_name slot units state sending_since_us reason request_id change",
        Category.BILLING,
        "What was reported to the payment provider for whom; the service's ledger has the same. "
        "A copy of it.",
        (Erasure.ANONYMIZE, ""),
    ),
    personal(
        "billing_events",
        "webhook_id event_id type object_id occurred_at_us received_at_us outcome",
        Category.BILLING,
        "Which events of the payment provider came, and what they are about by its id; kept for 35 "
        "days.",
        (Erasure.FOLLOWS, ""),
    ),
    personal(
        "billing_run_lines",
        "run_id position claim_id customer_id payer meter event_name window part units state "
        "reason",
        Category.BILLING,
        "What each report of usage held, by pseudonym: the record of what was billed, a copy of "
        "the days.",
        (Erasure.ANONYMIZE, ""),
    ),
    nothing(
        "billing_connections",
        "provider mode account_id account_name secret_id is_restricted missing connected_at_us",
        "The API owner's own account at a payment provider.",
    ),
    nothing(
        "billing_publications",
        "provider mode application_id rule_id version product_id price_id meter_id event_name "
        "fraction_digits published_at_us",
        "Which prices the payment provider has.",
    ),
    nothing("billing_feed", "only_row cursor", "How far providers' events were followed."),
    nothing("billing_ledgers", "application_id change", "How far the ledger was followed."),
    nothing(
        "billing_runs",
        "run_id provider mode application_id question started_at_us finished_at_us problem",
        "When usage was reported, and how it ended.",
    ),
    nothing(
        "billing_reads",
        "provider mode kind cursor round is_partial as_of_us",
        "How far the payment provider was read.",
    ),
)
