"""Tokens and the audit log of a real service, as the desktop and its commands use them."""

import json

import httpx
import pytest

from contract.messages.access import AuditVerification
from contract.terms import Role
from desktop.domain.access import AuditQuery, ChainState, TokenDraft, TokenState
from desktop.domain.errors import InvalidInput, ServiceRefused
from desktop.domain.ids import ApplicationId, TokenId
from desktop.services.activity import _state
from desktop.services.client import ServiceClient
from desktop.services.storage import kept
from desktop.services.storage.kept import KeptAnswer
from tests.contract.test_real_service import Home
from tests.fakes import no_report


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = Home(tmp_path_factory.mktemp("access"))
    home.sync()
    yield home
    home.close()


@pytest.fixture
def access(home):
    return home.services.access


@pytest.fixture
def activity(home):
    return home.services.activity


def token_of(access, token_id):
    (found,) = (one for one in access.tokens().tokens if one.token_id == token_id)
    return found


def is_let_in(home, secret):
    client = ServiceClient(home.url, secret, httpx.HTTPTransport())
    try:
        client.changes(None)
    except ServiceRefused:
        return False
    finally:
        client.close()
    return True


def test_a_token_is_made_for_one_application_and_shown_once(home, access):
    draft = TokenDraft(" Shop team ", Role.EDITOR, "30", (home.application_id,))
    issued = access.create(draft)
    assert issued.secret.startswith("uf_editor_")
    assert is_let_in(home, issued.secret)
    assert issued.secret not in repr(issued)
    stored = token_of(access, issued.token.token_id)
    assert (stored.name, stored.role, stored.applications) == (
        "Shop team", Role.EDITOR, ("My API",),
    )  # fmt: skip
    assert (stored.expires_at - stored.created_at).days in {29, 30}
    assert stored.last_used_at is not None


def test_a_revocation_ends_a_token_until_it_is_taken_back(home, access):
    issued = access.create(TokenDraft("Ended"))
    access.revoke(issued.token.token_id)
    assert not is_let_in(home, issued.secret)
    ended = token_of(access, issued.token.token_id)
    assert ended.state(home.services.access._clock()) is TokenState.REVOKED
    assert access.tokens().tokens[-1].revoked_at is not None
    access.restore(issued.token.token_id)
    assert is_let_in(home, issued.secret)


def test_the_workspaces_own_token_is_rotated_and_not_revoked(home, access):
    (own,) = (one for one in access.tokens().tokens if one.is_current)
    with pytest.raises(InvalidInput, match="itself is connected"):
        access.revoke(own.token_id)
    issued = access.rotate(own.token_id)
    assert token_of(access, issued.token.token_id).is_current
    assert token_of(access, own.token_id).expires_at is not None
    with home.services.vault.reading() as db:
        assert home.services.connection._secrets.owner_token(db) == issued.secret
    assert home.services.sync.run(no_report).problem == ""


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (TokenDraft(" "), "name"),
        (TokenDraft("x" * 201), "name"),
        (TokenDraft("x", days="0"), "days"),
        (TokenDraft("x", days="soon"), "days"),
        (TokenDraft("x", Role.OWNER, "", (ApplicationId("app_1"),)), "application_ids"),
    ],
)
def test_a_draft_that_cannot_be_names_its_field(access, draft, field):
    with pytest.raises(InvalidInput, match="Nothing was made") as caught:
        access.create(draft)
    assert caught.value.field == field


def test_a_token_that_is_gone_is_said_to_be(access):
    for act in (access.rotate, access.revoke):
        with pytest.raises(InvalidInput, match="no such token"):
            act(TokenId("tok_nobody"))


def test_changes_are_listed_with_who_made_them_and_searched(home, access, activity):
    issued = access.create(TokenDraft("Marker of a search", Role.VIEWER))
    (own,) = (one for one in access.tokens().tokens if one.is_current)
    first = activity.page(AuditQuery(), None).lines[0]
    assert (first.action, first.entity, first.entity_id) == (
        "issue", "token", issued.token.token_id,
    )  # fmt: skip
    assert first.actor == own.name
    changes = {one.field: (one.before, one.after) for one in first.changes}
    assert changes["role"] == ("", "viewer")
    found = activity.page(AuditQuery(text="MARKER of"), None)
    assert [line.sequence for line in found.lines] == [first.sequence]
    assert activity.page(AuditQuery(action="delete", entity="token"), None).lines == ()


def test_the_chain_is_checked_against_what_was_noted(home, activity):
    first = activity.verify()
    assert first.state is ChainState.INTACT
    assert first.entries > 0
    home.services.access.create(TokenDraft("One entry more"))
    again = activity.verify()
    assert (again.state, again.entries) == (ChainState.INTACT, first.entries + 1)
    note = json.dumps({"entries": again.entries, "head": "0" * 64})
    with home.services.vault.transaction() as db:
        before = kept.answer(db, kept.AUDIT_HEAD)
        kept.keep_answer(db, kept.AUDIT_HEAD, KeptAnswer(note, before.asked_at))
    assert activity.verify().state is ChainState.CUT
    with home.services.vault.transaction() as db:
        kept.keep_answer(db, kept.AUDIT_HEAD, before)
    assert activity.verify().state is ChainState.INTACT


@pytest.mark.parametrize(
    ("intact", "asked", "noted", "state"),
    [
        (True, None, None, ChainState.INTACT),
        (True, "aa", {"entries": 4, "head": "aa"}, ChainState.INTACT),
        (True, "bb", {"entries": 4, "head": "aa"}, ChainState.CUT),
        (True, None, {"entries": 4, "head": "aa"}, ChainState.CUT),
        (True, None, {"entries": 0, "head": "aa"}, ChainState.INTACT),
        (False, "aa", {"entries": 4, "head": "aa"}, ChainState.BROKEN),
    ],
)
def test_what_the_log_says_is_held_against_what_was_noted(intact, asked, noted, state):
    found = AuditVerification(intact=intact, entries=5, head="cc", asked=asked)
    assert _state(found, noted) is state


def test_without_the_service_the_last_answers_are_shown(home, access, activity):
    known = access.tokens().tokens
    lines = activity.page(AuditQuery(), None).lines
    checked = activity.verify()
    home.services.connection.stop_embedded()
    try:
        offline = access.tokens()
        assert offline.tokens == known
        assert not offline.stamp.online
        page = activity.page(AuditQuery(entity="token"), None)
        assert page.lines == tuple(line for line in lines if line.entity == "token")
        assert not page.stamp.online
        kept_report = activity.verify()
        assert (kept_report.state, kept_report.checked_at) == (
            ChainState.INTACT, checked.checked_at,
        )  # fmt: skip
        assert not kept_report.stamp.online
    finally:
        home.services.connection.start_embedded()
