"""When limits changed, by whichever desktop: what the log says becomes events of the charts."""

from datetime import date, timedelta

import pytest

from contract.messages.access import AuditEntry, AuditPage
from desktop.domain.ids import ApplicationId
from desktop.domain.usage import DateRange
from desktop.domain.usage_views import EventKind
from desktop.services import limit_history
from tests.fakes import APPLICATION, NOON
from tests.unit.test_rules import DRAFT, known  # noqa: F401 (a fixture)

APP = ApplicationId(APPLICATION)
LIMIT = {"quantity": "requests", "amount": 100, "interval": "minute"}
PATH = ("GET", "/v1/audit")
YEAR = DateRange(date(2026, 1, 1), date(2026, 12, 31))


class Log:
    """The service's log: answers as it does, newest first, in pages of `size`."""

    def __init__(self, size=100):
        self.entries, self.asked, self.size = [], [], size

    def add(self, entity, before, after, *, at=NOON, entity_id="pol_1"):
        self.entries.append(
            AuditEntry(
                sequence=len(self.entries) + 1,
                at=f"{at:%Y-%m-%dT%H:%M:%SZ}",
                actor="tok_other",
                action="change",
                entity=entity,
                entity_id=entity_id,
                before=before,
                after=after,
                chain="ab" * 32,
            )
        )

    def answer(self, request):
        query = dict(request.url.params)
        self.asked.append(query)
        fitting = [
            one
            for one in reversed(self.entries)
            if one.entity == query["entity"] and one.at >= query["since"]
        ]
        start = int(query.get("cursor", "0"))
        end = start + self.size
        more = str(end) if end < len(fitting) else None
        return AuditPage(rows=tuple(fitting[start:end]), next_cursor=more)


@pytest.fixture
def log(hosted):
    log = Log()
    hosted.live[PATH] = log.answer
    return log


def policy(limits=(), url="/items"):
    return {"application_id": APPLICATION, "method": "GET", "url": url, "limits": list(limits)}


def changed_elsewhere(hosted, number=1):
    """Another desktop's edit: its row comes with the next round."""
    hosted.put("application", APPLICATION, {"name": f"My API {number}"})


def flags(device):
    events = device.services.explorer.events(APP, YEAR)
    return [(event.at, event.words) for event in events if event.kind is EventKind.LIMIT]


def test_limit_that_another_desktop_changed_is_flagged_at_the_time_of_the_change(
    device, hosted, log
):
    at = NOON - timedelta(days=3)
    log.add("policy", policy(), policy([LIMIT]), at=at)
    device.sync()
    assert flags(device) == [(at, "GET /items")]


def test_another_field_is_no_flag_and_the_cap_of_the_application_is_one(device, hosted, log):
    log.add("policy", policy([LIMIT]), policy([LIMIT], "/other"))
    log.add("policy", None, policy())
    log.add("application", {"name": "My API"}, {"name": "My API", "cap": {"amount": 5}},
            entity_id=APPLICATION)  # fmt: skip
    log.add("policy", policy([LIMIT]), None)
    device.sync()
    assert [words for _, words in flags(device)] == ["GET /items", "My API"]


def test_flags_of_another_application_are_left_out(device, hosted, log):
    log.add("policy", None, {**policy([LIMIT]), "application_id": "app_other"})
    device.sync()
    assert flags(device) == []


def test_own_edit_is_flagged_once(known, log):  # noqa: F811 (the fixture)
    known.services.policies.save_policy(DRAFT, None, ())
    log.add("policy", None, policy([LIMIT]))
    known.sync()
    assert len(flags(known)) == 1


def test_log_is_asked_again_only_for_what_is_new_and_when_rows_with_limits_came(
    device, hosted, log
):
    log.add("policy", None, policy([LIMIT]))
    device.sync()
    asked = len(log.asked)
    hosted.put("customer", "cus_9", {"application_id": APPLICATION, "name": "x"})
    device.sync()
    assert len(log.asked) == asked
    changed_elsewhere(hosted)
    device.sync()
    assert [query["since"] for query in log.asked[asked:]] == ["2026-06-15T11:55:00Z"] * 3
    assert len(flags(device)) == 1, "what was known stays, and what was read twice is one"


def test_token_that_may_not_read_the_log_leaves_this_desktops_edits(known):  # noqa: F811
    known.services.policies.save_policy(DRAFT, None, ())
    known.sync()
    assert len(flags(known)) == 1


def test_log_that_is_longer_than_is_read_counts_from_its_oldest_entry_read(
    device, hosted, log, monkeypatch
):
    monkeypatch.setattr(limit_history, "MOST_PAGES", 2)
    log.size = 1
    for days in (30, 20, 10):
        log.add("policy", None, policy([LIMIT]), at=NOON - timedelta(days=days))
    device.sync()
    with device.services.vault.reading() as db:
        kept = limit_history.changes(db)
    assert kept.since == NOON - timedelta(days=20)
    assert [at for at, _ in flags(device)] == [NOON - timedelta(days=days) for days in (20, 10)]
