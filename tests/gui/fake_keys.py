"""Keys and the vault's keeping in memory, for the window."""

from dataclasses import replace
from datetime import UTC, date, datetime, time

from desktop.domain.errors import InvalidInput
from desktop.domain.ids import ApplicationId, KeyId
from desktop.domain.keys import (
    ImportLine,
    ImportPreview,
    ImportReceipt,
    ImportVerdict,
    KeyDetails,
    KeyReport,
    Reminder,
    SdkKeyUse,
    StoredKey,
)
from desktop.domain.links import LinkHandling
from desktop.domain.vault import (
    BackupCheck,
    BackupSummary,
    Finding,
    KeyringState,
    RecoveryState,
    VaultInfo,
    Verification,
)
from desktop.services import (
    api_keys,
    key_transfer,
    link_handler,
    locking,
    reminders,
    sdk_keys,
    vault_keeping,
)
from desktop.services.calls import Report, callable_from_window
from tests.gui.fakes import BACKUP, KEYS, PASSPHRASE, RECOVERY_CODE, SECRET, SYNCED_AT, _Service

PREVIEW = ImportPreview(
    "digest",
    (
        ImportLine(0, KeyDetails("Stripe", provider="Stripe"), "1234", ImportVerdict.NEW),
        ImportLine(1, KeyDetails("Mail"), "abcd", ImportVerdict.NEW),
        ImportLine(2, KeyDetails("Old"), "", ImportVerdict.ALREADY_THERE),
        ImportLine(3, KeyDetails("Empty"), "", ImportVerdict.UNUSABLE, "A key has a secret."),
    ),
    ("2 cards", "1 notes"),
)


class VaultService(_Service, vault_keeping.VaultService):
    @callable_from_window
    def info(self) -> VaultInfo:
        self.controls.enter("VaultService.info")
        return self.controls.vault

    @callable_from_window
    def change_passphrase(self, current: str, new: str) -> None:
        self.controls.enter("VaultService.change_passphrase", current, new)

    @callable_from_window
    def set_passphrase(self, new: str) -> None:
        self.controls.enter("VaultService.set_passphrase", new)

    @callable_from_window
    def new_recovery_code(self) -> str:
        self.controls.enter("VaultService.new_recovery_code")
        return RECOVERY_CODE

    @callable_from_window
    def confirm_recovery_code(self, typed: str) -> None:
        self.controls.enter("VaultService.confirm_recovery_code", typed)
        if typed != RECOVERY_CODE:
            raise InvalidInput("There is a slip in this code.", field="recovery_code")
        self.controls.vault = replace(self.controls.vault, recovery=RecoveryState.CONFIRMED)

    @callable_from_window
    def recovery_sheet(self, code: str) -> str:
        self.controls.enter("VaultService.recovery_sheet", code)
        return f"Recovery code\n{code}"

    @callable_from_window
    def save_recovery_sheet(self, path: str, code: str) -> None:
        self.controls.enter("VaultService.save_recovery_sheet", path, code)

    @callable_from_window
    def keyring(self) -> KeyringState:
        self.controls.enter("VaultService.keyring")
        return self.controls.keyring

    @callable_from_window
    def use_keyring(self, wanted: bool) -> None:  # noqa: FBT001
        self.controls.enter("VaultService.use_keyring", wanted)
        self.controls.keyring = replace(self.controls.keyring, is_on=wanted)

    @callable_from_window
    def rotate(self, report: Report, passphrase: str) -> None:
        for step in range(3):
            report(step, 3)
            self.controls.enter("VaultService.rotate", passphrase)
        self.controls.vault = replace(self.controls.vault, key_since=SYNCED_AT)

    @callable_from_window
    def back_up(self, report: Report) -> BackupSummary:
        report(1, 2)
        self.controls.enter("VaultService.back_up")
        made = replace(BACKUP, path="/vault/backups/new", made_at=SYNCED_AT, reason="manual")
        self.controls.backups = (made, *self.controls.backups)
        return made

    @callable_from_window
    def backups(self) -> tuple[BackupSummary, ...]:
        self.controls.enter("VaultService.backups")
        return self.controls.backups

    @callable_from_window
    def check_backups(self, report: Report) -> tuple[BackupCheck, ...]:
        report(0, 1)
        self.controls.enter("VaultService.check_backups")
        return tuple(BackupCheck(one.path, is_sound=True) for one in self.controls.backups)

    @callable_from_window
    def verify(self, report: Report) -> Verification:
        report(1, 3)
        self.controls.enter("VaultService.verify")
        return Verification(362, 412, 9)

    @callable_from_window
    def findings(self) -> tuple[Finding, ...]:
        self.controls.enter("VaultService.findings")
        return self.controls.findings


