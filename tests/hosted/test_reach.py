"""Tokens that hold for one application only: no route tells or changes anything of another."""

import asyncio
import re
import time
import uuid
from contextlib import ExitStack
from dataclasses import dataclass, field

import httpx
import pytest
import zstandard

from contract.terms import Role
from hosted.admin.kinds import KINDS
from tests.hosted.service import (
    ANSWER_LIMIT_S,
    GO_AGENT,
    Api,
    connected,
    new_api,
    request,
    rollup_page,
    serving,
    use,
)
from tests.hosted.test_entities import body_of, id_of
from tests.hosted.test_roles import MAY
from tests.hosted.tokens import client, new_token

RESTRICTED = (Role.EDITOR, Role.VIEWER, Role.PRIVACY_OFFICER)
SERVICE = {
    "GET /metrics",
    "GET /v1/audit",
    "GET /v1/audit/verification",
    "GET /v1/tokens",
    "POST /v1/erasure-preview",
    "PUT /v1/erasures/{erasure_id}",
    "POST /v1/erasures/{erasure_id}/apply",
    "GET /v1/members",
    "POST /v1/members",
    "PUT /v1/members/{row_id}",
    "DELETE /v1/members/{row_id}",
    "POST /v1/tokens",
    "POST /v1/tokens/{row_id}/rotate",
    "POST /v1/tokens/{row_id}/restore",
    "DELETE /v1/tokens/{row_id}",
    "PUT /v1/account/sealing-key",
    "PUT /v1/account-deletion/{deletion_id}",
    "POST /v1/account-deletion/{deletion_id}/apply",
    "GET /v1/billing/webhooks",
    "PUT /v1/billing/webhooks/{row_id}",
    "DELETE /v1/billing/webhooks/{row_id}",
    "GET /v1/billing/events",
    "GET /v1/privacy",
    "POST /v1/privacy/inbox/{row_id}/take",
    "DELETE /v1/privacy/inbox/{row_id}",
    "PUT /v1/privacy/requests/{row_id}",
    "POST /v1/privacy/links",
    "PUT /v1/privacy/policy",
}
"""What a restricted token may never use."""
APPLICATION = {name for name in MAY if "/v1/applications/{row_id}/" in name}
ROWS = MAY.keys() - SERVICE - APPLICATION
LISTS_OF_ONE = ("/v1/ledgers", "/v1/corrections", "/v1/traces", "/v1/health/events")
EDITABLE = [kind.path for kind in KINDS if kind.editing is not None]


@dataclass
class Side:
    """One application with something of everything, and the ids of its rows by kind."""

    api: Api
    rows: dict[str, str] = field(default_factory=dict)
    trace_id: str = ""


@dataclass
class Scene:
    ours: Side
    theirs: Side
    callers: dict[Role, httpx.Client]


def call(api):
    """A call that makes endpoint, customer, event and rollups, let through or not."""

    async def story():
        async with connected(api, agent=GO_AGENT) as socket:
            allocation = str(uuid.uuid4())
            asked = request("GET", "/x", "ann", allocation)
            await socket.ask("request_for_allocation", asked)
            await socket.ask("use_allocation", use(allocation, "GET", "/x", "ann"))

    asyncio.run(story())


def furnished(running):
    """An application with a row of every kind."""
    side = Side(new_api(running))
    api = side.api
    call(api)
    for path in EDITABLE[1:]:
        side.rows[path] = id_of(path, api.application_id)
        api.put(path, side.rows[path], body_of(path, api.application_id))
    side.rows["applications"] = api.application_id
    found = api.http.get("/v1/endpoints", params={"application_id": api.application_id}).json()
    side.rows["endpoints"] = found["rows"][0]["entity_id"]
    correction = {
        "idempotency_key": uuid.uuid4().hex, "customer_id": "anonymous", "units": "1",
        "endpoint_id": side.rows["endpoints"], "reason": "Goodwill",
    }  # fmt: skip
    path = f"/v1/applications/{api.application_id}/corrections"
    assert api.http.post(path, json=correction).status_code == 200
    traces = api.http.get("/v1/traces", params={"application_id": api.application_id}).json()
    side.trace_id = traces["rows"][0]["trace_id"]
    return side


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    directory = tmp_path_factory.mktemp("reach") / "data"
    with serving(directory, "--bootstrap") as running, ExitStack() as stack:
        ours, theirs = furnished(running), furnished(running)
        only = [ours.api.application_id]
        tokens = {role: new_token(running, role, application_ids=only) for role in RESTRICTED}
        callers = {
            role: stack.enter_context(client(running, issued["token"]))
            for role, issued in tokens.items()
        }
        yield Scene(ours, theirs, callers)


