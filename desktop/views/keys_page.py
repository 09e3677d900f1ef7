"""Keys: secrets in the vault, seen and copied only for a moment."""

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QStackedWidget, QWidget

from desktop.domain.keys import ImportReceipt, KeyDetails, KeyReport, StoredKey
from desktop.domain.usage import Application
from desktop.services.api_keys import ApiKeyService
from desktop.views import figures
from desktop.views.clipboard import SECONDS_KEPT, SecretClipboard
from desktop.views.data_table import DataTable
from desktop.views.icons import Button
from desktop.views.key_card import KeyCard
from desktop.views.key_form import KeyForm
from desktop.views.models.table_model import Column
from desktop.views.page import Card, Page
from desktop.views.state_page import EmptyPanel
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs


class KeysPage(Page):
    """The list of keys; beside it one key, or the form for a new one."""

    topics: ClassVar[frozenset[str]] = frozenset({"configuration", "connection"})
    is_about_an_application: ClassVar[bool] = False

    def __init__(self, jobs: "Jobs", clipboard: SecretClipboard) -> None:
        super().__init__(jobs, QCoreApplication.translate("KeysPage", "Keys"))
        self._clipboard = clipboard
        self.new = Button(self.tr("&Add a key"), icon_name="plus")
        self.new.clicked.connect(self.create_new)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(self.tr("Filter"))
        self.filter.setAccessibleName(self.tr("Filter the keys"))
        self.filter.setClearButtonEnabled(True)
        self.filter.setFixedWidth(180)
        self.filter.textChanged.connect(lambda _: self._show_filtered())
        self.bring = Button(self.tr("&Import…"), icon_name="upload")
        self.bring.clicked.connect(self._choose_file)
        self.attention = PlainLabel(role="warn", wrap=True)
        self.attention.hide()
        self._keys: tuple[StoredKey, ...] = ()
        for part in (self.filter, self.bring, self.new):
            self.header.addWidget(part)
        self.table: DataTable[StoredKey] = DataTable(
            self.tr("Keys"), self._columns(), key=lambda key: key.key_id
        )
        for column, width_px in ((1, 110), (2, 110), (3, 130)):
            self.table.setColumnWidth(column, width_px)
        self.table.row_chosen.connect(self._show_chosen)
        self.card, self.form = KeyCard(), KeyForm()
        self.card.reveal_wanted.connect(self._reveal)
        self.card.copy_wanted.connect(self._copy)
        self.card.deletion_wanted.connect(self._delete)
        self.form.save_wanted.connect(self._store)
        self.form.given_up.connect(self._close_form)
        self.show_states_of(self._content(), self._empty())

    def _columns(self) -> tuple[Column[StoredKey], ...]:
        return (
            Column(self.tr("Name"), lambda key: key.name),
            Column(self.tr("Ends in"), lambda key: f"…{key.hint}" if key.hint else figures.NOTHING),
            Column(
                self.tr("From"),
                lambda key: self.tr("Service") if key.made_by_service else self.tr("You"),
            ),
            Column(
                self.tr("Since"),
                lambda key: figures.day(key.created_at.date(), with_year=True),
                lambda key: key.created_at,
                is_number=True,
            ),
        )

    def _content(self) -> QWidget:
        self._side = QStackedWidget()
        self._side.addWidget(self.card)
        self._side.addWidget(self.form)
        self._side.setMinimumWidth(320)
        content = QWidget()
        row = QHBoxLayout(content)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(14)
        row.addWidget(Card(self.attention, self.table), 5)
        row.addWidget(self._side, 3)
        return content

    def _empty(self) -> EmptyPanel:
        add = Button(self.tr("Add a key"), role="primary")
        add.clicked.connect(self.create_new)
        return EmptyPanel(
            "key-round",
            self.tr("No keys yet"),
            self.tr("Keep API keys here instead of in a file. They never leave the vault unasked."),
            add,
        )

    def reload(self) -> None:
        """Keys belong to the workspace, whichever application is on show."""
        if self.isVisible():
            self._is_stale = False
            self._load_keys()
        else:
            self._is_stale = True

    def load(self, application: Application) -> None:  # noqa: ARG002 (keys belong to all of them)
        """Ask for the list."""
        self._load_keys()

    def _load_keys(self) -> None:
        self.wait_for(
            self.jobs.start(
                ApiKeyService.list_keys, done=self._show, failed=self.explain, owner=self
            )
        )

    def _show(self, keys: tuple[StoredKey, ...]) -> None:
        self._keys = keys
        self._show_filtered()
        self.jobs.start(ApiKeyService.report, done=self._warn, failed=self.explain, owner=self)
        if keys or self._side.currentWidget() is self.form:
            self.states.show_content()
        else:
            self.states.show_empty()

    def _show_filtered(self) -> None:
        """Keys that hold every word of the filter in their name, provider, note or tags."""
        asked = self.filter.text().casefold().split()
        self.table.show_rows(tuple(key for key in self._keys if _holds(key, asked)))

    def focus_filter(self) -> None:
        """Go to the filter."""
        self.filter.setFocus()
        self.filter.selectAll()

    def _warn(self, report: KeyReport) -> None:
        """Say above the list what deserves attention."""
        counted = (
            (len(report.expired), self.tr("%n expired", "", len(report.expired))),
            (len(report.expiring), self.tr("%n expire(s) soon", "", len(report.expiring))),
            (len(report.reused), self.tr("%n secret(s) used twice", "", len(report.reused))),
            (len(report.weak), self.tr("%n weak", "", len(report.weak))),
            (len(report.old), self.tr("%n older than a year", "", len(report.old))),
        )
        said = " · ".join(text for count, text in counted if count)
        self.attention.setText(said)
        self.attention.setVisible(bool(said))

    def _choose_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self, self.tr("Import keys"), "", self.tr("Keys (*.env *.csv *.json);;All files (*)")
        )
        if path:
            self.import_from(path)

    def import_from(self, path: str) -> None:
        """Take the keys of a file in; it stays where it is."""
        self.jobs.start(
            ApiKeyService.import_keys,
            path,
            "",
            done=self._imported,
            failed=self.explain,
            owner=self,
        )

    def _imported(self, receipt: ImportReceipt) -> None:
        self.reload()
        said = self.tr("Imported %n key(s). The file is still there: remove it.", "", receipt.added)
        self.toast_offered.emit(said, None)

    def _show_chosen(self) -> None:
        self.card.show_key(self.table.chosen())
        self._close_form()

    def create_new(self) -> None:
        """Open the form."""
        self.states.show_content()
        self._side.setCurrentWidget(self.form)
        self.form.name.setFocus()

    def _close_form(self) -> None:
        self.form.clear()
        self._side.setCurrentWidget(self.card)
        if not self.table.table_model.rows:
            self.states.show_empty()

    def _store(self) -> None:
        if not self.form.save.isEnabled():
            return
        self.form.save.setEnabled(False)
        self.jobs.start(
            ApiKeyService.add_key,
            KeyDetails(self.form.name.text().strip(), self.form.note.text().strip()),
            self.form.secret.text().strip(),
            done=self._stored,
            failed=self.form.explain,
            owner=self,
        )

    def _stored(self, key: StoredKey) -> None:
        self.filter.clear()
        self._keys = (*self._keys, key)
        self._show_filtered()
        self.table.choose(key.key_id)
        self._show_chosen()
        self.reload()

    def _reveal(self) -> None:
        if key := self.table.chosen():
            self.jobs.start(
                ApiKeyService.reveal,
                key.key_id,
                done=lambda secret: self._show_secret(key, secret),
                failed=self.explain,
                owner=self,
            )

    def _show_secret(self, key: StoredKey, secret: str) -> None:
        if self.isVisible() and self.table.chosen() == key:
            self.card.show_secret(secret)

    def _copy(self) -> None:
        if key := self.table.chosen():
            self.jobs.start(
                ApiKeyService.reveal,
                key.key_id,
                done=lambda secret: self._put_on_clipboard(key, secret),
                failed=self.explain,
                owner=self,
            )

    def _put_on_clipboard(self, key: StoredKey, secret: str) -> None:
        self._clipboard.copy(secret)
        said = self.tr("Copied “{name}”. The clipboard is cleared in {seconds} seconds.")
        self.toast_offered.emit(said.format(name=key.name, seconds=SECONDS_KEPT), None)

    def _delete(self) -> None:
        key = self.table.chosen()
        if key is None:
            return

        def deleted(_: None) -> None:
            self.table.clearSelection()
            self.reload()
            said = self.tr("Deleted “{name}”.").format(name=key.name)
            self.toast_offered.emit(said, lambda: self._restore(key))

        self.jobs.start(
            ApiKeyService.delete_key, key.key_id, done=deleted, failed=self.explain, owner=self
        )

    def _restore(self, key: StoredKey) -> None:
        self.jobs.start(
            ApiKeyService.restore_key,
            key.key_id,
            done=lambda _: self.reload(),
            failed=self.explain,
            owner=self,
        )

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 (Qt calls it)
        """A secret does not wait on a page nobody looks at."""
        super().hideEvent(event)
        self.card.hide_secret()
        self.form.secret.clear()


def _holds(key: StoredKey, asked: list[str]) -> bool:
    text = " ".join((key.name, key.provider, key.scope, key.note, *key.tags)).casefold()
    return all(word in text for word in asked)
