"""Letters to the owner: only what they ticked, each once, and nobody's pseudonym."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from contract.terms import LimitInterval
from desktop.domain.alerts import AlertKind, AlertRule
from desktop.domain.mail import Letter, MailPurpose, MailServer, OwnerNoticesWanted
from desktop.domain.policies import LimitDraft, PolicyDraft
from desktop.domain.privacy.purposes import Purpose
from desktop.domain.usage_questions import Dimension
from desktop.services.usage_labels import pseudonym
from tests.fakes import APPLICATION, NOON, no_report
from tests.unit.test_customer_list import put_customer
from tests.unit.test_invoicing import per_unit, put_rule
from tests.unit.test_usage import endpoint, hour_of

OWNER = "owner@seller.example"
TODAY = NOON.date()
MAY = date(2026, 5, 20)
LIMITS = OwnerNoticesWanted(limits=True)
INVOICES = OwnerNoticesWanted(invoices=True)
NAMELESS = "cus_of_nobody"


@pytest.fixture
def shop(device, hosted):
    """Aurora calls today, and for ten dollars in May; letters wait, for nothing sends them."""
    endpoint(hosted, "end_1", "GET", "/items")
    put_rule(hosted, "rule_1", per_unit("1"), effective_from="2026-05-01")
    put_customer(hosted, "cus_1", "Aurora")
    hosted.count("end_1", "cus_1", hour_of(MAY), requests=10)
    hosted.count("end_1", "cus_1", hour_of(TODAY), requests=60)
    server = MailServer("mail.seller.example", sender_address=OWNER)
    device.services.mail.service.set_server(server, None)
    return device


def want(shop, wanted):
    shop.services.mail.service.set_notices(wanted)
    return letters(shop)


def letters(shop):
    """Purpose, recipient, subject and text of all letters after one more sync."""
    shop.clock.now += timedelta(minutes=2)
    shop.sync()
    return shop.query(
        "SELECT purpose, recipient, subject, text_part FROM mail_outbox ORDER BY position"
    )


def alert(shop, limit=50, group_by=None):
    rule = AlertRule(
        "", APPLICATION, "Busy day", AlertKind.ABOVE, Decimal(limit), group_by=group_by
    )
    return shop.services.alerts.save(rule)


def test_nothing_is_written_until_the_owner_ticks_it(shop):
    shop.sync()
    alert(shop)
    assert letters(shop) == []


def test_nothing_is_written_without_a_mail_server(shop):
    shop.services.mail.service.forget_server()
    assert want(shop, OwnerNoticesWanted(limits=True, invoices=True)) == []


def test_alert_that_begins_is_written_once(shop):
    shop.sync()
    alert(shop)
    ((purpose, recipient, subject, text),) = want(shop, LIMITS)
    assert (purpose, recipient) == ("limit_reached", OWNER)
    assert "an alert began" in subject
    assert "Busy day." in text
    assert "60 today, more than 50" in text
    assert len(letters(shop)) == 1
    shop.reopen()
    assert len(letters(shop)) == 1


def test_alert_that_is_snoozed_is_not_written(shop):
    shop.sync()
    shop.services.alerts.snooze(alert(shop).rule_id, NOON + timedelta(days=1))
    assert want(shop, LIMITS) == []


def test_alert_of_more_than_a_day_ago_is_no_news(shop, hosted):
    shop.sync()
    rule = AlertRule("", APPLICATION, "Busy month", AlertKind.ABOVE, Decimal(50), days=30)
    shop.services.alerts.save(rule)
    shop.clock.now += timedelta(days=1)
    assert want(shop, LIMITS) == []


def test_customer_without_a_name_is_not_told_by_pseudonym(shop, hosted):
    hosted.count("end_1", NAMELESS, hour_of(TODAY), requests=70)
    shop.sync()
    alert(shop, 65, Dimension.CUSTOMER)
    limit(shop, "70")
    told = want(shop, LIMITS)
    assert [subject.partition(": ")[2] for _, _, subject, _ in told] == [
        "an alert began",
        "a limit was reached",
    ]
    for *_, text in told:
        assert pseudonym(NAMELESS) not in text
        assert "Open UsageFlow to see whom it is about." in text


def limit(shop, calls):
    limits = (LimitDraft(calls, LimitInterval.DAY),)
    draft = PolicyDraft(APPLICATION, "GET", "/items", limits=limits)
    shop.services.policies.save_policy(draft, None, ())
    shop.services.customers.list.bring_up_to_date(no_report)


def test_limit_of_a_day_is_written_once_a_day_by_the_name_the_owner_gave(shop, hosted):
    shop.sync()
    limit(shop, "60")
    ((_, _, subject, text),) = want(shop, LIMITS)
    assert "Aurora has reached a limit." in text
    assert "Aurora" not in subject  # the outbox keeps it longer than the text
    assert len(letters(shop)) == 1
    hosted.count("end_1", "cus_1", hour_of(TODAY + timedelta(days=1)), requests=60)
    shop.clock.now += timedelta(days=1)
    assert len(letters(shop)) == 2


@pytest.mark.parametrize(("cap", "count"), [(70, 1), (71, 0)])
def test_cap_is_written_when_it_is_reached_and_not_when_it_is_near(shop, hosted, cap, count):
    hosted.count("end_1", "cus_1", hour_of(TODAY), requests=10)
    body = hosted.body("application", APPLICATION)
    cap = {"requests": cap, "interval": "month"}
    hosted.put("application", APPLICATION, body | {"cap": cap})
    assert len(want(shop, LIMITS)) == count


def test_invoices_of_a_month_are_written_once_with_their_sums(shop):
    ((purpose, recipient, subject, text),) = want(shop, INVOICES)
    assert (purpose, recipient) == ("invoice_ready", OWNER)
    assert "May 2026" in subject
    assert "USD 10.00" in text
    assert "Aurora" not in text
    shop.reopen()
    assert len(letters(shop)) == 1


def test_month_that_brought_nothing_has_no_invoices(shop):
    shop.clock.now = datetime(2026, 8, 15, tzinfo=UTC)
    assert want(shop, INVOICES) == []


def test_month_ends_in_the_time_zone_of_the_application(shop, hosted):
    body = hosted.body("application", APPLICATION)
    hosted.put("application", APPLICATION, body | {"time_zone": "America/Los_Angeles"})
    shop.clock.now = datetime(2026, 7, 1, 6, 50, tzinfo=UTC)
    before = [subject for _, _, subject, _ in want(shop, INVOICES)]
    shop.clock.now = datetime(2026, 7, 1, 7, tzinfo=UTC)
    after = [subject for _, _, subject, _ in letters(shop)]
    assert ["May 2026" in subject for subject in before] == [True]
    assert ["June 2026" in subject for subject in after] == [False, True]


def test_services_hold_back_what_an_address_opted_out_of_and_never_service_notices(shop):
    reader = "ann@reader.example"
    shop.services.privacy.preferences.choose(reader, Purpose.NEWS, wanted=False)
    outbox = shop.services.mail.outbox
    with shop.services.vault.transaction() as db:
        news = outbox.put(db, Letter(MailPurpose.NEWS, reader, "News", "News."))
        breach = outbox.put(db, Letter(MailPurpose.SERVICE, reader, "A breach", "What happened."))
    assert news is None
    assert breach is not None
