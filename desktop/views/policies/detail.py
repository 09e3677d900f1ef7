"""One endpoint with everything that rules it, a tab for each kind of rule."""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QMenu, QStackedWidget, QVBoxLayout, QWidget

from desktop.domain.editing import EditState
from desktop.domain.errors import AppError
from desktop.domain.ids import ApplicationId
from desktop.domain.policies import Advice, Customer, Endpoint, PolicyDraft
from desktop.domain.policy_text import policy_draft
from desktop.services.policies import PolicyService
from desktop.services.traces import TraceService
from desktop.views.choice import Choice
from desktop.views.form_field import FormField
from desktop.views.icons import Button
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.page import row_of
from desktop.views.policies import words
from desktop.views.policies.blocks_panel import BlocksPanel
from desktop.views.policies.identity_panel import IdentityPanel
from desktop.views.policies.limits_panel import LimitsPanel
from desktop.views.policies.metering_panel import MeteringPanel
from desktop.views.policies.override_panel import OverridePanel
from desktop.views.policies.request_panel import RequestPanel
from desktop.views.policies.route_form import RouteForm
from desktop.views.policies.routes_panel import RoutesPanel
from desktop.views.policies.tabs import OF_POLICY, TAB_OF_FIELD, Tab
from desktop.views.policies.templates import Template, templates
from desktop.views.text import ElidedLabel, plain_mnemonic

if TYPE_CHECKING:
    from desktop.jobs import Jobs

ADVICE_AFTER_MS: Final = 150
"""While somebody types, advice waits for the end of the word."""


