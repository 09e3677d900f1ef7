"""The sign-in provider is named with what it has: accounts of members, and of nobody else."""

import pytest

from contract.messages.members import MemberInfo, MembersPage, MemberState
from contract.terms import Role
from desktop.domain.privacy.erasure import Customer, Fate, Place, ProcessorState
from desktop.domain.sign_in import Provider, ProviderKind, SignedIn
from desktop.services.privacy.erasing.processors import Corrected, ProcessorSubject
from desktop.services.privacy.erasing.sign_in import (
    SignInProcessor,
    connected_sign_in,
    provider_name,
)
from desktop.services.storage import sign_in
from desktop.services.storage.sign_in import StoredSignIn
from tests.fakes import APPLICATION, NOON, no_report
from tests.unit.privacy.test_erasing import (
    JANE,
    MATCH,
    ask,
    certificate_of,
    erase,
    erasure_of,
    full,  # noqa: F401 - a fixture
)

AUTH0 = Provider(ProviderKind.AUTH0, "https://tenant.example/", "client")


def subject(*emails):
    return ProcessorSubject((Customer(APPLICATION, JANE),), emails)


def sign_in_as(device, email):
    signed_in = SignedIn(AUTH0, "auth0|1", "The owner", email, NOON)
    with device.services.vault.transaction() as db:
        sign_in.write(db, StoredSignIn(signed_in))


@pytest.fixture
def provider(full):  # noqa: F811
    sign_in_as(full, "owner@example.com")
    return SignInProcessor(full.services.vault, full.services.link)


def member(name):
    row = MemberInfo(
        member_id="mem_1", name=name, role=Role.VIEWER, state=MemberState.ACTIVE,
        invited_at="2026-06-01T00:00:00Z", devices=1,
    )  # fmt: skip
    return MembersPage(rows=(row,))


def test_provider_that_is_not_set_up_is_not_connected(full):  # noqa: F811
    assert connected_sign_in(full.services.vault, full.services.link) == ()


def test_owner_who_is_erased_has_an_account_there(provider):
    found = provider.preview(subject("Owner@Example.com"))
    assert (found.state, found.place) == (ProcessorState.KEPT, Place.SIGN_IN)
    assert "Auth0 (tenant.example)" in found.detail
    assert "delete it there" in found.detail
    corrected = provider.correct(subject("owner@example.com"), Corrected("email", "x"), "key")
    assert "correct it there" in corrected.detail


def test_member_of_the_service_has_an_account_there(provider, hosted):
    hosted.live["GET", "/v1/members"] = member("ann@example.com")
    assert provider.erase(subject("Ann@example.com"), "key").state is ProcessorState.KEPT
    other = provider.erase(subject("jane@example.org"), "key")
    assert (other.state, "nothing of this person" in other.detail) == (ProcessorState.DONE, True)
    assert "open" not in other.detail


def test_token_that_may_not_see_members_is_told(provider):
    found = provider.erase(subject("jane@example.org"), "key")
    assert found.state is ProcessorState.DONE
    assert "may not see the members" in found.detail


def test_service_that_is_away_is_asked_again(provider, hosted):
    hosted.online = False
    assert provider.erase(subject("ann@example.com"), "key").state is ProcessorState.UNREACHABLE


def test_plan_and_certificate_name_the_provider(full, tmp_path):  # noqa: F811
    sign_in_as(full, "jane@example.org")
    request_id = ask(full)
    plan = erasure_of(full).plan(no_report, request_id, (MATCH,), keeps_blocks=False)
    (line,) = [line for line in plan.lines if line.place is Place.SIGN_IN]
    assert (line.fate, line.rows, line.what) == (Fate.KEEP, 1, "member")
    erase(full, request_id)
    _, told = certificate_of(full, request_id, tmp_path)
    kept = {line["where"]: line["what"] for line in told["kept"]}
    assert kept["Sign-in provider"] == "Account of a member"


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (ProviderKind.GOOGLE, "Google"),
        (ProviderKind.AUTH0, "Auth0 (tenant.example)"),
        (ProviderKind.OTHER, "tenant.example"),
    ],
)
def test_provider_is_called_by_what_tells_it_from_others(kind, name):
    assert provider_name(Provider(kind, "https://tenant.example/", "client")) == name
