"""What can go wrong in the service, in words for the owner who runs it."""

from typing import ClassVar


class ServiceError(Exception):
    """Base of all errors whose text may be shown: what failed, what is safe, what to do."""

    code: ClassVar[str] = "service"


class StartFailed(ServiceError):
    """The service could not start; nothing was changed. `code` stands in the ready line."""

    code: ClassVar[str] = "storage"


class PortInUse(StartFailed):
    code = "port_in_use"


class DirectoryLocked(StartFailed):
    """Another service works on the same data directory."""

    code = "locked"


class KeyUnavailable(StartFailed):
    """The service key is missing, malformed, or kept by a keyring that does not answer."""

    code = "key"


class StorageDamaged(StartFailed):
    """The data file cannot be read with this key, or is not what was written."""


class StorageTooNew(StartFailed):
    """A newer release wrote the data file."""


class ArchiveUnusable(ServiceError):
    """An archive cannot be written or read; nothing was changed."""

    code: ClassVar[str] = "archive"


class ArchiveDiskFull(ArchiveUnusable):
    """There is no room for an archive, or for what is in it; nothing was changed."""

    code = "disk_full"


class DeletionRefused(ServiceError):
    """A service is not deleted; nothing was changed."""

    code: ClassVar[str] = "deletion"


class DeletionUnfinished(ServiceError):
    """A deletion was begun, and something of the service or its key is still there."""

    code: ClassVar[str] = "deletion_unfinished"


class StorageUnavailable(ServiceError):
    """The environment refused a read or a write (disk full, file gone); nothing was changed."""

    code: ClassVar[str] = "storage"
