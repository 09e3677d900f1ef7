"""Endpoints of an application: when they were called, and what is kept of their calls."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QFrame, QLineEdit, QVBoxLayout, QWidget

from desktop.domain.applications import EndpointsPicture, KeepDraft, ScrubRule, SeenEndpoint
from desktop.domain.errors import AppError
from desktop.domain.ids import ApplicationId
from desktop.services.applications import ApplicationService
from desktop.services.catalogs import CatalogService
from desktop.views import figures
from desktop.views.data_table import DataTable
from desktop.views.form_field import FormField
from desktop.views.icons import Button, icon
from desktop.views.models.table_model import Column
from desktop.views.page import row_of
from desktop.views.policies import words
from desktop.views.text import ElidedLabel, PlainLabel
from desktop.views.undoing import Undoing

if TYPE_CHECKING:
    from desktop.jobs import Jobs


class EndpointsPanel(QWidget):
    """The list; below it what is kept of the chosen endpoint. Undo takes a change back."""

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__()
        self._jobs = jobs
        self._undoing = Undoing(jobs, self)
        self.toast_offered = self._undoing.toast_offered
        self.changed, self.failed = self._undoing.changed, self._undoing.failed
        self._application_id = ApplicationId("")
        self.catalog = ElidedLabel(role="muted")
        self.load_file = Button(self.tr("&Import OpenAPI…"), icon_name="upload")
        self.load_file.clicked.connect(self._import)
        self.table: DataTable[SeenEndpoint] = DataTable(
            self.tr("Endpoints"), (), key=lambda seen: (seen.method, seen.url)
        )
        self.table.show_columns(self._columns(), ())
        for place, width_px in enumerate((76, 110), start=1):
            self.table.setColumnWidth(place, width_px)
        self.table.row_chosen.connect(self._show_chosen)
        self._make_keeping()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        top = row_of(self.catalog, self.load_file)
        top.setStretch(0, 1)
        column.addLayout(top)
        column.addWidget(self.table, 1)
        column.addWidget(self.keeping)

    def _make_keeping(self) -> None:
        self.keeping = QFrame()
        self.keeping.setProperty("role", "inset")
        self.history = PlainLabel(role="muted", wrap=True)
        self.kept = PlainLabel(role="heading", wrap=True)
        self.meaning = PlainLabel(role="muted", wrap=True)
        self.reason, self.days = QLineEdit(), QLineEdit("7")
        self.fields = {
            "reason": FormField(self.tr("&Why values are needed"), self.reason),
            "days": FormField(self.tr("For how man&y days"), self.days),
        }
        self.keep = Button(self.tr("&Keep values"))
        self.keep.clicked.connect(self._keep)
        self.drop = Button(self.tr("Keep the &shape only"))
        self.drop.clicked.connect(self._drop)
        column = QVBoxLayout(self.keeping)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(8)
        column.addWidget(self.history)
        column.addWidget(self.kept)
        column.addWidget(self.meaning)
        self.form = QWidget()
        form = row_of(self.fields["reason"], self.fields["days"])
        form.setStretch(0, 3)
        form.setStretch(1, 1)
        form.setContentsMargins(0, 0, 0, 0)
        self.form.setLayout(form)
        column.addWidget(self.form)
        column.addLayout(row_of(None, self.drop, self.keep))
        self.keeping.hide()

    def _columns(self) -> tuple[Column[SeenEndpoint], ...]:
        return (
            Column(
                self.tr("Endpoint"),
                lambda seen: f"{seen.method} {seen.url}",
                icon=lambda seen: icon("eye", "warn") if seen.scrub_rule else None,
            ),
            Column(self.tr("SDK"), lambda seen: words.sdk(seen.sdk) if seen.sdk else ""),
            Column(self.tr("Last seen"), self._last, _last_value, is_number=True),
        )

    def _last(self, seen: SeenEndpoint) -> str:
        if not seen.was_called:
            return self.tr("Never called")
        return figures.moment(seen.last_seen) if seen.last_seen else figures.NOTHING

    def show_endpoints(self, application_id: ApplicationId, picture: EndpointsPicture) -> None:
        """Show the endpoints of an application."""
        self._application_id = application_id
        self.table.show_rows(picture.endpoints)
        never = sum(not seen.was_called for seen in picture.endpoints)
        if picture.catalog_at is None:
            said = self.tr("Import an OpenAPI file to see what was never called.")
            self.catalog.set_whole_text(said)
        else:
            said = self.tr("{title}: %n operation(s) never called", "", never)
            self.catalog.set_whole_text(said.format(title=picture.catalog_title))
        self._show_chosen()

    def _show_chosen(self) -> None:
        seen = self.table.chosen()
        self.keeping.setVisible(seen is not None and seen.was_called)
        if seen is None:
            return
        self.history.setText(self._history(seen))
        rule = seen.scrub_rule
        if rule is None:
            self.kept.setText(self.tr("Only the shape of its calls is kept"))
        else:
            said = self.tr("Values are kept until {moment}: {reason}")
            text = said.format(moment=figures.moment(rule.expires_at), reason=rule.reason)
            self.kept.setText(text)
        self.meaning.setText(
            self.tr(
                "Keeping values stores request and response data of the people who call, with "
                "known secrets and personal data masked. Masking finds a lot, never all."
            )
        )
        self.form.setVisible(rule is None)
        self.keep.setVisible(rule is None)
        self.drop.setVisible(rule is not None)
        self._explain(None)

    def _history(self, seen: SeenEndpoint) -> str:
        """Which SDK reports it, and since when."""
        sdk = words.sdk(seen.sdk) if seen.sdk else self.tr("an SDK of a kind not known")
        if seen.first_seen is None:
            return self.tr("Reported by {sdk}.").format(sdk=sdk)
        day = figures.day(seen.first_seen.date(), with_year=True)
        return self.tr("Reported by {sdk}, first on {day}.").format(sdk=sdk, day=day)

    def _keep(self) -> None:
        seen = self.table.chosen()
        if seen is None:
            return
        draft = KeepDraft(
            self._application_id, seen.method, seen.url, self.reason.text(), self.days.text()
        )

        def kept(made: ScrubRule) -> None:
            self.reason.clear()
            said = self.tr("Values of {route} are kept from now on.")
            text = said.format(route=f"{seen.method} {seen.url}")
            self._undoing.done(text, ApplicationService.drop_bodies, made.scrub_rule_id)

        self._jobs.start(
            ApplicationService.keep_bodies,
            draft,
            done=kept,
            failed=self._explain,
            owner=self,
        )

    def _drop(self) -> None:
        seen = self.table.chosen()
        rule = seen.scrub_rule if seen is not None else None
        if rule is None:
            return

        def dropped(_: None) -> None:
            said = self.tr("Only the shape is kept from now on.")
            self._undoing.done(said, ApplicationService.restore_bodies, rule)

        self._jobs.start(
            ApplicationService.drop_bodies,
            rule.scrub_rule_id,
            done=dropped,
            failed=self.failed.emit,
            owner=self,
        )

    def _import(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self,
            self.tr("Import an OpenAPI file"),
            "",
            self.tr("OpenAPI (*.json *.yaml *.yml)"),
        )
        if path:
            self._jobs.start(
                CatalogService.import_file,
                self._application_id,
                path,
                done=self._imported,
                failed=self.failed.emit,
                owner=self,
            )

    def _imported(self, operations: int) -> None:
        self.toast_offered.emit(self.tr("Imported %n operation(s).", "", operations), None)
        self.changed.emit()

    def _explain(self, error: AppError | None) -> None:
        wrong = error.field if error is not None else None
        for name, field in self.fields.items():
            field.explain(str(error) if name == wrong else "")
        if error is not None and wrong not in self.fields:
            self.failed.emit(error)


def _last_value(seen: SeenEndpoint) -> float:
    return seen.last_seen.timestamp() if seen.last_seen else 0
