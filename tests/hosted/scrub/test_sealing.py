"""Identities are kept sealed to the vault's key, and credentials are not kept at all."""

import asyncio
import time
import uuid

import pytest

from contract.messages.policies import PolicyBody
from contract.sealing import new_private_key, public_key_of, seal, unseal
from hosted.scrub.identity import Pseudonyms, epoch_of, normalized
from hosted.scrub.sealing import KeepIdentities, Sealing, may_be_kept
from tests.hosted.disk import decrypted
from tests.hosted.scrub.corpus import secrets
from tests.hosted.service import connected, new_api, request, serving

PRIVATE = new_private_key()
PUBLIC = public_key_of(PRIVATE)
PATH = "/v1/account/sealing-key"
WITHIN_S = 20


def policy(location="headers", name="X-User"):
    route = {"application_id": "app_1", "method": "GET", "url": "/x"}
    return PolicyBody.model_validate(
        route | {"identity_location": location, "identity_name": name}, strict=False
    )


@pytest.mark.parametrize(
    ("location", "name", "identity", "kept"),
    [
        ("headers", "X-User", "jo@corp.example", True),
        ("query_params", "tenant", "tenant-7", True),
        ("path_params", "user_id", "42", True),
        ("body", "account", "acme", True),
        ("headers", "Authorization", "jo", False),
        ("headers", "X-Api-Key", "jo", False),
        ("headers", "Cookie", "jo", False),
        ("headers", "X-Auth-Token", "jo", False),
        ("bearer_token", "sub", "jo", False),
        ("cookie", "cookie.session", "jo", False),
        ("query_params", "api_key", "jo", False),
        ("body", "password", "jo", False),
        (None, None, "jo", False),
        ("headers", "X-User", secrets(5)["stripe"], False),
        ("headers", "X-User", secrets(5)["jwt"], False),
        ("headers", "X-User", "x" * 5000, False),
    ],
)
def test_credentials_are_never_kept(location, name, identity, kept):
    assert may_be_kept(identity, policy(location, name)) is kept


def test_an_identity_is_sealed_once_and_anew_for_another_key():
    stored = {}

    class Ledger:
        def configuration(self, _entity, entity_id):
            return stored.get(entity_id)

        def put_configuration(self, _entity, entity_id, _application_id, body):
            stored[entity_id] = type("Row", (), {"body": body})()
            return stored[entity_id]

    caller = ("app_1", "u_3a_0123456789abcdef01234567")
    other = public_key_of(new_private_key())
    for key, now_us, rows in [(PUBLIC, 1, 1), (PUBLIC, 2, 0), (other, 3, 1)]:
        command = KeepIdentities(((caller, seal(key, *caller, "jo")),), now_us)
        assert len(command.apply(Ledger())) == rows
    body = stored[caller[1]].body
    assert body["epoch"] == 3
    assert body["first_seen"] == "1970-01-01T00:00:00.000001Z"


def test_without_a_key_nothing_waits_and_a_failed_write_is_tried_again():
    class Refusing:
        async def run(self, _command, **_):
            raise OSError

    silent = Sealing(None, Refusing(), lambda: 0)
    silent.meet(("app_1", "c"), "jo", policy())
    assert not silent._waiting
    sealing = Sealing(PUBLIC, Refusing(), lambda: 0)
    sealing.meet(("app_1", "c"), "jo", policy())
    with pytest.raises(OSError):  # noqa: PT011 - the fake has no words
        asyncio.run(sealing.keep())
    assert not sealing._waiting
    sealing.meet(("app_1", "c"), "jo", policy())
    assert sealing._waiting == {("app_1", "c"): "jo"}


def identities(api, count):
    """Rows of identities in the changes, once there are so many."""
    until = time.monotonic() + WITHIN_S
    while time.monotonic() < until:
        page = api.http.get("/v1/changes", params={"limit": 1000}).json()
        rows = [row for row in page["rows"] if row["entity"] == "identity"]
        if len(rows) >= count:
            return rows
    raise AssertionError(rows)


def test_the_desktop_opens_what_the_service_cannot(tmp_path):
    with serving(tmp_path, "--bootstrap") as running:
        api = new_api(running)
        assert api.http.get(PATH).status_code == 404
        assert api.http.put(PATH, json={"public_key": "short"}).status_code == 422
        assert api.http.put(PATH, json={"public_key": PUBLIC}).status_code == 200
        assert api.http.get(PATH).json() == {"public_key": PUBLIC}
        api.put_policy("GET", "/x", identity_location="headers", identity_name="X-User")
        api.put_policy("GET", "/k", identity_location="headers", identity_name="X-Api-Key")

        async def call():
            async with connected(api) as socket:
                for url, who in [("/x", "jo@corp.example"), ("/k", "k-secret-77"), ("/x", "bo")]:
                    payload = request("GET", url, who, str(uuid.uuid4()))
                    await socket.send("request_for_allocation", payload)
                await socket.settled()

        asyncio.run(call())
        rows = identities(api, 2)
        opened = {
            unseal(PRIVATE, api.application_id, row["entity_id"], row["body"]["sealed"])
            for row in rows
        }
        assert opened == {"jo@corp.example", "bo"}
        log = api.http.get("/v1/audit").json()["rows"]
        assert "sealing_key" in {entry["entity"] for entry in log}
        key = bytes.fromhex((tmp_path / "service.key").read_text())
        running.stop()
    plain = decrypted(tmp_path, key)
    for word in (b"jo@corp.example", b"k-secret-77"):
        assert word not in plain


def test_a_new_epoch_gives_new_pseudonyms_and_finds_the_old_ones(tmp_path):
    found = []
    with serving(tmp_path, "--bootstrap") as running:
        token = running.ready["owner_token"]
        api = new_api(running)
        path = f"/v1/applications/{api.application_id}/customers/lookup"
        found.append(api.http.post(path, json={"identity": "jo"}).json())
    with serving(tmp_path, "--new-pseudonyms") as running:
        running.http.headers["Authorization"] = f"Bearer {token}"
        found.append(running.http.post(path, json={"identity": "jo"}).json())
    first, second = found
    assert first["customer_id"].startswith("u_1a_")
    assert second["customer_id"].startswith("u_2a_")
    assert second["earlier_ids"] == [first["customer_id"]]
    assert epoch_of(second["customer_id"]) == 2


def test_pseudonyms_know_one_spelling_and_no_impostor():
    made = Pseudonyms(b"k" * 32)
    assert normalized("Jo%40Corp.EXAMPLE") == "Jo@corp.example"
    assert made.of("a", "jo@corp.example") == made.of("a", "jo%40CORP.example")
    other = made.of("a", "victim")
    assert made.of("a", other) != other
    assert made.shown("a", other) == other
    assert epoch_of("somebody") == 0
