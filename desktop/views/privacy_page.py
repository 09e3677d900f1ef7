"""Privacy requests: what people asked for, by when they get an answer, and what was done."""

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Final

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from desktop.domain.privacy.approvals import Guarded
from desktop.domain.privacy.kinds import Action
from desktop.domain.privacy.requests import (
    NewRequest,
    OwnedElsewhere,
    RequestDetail,
    RequestLine,
)
from desktop.domain.usage import Application
from desktop.services.privacy.requests import PrivacyRequestService as Service
from desktop.views.activities import Activities
from desktop.views.choice import Choice
from desktop.views.clipboard import SecretClipboard
from desktop.views.icons import Button
from desktop.views.page import Card, Page
from desktop.views.privacy.approval_panel import ApprovalPanel
from desktop.views.privacy.breaches_tab import BreachesTab
from desktop.views.privacy.code_panel import CodePanel
from desktop.views.privacy.correct_panel import CorrectPanel
from desktop.views.privacy.data_map import DataMap
from desktop.views.privacy.elsewhere_card import ElsewhereCard
from desktop.views.privacy.erase_panel import ErasePanel
from desktop.views.privacy.freeze_panel import FreezePanel
from desktop.views.privacy.package_panel import PackagePanel
from desktop.views.privacy.policy_tab import PolicyTab
from desktop.views.privacy.preferences_tab import PreferencesTab
from desktop.views.privacy.queue import RequestQueue
from desktop.views.privacy.recipients_tab import RecipientsTab
from desktop.views.privacy.request_form import RequestForm, own_zone
from desktop.views.privacy.request_panel import RequestPanel
from desktop.views.privacy.retention_tab import RetentionTab
from desktop.views.privacy.self_audit_tab import SelfAuditTab
from desktop.views.privacy.tab import PrivacyTab
from desktop.views.state_page import EmptyPanel
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs

REQUESTS: Final = "requests"
"""The part that is no tab."""
METHODS: Final[dict[Action, Callable[..., RequestDetail]]] = {
    Action.ACKNOWLEDGE: Service.acknowledge,
    Action.CONFIRM_IDENTITY: Service.confirm_identity,
    Action.PAUSE: Service.pause,
    Action.RESUME: Service.resume,
    Action.EXTEND: Service.extend,
    Action.REMOVE_EXTENSION: Service.remove_extension,
    Action.ANSWER: Service.answer,
    Action.REFUSE: Service.refuse,
    Action.NOTE_ERASURE: Service.note_erasure,
    Action.REVOKE: Service.revoke,
}
TABS: Final[dict[str, Callable[["Jobs"], PrivacyTab]]] = {
    "retention": RetentionTab,
    "preferences": PreferencesTab,
    "policy": PolicyTab,
    "recipients": RecipientsTab,
    "breaches": BreachesTab,
}


