"""Access tokens and SDK keys: made, rotated with overlap, revoked, expired, and when last used."""

import asyncio
from dataclasses import replace

import pytest
import websockets

from contract.terms import Role
from hosted.admin.lifetimes import UNDO_WITHIN_US, restored
from hosted.admin.problems import Refusal
from hosted.storage.access_records import Token
from tests.hosted.service import connected, new_api, serving
from tests.hosted.tokens import client, new_token

PAST = "2001-01-01T00:00:00Z"


def is_let_in(running, token):
    with client(running, token) as http:
        return http.get("/v1/changes").status_code == 200


def info(running, token_id):
    rows = running.http.get("/v1/tokens", params={"limit": 500}).json()["rows"]
    (found,) = (row for row in rows if row["token_id"] == token_id)
    return found


@pytest.mark.parametrize("role", Role)
def test_a_token_is_shown_once_and_says_what_it_is(running, role):
    issued = new_token(running, role)
    assert issued["token"].startswith(f"uf_{role}_")
    listed = running.http.get("/v1/tokens", params={"limit": 500})
    assert issued["token"] not in listed.text
    assert info(running, issued["token_id"])["role"] == role


def test_a_rotated_token_goes_on_for_the_overlap_and_the_new_one_has_its_role(running):
    old = new_token(running, "editor")
    path = f"/v1/tokens/{old['token_id']}/rotate"
    new = running.http.post(path, json={"overlap_s": 3600}).json()
    assert new["role"] == "editor"
    assert is_let_in(running, old["token"])
    assert is_let_in(running, new["token"])
    ended = running.http.post(path, json={"overlap_s": 0})
    assert ended.status_code == 201
    assert not is_let_in(running, old["token"])
    assert running.http.post(path, json={}).status_code == 409
    assert info(running, new["token_id"])["name"] == "A editor"


def test_a_rotated_token_lives_as_long_as_the_old_one_was_meant_to(running):
    old = new_token(running, "viewer", expires_at="2999-01-01T00:00:00Z")
    new = running.http.post(f"/v1/tokens/{old['token_id']}/rotate", json={}).json()
    assert new["expires_at"] >= old["expires_at"]
    assert info(running, old["token_id"])["expires_at"] < old["expires_at"]


def test_a_revoked_token_ends_at_once(running):
    issued = new_token(running, "viewer")
    path = f"/v1/tokens/{issued['token_id']}"
    assert running.http.delete(path).status_code == 204
    assert not is_let_in(running, issued["token"])
    revoked_at = info(running, issued["token_id"])["revoked_at"]
    assert running.http.delete(path).status_code == 204
    assert info(running, issued["token_id"])["revoked_at"] == revoked_at
    assert running.http.post(path + "/rotate", json={}).status_code == 409


def test_a_revocation_is_taken_back_within_the_hour(running):
    issued = new_token(running, "viewer")
    path = f"/v1/tokens/{issued['token_id']}"
    assert running.http.delete(path).status_code == 204
    assert not is_let_in(running, issued["token"])
    for _ in range(2):
        assert running.http.post(f"{path}/restore").status_code == 204
        assert is_let_in(running, issued["token"])
    assert info(running, issued["token_id"])["revoked_at"] is None
    log = running.http.get("/v1/audit", params={"entity_id": issued["token_id"]}).json()["rows"]
    assert [entry["action"] for entry in log] == ["restore", "revoke", "issue"]
    assert running.http.post("/v1/tokens/nobody/restore").status_code == 404


def test_a_revocation_of_long_ago_stays():
    token = Token("tok_1", "A viewer", Role.VIEWER, b"h" * 32, 0, revoked_us=5)
    assert restored(token, 5 + UNDO_WITHIN_US) == replace(token, revoked_us=None)
    refused = restored(token, 6 + UNDO_WITHIN_US)
    assert isinstance(refused, Refusal)
    assert refused.status == 409


def test_an_expired_token_is_refused(running):
    assert not is_let_in(running, new_token(running, "owner", expires_at=PAST)["token"])


def test_the_last_lasting_owner_token_cannot_be_revoked(tmp_path):
    with serving(tmp_path / "d", "--bootstrap") as running:
        (own,) = running.http.get("/v1/tokens").json()["rows"]
        new_token(running, "owner", expires_at="2999-01-01T00:00:00Z")
        refused = running.http.delete(f"/v1/tokens/{own['token_id']}")
        assert refused.status_code == 409
        new_token(running, "owner")
        assert running.http.delete(f"/v1/tokens/{own['token_id']}").status_code == 204