class ApiKeyService(_Service, api_keys.ApiKeyService):
    @callable_from_window
    def list_keys(self) -> tuple[StoredKey, ...]:
        self.controls.enter("ApiKeyService.list_keys")
        name = self.controls.hostile
        return tuple(replace(key, name=name + key.name) for key in self.controls.keys)

    @callable_from_window
    def add_key(self, details: KeyDetails, secret: str) -> StoredKey:
        self.controls.enter("ApiKeyService.add_key", details)
        if not details.name:
            raise InvalidInput("Give the key a name.", field="name")
        if not secret:
            raise InvalidInput("Paste the secret itself.", field="secret")
        key = _described(
            StoredKey(
                KeyId(f"key_{details.name}"), "", "", secret[-4:], SYNCED_AT, made_by_service=False
            ),
            details,
        )
        self.controls.keys.append(key)
        return key

    @callable_from_window
    def change_key(self, key_id: KeyId, details: KeyDetails, secret: str) -> StoredKey:
        self.controls.enter("ApiKeyService.change_key", key_id, details, secret)
        return self._replace(_described(self._find(key_id), details))

    @callable_from_window
    def restore_secret(self, key_id: KeyId) -> StoredKey:
        self.controls.enter("ApiKeyService.restore_secret", key_id)
        return self._find(key_id)

    @callable_from_window
    def reveal(self, key_id: KeyId) -> str:
        self.controls.enter("ApiKeyService.reveal", key_id)
        return SECRET

    @callable_from_window
    def keep_in_keyring(self, key_id: KeyId, wanted: bool) -> StoredKey:  # noqa: FBT001
        self.controls.enter("ApiKeyService.keep_in_keyring", key_id, wanted)
        return self._replace(replace(self._find(key_id), in_keyring=wanted))

    @callable_from_window
    def report(self) -> KeyReport:
        self.controls.enter("ApiKeyService.report")
        return self.controls.key_report

    @callable_from_window
    def delete_key(self, key_id: KeyId) -> None:
        self.controls.enter("ApiKeyService.delete_key", key_id)
        self.controls.keys = [key for key in self.controls.keys if key.key_id != key_id]

    @callable_from_window
    def restore_key(self, key_id: KeyId) -> None:
        self.controls.enter("ApiKeyService.restore_key", key_id)
        self.controls.keys += [key for key in KEYS if key.key_id == key_id]

    def _find(self, key_id: KeyId) -> StoredKey:
        return next(key for key in self.controls.keys if key.key_id == key_id)

    def _replace(self, changed: StoredKey) -> StoredKey:
        self.controls.keys = [
            changed if key.key_id == changed.key_id else key for key in self.controls.keys
        ]
        return changed


