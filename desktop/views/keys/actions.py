"""What is done to the chosen key: shown, copied, stored, rotated, revoked, deleted; with undo."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop.domain.errors import AppError
from desktop.domain.ids import ApplicationId
from desktop.domain.keys import StoredKey
from desktop.services.api_keys import ApiKeyService
from desktop.services.sdk_keys import SdkKeyService
from desktop.views.clipboard import SECONDS_KEPT, SecretClipboard
from desktop.views.keys.card import KeyCard
from desktop.views.keys.form import KeyForm
from desktop.views.keys.standing import KeyRow

if TYPE_CHECKING:
    from desktop.jobs import Jobs


class KeyActions(QObject):
    """Turns the gestures of card and form into jobs."""

    stored = Signal(object)
    """A `StoredKey` as it is now."""
    changed = Signal()
    """The list is no longer what it was."""
    said = Signal(str, object)
    """What was done, and a function that undoes it or None."""
    failed = Signal(object)
    """An `AppError`."""

    def __init__(
        self,
        jobs: "Jobs",
        clipboard: SecretClipboard,
        parts: tuple[KeyCard, KeyForm],
        chosen: Callable[[], KeyRow | None],
    ) -> None:
        """`chosen` tells which key the card shows."""
        super().__init__()
        self._jobs, self._clipboard, self._chosen = jobs, clipboard, chosen
        self._card, self._form = parts
        card, form = parts
        card.reveal_wanted.connect(self._reveal)
        card.copy_wanted.connect(self._copy)
        card.deletion_wanted.connect(self._delete)
        card.keyring_wanted.connect(self._keep_in_keyring)
        card.ending.rotation_wanted.connect(self._rotate)
        card.ending.revocation_wanted.connect(self._revoke)
        form.save_wanted.connect(self._store)

    def _chosen_key(self) -> StoredKey | None:
        row = self._chosen()
        return None if row is None else row.key

    def _reveal(self) -> None:
        key = self._chosen_key()
        if key is not None:
            self._with_secret(key, lambda secret: self._show_secret(key, secret))

    def _with_secret(self, key: StoredKey, done: Callable[[str], None]) -> None:
        self._jobs.start(
            ApiKeyService.reveal,
            key.key_id,
            done=done,
            failed=self.failed.emit,
            owner=self,
        )

    def _show_secret(self, key: StoredKey, secret: str) -> None:
        if self._card.isVisible() and self._chosen_key() == key:
            self._card.show_secret(secret)

    def _copy(self) -> None:
        key = self._chosen_key()
        if key is not None:
            self._with_secret(key, lambda secret: self._put_on_clipboard(key, secret))

    def _put_on_clipboard(self, key: StoredKey, secret: str) -> None:
        self._clipboard.copy(secret)
        said = self.tr("Copied “{name}”. The clipboard is cleared in {seconds} seconds.")
        self._say(said.format(name=key.name, seconds=SECONDS_KEPT))

    def _store(self) -> None:
        form = self._form
        if not form.save.isEnabled():
            return
        form.save.setEnabled(False)
        if form.is_for_service:
            self._make_sdk_key()
        elif form.editing is not None:
            self._change(form.editing)
        else:
            self._jobs.start(
                ApiKeyService.add_key,
                form.details(),
                form.secret.text().strip(),
                done=self.stored.emit,
                failed=form.explain,
                owner=self,
            )

    def _make_sdk_key(self) -> None:
        form = self._form

        def made(key: StoredKey) -> None:
            self.stored.emit(key)
            said = self.tr("Made “{name}”. The vault keeps it: hold Reveal, or copy it.")
            self._say(said.format(name=key.name))

        self._jobs.start(
            SdkKeyService.create,
            ApplicationId(form.application.currentData() or ""),
            form.name.text(),
            form.last_day(),
            done=made,
            failed=form.explain,
            owner=self,
        )

    def _change(self, before: StoredKey) -> None:
        form = self._form
        secret = form.secret.text().strip()

        def changed(key: StoredKey) -> None:
            self.stored.emit(key)
            if secret:
                said = self.tr("Replaced the secret of “{name}”.").format(name=key.name)
                self.said.emit(said, lambda: self._restore_secret(before))

        self._jobs.start(
            ApiKeyService.change_key,
            before.key_id,
            form.details(),
            secret,
            done=changed,
            failed=form.explain,
            owner=self,
        )

    def _restore_secret(self, key: StoredKey) -> None:
        self._jobs.start(
            ApiKeyService.restore_secret,
            key.key_id,
            done=self.stored.emit,
            failed=self.failed.emit,
            owner=self,
        )

    def _keep_in_keyring(self, wanted: bool) -> None:  # noqa: FBT001 (from a signal)
        key = self._chosen_key()
        if key is None:
            return

        def refused(error: AppError) -> None:
            self._card.keyring.setChecked(key.in_keyring)
            self.failed.emit(error)

        self._card.keyring.setEnabled(False)
        job = self._jobs.start(
            ApiKeyService.keep_in_keyring,
            key.key_id,
            wanted,
            done=self.stored.emit,
            failed=refused,
            owner=self,
        )
        job.finished.connect(lambda: self._card.keyring.setEnabled(True))

    def _rotate(self, overlap_s: int) -> None:
        key = self._chosen_key()
        if key is None:
            return

        def rotated(new: StoredKey) -> None:
            self.stored.emit(new)
            said = self.tr("Made a second key “{name}”. Copy it and put it into your API.")
            self._say(said.format(name=new.name))

        self._jobs.start(
            SdkKeyService.rotate,
            key.key_id,
            overlap_s,
            done=rotated,
            failed=self.failed.emit,
            owner=self,
        )

    def _revoke(self) -> None:
        row = self._chosen()
        if row is None:
            return
        if row.key is not None:
            self._jobs.start(
                SdkKeyService.revoke,
                row.key.key_id,
                done=self._revoked,
                failed=self.failed.emit,
                owner=self,
            )
        else:
            self._revoke_elsewhere(row)

    def _revoked(self, key: StoredKey) -> None:
        self.stored.emit(key)
        self._say(self.tr("Revoked “{name}”.").format(name=key.name))

    def _revoke_elsewhere(self, row: KeyRow) -> None:
        use = row.use
        if use is None:
            return

        def revoked(_: None) -> None:
            self.changed.emit()
            self._say(self.tr("Revoked “{name}”.").format(name=use.name))

        self._jobs.start(
            SdkKeyService.revoke_elsewhere,
            ApplicationId(use.application_id),
            use.service_key_id,
            done=revoked,
            failed=self.failed.emit,
            owner=self,
        )

    def _delete(self) -> None:
        key = self._chosen_key()
        if key is None:
            return

        def deleted(_: None) -> None:
            self.changed.emit()
            said = self.tr("Deleted “{name}”.").format(name=key.name)
            self.said.emit(said, lambda: self._restore(key))

        self._jobs.start(
            ApiKeyService.delete_key,
            key.key_id,
            done=deleted,
            failed=self.failed.emit,
            owner=self,
        )

    def _restore(self, key: StoredKey) -> None:
        self._jobs.start(
            ApiKeyService.restore_key,
            key.key_id,
            done=lambda _: self.changed.emit(),
            failed=self.failed.emit,
            owner=self,
        )

    def _say(self, text: str) -> None:
        self.said.emit(text, None)
