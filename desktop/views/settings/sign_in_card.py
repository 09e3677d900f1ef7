"""Who is signed in, at which provider; and how to sign in, join the service, and sign out."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QCheckBox, QLineEdit

from desktop.domain.errors import AppError, Cancelled
from desktop.domain.sign_in import (
    GOOGLE_ISSUER,
    Provider,
    ProviderKind,
    SignedIn,
    SignedOut,
    SignInStart,
)
from desktop.services.sign_in.keeping import SignInService
from desktop.services.sign_in.membership import MembershipService
from desktop.views import figures
from desktop.views.combo_of import ComboOf
from desktop.views.form_field import FormField, text_of
from desktop.views.icons import Button
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.page import Card, row_of
from desktop.views.passphrase_field import PassphraseField
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Job, Jobs

KINDS: Final = {
    ProviderKind.GOOGLE: QT_TRANSLATE_NOOP("SignInCard", "Google"),
    ProviderKind.AUTH0: QT_TRANSLATE_NOOP("SignInCard", "Auth0"),
    ProviderKind.OTHER: QT_TRANSLATE_NOOP("SignInCard", "OpenID provider"),
}


def say(word: object) -> str:
    return QCoreApplication.translate("SignInCard", str(word))


class SignInCard(Card):
    """Nothing here asks anybody by itself: each step is a button."""

    changed = Signal()
    """Somebody signed in, joined or signed out."""

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__(PlainLabel(self.tr("Sign-in"), role="heading"))
        self._jobs = jobs
        self._waiting: Job | None = None
        self.who = PlainLabel(wrap=True)
        self.message = MessageBar()
        self.kind: ComboOf[ProviderKind] = ComboOf(self.tr("Provider"), KINDS, say)
        self.kind.chosen.connect(self._show_kind)
        self.fields = {
            "issuer": FormField(self.tr("&Issuer, as the provider calls itself"), QLineEdit()),
            "client_id": FormField(self.tr("Client i&d of this program"), QLineEdit()),
            "redirect_port": FormField(
                self.tr("&Port the browser returns to (0: any)"), QLineEdit("0")
            ),
            "further_hosts": FormField(self.tr("&Further hosts of the provider"), QLineEdit()),
        }
        self.secret = PassphraseField(self.tr("Client secret, if the provider gave one"))
        self.choose = Button(self.tr("Use this pr&ovider"))
        self.adult = QCheckBox(self.tr("I am 18 years old or &older"))
        self.sign_in = Button(self.tr("&Sign in"), role="primary", icon_name="key-round")
        self.stop = Button(self.tr("S&top waiting"), icon_name="x")
        self.join = Button(self.tr("Use the service with this &account"), icon_name="plug")
        self.sign_out = Button(self.tr("Sign o&ut"), icon_name="lock")
        self.choose.clicked.connect(self._choose)
        self.sign_in.clicked.connect(self._begin)
        self.stop.clicked.connect(self._stop)
        self.join.clicked.connect(self._join)
        self.sign_out.clicked.connect(self._sign_out)
        self._arrange()
        self.stop.hide()
        self._show_kind()

    def _arrange(self) -> None:
        for part in (self.who, self.message):
            self.column.addWidget(part)
        buttons = (self.sign_in, self.stop, self.join, self.sign_out)
        self.column.addWidget(self.adult)
        self.column.addLayout(row_of(*buttons, None))
        self.column.addWidget(PlainLabel(self.tr("Where you sign in"), role="heading"))
        self.column.addLayout(row_of(self.kind, None))
        fields = self.fields
        self.column.addLayout(row_of(fields["issuer"], fields["client_id"]))
        self.column.addLayout(row_of(fields["redirect_port"], fields["further_hosts"]))
        caption = PlainLabel(self.tr("Client secr&et, if the provider gave one"))
        caption.setBuddy(self.secret.field)
        for below in (caption, self.secret):
            self.column.addWidget(below)
        self.column.addLayout(row_of(self.choose, None))

    def load(self) -> None:
        """Ask who is signed in; asks no network."""
        self._jobs.start(SignInService.status, done=self._show, failed=self._explain, owner=self)

    def ask_age(self, *, is_declared: bool) -> None:
        """Ask for the declaration of age where it was not made yet."""
        self.adult.setVisible(not is_declared)
        self.adult.setChecked(is_declared)

    def forget_typed(self) -> None:
        """Clear the secret: it does not wait on a page nobody looks at."""
        self.secret.clear()

    def _show(self, signed_in: SignedIn) -> None:
        provider = signed_in.provider
        self.kind.choose(provider.kind)
        self._line("issuer").setText(provider.issuer)
        self._line("client_id").setText(provider.client_id)
        self._line("redirect_port").setText(str(provider.redirect_port))
        self._line("further_hosts").setText(", ".join(provider.further_hosts))
        self.who.setText(self._words(signed_in))
        self.sign_in.setEnabled(provider.is_set_up and self._waiting is None)
        self.join.setVisible(signed_in.is_signed_in and not signed_in.device_id)
        self.sign_out.setVisible(signed_in.is_signed_in)
        self._show_kind()

    def _words(self, signed_in: SignedIn) -> str:
        if not signed_in.is_signed_in or signed_in.at is None:
            return self.tr(
                "Nobody is signed in. Everything works without it; you need it to use a service as "
                "one of its members."
            )
        said = self.tr("{name} is signed in since {moment}.").format(
            name=signed_in.email or signed_in.name or signed_in.subject,
            moment=figures.moment(signed_in.at),
        )
        if signed_in.device_id:
            said = f"{said} {self.tr('The service is used with this account.')}"
        return f"{said} {signed_in.ended}".strip()

    def _show_kind(self) -> None:
        is_google = self.kind.value() is ProviderKind.GOOGLE
        if is_google:
            self._line("issuer").setText(GOOGLE_ISSUER)
        for name in ("issuer", "further_hosts"):
            self.fields[name].setVisible(not is_google)

    def _line(self, name: str) -> QLineEdit:
        control = self.fields[name].control
        return control if isinstance(control, QLineEdit) else QLineEdit()

    def _choose(self) -> None:
        self._forget_words()
        port = text_of(self.fields["redirect_port"].control) or "0"
        hosts = text_of(self.fields["further_hosts"].control).replace(",", " ").split()
        wanted = Provider(
            kind=self.kind.value(),
            issuer=text_of(self.fields["issuer"].control),
            client_id=text_of(self.fields["client_id"].control),
            redirect_port=int(port) if port.isdecimal() else -1,
            further_hosts=tuple(hosts),
        )
        self._jobs.start(
            SignInService.set_provider,
            wanted,
            self.secret.text() or None,
            done=self._chosen,
            failed=self._explain,
            owner=self,
        )

    def _chosen(self, signed_in: SignedIn) -> None:
        self.secret.clear()
        self._show(signed_in)
        self.message.say(Tone.OK, self.tr("The provider answered. You can sign in now."))

    def _begin(self) -> None:
        self._forget_words()
        self._jobs.start(
            SignInService.begin,
            self.adult.isChecked(),
            done=self._open_browser,
            failed=self._explain,
            owner=self,
        )

    def _open_browser(self, start: SignInStart) -> None:
        QDesktopServices.openUrl(QUrl(start.url))
        self.message.say(Tone.INFO, self.tr("Sign in with the browser that has opened."))
        self._waiting = self._jobs.start(
            SignInService.finish, done=self._signed_in, failed=self._explain, owner=self
        )
        self.stop.show()
        self.sign_in.setEnabled(False)
        self._waiting.finished.connect(self._waited)

    def _waited(self) -> None:
        self._waiting = None
        self.stop.hide()
        self.load()

    def _signed_in(self, signed_in: SignedIn) -> None:
        self.message.say(Tone.OK, self.tr("You are signed in."))
        self._show(signed_in)
        self.changed.emit()

    def _stop(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()

    def _join(self) -> None:
        self._forget_words()
        self._jobs.start(
            MembershipService.join, "", done=self._joined, failed=self._explain, owner=self
        )

    def _joined(self, signed_in: SignedIn) -> None:
        self._show(signed_in)
        self.message.say(Tone.OK, self.tr("The service is used with your account from now on."))
        self.changed.emit()

    def _sign_out(self) -> None:
        self._forget_words()
        self._jobs.start(
            MembershipService.sign_out, done=self._signed_out, failed=self._explain, owner=self
        )

    def _signed_out(self, done: SignedOut) -> None:
        if done.told_provider:
            self.message.say(Tone.OK, self.tr("You are signed out, and the provider knows it."))
        else:
            self.message.say(
                Tone.WARN,
                self.tr(
                    "You are signed out here. The provider could not be told: end the session "
                    "there as well if this computer is in other hands."
                ),
            )
        self.load()
        self.changed.emit()

    def _forget_words(self) -> None:
        self.message.dismiss()
        for field in self.fields.values():
            field.explain("")

    def _explain(self, error: AppError) -> None:
        field = self.fields.get(error.field or "")
        if field is not None and field.isVisible():
            field.explain(str(error))
            field.control.setFocus()
        else:
            tone = Tone.INFO if isinstance(error, Cancelled) else Tone.BAD
            self.message.say(tone, str(error))
