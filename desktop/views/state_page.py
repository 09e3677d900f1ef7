"""The five states of everything that loads: loading, empty, error, offline, content."""

from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.domain.errors import AppError
from desktop.domain.usage import Stamp
from desktop.views import figures
from desktop.views.clipboard import copy_text
from desktop.views.icons import Button, IconLabel
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.text import PlainLabel

SKELETON_AFTER_MS = 150
BAR_AFTER_MS = 1_000
CANCEL_AFTER_MS = 2_000
"""Source for the three: below 150 ms a placeholder flickers, above a second people want to see
progress, above two they want a way out."""


class PageState(StrEnum):
    LOADING = "loading"
    EMPTY = "empty"
    ERROR = "error"
    OFFLINE = "offline"
    CONTENT = "content"


class Cancellable(Protocol):
    """What a load must offer to be stopped."""

    def cancel(self) -> None: ...


class EmptyPanel(QWidget):
    """One sentence why there is nothing, and what to do about it."""

    def __init__(self, icon_name: str, title: str, why: str, *buttons: Button) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addStretch(2)
        centre = Qt.AlignmentFlag.AlignHCenter
        column.addWidget(IconLabel(icon_name, "muted", 32), 0, centre)
        column.addWidget(PlainLabel(title, role="title"), 0, centre)
        self.why = PlainLabel(why, role="muted")
        column.addWidget(self.why, 0, centre)
        column.addSpacing(8)
        row = QHBoxLayout()
        row.addStretch()
        for button in buttons:
            row.addWidget(button)
        row.addStretch()
        column.addLayout(row)
        column.addStretch(3)


class Skeleton(QWidget):
    """Grey shapes where the content will be."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(self.tr("Loading"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        row = QHBoxLayout()
        row.setSpacing(16)
        for _ in range(4):
            row.addWidget(_grey(96))
        column.addLayout(row)
        column.addWidget(_grey(320))
        column.addWidget(_grey(120))
        column.addStretch()


def _grey(height_px: int) -> QFrame:
    frame = QFrame()
    frame.setProperty("role", "skeleton")
    frame.setFixedHeight(height_px)
    return frame


class StatePage(QWidget):
    """Shows its content, or why it is not there.

    A reload keeps the old content on screen; only a first load shows the skeleton.
    """

    def __init__(self, content: QWidget, empty: EmptyPanel) -> None:
        super().__init__()
        self.state = PageState.LOADING
        self.message = MessageBar(dismissable=False)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(self.tr("Progress"))
        self.cancel = Button(self.tr("Cancel"))
        self.cancel.clicked.connect(self._cancel)
        self.content, self.empty = content, empty
        self._blank, self.skeleton = QWidget(), Skeleton()
        self._stack = QStackedWidget()
        for part in (self._blank, self.skeleton, empty, content):
            self._stack.addWidget(part)
        self._load: Cancellable | None = None
        self._has_content = False
        self._arrange()
        self._timers = [
            self._timer(SKELETON_AFTER_MS, self._show_skeleton),
            self._timer(BAR_AFTER_MS, self.progress.show),
            self._timer(CANCEL_AFTER_MS, self._offer_cancel),
        ]
        self._stop_waiting()

    def _arrange(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.progress, 1)
        row.addWidget(self.cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.message)
        column.addLayout(row)
        column.addWidget(self._stack, 1)

    def _timer(self, after_ms: int, act: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(after_ms)
        timer.timeout.connect(act)
        return timer

    def show_loading(self, load: Cancellable) -> None:
        """A load began; what the owner sees of it depends on how long it takes."""
        self._load = load
        self.state = PageState.LOADING
        self.progress.setRange(0, 0)
        for timer in self._timers:
            timer.start()

    def show_progress(self, done: int, total: int | None) -> None:
        """How far a load is, in steps; `total` is None while nobody knows."""
        self.progress.setRange(0, total or 0)
        self.progress.setValue(done)

    def show_content(self, stamp: Stamp | None = None) -> None:
        """The content is filled in; say so when it is older than the network would give."""
        self._stop_waiting()
        self._has_content = True
        self._stack.setCurrentWidget(self.content)
        self._say_offline(stamp)
        offline = stamp is not None and not stamp.online
        self.state = PageState.OFFLINE if offline else PageState.CONTENT

    def _say_offline(self, stamp: Stamp | None) -> None:
        if stamp is None or stamp.online:
            self.message.dismiss()
        elif stamp.as_of is None:
            self.message.say(Tone.INFO, self.tr("Offline. Nothing has been synced yet."))
        else:
            said = self.tr("Offline. You see your local data as of {moment}.")
            self.message.say(Tone.INFO, said.format(moment=figures.moment(stamp.as_of)))

    def show_empty(self) -> None:
        """There is nothing yet."""
        self._stop_waiting()
        self._has_content = False
        self.message.dismiss()
        self._stack.setCurrentWidget(self.empty)
        self.state = PageState.EMPTY

    def show_error(self, error: AppError, retry: Callable[[], None]) -> None:
        """Something failed; content that was there stays."""
        self._stop_waiting()
        if not self._has_content:
            self._stack.setCurrentWidget(self._blank)
        self.message.say(
            Tone.BAD,
            str(error),
            (self.tr("Retry"), retry),
            (self.tr("Copy details"), lambda: copy_text(f"UsageFlow: {error.code}: {error}")),
        )
        self.state = PageState.ERROR

    def _show_skeleton(self) -> None:
        if not self._has_content:
            self.message.dismiss()
            self._stack.setCurrentWidget(self.skeleton)

    def _offer_cancel(self) -> None:
        self.cancel.setEnabled(True)
        self.cancel.show()

    def _cancel(self) -> None:
        self.cancel.setEnabled(False)
        if self._load is not None:
            self._load.cancel()

    def _stop_waiting(self) -> None:
        self._load = None
        for timer in self._timers:
            timer.stop()
        self.progress.hide()
        self.cancel.hide()
