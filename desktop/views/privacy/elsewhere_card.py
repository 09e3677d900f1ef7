"""Requests that desktops with other vaults answer: to be known of, not to be touched."""

from PySide6.QtWidgets import QWidget

from desktop.domain.privacy.requests import OwnedElsewhere
from desktop.views import figures
from desktop.views.lines import IconLine, Lines
from desktop.views.page import Card
from desktop.views.privacy import words
from desktop.views.text import PlainLabel


class ElsewhereCard(Card):
    """Hidden while every request is answered here."""

    def __init__(self) -> None:
        super().__init__(spacing=6)
        self.lines = Lines(spacing=4)
        heading = self.tr("Answered by other desktops")
        self.setAccessibleName(heading)
        self.column.addWidget(PlainLabel(heading.upper(), role="section"))
        self.column.addWidget(self.lines)
        self.hide()

    def show_requests(self, found: tuple[OwnedElsewhere, ...]) -> None:
        """Show them by the day they are due."""
        self.lines.fill(self._line(one) for one in found)
        self.setVisible(bool(found))

    def _line(self, one: OwnedElsewhere) -> QWidget:
        said = self.tr("{number} · {kind} · due {day} · the desktop with the vault {vault}").format(
            number=f"PR-{one.number:04}",
            kind=words.say(words.KINDS[one.kind]),
            day=figures.day(one.due, with_year=True),
            vault=one.vault_id,
        )
        return IconLine("lock", "muted", said)
