"""Whether an endpoint is metered, and the application's lists of routes."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPlainTextEdit

from desktop.domain.applications import ApplicationSettings
from desktop.domain.errors import AppError, InvalidInput
from desktop.domain.policies import Advice, Endpoint, Passage, Route
from desktop.domain.routes import listed, looks_like_upload, with_passage
from desktop.services.applications import ApplicationService
from desktop.views.choice import Choice
from desktop.views.form_field import FormField
from desktop.views.icons import Button
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.page import row_of
from desktop.views.policies import words
from desktop.views.policies.advice_list import AdviceList
from desktop.views.scrolled import Scrolled
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs

LIST_HEIGHT_PX = 84


class RoutesPanel(Scrolled):
    """One click changes an endpoint; the lists say it for all of them. Undo takes it back."""

    toast_offered = Signal(str, object)
    changed = Signal()
    failed = Signal(object)
    """An `AppError`."""

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__("")
        self.setAccessibleName(self.tr("Routes"))
        self._jobs = jobs
        self._endpoint: Endpoint | None = None
        self._settings: ApplicationSettings | None = None
        self.passage = Choice(
            self.tr("This endpoint is"),
            tuple((value, words.say(word)) for value, word in words.PASSAGES.items()),
        )
        self.passage.changed.connect(self._change_passage)
        self.hint = MessageBar(dismissable=False)
        self.metered, self.whitelisted = _list(), _list()
        self.fit_height(self.metered)
        self.fit_height(self.whitelisted)
        self.fields = {
            "metered": FormField(self.tr("&Metered routes, one a line"), self.metered),
            "whitelisted": FormField(self.tr("&Whitelisted routes"), self.whitelisted),
        }
        self.reach = PlainLabel(role="muted", wrap=True)
        self.save = Button(self.tr("Save the lists"))
        self.save.clicked.connect(self._save_lists)
        self.advice = AdviceList()
        for line in (self.metered, self.whitelisted):
            line.textChanged.connect(self._preview)
        self._arrange()

    def _arrange(self) -> None:
        title = PlainLabel(self.tr("This endpoint is"))
        self.column.insertWidget(0, title)
        self.column.insertLayout(1, row_of(self.passage, None))
        parts = (self.hint, *self.fields.values())
        for place, part in enumerate(parts, start=2):
            self.column.insertWidget(place, part)
        row = row_of(self.reach, self.save)
        row.setStretch(0, 1)
        self.column.insertLayout(2 + len(parts), row)
        self.column.insertWidget(3 + len(parts), self.advice)

    def show_endpoint(self, endpoint: Endpoint) -> None:
        """Show what the lists say of an endpoint."""
        self._endpoint = endpoint
        self.passage.choose(endpoint.passage)
        is_upload = endpoint.passage is Passage.METERED and looks_like_upload(endpoint.url)
        if is_upload:
            said = self.tr(
                "This looks like a route for uploads. A file silences FastAPI's SDK for minutes: "
                "whitelist the route."
            )
            self.hint.say(Tone.WARN, said, (self.tr("Whitelist it"), self._whitelist))
        else:
            self.hint.dismiss()

    def show_settings(self, settings: ApplicationSettings, endpoints: tuple[Endpoint, ...]) -> None:
        """Show the application's lists; `endpoints` are those they may reach."""
        is_dirty = self._settings is not None and self._lists() != _lists_of(self._settings)
        is_same = self._settings is not None and self._settings == settings
        self._endpoints = endpoints
        if is_dirty and is_same:
            return
        self._settings = settings
        self.metered.setPlainText(_text(settings.metered_routes))
        self.whitelisted.setPlainText(_text(settings.whitelisted_routes))
        self._preview()
        self._jobs.start(
            ApplicationService.route_advice,
            settings,
            done=self._show_advice,
            failed=self.failed.emit,
            owner=self,
        )

    def _show_advice(self, advice: tuple[Advice, ...]) -> None:
        self.advice.show_advice(advice)

    def _lists(self) -> tuple[tuple[Route, ...], tuple[Route, ...]]:
        return _routes(self.metered), _routes(self.whitelisted)

    def _preview(self) -> None:
        """How many of the known endpoints the lists as typed reach."""
        if self._settings is None:
            return
        metered, whitelisted = (frozenset(routes) for routes in self._lists())
        spared = {e.key for e in self._endpoints if listed(whitelisted, e.method, e.url)}
        reached = [
            e for e in self._endpoints if e.key not in spared and listed(metered, e.method, e.url)
        ]
        text = self.tr("Meters {metered} of {all} endpoints, {spared} pass by the whitelist.")
        self.reach.setText(
            text.format(metered=len(reached), all=len(self._endpoints), spared=len(spared))
        )
        self.save.setEnabled(self._lists() != _lists_of(self._settings))

    def _whitelist(self) -> None:
        self.passage.choose(Passage.WHITELISTED)
        self._change_passage()

    def _change_passage(self) -> None:
        if self._endpoint is None or self._settings is None:
            return
        wanted = with_passage(self._settings, self._endpoint, self.passage.value())
        if wanted == _lists_of(self._settings):
            self.passage.choose(self._endpoint.passage)
            said = self.tr("A wider route of the lists below decides this. Change it there.")
            self.hint.say(Tone.INFO, said)
        else:
            self._store(*wanted)

    def _save_lists(self) -> None:
        self._store(*self._lists())

    def _store(self, metered: tuple[Route, ...], whitelisted: tuple[Route, ...]) -> None:
        before = self._settings
        if before is None:
            return

        def stored(now: ApplicationSettings) -> None:
            self._settings = now
            said = self.tr("Changed which routes are metered.")
            self.toast_offered.emit(said, lambda: self._take_back(now, before))
            self.changed.emit()

        self._jobs.start(
            ApplicationService.set_routes,
            before,
            metered,
            whitelisted,
            done=stored,
            failed=self._explain,
            owner=self,
        )

    def _take_back(self, now: ApplicationSettings, before: ApplicationSettings) -> None:
        self._jobs.start(
            ApplicationService.set_routes,
            now,
            before.metered_routes,
            before.whitelisted_routes,
            done=lambda _: self.changed.emit(),
            failed=self.failed.emit,
            owner=self,
        )

    def _explain(self, error: AppError) -> None:
        if self._endpoint is not None:
            self.passage.choose(self._endpoint.passage)
        if isinstance(error, InvalidInput) and error.field in {"method", "url"}:
            self.fields["metered"].explain(str(error))
        else:
            self.failed.emit(error)


def _list() -> QPlainTextEdit:
    edit = QPlainTextEdit()
    edit.setFixedHeight(LIST_HEIGHT_PX)
    edit.setTabChangesFocus(True)
    return edit


def _lists_of(settings: ApplicationSettings) -> tuple[tuple[Route, ...], tuple[Route, ...]]:
    return settings.metered_routes, settings.whitelisted_routes


def _text(routes: tuple[Route, ...]) -> str:
    return "\n".join(f"{route.method} {route.url}" for route in routes)


def _routes(edit: QPlainTextEdit) -> tuple[Route, ...]:
    """A route for each line that has something in it; a line without a method means any."""
    found = []
    for line in edit.toPlainText().splitlines():
        method, _, url = line.strip().partition(" ")
        if method:
            found.append(Route(method, url.strip()) if url.strip() else Route("*", method))
    return tuple(found)
