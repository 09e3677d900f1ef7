"""`python -m tests.gui.chart_sheet FOLDER`: every kind of chart as a picture, at the scale of Qt.

A process of its own, because the scale of the screen is chosen before Qt starts.
"""

import sys
from pathlib import Path

from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QApplication

from desktop.views.charts import PictureView
from desktop.views.theme import Scheme, Theme
from tests.gui.pictured_charts import PICTURES

SIZE = (640, 260)


def paint(folder: Path) -> None:
    """Write one PNG for each kind, each drawn at once."""
    PictureView.turn_s = 60.0
    for kind, make in PICTURES.items():
        view = PictureView("Chart")
        view.resize(*SIZE)
        view.show_picture(make())
        view.show()
        view.grab()
        view.grab().save(str(folder / f"{kind}.png"))
        view.hide()


if __name__ == "__main__":
    application = QApplication(sys.argv[:1])
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))
    theme = Theme(Scheme.LIGHT)
    paint(Path(sys.argv[1]))
