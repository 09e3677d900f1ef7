"""Where personal data lies: each table of the vault, what is about people, what becomes of it.

One list drives the data map (GDPR Art. 30), tells what a person's package must hold and what an
erasure must reach. A table or column that is not in it fails the tests.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from desktop.domain.privacy.categories import Category


class Erasure(StrEnum):
    """What an erasure does to the rows that are about a person."""

    DELETE = "delete"
    ANONYMIZE = "anonymize"
    """The figures stay, under an id that leads to nobody."""
    KEEP = "keep"
    """A ground says why; the certificate names it."""
    FOLLOWS = "follows"
    """Worked out from other rows, and so anew after those have changed."""
    NONE = "none"
    """Nothing in it is about a person."""


@dataclass(frozen=True, slots=True)
class Holding:
    """One table of the vault or of the service."""

    table: str
    columns: tuple[str, ...]
    category: Category | None
    """None where nothing in it is about a person."""
    what: str
    """In plain words: what it holds about people, or why nothing."""
    erasure: Erasure = Erasure.NONE
    exported_as: str = ""
    """Name of the list in a person's package; empty where `what` says why there is none."""


def nothing(table: str, columns: str, why: str) -> Holding:
    """A table without anything about people; `columns` are separated by spaces."""
    return Holding(table, tuple(columns.split()), None, why)


def personal(
    table: str, columns: str, category: Category, what: str, then: tuple[Erasure, str]
) -> Holding:
    """A table about people; `then` is what an erasure does, and its list in a package."""
    erasure, exported_as = then
    return Holding(table, tuple(columns.split()), category, what, erasure, exported_as)


_CONFIGURATION = Category.CONFIGURATION
_USAGE = Category.USAGE

