"""What outlives an account: who keeps it, why, until when. For preview and certificate."""

from typing import Final

from desktop.domain.privacy.erasure import Kept
from desktop.services.privacy.erasing.grounds import BOOKS, DEFENCE

YOURS: Final = "They are yours: delete them where you keep them."
OWN_DUTY: Final = "They have duties of their own to keep it."
PROVIDERS: Final = {"stripe": "Stripe", "paddle": "Paddle"}

LEFT_IN_VAULT: Final = (
    Kept(
        "Vault",
        "This certificate, and which steps were taken when",
        DEFENCE,
        "you remove the workspace",
    ),
    Kept(
        "Vault",
        "The chained logs of the vault and of privacy, without names, and certificates of people "
        "who were erased before",
        DEFENCE,
        "you remove the workspace",
    ),
    Kept(
        "Erasure ledger of vault and service",
        "Keyed hashes, without which a restored backup would bring erased people back",
        "GDPR Art. 17 (3) (e).",
        "you remove the workspace; in the service, `usageflow service delete`",
    ),
)
NOT_REACHED: Final = (
    Kept(
        "Files that you exported or backed up elsewhere",
        "What they held when they were written",
        YOURS,
        "you delete them",
    ),
    Kept(
        "Other desktops of this account",
        "Their vaults, each encrypted under its own passphrase",
        "They are told that the account was deleted, and asked to delete their copy.",
        "their owners delete them",
    ),
    Kept(
        "Your API",
        "Address and key of the service in its configuration",
        "They open nothing any more.",
        "you take them out",
    ),
)
SERVICE_ELSEWHERE: Final = Kept(
    "Whoever runs the service",
    "A key kept apart from it, archives, copies of the disk, the journal of the system",
    "The service cannot reach them.",
    "whoever runs it deletes them",
)


def books(count: int | None, until: str) -> Kept:
    """What tax law wants to be kept; without a number where they are not written yet."""
    records = "" if count is None else f"{count} records: "
    return Kept(
        "Vault",
        f"Books: {records}invoices and payments, reported usage, sums of usage and revenue by "
        "month, people by random ids",
        BOOKS,
        until,
    )


def provider(name: str) -> tuple[Kept, Kept]:
    """What stays with a payment provider, and what only its page can end."""
    shown = PROVIDERS.get(name, name)
    return (
        Kept(
            shown,
            "Your account there with its customers, invoices, payments and reported usage",
            f"It is a contract of yours with {shown}. {OWN_DUTY}",
            f"you close it with {shown}",
        ),
        Kept(
            shown,
            "The key you made for this program, and webhook addresses you entered",
            "The key is forgotten here and the addresses answer nothing; only you can end them "
            "there.",
            "you revoke and delete them there",
        ),
    )


def sign_in(*, was_told: bool) -> Kept:
    """What stays with whom the owner signed in at."""
    return Kept(
        "Sign-in provider",
        "Your account there"
        if was_told
        else "Your account there; it could not be told to end the sign-in, which ends by itself",
        f"It is yours. {OWN_DUTY}",
        "you close it there",
    )


def computer(name: str) -> Kept:
    """Something on this computer that could not be deleted."""
    return Kept("This computer", name, "It could not be deleted.", "you delete it")


def service_not_asked(host: str) -> Kept:
    """The service, where the owner said that it is gone for good."""
    return Kept(
        "Service",
        f"Everything, if it still exists at {host}" if host else "Everything, if it still exists",
        "It could not be reached; you said that it is gone for good.",
        "it is deleted there: `usageflow service delete`",
    )
