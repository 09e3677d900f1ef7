"""Tables of the vault about privacy requests and what was done about them."""

from typing import Final

from desktop.domain.privacy.categories import Category
from desktop.domain.privacy.holdings import Erasure, Holding, nothing, personal

TABLES: Final[tuple[Holding, ...]] = (
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
        "privacy_choices",
        "subject purpose wanted means at_us",
        Category.SUPPORT,
        "Who does not want what, by keyed hashes of addresses: so that nobody is written to again.",
        (Erasure.KEEP, "choices"),
    ),
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
        "written_files",
        "file_id path kind request_id customers size_bytes sha256 written_at_us due_for",
        Category.SUPPORT,
        "Where copies of data were written as packages and exports, and of which pseudonyms they "
        "tell; until the file is deleted.",
        (Erasure.DELETE, ""),
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
    nothing(
        "unfinished_files",
        "temporary begun_at_us",
        "Temporary names of files that are being written; until each is finished or removed.",
    ),
    nothing("erasure_feed", "one service_id sequence", "How far the service's list was read."),
)
