"""How the service is reached: proxy, authority, pinned key. Applies from the next request on."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QLineEdit, QVBoxLayout, QWidget

from desktop.domain.errors import AppError
from desktop.domain.network import NetworkOptions, ProxyMode, readable
from desktop.services.network import NetworkService
from desktop.services.sync import SyncService
from desktop.views.choice import Choice
from desktop.views.form_field import FormField, text_of
from desktop.views.icons import Button
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.page import row_of
from desktop.views.passphrase_field import PassphraseField
from desktop.views.sync import words
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.domain.connection import SyncState
    from desktop.jobs import Jobs


class ConnectionOptions(QWidget):
    """The choices, and what is wrong with the connection at the moment."""

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__()
        self._jobs = jobs
        self._options = NetworkOptions()
        self.trouble = MessageBar(dismissable=False)
        self.message = MessageBar()
        self._make_proxy()
        self._make_trust()
        self._arrange()
        self._show_proxy_fields()

    def _make_proxy(self) -> None:
        self.proxy: Choice[ProxyMode] = Choice(
            self.tr("Proxy"),
            (
                (ProxyMode.SYSTEM, self.tr("As the system")),
                (ProxyMode.NONE, self.tr("None")),
                (ProxyMode.OWN, self.tr("This one")),
            ),
        )
        self.proxy.changed.connect(self._choose_proxy)
        self.address = FormField(self.tr("&Address of the proxy"), QLineEdit())
        self.user = FormField(self.tr("Its &user, if it asks for one"), QLineEdit())
        self.password = PassphraseField(self.tr("Password of the proxy"))
        self.use_proxy = Button(self.tr("Use this &proxy"))
        self.use_proxy.clicked.connect(self._set_proxy)
        self.password.submitted.connect(self._set_proxy)
        self.kept = PlainLabel(self.tr("A password is stored."), role="muted")

    def _make_trust(self) -> None:
        self.authority = PlainLabel(wrap=True)
        self.choose = Button(self.tr("Authority's &file…"))
        self.forget = Button(self.tr("&Trust the system only"))
        self.choose.clicked.connect(self._choose_file)
        self.forget.clicked.connect(lambda: self._change(NetworkService.forget_authority))
        self.pinned = PlainLabel(wrap=True)
        self.shown = PlainLabel(role="muted", wrap=True)
        self.pin = FormField(self.tr("&Fingerprint to pin (SHA-256 of the key)"), QLineEdit())
        self.set_pin = Button(self.tr("P&in it"))
        self.accept = Button(self.tr("Pin the key it shows &now"))
        self.unpin = Button(self.tr("Pin &none"))
        self.set_pin.clicked.connect(
            lambda: self._change(NetworkService.pin, text_of(self.pin.control))
        )
        self.accept.clicked.connect(lambda: self._change(NetworkService.pin, self._options.shown))
        self.unpin.clicked.connect(lambda: self._change(NetworkService.unpin))

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self.trouble)
        column.addWidget(self.message)
        column.addLayout(row_of(PlainLabel(self.tr("Proxy")), self.proxy, None))
        self.own = QWidget()
        own = QVBoxLayout(self.own)
        own.setContentsMargins(0, 0, 0, 0)
        own.addLayout(row_of(self.address, self.user))
        caption = PlainLabel(self.tr("Pass&word of the proxy"))
        caption.setBuddy(self.password.field)
        own.addWidget(caption)
        own.addWidget(self.password)
        own.addLayout(row_of(self.use_proxy, self.kept, None))
        column.addWidget(self.own)
        column.addWidget(self.authority)
        column.addLayout(row_of(self.choose, self.forget, None))
        for part in (self.pinned, self.shown, self.pin):
            column.addWidget(part)
        column.addLayout(row_of(self.set_pin, self.accept, self.unpin, None))

    def load(self) -> None:
        """Ask for the choices, and for how the connection is."""
        start = self._jobs.start
        start(NetworkService.options, done=self._show, failed=self._explain, owner=self)
        start(SyncService.state, done=self._show_trouble, failed=self._explain, owner=self)

    def forget_typed(self) -> None:
        """Clear the password field: it does not wait on a page nobody looks at."""
        self.password.clear()

    def _show(self, options: NetworkOptions) -> None:
        self._options = options
        self.proxy.choose(options.proxy)
        if isinstance(self.address.control, QLineEdit) and options.proxy_url:
            self.address.control.setText(options.proxy_url)
        self.password.clear()
        self.kept.setVisible(options.proxy_has_password)
        self._show_proxy_fields()
        self.authority.setText(
            self.tr("Trusted beside the system's authorities: {file}").format(file=options.ca_name)
            if options.ca_name
            else self.tr("Certificates are checked by the trust store of this computer.")
        )
        self.forget.setEnabled(bool(options.ca_name))
        self._show_pin(options)

    def _show_pin(self, options: NetworkOptions) -> None:
        self.pinned.setText(
            self.tr("Pinned key: {fingerprint}").format(fingerprint=readable(options.pin))
            if options.is_pinned
            else self.tr("No key is pinned: any key with a trusted certificate is accepted.")
        )
        self.shown.setText(
            self.tr("Shown at the last contact: {fingerprint}").format(
                fingerprint=readable(options.shown)
            )
        )
        is_new = bool(options.shown) and options.shown != (options.pin if options.is_pinned else "")
        self.shown.setVisible(bool(options.shown))
        self.accept.setEnabled(is_new)
        self.unpin.setEnabled(options.is_pinned)

    def _show_trouble(self, state: "SyncState") -> None:
        standing = words.standing(state)
        if standing.is_about_connection:
            self.trouble.say(Tone.BAD, f"{standing.heading}. {standing.text}")
        else:
            self.trouble.dismiss()

    def _choose_proxy(self) -> None:
        self._show_proxy_fields()
        if self.proxy.value() is not ProxyMode.OWN:
            self._change(NetworkService.set_proxy, self.proxy.value(), "", "", None)

    def _show_proxy_fields(self) -> None:
        self.own.setVisible(self.proxy.value() is ProxyMode.OWN)

    def _set_proxy(self) -> None:
        user, typed = text_of(self.user.control), self.password.text()
        password = typed if typed or user else None
        address = text_of(self.address.control)
        self._change(NetworkService.set_proxy, ProxyMode.OWN, address, user, password)

    def _choose_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self, self.tr("Authority's file"), "", self.tr("Certificates (*.pem *.crt *.cer)")
        )
        if path:
            self._change(NetworkService.use_authority, path)

    def _change(self, method: Callable[..., NetworkOptions], *arguments: object) -> None:
        self.message.dismiss()
        for field in (self.address, self.user, self.pin):
            field.explain("")
        self._jobs.start(method, *arguments, done=self._show, failed=self._explain, owner=self)

    def _explain(self, error: AppError) -> None:
        field = {"proxy_url": self.address, "pin": self.pin}.get(error.field or "")
        if field is not None:
            field.explain(str(error))
            field.control.setFocus()
        else:
            self.message.say(Tone.BAD, str(error))
