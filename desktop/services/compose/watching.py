"""What follows a sync that got through: alerts, and letters that tell of them."""

from collections.abc import Callable
from functools import partial

from desktop.domain.usage import Stamp
from desktop.services.alerts.service import AlertService, Telling
from desktop.services.compose.ground import Ground
from desktop.services.invoicing import InvoiceService
from desktop.services.mail.building import Mail
from desktop.services.mail.owner_notices import OwnerNotices
from desktop.services.storage import sync_state
from desktop.services.storage.vault import Vault
from desktop.services.usage_questions import UsageQuestionService


def build_after_sync(ground: Ground, alerts: AlertService, mail: Mail) -> Callable[[], None]:
    """What to call after a sync: alerts first, for letters tell of them."""
    vault, clock = ground.vault, ground.clock
    invoices = InvoiceService(vault, partial(_last_sync, vault), clock)
    notices = OwnerNotices(vault, mail.outbox, invoices.revenue, clock)

    def concluded() -> None:
        alerts.after_sync()
        notices.after_sync()

    return concluded


def build_alerts(ground: Ground) -> AlertService:
    """Alerts of the workspace; reads and writes nothing yet."""
    questions = UsageQuestionService(ground.vault, partial(_last_sync, ground.vault), ground.clock)
    telling = Telling(ground.notice, ground.notifier, lambda moment: moment.astimezone())
    return AlertService(ground.vault, questions, telling, ground.new_id, ground.clock)


def _last_sync(vault: Vault) -> Stamp:
    """For what follows a sync, which cannot ask it: the sync is made of what follows it."""
    with vault.reading() as db:
        return Stamp(sync_state.last_success(db), online=False)
