"""Connecting a payment provider, and what its key may do."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from contract.terms import BillingProvider
from desktop.domain.billing.providers import ProviderConnection
from desktop.domain.errors import AppError
from desktop.services.billing.connections import BillingConnectionService
from desktop.views import figures
from desktop.views.billing import words
from desktop.views.choice import Choice
from desktop.views.form_field import FormField, forget
from desktop.views.icons import Button
from desktop.views.lines import IconLine, Lines
from desktop.views.page import Card, row_of
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs


class ConnectPanel(QWidget):
    """A key for one provider; below, every connection with what its key may not do."""

    connected = Signal(object)
    """A `ProviderConnection`."""
    failed = Signal(object)
    changed = Signal()

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__()
        self.jobs = jobs
        self.provider: Choice[BillingProvider] = Choice(
            self.tr("Provider"), tuple(words.PROVIDERS.items())
        )
        self.provider.changed.connect(self._explain_key)
        self.key = QLineEdit()
        self.key.setEchoMode(QLineEdit.EchoMode.Password)
        self.key.returnPressed.connect(self._connect)
        self.field = FormField(self.tr("&Key"), self.key)
        self.help = PlainLabel(role="muted", wrap=True)
        self.connect_button = Button(self.tr("&Connect"), role="primary", icon_name="plug")
        self.connect_button.clicked.connect(self._connect)
        self.lines = Lines()
        self._arrange()
        self._explain_key()

    def _arrange(self) -> None:
        form = Card(PlainLabel(self.tr("Connect a payment provider"), role="heading"))
        form.column.addLayout(row_of(self.provider, None))
        form.column.addWidget(self.field)
        form.column.addWidget(self.help)
        form.column.addLayout(row_of(self.connect_button, None))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        column.addWidget(form)
        column.addWidget(self.lines)
        column.addStretch()

    def offer(self, provider: BillingProvider) -> None:
        """Begin with a provider."""
        self.provider.choose(provider)
        self._explain_key()
        self.key.setFocus()

    def _explain_key(self) -> None:
        if self.provider.value() is BillingProvider.STRIPE:
            said = self.tr(
                "A restricted key (rk_…) is best: it does what UsageFlow needs and no more. Make "
                "it under Developers > API keys. It is kept in the vault only."
            )
        else:
            said = self.tr(
                "An API key (pdl_…) of the sandbox or of live. Make it under Developer tools > "
                "Authentication. It is kept in the vault only."
            )
        self.help.setText(said)
        self.field.explain("")

    def _connect(self) -> None:
        if not self.connect_button.isEnabled() or not self.key.text():
            return
        self.connect_button.setEnabled(False)
        self.jobs.start(
            BillingConnectionService.connect,
            self.provider.value(),
            self.key.text(),
            done=self._done,
            failed=self._refused,
            owner=self,
        )

    def _done(self, connection: ProviderConnection) -> None:
        forget(self.key)
        self.field.explain("")
        self.connect_button.setEnabled(True)
        self.connected.emit(connection)

    def _refused(self, error: AppError) -> None:
        self.connect_button.setEnabled(True)
        self.field.explain(str(error))

    def show_connections(self, connections: tuple[ProviderConnection, ...]) -> None:
        """List what is connected."""
        self.lines.fill([self._card(one) for one in connections])

    def _card(self, connection: ProviderConnection) -> QWidget:
        account = connection.account
        said = self.tr("{provider}, {mode}: {name}").format(
            provider=words.PROVIDERS[account.provider],
            mode=words.say(words.MODES[account.mode]),
            name=connection.account_name or connection.account_id or figures.NOTHING,
        )
        key = self.tr("Key ending in {hint}, connected {moment}").format(
            hint=connection.key_hint, moment=figures.dated(connection.connected_at)
        )
        card = Card(PlainLabel(said, role="heading"), PlainLabel(key, role="muted"), spacing=6)
        for one in connection.missing:
            lacks = self.tr("Without {name}: {what}").format(
                name=one.name or self.tr("a permission"), what=one.needed_for
            )
            card.column.addWidget(IconLine("triangle-alert", "warn", lacks))
        check = Button(self.tr("Check the key"))
        check.clicked.connect(lambda: self._act(BillingConnectionService.check, account))
        away = Button(self.tr("Disconnect"), icon_name="x")
        away.clicked.connect(lambda: self._act(BillingConnectionService.disconnect, account))
        card.column.addLayout(row_of(check, away, None))
        return card

    def _act(self, method: object, account: object) -> None:
        self.jobs.start(
            method,  # type: ignore[arg-type]
            account,
            done=lambda _: self.changed.emit(),
            failed=self.failed.emit,
            owner=self,
        )