class PolicyDetail(QFrame):
    """Shows an endpoint, or a policy for one that nobody called yet."""

    edited = Signal()
    save_wanted = Signal()
    discarded = Signal()
    deletion_wanted = Signal()
    rejected_dropped = Signal()

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._jobs = jobs
        self._endpoint: Endpoint | None = None
        self._application_id = ApplicationId("")
        self.overrides = OverridePanel(jobs)
        self.identity, self.metering = IdentityPanel(), MeteringPanel()
        self.limits = LimitsPanel(self.overrides)
        self.routes, self.blocks = RoutesPanel(jobs), BlocksPanel(jobs)
        self.request = RequestPanel(jobs)
        self.panels: dict[Tab, QWidget] = {
            Tab.IDENTITY: self.identity,
            Tab.LIMITS: self.limits,
            Tab.METERING: self.metering,
            Tab.ROUTES: self.routes,
            Tab.BLOCKS: self.blocks,
            Tab.REQUEST: self.request,
        }
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(ADVICE_AFTER_MS)
        self._soon.timeout.connect(self._ask_for_advice)
        self._make_parts()
        self._arrange()
        self._watch()

    def _make_parts(self) -> None:
        self.heading = ElidedLabel(role="heading")
        self.about = ElidedLabel(role="muted")
        self.route = RouteForm()
        self.message = MessageBar(dismissable=False)
        self.template = Button(self.tr("Tem&plate"))
        menu = QMenu(self.template)
        self.template.setMenu(menu)
        for template in templates(PolicyDraft(ApplicationId(""), "", "")):
            action = menu.addAction(plain_mnemonic(template.title))
            action.triggered.connect(lambda _=False, chosen=template: self._apply(chosen))
        kept = self.template.sizePolicy()
        kept.setRetainSizeWhenHidden(True)  # so that nothing moves from tab to tab
        self.template.setSizePolicy(kept)
        self.tabs = Choice(
            self.tr("Rules"),
            (
                (Tab.IDENTITY, self.tr("Identity")),
                (Tab.LIMITS, self.tr("Limits")),
                (Tab.METERING, self.tr("Metering")),
                (Tab.ROUTES, self.tr("Routes")),
                (Tab.BLOCKS, self.tr("Blocks")),
                (Tab.REQUEST, self.tr("Test")),
            ),
        )
        self.all_spellings = QCheckBox()
        self.save = Button(self.tr("&Save"), role="primary")
        self.discard = Button(self.tr("&Discard"))
        self.delete = Button(self.tr("De&lete"), role="danger", icon_name="trash-2")

    def _arrange(self) -> None:
        self.stack = QStackedWidget()
        for panel in self.panels.values():
            self.stack.addWidget(panel)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(12)
        top = row_of(self.heading, self.template)
        top.setStretch(0, 1)
        column.addLayout(top)
        for part in (self.about, self.route, self.message):
            column.addWidget(part)
        column.addLayout(row_of(self.tabs, None))
        column.addWidget(self.stack, 1)
        self.footer = QWidget()
        footer = QVBoxLayout(self.footer)
        footer.setContentsMargins(0, 0, 0, 0)
        footer.addWidget(self.all_spellings)
        footer.addLayout(row_of(self.delete, None, self.discard, self.save))
        column.addWidget(self.footer)

    def _watch(self) -> None:
        self.tabs.changed.connect(self._turn)
        for part in (self.identity, self.limits, self.metering, self.route):
            part.edited.connect(self._note_edit)
        self.metering.trial_wanted.connect(self._try)
        self.metering.fields_wanted.connect(self._ask_for_fields)
        self.save.clicked.connect(self._save)
        self.discard.clicked.connect(self.discarded)
        self.delete.clicked.connect(self.deletion_wanted)

    def show_customers(self, customers: tuple[Customer, ...]) -> None:
        """Offer these customers wherever one is chosen."""
        for part in (self.overrides, self.blocks, self.request):
            part.show_customers(customers)

    def show_new(self, application_id: ApplicationId) -> None:
        """Show the form for an endpoint that is not on the list."""
        self._endpoint, self._application_id = None, application_id
        self.heading.set_whole_text(self.tr("New policy"))
        self.about.set_whole_text("")
        self.route.clear()
        self._fill(PolicyDraft(application_id, "", ""), dirty=False)
        if self.tabs.value() not in OF_POLICY:
            self.turn_to(Tab.IDENTITY)

    def show_endpoint(self, endpoint: Endpoint, draft: PolicyDraft | None) -> None:
        """Show an endpoint; `draft` is what was typed before and not saved."""
        self._endpoint, self._application_id = endpoint, endpoint.application_id
        function = endpoint.policy.function if endpoint.policy is not None else ""
        title = f"{endpoint.method} {endpoint.url}"
        self.heading.set_whole_text(f"{title} · {function}" if function else title)
        self.about.set_whole_text(self._about(endpoint))
        self._fill(draft or self._stored(), dirty=draft is not None)
        self.renew(endpoint)

    def renew(self, endpoint: Endpoint) -> None:
        """Show what else rules the same endpoint now; the fields stay as they are."""
        self._endpoint = endpoint
        for part in (self.overrides, self.routes, self.blocks, self.request):
            part.show_endpoint(endpoint)

    def _fill(self, draft: PolicyDraft, *, dirty: bool) -> None:
        endpoint = self._endpoint
        is_new = endpoint is None
        self.route.setVisible(is_new)
        for tab in (Tab.ROUTES, Tab.BLOCKS, Tab.REQUEST):
            self.tabs.buttons[tab].setEnabled(not is_new)
        for panel in (self.identity, self.limits, self.metering):
            panel.blockSignals(True)  # noqa: FBT003 (Qt's signature)
            panel.show_draft(draft)
            panel.blockSignals(False)  # noqa: FBT003 (Qt's signature)
        spellings = endpoint.spellings if endpoint is not None else ()
        text = self.tr("Also for %n other spelling(s) of this route", "", len(spellings))
        self.all_spellings.setText(text)
        self.all_spellings.setVisible(bool(spellings))
        self.all_spellings.setChecked(bool(spellings))
        self.delete.setVisible(endpoint is not None and endpoint.policy is not None)
        self._set_dirty(dirty=dirty)
        self._forget_problems()
        self._tell_standing()
        self._ask_for_advice()
        if self.metering.asks_for_field():
            self._ask_for_fields()

    def _about(self, endpoint: Endpoint) -> str:
        parts = []
        if endpoint.sdk:
            parts.append(self.tr("Reported by {sdk}").format(sdk=words.sdk(endpoint.sdk)))
        if not endpoint.endpoint_id:
            parts.append(self.tr("No SDK has reported it yet"))
        if endpoint.spellings:
            also = ", ".join(endpoint.spellings)
            parts.append(self.tr("also written {urls}").format(urls=also))
        return " · ".join(parts)

    def _tell_standing(self) -> None:
        policy = self._endpoint.policy if self._endpoint is not None else None
        if policy is not None and policy.standing.state is EditState.REJECTED:
            said = self.tr("The service refused this edit: {problem}")
            drop = (self.tr("Take the service's"), self.rejected_dropped.emit)
            self.message.say(Tone.BAD, said.format(problem=policy.standing.problem), drop)

    def _stored(self) -> PolicyDraft:
        endpoint = self._endpoint
        if endpoint is None:
            return PolicyDraft(self._application_id, "", "")
        if endpoint.policy is not None:
            return policy_draft(endpoint.policy)
        return PolicyDraft(endpoint.application_id, endpoint.method, endpoint.url)

    def draft(self) -> PolicyDraft:
        """What the fields say now."""
        response_field, expression = self.metering.amount()
        draft = replace(
            self._stored(),
            identity_location=self.identity.location.value(),
            identity_name=self.identity.name.text(),
            note=self.identity.note.toPlainText(),
            limits=self.limits.limits(),
            response_field=response_field,
            expression=expression,
            trigger=self.metering.trigger.value(),
            condition=self.metering.condition.text(),
        )
        if self._endpoint is not None:
            return draft
        return replace(
            draft,
            method=self.route.method.currentText(),
            url=self.route.url.text(),
            kind=self.route.kind(),
            function_name=self.route.function_name.text(),
            function_path=self.route.function_path.text(),
        )

    def other_urls(self) -> tuple[str, ...]:
        """Spellings that Save is about as well."""
        wanted = self._endpoint is not None and self.all_spellings.isChecked()
        return self._endpoint.spellings if wanted and self._endpoint is not None else ()

    def turn_to(self, tab: Tab) -> None:
        """Show a tab."""
        self.tabs.choose(tab)
        self._turn()

    def _turn(self) -> None:
        tab = self.tabs.value()
        self.stack.setCurrentWidget(self.panels[tab])
        self.footer.setVisible(tab in OF_POLICY)
        self.template.setVisible(tab in OF_POLICY)

    def _apply(self, template: Template) -> None:
        self._fill(template.applied(self.draft()), dirty=True)
        self.edited.emit()

    def explain(self, error: AppError) -> None:
        """Say what is wrong beside its field, on its tab; else at the top."""
        self._forget_problems()
        self.save.setEnabled(True)
        name = error.field or ""
        tab = TAB_OF_FIELD.get(name.split(".")[0])
        if tab is not None:
            self.turn_to(tab)
        if self.limits.explain(name, str(error)) or self.metering.bench.explain(error):
            return
        field = self._fields().get(name.removeprefix("metering."))
        if field is None:
            self.message.say(Tone.BAD, str(error))
            return
        field.explain(str(error))
        field.control.setFocus()

    def _fields(self) -> dict[str, FormField]:
        own = self.route.fields if self._endpoint is None else {}
        return {**self.identity.fields, **self.metering.fields, **own}

    def _forget_problems(self) -> None:
        self.message.dismiss()
        self.limits.forget_problems()
        self.metering.bench.explain(None)
        for field in (*self._fields().values(), *self.route.fields.values()):
            field.explain("")

    def _note_edit(self) -> None:
        self._set_dirty(dirty=True)
        self._soon.start()
        self.edited.emit()

    def _set_dirty(self, *, dirty: bool) -> None:
        self.save.setEnabled(dirty)
        self.discard.setEnabled(dirty)

    def _save(self) -> None:
        self.save.setEnabled(False)
        self.save_wanted.emit()

    def _ask_for_advice(self) -> None:
        self._soon.stop()
        self._jobs.start(
            PolicyService.advice,
            self.draft(),
            done=self._show_advice,
            failed=self.explain,
            owner=self,
        )

    def _show_advice(self, advice: tuple[Advice, ...]) -> None:
        for panel in (self.identity, self.limits, self.metering):
            panel.show_advice(advice)

    def _ask_for_fields(self) -> None:
        """Offer the fields that responses of this endpoint have."""
        endpoint = self._endpoint
        if endpoint is None or not endpoint.endpoint_id:
            return

        def offer(paths: tuple[str, ...]) -> None:
            if self._endpoint is not None and self._endpoint.endpoint_id == endpoint.endpoint_id:
                self.metering.offer_fields(paths)

        self._jobs.start(
            TraceService.response_fields,
            endpoint.application_id,
            endpoint.endpoint_id,
            done=offer,
            failed=self.explain,
            owner=self,
        )

    def _try(self) -> None:
        self._jobs.start(
            PolicyService.try_metering,
            self.draft(),
            self.metering.sample(),
            done=self.metering.show_trial,
            failed=self.explain,
            owner=self,
        )
