"""A person is erased from the real service and two desktops of it, and a kill changes nothing."""

import pytest

from contract.terms import IdentityLocation
from desktop.domain.policies import PolicyDraft
from desktop.domain.privacy.erasure import ErasureState
from desktop.domain.privacy.kinds import Channel, Evidence, RequestKind
from desktop.domain.privacy.requests import NewRequest, Person
from tests.contract.test_real_service import (
    Home,
    home,  # noqa: F401 - a fixture
)
from tests.fakes import no_report

IDENTITY = "jane@example.org"


def totals(services):
    with services.vault.reading() as db:
        return db.execute("SELECT sum(events), sum(quantity) FROM customer_days").fetchone()


def holds_nothing_of(services, customer):
    with services.vault.reading() as db:
        tables = [
            name
            for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
            if name not in {"privacy_requests", "privacy_events"}
        ]
        texts = [repr(db.execute(f"SELECT * FROM {name}").fetchall()) for name in tables]  # noqa: S608
    return not any(customer in text or IDENTITY in text for text in texts)


@pytest.fixture
def jane(home: Home):  # noqa: F811
    """Jane has called twice, Omar once, each with an identity that this vault opens."""
    policy = PolicyDraft(
        home.application_id,
        "GET",
        "/x",
        identity_location=IdentityLocation.HEADERS,
        identity_name="X-User",
    )
    home.services.policies.save_policy(policy, None, ())
    home.sync()
    for _ in range(2):
        home.call("GET", "/x", IDENTITY)
    home.call("GET", "/x", "omar@example.net")
    home.sync_until(lambda: totals(home.services) == (3, 3_000_000))
    found = []

    def is_known():
        with home.services.vault.reading() as db:
            rows = db.execute(
                "SELECT entity_id FROM configuration WHERE entity = 'identity'"
            ).fetchall()
        found[:] = rows
        return len(rows) == 2

    home.sync_until(is_known)
    return home


def begun(home):  # noqa: F811
    requests = home.services.privacy_requests
    asked = NewRequest(
        RequestKind.DELETION, Channel.EMAIL, home.services.vault.clock(), "UTC",
        Person("", IDENTITY), "Delete me.",
    )  # fmt: skip
    request_id = requests.log_request(asked).line.request_id
    requests.confirm_identity(request_id, (Evidence.CODE,))
    matches = home.services.privacy_packages.find_person(no_report, request_id).matches
    service = home.services.erasing.erasure
    return request_id, matches, service.start(request_id, matches, keeps_blocks=False)


def test_person_is_gone_from_service_and_both_desktops_and_sums_stay(jane):
    other = jane.second_desktop()
    before = totals(jane.services)
    request_id, matches, erasure = begun(jane)
    (match,) = matches
    service = jane.services.erasing.erasure
    plan = service.plan(no_report, request_id, matches, keeps_blocks=False)
    assert plan.unreachable == ()
    done = service.go_on(no_report, erasure.erasure_id)
    assert done.state is ErasureState.DONE, done.steps
    jane.sync()
    other.sync.run(no_report)
    for desktop in (jane.services, other):
        assert totals(desktop) == before
        assert holds_nothing_of(desktop, match.customer_id)
    with jane.services.link.service() as client:
        found = client.traces({"application_id": jane.application_id})
    assert match.customer_id not in repr(found.rows)
    assert len(found.rows) == 3


def test_service_that_was_killed_only_delays_the_erasure(jane):
    before = totals(jane.services)
    _, (match,), erasure = begun(jane)
    service = jane.services.erasing.erasure
    jane.kill_service()
    waiting = service.go_on(no_report, erasure.erasure_id)
    assert (waiting.state, waiting.has_certificate) == (ErasureState.RUNNING, False)
    assert not holds_nothing_of(jane.services, match.customer_id)
    jane.services.connection.start_embedded()
    service.go_on_with_all()
    assert service.progress_of(erasure.request_id).state is ErasureState.DONE
    jane.sync()
    assert totals(jane.services) == before
    assert holds_nothing_of(jane.services, match.customer_id)