@pytest.fixture(params=RESTRICTED)
def caller(request, scene):
    return scene.callers[request.param]


def text_of(answer):
    """The answer in clear, whatever its encoding."""
    if answer.headers["content-type"].endswith("zstd"):
        return zstandard.ZstdDecompressor().decompress(answer.content).decode()
    return answer.text


def test_every_route_says_what_it_makes_of_such_a_token(scene):
    paths = scene.ours.api.http.get("/openapi.json").json()["paths"]
    told = {
        f"{method.upper()} {path}": operation["x-reach"]
        for path, methods in paths.items()
        for method, operation in methods.items()
        if "x-reach" in operation
    }
    expected = (
        dict.fromkeys(SERVICE, "service")
        | dict.fromkeys(APPLICATION, "application")
        | dict.fromkeys(ROWS, "rows")
    )
    assert told == expected


@pytest.mark.parametrize("operation", sorted(SERVICE))
def test_what_is_about_the_whole_service_is_refused(caller, operation):
    method, path = operation.split(" ")
    answer = caller.request(method, path.replace("{row_id}", "tok_1"))
    assert answer.status_code == 403
    assert "Nothing was changed." in answer.json()["detail"]


@pytest.mark.parametrize("operation", sorted(APPLICATION))
def test_an_application_that_is_named_must_be_the_tokens_own(scene, caller, operation):
    method, path = operation.split(" ")
    path = path.replace("{key_id}", "nobody")
    for outside in (scene.theirs.api.application_id, "app_nobody"):
        answer = caller.request(method, path.replace("{row_id}", outside))
        assert answer.status_code == 403, answer.text
    editor = scene.callers[Role.EDITOR]
    answer = editor.request(method, path.replace("{row_id}", scene.ours.api.application_id))
    assert answer.status_code in {200, 404, 415, 422}


@pytest.mark.parametrize("path", [kind.path for kind in KINDS])
def test_lists_leave_out_what_belongs_to_others(scene, caller, path):
    whole = scene.ours.api.http.get(f"/v1/{path}").text
    seen = caller.get(f"/v1/{path}")
    assert seen.status_code == 200
    assert scene.theirs.api.application_id not in seen.text
    if path in scene.ours.rows:
        assert scene.theirs.rows[path] in whole
        assert scene.ours.rows[path] in seen.text
    named = caller.get(f"/v1/{path}", params={"application_id": scene.theirs.api.application_id})
    assert named.status_code == 403


def test_a_row_of_another_application_is_not_there(scene, caller):
    for path, row_id in scene.theirs.rows.items():
        assert caller.get(f"/v1/{path}/{row_id}").status_code == 404
        assert caller.get(f"/v1/{path}/{scene.ours.rows[path]}").status_code == 200


@pytest.mark.parametrize("path", LISTS_OF_ONE)
def test_lists_of_calls_and_accounts_are_of_the_own_application(scene, caller, path):
    own, others = (side.api.application_id for side in (scene.ours, scene.theirs))
    assert caller.get(path, params={"application_id": others}).status_code == 403
    seen = caller.get(path, params={"application_id": own})
    assert seen.status_code == 200
    assert own in seen.text
    if path in {"/v1/traces", "/v1/health/events"}:
        everything = caller.get(path)
        assert own in everything.text
        assert others not in everything.text


def test_a_call_of_another_application_is_not_there(scene, caller):
    for ending in ("", "/explanation"):
        assert caller.get(f"/v1/traces/{scene.theirs.trace_id}{ending}").status_code == 404
        assert caller.get(f"/v1/traces/{scene.ours.trace_id}{ending}").status_code == 200


@pytest.mark.parametrize("order", ["tail", "backfill"])
def test_usage_is_that_of_the_own_application(scene, caller, order):
    _, end = rollup_page(caller, order=order, limit=1)
    for side in (scene.theirs, scene.ours):
        call(side.api)
    rows, deadline = [], time.monotonic() + ANSWER_LIMIT_S
    while end.has_more or not rows:
        assert time.monotonic() < deadline
        page, end = rollup_page(caller, order=order, cursor=end.next_cursor)
        rows += page
    assert {row.application_id for row in rows} == {scene.ours.api.application_id}


def test_configuration_is_that_of_the_own_application(scene, caller):
    seen, cursor, has_more = [], None, True
    while has_more:
        query = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = caller.get("/v1/changes", params=query).json()
        seen += page["rows"]
        cursor, has_more = page["next_cursor"], page["has_more"]
    ids = {row["entity_id"] for row in seen}
    assert set(scene.ours.rows.values()) <= ids
    assert not set(scene.theirs.rows.values()) & ids


