"""The audit log: every change, in the transaction of the change, and nothing it should not hold."""

import uuid
from dataclasses import dataclass

import pytest

from contract.audit_chain import START, first_broken
from contract.messages.access import AuditPage
from hosted.admin.audit import NOT_KEPT, shown
from hosted.admin.audit_routes import verify
from hosted.clock import system_clock
from hosted.storage.access_records import AuditRecord
from hosted.storage.embedded import EmbeddedStorage
from tests.hosted.service import serving
from tests.hosted.tokens import client_of_role, new_token
from tests.prices import rule_body


def log(http, **query):
    page = http.get("/v1/audit", params={"limit": 500, **query})
    assert page.status_code == 200, page.text
    return AuditPage.model_validate_json(page.text)


def rule(api, price):
    return rule_body(api.application_id, price)


def amount(body):
    return body["price"]["unit_amount"]


def test_an_edit_is_logged_with_before_and_after(api):
    rule_id = f"rule_{uuid.uuid4().hex}"
    first = api.put("pricing-rules", rule_id, rule(api, "0.01"))
    api.put("pricing-rules", rule_id, rule(api, "0.02"), first["revision"])
    newest, oldest = log(api.http, entity_id=rule_id).rows
    assert (oldest.action, oldest.before, amount(oldest.after)) == ("create", None, "0.01")
    assert (newest.action, amount(newest.before), amount(newest.after)) == (
        "change", "0.01", "0.02",
    )  # fmt: skip
    own = api.http.get("/v1/token").json()["token_id"]
    assert (newest.actor, newest.entity) == (own, "pricing_rule")


def test_who_noted_an_entry_can_ask_whether_it_is_still_there(api):
    before = api.http.get("/v1/audit/verification").json()
    api.put("pricing-rules", f"rule_{uuid.uuid4().hex}", rule(api, "0.01"))
    path, noted = "/v1/audit/verification", before["entries"]
    again = api.http.get(path, params={"sequence": noted}).json()
    assert (again["asked"], again["entries"]) == (before["head"], noted + 1)
    assert api.http.get(path, params={"sequence": 10**9}).json()["asked"] is None
    assert api.http.get(path).json()["asked"] is None


def test_the_log_is_searched_page_by_page(api):
    marker = uuid.uuid4().hex
    for number in range(3):
        api.put("blocks", f"block_{marker}{number}", {
            "application_id": api.application_id, "method": "GET", "url": f"/{marker}",
            "reason": "Spam",
        })  # fmt: skip
    first = log(api.http, text=marker.upper(), action="create", limit=2)
    rest = log(api.http, text=marker.upper(), action="create", cursor=first.next_cursor)
    assert [row.entity_id[-1] for row in (*first.rows, *rest.rows)] == ["2", "1", "0"]
    assert rest.next_cursor is None
    assert log(api.http, text=marker, until=first.rows[0].at).rows[0] == first.rows[1]
    other = api.http.get("/v1/audit", params={"text": "x", "cursor": first.next_cursor})
    assert other.status_code == 410


def test_what_was_not_done_is_not_logged(api):
    rule_id = f"rule_{uuid.uuid4().hex}"
    made = api.put("pricing-rules", rule_id, rule(api, "0.01"))
    stale = {"idempotency_key": "k1" + rule_id, "base_revision": 0, "body": rule(api, "9")}
    assert api.http.put(f"/v1/pricing-rules/{rule_id}", json=stale).status_code == 409
    again = {**stale, "idempotency_key": "k2" + rule_id, "base_revision": made["revision"]}
    for _ in range(2):
        assert api.http.put(f"/v1/pricing-rules/{rule_id}", json=again).status_code == 200
    assert [entry.action for entry in log(api.http, entity_id=rule_id).rows] == ["change", "create"]


def test_rows_that_go_with_an_application_are_logged_too(api):
    rule_id = f"rule_{uuid.uuid4().hex}"
    api.put("pricing-rules", rule_id, rule(api, "0.01"))
    path = f"/v1/applications/{api.application_id}"
    revision = api.http.get(path).json()["revision"]
    query = {"idempotency_key": uuid.uuid4().hex, "base_revision": revision}
    assert api.http.delete(path, params=query).status_code == 204
    assert log(api.http, entity_id=rule_id).rows[0].action == "delete"
    assert log(api.http, entity_id=api.application_id).rows[0].after is None


def test_keys_and_tokens_are_logged_without_themselves(api, running):
    path = f"/v1/applications/{api.application_id}/keys"
    key = api.http.post(path, json={"name": "Production"}).json()
    rotated = api.http.post(f"{path}/{key['key_id']}/rotate", json={"overlap_s": 5}).json()
    api.http.delete(f"{path}/{rotated['key_id']}")
    token = new_token(running, "viewer")
    api.http.delete(f"/v1/tokens/{token['token_id']}")
    assert [e.action for e in log(api.http, entity_id=key["key_id"]).rows] == ["rotate", "issue"]
    assert [e.action for e in log(api.http, entity_id=rotated["key_id"]).rows] == [
        "revoke", "issue",
    ]  # fmt: skip
    (revoked, issued) = log(api.http, entity_id=token["token_id"]).rows
    assert (revoked.action, issued.after["role"]) == ("revoke", "viewer")
    text = api.http.get("/v1/audit", params={"limit": 500}).text
    for secret in (key["sdk_key"], rotated["sdk_key"], token["token"], running.ready["sdk_key"]):
        assert secret not in text


