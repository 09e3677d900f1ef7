"""What each SDK really does with a rule: one line a fact, worst first."""

from typing import Final

from PySide6.QtWidgets import QVBoxLayout, QWidget

from contract.terms import Severity
from desktop.domain.policies import Advice
from desktop.views.lines import IconLine, Lines
from desktop.views.text import PlainLabel

ICONS: Final = {
    Severity.BROKEN: ("circle-alert", "bad"),
    Severity.WARNING: ("triangle-alert", "warn"),
    Severity.NOTE: ("info", "muted"),
}


class AdviceList(QWidget):
    """Facts about some fields of a rule; says so when there are none."""

    def __init__(self, *fields: str) -> None:
        """`fields` are the beginnings of the fields it tells of; none is every one."""
        super().__init__()
        self._fields = fields
        self._told: tuple[tuple[Severity, str, str], ...] | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        title = PlainLabel(self.tr("What your SDKs do with it").upper(), role="section")
        self._column.addWidget(title)
        self._lines = Lines()
        self._column.addWidget(self._lines)

    def show_advice(self, advice: tuple[Advice, ...]) -> None:
        """Show the facts about this list's fields; SDKs that do the same share a line."""
        mine = [one for one in advice if one.field.startswith(self._fields or "")]
        sdks: dict[tuple[Severity, str], list[str]] = {}
        for one in mine:
            sdks.setdefault((one.severity, one.text), []).append(one.sdk)
        told = tuple((severity, ", ".join(names), text) for (severity, text), names in sdks.items())
        if told == self._told:
            return
        self._told = told
        lines = [self._line(*one) for one in told]
        good = self.tr("Every SDK that reports to this application keeps it.")
        self._lines.fill(lines or [IconLine("circle-check", "ok", good, "muted")])

    def _line(self, severity: Severity, names: str, text: str) -> IconLine:
        words = {
            Severity.BROKEN: self.tr("{sdks}: does not work. {text}"),
            Severity.WARNING: self.tr("{sdks}: {text}"),
            Severity.NOTE: self.tr("{sdks}: {text}"),
        }
        role = {Severity.BROKEN: "bad", Severity.WARNING: "", Severity.NOTE: "muted"}[severity]
        said = words[severity].format(sdks=names, text=text)
        return IconLine(*ICONS[severity], said, role)
