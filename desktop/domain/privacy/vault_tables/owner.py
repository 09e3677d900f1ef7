"""Tables of the vault about the API's owner, letters, keys and the vault itself."""

from typing import Final

from desktop.domain.privacy.categories import Category
from desktop.domain.privacy.holdings import Erasure, Holding, nothing, personal

TABLES: Final[tuple[Holding, ...]] = (
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
    nothing(
        "account_deletion",
        "one deletion_id asked_at_us day zone begun_at_us without_service finished_at_us "
        "books_until certificate",
        "When the API owner's own account is to be deleted, and the certificate of it.",
    ),
    nothing(
        "account_deletion_steps",
        "step state detail result",
        "How far the deletion of the account is, in numbers.",
    ),
    nothing(
        "account_books",
        "position kind day application party reference status currency amount_minor "
        "quantity_micro detail",
        "Books that outlive the account, with random ids in place of people.",
    ),
    nothing(
        "account_deleted_elsewhere",
        "one noticed_at_us service_id",
        "That another desktop had the account deleted.",
    ),
    nothing("account_applications", "application_id", "Which applications a token may see."),
    nothing("applied_migrations", "number name sha256", "Versions of the database itself."),
    nothing(
        "secrets",
        "secret_id kind name note hint application_id created_at_us sealed provider scope tags "
        "expires_at_us service_key_id revoked_at_us in_keyring",
        "Keys of the API's owner.",
    ),
    nothing("signing_key", "one sealed", "The key that signs packages."),
    nothing(
        "vault",
        "one vault_id lineage wrapping_key generation header_sequence pending_header_sequence "
        "changed_at_us",
        "The vault's own identity.",
    ),
    nothing("vault_audit", "sequence at_us event generation hash", "What happened to the vault."),
    nothing("vault_settings", "name value", "Settings of the vault."),
)