def test_the_log_says_nothing_more_of_a_person(api):
    api.put("customers", "cus_of_audit", {"application_id": api.application_id, "name": "Ann B."})
    block = {
        "application_id": api.application_id, "method": "GET", "url": "/x",
        "customer_id": "cus_of_audit", "reason": "Ann B. did not pay",
    }  # fmt: skip
    api.put("blocks", f"blk_{uuid.uuid4().hex}", block)
    text = api.http.get("/v1/audit", params={"limit": 500}).text
    assert "Ann B." not in text
    assert log(api.http, entity_id="cus_of_audit").rows[0].after["name"] == NOT_KEPT


@pytest.mark.parametrize(
    ("entity", "body", "kept"),
    [
        ("customer", {"name": ""}, {"name": ""}),
        ("block", {"reason": "overload", "customer_id": None}, None),
        ("catalog", {"operations": [1], "title": "x"}, {"operations": NOT_KEPT, "title": "x"}),
        ("limit_override", {"customer_id": "c", "reason": "r"}, {
            "customer_id": "c", "reason": NOT_KEPT,
        }),
        ("policy", None, None),
    ],
)  # fmt: skip
def test_what_the_log_shows_of_a_body(entity, body, kept):
    assert shown(entity, body) == (body if kept is None else kept)


def test_the_log_is_read_by_page_and_filter(api, running):
    for number in range(3):
        api.put("pricing-rules", f"rule_{uuid.uuid4().hex}", rule(api, f"{number}"))
    first = log(api.http, limit=2, entity="pricing_rule")
    rest = log(api.http, entity="pricing_rule", cursor=first.next_cursor)
    numbers = [entry.sequence for entry in (*first.rows, *rest.rows)]
    assert numbers == sorted(set(numbers), reverse=True)
    assert {entry.entity for entry in rest.rows} == {"pricing_rule"}
    other = api.http.get("/v1/audit", params={"cursor": first.next_cursor})
    assert other.status_code == 410
    with client_of_role(running, "editor") as editor:
        own = editor.get("/v1/token").json()["token_id"]
        assert log(editor, actor=own).rows == ()


def test_whoever_has_the_pages_can_check_them(api):
    entries = list(reversed(log(api.http).rows))
    before = START if entries[0].sequence == 1 else entries[0].chain
    assert first_broken(before, entries if before == START else entries[1:]) is None


def test_the_service_checks_its_log(tmp_path):
    with serving(tmp_path / "d", "--bootstrap") as running:
        checked = running.http.get("/v1/audit/verification").json()
        newest = log(running.http).rows[0]
    assert checked == {
        "intact": True, "entries": 3, "first_broken": None, "head": newest.chain,
        "asked": None,
    }  # fmt: skip


ODD = {"n": "ä\u2028", "deep": [1, None, True]}


@pytest.fixture
def storage(tmp_path):
    """A store with a log of five entries, whose guard against changes was taken away."""
    opened = EmbeddedStorage(tmp_path, "5a" * 32, system_clock)
    for number in range(5):
        with opened.transaction() as transaction:
            transaction.append_audit(
                AuditRecord(
                    number, "tok_1", "change", "policy", f"p{number}", None, {"n": "ä\u2028"}
                )
            )
    opened._writer.execute("DROP TRIGGER audit_is_not_changed")
    opened._writer.execute("DROP TRIGGER audit_is_not_deleted")
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("forgery", "first_broken"),
    [
        ("UPDATE audit SET actor = 'tok_2' WHERE sequence = 3", 3),
        ("UPDATE audit SET after = '{}' WHERE sequence = 1", 1),
        ("DELETE FROM audit WHERE sequence = 2", 3),
        ("DELETE FROM audit WHERE sequence = 1", 2),
        ("UPDATE audit SET chain = hex(zeroblob(32)) WHERE sequence = 5", 5),
    ],
)
def test_a_forged_log_is_found_out(storage, forgery, first_broken):
    storage._writer.execute(forgery)
    found = verify(storage)
    assert (found.intact, found.first_broken) == (False, first_broken)


def test_a_log_without_its_end_has_another_head(storage):
    before = verify(storage)
    storage._writer.execute("DELETE FROM audit WHERE sequence = 5")
    after = verify(storage)
    assert after.intact
    assert (after.entries, before.entries) == (4, 5)
    assert after.head != before.head


class Fault(Exception):
    """Something goes wrong after the entry was written."""


@dataclass(frozen=True)
class Failing:
    """A command that writes its entry and then fails."""

    def apply(self, transaction):
        transaction.append_audit(AuditRecord(9, "tok_1", "change", "policy", "p9"))
        raise Fault


def run(storage, command):
    with storage.transaction() as transaction:
        command.apply(transaction)


def test_a_change_that_is_rolled_back_leaves_no_entry(storage):
    with pytest.raises(Fault):
        run(storage, Failing())
    assert verify(storage).entries == 5
