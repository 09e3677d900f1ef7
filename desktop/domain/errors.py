"""The one family of errors an owner may read.

`str(error)` says what failed, what is safe and what to do next. Everything else is a bug.
Each class has a `code`, its name on the pipe between core and window.
"""

from typing import ClassVar, Final


class AppError(Exception):
    """Base of all errors that are shown to the owner."""

    code: ClassVar[str] = "app"

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field
        """Name of the input the error belongs to, so that it appears beside it."""


class InvalidInput(AppError):
    """Something the owner typed or a script sent cannot be used; nothing was written."""

    code = "invalid_input"


class VaultError(AppError):
    """The vault could not be read or written."""

    code = "vault"


class WrongPassphrase(VaultError):
    """No slot opened with this passphrase or recovery code. Nothing was changed."""

    code = "wrong_passphrase"


class VaultDamaged(VaultError):
    """The vault's files are not what was written."""

    code = "vault_damaged"


class VaultLocked(VaultError):
    """A call needs the open vault, and it is not open."""

    code = "vault_locked"


class VaultInUse(VaultError):
    """Another process has this vault open."""

    code = "vault_in_use"


class VaultMissing(VaultError):
    """There is no vault in this folder."""

    code = "vault_missing"


class VaultTooNew(VaultError):
    """A newer version of the program wrote this vault."""

    code = "vault_too_new"


class OlderCopy(VaultError):
    """The vault is an older copy of itself: it can be read, not changed."""

    code = "older_copy"


class LedgerUnreadable(VaultError):
    """Nobody can say who was erased."""

    code = "ledger_unreadable"


class DiskFull(VaultError):
    """There is no room for what was to be written. What was stored before is safe."""

    code = "disk_full"


class BackupDamaged(VaultError):
    """A backup is not what was written. The vault itself is not concerned."""

    code = "backup_damaged"


class WorkspaceListProblem(AppError):
    """The list of workspaces cannot be read or changed; the vaults are not concerned."""

    code = "workspace_list"


class ServiceUnreachable(AppError):
    """The service did not answer, or not as our service does. Local data is unaffected."""

    code = "service_unreachable"
    retry_after_s: float = 0.0
    """How long the service asked to be left alone."""


class ServiceSlow(ServiceUnreachable):
    """The service did not answer in time."""

    code = "service_slow"


class ServiceBusy(ServiceUnreachable):
    """The service, or what stands before it, asks to be left alone for a while."""

    code = "service_busy"


class ServiceFaulty(ServiceUnreachable):
    """The service has a fault of its own."""

    code = "service_faulty"


class NotOurService(ServiceUnreachable):
    """What answers does not behave as a UsageFlow service of this generation."""

    code = "not_our_service"


class CertificateProblem(ServiceUnreachable):
    """The certificate of a host is not trusted; nothing was sent."""

    code = "certificate"


class PinChanged(CertificateProblem):
    """The service shows another key than the one this workspace is pinned to; nothing was sent."""

    code = "pin_changed"


class ProxyProblem(ServiceUnreachable):
    """The proxy cannot be reached, or does not let us through."""

    code = "proxy"


class HostNotAllowed(AppError):
    """A host that the workspace does not list; it was not contacted."""

    code = "host_not_allowed"


class ServiceRefused(AppError):
    """The service answered and said no: a token it does not know, or a request it does not take."""

    code = "service_refused"


class TokenRefused(ServiceRefused):
    """The service does not accept the workspace's token."""

    code = "token_refused"


class AccountDeleted(ServiceRefused):
    """The account of the service was deleted: it holds nothing any more, and accepts nothing."""

    code = "account_deleted"


class AnotherService(ServiceRefused):
    """A service with another identity answers at the workspace's address."""

    code = "another_service"


class RequestNotTaken(ServiceRefused):
    """The service does not take what was sent as it is: too much at once, or of a wrong form."""

    code = "request_not_taken"


class CursorUnknown(ServiceRefused):
    """The service no longer knows a cursor of ours: a clean re-sync follows."""

    code = "cursor_unknown"


class ProviderProblem(AppError):
    """A payment provider did not do what it was asked; the sentence has its request id."""

    code = "provider"
    retry_after_s: float = 0.0
    """How long the provider asked to be left alone."""


class ProviderUnreachable(ProviderProblem):
    """The provider did not answer. What was last read is still shown."""

    code = "provider_unreachable"


class ProviderBusy(ProviderProblem):
    """The provider asks to be left alone for a while."""

    code = "provider_busy"


class ProviderRefused(ProviderProblem):
    """The provider answered and said no."""

    code = "provider_refused"


class PermissionMissing(ProviderRefused):
    """The key may not do this; the sentence names the permission."""

    code = "permission_missing"


class EmbeddedServiceFailed(AppError):
    """The embedded service could not be started or stopped."""

    code = "embedded_service"


class LinksNotRegistered(AppError):
    """Which program opens links could not be changed."""

    code = "links_not_registered"


class KeyringLocked(AppError):
    """The system keyring is locked, missing, or did not answer in time."""

    code = "keyring_locked"


class ExportFailed(AppError):
    """An export file could not be finished; no partial file is left."""

    code = "export"


class PackageDamaged(AppError):
    """A privacy package is not what was signed."""

    code = "package_damaged"


class SignInFailed(AppError):
    """A sign-in did not come about; nobody was signed in, and nothing else was changed."""

    code = "sign_in_failed"


class SignInNeeded(AppError):
    """What the owner wants needs somebody who is signed in."""

    code = "sign_in_needed"


class SignInUnreachable(AppError):
    """The provider that people sign in at did not answer. Everything else works without it."""

    code = "sign_in_unreachable"


class MailServerProblem(AppError):
    """The mail server cannot be reached, is not trusted, or takes no letter from this sender."""

    code = "mail_server"


class LetterNotSent(AppError):
    """The mail server did not take one letter; it is at no other person's mail server either."""

    code = "letter_not_sent"


class CoreLost(AppError):
    """The core process ended. The vault is closed and unharmed."""

    code = "core_lost"


class Cancelled(AppError):
    """The owner stopped a running action."""

    code = "cancelled"


class InternalFault(AppError):
    """A bug, in words: what the window shows when the core met something it did not expect."""

    code = "internal"


ERRORS_BY_CODE: Final[dict[str, type[AppError]]] = {
    error.code: error
    for error in (
        AppError,
        InvalidInput,
        VaultError,
        WrongPassphrase,
        VaultDamaged,
        VaultLocked,
        VaultInUse,
        VaultMissing,
        VaultTooNew,
        OlderCopy,
        LedgerUnreadable,
        DiskFull,
        BackupDamaged,
        WorkspaceListProblem,
        ServiceUnreachable,
        ServiceSlow,
        ServiceBusy,
        ServiceFaulty,
        NotOurService,
        CertificateProblem,
        PinChanged,
        ProxyProblem,
        HostNotAllowed,
        ServiceRefused,
        TokenRefused,
        AccountDeleted,
        AnotherService,
        RequestNotTaken,
        CursorUnknown,
        ProviderProblem,
        ProviderUnreachable,
        ProviderBusy,
        ProviderRefused,
        PermissionMissing,
        EmbeddedServiceFailed,
        LinksNotRegistered,
        KeyringLocked,
        ExportFailed,
        PackageDamaged,
        SignInFailed,
        SignInNeeded,
        SignInUnreachable,
        MailServerProblem,
        LetterNotSent,
        CoreLost,
        Cancelled,
        InternalFault,
    )
}
