"""What stands below the title of a chart that leaves the window."""

from datetime import timedelta

from PySide6.QtCore import QCoreApplication

from desktop.domain.usage_questions import Filter
from desktop.views import figures
from desktop.views.usage import words
from desktop.views.usage.pictures import Found, total_words


def remark_of(found: Found) -> str:
    """The days, what it is narrowed down to, the sum, and how current it is."""
    period = found.view.question.period
    last = period.end - timedelta(days=1)
    ends = (figures.day(day, with_year=True) for day in (period.start, last))
    parts = [" \u2013 ".join(ends)]
    parts += [_filter_words(one) for one in found.view.question.filters]
    if found.answers and (total := total_words(found.answers[0])):
        parts.append(total)
    if found.stamp is not None and found.stamp.as_of is not None:
        said = QCoreApplication.translate("usage", "as of {moment}")
        parts.append(said.format(moment=figures.dated(found.stamp.as_of)))
    return " · ".join(parts)


def _filter_words(one: Filter) -> str:
    """Which dimension is narrowed down, and to how many; keys of customers stay in the window."""
    dimension = words.say(words.DIMENSIONS[one.dimension])
    form = (
        QCoreApplication.translate("usage", "{dimension}: all but %n", "", len(one.keys))
        if one.excludes
        else QCoreApplication.translate("usage", "{dimension}: %n chosen", "", len(one.keys))
    )
    return form.format(dimension=dimension)
