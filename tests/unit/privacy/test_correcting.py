"""A correction reaches the vault, the service and payment providers; the log gets hashes."""

import pytest

from desktop.domain.errors import InvalidInput, ProviderUnreachable
from desktop.domain.privacy.erasure import ErasureState
from desktop.domain.privacy.kinds import RequestKind
from desktop.services.privacy.references import reference
from desktop.services.storage import privacy_audit
from tests.unit.privacy.test_erasing import (
    JANE,
    MATCH,
    ask,
    dump,
    erase,
    full,  # noqa: F401 - a fixture
)
from tests.unit.privacy.test_erasing_payments import (
    gateway,  # noqa: F401 - a fixture
)


def corrections(device):
    return device.services.erasing.correction


def log_of(device):
    with device.services.vault.reading() as db:
        return privacy_audit.of_action(db, "correct")


def test_corrected_name_reaches_vault_service_and_providers(full, gateway):  # noqa: F811
    request_id = ask(full, RequestKind.CORRECTION)
    done = corrections(full).correct(request_id, (MATCH,), "name", "Jane Roe")
    assert done.is_settled
    full.sync()
    assert full.hosted.body("customer", JANE)["name"] == "Jane Roe"
    assert sorted(gateway.corrected) == [
        ("ctm_P1", "name", "Jane Roe"),
        ("cus_S1", "name", "Jane Roe"),
    ]
    assert corrections(full).of_request(request_id) == (done,)


def test_log_has_before_and_after_as_hashes_and_no_value(full):  # noqa: F811
    corrections(full).correct(ask(full, RequestKind.CORRECTION), (MATCH,), "name", "Jane Roe")
    (entry,) = log_of(full)
    for text in ("Jane Doe", "Jane Roe"):
        assert text not in entry.facts
        assert reference(full.services.vault, text).hex() in entry.facts
    assert full.query("SELECT value FROM person_corrections") == [("",)]


def test_provider_that_is_away_is_told_later_and_once(full, gateway):  # noqa: F811
    request_id = ask(full, RequestKind.CORRECTION)
    gateway.problem = ProviderUnreachable("Away.")
    waiting = corrections(full).correct(request_id, (MATCH,), "email", "jr@example.org")
    assert not waiting.is_settled
    gateway.problem = None
    corrections(full).go_on_with_all()
    corrections(full).go_on_with_all()
    assert sorted(gateway.corrected) == [
        ("ctm_P1", "email", "jr@example.org"),
        ("cus_S1", "email", "jr@example.org"),
    ]
    assert "jr@example.org" not in dump(full)


@pytest.mark.parametrize(
    ("field", "value", "matches", "named"),
    [
        ("name", " ", (MATCH,), "value"),
        ("email", "nobody", (MATCH,), "value"),
        ("colour", "red", (MATCH,), "field"),
        ("name", "Jane", (), "matches"),
    ],
)
def test_what_cannot_be_is_said_and_changes_nothing(full, field, value, matches, named):  # noqa: F811
    request_id = ask(full, RequestKind.CORRECTION)
    before = dump(full)
    with pytest.raises(InvalidInput, match="Nothing was corrected") as caught:
        corrections(full).correct(request_id, matches, field, value)
    assert caught.value.field == named
    assert dump(full) == before


def test_erasure_takes_the_corrections_along(full):  # noqa: F811
    corrections(full).correct(ask(full, RequestKind.CORRECTION), (MATCH,), "name", "Jane Roe")
    assert erase(full).state is ErasureState.DONE
    assert full.query("SELECT count(*) FROM person_corrections") == [(0,)]
    assert "Jane Roe" not in dump(full)
