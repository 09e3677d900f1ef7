"""Products, prices, customers, transactions: whatever the provider has, as it was last read."""

import json
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QComboBox, QPlainTextEdit

from contract.terms import BillingProvider
from desktop.domain.billing.mirror import MirroredObject, MirrorPage, MirrorQuestion, ObjectKind
from desktop.domain.billing.providers import Account
from desktop.domain.usage import Application
from desktop.services.billing.reading import MirrorService
from desktop.views import figures
from desktop.views.billing import words
from desktop.views.billing.panel import BillingPanel, search_field
from desktop.views.combo import ElidedCombo
from desktop.views.data_table import DataTable
from desktop.views.icons import Button
from desktop.views.models.table_model import Column
from desktop.views.page import row_of
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs
    from desktop.views.activities import Activities

PAGE: Final = 100
TYPING_MS: Final = 200
"""A search begins when the typing rests."""


class ListsPanel(BillingPanel):
    """One list at a time, with search and status; below it the chosen object as it is there."""

    def __init__(self, jobs: "Jobs", activities: "Activities") -> None:
        super().__init__(jobs, activities)
        self._rows: tuple[MirroredObject, ...] = ()
        self._make_controls()
        self.table: DataTable[MirroredObject] = DataTable(
            self.tr("Objects of the provider"), self._columns(), key=lambda one: one.object_id
        )
        for column, width_px in enumerate((110, 120, 190, 150), start=1):
            self.table.setColumnWidth(column, width_px)
        self.table.row_chosen.connect(self._ask_details)
        self.nothing = PlainLabel(role="muted", wrap=True)
        self.more = Button(self.tr("Show &more"))
        self.more.clicked.connect(self._load_more)
        self.details = QPlainTextEdit()
        self.details.setReadOnly(True)
        self.details.setTabChangesFocus(True)
        self.details.setAccessibleName(self.tr("The object as the provider has it"))
        self.details.setMaximumHeight(180)
        self.details.hide()
        for part in (self.nothing, self.table, self.details):
            self.column.addWidget(part, 1 if part is self.table else 0)
        self.column.addLayout(row_of(self.more, None))

    def _make_controls(self) -> None:
        self.kind: QComboBox = _combo(self.tr("List"))
        self.status: QComboBox = _combo(self.tr("Status"))
        self.search = search_field(self.tr("Search the list"), self.tr("Search"))
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(TYPING_MS)
        self._typing.timeout.connect(self.reload)
        self.kind.activated.connect(lambda _: self._other_kind())
        self.status.activated.connect(lambda _: self.reload())
        self.search.textChanged.connect(lambda _: self._typing.start())
        self.as_of = PlainLabel(role="stamp")
        row = row_of(self.kind, self.status, self.search, None, self.as_of)
        self.column.addLayout(row)

    def _columns(self) -> tuple[Column[MirroredObject], ...]:
        return (
            Column(self.tr("Name"), lambda one: one.name or one.object_id),
            Column(self.tr("Status"), lambda one: one.status),
            Column(
                self.tr("Amount"),
                lambda one: figures.NOTHING if one.amount is None else figures.money(one.amount),
                lambda one: 0 if one.amount is None else one.amount.amount_minor,
                is_number=True,
            ),
            Column(self.tr("Id"), lambda one: one.object_id),
            Column(
                self.tr("Made"),
                lambda one: figures.dated(one.created_at),
                lambda one: one.created_at.timestamp(),
            ),
        )

    def show_for(self, account: Account, application: Application | None) -> None:
        """Offer the lists that the provider has, then show one."""
        if self.account != account:
            self._offer_kinds(account)
        super().show_for(account, application)

    def _offer_kinds(self, account: Account) -> None:
        chosen = self.kind.currentData()
        self.kind.clear()
        for kind, label in words.KINDS.items():
            if account.provider is BillingProvider.STRIPE or kind not in words.OF_STRIPE:
                self.kind.addItem(words.say(label), kind)
        self.kind.setCurrentIndex(max(self.kind.findData(chosen), 0))

    def choose_kind(self, kind: ObjectKind) -> None:
        """Show one of the lists."""
        self.kind.setCurrentIndex(self.kind.findData(kind))
        self._other_kind()

    def _other_kind(self) -> None:
        self.status.clear()
        self.search.clear()
        self.reload()

    def _question(self, offset: int = 0) -> MirrorQuestion | None:
        kind = self.kind.currentData()
        if self.account is None or kind is None:
            return None
        status = self.status.currentData() or ""
        return MirrorQuestion(
            self.account, kind, self.search.text().strip(), status, offset=offset, limit=PAGE
        )

    def reload(self) -> None:
        """Read the first page of the list."""
        self._ask(0)

    def _load_more(self) -> None:
        self._ask(len(self._rows))

    def _ask(self, offset: int) -> None:
        question = self._question(offset)
        if question is None:
            return

        def show(page: MirrorPage) -> None:
            if question == self._question(offset):
                self._show(page, offset)

        self.ask(MirrorService.objects, question, done=show)

    def _show(self, page: MirrorPage, offset: int) -> None:
        self._rows = (*self._rows[:offset], *page.rows)
        self.table.show_rows(self._rows)
        self.table.setVisible(bool(self._rows))
        self.more.setVisible(len(self._rows) < page.total)
        self.as_of.setText(words.as_of(page.as_of))
        self.nothing.setVisible(not self._rows)
        self.nothing.setText(
            self.tr("Nothing is listed here. Read again, or search for something else.")
        )
        self._offer_statuses(page.statuses)

    def _offer_statuses(self, statuses: tuple[str, ...]) -> None:
        chosen = self.status.currentData() or ""
        self.status.clear()
        self.status.addItem(self.tr("Every status"), "")
        for status in statuses:
            self.status.addItem(status, status)
        self.status.setCurrentIndex(max(self.status.findData(chosen), 0))

    def _ask_details(self) -> None:
        chosen = self.table.chosen()
        self.details.setVisible(chosen is not None)
        if chosen is None or self.account is None:
            return
        self.ask(
            MirrorService.object,
            self.account,
            chosen.kind,
            chosen.object_id,
            done=self._show_details,
        )

    def _show_details(self, one: MirroredObject) -> None:
        self.details.setPlainText(json.dumps(one.body, indent=2, ensure_ascii=False))


def _combo(name: str) -> QComboBox:
    box = ElidedCombo()
    box.setAccessibleName(name)
    box.setAccessibleDescription(name)
    box.setMinimumWidth(150)
    return box
