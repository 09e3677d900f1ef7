"""Signing in with the browser, against a certified provider; every way that must fail, fails."""

import logging
import socket
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from desktop.domain.errors import (
    Cancelled,
    InvalidInput,
    SignInFailed,
    SignInNeeded,
    SignInUnreachable,
)
from desktop.domain.network import Purpose
from desktop.domain.sign_in import GOOGLE_HOSTS, Provider, ProviderKind
from desktop.services.sign_in import flows
from desktop.services.sign_in.callback import CallbackListener
from desktop.services.sign_in.keeping import checked_provider
from tests.fakes import no_report
from tests.sign_in.conftest import visit


def is_free(port):
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind(("127.0.0.1", port))
    return True


def port_of(url):
    return urlsplit(parse_qs(urlsplit(url).query)["redirect_uri"][0]).port


def nobody(person):
    status = person.service.status()
    return not status.is_signed_in and person.kept() is None


def test_browser_signs_somebody_in(person, threads_end):
    signed_in = person.sign_in()
    assert (signed_in.subject, signed_in.name) == ("ann", "ANN")
    assert signed_in.email == "ann@reader.example"
    assert person.kept()
    assert "You can close this tab" in person.page.text
    assert person.service.status() == signed_in


def test_request_has_what_the_standards_ask_for(person):
    start = person.service.begin(declares_adult=True)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(start.url).query).items()}
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["code_challenge"]) == 43
    assert asked["redirect_uri"].startswith("http://127.0.0.1:")
    assert len(asked["state"]) == len(asked["nonce"]) == 43
    assert asked["state"] != asked["nonce"]
    assert asked["scope"] == "openid email profile offline_access"


def test_page_the_browser_returns_to_is_plain_and_stays_nowhere(person):
    person.sign_in()
    headers = person.page.headers
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert "<script" not in person.page.text


def test_answer_with_another_state_is_not_taken_and_the_right_one_still_is(person):
    pages = []

    def meddle(url):
        state = parse_qs(urlsplit(url).query)["state"][0]
        pages.append(visit(url.replace(state, "somebody-elses-state")))
        return url

    assert person.sign_in(meddle).is_signed_in
    assert pages[0].status_code == 400
    assert "does not belong here" in pages[0].text


@pytest.mark.parametrize(
    "meddle",
    [
        lambda url: url.replace("iss=", "iss=https%3A%2F%2Felsewhere.example%2F"),
        lambda url: url.partition("&iss=")[0],
    ],
)
def test_answer_of_another_issuer_signs_nobody_in(person, meddle):
    with pytest.raises(SignInFailed, match="from another provider"):
        person.sign_in(meddle)
    assert nobody(person)


@pytest.mark.parametrize("claim", ["nonce", "iss", "aud"])
def test_token_that_says_something_else_signs_nobody_in(person, monkeypatch, claim):
    start = person.service.begin(declares_adult=True)
    flow, link = person.service._attempt
    link.endpoints()
    wrong = {"iss": {"issuer": f"{person.provider.issuer}/"}, "aud": {"client_id": "another"}}
    if claim == "nonce":
        flow._nonce = "another"
    else:
        link._provider = replace(link._provider, **wrong[claim])
    visit(person.provider.sign_in(start.url))
    with pytest.raises(SignInFailed, match=f"its {claim} is not"):
        person.service.finish(no_report)
    assert nobody(person)


def test_code_that_is_too_old_signs_nobody_in(person):
    def wait(url):
        person.provider.control("clock", ahead=30)
        return url

    with pytest.raises(SignInNeeded, match="too old, was used already"):
        person.sign_in(wait)
    assert nobody(person)


def test_code_that_was_used_signs_nobody_in(person):
    start = person.service.begin(declares_adult=True)
    flow, _ = person.service._attempt
    visit(person.provider.sign_in(start.url))
    assert flow.finish(no_report, person.clock).refresh_token
    with pytest.raises(SignInNeeded):
        person.service.finish(no_report)
    assert nobody(person)