@pytest.mark.parametrize("feed", ["/v1/changes", "/v1/usage/rollups"])
def test_a_cursor_that_passed_over_rows_is_not_taken_from_a_wider_token(scene, caller, feed):
    if feed == "/v1/changes":
        cursor = caller.get(feed).json()["next_cursor"]
    else:
        cursor = rollup_page(caller, order="tail")[1].next_cursor
    assert caller.get(feed, params={"cursor": cursor}).status_code == 200
    assert scene.ours.api.http.get(feed, params={"cursor": cursor}).status_code == 410


def test_connections_are_those_of_the_own_application(scene, caller):
    seen = caller.get("/v1/health/connections").json()
    named = {one["application_id"] for one in seen["applications"]}
    assert named == {scene.ours.api.application_id}
    assert seen["unknown_keys"] == 0


@pytest.mark.parametrize("path", EDITABLE)
def test_nothing_of_another_application_is_changed(scene, path):
    editor, owner = scene.callers[Role.EDITOR], scene.theirs.api.http
    theirs = scene.theirs.api.application_id
    row_id = scene.theirs.rows[path]
    before = owner.get(f"/v1/{path}/{row_id}").json()
    for application_id in (theirs, scene.ours.api.application_id):
        edit = {
            "idempotency_key": uuid.uuid4().hex,
            "base_revision": before["revision"],
            "body": body_of(path, application_id),
        }
        refused = editor.put(f"/v1/{path}/{row_id}", json=edit)
        assert refused.status_code == 403, refused.text
        assert theirs not in refused.text
    query = {"idempotency_key": uuid.uuid4().hex, "base_revision": before["revision"]}
    gone = editor.delete(f"/v1/{path}/{row_id}", params=query)
    assert gone.status_code == 403
    assert owner.get(f"/v1/{path}/{row_id}").json() == before


def test_a_push_with_one_edit_of_another_application_is_refused_whole(scene):
    editor = scene.callers[Role.EDITOR]
    ours, theirs = scene.ours.api.application_id, scene.theirs.api.application_id
    edits = [
        {
            "idempotency_key": uuid.uuid4().hex, "entity_id": f"block_{uuid.uuid4().hex}",
            "base_revision": 0, "edit": {"entity": "block", "body": body_of("blocks", owner)},
        }
        for owner in (ours, theirs)
    ]  # fmt: skip
    assert editor.post("/v1/changes", json={"edits": edits}).status_code == 403
    assert editor.get(f"/v1/blocks/{edits[0]['entity_id']}").status_code == 404
    taken = editor.post("/v1/changes", json={"edits": edits[:1]}).json()
    assert taken["results"][0]["outcome"] == "accepted"


def test_an_editor_of_one_application_makes_no_other(scene):
    edit = {"idempotency_key": uuid.uuid4().hex, "base_revision": 0, "body": {"name": "Mine"}}
    answer = scene.callers[Role.EDITOR].put(f"/v1/applications/app_{uuid.uuid4().hex}", json=edit)
    assert answer.status_code == 403


def test_a_restricted_token_says_so_and_keeps_it_when_rotated(scene):
    owner, own = scene.ours.api.http, [scene.ours.api.application_id]
    issued = new_token(scene.ours.api.running, "viewer", application_ids=own * 2)
    assert issued["application_ids"] == own
    new = owner.post(f"/v1/tokens/{issued['token_id']}/rotate", json={}).json()
    with client(scene.ours.api.running, new["token"]) as viewer:
        assert viewer.get("/v1/token").json()["application_ids"] == own
        path = f"/v1/applications/{scene.theirs.api.application_id}"
        assert viewer.get(path).status_code == 404
    logged = owner.get("/v1/audit", params={"entity_id": new["token_id"]}).json()["rows"]
    assert logged[0]["after"]["application_ids"] == own


def test_the_restriction_survives_a_restart(tmp_path):
    with serving(tmp_path / "d", "--bootstrap") as running:
        ours, theirs = new_api(running), new_api(running)
        token = new_token(running, "viewer", application_ids=[ours.application_id])["token"]
    with serving(tmp_path / "d") as running, client(running, token) as viewer:
        rows = viewer.get("/v1/applications").json()["rows"]
        assert [row["entity_id"] for row in rows] == [ours.application_id]
        assert viewer.get(f"/v1/applications/{theirs.application_id}").status_code == 404


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"role": "owner", "application_ids": ["app_1"]}, 422),
        ({"role": "viewer", "application_ids": []}, 422),
        ({"role": "viewer", "application_ids": ["app_nobody"]}, 404),
    ],
)
def test_a_restriction_nobody_could_keep_is_refused(scene, fields, status):
    answer = scene.ours.api.http.post("/v1/tokens", json={"name": "x", **fields})
    assert answer.status_code == status
    assert re.search(r"application_ids", answer.json()["field"])
