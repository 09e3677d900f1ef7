"""The list of endpoints: what rules each of them, in a word or two a column."""

from collections.abc import Container
from typing import ClassVar

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QIcon

from desktop.domain.editing import EditState
from desktop.domain.policies import Endpoint
from desktop.views import figures
from desktop.views.data_table import DataTable
from desktop.views.icons import icon
from desktop.views.models.table_model import Column
from desktop.views.policies import words
from desktop.views.policies.tabs import Tab


class EndpointTable(DataTable[Endpoint]):
    """Marks what is not saved or not sent; each column belongs to a tab of the detail."""

    TABS: ClassVar[tuple[Tab, ...]] = (
        Tab.IDENTITY,
        Tab.LIMITS,
        Tab.METERING,
        Tab.ROUTES,
        Tab.BLOCKS,
    )
    """What a click on each column opens."""

    def __init__(self, drafts: Container[str]) -> None:
        """`drafts` has the keys of endpoints with something typed and not saved."""
        self._drafts = drafts
        name = QCoreApplication.translate("EndpointTable", "Endpoints")
        super().__init__(name, (), key=lambda endpoint: endpoint.key)
        self.show_columns(self._columns(), ())
        for column, width_px in enumerate((100, 76, 78, 72), start=1):
            self.setColumnWidth(column, width_px)

    def _columns(self) -> tuple[Column[Endpoint], ...]:
        return (
            Column(self.tr("Endpoint"), title, icon=self._state_icon),
            Column(self.tr("Limits"), lambda line: words.short_limits(line.policy)),
            Column(self.tr("Counts"), lambda line: words.counted(line.policy)),
            Column(self.tr("Route"), lambda line: words.say(words.PASSAGES[line.passage])),
            Column(
                self.tr("Blocks"),
                lambda line: figures.count(len(line.blocks)) if line.blocks else figures.NOTHING,
                lambda line: len(line.blocks),
                icon=lambda line: icon("ban", "bad") if line.blocks else None,
            ),
        )

    def _state_icon(self, line: Endpoint) -> QIcon | None:
        if line.key in self._drafts:
            return icon("circle-alert", "accent")
        state = line.policy.standing.state if line.policy is not None else EditState.SYNCED
        return None if state is EditState.SYNCED else icon(*words.STATE_ICONS[state])


def title(line: Endpoint) -> str:
    """Method, route and function."""
    function = line.policy.function if line.policy is not None else ""
    route = f"{line.method} {line.url}"
    return f"{route} · {function}" if function else route


def matches(line: Endpoint, asked: list[str]) -> bool:
    """Whether every word asked for is in the title."""
    return all(word in title(line).casefold() for word in asked)
