"""A workspace that uses its service as a member, end to end: provider, service, desktop."""

import pytest

from contract.terms import Role
from desktop.domain.errors import InvalidInput, ServiceRefused, SignInNeeded, TokenRefused
from desktop.domain.members import Invitation
from desktop.services.client import ServiceClient
from desktop.services.connection import ConnectionService
from desktop.services.link import ServiceLink
from desktop.services.sign_in.membership import MembershipService
from tests.hosted.service import serving


@pytest.fixture(scope="module")
def service(tmp_path_factory, provider):
    options = ("--sign-in-issuer", provider.issuer, "--sign-in-audience", "desktop")
    with serving(tmp_path_factory.mktemp("service"), "--bootstrap", *options) as running:
        yield running


@pytest.fixture
def membership(person, service):
    """The membership of somebody's workspace; whoever was a member before is none any more."""
    for row in service.http.get("/v1/members").json()["rows"]:
        service.http.delete(f"/v1/members/{row['member_id']}")
    made = of(person)
    yield made
    made._link.forget()


def of(person):
    """Membership of a workspace over the real network."""
    import httpx

    def make_client(url, token):
        return ServiceClient(url, token, httpx.HTTPTransport())

    with person.vault.transaction() as db:
        db.execute("DELETE FROM connection")
        db.execute("DELETE FROM secrets WHERE kind = 'owner_token'")
    link = ServiceLink(person.vault, person.secrets, make_client)
    connection = ConnectionService(person.vault, person.secrets, link, (None, None), link.forget)
    store = (person.vault, person.secrets)
    return MembershipService(store, person.service, link, connection, person.clock)


def invite(service, role="owner", address="ann@reader.example"):
    answer = service.http.post(
        "/v1/members", json={"name": "Ann", "role": role, "address": address}
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


def token(person):
    return person.kept("owner_token")


def test_invited_person_signs_in_and_uses_the_service(person, membership, service):
    invite(service)
    person.sign_in()
    joined = membership.join(service.ready["url"])
    assert joined.device_id
    picture = membership.picture()
    assert picture.may_manage
    (member,) = picture.members
    assert (member.name, member.role, member.is_current, member.devices) == (
        "Ann", Role.OWNER, True, 1,
    )  # fmt: skip
    (device,) = picture.devices
    assert (device.member_name, device.is_current) == ("Ann", True)


def test_stranger_is_told_to_ask_for_an_invitation(person, membership, service):
    person.sign_in(login="bob")
    with pytest.raises(ServiceRefused, match="Ask an owner to invite"):
        membership.join(service.ready["url"])
    assert membership._link.connection() is None


def test_nobody_joins_without_a_sign_in(membership, service):
    with pytest.raises(SignInNeeded):
        membership.join(service.ready["url"])
    with pytest.raises(InvalidInput) as told:
        membership.join("")
    assert told.value.field == "url"


def test_owner_invites_changes_and_removes(person, membership, service):
    invite(service)
    person.sign_in()
    membership.join(service.ready["url"])
    picture = membership.invite(Invitation("Bob", Role.VIEWER, "bob@reader.example"))
    (bob,) = (one for one in picture.members if one.name == "Bob")
    assert bob.joined_at is None
    picture = membership.change_role(bob.member_id, Role.EDITOR)
    assert {one.role for one in picture.members} == {Role.OWNER, Role.EDITOR}
    (ann,) = (one for one in picture.members if one.is_current)
    with pytest.raises(ServiceRefused, match="no owner is left"):
        membership.change_role(ann.member_id, Role.VIEWER)
    assert len(membership.remove(bob.member_id).members) == 1
    for field, wanted in (
        ("name", Invitation("", Role.VIEWER, "x@reader.example")),
        ("address", Invitation("X", Role.VIEWER, "nowhere")),
    ):
        with pytest.raises(InvalidInput) as told:
            membership.invite(wanted)
        assert told.value.field == field


def test_viewer_sees_devices_of_their_own_and_no_members(person, membership, service):
    invite(service, "viewer")
    person.sign_in()
    membership.join(service.ready["url"])
    picture = membership.picture()
    assert (picture.may_manage, picture.members, len(picture.devices)) == (False, (), 1)


def test_device_that_was_signed_out_is_told_in_words(person, membership, service):
    invite(service)
    person.sign_in()
    device_id = membership.join(service.ready["url"]).device_id
    service.http.delete(f"/v1/devices/{device_id}")
    with pytest.raises(TokenRefused, match="was signed out"):
        membership.picture()
    with pytest.raises(TokenRefused, match="was signed out"):
        membership.join("")  # and its sign-in does not bring it back by itself


def test_session_is_renewed_once_a_day_and_survives_a_week_away(person, membership, service):
    invite(service)
    person.sign_in()
    membership.join(service.ready["url"])
    first = token(person)
    membership.renew_if_due()
    assert token(person) == first
    with person.vault.transaction() as db:
        db.execute("UPDATE sign_in SET device_ends_us = device_ends_us - 2 * 86400000000")
    membership.renew_if_due()
    assert token(person) != first
    assert membership.picture().devices[0].is_current
    assert len(membership.picture().devices) == 1


def test_renewal_without_a_network_asks_nobody_and_loses_nothing(person, membership, service):
    invite(service)
    person.sign_in()
    membership.join(service.ready["url"])
    before = token(person), person.kept()
    person.provider.control("lose", answers=1)
    person.anew()
    membership._sign_in = person.service
    with person.vault.transaction() as db:
        db.execute("UPDATE sign_in SET device_ends_us = 0")
    membership.renew_if_due()
    assert (token(person), person.kept()) == before
    membership.renew_if_due()  # the provider took its token back: told when it is needed
    assert "interrupted" in person.service.status().ended
    assert token(person) == before[0]
    assert membership.picture().may_manage


def test_signing_out_ends_the_session_at_the_service_and_the_provider(person, membership, service):
    invite(service)
    person.sign_in()
    membership.join(service.ready["url"])
    done = membership.sign_out()
    assert (done.told_provider, done.told_service) == (True, True)
    assert service.http.get("/v1/devices").json()["rows"] == []
    assert not membership.sign_out().told_service


def test_owner_signs_another_device_out(person, membership, service):
    invite(service)
    person.sign_in()
    first = membership.join(service.ready["url"]).device_id
    person.sign_in()
    with person.vault.transaction() as db:
        db.execute("UPDATE sign_in SET device_id = ''")
    membership.join("")
    assert len(membership.picture().devices) == 2
    assert len(membership.sign_out_device(first).devices) == 1