class PrivacyPage(Page):
    """The queue; beside it one request, or the form for a new one."""

    is_about_an_application: ClassVar[bool] = False
    topics: ClassVar[frozenset[str]] = frozenset({"privacy"})

    def __init__(self, jobs: "Jobs", activities: Activities, clipboard: SecretClipboard) -> None:
        super().__init__(jobs, QCoreApplication.translate("PrivacyPage", "Privacy requests"))
        self.new = Button(self.tr("&Log a request"), icon_name="plus")
        self.new.clicked.connect(self.create_new)
        self.summary = PlainLabel(role="stamp")
        self.part: Choice[str] = Choice(self.tr("What to see"), self._parts())
        self.part.changed.connect(self._show_part)
        choices = QHBoxLayout()
        choices.addWidget(self.part)
        choices.addStretch()
        self._column.addLayout(choices)
        for part in (self.summary, self.new):
            self.header.addWidget(part)
        self.queue = RequestQueue()
        self.queue.row_chosen.connect(self._open)
        package = PackagePanel(jobs, activities, clipboard)
        self.panel = RequestPanel(
            package,
            ErasePanel(jobs, activities),
            CorrectPanel(jobs),
            CodePanel(jobs),
            (ApprovalPanel(jobs, Guarded.EXPORT), FreezePanel(jobs)),
        )
        self.panel.proof.confirmed.connect(self._changed)
        self.panel.erasing.changed.connect(self._erased)
        self.panel.erasing.holding.toast_offered.connect(self.toast_offered)
        self.panel.freezing.toast_offered.connect(self.toast_offered)
        self.form = RequestForm()
        self.panel.steps.wanted.connect(self._act)
        self.panel.note_wanted.connect(self._note)
        self.form.save_wanted.connect(self._log)
        self.form.reading_wanted.connect(self._read)
        self.form.given_up.connect(self._close_form)
        self.show_states_of(self._content(), self._empty())
        self.elsewhere = ElsewhereCard()
        self._column.addWidget(self.elsewhere)
        self.data_map = DataMap(jobs)
        self.self_audit = SelfAuditTab(jobs)
        self.tabs: dict[str, PrivacyTab] = {}
        """Those that were shown, by name, and those that a secret may be typed into."""
        for name, tab in (("data-map", self.data_map), ("self-audit", self.self_audit)):
            self._take_tab(name, tab)

    def _take_tab(self, name: str, tab: PrivacyTab) -> None:
        tab.hide()
        if isinstance(tab, RecipientsTab):
            tab.tellings.toast_offered.connect(self.toast_offered)
        self.tabs[name] = tab
        self._column.addWidget(tab, 1)

    def tab(self, name: str) -> PrivacyTab:
        """A tab, made when it is first wanted: all of them would take half a second."""
        if name not in self.tabs:
            self._take_tab(name, TABS[name](self.jobs))
        return self.tabs[name]

    def _parts(self) -> tuple[tuple[str, str], ...]:
        return (
            (REQUESTS, self.tr("Requests")),
            ("data-map", self.tr("Data map")),
            ("retention", self.tr("Retention")),
            ("preferences", self.tr("Preferences")),
            ("policy", self.tr("Policy")),
            ("recipients", self.tr("Recipients")),
            ("breaches", self.tr("Breaches")),
            ("self-audit", self.tr("Self-audit")),
        )

    def secret_parts(self) -> tuple[QWidget, ...]:
        """Where the second person types their passphrase."""
        eyes = (self.panel.eyes.passphrase, self.panel.erasing.eyes.passphrase)
        return (*self.self_audit.secret_fields(), *eyes)

    def _content(self) -> QWidget:
        self._side = QStackedWidget()
        self._side.addWidget(self.panel)
        self._side.addWidget(self.form)
        self._side.setMinimumWidth(380)
        content = QWidget()
        row = QHBoxLayout(content)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(14)
        row.addWidget(Card(self.queue), 5)
        row.addWidget(self._side, 4)
        return content

    def _empty(self) -> EmptyPanel:
        log = Button(self.tr("Log a request"), role="primary")
        log.clicked.connect(self.create_new)
        return EmptyPanel(
            "shield-check",
            self.tr("No privacy requests"),
            self.tr(
                "People may ask for their data, its correction or its deletion. Log what arrives: "
                "the days are counted for you."
            ),
            log,
        )

    def reload(self) -> None:
        """Requests belong to the workspace, whichever application is on show."""
        self._is_stale = not self.isVisible()
        if self.isVisible():
            if self.part.value() != REQUESTS:
                self.tab(self.part.value()).reload()
            job = self.jobs.start(
                Service.list_requests, done=self._show, failed=self.explain, owner=self
            )
            self.wait_for(job)
            self._load_elsewhere()

    def _load_elsewhere(self) -> None:
        self.jobs.start(
            Service.elsewhere, done=self._show_elsewhere, failed=self.explain, owner=self
        )

    def _show_elsewhere(self, found: tuple[OwnedElsewhere, ...]) -> None:
        self.elsewhere.show_requests(found)
        self.elsewhere.setVisible(bool(found) and self.part.value() == REQUESTS)

    def load(self, application: Application) -> None:
        """Nothing of one application."""

    def _show_part(self) -> None:
        """Each part loads by itself: it is there in every state of the requests."""
        wanted = self.part.value()
        for name, tab in self.tabs.items():
            tab.setVisible(name == wanted)
        for part in (self.states, self.summary, self.new):
            part.setVisible(wanted == REQUESTS)
        if wanted != REQUESTS:
            self.elsewhere.hide()
            self.tab(wanted).show()
            self.tab(wanted).reload()
        else:
            self._load_elsewhere()

    def show_part(self, name: str) -> None:
        """Open a part by its name, or a request by its id."""
        if name in self.part.buttons:
            self.part.choose(name)
            self._show_part()
        else:
            self.part.choose(REQUESTS)
            self._show_part()
            self.queue.choose(name)

    def create_new(self) -> None:
        """Open the form."""
        self.part.choose(REQUESTS)
        self._show_part()
        self.states.show_content()
        self.form.clear()
        self._side.setCurrentWidget(self.form)
        self.form.text.setFocus()

    def _show(self, lines: tuple[RequestLine, ...]) -> None:
        self.queue.show_rows(lines)
        late = sum(line.days_left is not None and line.days_left < 0 for line in lines)
        waiting = sum(line.due is not None for line in lines)
        parts = [self.tr("%n open", "", waiting)]
        if late:
            parts.append(self.tr("%n late", "", late))
        self.summary.setText(" · ".join(parts))
        if lines or self._side.currentWidget() is self.form:
            self.states.show_content()
        else:
            self.states.show_empty()

    def _open(self) -> None:
        self._side.setCurrentWidget(self.panel)
        line = self.queue.chosen()
        if line is None:
            self.panel.clear()
            return
        self.jobs.start(
            Service.request,
            line.request_id,
            done=self._show_request,
            failed=self.explain,
            owner=self,
        )

    def _erased(self) -> None:
        """The record of the request and its place in the queue are others now."""
        self.reload()
        self._open()

    def _show_request(self, detail: RequestDetail) -> None:
        line = self.queue.chosen()
        if line is not None and line.request_id == detail.line.request_id:
            self.panel.show_request(detail)

    def _changed(self, detail: RequestDetail) -> None:
        self._show_request(detail)
        self.reload()

    def _act(self, action: Action, answer: object) -> None:
        line = self.queue.chosen()
        if line is None:
            return
        arguments = (line.request_id,) if answer is None else (line.request_id, answer)
        self.jobs.start(
            METHODS[action],
            *arguments,
            done=self._changed,
            failed=self.panel.steps.explain,
            owner=self,
        )

    def _note(self, text: str) -> None:
        line = self.queue.chosen()
        if line is not None:
            self.jobs.start(
                Service.add_note,
                line.request_id,
                text,
                done=self._changed,
                failed=self.panel.steps.explain,
                owner=self,
            )

    def _read(self, text: str) -> None:
        self.jobs.start(
            Service.read_message,
            text,
            own_zone(),
            done=self.form.show_read,
            failed=self.form.explain,
            owner=self,
        )

    def _log(self, asked: NewRequest) -> None:
        self.jobs.start(
            Service.log_request, asked, done=self._logged, failed=self.form.explain, owner=self
        )

    def _logged(self, detail: RequestDetail) -> None:
        self.form.clear()
        self.queue.setFocus()
        self._side.setCurrentWidget(self.panel)
        self.queue.show_rows((*self.queue.table_model.rows, detail.line))
        self.queue.choose(detail.line.request_id)
        self.reload()

    def _close_form(self) -> None:
        self.form.clear()
        self._side.setCurrentWidget(self.panel)
        if not self.queue.table_model.rows:
            self.states.show_empty()
