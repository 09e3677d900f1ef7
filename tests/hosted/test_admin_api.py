"""The admin API: edits, feeds, keys, problems."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from contract.identifiers import policy_id
from contract.messages.configuration import ChangesPage, PushAnswer
from contract.messages.service import ServiceDescription
from contract.problems import Problem, ProblemCode
from contract.version import CONTRACT_VERSION, PRODUCT
from tests.hosted.service import new_api, rollup_page
from tests.prices import rule_body


def edit(entity, entity_id, body, base_revision=0, key=None):
    """An edit as the desktop sends it."""
    return {
        "idempotency_key": key or uuid.uuid4().hex,
        "entity_id": entity_id,
        "base_revision": base_revision,
        "edit": {"entity": entity, "body": body},
    }


def push(http, *edits):
    """Send edits; their results."""
    answer = http.post("/v1/changes", json={"edits": edits})
    assert answer.status_code == 200, answer.text
    return PushAnswer.model_validate_json(answer.text).results


def rule(api, price="0.01", **fields):
    """A pricing rule of an application."""
    return {**rule_body(api.application_id, price), **fields}


def problem_of(answer):
    """The problem in an answer, checked for its media type and status."""
    assert answer.headers["content-type"] == "application/problem+json"
    problem = Problem.model_validate_json(answer.text)
    assert problem.status == answer.status_code
    return problem


def test_service_describes_itself_without_a_token(running):
    answer = httpx.get(running.ready["url"] + "/v1/service", trust_env=False)
    described = ServiceDescription.model_validate_json(answer.text)
    assert described.product == PRODUCT
    assert described.service_id == running.ready["service_id"]
    assert answer.headers["usageflow-contract-version"] == str(CONTRACT_VERSION)


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_needs_no_token(running, path):
    assert httpx.get(running.ready["url"] + path, trust_env=False).status_code == 200


@pytest.mark.parametrize("token", [None, "Bearer", "Bearer wrong", "Basic dTpw"])
def test_everything_else_needs_the_owner_token(running, token):
    headers = {} if token is None else {"Authorization": token}
    for path in ("/v1/changes", "/v1/usage/rollups", "/v1/applications", "/v1/customers/x"):
        answer = httpx.get(running.ready["url"] + path, headers=headers, trust_env=False)
        assert problem_of(answer).code is ProblemCode.UNAUTHORIZED
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nothing", 404),
        ("PATCH", "/v1/changes", 405),
        ("GET", "/v1/usage/rollups?order=sideways", 422),
        ("GET", "/v1/applications/app_unknown", 404),
        ("GET", "/v1/changes?cursor=ufc" + "A" * 60, 410),
    ],
)
def test_every_refusal_is_a_problem(running, method, path, status):
    answer = running.http.request(method, path)
    assert answer.status_code == status
    problem_of(answer)


def test_body_that_is_too_large_or_no_json_is_refused(running):
    large = running.http.post("/v1/changes", content=b"x" * (4 * 2**20 + 1))
    assert problem_of(large).code is ProblemCode.TOO_LARGE
    text = running.http.post("/v1/changes", content=b"{}", headers={"content-type": "text/plain"})
    assert text.status_code == 415
    broken = running.http.post("/v1/changes", json={"edits": [{"idempotency_key": "a b"}]})
    assert problem_of(broken).field == "edits.0.idempotency_key"


def test_repeated_edit_gets_the_same_answer_and_counts_once(api):
    first = edit("pricing_rule", f"r{uuid.uuid4().hex}", rule(api))
    (accepted,) = push(api.http, first)
    assert accepted.outcome == "accepted"
    assert push(api.http, first, first) == (accepted, accepted)
    assert api.http.get(f"/v1/pricing-rules/{first['entity_id']}").json()["revision"] == (
        accepted.revision
    )


def test_same_edit_sent_from_many_threads_is_applied_once(api):
    body = {"edits": [edit("pricing_rule", f"r{uuid.uuid4().hex}", rule(api))]}
    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(lambda _: api.http.post("/v1/changes", json=body).text, range(16)))
    assert len(answers) == 1


def test_key_of_another_edit_is_refused(api):
    first = edit("pricing_rule", f"r{uuid.uuid4().hex}", rule(api))
    push(api.http, first)
    second = edit("pricing_rule", first["entity_id"], rule(api, "9"), key=first["idempotency_key"])
    (refused,) = push(api.http, second)
    assert (refused.outcome, refused.field) == ("rejected", "idempotency_key")


def test_edit_of_an_old_revision_is_a_conflict_with_the_current_row(api):
    entity_id = f"r{uuid.uuid4().hex}"
    (created,) = push(api.http, edit("pricing_rule", entity_id, rule(api)))
    (changed,) = push(
        api.http, edit("pricing_rule", entity_id, rule(api, "0.02"), created.revision)
    )
    (late,) = push(api.http, edit("pricing_rule", entity_id, rule(api, "5"), created.revision))
    assert late.outcome == "conflict"
    assert late.current.revision == changed.revision
    assert late.current.body["price"]["unit_amount"] == "0.02"
    answer = api.http.put(
        f"/v1/pricing-rules/{entity_id}",
        json={"idempotency_key": "k" + entity_id, "base_revision": 1, "body": rule(api, "5")},
    )
    assert answer.status_code == 409
    assert problem_of(answer).current["revision"] == changed.revision


def test_one_bad_edit_does_not_stop_the_others(api):
    results = push(
        api.http,
        edit("pricing_rule", "r1" + uuid.uuid4().hex, rule(api)),
        edit("pricing_rule", "r2" + uuid.uuid4().hex, rule(api, application_id="app_nobody")),
        edit("customer", "c3" + uuid.uuid4().hex, {"application_id": api.application_id}),
    )
    assert [result.outcome for result in results] == ["accepted", "rejected", "accepted"]
    assert results[1].field == "application_id"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"limits": [{"allowed": 5, "interval": "day", "burst": 9}]}, "limits.0.burst"),
        ({"function_name": "ask"}, "function_name"),
        ({"kind": "function"}, "function_name"),
        ({"identity_location": "headers"}, "identity_name"),
        ({"url": "/other"}, "url"),
    ],
)
def test_policy_that_makes_no_sense_is_rejected_with_its_field(api, fields, field):
    body = {"application_id": api.application_id, "method": "GET", "url": "/x", **fields}
    entity_id = policy_id(api.application_id, "GET", "/x")
    (result,) = push(api.http, edit("policy", entity_id, body))
    assert (result.outcome, result.field) == ("rejected", field)
    assert result.reason.endswith(".")


def test_unknown_time_zone_is_rejected(running):
    body = {"name": "A", "time_zone": "Mars/Olympus"}
    (result,) = push(running.http, edit("application", f"app_{uuid.uuid4().hex}", body))
    assert (result.outcome, result.field) == ("rejected", "time_zone")


def test_deleted_row_leaves_a_tombstone_and_may_come_back(api):
    entity_id = f"r{uuid.uuid4().hex}"
    (created,) = push(api.http, edit("pricing_rule", entity_id, rule(api)))
    (deleted,) = push(api.http, edit("pricing_rule", entity_id, None, created.revision))
    assert deleted.outcome == "accepted"
    assert api.http.get(f"/v1/pricing-rules/{entity_id}").status_code == 404
    (again,) = push(api.http, edit("pricing_rule", entity_id, rule(api, "3")))
    assert again.outcome == "accepted"
    rows = [row for row in changes(api.http) if row.entity_id == entity_id]
    assert [row.revision for row in rows] == [again.revision]


def test_deleted_application_takes_its_rules_and_its_keys_along(running):
    api = new_api(running)
    entity_id = f"r{uuid.uuid4().hex}"
    push(api.http, edit("pricing_rule", entity_id, rule(api)))
    revision = api.http.get(f"/v1/applications/{api.application_id}").json()["revision"]
    gone = api.http.delete(
        f"/v1/applications/{api.application_id}",
        params={"idempotency_key": uuid.uuid4().hex, "base_revision": revision},
    )
    assert gone.status_code == 204
    (tombstone,) = [row for row in changes(api.http) if row.entity_id == entity_id]
    assert tombstone.deleted
    refused = api.http.post(f"/v1/applications/{api.application_id}/keys", json={"name": "n"})
    assert refused.status_code == 404


def changes(http, limit=7):
    """The whole feed, in small pages."""
    rows, cursor, has_more = [], None, True
    while has_more:
        query = {"limit": limit} if cursor is None else {"limit": limit, "cursor": cursor}
        page = ChangesPage.model_validate_json(http.get("/v1/changes", params=query).text)
        rows += page.rows
        cursor, has_more = page.next_cursor, page.has_more
    return rows


def test_changes_come_in_commit_order_and_go_on_from_their_cursor(api):
    revisions = [row.revision for row in changes(api.http)]
    assert revisions == sorted(set(revisions))
    page = api.http.get("/v1/changes", params={"limit": 1000}).json()
    push(api.http, edit("pricing_rule", "r" + uuid.uuid4().hex, rule(api)))
    after = api.http.get("/v1/changes", params={"cursor": page["next_cursor"]}).json()
    assert [row["entity"] for row in after["rows"]] == ["rule_version", "pricing_rule"]


def test_cursor_of_one_feed_is_unknown_to_another(api):
    cursor = api.http.get("/v1/changes").json()["next_cursor"]
    answer = api.http.get("/v1/usage/rollups", params={"cursor": cursor, "order": "tail"})
    assert problem_of(answer).code is ProblemCode.CURSOR_UNKNOWN


def test_tail_without_cursor_is_an_empty_page_that_starts_now(running):
    rows, end = rollup_page(running.http, order="tail")
    assert (rows, end.has_more) == ([], False)
    rows, _ = rollup_page(running.http, order="tail", cursor=end.next_cursor)
    assert rows == []


def test_lists_are_paged_and_filtered_by_application(api):
    ids = sorted(f"r{uuid.uuid4().hex}" for _ in range(5))
    push(api.http, *(edit("pricing_rule", entity_id, rule(api)) for entity_id in ids))
    found, cursor = [], None
    while True:
        query = {"application_id": api.application_id, "limit": 2}
        page = api.http.get(
            "/v1/pricing-rules", params=query if cursor is None else {**query, "cursor": cursor}
        ).json()
        found += [row["entity_id"] for row in page["rows"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == ids


def test_identity_is_looked_up_without_being_stored(api, running):
    address = f"/v1/applications/{api.application_id}/customers/lookup"
    first = api.http.post(address, json={"identity": "ann@example.com"}).json()
    assert first == api.http.post(address, json={"identity": "ann@example.com"}).json()
    other = new_api(running)
    address = f"/v1/applications/{other.application_id}/customers/lookup"
    assert api.http.post(address, json={"identity": "ann@example.com"}).json() != first
    assert "ann@example.com" not in json.dumps(changes_text(api.http))


def changes_text(http):
    """Everything the feed says."""
    return [row.model_dump() for row in changes(http, limit=500)]
