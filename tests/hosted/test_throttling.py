"""Wrong tokens and hurried clients are told to wait; nobody else suffers for them."""

import pytest

from contract.terms import Role
from hosted.admin.access import BURST_US, REQUEST_US, WRONG_TOKENS_PER_WINDOW, Access, TokenBook
from hosted.admin.problems import Refusal
from hosted.clock import SECOND_US
from hosted.last_used import LastUsed
from hosted.people.book import MemberBook
from hosted.people.door import PeopleDoor
from hosted.refusals import ADDRESSES, Refusals
from hosted.secrets import Secrets
from hosted.storage.access_records import Token
from tests.hosted.service import serving
from tests.hosted.tokens import client

SECRETS = Secrets.of(b"k" * 32, "svc_1")
GOOD = "uf_owner_good"
BURST = BURST_US // REQUEST_US + 1


class Clock:
    def __init__(self):
        self.now_us = 1_000_000 * SECOND_US

    def __call__(self):
        return self.now_us

    def forward(self, seconds):
        self.now_us += round(seconds * SECOND_US)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def access(clock):
    tokens = [
        Token("tok_1", "Owner", Role.OWNER, SECRETS.hash_of(GOOD), 1),
        Token("tok_2", "Other", Role.VIEWER, SECRETS.hash_of("other"), 1),
    ]
    people = PeopleDoor(MemberBook((), (), SECRETS), None)
    return Access(TokenBook(tokens), people, SECRETS, LastUsed(), clock)


def refusal(access, token, address="192.0.2.1"):
    with pytest.raises(Refusal) as caught:
        access.caller(token, address)
    return caught.value


def test_too_many_wrong_tokens_have_to_wait_and_then_not_any_more(access, clock):
    for _ in range(WRONG_TOKENS_PER_WINDOW):
        assert refusal(access, "wrong").status == 401
    clock.forward(20)
    late = refusal(access, "wrong")
    assert (late.status, late.retry_after_s) == (429, 40)
    clock.forward(40)
    assert refusal(access, "wrong").status == 401


def test_wrong_tokens_of_one_address_hold_nobody_back(access):
    for _ in range(WRONG_TOKENS_PER_WINDOW + 1):
        refused = refusal(access, "wrong")
    assert refused.status == 429
    assert refusal(access, "wrong", "192.0.2.2").status == 401
    assert access.caller(GOOD, "192.0.2.1").role is Role.OWNER


def test_a_token_that_asks_too_often_waits_and_others_do_not(access, clock):
    for _ in range(BURST):
        access.caller(GOOD, "")
    late = refusal(access, GOOD)
    assert (late.status, late.retry_after_s) == (429, 1)
    assert access.caller("other", "").token_id == "tok_2"
    clock.forward(1)
    for _ in range(SECOND_US // REQUEST_US):
        access.caller(GOOD, "")
    assert refusal(access, GOOD).status == 429


def test_a_clock_that_was_set_back_locks_nobody_out(access, clock):
    for _ in range(WRONG_TOKENS_PER_WINDOW + 1):
        refused = refusal(access, "wrong")
    assert refused.status == 429
    clock.forward(-3600)
    assert refusal(access, "wrong").status == 401


def test_addresses_are_forgotten_before_they_fill_the_memory(clock):
    refusals = Refusals(clock, window_s=60, allowed=1)
    refusals.note("first")
    for number in range(ADDRESSES):
        refusals.note(str(number))
    assert refusals.note("first") == 0
    assert refusals.note("first") == 60


def test_who_forgets_the_token_is_not_guessing(access):
    for _ in range(WRONG_TOKENS_PER_WINDOW + 1):
        assert refusal(access, "").status == 401


def test_tokens_with_other_letters_or_none_are_refused(access):
    for token in ("", "ä", "\udce4", GOOD + " ", GOOD.upper()):
        assert refusal(access, token).status == 401


def test_the_wait_is_told_in_a_header(tmp_path):
    with serving(tmp_path / "d", "--bootstrap") as running:
        with client(running, "wrong") as stranger:
            for _ in range(WRONG_TOKENS_PER_WINDOW):
                assert stranger.get("/v1/changes").status_code == 401
            late = stranger.get("/v1/changes")
        assert (late.status_code, late.json()["code"]) == (429, "too_many")
        assert 1 <= int(late.headers["retry-after"]) <= 60
        assert running.http.get("/v1/changes").status_code == 200
