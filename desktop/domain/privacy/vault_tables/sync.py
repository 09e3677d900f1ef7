"""Tables of the vault about sync: what waits, what was refused, and the way to the service."""

from typing import Final

from desktop.domain.privacy.categories import Category
from desktop.domain.privacy.holdings import Erasure, Holding, nothing, personal

TABLES: Final[tuple[Holding, ...]] = (
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
        Category.CONFIGURATION,
        "Edits that wait to be sent, such as a customer's name; a copy of the row itself.",
        (Erasure.DELETE, ""),
    ),
    personal(
        "service_rows",
        "entity entity_id revision body",
        Category.CONFIGURATION,
        "The service's version of edited rows; a copy of the row itself.",
        (Erasure.DELETE, ""),
    ),
    personal(
        "conflicts",
        "conflict_id entity entity_id base mine",
        Category.CONFIGURATION,
        "Edits that met another edit; copies of the row itself.",
        (Erasure.DELETE, ""),
    ),
    personal(
        "drafts",
        "draft_id entity entity_id body made_at_us",
        Category.CONFIGURATION,
        "Edits set aside; copies of the row itself.",
        (Erasure.DELETE, ""),
    ),
    personal(
        "edit_history",
        "entry_id entity entity_id title body base_revision made_at_us sent_at_us answered_at_us "
        "outcome revision fields reason",
        Category.CONFIGURATION,
        "Edits that were sent, with their titles; copies of the row itself.",
        (Erasure.DELETE, ""),
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
    nothing("sync_state", "one epoch last_success_us replaces_all", "When was last synced."),
)