def test_tokens_are_listed_by_page(running):
    for _ in range(3):
        new_token(running, "viewer")
    first = running.http.get("/v1/tokens", params={"limit": 2}).json()
    query = {"limit": 500, "cursor": first["next_cursor"]}
    rest = running.http.get("/v1/tokens", params=query).json()
    ids = [row["token_id"] for row in (*first["rows"], *rest["rows"])]
    assert ids == sorted(set(ids))
    assert rest["next_cursor"] is None
    wrong = running.http.get("/v1/applications", params={"cursor": first["next_cursor"]})
    assert wrong.status_code == 410


@pytest.mark.parametrize(
    "body",
    [{}, {"name": "x"}, {"name": "", "role": "owner"}, {"name": "x", "role": "king"},
     {"name": "x", "role": "owner", "expires_at": "2026-02-30T00:00:00Z"},
     {"name": "x", "role": "owner", "novelty": 1}],
)  # fmt: skip
def test_a_token_nobody_could_understand_is_refused(running, body):
    assert running.http.post("/v1/tokens", json=body).status_code == 422


def test_last_use_is_known_at_once_and_survives_a_restart(tmp_path):
    with serving(tmp_path / "d", "--bootstrap") as running:
        issued = new_token(running, "viewer")
        assert info(running, issued["token_id"])["last_used_at"] is None
        assert is_let_in(running, issued["token"])
        used_at = info(running, issued["token_id"])["last_used_at"]
        assert used_at is not None
        owner = running.ready["owner_token"]
    with serving(tmp_path / "d") as running, client(running, owner) as http:
        rows = http.get("/v1/tokens").json()["rows"]
        kept = {row["token_id"]: row["last_used_at"] for row in rows}
        assert kept[issued["token_id"]] == used_at


def test_restart_keeps_revoked_tokens_out(tmp_path):
    with serving(tmp_path / "d", "--bootstrap") as running:
        kept, gone = new_token(running, "viewer"), new_token(running, "viewer")
        running.http.delete(f"/v1/tokens/{gone['token_id']}")
    with serving(tmp_path / "d") as running:
        assert is_let_in(running, kept["token"])
        assert not is_let_in(running, gone["token"])


# SDK keys


def keys(api):
    rows = api.http.get(f"/v1/applications/{api.application_id}/keys").json()["rows"]
    return {row["key_id"]: row for row in rows}


def opens(api, sdk_key):
    async def knock():
        api.sdk_key = sdk_key
        try:
            async with connected(api):
                return True
        except websockets.InvalidStatus:
            return False

    return asyncio.run(knock())


def issue(api, **fields):
    path = f"/v1/applications/{api.application_id}/keys"
    answer = api.http.post(path, json={"name": "Production", **fields})
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_keys_are_listed_without_themselves_and_of_one_application(api, running):
    other = new_api(running)
    listed = api.http.get(f"/v1/applications/{api.application_id}/keys")
    assert api.sdk_key not in listed.text
    assert len(keys(api)) == len(keys(other)) == 1
    assert not keys(api).keys() & keys(other).keys()
    assert api.http.get("/v1/applications/nobody/keys").status_code == 404


def test_a_rotated_key_goes_on_for_the_overlap(api):
    old = issue(api)
    path = f"/v1/applications/{api.application_id}/keys/{old['key_id']}/rotate"
    new = api.http.post(path, json={"overlap_s": 3600}).json()
    assert opens(api, old["sdk_key"])
    assert opens(api, new["sdk_key"])
    assert keys(api)[new["key_id"]]["name"] == "Production"
    assert api.http.post(path, json={"overlap_s": 0}).status_code == 201
    assert not opens(api, old["sdk_key"])
    assert opens(api, new["sdk_key"])
    assert api.http.post(path, json={}).status_code == 409


def test_an_expired_key_opens_nothing(api):
    assert not opens(api, issue(api, expires_at=PAST)["sdk_key"])


def test_a_key_says_when_it_was_last_used(api):
    issued = issue(api)
    assert keys(api)[issued["key_id"]]["last_used_at"] is None
    assert opens(api, issued["sdk_key"])
    assert keys(api)[issued["key_id"]]["last_used_at"] is not None


def test_a_socket_ends_with_its_key(api):
    old = issue(api)
    path = f"/v1/applications/{api.application_id}/keys/{old['key_id']}/rotate"

    async def story():
        api.sdk_key = old["sdk_key"]
        async with connected(api) as socket:
            answer = await asyncio.to_thread(api.http.post, path, json={"overlap_s": 1})
            assert answer.status_code == 201
            await asyncio.wait_for(socket.socket.wait_closed(), 20)

    asyncio.run(story())


def test_keys_of_nobody_are_not_found(api):
    path = f"/v1/applications/{api.application_id}/keys/nobody"
    assert api.http.post(path + "/rotate", json={}).status_code == 404
    assert api.http.delete(path).status_code == 404
    assert api.http.post("/v1/applications/nobody/keys", json={"name": "x"}).status_code == 404
