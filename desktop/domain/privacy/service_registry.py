"""Where personal data lies in the service: each table of it, as `registry.py` does for the vault.

Callers are pseudonyms everywhere in the service; what leads back to them is sealed.
"""

from typing import Final

from desktop.domain.privacy.categories import Category
from desktop.domain.privacy.holdings import Erasure, Holding, nothing, personal

SERVICE: Final[tuple[Holding, ...]] = (
    personal(
        "configuration",
        "entity entity_id application_id revision body",
        Category.ACCOUNT,
        "Names and sealed identities of customers, their own limits, plans and blocks.",
        (Erasure.DELETE, ""),
    ),
    personal(
        "places",
        "place_id application_no customer_id endpoint_id",
        Category.USAGE,
        "Which pseudonym called which endpoint: the only link from figures to a caller.",
        (Erasure.ANONYMIZE, ""),
    ),
    personal(
        "events",
        "event_id application_no allocation place_id state opened_us expires_us hour day units "
        "reserved status duration_ms flags skew_s refused_by detail",
        Category.TECHNICAL,
        "Single calls of the last days, scrubbed.",
        (Erasure.ANONYMIZE, "calls"),
    ),
    personal(
        "call_reports",
        "application_no request kind at_us body",
        Category.TECHNICAL,
        "Which functions ran in a call and what it answered, scrubbed; forgotten with the call.",
        (Erasure.DELETE, "calls"),
    ),
    personal(
        "customer_days",
        "day place_id meter quantity events peak released unsettled corrected revision",
        Category.USAGE,
        "What each customer used, by day: the books.",
        (Erasure.ANONYMIZE, "usage_days"),
    ),
    personal(
        "customer_hours",
        "hour place_id day requests units folded revision",
        Category.USAGE,
        "What the largest customers used, by hour.",
        (Erasure.ANONYMIZE, "usage_hours"),
    ),
    personal(
        "named_customers",
        "application_no day customer_id",
        Category.USAGE,
        "Who was among the largest customers of a day.",
        (Erasure.ANONYMIZE, ""),
    ),
    personal(
        "corrections",
        "position correction_id application_id idempotency_key customer_id endpoint_id units "
        "reason actor at_us hour day",
        Category.BILLING,
        "Units that were added to or taken from a customer's account, with the reason.",
        (Erasure.ANONYMIZE, ""),
    ),
    personal(
        "billing_claims",
        "claim_id application_id provider mode account_id customer_id meter window part payer "
        "event_name slot units basis state holder leased_until_us sending_since_us reason "
        "request_id change",
        Category.BILLING,
        "What was reported to the payment provider for whom: without it usage would be billed "
        "twice, so it is kept with the books, under another id.",
        (Erasure.ANONYMIZE, ""),
    ),
    personal(
        "limit_slices",
        "gauge_id at_us key amount",
        Category.USAGE,
        "How much of a limit each caller has used; forgotten with the limit's window.",
        (Erasure.DELETE, ""),
    ),
    personal(
        "limit_levels",
        "gauge_id key at_us level",
        Category.USAGE,
        "How full a caller's bucket is.",
        (Erasure.DELETE, ""),
    ),
    personal(
        "blocked_callers",
        "application_id customer_id sealed",
        Category.SECURITY,
        "Identities of callers, sealed, while they are blocked.",
        (Erasure.KEEP, ""),
    ),
    personal(
        "answers",
        "idempotency_key fingerprint result created_us",
        Category.CONFIGURATION,
        "Answers to edits, kept for a day so that none counts twice; copies of the rows.",
        (Erasure.DELETE, ""),
    ),
    nothing("begun_erasures", "erasure_id outcome", "What erasures under way do, in numbers."),
    nothing(
        "applied_erasures",
        "erasure_id at_us outcome",
        "Which erasures were carried out, in numbers.",
    ),
    personal(
        "privacy_inbox",
        "submission_id received_us sealed taken_by",
        Category.SUPPORT,
        "What people sent by the website, sealed; deleted once a vault has stored it.",
        (Erasure.DELETE, "privacy_requests"),
    ),
    personal(
        "privacy_web_choices",
        "position subject purpose wanted means at_us",
        Category.SUPPORT,
        "Who refused what by one click, by keyed hashes that a vault made.",
        (Erasure.KEEP, "choices"),
    ),
    nothing(
        "privacy_owned",
        "request_id vault_id number kind due changed_us",
        "Which vault answers which privacy request, by number.",
    ),
    nothing("privacy_policies", "effective sha256 text", "The owner's privacy policy."),
    nothing("application_numbers", "application_no application_id purged_event_id", "Short ids."),
    nothing("applied_migrations", "number name sha256", "Versions of the database itself."),
    nothing(
        "audit",
        "sequence at_us actor action entity entity_id before after chain",
        "Who changed what; customers stand in it by pseudonym, without name or reason.",
    ),
    nothing(
        "endpoint_hours",
        "hour application_id endpoint_id requests units errors_4xx errors_5xx status_unknown "
        "denied unsettled revision durations",
        "Figures of all callers together.",
    ),
    nothing(
        "event_health",
        "day application_id events duplicates late unsettled odd_amounts skewed worst_skew_s "
        "payloads_dropped soft_limited",
        "How well SDKs report.",
    ),
    nothing("last_seen", "application_id last_seen_us last_call_us", "When an SDK was heard."),
    nothing("meta", "only_row service_id created_us pseudonym_epoch", "The service's identity."),
    nothing("progress", "only_row folded_number folded_commands resend_from", "How far counted."),
    nothing(
        "sdk_keys",
        "key_id application_id name key_hash created_us revoked_us expires_us last_used_us",
        "Keyed hashes of SDK keys.",
    ),
    nothing("sealing", "only_row public_key changed_us", "The vault's public key."),
    nothing(
        "tokens",
        "token_id name role token_hash created_us revoked_us expires_us last_used_us "
        "application_ids",
        "Keyed hashes of owner tokens.",
    ),
    personal(
        "webhook_events",
        "revision webhook_id event_id type object_id occurred_us received_us sealed",
        Category.BILLING,
        "Events of payment providers: what they are about by its id, the rest sealed to the vault; "
        "forgotten after 35 days.",
        (Erasure.DELETE, ""),
    ),
    nothing(
        "webhooks",
        "webhook_id provider is_live sealed changed_us",
        "Addresses and signing secrets, encrypted.",
    ),
    nothing("webhook_progress", "only_row forgotten_revision", "How far events were forgotten."),
    personal(
        "members",
        "member_id name role address_hash subject_hash invited_us joined_us",
        Category.ACCOUNT,
        "Who may sign in: what the owner calls them, and keyed hashes of address and subject; "
        "forgotten when they are removed.",
        (Erasure.DELETE, ""),
    ),
    personal(
        "devices",
        "token_id member_id",
        Category.TECHNICAL,
        "On which devices members are signed in, by ids.",
        (Erasure.DELETE, ""),
    ),
)
