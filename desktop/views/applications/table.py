"""The list of applications."""

from PySide6.QtCore import QCoreApplication

from desktop.domain.applications import ApplicationLine
from desktop.views import figures
from desktop.views.applications import words
from desktop.views.data_table import DataTable
from desktop.views.icons import icon
from desktop.views.models.table_model import Column


class ApplicationTable(DataTable[ApplicationLine]):
    """Name, connection, endpoints, last call."""

    def __init__(self) -> None:
        name = QCoreApplication.translate("ApplicationTable", "Applications")
        super().__init__(name, (), key=lambda line: line.settings.application_id)
        self.show_columns(self._columns(), ())
        for column, width_px in enumerate((134, 86, 118), start=1):
            self.setColumnWidth(column, width_px)

    def _columns(self) -> tuple[Column[ApplicationLine], ...]:
        return (
            Column(self.tr("Name"), self._name),
            Column(
                self.tr("Connection"),
                lambda line: words.short(line.connection),
                icon=lambda line: icon(*words.state_icon(line.connection)),
            ),
            Column(
                self.tr("Endpoints"),
                lambda line: figures.count(line.endpoints),
                lambda line: line.endpoints,
                is_number=True,
            ),
            Column(
                self.tr("Last call"),
                lambda line: figures.brief(line.last_seen) if line.last_seen else figures.NOTHING,
                lambda line: line.last_seen.timestamp() if line.last_seen else 0,
                is_number=True,
            ),
        )

    def _name(self, line: ApplicationLine) -> str:
        name = line.settings.name
        if line.settings.archived:
            return self.tr("{name} (archived)").format(name=name)
        return self.tr("{name} (sample)").format(name=name) if line.is_sample else name
