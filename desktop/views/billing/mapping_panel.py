"""Who pays for which caller: matched by a field of the provider's customers, or by hand."""

from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit

from desktop.domain.billing.mapping import MappedCustomer, MappingPage, MatchReceipt
from desktop.domain.billing.mirror import MirrorPage, MirrorQuestion, ObjectKind
from desktop.services.billing.mapping import MappingService
from desktop.services.billing.reading import MirrorService
from desktop.views import figures
from desktop.views.billing.panel import BillingPanel, search_field
from desktop.views.combo import ElidedCombo
from desktop.views.data_table import DataTable
from desktop.views.icons import Button, icon
from desktop.views.models.table_model import Column
from desktop.views.page import row_of
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs
    from desktop.views.activities import Activities

PAGE: Final = 500
PAYERS: Final = 1_000
FIELD: Final = "usageflow_customer"
"""What the field is called unless the owner says another name."""


class MappingPanel(BillingPanel):
    """Callers, those without a payer first."""

    def __init__(self, jobs: "Jobs", activities: "Activities") -> None:
        super().__init__(jobs, activities)
        self.only_unmapped = QCheckBox(self.tr("Only without a payer"))
        self.only_unmapped.toggled.connect(lambda _: self.reload())
        self.search = search_field(self.tr("Search the callers"), self.tr("Search"))
        self.search.textChanged.connect(lambda _: self.reload())
        self.count = PlainLabel(role="stamp")
        self.table: DataTable[MappedCustomer] = DataTable(
            self.tr("Callers and who pays"), self._columns(), key=lambda row: row.customer_id
        )
        for column, width_px in enumerate((220, 200, 120), start=1):
            self.table.setColumnWidth(column, width_px)
        self.table.row_chosen.connect(self._show_choice)
        self._make_controls()
        self.column.addLayout(row_of(self.only_unmapped, self.search, None, self.count))
        self.column.addWidget(self.table, 1)
        self.column.addLayout(row_of(self.payer, self.link, self.unlink, None))
        self.column.addLayout(row_of(self.field_label, self.field, self.match, None))

    def _make_controls(self) -> None:
        self.payer: QComboBox = ElidedCombo()
        self.payer.setAccessibleName(self.tr("Customer of the provider"))
        self.payer.setAccessibleDescription(self.tr("Customer of the provider"))
        self.payer.setMinimumWidth(300)
        self.link = Button(self.tr("&Pays for it"), role="primary")
        self.link.clicked.connect(self._link)
        self.unlink = Button(self.tr("&Nobody pays"))
        self.unlink.clicked.connect(self._unlink)
        self.field = QLineEdit(FIELD)
        self.field.setFixedWidth(220)
        self.field_label = PlainLabel(self.tr("Field of the provider's customers"), role="muted")
        self.field.setAccessibleName(self.field_label.text())
        self.match = Button(self.tr("&Match by this field"))
        self.match.clicked.connect(self._match)

    def _columns(self) -> tuple[Column[MappedCustomer], ...]:
        return (
            Column(self.tr("Caller"), lambda row: row.label),
            Column(
                self.tr("Pays"),
                lambda row: row.payer or self.tr("Nobody"),
                icon=lambda row: (
                    icon("triangle-alert", "warn")
                    if row.link is None or row.is_gone
                    else icon("circle-check", "ok")
                ),
            ),
            Column(
                self.tr("Customer there"),
                lambda row: row.link.provider_customer_id if row.link else figures.NOTHING,
            ),
            Column(self.tr("By"), self._source),
        )

    def _source(self, row: MappedCustomer) -> str:
        if row.link is None:
            return figures.NOTHING
        if row.is_gone:
            return self.tr("Gone there")
        return self.tr("A field") if row.link.source == "metadata" else self.tr("Hand")

    def reload(self) -> None:
        """Read the mapping and the provider's customers from the vault."""
        if self.account is None or self.application is None:
            return
        self.ask(
            MappingService.page,
            self.account,
            self.application.application_id,
            self.only_unmapped.isChecked(),
            self.search.text(),
            0,
            PAGE,
            done=self._show,
        )
        question = MirrorQuestion(self.account, ObjectKind.CUSTOMER, limit=PAYERS)
        self.ask(MirrorService.objects, question, done=self._offer_payers)

    def _show(self, page: MappingPage) -> None:
        self.table.show_rows(page.rows)
        self.count.setText(self.tr("%n caller(s) without a payer", "", page.unmapped))
        if page.rows and self.table.chosen() is None:
            self.table.choose(page.rows[0].customer_id)
        self._show_choice()

    def _offer_payers(self, page: MirrorPage) -> None:
        chosen = self.payer.currentData()
        self.payer.clear()
        for one in page.rows:
            self.payer.addItem(f"{one.name} · {one.object_id}", one.object_id)
        self.payer.setCurrentIndex(max(self.payer.findData(chosen), 0))
        self._show_choice()

    def _show_choice(self) -> None:
        row = self.table.chosen()
        self.link.setEnabled(row is not None and self.payer.count() > 0)
        self.unlink.setEnabled(row is not None and row.link is not None)

    def _link(self) -> None:
        row = self.table.chosen()
        if row is not None:
            before = row.link.provider_customer_id if row.link else None
            self._put(row, str(self.payer.currentData()), before)

    def _put(self, row: MappedCustomer, payer: str, before: str | None) -> None:
        """Store a link; Undo brings back what was before."""
        if self.account is None or self.application is None:
            return

        def done(_: None) -> None:
            said = self.tr("{caller} is paid for now.").format(caller=row.label)
            undo = self._remove if before is None else lambda one: self._put(one, before, payer)
            self.toast_offered.emit(said, lambda: undo(row))
            self.reload()

        application_id = self.application.application_id
        self.ask(
            MappingService.link, self.account, application_id, row.customer_id, payer, done=done
        )

    def _unlink(self) -> None:
        row = self.table.chosen()
        if row is not None and row.link is not None:
            self._remove(row)

    def _remove(self, row: MappedCustomer) -> None:
        if self.account is None or self.application is None:
            return
        before = row.link.provider_customer_id if row.link else None

        def done(_: None) -> None:
            said = self.tr("Nobody pays for {caller} any more.").format(caller=row.label)
            undo = None if before is None else lambda: self._put(row, before, None)
            self.toast_offered.emit(said, undo)
            self.reload()

        application_id = self.application.application_id
        self.ask(MappingService.unlink, self.account, application_id, row.customer_id, done=done)

    def _match(self) -> None:
        if self.account is None or self.application is None:
            return
        self.ask(
            MappingService.match,
            self.account,
            self.application.application_id,
            self.field.text(),
            done=self._matched,
        )

    def _matched(self, receipt: MatchReceipt) -> None:
        said = self.tr("%n caller(s) matched.", "", receipt.linked)
        if receipt.ambiguous:
            left = self.tr("Several customers name: {callers}. These were left alone.")
            said = f"{said} {left.format(callers=', '.join(receipt.ambiguous[:5]))}"
        self.toast_offered.emit(said, None)
        self.reload()
