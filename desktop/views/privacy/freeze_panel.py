"""Who is frozen because of a report about a child: let go, blocked, or more of them frozen."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QT_TRANSLATE_NOOP, Signal
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from desktop.domain.errors import AppError
from desktop.domain.privacy.freezing import FreezeStanding, FreezeState, FrozenCustomer
from desktop.domain.privacy.kinds import RequestKind
from desktop.domain.privacy.requests import RequestDetail
from desktop.services.privacy.finding import Match, Search
from desktop.services.privacy.freezing import FreezeService
from desktop.services.privacy.packages import PrivacyPackageService
from desktop.views import figures
from desktop.views.icons import Button
from desktop.views.lines import IconLine, Lines
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.page import row_of
from desktop.views.privacy import words
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs

Undo = tuple[str, Callable[..., Any], str]
"""What was done in words, and the method that takes it back with the id that it takes."""

STATES: Final = {
    FreezeState.WAITING: (
        "clock",
        "warn",
        QT_TRANSLATE_NOOP("privacy", "frozen here; the service hears of it with the next sync"),
    ),
    FreezeState.HOLDS: ("lock", "accent", QT_TRANSLATE_NOOP("privacy", "frozen everywhere")),
    FreezeState.REFUSED: (
        "triangle-alert",
        "bad",
        QT_TRANSLATE_NOOP("privacy", "frozen here alone; the service refused"),
    ),
}


class FreezePanel(QWidget):
    """Hidden unless the request reports that data of a child is held."""

    toast_offered = Signal(str, object)
    """What was done, and a function that undoes it."""

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__()
        self._jobs = jobs
        self._request_id = ""
        self._is_open = False
        self.message = MessageBar()
        self.about = PlainLabel(role="muted", wrap=True)
        self.customers = Lines(spacing=6)
        self.let_go: dict[str, Button] = {}
        self.blocks: dict[str, Button] = {}
        self.search = Button(self.tr("Look for the &person…"), icon_name="search")
        self.search.clicked.connect(self._find)
        self.boxes: dict[Match, QCheckBox] = {}
        self.people = Lines(spacing=2)
        self.freeze = Button(self.tr("&Freeze them"), role="primary", icon_name="lock")
        self.freeze.clicked.connect(self._freeze)
        self._arrange()
        self.show_request(None)

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(PlainLabel(self.tr("Frozen at once").upper(), role="section"))
        for part in (self.message, self.about, self.customers, self.people):
            column.addWidget(part)
        column.addLayout(row_of(self.search, self.freeze, None))

    def show_request(self, detail: RequestDetail | None) -> None:
        """Show who is frozen for a report; any other request hides the panel."""
        is_report = detail is not None and detail.line.kind is RequestKind.CHILD_REPORT
        self.setVisible(is_report)
        request_id = detail.line.request_id if detail is not None and is_report else ""
        if request_id != self._request_id:
            self.message.dismiss()
            self.customers.fill(())
            self._show_people(())
        self._request_id = request_id
        if request_id:
            self._act(FreezeService.standing_of)

    def _act(
        self, method: Callable[..., Any], *arguments: object, undo: Undo | None = None
    ) -> None:
        request_id = self._request_id

        def done(standing: FreezeStanding) -> None:
            if request_id == self._request_id:
                self.message.dismiss()
                self._show(standing)
            if undo is not None:
                said, method, *back = undo
                self.toast_offered.emit(said, lambda: self._act(method, *back))

        self._jobs.start(method, request_id, *arguments, done=done, failed=self._fail, owner=self)

    def _show(self, standing: FreezeStanding) -> None:
        self._is_open = not standing.is_decided
        self.let_go, self.blocks = {}, {}
        self.about.setText(self._told(standing))
        self.customers.fill(self._line(one) for one in standing.customers)
        self.search.setVisible(self._is_open and not self.boxes)

    def _told(self, standing: FreezeStanding) -> str:
        if standing.is_decided:
            return self.tr("The report is decided: nothing is held back any more.")
        if not standing.customers:
            return self.tr("Nobody was found whom it means. Look for the person and freeze them.")
        return self.tr(
            "No file, letter, correction or report of usage about them goes out, and of their "
            "calls only figures are kept. If it is a child, erase now; if it is not, refuse the "
            "report: then everything catches up."
        )

    def _line(self, one: FrozenCustomer) -> QWidget:
        icon, colour, said = STATES[one.state]
        name = one.name or one.customer_id
        day = figures.day(one.since.date(), with_year=True)
        text = f"{name} · {words.say(said)} · {day}"
        text = f"{text}. {one.problem}" if one.problem else text
        line = QWidget()
        column = QVBoxLayout(line)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(IconLine(icon, colour, text))
        column.addLayout(row_of(self._block_button(one, name), self._go_button(one, name), None))
        return line

    def _block_button(self, one: FrozenCustomer, name: str) -> Button:
        is_blocked = bool(one.block_id)
        button = Button(self.tr("Unblock") if is_blocked else self.tr("Block all calls"))
        said = self.tr("Unblock {name}") if is_blocked else self.tr("Block all calls of {name}")
        button.setAccessibleName(said.format(name=name))
        there, back = FreezeService.block, FreezeService.unblock
        method, undoing = (back, there) if is_blocked else (there, back)
        told = self.tr("The block was lifted.") if is_blocked else self.tr("All calls are blocked.")
        button.clicked.connect(
            lambda: self._act(method, one.freeze_id, undo=(told, undoing, one.freeze_id))
        )
        self.blocks[one.freeze_id] = button
        return button

    def _go_button(self, one: FrozenCustomer, name: str) -> Button:
        button = Button(self.tr("Somebody else: let go"))
        button.setAccessibleName(self.tr("Let {name} go").format(name=name))
        button.clicked.connect(lambda: self._act(FreezeService.let_go, one.freeze_id))
        self.let_go[one.freeze_id] = button
        return button

    def _find(self) -> None:
        request_id = self._request_id
        self._jobs.start(
            PrivacyPackageService.find_person,
            request_id,
            done=lambda found: self._found(request_id, found),
            failed=self._fail,
            owner=self,
        )

    def _found(self, request_id: str, found: Search) -> None:
        if request_id != self._request_id:
            return
        self._show_people(found.matches)
        if not found.matches:
            said = self.tr("No customer has this name, id or identity. Nothing was frozen.")
            self.message.say(Tone.INFO, said)

    def _show_people(self, matches: tuple[Match, ...]) -> None:
        self.boxes = {match: QCheckBox(words.described(match)) for match in matches}
        self.people.fill(self.boxes.values())
        self.freeze.setVisible(bool(matches))
        self.search.setVisible(self._is_open and not matches)

    def _freeze(self) -> None:
        chosen = tuple(match for match, box in self.boxes.items() if box.isChecked())
        self._show_people(())
        if chosen:
            self._act(FreezeService.freeze, chosen)

    def _fail(self, error: AppError) -> None:
        self.message.say(Tone.BAD, str(error))
