"""How sync stands: its state, the last run, the clock, and how far each stream is."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QProgressBar, QWidget

from desktop.domain.connection import SyncPhase, SyncState
from desktop.domain.syncing import LiveState, StreamProgress
from desktop.views.icons import Button, IconLabel
from desktop.views.lines import IconLine, Lines
from desktop.views.page import Card, row_of
from desktop.views.sync import words
from desktop.views.text import PlainLabel

PER_MILLE = 1000


class StatusCard(Card):
    """Says what is going on, and leads to where a trouble is put right."""

    connection_wanted = Signal()
    past_held = Signal(bool)
    """The owner wants the past to wait, or to go on."""

    def __init__(self) -> None:
        super().__init__()
        self.icon = IconLabel("clock", "muted")
        self.heading = PlainLabel(role="heading")
        self.text = PlainLabel(wrap=True)
        self.more = Lines(spacing=6)
        self.connection = Button(self.tr("&Connection settings"), icon_name="settings")
        self.connection.clicked.connect(self.connection_wanted)
        self.hold = Button("")
        self.hold.clicked.connect(self._hold)
        self._past_is_held = False
        self.bars: dict[str, QProgressBar] = {}
        self.said: dict[str, PlainLabel] = {}
        self.column.addLayout(row_of(self.icon, self.heading, None, self.connection))
        self.column.addWidget(self.text)
        self.column.addWidget(self.more)
        self.column.addWidget(self._streams())
        self.column.addLayout(row_of(None, self.hold))

    def _streams(self) -> QWidget:
        part = QWidget()
        grid = QGridLayout(part)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setColumnStretch(1, 1)
        for row, (stream, text) in enumerate(words.STREAMS.items()):
            bar = QProgressBar()
            bar.setTextVisible(False)
            bar.setRange(0, PER_MILLE)
            bar.setAccessibleName(words.say(text))
            self.bars[stream], self.said[stream] = bar, PlainLabel(role="muted")
            grid.addWidget(PlainLabel(words.say(text)), row, 0)
            grid.addWidget(bar, row, 1)
            grid.addWidget(self.said[stream], row, 2)
        return part

    def show_state(self, state: SyncState, live: LiveState) -> None:
        """Show how sync stands now."""
        standing = words.standing(state)
        self.icon.set_icon(standing.icon_name, standing.colour)
        self.heading.setText(standing.heading)
        self.text.setText(standing.text)
        self.connection.setVisible(standing.is_about_connection)
        self.setAccessibleName(f"{standing.heading}. {standing.text}")
        lines = []
        if state.phase in {SyncPhase.IDLE, SyncPhase.RUNNING}:
            lines.append(IconLine("cloud", "muted", words.news(live), "muted"))
        if skew := words.clock_skew(state.clock_offset_s):
            lines.append(IconLine("clock", "warn", skew, "warn"))
        self.more.fill(lines)
        self._past_is_held = state.past_is_held
        said = self.tr("&Fetch the past again") if state.past_is_held else self.tr("Sto&p the past")
        self.hold.setText(said)
        self.hold.setVisible(not state.backfill_done)

    def show_progress(self, streams: tuple[StreamProgress, ...]) -> None:
        """Show how far each stream is."""
        for stream in streams:
            self.bars[stream.stream].setValue(round(stream.share * PER_MILLE))
            self.said[stream.stream].setText(words.progress(stream))

    def _hold(self) -> None:
        self.hold.setEnabled(False)
        self.past_held.emit(not self._past_is_held)
        self.hold.setEnabled(True)
