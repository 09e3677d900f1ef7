"""Who wants to be written to for what: counts, one person's choices, and a check of a list."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QT_TRANSLATE_NOOP
from PySide6.QtWidgets import QLineEdit, QWidget

from desktop.domain.privacy.purposes import OPTIONAL, Choice, ContactList, Purpose, PurposeCount
from desktop.services.privacy.preferences import PreferenceService
from desktop.views import figures
from desktop.views.combo_of import ComboOf
from desktop.views.data_table import DataTable
from desktop.views.form_field import FormField
from desktop.views.icons import Button
from desktop.views.lines import IconLine, Lines
from desktop.views.models.table_model import Column
from desktop.views.privacy import words
from desktop.views.privacy.tab import PrivacyTab, beside, buttons, form_card, text_area
from desktop.views.state_page import EmptyPanel
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs

PURPOSES: Final = {
    Purpose.SERVICE_NOTICE: QT_TRANSLATE_NOOP("privacy", "Notices about the service"),
    Purpose.SECURITY: QT_TRANSLATE_NOOP("privacy", "Security notices"),
    Purpose.RECEIPTS: QT_TRANSLATE_NOOP("privacy", "Receipts"),
    Purpose.NEWS: QT_TRANSLATE_NOOP("privacy", "News"),
    Purpose.TIPS: QT_TRANSLATE_NOOP("privacy", "Tips"),
    Purpose.SURVEYS: QT_TRANSLATE_NOOP("privacy", "Surveys"),
    Purpose.IMPROVEMENT: QT_TRANSLATE_NOOP("privacy", "Improving the product"),
    Purpose.SALE: QT_TRANSLATE_NOOP("privacy", "Sale or sharing of data"),
}
REFUSABLE: Final = {purpose: PURPOSES[purpose] for purpose in OPTIONAL}


class PreferencesTab(PrivacyTab):
    """Addresses are kept as keyed hashes: a person is looked up by their address only."""

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__(jobs, "Preferences", PreferenceService.counts)
        self.table: DataTable[PurposeCount] = DataTable(
            self.tr("Choices by purpose"), (), key=lambda count: count.purpose
        )
        self.table.show_columns(self._columns(), ())
        self.address = QLineEdit()
        self.address.returnPressed.connect(self._look_up)
        self.fields["address"] = FormField(self.tr("&E-mail address"), self.address)
        self.purpose: ComboOf[Purpose] = ComboOf(self.tr("Purpose"), REFUSABLE, words.say)
        self.fields["purpose"] = FormField(self.tr("&Purpose"), self.purpose)
        self.choices, self.checked = Lines(spacing=4), Lines(spacing=4)
        self.contacts = text_area(5)
        empty = EmptyPanel("mail", self.tr("No choices"), self.tr("Nobody chose anything yet."))
        side = (self.message, self._person_card(), self._list_card())
        self.arrange(beside(self.table, self.tr("A person"), *side), empty)

    def _columns(self) -> tuple[Column[PurposeCount], ...]:
        return (
            Column(self.tr("Purpose"), lambda count: words.say(PURPOSES[count.purpose])),
            Column(
                self.tr("Refused"), lambda count: figures.count(count.refused),
                lambda count: count.refused, is_number=True,
            ),
            Column(
                self.tr("Agreed again"), lambda count: figures.count(count.wanted),
                lambda count: count.wanted, is_number=True,
            ),
        )  # fmt: skip

    def _person_card(self) -> QWidget:
        self.look_up = Button(self.tr("&Look up"))
        self.look_up.clicked.connect(self._look_up)
        self.refuse = Button(self.tr("Opt &out"), role="primary")
        self.refuse.clicked.connect(lambda: self._choose(wanted=False))
        self.agree = Button(self.tr("Opt &in"))
        self.agree.clicked.connect(lambda: self._choose(wanted=True))
        actions = buttons(self.look_up, None, self.agree, self.refuse)
        about = PlainLabel(
            self.tr(
                "An opt-out holds at once, and no list you bring later undoes it. Receipts, "
                "service and security notices are always sent."
            ),
            role="muted", wrap=True,
        )  # fmt: skip
        return form_card(
            self.tr("A person"), about, self.fields["address"], self.fields["purpose"], actions,
            self.choices,
        )  # fmt: skip

    def _list_card(self) -> QWidget:
        check = Button(self.tr("&Check the list"))
        check.clicked.connect(self._check)
        actions = buttons(None, check)
        field = FormField(self.tr("&Addresses, one a line"), self.contacts)
        return form_card(self.tr("Check a list"), field, actions, self.checked)

    def show_answer(self, answer: tuple[PurposeCount, ...]) -> bool:
        self.table.show_rows(answer)
        return bool(answer)

    def _look_up(self) -> None:
        self.act(PreferenceService.choices_of, self.address.text(), done=self._show_choices)

    def _choose(self, *, wanted: bool) -> None:
        address, purpose = self.address.text(), self.purpose.value()
        self.act(PreferenceService.choose, address, purpose, wanted, done=self._chosen)

    def _chosen(self, choices: tuple[Choice, ...]) -> None:
        self._show_choices(choices)
        self.reload()

    def _show_choices(self, choices: tuple[Choice, ...]) -> None:
        if not choices:
            self.choices.fill([PlainLabel(self.tr("Nothing was chosen by this address."))])
            return
        self.choices.fill(self._line(choice) for choice in choices)

    def _line(self, choice: Choice) -> IconLine:
        what = words.say(PURPOSES[choice.purpose])
        if choice.wanted:
            said = self.tr("{what}: agreed, {moment}")
            name, colour = "circle-check", "ok"
        else:
            said = self.tr("{what}: refused, {moment}")
            name, colour = "ban", "muted"
        text = said.format(what=what, moment=figures.moment(choice.at))
        return IconLine(name, colour, text)

    def _check(self) -> None:
        text, purpose = self.contacts.toPlainText(), self.purpose.value()
        self.act(PreferenceService.check_contacts, text, purpose, done=self._show_list)

    def _show_list(self, found: ContactList) -> None:
        said = (
            self.tr("%n may be written to", "", len(found.may_be_written_to)),
            self.tr("%n said no or were erased", "", found.refused),
            self.tr("%n line(s) without an address", "", found.unreadable),
        )
        self.checked.fill(PlainLabel(text) for text in said)