VAULT: Final[tuple[Holding, ...]] = (
    personal(
        "configuration",
        "entity entity_id application_id body revision epoch state problem",
        Category.ACCOUNT,
        "Names and sealed identities of customers, their own limits, plans and blocks.",
        (Erasure.DELETE, "customers"),
    ),
    personal(
        "customer_days",
        "application_id day customer_id endpoint_id meter quantity events peak revision epoch",
        _USAGE,
        "What each customer used, by day: the books.",
        (Erasure.ANONYMIZE, "usage_days"),
    ),
    personal(
        "customer_hours",
        "application_id hour customer_id endpoint_id requests units revision epoch",
        _USAGE,
        "What the largest customers used, by hour.",
        (Erasure.ANONYMIZE, "usage_hours"),
    ),
    personal(
        "customer_day_sums",
        "application_id day customer_id requests units",
        _USAGE,
        "Sums of what customers used by day, for the screens.",
        (Erasure.FOLLOWS, ""),
    ),
    personal(
        "customer_list",
        "number list_number customer_id name sort_name words plan_id members requests units "
        "month_rank last_day",
        _USAGE,
        "The list of customers: the name the owner gave, the plan, and sums of what was used.",
        (Erasure.FOLLOWS, ""),
    ),
    personal(
        "customer_words",
        "list_number word number",
        Category.ACCOUNT,
        "Words of customers' names, to find them by.",
        (Erasure.FOLLOWS, ""),
    ),
    personal(
        "customer_list_merges",
        "list_number customer_id into_id",
        _CONFIGURATION,
        "Which ids the list shows as one customer.",
        (Erasure.FOLLOWS, ""),
    ),
    personal(
        "customer_notes",
        "position application_id customer_id day requests units",
        _USAGE,
        "Changes of usage that wait to be taken into the list of customers.",
        (Erasure.FOLLOWS, ""),
    ),
    personal(
        "alert_events",
        "event_id rule_id application_id rule_name finding told public_text began_at_us "
        "ended_at_us notified_at_us",
        _USAGE,
        "What alerts found, with a copy of the customer's name or pseudonym where they are about "
        "one; the newest ten thousand.",
        (Erasure.DELETE, ""),
    ),
    personal(
        "month_changes",
        "position application_id endpoint_id meter day customer_id quantity events peak fell",
        _USAGE,
        "Usage that waits to be packed by month.",
        (Erasure.FOLLOWS, ""),
    ),
    personal(
        "month_columns",
        "application_id endpoint_id meter month name packed",
        _USAGE,
        "Usage of all customers by month, packed, for trying prices.",
        (Erasure.FOLLOWS, ""),
    ),
    personal(
        "month_customers",
        "application_id number customer_id",
        _USAGE,
        "Which customer a packed figure belongs to.",
        (Erasure.FOLLOWS, ""),
    ),
    personal(
        "kept_traces",
        "trace_id application_id at_us body explanation opened_at_us",
        Category.TECHNICAL,
        "Single calls that were opened or exported, scrubbed.",
        (Erasure.DELETE, "calls"),
    ),
    personal(
        "kept_answers",
        "topic body asked_at_us",
        Category.TECHNICAL,
        "The service's last answers, among them lines of the last calls; a copy that the next "
        "answer replaces.",
        (Erasure.DELETE, ""),
    ),
    personal(
        "outbox",
        "position idempotency_key entity entity_id base_revision base body rejected created_at_us "
        "sent_at_us",
        _CONFIGURATION,
        "Edits that wait to be sent, such as a customer's name; a copy of the row itself.",
        (Erasure.DELETE, ""),
    ),
    personal(
        "service_rows",
        "entity entity_id revision body",
        _CONFIGURATION,
        "The service's version of edited rows; a copy of the row itself.",
        (Erasure.DELETE, ""),
    ),
    personal(
        "conflicts",
        "conflict_id entity entity_id base mine",
        _CONFIGURATION,
        "Edits that met another edit; copies of the row itself.",
        (Erasure.DELETE, ""),
    ),
    personal(
        "drafts",
        "draft_id entity entity_id body made_at_us",
        _CONFIGURATION,
        "Edits set aside; copies of the row itself.",
        (Erasure.DELETE, ""),
    ),
    personal(
        "edit_history",
        "entry_id entity entity_id title body base_revision made_at_us sent_at_us answered_at_us "
        "outcome revision fields reason",
        _CONFIGURATION,
        "Edits that were sent, with their titles; copies of the row itself.",
        (Erasure.DELETE, ""),
    ),
    personal(
        "privacy_requests",
        "request_id number asked",
        Category.SUPPORT,
        "Who asked for what, in their words.",
        (Erasure.KEEP, "privacy_requests"),
    ),
    personal(
        "privacy_events",
        "request_id position kind body",
        Category.SUPPORT,
        "What was done about a request; the proof that it was answered.",
        (Erasure.KEEP, ""),
    ),
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
        "privacy_choices",
        "subject purpose wanted means at_us",
        Category.SUPPORT,
        "Who does not want what, by keyed hashes of addresses: so that nobody is written to again.",
        (Erasure.KEEP, "choices"),
    ),
    nothing(
        "alert_rules",
        "rule_id application_id body problem looked_at_us",
        "Rules of alerts: questions with ids of endpoints and pseudonyms.",
    ),
    nothing("alert_settings", "one quiet_start quiet_end", "The hours in which alerts are quiet."),
    nothing(
        "customer_lists",
        "list_number application_id size",
        "Which list of customers belongs to which application.",
    ),
    nothing("customer_list_day", "one counted_on", "The day whose plans the list shows."),
    nothing(
        "privacy_records",
        "kind record_id body changed_at_us",
        "Versions of the policy, recipients, breaches and the like; people by keyed hashes only.",
    ),
    nothing(
        "privacy_audit",
        "sequence at_us actor action subject facts hash",
        "What was done about privacy: requests by number, people by keyed hashes.",
    ),
    personal(
        "mail_outbox",
        "position mail_id once_key purpose recipient subject text_part html_part state reason "
        "attempts queued_at_us next_at_us ended_at_us",
        Category.SUPPORT,
        "Letters that were not sent yet, and for 90 days to whom which letter went: copies of what "
        "the person received.",
        (Erasure.DELETE, ""),
    ),
    nothing(
        "mail_server",
        "one host port encryption user sender_name sender_address owner_address problem "
        "problem_at_us",
        "The API owner's own mail server and addresses.",
    ),
    nothing("owner_notices", "one limits invoices", "Which notices the API's owner wants by mail."),
    nothing(
        "sign_in",
        "one kind issuer client_id redirect_port further_hosts subject name email signed_in_at_us "
        "renewing_since_us ended device_id device_ends_us",
        "Which provider the API's owner signs in at, and as whom; its tokens are sealed.",
    ),
    nothing(
        "account_profile",
        "one name email company adult_declared_at_us",
        "What the API's owner says of themselves.",
    ),
    nothing(
        "profile_corrections",
        "sequence at_us field before_hash after_hash",
        "When the API's owner corrected that, by keyed hashes.",
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
    personal(
        "erasures",
        "erasure_id request_id begun_at_us plan closed_at_us certificate",
        Category.SUPPORT,
        "Erasures; customers and addresses until one is done, keyed hashes from then on.",
        (Erasure.KEEP, ""),
    ),
    personal(
        "legal_holds",
        "hold_id application_id customer_id category record_id ground placed_at_us until_day",
        Category.SUPPORT,
        "What has to be kept in spite of an erasure, and why; until the hold ends or is released.",
        (Erasure.KEEP, ""),
    ),
    personal(
        "person_corrections",
        "correction_id request_id field customers value after_hash results corrected_at_us "
        "is_settled",
        Category.SUPPORT,
        "What was corrected, by keyed hashes; a copy of the new value until every place has it.",
        (Erasure.DELETE, ""),
    ),
    nothing(
        "erasure_steps",
        "erasure_id step state tries detail result",
        "How far an erasure is, in numbers.",
    ),
    nothing("applied_erasures", "erasure_id at_us", "Which erasures these data are free of."),
    nothing("erasure_feed", "one service_id sequence", "How far the service's list was read."),
    nothing(
        "account_deletion",
        "one asked_at_us begins_at_us zone",
        "When the API owner's own account is to be deleted.",
    ),
    nothing("account_applications", "application_id", "Which applications a token may see."),
    nothing("applied_migrations", "number name sha256", "Versions of the database itself."),
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
    nothing(
        "connection",
        "one kind url ws_url application_id service_id warning",
        "Address of the service.",
    ),
    nothing(
        "cursors",
        "stream cursor finished received newest_day reached_day oldest_day",
        "How far was synced.",
    ),
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
        "network_hosts",
        "host purpose last_contact_us requests sent_bytes received_bytes last_error last_error_us",
        "Which hosts this vault may contact, and when it last did.",
    ),
    nothing(
        "network_options",
        "one proxy proxy_url proxy_auth ca_name ca_pem pin pin_host",
        "How the service is reached; the proxy's password is sealed.",
    ),
    nothing(
        "refused_items",
        "feed kind item_id reason times first_at_us last_at_us",
        "Rows of the service that were not understood, by their ids.",
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
    nothing(
        "secrets",
        "secret_id kind name note hint application_id created_at_us sealed provider scope tags "
        "expires_at_us service_key_id revoked_at_us in_keyring",
        "Keys of the API's owner.",
    ),
    nothing("signing_key", "one sealed", "The key that signs packages."),
    nothing("sync_state", "one epoch last_success_us replaces_all", "When was last synced."),
    nothing(
        "vault",
        "one vault_id lineage wrapping_key generation header_sequence pending_header_sequence "
        "changed_at_us",
        "The vault's own identity.",
    ),
    nothing("vault_audit", "sequence at_us event generation hash", "What happened to the vault."),
    nothing("vault_settings", "name value", "Settings of the vault."),
)
