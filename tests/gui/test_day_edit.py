"""A field for a day: steps know no end of a month, and no way out of the range."""

from datetime import date

import pytest
from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import QDateEdit

from desktop.views.day_edit import DayEdit

YEAR, MONTH, DAY = (
    QDateEdit.Section.YearSection,
    QDateEdit.Section.MonthSection,
    QDateEdit.Section.DaySection,
)


@pytest.fixture
def edit(qtbot):
    edit = DayEdit("Day on which it begins")
    qtbot.addWidget(edit)
    edit.setDateRange(QDate(2026, 11, 23), QDate(2027, 1, 5))
    edit.show_day(date(2026, 12, 1))
    return edit


@pytest.mark.parametrize(
    ("section", "key", "day"),
    [
        (DAY, Qt.Key.Key_Down, date(2026, 11, 30)),
        (DAY, Qt.Key.Key_Up, date(2026, 12, 2)),
        (MONTH, Qt.Key.Key_Up, date(2027, 1, 1)),
        (MONTH, Qt.Key.Key_Down, date(2026, 11, 23)),
        (YEAR, Qt.Key.Key_Up, date(2027, 1, 5)),
        (YEAR, Qt.Key.Key_Down, date(2026, 11, 23)),
    ],
)
def test_key_moves_the_part_at_the_cursor_within_the_range(qtbot, edit, section, key, day):
    edit.setSelectedSection(section)
    qtbot.keyClick(edit, key)
    assert edit.day() == day
    assert edit.currentSection() is section


def test_first_and_last_day_can_be_reached_and_not_passed(qtbot, edit):
    edit.setSelectedSection(DAY)
    for _ in range(60):
        qtbot.keyClick(edit, Qt.Key.Key_Down)
    assert edit.day() == date(2026, 11, 23)
    for _ in range(60):
        qtbot.keyClick(edit, Qt.Key.Key_Up)
    assert edit.day() == date(2027, 1, 5)
