"""Pricing rules: the list, the editor with its drafts, publishing, files."""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from desktop.domain.ids import RuleId
from desktop.domain.policies import Customer
from desktop.domain.pricing.drafts import KeptDraft, RuleDraft
from desktop.domain.pricing.published import PricingRule, RuleVersion
from desktop.domain.usage import Application
from desktop.services.blocks import BlockService
from desktop.services.plans import PlanService
from desktop.services.pricing import PricingService
from desktop.services.rule_files import RuleFileService
from desktop.views.choice import Choice
from desktop.views.conflict_desk import ConflictDesk
from desktop.views.icons import Button
from desktop.views.page import Page, local_day
from desktop.views.pricing.file_exchange import RuleImportDialog
from desktop.views.pricing.plan_panel import PlanPanel
from desktop.views.pricing.publish_dialog import PublishDialog
from desktop.views.pricing.rule_list import RuleList
from desktop.views.pricing.rule_panel import RulePanel
from desktop.views.state_page import EmptyPanel

if TYPE_CHECKING:
    from desktop.jobs import Jobs

FILES = "YAML, JSON (*.yaml *.yml *.json)"


class PricingPage(Page):
    """A rule opens in an editor; what is typed there is kept until it is published or discarded."""

    topics: ClassVar[frozenset[str]] = frozenset({"configuration", "sync"})

    def __init__(self, jobs: "Jobs", today: Callable[[str], date] = local_day) -> None:
        """Make the page; `today` tells the day in a time zone."""
        super().__init__(jobs, QCoreApplication.translate("PricingPage", "Pricing rules"))
        self._day_in = today
        self._rules: tuple[PricingRule, ...] = ()
        self._versions: tuple[RuleVersion, ...] = ()
        self._drafts: dict[RuleId | None, RuleDraft] = {}
        self.list, self.editor, self.plans = RuleList(), RulePanel(jobs), PlanPanel(jobs)
        shown = ((self.list, self.tr("Rules")), (self.plans, self.tr("Plans")))
        self.choice: Choice[QWidget] = Choice(self.tr("Show"), shown)
        self.rules = QWidget()
        self.table = self.list.table
        self.conflicts = ConflictDesk(jobs)
        self._make_header()
        self._watch()
        self.show_states_of(self._content(), self._empty())
        self._show_list()

    def _make_header(self) -> None:
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(self.tr("Filter"))
        self.filter.setAccessibleName(self.tr("Filter the rules"))
        self.filter.setClearButtonEnabled(True)
        self.filter.setMinimumWidth(96)
        self.filter.setMaximumWidth(180)
        self.import_button = Button(self.tr("&Import…"), icon_name="upload")
        self.export_button = Button(self.tr("E&xport…"), icon_name="download")
        self.new = Button(self.tr("Ne&w rule"), role="primary", icon_name="plus")
        self.back = Button(self.tr("&Back"))
        self.delete = Button(self.tr("De&lete"), role="danger", icon_name="trash-2")
        self.discard = Button(self.tr("Di&scard"))
        self.publish = Button(self.tr("&Publish…"), role="primary")
        self.try_out = Button(self.tr("What-&if…"), icon_name="flask-conical")
        of_list = (self.choice, self.filter, self.import_button, self.export_button, self.new)
        self._of_list: tuple[QWidget, ...] = of_list
        self._of_editor = (self.back, self.delete, self.discard, self.publish)
        for part in (
            *self._of_list[:-1],
            *self._of_editor[:-1],
            self.try_out,
            self.new,
            self.publish,
        ):
            self.header.addWidget(part)

    def _watch(self) -> None:
        self.filter.textChanged.connect(self.list.filter)
        for button, act in (
            (self.import_button, self._import),
            (self.export_button, self.export_view),
            (self.new, self.create_new),
            (self.back, self._show_list),
            (self.try_out, self._try_out),
            (self.delete, self._delete),
            (self.discard, self._discard),
            (self.publish, self._publish),
        ):
            button.clicked.connect(act)
        self.choice.changed.connect(self._show_list)
        self.plans.changed.connect(self.reload)
        self.plans.toast_offered.connect(self.toast_offered)
        self.list.opened.connect(self._open_chosen)
        self.editor.edited.connect(self._note_edit)
        self.editor.keep_wanted.connect(self._keep)
        self.editor.rejected_dropped.connect(self._drop_rejected)
        self.editor.form.url.editTextChanged.connect(lambda _: self._load_uses())
        self.editor.form.method.activated.connect(lambda _: self._load_uses())
        self.conflicts.decided.connect(self.reload)
        self.conflicts.failed.connect(self.explain)

    def _content(self) -> QWidget:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        self._stack = QStackedWidget()
        top = QVBoxLayout(self.rules)
        top.setContentsMargins(0, 0, 0, 0)
        top.setSpacing(12)
        top.addWidget(self.conflicts)
        self._lists = QStackedWidget()
        for part in (self.list, self.plans):
            self._lists.addWidget(part)
        top.addWidget(self._lists, 1)
        self._stack.addWidget(self.rules)
        self._stack.addWidget(self.editor)
        column.addWidget(self._stack, 1)
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

    @property
    def is_editing(self) -> bool:
        """Whether the editor is on screen."""
        return self._stack.currentWidget() is self.editor

    def load(self, application: Application) -> None:
        """Ask for the rules with their versions and drafts, and what the editor offers."""
        start, which = self.jobs.start, application.application_id
        still = self.still_about
        show_endpoints = still(application, self.editor.form.show_endpoints)
        show_customers = still(application, self._show_customers)
        show_plans = still(application, self.plans.show_plans)
        show_members = still(application, self.plans.show_customer_plans)
        show_versions = still(application, self._show_versions)
        show_drafts = still(application, self._show_drafts)
        failed = self.explain
        start(PricingService.endpoints, which, done=show_endpoints, failed=failed, owner=self)
        start(BlockService.customers, which, done=show_customers, failed=failed, owner=self)
        start(PlanService.plans, which, done=show_plans, failed=failed, owner=self)
        start(PlanService.customer_plans, which, done=show_members, failed=failed, owner=self)
        start(PricingService.versions, which, done=show_versions, failed=failed, owner=self)
        start(PricingService.drafts, which, done=show_drafts, failed=failed, owner=self)
        self.conflicts.load()
        show_rules = still(application, self._show)
        job = start(PricingService.list_rules, which, done=show_rules, failed=failed, owner=self)
        self.wait_for(job)

    def _show(self, rules: tuple[PricingRule, ...]) -> None:
        self._rules = rules
        self._fill_list()
        if self.application is not None:
            self.plans.show_all(self.application.application_id, rules, self._today())
        self.states.show_content()

    def _show_customers(self, customers: tuple[Customer, ...]) -> None:
        self.editor.form.show_customers(customers)
        self.plans.show_customers(customers)

    def _show_versions(self, versions: tuple[RuleVersion, ...]) -> None:
        self._versions = versions
        self.editor.show_versions(self._versions_of(self.editor.rule))

    def _show_drafts(self, drafts: tuple[KeptDraft, ...]) -> None:
        """Drafts of the vault; what is being typed right now is newer."""
        editing = (self._edited_id(), self.editor.draft()) if self.is_editing else None
        had = set(self._drafts)
        self._drafts = {one.rule_id: one.draft for one in drafts}
        if editing is not None and editing[0] in had:
            self._drafts[editing[0]] = editing[1]
        self._fill_list()

    def _fill_list(self) -> None:
        self.list.show_rules(self._rules, self._drafts, self._today())
        self.list.filter(self.filter.text())

    def set_application(self, application: Application | None) -> None:
        """Show another application's rules."""
        if application != self.application:
            self._drafts.clear()
            self._show_list()
        super().set_application(application)

    def create_new(self) -> None:
        """Begin a plan, or open the editor for a new rule or for the one that was begun."""
        if not self.is_editing and self.choice.value() is self.plans:
            self.plans.start_typing()
            return
        self._open(None)
        self.editor.start_typing()

    def focus_filter(self) -> None:
        """Go to the filter."""
        self._show_list()
        self.filter.setFocus()
        self.filter.selectAll()

    def export_view(self) -> None:
        """Write every rule and plan into a file."""
        if self.application is None:
            return
        path, _ = QFileDialog.getSaveFileName(self, self.tr("Export"), "pricing.yaml", FILES)
        if path:
            said = self.tr("Exported the rules.")
            self.jobs.start(
                RuleFileService.export_file, self.application.application_id, path,
                done=lambda _: self.toast_offered.emit(said, None),
                failed=self.explain, owner=self,
            )  # fmt: skip

    def _import(self) -> None:
        if self.application is None:
            return
        path, _ = QFileDialog.getOpenFileName(self, self.tr("Import"), "", FILES)
        if path:
            dialog = RuleImportDialog(self, self.jobs, self.application.application_id, path)
            dialog.accepted.connect(self.reload)
            dialog.open()

    def _show_list(self) -> None:
        self._stack.setCurrentWidget(self.rules)
        self._lists.setCurrentWidget(self.choice.value())
        self._fit_header(self.tr("Pricing rules"))
        self._fill_list()

    def _open_chosen(self) -> None:
        self._open(self.table.chosen())

    def _open(self, rule: PricingRule | None) -> None:
        if self.application is None:
            return
        draft = self._drafts.get(rule.rule_id if rule else None)
        self.editor.show_rule(self.application.application_id, rule, draft, self._today())
        self.editor.show_versions(self._versions_of(rule))
        self._stack.setCurrentWidget(self.editor)
        name = rule.name if rule else self.tr("New rule")
        self._fit_header(self.tr("Pricing rules  /  {name}").format(name=name))
        self._load_uses()
        self.editor.start_typing()

    def _fit_header(self, title: str) -> None:
        self.title.setText(title)
        for part in self._of_list:
            part.setVisible(not self.is_editing)
        of_rules = not self.is_editing and self.choice.value() is self.list
        self.filter.setVisible(of_rules)
        self.new.setText(self.tr("Ne&w rule") if of_rules else self.tr("Ne&w plan"))
        for part in self._of_editor:
            part.setVisible(self.is_editing)
        rule = self.editor.rule
        self.delete.setVisible(self.is_editing and rule is not None)
        number = max((one.version for one in self._versions_of(rule)), default=0) + 1
        self.publish.setText(self.tr("&Publish v{number}…").format(number=number))
        self.discard.setEnabled(self._edited_id() in self._drafts)

    def _load_uses(self) -> None:
        if self.application is not None and self.is_editing:
            self.jobs.start(
                PricingService.month_uses, self.editor.draft(),
                done=self.editor.show_uses, failed=self.explain, owner=self,
            )  # fmt: skip

    def _edited_id(self) -> RuleId | None:
        return self.editor.rule.rule_id if self.editor.rule else None

    def _versions_of(self, rule: PricingRule | None) -> tuple[RuleVersion, ...]:
        wanted = rule.rule_id if rule else None
        return tuple(one for one in self._versions if one.rule_id == wanted)

    def _today(self) -> date:
        return self._day_in(self.application.time_zone) if self.application else date.min

    def _note_edit(self) -> None:
        self._drafts[self._edited_id()] = self.editor.draft()
        self.discard.setEnabled(True)

    def _keep(self, draft: RuleDraft) -> None:
        rule_id = self._edited_id()
        if rule_id in self._drafts:
            self.jobs.start(
                PricingService.keep_draft, draft, rule_id,
                done=lambda _: self.editor.note_kept(), failed=self.explain, owner=self,
            )  # fmt: skip

    def _try_out(self) -> None:
        """Go to the What-if page, with what is being typed at hand there."""
        rule_id = self._edited_id()
        if not self.is_editing or rule_id not in self._drafts:
            self.destination_wanted.emit("what_if")
            return
        self.jobs.start(
            PricingService.keep_draft, self.editor.draft(), rule_id,
            done=lambda _: self.destination_wanted.emit("what_if"), failed=self.explain, owner=self,
        )  # fmt: skip

    def _discard(self) -> None:
        """Forget the draft; the toast brings it back."""
        if self.application is None:
            return
        rule, draft = self.editor.rule, self.editor.draft()
        self._drafts.pop(self._edited_id(), None)

        def bring_back() -> None:
            self._drafts[rule.rule_id if rule else None] = draft
            self._open(rule)
            self._keep(draft)

        self.jobs.start(
            PricingService.drop_draft, self.application.application_id, self._edited_id(),
            done=lambda _: self.toast_offered.emit(self.tr("Discarded the draft."), bring_back),
            failed=self.explain, owner=self,
        )  # fmt: skip
        self._open(rule) if rule else self._show_list()

    def _publish(self) -> None:
        if self.editor.tell_what_is_missing():
            return
        draft, rule = self.editor.draft(), self.editor.rule
        dialog = PublishDialog(self, self.jobs, draft, rule, self._today())
        dialog.accepted.connect(lambda: self._published(dialog.published))
        dialog.open()

    def _published(self, rule: PricingRule | None) -> None:
        if rule is None:
            return
        self._drafts.pop(self._edited_id(), None)
        self._rules = (*(one for one in self._rules if one.rule_id != rule.rule_id), rule)
        self._show_list()
        self.table.choose(rule.rule_id)
        self.table.setFocus()
        said = self.tr("Published “{name}” v{number}.")
        self.toast_offered.emit(said.format(name=rule.name, number=rule.version), None)
        self.reload()

    def _delete(self) -> None:
        rule = self.editor.rule
        if rule is None:
            return

        def deleted(_: None) -> None:
            self._drafts.pop(rule.rule_id, None)
            self._show_list()
            self.reload()
            said = self.tr("Deleted “{name}”. Its history stays.").format(name=rule.name)
            self.toast_offered.emit(said, lambda: self._restore(rule))

        self.jobs.start(
            PricingService.delete_rule, rule.rule_id,
            done=deleted, failed=self.editor.explain, owner=self,
        )  # fmt: skip

    def _drop_rejected(self) -> None:
        if rule := self.editor.rule:
            self._drafts.pop(rule.rule_id, None)
            self._show_list()
            self.jobs.start(
                PricingService.discard_rejected, rule.rule_id,
                done=lambda _: self.reload(), failed=self.explain, owner=self,
            )  # fmt: skip

    def _restore(self, rule: PricingRule) -> None:
        self.jobs.start(
            PricingService.restore_rule, rule,
            done=lambda _: self.reload(), failed=self.explain, owner=self,
        )  # fmt: skip
