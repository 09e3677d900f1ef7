"""The queue of privacy requests."""

from PySide6.QtCore import QCoreApplication

from desktop.domain.privacy.requests import RequestLine
from desktop.views import figures
from desktop.views.data_table import DataTable
from desktop.views.icons import icon
from desktop.views.models.table_model import Column
from desktop.views.privacy import words


class RequestQueue(DataTable[RequestLine]):
    """Person, kind, state, due day; in the order in which they cannot wait."""

    def __init__(self) -> None:
        name = QCoreApplication.translate("RequestQueue", "Privacy requests")
        super().__init__(name, (), key=lambda line: line.request_id)
        self.show_columns(self._columns(), ())
        for column, width_px in enumerate((82, 108, 178), start=1):
            self.setColumnWidth(column, width_px)

    def _columns(self) -> tuple[Column[RequestLine], ...]:
        return (
            Column(self.tr("Who"), lambda line: line.person or figures.NOTHING),
            Column(self.tr("No."), words.number, lambda line: line.number),
            Column(self.tr("Asks for"), lambda line: words.say(words.KINDS[line.kind])),
            Column(
                self.tr("Due"),
                words.due,
                lambda line: (line.due is None, line.due or line.received_on),
                icon=lambda line: icon(*words.urgency(line)),
            ),
        )
