"""Keys: SDK keys of the service and secrets of others, seen and copied only for a moment."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar, Final

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QStackedWidget, QWidget

from desktop.domain.errors import AppError
from desktop.domain.keys import ImportReceipt, KeyReport, SdkKeyUse, StoredKey
from desktop.domain.usage import Application
from desktop.services.api_keys import ApiKeyService
from desktop.services.sdk_keys import SdkKeyService
from desktop.services.usage import UsageService
from desktop.views.choice import Choice
from desktop.views.clipboard import SecretClipboard
from desktop.views.icons import Button
from desktop.views.keys.actions import KeyActions
from desktop.views.keys.card import KeyCard
from desktop.views.keys.export_dialog import ExportDialog
from desktop.views.keys.form import KeyForm
from desktop.views.keys.import_dialog import ImportDialog
from desktop.views.keys.standing import NO_REPORT, KeyRow, rows_of
from desktop.views.keys.table import KeyTable, Part
from desktop.views.page import Card, Page, row_of
from desktop.views.state_page import EmptyPanel
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs

FILTER_WIDTH_PX: Final = 160
SIDE_WIDTH_PX: Final = 360


def utc_now() -> datetime:
    """The time, aware."""
    return datetime.now(UTC)


class KeysPage(Page):
    """The list of keys; beside it one key, or the form for a new one."""

    topics: ClassVar[frozenset[str]] = frozenset({"configuration", "connection", "keys"})
    is_about_an_application: ClassVar[bool] = False

    def __init__(
        self, jobs: "Jobs", clipboard: SecretClipboard, now: Callable[[], datetime] = utc_now
    ) -> None:
        """`now` tells the time, aware."""
        super().__init__(jobs, QCoreApplication.translate("KeysPage", "Keys"))
        self._now = now
        self._keys: tuple[StoredKey, ...] = ()
        self._uses: tuple[SdkKeyUse, ...] = ()
        self._report: KeyReport = NO_REPORT
        self._applications: tuple[Application, ...] = ()
        self.rows: tuple[KeyRow, ...] = ()
        self._shown: KeyRow | None = None
        self._make_header()
        self.part = Choice(
            self.tr("Which keys"),
            (
                (Part.ALL, self.tr("All")),
                (Part.SDK, self.tr("SDK keys")),
                (Part.OTHER, self.tr("Other keys")),
                (Part.ATTENTION, self.tr("Attention")),
            ),
        )
        self.part.changed.connect(self._show_part)
        self.attention = PlainLabel(role="warn", wrap=True)
        self.unknown_uses = PlainLabel(role="muted", wrap=True)
        for label in (self.attention, self.unknown_uses):
            label.hide()
        self.table = KeyTable(now)
        self.table.row_chosen.connect(self._show_chosen)
        self.card, self.form = KeyCard(), KeyForm(now().date())
        self.acting = KeyActions(jobs, clipboard, (self.card, self.form), self.table.chosen)
        self.acting.stored.connect(self._show_stored)
        self.acting.changed.connect(self.reload)
        self.acting.said.connect(self.toast_offered)
        self.acting.failed.connect(self.explain)
        self.card.reveal_ended.connect(self._show_chosen)
        self.card.edit_wanted.connect(self._change_chosen)
        self.form.given_up.connect(self._close_form)
        self.show_states_of(self._content(), self._empty())

    def secret_parts(self) -> tuple[QWidget, ...]:
        """The box that shows a secret while a button is held."""
        return (self.card.secret,)

    def _make_header(self) -> None:
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(self.tr("Filter"))
        self.filter.setAccessibleName(self.tr("Filter the keys"))
        self.filter.setClearButtonEnabled(True)
        self.filter.setFixedWidth(FILTER_WIDTH_PX)
        self.filter.textChanged.connect(lambda _: self._show_part())
        self.bring = Button(self.tr("&Import…"), icon_name="upload")
        self.save_all = Button(self.tr("E&xport…"), icon_name="download")
        self.new_sdk_key = Button(self.tr("New S&DK key"), icon_name="plus")
        self.new = Button(self.tr("&Add a key"), role="primary", icon_name="plus")
        self.bring.clicked.connect(self._choose_file)
        self.save_all.clicked.connect(self.export_all)
        self.new_sdk_key.clicked.connect(self.create_sdk_key)
        self.new.clicked.connect(self.create_new)
        for part in (self.filter, self.bring, self.save_all, self.new_sdk_key, self.new):
            self.header.addWidget(part)

    def _content(self) -> QWidget:
        self.side = QStackedWidget()
        self.side.addWidget(self.card)
        self.side.addWidget(self.form)
        self.side.setFixedWidth(SIDE_WIDTH_PX)
        listed = Card(self.attention, self.table, self.unknown_uses)
        listed.column.insertLayout(0, row_of(self.part, None))
        content = QWidget()
        row = QHBoxLayout(content)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(14)
        row.addWidget(listed, 1)
        row.addWidget(self.side)
        return content

    def _empty(self) -> EmptyPanel:
        add = Button(self.tr("Add a key"), role="primary")
        add.clicked.connect(self.create_new)
        bring = Button(self.tr("Import keys…"))
        bring.clicked.connect(self._choose_file)
        return EmptyPanel(
            "key-round",
            self.tr("No keys yet"),
            self.tr("Keep API keys here instead of in a file. They never leave the vault unasked."),
            add,
            bring,
        )

    def reload(self) -> None:
        """Keys belong to the workspace, whichever application is on show."""
        self._is_stale = not self.isVisible()
        if self.isVisible():
            self._load_keys()

    def load(self, application: Application) -> None:  # noqa: ARG002 (keys belong to all of them)
        """Ask for the list."""
        self._load_keys()

    def _load_keys(self) -> None:
        start = self.jobs.start
        listed = start(ApiKeyService.list_keys, done=self._show, failed=self.explain, owner=self)
        self.wait_for(listed)
        start(ApiKeyService.report, done=self._take_report, failed=self.explain, owner=self)
        start(
            UsageService.applications, done=self._take_applications, failed=self.explain, owner=self
        )
        start(SdkKeyService.uses, done=self._take_uses, failed=self._lack_uses, owner=self)

    def _show(self, keys: tuple[StoredKey, ...]) -> None:
        self._keys = keys
        self._show_rows()
        if keys or self._uses or self.side.currentWidget() is self.form:
            self.states.show_content()
        else:
            self.states.show_empty()

    def _take_report(self, report: KeyReport) -> None:
        self._report = report
        self._warn(report)
        self._show_rows()

    def _take_applications(self, applications: tuple[Application, ...]) -> None:
        self._applications = tuple(app for app in applications if not app.is_sample)
        self.new_sdk_key.setEnabled(bool(self._applications))

    def _take_uses(self, uses: tuple[SdkKeyUse, ...]) -> None:
        self.unknown_uses.hide()
        had_none = not self.rows
        self._uses = uses
        self._show_rows()
        if had_none and self.rows:
            self.states.show_content()

    def _lack_uses(self, error: AppError) -> None:
        """Without the service everything else goes on; say what is not known."""
        said = self.tr("When SDK keys were last used is not known now. {reason}")
        self.unknown_uses.setText(said.format(reason=error))
        self.unknown_uses.show()

    def _show_rows(self) -> None:
        self.rows = rows_of(self._keys, self._uses, self._report, self._now())
        urgent = sum(row.is_urgent for row in self.rows)
        label = self.tr("Attention ({count})").format(count=urgent)
        self.part.buttons[Part.ATTENTION].setText(label if urgent else self.tr("Attention"))
        self._show_part()

    def _show_part(self) -> None:
        self.table.show_part(self.rows, self.part.value(), self.filter.text())
        self._show_chosen()

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
            self,
            self.tr("Import keys"),
            "",
            self.tr("Keys (*.env .env *.csv *.json *.age);;All files (*)"),
        )
        if path:
            self.import_from(path)

    def import_from(self, path: str) -> None:
        """Show what a file would bring; it stays where it is."""
        dialog = ImportDialog(self, self.jobs, path)
        dialog.imported.connect(self._imported)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _imported(self, receipt: ImportReceipt) -> None:
        self.reload()
        said = self.tr("Imported %n key(s). The file is still there: remove it.", "", receipt.added)
        self.toast_offered.emit(said, None)

    def export_all(self) -> None:
        """Ask for the passphrase and the place of an encrypted file."""
        dialog = ExportDialog(self, self.jobs)
        dialog.exported.connect(self._exported)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def export_view(self) -> None:
        """Ctrl+E."""
        self.export_all()

    def _exported(self, path: str, count: int) -> None:
        said = self.tr("Saved %n key(s) to {path}, read back and sound.", "", count)
        self.toast_offered.emit(said.format(path=path), None)

    def _show_chosen(self) -> None:
        """Show the chosen key; a reload disturbs neither a form nor a secret that is held."""
        row, shown = self.table.chosen(), self._shown
        is_same = row is not None and shown is not None and row.row_id == shown.row_id
        if not is_same and row is not None and self.side.currentWidget() is self.form:
            self._close_form()
        if row != shown and not (is_same and self.card.reveal.is_held):
            self._shown = row
            self.card.show_row(row, self._same_secret(row))

    def _same_secret(self, row: KeyRow | None) -> tuple[str, ...]:
        key_id = "" if row is None else row.row_id
        names = {one.row_id: one.name for one in self.rows}
        groups = (group for group in self._report.reused if key_id in group)
        return tuple(names.get(one, "") for group in groups for one in group if one != key_id)

    def create_new(self) -> None:
        """Open the form for a key the owner brings along."""
        self.form.begin_new()
        self._open_form()

    def create_sdk_key(self) -> None:
        """Open the form for a key the service makes."""
        self.form.begin_sdk_key(self._applications)
        self._open_form()

    def _change_chosen(self) -> None:
        """Open the form with the chosen key."""
        row = self.table.chosen()
        if row is not None and row.key is not None:
            self.form.begin_change(row.key)
            self._open_form()

    def _open_form(self) -> None:
        self.states.show_content()
        self.card.reveal.release_hold()
        self.side.setCurrentWidget(self.form)
        self.form.name.setFocus()

    def _close_form(self) -> None:
        self.form.clear()
        self.side.setCurrentWidget(self.card)
        if not self.rows:
            self.states.show_empty()

    def _show_stored(self, key: StoredKey) -> None:
        """A key was stored: choose it in the list, whatever was filtered."""
        self.filter.clear()
        if self.part.value() is not Part.ALL:
            self.part.choose(Part.ALL)
        others = (one for one in self._keys if one.key_id != key.key_id)
        self._keys = tuple(sorted((*others, key), key=lambda one: one.name.casefold()))
        self._show_rows()
        self.table.choose(key.key_id)
        self._close_form()
        self._show_chosen()
        self.reload()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 (Qt calls it)
        """A secret does not wait on a page nobody looks at."""
        super().hideEvent(event)
        self.card.reveal.release_hold()
        self.card.hide_secret()
        self.form.secret.clear()
