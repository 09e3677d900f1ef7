"""Signing in at a terminal: a code that is typed in a browser somewhere else."""

import pytest

from desktop.domain.errors import Cancelled, InvalidInput, SignInFailed
from desktop.domain.sign_in import Provider
from desktop.services.sign_in.flows import LONGEST_POLL_S, DeviceFlow


class Typist:
    """Rests as told, and types the code when it is asked for the second time."""

    def __init__(self, person, code, then=None):
        self.person, self.code = person, code
        self.then = then or (lambda: person.provider.type_code(code.complete_url))
        self.rested_s = []

    def __call__(self, seconds):
        self.rested_s.append(seconds)
        if len(self.rested_s) == 2:
            self.then()


def test_code_that_is_typed_signs_somebody_in(person):
    code = person.service.begin_on_device(declares_adult=True)
    assert code.verification_url == f"{person.provider.issuer}/device"
    assert code.user_code in code.complete_url
    assert code.expires_in_s == 60
    typist = Typist(person, code)
    signed_in = person.service.finish_on_device(typist)
    assert signed_in.email == "ann@reader.example"
    assert typist.rested_s == [5, 5]
    assert person.anew().id_token()


def test_code_nobody_typed_ends_in_words(person):
    code = person.service.begin_on_device(declares_adult=True)
    late = Typist(person, code, lambda: person.provider.control("clock", ahead=120))
    with pytest.raises(SignInFailed, match="not typed in time"):
        person.service.finish_on_device(late)
    assert not person.service.status().is_signed_in


def test_waiting_can_be_stopped(person):
    code = person.service.begin_on_device(declares_adult=True)

    def stop():
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        person.service.finish_on_device(Typist(person, code, stop))
    with pytest.raises(SignInFailed, match="Begin one"):
        person.service.finish_on_device(lambda _: None)


def test_provider_that_asks_to_be_left_alone_is_asked_less_often():
    flow = DeviceFlow(None, Provider())
    answers = [{"error": "slow_down"}] * 20 + [{"error": "access_denied"}]
    rested = []
    flow._poll = lambda: answers.pop(0)
    flow._link = _Quiet()
    with pytest.raises(SignInFailed, match="declined"):
        flow.finish(rested.append, None)
    assert rested == sorted(rested)
    assert rested[1] - rested[0] == 5
    assert rested[-1] == LONGEST_POLL_S


def test_provider_without_such_a_way_says_so(person, monkeypatch):
    with person.connect(person.service.status().provider, "") as link:
        link._endpoints = link.endpoints().__class__("a", "b", "c", "", "", False)  # noqa: FBT003
        with pytest.raises(InvalidInput, match="browser of this computer"):
            DeviceFlow(link, person.service.status().provider).begin()


class _Quiet:
    """A way to a provider that never fails."""

    def told(self):
        from contextlib import nullcontext

        return nullcontext()
