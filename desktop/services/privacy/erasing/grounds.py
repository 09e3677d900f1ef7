"""What an erasure leaves by right: why, and until when. The certificate lists each."""

from typing import Final

from desktop.domain.privacy.erasure import Kept, LegalHold
from desktop.domain.privacy.written import FileKind, WrittenFile
from desktop.services.privacy.written_files import UNREACHABLE

BOOKS: Final = "GDPR Art. 17 (3) (b): tax law wants books to be kept."
NOBODY: Final = "Under a random id that leads to nobody; the books have to add up."
DEFENCE: Final = "GDPR Art. 17 (3) (e): to show that the request was answered."
REGISTER: Final = "36 months after the answer"

FILES: Final = {
    FileKind.PACKAGE: "Package for a person",
    FileKind.ACCOUNT: "Export of everything in the vault",
    FileKind.CONFIGURATION: "Export of the configuration",
}
ALWAYS: Final = (
    Kept("Vault", "Usage by day and hour, in figures", NOBODY, "as long as the books"),
    Kept("Service", "Usage by day and hour, in figures", NOBODY, "as long as the books"),
    Kept("Vault", "This privacy request and what was done about it", DEFENCE, REGISTER),
    Kept(
        "Vault",
        "A keyed hash of each address, so that nobody writes to it again",
        "GDPR Art. 21 (3): to respect the wish.",
        "as long as anybody could be written to",
    ),
    Kept(
        "Service",
        "Audit log: the pseudonym, where the owner edited a row of this customer",
        "GDPR Art. 17 (3) (e): a record that could forget would prove nothing.",
        "as long as the service exists",
    ),
    Kept(
        "Backups of the vault and archives of the service made before",
        "What they held; they are encrypted, and whoever is restored is erased again at once",
        "GDPR Art. 32: to recover from a disaster.",
        "each is deleted in its turn, the last after 4 weeks",
    ),
    Kept(
        "Files exported from a page, such as usage, single calls and invoices",
        "What the page showed",
        "Where they were put is not noted: only you can reach them.",
        "you delete them",
    ),
    Kept(
        "Vault and keyring of this computer",
        "The name of a key of yours that has a copy in the keyring, if you named it after somebody",
        "Scripts find the copy by that name.",
        "you rename the key",
    ),
    Kept(
        "Erasure ledger of vault and service",
        "Keyed hashes, without which a restored backup would bring the person back",
        "GDPR Art. 17 (3) (e).",
        "as long as backups may exist",
    ),
)


def held(hold: LegalHold) -> Kept:
    """What a legal hold keeps."""
    what = hold.category.value + (f", record {hold.record_id}" if hold.record_id else "")
    why = f"Legal hold since {hold.placed_at:%Y-%m-%d}: {hold.ground}"
    end = "the hold is released" if hold.until is None else f"the hold ends on {hold.until}"
    return Kept("Vault and service", what, why, f"{end}; it is erased then")


def raw_calls(until: str) -> Kept:
    """Single calls without contents, which go by themselves."""
    return Kept(
        "Service",
        "Time, route and units of single calls, without contents",
        f"{NOBODY} A message that comes again must not count twice.",
        until[:10],
    )


def block(count: int) -> Kept:
    """Blocks that stay in force."""
    return Kept(
        "Service and vault",
        f"Blocks of this caller: {count}",
        "GDPR Art. 6 (1) (f) and 21 (1): protection against abuse.",
        "the block ends",
    )


def recipient(name: str) -> Kept:
    """What somebody outside was given, who hears of the erasure."""
    why = "They were, or are, told to erase it: GDPR Art. 19. What they do is theirs to answer for."
    return Kept(name, "What they were given", why, "they erase it")


def file(written: WrittenFile) -> Kept:
    """A file that could not be deleted; by its checksum, for a path may name somebody."""
    what = f"{FILES[written.kind]} of {written.written_at:%Y-%m-%d}, SHA-256 {written.sha256}"
    return Kept("A file outside the vault", what, UNREACHABLE, "you delete it")


CAME_BACK: Final = Kept(
    "Service and vault",
    "New calls under the pseudonym of before: the person called again after the erasure",
    "They are new data, of another contract; nothing leads to the old.",
    "the person asks again",
)
