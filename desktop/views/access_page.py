"""Access: who may use the service, in which role, for which applications."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar, Final

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QStackedWidget, QWidget

from desktop.domain.access import AccessToken, IssuedToken, TokensPicture, TokenState
from desktop.domain.keys import KeyDetails, StoredKey
from desktop.domain.usage import Application
from desktop.services.access import AccessService
from desktop.services.api_keys import ApiKeyService
from desktop.services.usage import UsageService
from desktop.views import figures
from desktop.views.access import words
from desktop.views.access.token_card import TokenCard
from desktop.views.access.token_form import TokenForm
from desktop.views.clipboard import SecretClipboard
from desktop.views.data_table import DataTable
from desktop.views.icons import Button, icon
from desktop.views.models.table_model import Column
from desktop.views.page import Card, Page
from desktop.views.secret_once import SecretOnce
from desktop.views.state_page import EmptyPanel

if TYPE_CHECKING:
    from desktop.jobs import Jobs

SIDE_PX: Final = 340


class AccessPage(Page):
    """The list of tokens; beside it one token, the form for a new one, or a new one itself."""

    topics: ClassVar[frozenset[str]] = frozenset({"connection"})
    is_about_an_application: ClassVar[bool] = False

    def __init__(self, jobs: "Jobs", clipboard: SecretClipboard) -> None:
        super().__init__(jobs, QCoreApplication.translate("AccessPage", "Access"))
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(self.tr("Filter"))
        self.filter.setAccessibleName(self.tr("Filter the tokens"))
        self.filter.setClearButtonEnabled(True)
        self.filter.setFixedWidth(180)
        self.filter.textChanged.connect(lambda _: self._show_filtered())
        self.new = Button(self.tr("Ne&w token"), icon_name="plus")
        self.new.clicked.connect(self.create_new)
        for part in (self.filter, self.new):
            self.header.addWidget(part)
        self._tokens: tuple[AccessToken, ...] = ()
        self._online = True
        self._wanted = self._shown = ""
        self._make_table()
        self._make_side(clipboard)
        self.show_states_of(self._content(), self._empty())

    def _make_table(self) -> None:
        self.table: DataTable[AccessToken] = DataTable(
            self.tr("Access tokens"), self._columns(), key=lambda token: token.token_id
        )
        for column, width_px in enumerate((116, 104, 136, 96), start=1):
            self.table.setColumnWidth(column, width_px)
        self.table.row_chosen.connect(self._show_chosen)

    def _columns(self) -> tuple[Column[AccessToken], ...]:
        return (
            Column(self.tr("Name"), lambda token: token.name),
            Column(self.tr("Role"), lambda token: words.say(words.ROLES[token.role])),
            Column(
                self.tr("Applications"),
                lambda token: ", ".join(token.applications) or self.tr("Every one"),
            ),
            Column(
                self.tr("Last used"),
                lambda token: (
                    figures.moment(token.last_used_at) if token.last_used_at else figures.NOTHING
                ),
                lambda token: token.last_used_at.timestamp() if token.last_used_at else 0,
                is_number=True,
            ),
            Column(
                self.tr("State"),
                lambda token: words.say(words.STATES[_state(token)]),
                icon=lambda token: icon(*words.STATE_ICONS[_state(token)]),
            ),
        )

    def _make_side(self, clipboard: SecretClipboard) -> None:
        self.card, self.form = TokenCard(), TokenForm()
        self.issued = SecretOnce(clipboard, self.tr("New token"))
        self.card.rotation_wanted.connect(self._rotate)
        self.card.revocation_wanted.connect(self._revoke)
        self.card.restoration_wanted.connect(self._restore_chosen)
        self.form.save_wanted.connect(self._create)
        self.form.given_up.connect(self._close_form)
        self.issued.finished.connect(self._show_card)
        self.issued.copied.connect(lambda said: self.toast_offered.emit(said, None))
        self._side = QStackedWidget()
        for part in (self.card, self.form, self.issued):
            self._side.addWidget(part)
        self._side.setFixedWidth(SIDE_PX)

    def _content(self) -> QWidget:
        content = QWidget()
        row = QHBoxLayout(content)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(14)
        row.addWidget(Card(self.table), 1)
        row.addWidget(self._side)
        return content

    def _empty(self) -> EmptyPanel:
        new = Button(self.tr("New token"), role="primary")
        new.clicked.connect(self.create_new)
        return EmptyPanel(
            "users",
            self.tr("No tokens are known yet"),
            self.tr("A token lets a desktop, a script or a person use the service, in a role."),
            new,
        )

    def reload(self) -> None:
        """Tokens belong to the service, whichever application is on show."""
        if not self.isVisible():
            self._is_stale = True
            return
        self._is_stale = False
        self._load_tokens()

    def load(self, application: Application) -> None:  # noqa: ARG002 (tokens belong to all of them)
        """Ask for the list."""
        self._load_tokens()

    def _load_tokens(self) -> None:
        start = self.jobs.start
        self.wait_for(start(AccessService.tokens, done=self._show, failed=self.explain, owner=self))
        offer = self.form.show_applications
        start(UsageService.applications, done=offer, failed=self.explain, owner=self)

    def _show(self, picture: TokensPicture) -> None:
        self._tokens, self._online = picture.tokens, picture.stamp.online
        self.new.setEnabled(self._online)
        self._show_filtered()
        if self._wanted and self.table.choose(self._wanted):
            self._wanted = ""
        is_busy = self._side.currentWidget() is not self.card
        if not picture.tokens and not is_busy:
            self.states.show_empty()
            return
        self._renew_card()
        self.states.show_content(picture.stamp)

    def _show_filtered(self) -> None:
        """Tokens that hold every word of the filter in their name, role or applications."""
        asked = self.filter.text().casefold().split()
        self.table.show_rows(tuple(token for token in self._tokens if _holds(token, asked)))

    def _show_chosen(self) -> None:
        """Show another token; the same one, chosen anew by a reload, closes nothing beside it."""
        self._renew_card()
        token = self.table.chosen()
        which = token.token_id if token is not None else ""
        if which and which != self._shown:
            self._show_card()
        self._shown = which

    def _renew_card(self) -> None:
        self.card.show_token(self.table.chosen(), online=self._online)

    def _show_card(self) -> None:
        self._side.setCurrentWidget(self.card)

    def create_new(self) -> None:
        """Open the form."""
        if not self.new.isEnabled():
            return
        self.states.show_content()
        self._side.setCurrentWidget(self.form)
        self.form.name.setFocus()

    def _close_form(self) -> None:
        self.form.clear()
        self._show_card()
        if not self._tokens:
            self.states.show_empty()

    def _create(self) -> None:
        if not self.form.save.isEnabled():
            return
        self.form.save.setEnabled(False)
        self.jobs.start(
            AccessService.create,
            self.form.draft(),
            done=self._issued,
            failed=self.form.explain,
            owner=self,
        )

    def _issued(self, issued: IssuedToken) -> None:
        self.form.clear()
        token = issued.token
        self.issued.show_secret(
            token.name,
            words.say(words.MEANINGS[token.role]),
            issued.secret,
            lambda secret: self._keep(token, secret),
        )
        self._side.setCurrentWidget(self.issued)
        self.issued.copy.setFocus()
        self.reload()

    def _keep(self, token: AccessToken, secret: str) -> None:
        def kept(_: StoredKey) -> None:
            self.issued.was_kept()

        details = KeyDetails(token.name, "", words.say(words.ROLES[token.role]))
        self.jobs.start(
            ApiKeyService.add_key, details, secret, done=kept, failed=self.explain, owner=self
        )

    def _rotate(self) -> None:
        if token := self.table.chosen():
            self.jobs.start(
                AccessService.rotate,
                token.token_id,
                done=self._issued,
                failed=self.explain,
                owner=self,
            )

    def _revoke(self) -> None:
        token = self.table.chosen()
        if token is None:
            return

        def revoked(_: None) -> None:
            said = self.tr("Revoked “{name}”. It stopped to work.").format(name=token.name)
            self.toast_offered.emit(said, lambda: self._restore(token))
            self.reload()

        self.jobs.start(
            AccessService.revoke, token.token_id, done=revoked, failed=self.explain, owner=self
        )

    def _restore_chosen(self) -> None:
        if token := self.table.chosen():
            self._restore(token)

    def _restore(self, token: AccessToken) -> None:
        self._wanted = token.token_id
        self.jobs.start(
            AccessService.restore,
            token.token_id,
            done=lambda _: self.reload(),
            failed=self.explain,
            owner=self,
        )

    def focus_filter(self) -> None:
        """Go to the filter."""
        self.filter.setFocus()
        self.filter.selectAll()


def _state(token: AccessToken) -> TokenState:
    return token.state(datetime.now(UTC))


def _holds(token: AccessToken, asked: list[str]) -> bool:
    role = words.say(words.ROLES[token.role])
    text = " ".join((token.name, role, *token.applications)).casefold()
    return all(word in text for word in asked)
