"""Keys out of files of other programs, and into an encrypted file of ours."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from desktop.domain.errors import InvalidInput
from desktop.domain.keys import (
    ImportLine,
    ImportPreview,
    ImportReceipt,
    ImportVerdict,
    KeyDetails,
    provider_of,
)
from desktop.services.api_keys import check_secret, checked, shown
from desktop.services.calls import callable_from_window
from desktop.services.secret_store import hint_of
from desktop.services.storage import secrets

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.secret_store import SecretStore
    from desktop.services.storage.vault import Vault


class KeyTransferService:
    """Needs the open vault. Files that are read stay as they are; the owner removes them."""

    def __init__(
        self,
        vault: "Vault",
        store: "SecretStore",
        clock: Callable[[], datetime],
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        """`changed` is called after keys were stored."""
        self._vault = vault
        self._store = store
        self._clock = clock
        self._changed = changed

    @callable_from_window
    def preview(self, path: str, passphrase: str) -> ImportPreview:
        """What a file would bring; stores nothing.

        Args:
            path: a `.env` file, a CSV with a header line, an export of Bitwarden (JSON) or
                1Password (CSV), or an encrypted one of our own.
            passphrase: of the encrypted one; empty for the others.

        Raises: InvalidInput (field `path` or `passphrase`), VaultError.
        """
        from desktop.services.key_files import content_of, read_keys

        content = content_of(path)
        offered = read_keys(content, passphrase)
        with self._vault.reading() as db:
            known = self._known(db)
        lines = tuple(line for line, _ in _judged(offered.keys, known))
        return ImportPreview(sha256(content).hexdigest(), lines, offered.left_out)

    @callable_from_window
    def import_chosen(
        self, path: str, passphrase: str, digest: str, places: tuple[int, ...]
    ) -> ImportReceipt:
        """Take these entries of a file that was looked at.

        Raises: InvalidInput (field `path`: the file has changed since), VaultError.
        """
        from desktop.services.key_files import content_of, read_keys

        content = content_of(path)
        if sha256(content).hexdigest() != digest:
            raise InvalidInput(
                "The file has changed since it was looked at. Nothing was stored. Look again.",
                field="path",
            )
        offered = read_keys(content, passphrase)
        return self._store_all([offered.keys[place] for place in sorted(set(places))])

    @callable_from_window
    def import_keys(self, path: str, passphrase: str) -> ImportReceipt:
        """Take everything a file offers. Raises: as `preview`."""
        from desktop.services.key_files import content_of, read_keys

        return self._store_all(read_keys(content_of(path), passphrase).keys)

    @callable_from_window
    def export_keys(self, path: str, passphrase: str) -> int:
        """Write all keys to one file, encrypted with a passphrase of its own; return how many.

        The file is in the age format, so that other programs can open it too; it has been read
        back when this returns.
        Raises: InvalidInput (field `path` or `passphrase`), ExportFailed, VaultError.
        """
        from desktop.services.key_files import write_encrypted
        from desktop.services.storage.audit import Event, append

        with self._vault.reading() as db:
            opened = [(shown(s), self._store.reveal(s)) for s in secrets.listed(db)]
        write_encrypted(path, passphrase, opened)
        with self._vault.transaction() as db:
            append(db, Event.EXPORTED, self._clock())
        return len(opened)

    def _store_all(self, offered: "list[tuple[KeyDetails, str]]") -> ImportReceipt:
        from desktop.services.storage.audit import Event, append

        with self._vault.transaction() as db:
            judged = list(_judged(offered, self._known(db)))
            for line, secret in judged:
                if line.verdict is ImportVerdict.NEW:
                    self._store.add_api_key(db, line.details, secret)
            append(db, Event.IMPORTED, self._clock())
        self._changed()
        verdicts = [line.verdict for line, _ in judged]
        return ImportReceipt(
            added=verdicts.count(ImportVerdict.NEW),
            already_there=verdicts.count(ImportVerdict.ALREADY_THERE),
            unusable=verdicts.count(ImportVerdict.UNUSABLE),
        )

    def _known(self, db: "Connection") -> set[tuple[str, str]]:
        return {(s.name, self._store.reveal(s)) for s in secrets.listed(db)}


def _judged(
    offered: Iterable[tuple[KeyDetails, str]], known: set[tuple[str, str]]
) -> Iterator[tuple[ImportLine, str]]:
    """Each entry with what would become of it, in order; the same one twice counts once."""
    seen = set(known)
    for place, (stated, secret) in enumerate(offered):
        try:
            details = checked(stated)
            check_secret(secret)
        except InvalidInput as error:
            yield ImportLine(place, stated, "", ImportVerdict.UNUSABLE, str(error)), secret
            continue
        is_known = (details.name, secret) in seen
        verdict = ImportVerdict.ALREADY_THERE if is_known else ImportVerdict.NEW
        seen.add((details.name, secret))
        yield ImportLine(place, _recognised(details, secret), hint_of(secret), verdict), secret


def _recognised(details: KeyDetails, secret: str) -> KeyDetails:
    return replace(details, provider=details.provider or provider_of(secret))
