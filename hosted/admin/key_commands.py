"""What is done with SDK keys, each with its entry in the audit log."""

from dataclasses import dataclass

from hosted.admin import lifetimes
from hosted.admin.problems import Refusal
from hosted.storage.access_records import SdkKey
from hosted.storage.base import Transaction


@dataclass(frozen=True, slots=True)
class IssueKey:
    """Stores a new key, if its application is there."""

    key: SdkKey
    actor: str

    def apply(self, transaction: Transaction) -> SdkKey | None:
        """The key; None when there is no such application."""
        application = transaction.configuration("application", self.key.application_id)
        if application is None or application.body is None:
            return None
        lifetimes.store(transaction, self.actor, self.key.created_us, [("issue", None, self.key)])
        return self.key


@dataclass(frozen=True, slots=True)
class RotateKey:
    """Puts a new key in the place of an old one, which goes on until `ends_us`."""

    key_id: str
    successor: SdkKey
    ends_us: int
    actor: str

    def apply(self, transaction: Transaction) -> tuple[SdkKey, SdkKey] | Refusal | None:
        """The old key and the new one; None when the application has no such key."""
        old = transaction.sdk_key(self.successor.application_id, self.key_id)
        if old is None:
            return None
        return lifetimes.exchange(transaction, old, self.successor, self.ends_us, self.actor)


@dataclass(frozen=True, slots=True)
class RevokeKey:
    """Takes a key out of use for good."""

    application_id: str
    key_id: str
    now_us: int
    actor: str

    def apply(self, transaction: Transaction) -> SdkKey | None:
        """The key as it is now; None when the application has no such key."""
        key = transaction.sdk_key(self.application_id, self.key_id)
        if key is None:
            return None
        return lifetimes.revoke(transaction, key, self.now_us, self.actor)