class SdkKeyService(_Service, sdk_keys.SdkKeyService):
    @callable_from_window
    def create(
        self, application_id: ApplicationId, name: str, expires_on: date | None = None
    ) -> StoredKey:
        self.controls.enter("SdkKeyService.create", application_id, name, expires_on)
        if not name:
            raise InvalidInput("Give the key a name.", field="name")
        return self._made(name)

    @callable_from_window
    def rotate(self, key_id: KeyId, overlap_s: int) -> StoredKey:
        self.controls.enter("SdkKeyService.rotate", key_id, overlap_s)
        return self._made("SDK key, Acme API")

    @callable_from_window
    def revoke(self, key_id: KeyId) -> StoredKey:
        self.controls.enter("SdkKeyService.revoke", key_id)
        found = next(key for key in self.controls.keys if key.key_id == key_id)
        revoked = replace(found, revoked_at=SYNCED_AT)
        self.controls.keys = [
            revoked if key.key_id == key_id else key for key in self.controls.keys
        ]
        return revoked

    @callable_from_window
    def revoke_elsewhere(self, application_id: ApplicationId, service_key_id: str) -> None:
        self.controls.enter("SdkKeyService.revoke_elsewhere", application_id, service_key_id)
        self.controls.uses = tuple(
            replace(use, revoked_at=SYNCED_AT) if use.service_key_id == service_key_id else use
            for use in self.controls.uses
        )

    @callable_from_window
    def uses(self, report: Report) -> tuple[SdkKeyUse, ...]:
        report(0, 1)
        self.controls.enter("SdkKeyService.uses")
        return self.controls.uses

    def _made(self, name: str) -> StoredKey:
        number = len(self.controls.keys)
        key = StoredKey(
            KeyId(f"key_new{number}"), name, "", "beef", SYNCED_AT, made_by_service=True,
            provider="UsageFlow SDK",
        )  # fmt: skip
        self.controls.keys.append(key)
        return key


class KeyTransferService(_Service, key_transfer.KeyTransferService):
    @callable_from_window
    def preview(self, path: str, passphrase: str) -> ImportPreview:
        self.controls.enter("KeyTransferService.preview", path, passphrase)
        if path.endswith(".age") and passphrase != PASSPHRASE:
            raise InvalidInput("This passphrase does not open the file.", field="passphrase")
        return PREVIEW

    @callable_from_window
    def import_chosen(
        self, path: str, passphrase: str, digest: str, places: tuple[int, ...]
    ) -> ImportReceipt:
        self.controls.enter("KeyTransferService.import_chosen", path, passphrase, digest, places)
        return ImportReceipt(len(places), 0, 0)

    @callable_from_window
    def export_keys(self, path: str, passphrase: str) -> int:
        self.controls.enter("KeyTransferService.export_keys", path, passphrase)
        return len(self.controls.keys)


class ReminderService(_Service, reminders.ReminderService):
    @callable_from_window
    def reminders(self) -> tuple[Reminder, ...]:
        self.controls.enter("ReminderService.reminders")
        due = {*self.controls.key_report.expiring, *self.controls.key_report.expired}
        return tuple(
            Reminder(key.key_id, key.name, key.made_by_service, SYNCED_AT, 0)
            for key in self.controls.keys
            if key.key_id in due
        )


class LockingService(_Service, locking.LockingService):
    @callable_from_window
    def lock_on(self, sleep: bool, session: bool) -> None:  # noqa: FBT001
        self.controls.enter("LockingService.lock_on", sleep, session)


class LinkHandlerService(_Service, link_handler.LinkHandlerService):
    @callable_from_window
    def status(self) -> LinkHandling:
        self.controls.enter("LinkHandlerService.status")
        return self.controls.links

    @callable_from_window
    def set(self, wanted: bool) -> LinkHandling:  # noqa: FBT001
        self.controls.enter("LinkHandlerService.set", wanted)
        self.controls.links = replace(self.controls.links, is_on=wanted)
        return self.controls.links


def _described(key: StoredKey, details: KeyDetails) -> StoredKey:
    last = details.expires_on
    return replace(
        key,
        name=details.name,
        note=details.note,
        scope=details.scope,
        tags=details.tags,
        provider=details.provider or key.provider,
        expires_at=None if last is None else datetime.combine(last, time.max, UTC),
    )


KEY_SERVICES = (
    VaultService,
    ApiKeyService,
    SdkKeyService,
    KeyTransferService,
    ReminderService,
    LockingService,
    LinkHandlerService,
)
