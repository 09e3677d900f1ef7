"""Who is stopped at an endpoint, why and until when."""

from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QComboBox, QLineEdit, QVBoxLayout, QWidget

from desktop.domain.editing import EditState
from desktop.domain.errors import AppError
from desktop.domain.policies import Advice, Block, BlockDraft, Customer, Endpoint, RuledBlock
from desktop.services.blocks import BlockService
from desktop.views import figures
from desktop.views.form_field import FormField
from desktop.views.icons import Button, IconLabel
from desktop.views.lines import Lines
from desktop.views.page import row_of
from desktop.views.policies.advice_list import AdviceList
from desktop.views.policies.customer_combo import CustomerCombo
from desktop.views.scrolled import Scrolled
from desktop.views.text import PlainLabel
from desktop.views.undoing import Undoing

if TYPE_CHECKING:
    from desktop.jobs import Jobs

HOURS: Final = (None, 1, 24, 7 * 24, 30 * 24)


class BlocksPanel(Scrolled):
    """The blocks there are, and a form for another one. Undo takes either back."""

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__("")
        self.setAccessibleName(self.tr("Blocks"))
        self._jobs = jobs
        self._undoing = Undoing(jobs, self)
        self.toast_offered = self._undoing.toast_offered
        self.changed, self.failed = self._undoing.changed, self._undoing.failed
        self._endpoint: Endpoint | None = None
        self.customer = CustomerCombo(self.tr("Whom"), self.tr("Everybody"))
        self.hours = QComboBox()
        self.hours.addItems(
            [
                self.tr("Until I unblock"),
                self.tr("One hour"),
                self.tr("One day"),
                self.tr("One week"),
                self.tr("30 days"),
            ]
        )
        self.reason = QLineEdit()
        self.fields = {
            "customer_id": FormField(self.tr("W&hom"), self.customer),
            "hours": FormField(self.tr("For how lon&g"), self.hours),
            "reason": FormField(self.tr("&Reason, for yourself"), self.reason),
        }
        self.block = Button(self.tr("&Block"), role="danger", icon_name="ban")
        self.block.clicked.connect(self._block)
        self.reason.returnPressed.connect(self._block)
        self.advice = AdviceList()
        self.lines = Lines()
        self._arrange()

    def _arrange(self) -> None:
        form = QWidget()
        column = QVBoxLayout(form)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row_of(self.fields["customer_id"], self.fields["hours"]))
        column.addWidget(self.fields["reason"])
        column.addLayout(row_of(None, self.block))
        title = PlainLabel(self.tr("Block calls of this endpoint").upper(), role="section")
        for place, part in enumerate((self.lines, title, form, self.advice)):
            self.column.insertWidget(place, part)

    def show_customers(self, customers: tuple[Customer, ...]) -> None:
        """Offer these customers."""
        self.customer.show_customers(customers)

    def show_endpoint(self, endpoint: Endpoint) -> None:
        """Show the blocks that stop calls of an endpoint."""
        moved_on = self._endpoint is None or endpoint.key != self._endpoint.key
        self._endpoint = endpoint
        if moved_on:
            self.reason.clear()
        self.lines.fill(self._line(ruled) for ruled in endpoint.blocks)
        self._ask_for_advice()

    def _line(self, ruled: RuledBlock) -> QWidget:
        block = ruled.block
        whom = ruled.customer or self.tr("Everybody")
        title = PlainLabel(self.tr("{whom} is blocked").format(whom=whom), role="heading")
        remove = Button(self.tr("Unblock"))
        remove.setAccessibleName(self.tr("Unblock {whom}").format(whom=whom))
        remove.clicked.connect(lambda: self._unblock(ruled))
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        row = row_of(IconLabel("ban", "bad"), title, None, remove)
        column.addLayout(row)
        column.addWidget(PlainLabel(self._about(block), role="muted", wrap=True))
        if block.standing.state is EditState.REJECTED:
            said = self.tr("The service refused it: {problem}")
            problem = said.format(problem=block.standing.problem)
            column.addWidget(PlainLabel(problem, role="bad", wrap=True))
        return whole

    def _about(self, block: Block) -> str:
        parts = [f"{block.method} {block.url}"]
        if block.reason:
            parts.append(block.reason)
        if block.expires_at is None:
            parts.append(self.tr("until you unblock"))
        else:
            moment = figures.moment(block.expires_at)
            parts.append(self.tr("until {moment}").format(moment=moment))
        if block.standing.state is EditState.WAITING:
            parts.append(self.tr("waiting to be sent"))
        return " · ".join(parts)

    def _ask_for_advice(self) -> None:
        if self._endpoint is not None:
            self._jobs.start(
                BlockService.advice,
                self._draft(self._endpoint),
                done=self._show_advice,
                failed=self.failed.emit,
                owner=self,
            )

    def _show_advice(self, advice: tuple[Advice, ...]) -> None:
        self.advice.show_advice(advice)

    def _draft(self, endpoint: Endpoint) -> BlockDraft:
        return BlockDraft(
            endpoint.application_id,
            endpoint.method,
            endpoint.url,
            self.customer.customer(),
            self.reason.text().strip(),
            HOURS[self.hours.currentIndex()],
        )

    def _block(self) -> None:
        if self._endpoint is None:
            return
        if self.customer.names_nobody():
            self.fields["customer_id"].explain(self.tr("No customer has this name."))
            return
        self._jobs.start(
            BlockService.block,
            self._draft(self._endpoint),
            done=self._blocked,
            failed=self._explain,
            owner=self,
        )

    def _blocked(self, block: Block) -> None:
        for field in self.fields.values():
            field.explain("")
        self.reason.clear()
        said = self.tr("Blocked {method} {url} for {whom}.")
        text = said.format(method=block.method, url=block.url, whom=self.customer.currentText())
        self._undoing.done(text, BlockService.unblock, block.block_id)

    def _unblock(self, ruled: RuledBlock) -> None:
        def unblocked(_: None) -> None:
            whom = ruled.customer or self.tr("Everybody")
            said = self.tr("Unblocked: {whom}.").format(whom=whom)
            self._undoing.done(said, BlockService.restore_block, ruled.block)

        refused = ruled.block.standing.state is EditState.REJECTED
        method = BlockService.discard_block if refused else BlockService.unblock
        self._jobs.start(
            method, ruled.block.block_id, done=unblocked, failed=self.failed.emit, owner=self
        )

    def _explain(self, error: AppError) -> None:
        for name, field in self.fields.items():
            field.explain(str(error) if error.field == name else "")
        if error.field not in self.fields:
            self.failed.emit(error)