def test_code_without_the_verifier_is_worth_nothing(person):
    start = person.service.begin(declares_adult=True)
    target = person.provider.sign_in(start.url)
    stolen = parse_qs(urlsplit(target).query)["code"][0]
    answer = httpx.post(
        f"{person.provider.issuer}/token",
        data={
            "grant_type": "authorization_code",
            "client_id": "desktop",
            "code": stolen,
            "code_verifier": "v" * 64,
            "redirect_uri": target.partition("?")[0],
        },
    )
    assert answer.json()["error"] == "invalid_grant"


@pytest.mark.parametrize("minutes", [-10, 10])
def test_clock_that_is_ten_minutes_off_signs_nobody_in_and_is_named(person, minutes):
    person.ahead = timedelta(minutes=minutes)
    with pytest.raises(SignInFailed, match="Set the clock right"):
        person.sign_in()
    assert nobody(person)


def test_browser_that_never_returns_gives_the_port_back(person, monkeypatch, threads_end):
    monkeypatch.setattr(CallbackListener.__init__, "__defaults__", (0.1,))
    start = person.service.begin(declares_adult=True)
    with pytest.raises(SignInFailed, match="did not come back in time"):
        person.service.finish(no_report)
    assert is_free(port_of(start.url))
    assert nobody(person)


def test_port_is_given_back_even_if_nobody_waits(monkeypatch):
    listener = CallbackListener(0, "state", 0.05)
    listener._thread.join(10)
    assert is_free(listener.port)


def test_second_answer_is_refused(person):
    start = person.service.begin(declares_adult=True)
    target = person.provider.sign_in(start.url)
    first, second = visit(target), visit(target.replace("code=", "code=x"))
    assert (first.status_code, second.status_code) == (200, 410)
    assert "answered already" in second.text
    assert person.service.finish(no_report).is_signed_in
    with pytest.raises(httpx.ConnectError):
        visit(target)


def test_declining_signs_nobody_in(person):
    start = person.service.begin(declares_adult=True)
    visit(person.provider.decline(start.url))
    with pytest.raises(SignInFailed, match="was declined"):
        person.service.finish(no_report)
    assert nobody(person)


def test_cancelling_gives_the_port_back(person):
    start = person.service.begin(declares_adult=True)

    def cancel(done, total=None):
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        person.service.finish(cancel)
    assert is_free(port_of(start.url))
    with pytest.raises(SignInFailed, match="Begin one"):
        person.service.finish(no_report)


def test_port_that_is_chosen_is_used_and_told_when_it_is_taken(person):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        person.choose(redirect_port=port)
        with pytest.raises(SignInFailed, match=f"Port {port} .* is taken") as told:
            person.service.begin(declares_adult=True)
    assert told.value.field == "redirect_port"
    assert port_of(person.service.begin(declares_adult=True).url) == port


@pytest.mark.parametrize(
    "target",
    ["/", "/callback", "/callback?state=x&state=y", "/callback?%ff=1", "/favicon.ico", "/" * 9000],
)
def test_other_requests_to_the_port_change_nothing(target):
    listener = CallbackListener(0, "state")
    try:
        answer = visit(f"http://127.0.0.1:{listener.port}{target}")
        by_name = httpx.get(f"http://localhost:{listener.port}/callback?state=state&code=c")
        assert (answer.status_code, by_name.status_code) == (400, 400)
        assert not listener._answered.is_set()
    finally:
        listener.close()


def test_age_is_declared_once(stranger):
    stranger.choose()
    with pytest.raises(InvalidInput, match="18 years") as told:
        stranger.service.begin(declares_adult=False)
    assert told.value.field == "adult"
    stranger.sign_in()
    stranger.service.sign_out()
    assert stranger.service.begin(declares_adult=False).url


def test_nothing_is_begun_before_a_provider_is_chosen(stranger):
    with pytest.raises(InvalidInput, match="No provider"):
        stranger.service.begin(declares_adult=True)


