"""What is done with webhooks, each with its entry in the audit log."""

from dataclasses import dataclass
from typing import Any

from hosted.storage.access_records import AuditRecord
from hosted.storage.base import Transaction
from hosted.storage.webhook_records import StoredEvent
from hosted.webhooks.book import Webhook

ENTITY = "webhook"


@dataclass(frozen=True, slots=True, repr=False)
class PutWebhook:
    """Stores a webhook in the place of the one it was, if any."""

    before: Webhook | None
    after: Webhook
    key: bytes
    actor: str

    def apply(self, transaction: Transaction) -> None:
        transaction.put_webhook(self.after.sealed(self.key))
        transaction.append_audit(
            AuditRecord(
                at_us=self.after.changed_us,
                actor=self.actor,
                action="create" if self.before is None else "update",
                entity=ENTITY,
                entity_id=self.after.webhook_id,
                before=_told(self.before),
                after=_told(self.after),
            )
        )


@dataclass(frozen=True, slots=True, repr=False)
class RemoveWebhook:
    """Forgets a webhook: its address answers no more, what it brought is emptied."""

    webhook: Webhook
    now_us: int
    actor: str

    def apply(self, transaction: Transaction) -> None:
        transaction.remove_webhook(self.webhook.webhook_id)
        transaction.append_audit(
            AuditRecord(
                at_us=self.now_us,
                actor=self.actor,
                action="delete",
                entity=ENTITY,
                entity_id=self.webhook.webhook_id,
                before=_told(self.webhook),
            )
        )


@dataclass(frozen=True, slots=True)
class TakeEvent:
    """Stores an event, unless it came before."""

    event: StoredEvent

    def apply(self, transaction: Transaction) -> bool:
        """Whether the event is new."""
        return transaction.add_webhook_event(self.event)


def _told(webhook: Webhook | None) -> dict[str, Any] | None:
    """What the audit log says of a webhook: neither its address nor its secrets."""
    if webhook is None:
        return None
    return {
        "provider": webhook.provider.value,
        "is_live": webhook.is_live,
        "secrets": len(webhook.secrets),
    }
