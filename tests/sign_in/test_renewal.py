"""Staying signed in: refresh tokens are used once, and none is lost that could still be used."""

import pytest

from desktop.domain.errors import SignInFailed, SignInNeeded, SignInUnreachable
from desktop.services.sign_in import flows
from desktop.services.sign_in.keeping import LOST_ANSWER


@pytest.fixture
def signed_in(person):
    """Somebody whose token of the sign-in itself is used up."""
    person.sign_in()
    person.anew()
    return person


def renewing_since(person):
    with person.vault.reading() as db:
        return db.execute("SELECT renewing_since_us FROM sign_in").fetchone()[0]


def test_token_of_the_sign_in_is_used_first_and_asks_nobody(person):
    person.sign_in()
    before = person.kept()
    assert person.service.id_token().count(".") == 2
    assert person.kept() == before


def test_renewal_brings_another_token_and_keeps_it(signed_in):
    first = signed_in.kept()
    assert signed_in.service.id_token().count(".") == 2
    second = signed_in.kept()
    assert second != first
    signed_in.service.id_token()
    assert signed_in.kept() not in {first, second}
    assert renewing_since(signed_in) is None


def test_token_that_was_used_before_ends_the_sign_in_in_words(signed_in):
    used = signed_in.kept()
    signed_in.service.id_token()
    signed_in.keep(used)
    with pytest.raises(SignInNeeded, match="was used already"):
        signed_in.service.id_token()
    status = signed_in.service.status()
    assert status.is_signed_in
    assert "Sign in again" in status.ended
    with pytest.raises(SignInNeeded, match="Sign in again"):
        signed_in.service.id_token()  # and the provider is not asked a second time
    assert signed_in.sign_in().ended == ""


def test_program_that_ends_before_it_asked_loses_nothing(signed_in, monkeypatch):
    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as crash:
        crash.setattr(flows, "renew", killed)
        with pytest.raises(KeyboardInterrupt):
            signed_in.service.id_token()
    assert renewing_since(signed_in) is not None
    assert signed_in.anew().id_token()
    assert renewing_since(signed_in) is None


def test_program_that_ends_between_answer_and_save_asks_only_when_it_is_needed(
    signed_in, monkeypatch
):
    """The provider rotated, the new token is lost: everything works, until a token is needed."""

    def killed(*_):
        raise KeyboardInterrupt

    kept = signed_in.kept()
    with monkeypatch.context() as crash:
        crash.setattr(signed_in.service, "_store_refresh", killed)
        with pytest.raises(KeyboardInterrupt):
            signed_in.service.id_token()
    assert signed_in.kept() == kept
    status = signed_in.anew().status()
    assert (status.is_signed_in, status.ended) == (True, "")
    with pytest.raises(SignInNeeded) as told:
        signed_in.service.id_token()
    assert str(told.value) == LOST_ANSWER
    assert signed_in.sign_in().ended == ""
    assert signed_in.anew().id_token()


def test_provider_that_forgives_a_lost_answer_is_asked_once_more(signed_in, monkeypatch):
    """Some providers take the earlier token a little longer: then nothing is lost at all."""
    asked = []
    renew = flows.renew

    def forgiving(link, token, subject, clock):
        asked.append(token)
        if len(asked) == 1:
            raise SignInUnreachable("No answer.")
        return renew(link, token, subject, clock)

    monkeypatch.setattr(flows, "renew", forgiving)
    with pytest.raises(SignInUnreachable):
        signed_in.service.id_token()
    assert renewing_since(signed_in) is not None
    assert signed_in.anew().id_token()
    assert asked[0] == asked[1]


def test_answer_that_is_lost_on_the_way_is_told_as_such(signed_in):
    signed_in.provider.control("lose", answers=1)
    with pytest.raises(SignInUnreachable, match="works as before"):
        signed_in.service.id_token()
    assert signed_in.service.status().ended == ""
    with pytest.raises(SignInNeeded, match="interrupted"):
        signed_in.service.id_token()


def test_answer_about_somebody_else_is_refused(signed_in, monkeypatch):
    with signed_in.vault.transaction() as db:
        db.execute("UPDATE sign_in SET subject = 'bob'")
    kept = signed_in.kept()
    with pytest.raises(SignInFailed, match="somebody else"):
        signed_in.service.id_token()
    assert signed_in.kept() == kept


def test_signing_out_revokes_the_token_at_the_provider(signed_in):
    token = signed_in.kept()
    assert signed_in.service.sign_out().told_provider
    status = signed_in.service.status()
    assert (status.is_signed_in, signed_in.kept()) == (False, None)
    assert status.provider.is_set_up
    with signed_in.connect(status.provider, "") as link, pytest.raises(SignInNeeded):
        flows.renew(link, token, "ann", signed_in.clock)


def test_signing_out_works_without_a_network(signed_in, monkeypatch):
    def unplugged(*_):
        raise SignInUnreachable("No network.")

    monkeypatch.setattr("desktop.services.sign_in.provider.ProviderLink.endpoints", unplugged)
    assert not signed_in.service.sign_out().told_provider
    assert not signed_in.service.status().is_signed_in
    assert signed_in.kept() is None


def test_signing_out_twice_is_harmless(signed_in):
    signed_in.service.sign_out()
    assert not signed_in.service.sign_out().told_provider


def test_nobody_has_no_token(person):
    with pytest.raises(SignInNeeded, match="Nobody is signed in"):
        person.service.id_token()


def test_choosing_another_provider_ends_the_sign_in(signed_in):
    assert not signed_in.choose().is_signed_in
    assert signed_in.kept() is None
