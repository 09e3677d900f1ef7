"""Legal holds that end by themselves: what waited for them goes on without anybody's help."""

from datetime import date, timedelta

import pytest

from desktop.domain.errors import InvalidInput
from desktop.domain.privacy.categories import Category
from desktop.domain.privacy.erasure import Customer, ErasureState
from desktop.domain.usage import Application
from desktop.services.attention import Scene
from desktop.services.storage import privacy_audit
from tests.fakes import APPLICATION, NOON
from tests.unit.privacy.test_erasing import (
    JANE,
    ask,
    certificate_of,
    days_of,
    dump,
    erase,
    erasure_of,
    full,  # noqa: F401 - a fixture
    holds_of,
)

TODAY = NOON.date()
NEXT_MONTH = TODAY + timedelta(days=30)
HELD = Customer(APPLICATION, JANE)


def hold(device, until):
    return holds_of(device).place(HELD, Category.USAGE, "Dispute of June", "", until)


def told(device):
    with device.services.vault.reading() as db:
        scene = Scene(Application(APPLICATION, "My API", "UTC", is_sample=False), device.clock())
        entries = device.services.privacy.overview.attention(db, scene)
        return [entry for entry in entries if entry.key.startswith("hold_end:")]


def test_erasure_goes_on_by_itself_when_the_last_day_of_a_hold_is_over(full, tmp_path):  # noqa: F811
    hold(full, NEXT_MONTH)
    request_id = ask(full)
    assert erase(full, request_id).state is ErasureState.HELD
    _, document = certificate_of(full, request_id, tmp_path)
    assert any(f"ends on {NEXT_MONTH}" in line["until"] for line in document["kept"])
    full.clock.forward(days=30)
    erasure_of(full).go_on_with_all()
    assert len(days_of(full, JANE)) == 3, "on its last day it holds"
    full.clock.forward(days=1)
    erasure_of(full).go_on_with_all()
    assert erasure_of(full).progress_of(request_id).state is ErasureState.DONE
    full.sync()
    assert JANE not in dump(full)
    assert holds_of(full).listed() == ()
    assert certificate_of(full, request_id, tmp_path)[1]["is_complete"] is True


def test_hold_that_is_over_keeps_nothing_of_an_erasure_that_begins_later(full):  # noqa: F811
    hold(full, TODAY)
    full.clock.forward(days=1)
    assert erase(full).state is ErasureState.DONE


def test_another_hold_on_the_same_kind_still_keeps_it(full):  # noqa: F811
    hold(full, TODAY)
    hold(full, None)
    request_id = ask(full)
    erase(full, request_id)
    full.clock.forward(days=2)
    erasure_of(full).go_on_with_all()
    assert erasure_of(full).progress_of(request_id).state is ErasureState.HELD
    assert [one.until for one in holds_of(full).listed()] == [None]


def test_owner_hears_of_the_end_two_weeks_before(full):  # noqa: F811
    hold(full, NEXT_MONTH)
    hold(full, None)
    assert told(full) == []
    full.clock.forward(days=16)
    (entry,) = told(full)
    assert str(NEXT_MONTH) in entry.title
    assert "Dispute of June" in entry.detail


def test_end_by_itself_is_in_the_log_as_the_programs_doing(full):  # noqa: F811
    hold(full, TODAY)
    full.clock.forward(days=1)
    holds_of(full).end_over()
    with full.services.vault.reading() as db:
        (last,) = privacy_audit.newest(db, 1)
    assert (last.action, last.actor) == ("hold_ended", privacy_audit.PROGRAM)


def test_day_that_is_over_is_no_end(full):  # noqa: F811
    with pytest.raises(InvalidInput) as caught:
        hold(full, TODAY - timedelta(days=1))
    assert caught.value.field == "until"
    assert holds_of(full).listed() == ()


@pytest.mark.parametrize(
    ("today", "is_over"), [(date(2027, 2, 28), False), (date(2027, 3, 1), True)]
)
def test_last_day_belongs_to_the_hold(full, today, is_over):  # noqa: F811
    (placed,) = hold(full, date(2027, 2, 28))
    assert placed.is_over(today) is is_over
