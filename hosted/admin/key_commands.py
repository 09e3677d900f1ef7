"""What is done with SDK keys, each with its entry in the audit log."""

from dataclasses import dataclass

from hosted.admin.lifetimes import record, revoked, rotated
from hosted.admin.problems import Refusal
from hosted.storage.base import SdkKey, Transaction


@dataclass(frozen=True, slots=True)
class IssueKey:
    """Stores a new key, if its application is there."""

    key: SdkKey
    actor: str

    def apply(self, transaction: Transaction) -> bool:
        application = transaction.configuration("application", self.key.application_id)
        if application is None or application.body is None:
            return False
        transaction.put_sdk_key(self.key)
        transaction.append_audit(record(self.actor, "issue", self.key.created_us, None, self.key))
        return True


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
        pair = rotated(old, self.successor, self.ends_us)
        if isinstance(pair, Refusal):
            return pair
        ended, new = pair
        now_us = new.created_us
        for before, after, action in ((old, ended, "rotate"), (None, new, "issue")):
            transaction.put_sdk_key(after)
            transaction.append_audit(record(self.actor, action, now_us, before, after))
        return pair


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
        if key is None or key.revoked_us is not None:
            return key
        ended = revoked(key, self.now_us)
        transaction.put_sdk_key(ended)
        transaction.append_audit(record(self.actor, "revoke", self.now_us, key, ended))
        return ended
