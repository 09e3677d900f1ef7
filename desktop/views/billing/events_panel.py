"""Webhooks: what the provider told the service, and how to set them up."""

from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QLineEdit, QPlainTextEdit

from desktop.domain.billing.providers import Account
from desktop.domain.billing.webhooks import EventsPage, ProviderEvent, WebhookSetup
from desktop.domain.errors import AppError
from desktop.domain.usage import Application
from desktop.services.billing.webhooks import WebhookService
from desktop.views import figures
from desktop.views.billing import words
from desktop.views.billing.panel import BillingPanel
from desktop.views.clipboard import copy_text
from desktop.views.data_table import DataTable
from desktop.views.form_field import FormField
from desktop.views.icons import Button, icon
from desktop.views.models.table_model import Column
from desktop.views.page import Card, row_of
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs
    from desktop.views.activities import Activities

EVENTS: Final = 200


class EventsPanel(BillingPanel):
    """The address to tell the provider, its signing secrets, and the events that came."""

    def __init__(self, jobs: "Jobs", activities: "Activities") -> None:
        super().__init__(jobs, activities)
        self.state = PlainLabel(role="muted", wrap=True)
        self.url = QLineEdit()
        self.url.setReadOnly(True)
        self.url.setProperty("role", "code")
        self.copy = Button(self.tr("&Copy"), icon_name="copy")
        self.copy.clicked.connect(lambda: copy_text(self.url.text()))
        self.secrets = QPlainTextEdit()
        self.secrets.setTabChangesFocus(True)
        self.secrets.setFixedHeight(56)
        self.field = FormField(
            self.tr("Signing &secrets, one a line, the newest first"), self.secrets
        )
        self.save = Button(self.tr("Set &up"), role="primary")
        self.save.clicked.connect(self._set_up)
        self.remove = Button(self.tr("&Take no more events"))
        self.remove.clicked.connect(self._remove)
        self.table: DataTable[ProviderEvent] = DataTable(
            self.tr("Events of the provider"), self._columns(), key=lambda one: one.event_id
        )
        for column, width_px in enumerate((200, 150, 170), start=1):
            self.table.setColumnWidth(column, width_px)
        self._arrange()

    def _arrange(self) -> None:
        address = FormField(self.tr("&Address to tell the provider"), self.url)
        self.card = Card(self.state, address, self.field, spacing=8)
        self.card.column.addLayout(row_of(self.save, self.copy, self.remove, None))
        self.column.addWidget(self.card)
        self.column.addWidget(self.table, 1)

    def _columns(self) -> tuple[Column[ProviderEvent], ...]:
        return (
            Column(self.tr("Event"), lambda one: one.type),
            Column(self.tr("About"), lambda one: one.object_id or figures.NOTHING),
            Column(
                self.tr("Came"),
                lambda one: figures.dated(one.received_at),
                lambda one: one.received_at.timestamp(),
            ),
            Column(
                self.tr("Here"),
                lambda one: words.say(words.OUTCOMES[one.outcome][0]),
                icon=lambda one: icon(*words.OUTCOMES[one.outcome][1:]),
            ),
        )

    def show_for(self, account: Account, application: Application | None) -> None:
        """Another account's secrets are none of this one's business."""
        if self.account != account:
            self.secrets.setPlainText("")
        super().show_for(account, application)

    def reload(self) -> None:
        """Read the events from the vault; ask the service how the webhook stands."""
        if self.account is None:
            return
        self.ask(WebhookService.events, self.account, 0, EVENTS, done=self._show_events)
        self.ask(WebhookService.setups, done=self._show_setups, failed=self._unknown)

    def _show_events(self, page: EventsPage) -> None:
        self.table.show_rows(page.rows)

    def _show_setups(self, setups: tuple[WebhookSetup, ...]) -> None:
        found = next((one for one in setups if one.account == self.account), None)
        self.url.setText("" if found is None else found.url)
        self.copy.setEnabled(found is not None)
        self.remove.setEnabled(found is not None)
        self.save.setEnabled(True)
        if found is None:
            said = self.tr("The service takes no events of this account yet.")
        elif found.secrets:
            said = self.tr("The service takes events with %n signing secret(s).", "", found.secrets)
        else:
            said = self.tr(
                "Tell the provider this address, then paste the signing secret it shows."
            )
        self.state.setText(said)

    def _unknown(self, error: AppError) -> None:
        self.state.setText(str(error))
        for part in (self.copy, self.remove, self.save):
            part.setEnabled(False)

    def _set_up(self) -> None:
        if self.account is not None:
            secrets = tuple(self.secrets.toPlainText().splitlines())
            method = WebhookService.set_up
            self.ask(method, self.account, secrets, done=self._set, failed=self._refused)

    def _set(self, setup: WebhookSetup) -> None:
        self.secrets.setPlainText("")
        self.field.explain("")
        self._show_setups((setup,))

    def _refused(self, error: AppError) -> None:
        if error.field == "secrets":
            self.field.explain(str(error))
        else:
            self.failed.emit(error)

    def _remove(self) -> None:
        if self.account is not None:
            self.ask(WebhookService.remove, self.account, done=lambda _: self.reload())
