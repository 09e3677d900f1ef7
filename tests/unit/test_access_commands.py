"""Tokens and the audit log on the command line."""

import json

import pytest

from contract.messages.access import (
    AuditEntry,
    AuditPage,
    AuditVerification,
    TokenInfo,
    TokenIssued,
    TokenRequest,
    TokensPage,
)
from contract.messages.service import SealingKey
from contract.terms import Role
from tests.fakes import APPLICATION, PASSPHRASE
from tests.unit.test_cli import made, run  # noqa: F401 (fixtures)

MADE_AT = "2026-06-01T00:00:00Z"
SECRET = "uf_viewer_shown_once"


def info(token_id, name, role=Role.VIEWER, **fields):
    return TokenInfo(token_id=token_id, name=name, role=role, created_at=MADE_AT, **fields)


def entry(sequence, before, after):
    return AuditEntry(
        sequence=sequence, at=MADE_AT, actor="tok_1", action="change", entity="policy",
        entity_id="pol_1", before=before, after=after, chain="c" * 64,
    )  # fmt: skip


@pytest.fixture
def service(hosted):
    """A service with three tokens and three entries of the log, two a page."""
    tokens = (
        info("tok_1", "This desktop", Role.OWNER, is_current=True),
        info("tok_2", "Twin"),
        info("tok_3", "Twin", revoked_at=MADE_AT, application_ids=(APPLICATION,)),
    )
    log = (
        entry(3, {"note": "a"}, {"note": "b"}),
        entry(2, None, {"note": "a"}),
        entry(1, None, {}),
    )
    issued = TokenIssued(token_id="tok_4", token=SECRET, role=Role.VIEWER, created_at=MADE_AT)

    def page(request):
        if "cursor" in request.url.params:
            return AuditPage(rows=log[2:])
        return AuditPage(rows=log[:2], next_cursor="ufc" + "a" * 30)

    hosted.live |= {
        ("GET", "/v1/tokens"): TokensPage(rows=tokens),
        ("POST", "/v1/tokens"): issued,
        ("POST", "/v1/tokens/tok_2/rotate"): issued,
        ("GET", "/v1/audit"): page,
        ("GET", "/v1/audit/verification"): AuditVerification(intact=True, entries=3, head="c" * 64),
    }
    return hosted


def test_tokens_are_listed_without_themselves(made, service):  # noqa: F811
    status, out, _ = made("tokens", "list", "--json")
    assert status == 0
    told = json.loads(out)["tokens"]
    assert [(one["id"], one["state"]) for one in told] == [
        ("tok_1", "active"), ("tok_2", "active"), ("tok_3", "revoked"),
    ]  # fmt: skip
    assert told[0]["is_current"]
    _, out, _ = made("tokens", "list")
    assert out.splitlines()[0].split() == ["tok_1", "owner", "active", "This", "desktop"]


def test_a_new_token_is_printed_and_asked_for_as_told(made, service):  # noqa: F811
    options = ("--role", "editor", "--days", "30", "--application", APPLICATION)
    status, out, _ = made("tokens", "create", "Deploy", *options)
    assert (status, out) == (0, f"{SECRET}\n")
    asked = TokenRequest.model_validate_json(service.requests[-1].content)
    assert (asked.name, asked.role) == ("Deploy", Role.EDITOR)
    assert asked.application_ids == (APPLICATION,)
    assert asked.expires_at is not None
    _, out, _ = made("tokens", "create", "Deploy", "--json")
    assert json.loads(out)["token"] == SECRET
    assert TokenRequest.model_validate_json(service.requests[-1].content).expires_at is None


def test_a_token_is_rotated_by_id_and_named_when_that_is_enough(made, service):  # noqa: F811
    assert made("tokens", "rotate", "tok_2")[:2] == (0, f"{SECRET}\n")
    status, _, err = made("tokens", "rotate", "Twin")
    assert status == 1
    assert "several tokens have this name" in err
    status, _, err = made("tokens", "revoke", "This desktop")
    assert status == 1
    assert "itself is connected" in err
    assert made("tokens", "restore", "nobody")[0] == 1


def test_the_log_is_printed_over_its_pages_and_checked(made, service):  # noqa: F811
    made("tokens", "list")
    status, out, _ = made("audit", "--verify")
    assert status == 0
    lines = out.splitlines()
    assert lines[0] == "2026-06-01T00:00:00Z  This desktop  change  policy  pol_1  note: a -> b"
    assert lines[-1] == "The log is whole: 3 entries fit their chain."
    assert len(lines) == 4
    _, out, _ = made("audit", "--limit", "1", "--json")
    (only,) = json.loads(out)["entries"]
    assert only["changes"] == [{"field": "note", "before": "a", "after": "b"}]


def test_a_log_that_was_cut_is_told_by_status(made, service):  # noqa: F811
    assert made("audit", "--verify")[0] == 0
    service.live["GET", "/v1/audit/verification"] = AuditVerification(
        intact=True, entries=3, head="d" * 64, asked="d" * 64
    )
    status, out, _ = made("audit", "--verify", "--json")
    assert status == 1
    assert json.loads(out)["chain"]["state"] == "cut"


@pytest.mark.usefixtures("quick_files")
def test_the_key_of_identities_is_written_and_taken_in(made, hosted, tmp_path):  # noqa: F811
    path = "/v1/account/sealing-key"
    hosted.live["PUT", path] = lambda request: SealingKey.model_validate_json(request.content)
    made("sync")
    file = tmp_path / "identities.age"
    stdin = f"{PASSPHRASE}\norange battery staple window\n"
    status, out, _ = made("identities", "export-key", str(file), "--json", stdin=stdin)
    assert (status, json.loads(out)["keys"]) == (0, 1)
    status, out, _ = made("identities", "import-key", str(file), "--json", stdin=stdin)
    assert (status, json.loads(out)) == (0, {"added": 0})
    status, _, err = made("identities", "show", "u_1a_0123456789abcdef01234567")
    assert status == 1
    assert "not kept" in err
