"""Legal holds on the customers of a request: placed and released at once, taken back by Undo."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QVBoxLayout, QWidget

from desktop.domain.errors import AppError
from desktop.domain.privacy.categories import Category
from desktop.domain.privacy.erasure import Customer, LegalHold
from desktop.services.privacy.erasing.holds import HoldService
from desktop.views.combo import ElidedCombo
from desktop.views.combo_of import ComboOf
from desktop.views.day_edit import DayEdit
from desktop.views.form_field import FormField, text_of
from desktop.views.icons import Button
from desktop.views.lines import IconLine, Lines
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.page import row_of
from desktop.views.privacy import erasure_words, words
from desktop.views.privacy.data_map import CATEGORIES
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs


EXPLAINED: Final = ("ground", "until")
"""Fields beside which it is said what is wrong with them."""
OFFERED: Final = timedelta(days=183)


class HoldPanel(QWidget):
    """Hidden while nobody is known to hold anything of."""

    changed = Signal()
    """A hold was placed or released: a plan made before is another one now."""
    toast_offered = Signal(str, object)
    """What was done, and a function that undoes it."""

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__()
        self._jobs = jobs
        self._customers: tuple[Customer, ...] = ()
        self._known: frozenset[str] = frozenset()
        self.message = MessageBar()
        self.customer = ElidedCombo()
        self.category: ComboOf[Category] = ComboOf(self.tr("Kind of data"), CATEGORIES, words.say)
        self.record, self.ground = QLineEdit(), QLineEdit()
        self.record.setPlaceholderText(self.tr("All of this kind"))
        self.ground.returnPressed.connect(self._place)
        self.fields = {
            "customer": FormField(self.tr("Customer to &hold"), self.customer),
            "category": FormField(self.tr("Kind of &data"), self.category),
            "record": FormField(self.tr("Only the record with this &id"), self.record),
            "ground": FormField(self.tr("&Ground"), self.ground),
        }
        self.ends = QCheckBox(self.tr("It e&nds by itself after this day"))
        self.until = DayEdit(self.tr("Last day of the hold"))
        self.fields["until"] = FormField(self.tr("&Last day (UTC)"), self.until)
        self.ends.toggled.connect(self.fields["until"].setVisible)
        self.place = Button(self.tr("Place the h&old"), icon_name="lock")
        self.place.clicked.connect(self._place)
        self.holds = Lines(spacing=4)
        self.releases: dict[str, Button] = {}
        self._arrange()
        self.show_customers(())

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(PlainLabel(self.tr("Legal holds").upper(), role="section"))
        first, last = list(self.fields.values())[:-1], self.fields["until"]
        for part in (self.message, self.holds, *first, self.ends, last):
            column.addWidget(part)
        column.addLayout(row_of(None, self.place))

    def show_customers(self, customers: tuple[Customer, ...]) -> None:
        """Show the holds on these customers, and offer another one; nobody hides the panel."""
        self.setVisible(bool(customers))
        if customers == self._customers:
            return
        self._customers = customers
        self.message.dismiss()
        self._clear()
        self.customer.clear()
        self.customer.addItems([one.customer_id for one in customers])
        self.holds.fill(())
        self._load()

    def _clear(self) -> None:
        self._explain_nothing()
        for field in (self.record, self.ground):
            field.clear()
        self.ends.setChecked(False)
        self.fields["until"].hide()
        self.until.show_day(datetime.now(UTC).date() + OFFERED)

    def _explain_nothing(self) -> None:
        for name in EXPLAINED:
            self.fields[name].explain("")

    def _load(self) -> None:
        if self._customers:
            self._jobs.start(HoldService.listed, done=self._show, failed=self._fail, owner=self)

    def _show(self, found: tuple[LegalHold, ...]) -> None:
        self._known = frozenset(hold.hold_id for hold in found)
        mine = [hold for hold in found if hold.customer in self._customers]
        self.releases = {}
        self.holds.fill(self._line(hold) for hold in mine)

    def _line(self, hold: LegalHold) -> QWidget:
        release = Button(self.tr("Release"))
        said = erasure_words.held(hold)
        release.setAccessibleName(self.tr("Release: {hold}").format(hold=said))
        release.clicked.connect(lambda: self._release(hold))
        self.releases[hold.hold_id] = release
        line = QWidget()
        row = row_of(IconLine("lock", "warn", said), release)
        row.setContentsMargins(0, 0, 0, 0)
        row.setStretch(0, 1)
        line.setLayout(row)
        return line

    def _place(self) -> None:
        self._explain_nothing()
        before = self._known
        self._jobs.start(
            HoldService.place,
            self._customers[self.customer.currentIndex()],
            self.category.value(),
            text_of(self.ground),
            text_of(self.record),
            self.until.day() if self.ends.isChecked() else None,
            done=lambda found: self._placed(before, found),
            failed=self._fail,
            owner=self,
        )

    def _placed(self, before: frozenset[str], found: tuple[LegalHold, ...]) -> None:
        self._clear()
        self._changed(found)
        newest = max((hold for hold in found if hold.hold_id not in before), key=_age)
        said = self.tr("The hold was placed.")
        self.toast_offered.emit(said, lambda: self._ask(newest.hold_id))

    def _release(self, hold: LegalHold) -> None:
        def released(found: tuple[LegalHold, ...]) -> None:
            self._changed(found)
            said = self.tr("The hold was released.")
            self.toast_offered.emit(said, lambda: self._place_again(hold))

        self._jobs.start(
            HoldService.release,
            hold.hold_id,
            done=released,
            failed=self._fail,
            owner=self,
        )

    def _ask(self, hold_id: str) -> None:
        self._jobs.start(
            HoldService.release,
            hold_id,
            done=self._changed,
            failed=self._fail,
            owner=self,
        )

    def _place_again(self, hold: LegalHold) -> None:
        self._jobs.start(
            HoldService.place,
            hold.customer,
            hold.category,
            hold.ground,
            hold.record_id,
            hold.until,
            done=self._changed,
            failed=self._fail,
            owner=self,
        )

    def _changed(self, found: tuple[LegalHold, ...]) -> None:
        self.message.dismiss()
        self._show(found)
        self.changed.emit()

    def _fail(self, error: AppError) -> None:
        if error.field in EXPLAINED:
            self.fields[error.field].explain(str(error))
        else:
            self.message.say(Tone.BAD, str(error))


def _age(hold: LegalHold) -> tuple[object, str]:
    return hold.placed_at, hold.hold_id
