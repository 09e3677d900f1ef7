"""Settings of an application, or of a new one."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QCompleter, QLineEdit

from contract.terms import CapInterval
from desktop.domain.applications import ApplicationDraft, ApplicationSettings
from desktop.domain.editing import EditState
from desktop.domain.errors import AppError
from desktop.views.applications.cap_words import CAP_INTERVALS, say
from desktop.views.combo_of import ComboOf
from desktop.views.form_field import FormField
from desktop.views.icons import Button
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.page import row_of
from desktop.views.scrolled import Scrolled


class SettingsPanel(Scrolled):
    """Checks nothing: the service says what is wrong, by field."""

    save_wanted = Signal()
    archive_wanted = Signal()
    rejected_dropped = Signal()

    def __init__(self) -> None:
        super().__init__("")
        self.setAccessibleName(self.tr("Settings"))
        self._settings: ApplicationSettings | None = None
        self.name, self.days, self.cap = QLineEdit(), QLineEdit(), QLineEdit()
        self.cap.setPlaceholderText(self.tr("No cap"))
        self.zone = QComboBox()
        self.zone.setEditable(True)
        self.zone.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.interval: ComboOf[CapInterval] = ComboOf(
            self.tr("Period of the cap"), CAP_INTERVALS, say
        )
        self.discovery = QCheckBox(self.tr("Have Go applications trace &functions"))
        self.all_functions = QCheckBox(self.tr("Report functions without a polic&y too"))
        self.fields = {
            "name": FormField(self.tr("&Name"), self.name),
            "time_zone": FormField(self.tr("&Time zone of its hours and days"), self.zone),
            "cap": FormField(self.tr("&Cap: requests"), self.cap),
            "cap_interval": FormField(self.tr("&Per"), self.interval),
            "raw_event_days": FormField(self.tr("&Days single calls are kept"), self.days),
        }
        self.message = MessageBar(dismissable=False)
        self.save = Button(self.tr("&Save"), role="primary")
        self.discard = Button(self.tr("Discard"))
        self.archive = Button("", icon_name="archive")
        self.save.clicked.connect(self._save)
        self.discard.clicked.connect(lambda: self.show_settings(self._settings))
        self.archive.clicked.connect(self.archive_wanted)
        self._arrange()
        self._watch()

    def _arrange(self) -> None:
        self.column.insertWidget(0, self.message)
        self.column.insertWidget(1, self.fields["name"])
        self.column.insertWidget(2, self.fields["time_zone"])
        cap = row_of(self.fields["cap"], self.fields["cap_interval"])
        cap.setStretch(0, 2)
        cap.setStretch(1, 1)
        self.column.insertLayout(3, cap)
        self.column.insertWidget(4, self.fields["raw_event_days"])
        self.column.insertWidget(5, self.discovery)
        self.column.insertWidget(6, self.all_functions)
        self.column.insertLayout(7, row_of(self.archive, None, self.discard, self.save))

    def _watch(self) -> None:
        for line in (self.name, self.days, self.cap):
            line.textEdited.connect(self._note)
            line.returnPressed.connect(self._save)
        self.zone.editTextChanged.connect(self._note)
        self.interval.chosen.connect(self._note)
        for box in (self.discovery, self.all_functions):
            box.clicked.connect(self._note)

    def show_time_zones(self, zones: tuple[str, ...]) -> None:
        """Offer these time zones."""
        typed = self.zone.currentText()
        self.zone.blockSignals(True)  # noqa: FBT003 (Qt's signature)
        self.zone.clear()
        self.zone.addItems(list(zones))
        completer = QCompleter(self.zone.model(), self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.zone.setCompleter(completer)
        self.zone.setEditText(typed)
        self.zone.blockSignals(False)  # noqa: FBT003 (Qt's signature)

    def show_settings(self, settings: ApplicationSettings | None) -> None:
        """Fill the fields; None is a new application."""
        self._settings = settings
        shown = settings or ApplicationSettings(
            # a new application begins with the defaults of the contract
            application_id="",  # type: ignore[arg-type]
            name="",
        )
        self.blockSignals(True)  # noqa: FBT003 (Qt's signature)
        self.name.setText(shown.name)
        self.zone.setEditText(shown.time_zone)
        self.cap.setText(f"{shown.cap.requests:,}" if shown.cap else "")
        self.interval.choose(shown.cap.interval if shown.cap else CapInterval.MONTH)
        self.days.setText(str(shown.raw_event_days))
        self.discovery.setChecked(shown.discovery)
        self.all_functions.setChecked(shown.report_all_functions)
        self.blockSignals(False)  # noqa: FBT003 (Qt's signature)
        archived = self.tr("&Bring back") if shown.archived else self.tr("&Archive")
        self.archive.setText(archived)
        self.archive.setVisible(settings is not None)
        self._set_dirty(dirty=False)
        self._forget_problems()
        self._tell_standing(shown)

    def _tell_standing(self, settings: ApplicationSettings) -> None:
        standing = settings.standing
        if standing.state is EditState.REJECTED:
            said = self.tr("The service refused this edit: {problem}")
            drop = (self.tr("Take the service's"), self.rejected_dropped.emit)
            self.message.say(Tone.BAD, said.format(problem=standing.problem), drop)
        elif settings.archived:
            said = self.tr("Archived: its SDKs meter nothing, and its keys are refused.")
            self.message.say(Tone.INFO, said)

    def is_dirty(self) -> bool:
        """Whether something was typed that is not saved."""
        return self.save.isEnabled()

    def draft(self) -> ApplicationDraft:
        """What the fields say now."""
        return ApplicationDraft(
            self.name.text(),
            self.zone.currentText(),
            self.cap.text(),
            self.interval.value(),
            self.days.text(),
            self.discovery.isChecked(),
            self.all_functions.isChecked(),
        )

    def explain(self, error: AppError) -> None:
        """Say what is wrong beside its field; else at the top."""
        self._forget_problems()
        self.save.setEnabled(True)
        field = self.fields.get(error.field or "")
        if field is None:
            self.message.say(Tone.BAD, str(error))
            return
        field.explain(str(error))
        field.control.setFocus()

    def _forget_problems(self) -> None:
        self.message.dismiss()
        for field in self.fields.values():
            field.explain("")

    def _note(self) -> None:
        self._set_dirty(dirty=True)

    def _set_dirty(self, *, dirty: bool) -> None:
        self.save.setEnabled(dirty)
        self.discard.setEnabled(dirty)

    def _save(self) -> None:
        if self.save.isEnabled():
            self.save.setEnabled(False)
            self.save_wanted.emit()
