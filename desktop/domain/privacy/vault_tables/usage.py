"""Tables of the vault about usage, figures and the questions asked of them."""

from typing import Final

from desktop.domain.privacy.categories import Category
from desktop.domain.privacy.holdings import Erasure, Holding, nothing, personal

TABLES: Final[tuple[Holding, ...]] = (
    personal(
        "customer_days",
        "application_id day customer_id endpoint_id meter quantity events peak revision epoch",
        Category.USAGE,
        "What each customer used, by day: the books.",
        (Erasure.ANONYMIZE, "usage_days"),
    ),
    personal(
        "customer_hours",
        "application_id hour customer_id endpoint_id requests units revision epoch",
        Category.USAGE,
        "What the largest customers used, by hour.",
        (Erasure.ANONYMIZE, "usage_hours"),
    ),
    personal(
        "customer_day_sums",
        "application_id day customer_id requests units",
        Category.USAGE,
        "Sums of what customers used by day, for the screens.",
        (Erasure.FOLLOWS, ""),
    ),
    personal(
        "alert_events",
        "event_id rule_id application_id rule_name finding told public_text began_at_us "
        "ended_at_us notified_at_us",
        Category.USAGE,
        "What alerts found, with a copy of the customer's name or pseudonym where they are about "
        "one; the newest ten thousand.",
        (Erasure.DELETE, ""),
    ),
    personal(
        "month_changes",
        "position application_id endpoint_id meter day customer_id quantity events peak fell",
        Category.USAGE,
        "Usage that waits to be packed by month.",
        (Erasure.FOLLOWS, ""),
    ),
    personal(
        "month_columns",
        "application_id endpoint_id meter month name packed",
        Category.USAGE,
        "Usage of all customers by month, packed, for trying prices.",
        (Erasure.FOLLOWS, ""),
    ),
    personal(
        "month_customers",
        "application_id number customer_id",
        Category.USAGE,
        "Which customer a packed figure belongs to.",
        (Erasure.FOLLOWS, ""),
    ),
    personal(
        "packed_days",
        "application_id kind name block day packed",
        Category.USAGE,
        "Sums of past days, packed, for the screens.",
        (Erasure.FOLLOWS, ""),
    ),
    personal(
        "packed_pairs",
        "application_id name day packed",
        Category.USAGE,
        "What customers used of endpoints on past days, packed, for the screens.",
        (Erasure.FOLLOWS, ""),
    ),
    personal(
        "packed_owners",
        "application_id kind number owner_id",
        Category.USAGE,
        "Which customer or endpoint a packed sum belongs to.",
        (Erasure.FOLLOWS, ""),
    ),
    personal(
        "kept_traces",
        "trace_id application_id at_us body explanation opened_at_us",
        Category.TECHNICAL,
        "Single calls that were opened or exported, scrubbed.",
        (Erasure.DELETE, "calls"),
    ),
    nothing(
        "alert_rules",
        "rule_id application_id body problem looked_at_us",
        "Rules of alerts: questions with ids of endpoints and pseudonyms.",
    ),
    nothing("alert_settings", "one quiet_start quiet_end", "The hours in which alerts are quiet."),
    nothing(
        "endpoint_hours",
        "application_id endpoint_id hour day requests units errors_4xx errors_5xx status_unknown "
        "denied unsettled revision epoch durations",
        "Figures of all callers together.",
    ),
    nothing(
        "endpoint_day_sums",
        "application_id day endpoint_id requests units errors denied unsettled errors_5xx "
        "status_unknown durations",
        "Figures of all callers together.",
    ),
    nothing(
        "day_sums",
        "application_id day requests units errors denied unsettled errors_5xx status_unknown "
        "durations",
        "Figures of all callers together.",
    ),
    nothing("day_definition", "one definition", "How days are summed up."),
    nothing("month_definition", "one definition", "How months are packed."),
    nothing(
        "revenue_months",
        "application_id month rule_id currency digits minor",
        "What rules brought in a month, of all customers together.",
    ),
    nothing(
        "incidents",
        "incident_id application_id happened_at_us words",
        "What the owner notes of the API beside its charts.",
    ),
    nothing("rule_drafts", "application_id rule_id draft saved_at_us", "Prices being written."),
    nothing(
        "saved_views",
        "view_id application_id name view saved_at_us",
        "Views of usage, with ids of endpoints and pseudonyms of customers.",
    ),
    nothing(
        "scenarios",
        "scenario_id application_id name question saved_at_us",
        "Questions about prices, by ids of rules.",
    ),
)
