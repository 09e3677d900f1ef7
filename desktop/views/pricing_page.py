"""Pricing rules: the list, the editor, and what the service did not take."""

from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from contract.pricing.rule import Model
from desktop.domain.editing import EditState
from desktop.domain.ids import RuleId
from desktop.domain.pricing.drafts import RuleDraft
from desktop.domain.pricing.published import PricingRule
from desktop.domain.usage import Application
from desktop.services.pricing import PricingService
from desktop.views import figures
from desktop.views.conflict_desk import ConflictDesk
from desktop.views.data_table import DataTable
from desktop.views.icons import Button, icon
from desktop.views.models.table_model import Column
from desktop.views.page import Card, Page
from desktop.views.rule_editor import RuleEditor
from desktop.views.state_page import EmptyPanel

if TYPE_CHECKING:
    from desktop.jobs import Jobs


class PricingPage(Page):
    """Edits are stored at once and sent by sync; a badge says which ones still wait."""

    topics: ClassVar[frozenset[str]] = frozenset({"configuration", "sync"})

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__(jobs, QCoreApplication.translate("PricingPage", "Pricing rules"))
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(self.tr("Filter"))
        self.filter.setAccessibleName(self.tr("Filter the rules"))
        self.filter.setClearButtonEnabled(True)
        self.filter.setFixedWidth(200)
        self.filter.textChanged.connect(lambda _: self._show_filtered())
        self.new = Button(self.tr("Ne&w rule"), icon_name="plus")
        self.new.clicked.connect(self.create_new)
        self.header.addWidget(self.filter)
        self.header.addWidget(self.new)
        self._rules: tuple[PricingRule, ...] = ()
        self._drafts: dict[RuleId | None, RuleDraft] = {}
        self.conflicts = ConflictDesk(jobs)
        self.conflicts.decided.connect(self.reload)
        self.conflicts.failed.connect(self.explain)
        self._make_table()
        self._make_editor()
        self.show_states_of(self._content(), self._empty())

    def _make_table(self) -> None:
        self.table: DataTable[PricingRule] = DataTable(
            self.tr("Pricing rules"), self._columns(), key=lambda rule: rule.rule_id
        )
        for column, width_px in ((1, 190), (2, 130), (3, 110)):
            self.table.setColumnWidth(column, width_px)
        self.table.row_chosen.connect(self._edit_chosen)

    def _make_editor(self) -> None:
        self.editor = RuleEditor()
        self.editor.setMinimumWidth(340)
        self.editor.save_wanted.connect(self._save)
        self.editor.edited.connect(self._remember_draft)
        self.editor.discarded.connect(self._discard)
        self.editor.deletion_wanted.connect(self._delete)
        self.editor.rejected_dropped.connect(self._drop_rejected)

    def _columns(self) -> tuple[Column[PricingRule], ...]:
        return (
            Column(self.tr("Name"), lambda rule: rule.name),
            Column(self.tr("Applies to"), self._applies_to),
            Column(self.tr("Price of one"), _price, is_number=True),
            Column(self.tr("State"), self._state, icon=_state_icon),
        )

    def _applies_to(self, rule: PricingRule) -> str:
        method = self.tr("Any") if rule.method == "*" else rule.method
        return (
            self.tr("Every endpoint") if rule.method == rule.url == "*" else f"{method} {rule.url}"
        )

    def _state(self, rule: PricingRule) -> str:
        if rule.rule_id in self._drafts:
            return self.tr("Not saved")
        return {
            EditState.SYNCED: self.tr("Synced"),
            EditState.WAITING: self.tr("Waiting"),
            EditState.CONFLICTED: self.tr("Conflict"),
            EditState.REJECTED: self.tr("Refused"),
        }[rule.standing.state]

    def _content(self) -> QWidget:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.conflicts)
        row = QHBoxLayout()
        row.setSpacing(14)
        row.addWidget(Card(self.table), 5)
        row.addWidget(self.editor, 3)
        column.addLayout(row, 1)
        return content

    def _empty(self) -> EmptyPanel:
        connect = Button(self.tr("Show the snippet"), role="primary")
        connect.clicked.connect(self.connect_wanted)
        return EmptyPanel(
            "tag",
            self.tr("No application yet"),
            self.tr("A price belongs to an application. Connect a service to get one."),
            connect,
        )

    def load(self, application: Application) -> None:
        """Ask for the rules, the endpoints on offer, and the conflicts."""
        start, which = self.jobs.start, application.application_id
        show_endpoints = self.still_about(application, self.editor.show_endpoints)
        start(PricingService.endpoints, which, done=show_endpoints, failed=self.explain, owner=self)
        self.conflicts.load()
        show = self.still_about(application, self._show)
        job = start(PricingService.list_rules, which, done=show, failed=self.explain, owner=self)
        self.wait_for(job)

    def _show(self, rules: tuple[PricingRule, ...]) -> None:
        self._rules = rules
        self._show_filtered()
        self.states.show_content()

    def _show_filtered(self) -> None:
        words = self.filter.text().casefold().split()
        self.table.show_rows(tuple(rule for rule in self._rules if _matches(rule, words)))
        chosen = self.table.chosen()
        if (chosen.rule_id if chosen else None) not in self._drafts:
            self.editor.show_rule(chosen)

    def set_application(self, application: Application | None) -> None:
        """Show another application's rules; drafts belong to the one before."""
        if application != self.application:
            self._drafts.clear()
        super().set_application(application)

    def create_new(self) -> None:
        """Empty the editor for a new rule."""
        self.table.clearSelection()
        self._edit_chosen()
        self.editor.name.setFocus()

    def focus_filter(self) -> None:
        """Go to the filter."""
        self.filter.setFocus()
        self.filter.selectAll()

    def _chosen_id(self) -> RuleId | None:
        chosen = self.table.chosen()
        return chosen.rule_id if chosen else None

    def _edit_chosen(self) -> None:
        chosen = self.table.chosen()
        self.editor.show_rule(chosen, self._drafts.get(self._chosen_id()))

    def _remember_draft(self) -> None:
        """What is typed survives a look at another rule and a reload."""
        if self.application is not None:
            self._drafts[self._chosen_id()] = self.editor.draft(self.application.application_id)
            self.table.viewport().update()

    def _discard(self) -> None:
        self._drafts.pop(self._chosen_id(), None)
        self._edit_chosen()
        self.table.viewport().update()

    def _save(self) -> None:
        if self.application is None:
            return
        draft = self.editor.draft(self.application.application_id)
        chosen = self.table.chosen()
        edited = self._chosen_id()
        self.editor.save.setEnabled(False)

        def stored(rule: PricingRule) -> None:
            self._drafts.pop(edited, None)
            self._rules = (*(old for old in self._rules if old.rule_id != rule.rule_id), rule)
            self._show_filtered()
            self.table.choose(rule.rule_id)
            self.editor.show_rule(rule)
            self.reload()

        self.jobs.start(
            PricingService.publish,
            draft,
            chosen,
            done=stored,
            failed=self.editor.explain,
            owner=self,
        )

    def _delete(self) -> None:
        rule = self.table.chosen()
        if rule is None:
            return

        def deleted(_: None) -> None:
            self._drafts.pop(rule.rule_id, None)
            self.reload()
            said = self.tr("Deleted “{name}”.").format(name=rule.name)
            self.toast_offered.emit(said, lambda: self._restore(rule))

        self.jobs.start(
            PricingService.delete_rule,
            rule.rule_id,
            done=deleted,
            failed=self.editor.explain,
            owner=self,
        )

    def _drop_rejected(self) -> None:
        if rule := self.table.chosen():
            self._drafts.pop(rule.rule_id, None)
            self.jobs.start(
                PricingService.discard_rejected,
                rule.rule_id,
                done=lambda _: self.reload(),
                failed=self.explain,
                owner=self,
            )

    def _restore(self, rule: PricingRule) -> None:
        self.jobs.start(
            PricingService.restore_rule,
            rule,
            done=lambda _: self.reload(),
            failed=self.explain,
            owner=self,
        )


def _price(rule: PricingRule) -> str:
    price = rule.price or {}
    if price.get("model") != Model.PER_UNIT:
        return str(price.get("model", ""))
    sign = figures.SYMBOLS.get(price["currency"], price["currency"])
    return figures.isolated(f"{sign}\u00a0{figures.exact(Decimal(price['unit_amount']))}")


def _matches(rule: PricingRule, words: list[str]) -> bool:
    text = f"{rule.name} {rule.method} {rule.url}".casefold()
    return all(word in text for word in words)


def _state_icon(rule: PricingRule) -> QIcon:
    name, colour = {
        EditState.SYNCED: ("circle-check", "ok"),
        EditState.WAITING: ("clock", "muted"),
        EditState.CONFLICTED: ("git-compare-arrows", "warn"),
        EditState.REJECTED: ("circle-alert", "bad"),
    }[rule.standing.state]
    return icon(name, colour)