def test_issuer_must_be_what_the_provider_calls_itself(stranger):
    with pytest.raises(SignInFailed, match="names another issuer"):
        stranger.choose(issuer=f"{stranger.provider.issuer}/")


def test_provider_that_points_elsewhere_is_not_followed(person):
    with person.connect(person.service.status().provider, "") as link:
        found = {
            "authorization_endpoint": "https://elsewhere.example/auth",
            "token_endpoint": "https://elsewhere.example/token",
            "jwks_uri": "http://elsewhere.example/keys",
        }
        with pytest.raises(InvalidInput, match="you have not named") as told:
            link._checked(found)
    assert told.value.field == "further_hosts"
    assert "elsewhere.example:443" not in {one.host for one in person.log.hosts()}


def test_provider_is_in_the_list_of_hosts(person):
    person.sign_in()
    place = person.provider.issuer.removeprefix("http://")
    (host,) = (one for one in person.log.hosts() if one.host == place)
    assert host.purpose is Purpose.SIGN_IN


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"issuer": "http://elsewhere.example"}, "issuer"),
        ({"issuer": "elsewhere"}, "issuer"),
        ({"client_id": " "}, "client_id"),
        ({"redirect_port": 70_000}, "redirect_port"),
        ({"further_hosts": ("https://x.example/",)}, "further_hosts"),
        ({"further_hosts": ("",)}, "further_hosts"),
    ],
)
def test_provider_that_cannot_be_used_is_refused_at_its_field(changes, field):
    wanted = {"kind": ProviderKind.OTHER, "issuer": "https://i.example", "client_id": "c"}
    with pytest.raises(InvalidInput) as told:
        checked_provider(Provider(**wanted | changes))
    assert told.value.field == field


def test_google_needs_a_client_id_alone():
    provider = checked_provider(Provider(client_id="123.apps.example"))
    assert provider.issuer == "https://accounts.google.com"
    assert provider.further_hosts == GOOGLE_HOSTS
    assert flows.scope_of(ProviderKind.GOOGLE) == "openid email profile"


def test_provider_that_is_away_is_told_and_nothing_is_lost(person, monkeypatch):
    person.sign_in()
    before = person.service.status(), person.kept()
    away = replace(person.service.status().provider, issuer="http://127.0.0.1:1")
    connect = person.connect
    monkeypatch.setattr(person.service, "_connect", lambda _, secret: connect(away, secret))
    person.service._fresh = None
    with pytest.raises(SignInUnreachable, match="works as before"):
        person.service.id_token()
    assert (person.service.status(), person.kept()) == before


def test_new_key_of_the_provider_is_found(person):
    person.provider.control("keys")
    assert person.sign_in().is_signed_in


def test_no_code_token_or_address_is_in_any_log(person, caplog):
    caplog.set_level(logging.DEBUG)
    codes = []
    person.sign_in(lambda url: codes.append(parse_qs(urlsplit(url).query)["code"][0]) or url)
    person.service._fresh = None
    secret = [*codes, person.kept(), person.service.id_token(), "ann@reader.example"]
    person.service.sign_out()
    ours = [one for one in caplog.records if not one.threadName.startswith("browser")]
    told = "\n".join(f"{one.getMessage()} {one.args}" for one in ours)
    assert all(text not in told for text in secret)
    assert ours


def test_tokens_are_sealed_in_the_vault(person):
    person.sign_in()
    token = person.kept()
    with person.vault.reading() as db:
        dump = "\n".join(str(row) for row in db.execute("SELECT * FROM secrets"))
        dump += "\n".join(str(row) for row in db.execute("SELECT * FROM sign_in"))
    assert token not in dump


def test_looking_who_is_signed_in_asks_nobody(person, monkeypatch):
    person.sign_in()
    with monkeypatch.context() as unplugged:
        unplugged.setattr(socket, "create_connection", None)
        assert person.anew().status().is_signed_in
