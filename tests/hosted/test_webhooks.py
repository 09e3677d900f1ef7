"""Payment providers tell the service; desktops hear of each event once, and only they read it."""

import socket
import time
import uuid
from urllib.parse import urlsplit

import pytest

from contract.sealing import SealBroken, new_private_key, public_key_of, unseal_message
from contract.terms import Role
from hosted.metering.maintenance import ForgetOld
from hosted.storage.embedded import EmbeddedStorage
from hosted.storage.webhook_records import StoredEvent
from hosted.webhooks.commands import TakeEvent
from tests.hosted.storage_contract import commit
from tests.hosted.tokens import client_of_role
from tests.hosted.webhook_senders import (
    EMAIL,
    PADDLE_SECRET,
    STRIPE_SECRET,
    paddle_event,
    paddle_signed,
    stripe_event,
    stripe_signed,
)

PRIVATE = new_private_key()
SETTINGS = {
    "stripe": {"provider": "stripe", "is_live": False, "secrets": [STRIPE_SECRET]},
    "paddle": {"provider": "paddle", "is_live": True, "secrets": [PADDLE_SECRET]},
}


class Account:
    """One account of a provider, registered at the service."""

    def __init__(self, running, provider):
        self.running = running
        self.setting = SETTINGS[provider]
        self.webhook_id = f"billing_{uuid.uuid4().hex}"
        self.path = self.put()["path"]
        self.event = stripe_event if provider == "stripe" else paddle_event
        self.signed = stripe_signed if provider == "stripe" else paddle_signed

    @property
    def http(self):
        return self.running.http

    def put(self, **fields):
        url = f"/v1/billing/webhooks/{self.webhook_id}"
        answer = self.http.put(url, json={**self.setting, **fields})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def send(self, body, headers=None):
        headers = self.signed(body) if headers is None else headers
        return self.http.post(self.path, content=body, headers=headers)

    def events(self):
        return [row for row in feed(self.http) if row["webhook_id"] == self.webhook_id]


def feed(http):
    """Every event there is, in small pages."""
    rows, query, has_more = [], {"limit": 3}, True
    while has_more:
        page = http.get("/v1/billing/events", params=query).json()
        rows += page["rows"]
        query["cursor"], has_more = page["next_cursor"], page["has_more"]
    return rows


@pytest.fixture(scope="module", autouse=True)
def _vault(running):
    key = {"public_key": public_key_of(PRIVATE)}
    assert running.http.put("/v1/account/sealing-key", json=key).status_code == 200


@pytest.fixture(params=["stripe", "paddle"])
def account(running, request):
    return Account(running, request.param)


def test_an_event_reaches_the_vault_and_nobody_else_can_read_it(account):
    body = account.event("evt_read")
    assert account.send(body).status_code == 204
    (row,) = account.events()
    assert (row["event_id"], row["type"]) == ("evt_read", "customer.updated")
    assert EMAIL not in str(row)
    bound = (account.webhook_id, "evt_read")
    assert unseal_message(PRIVATE, bound, row["sealed"]) == body
    with pytest.raises(SealBroken):
        unseal_message(PRIVATE, (account.webhook_id, "evt_other"), row["sealed"])
    with pytest.raises(SealBroken):
        unseal_message(new_private_key(), bound, row["sealed"])


def test_an_event_that_comes_again_is_told_once(account):
    body = account.event()
    for _ in range(3):
        assert account.send(body).status_code == 204
    assert len(account.events()) == 1


def test_a_delivery_that_was_recorded_is_no_good_later(account):
    body = account.event()
    old = account.signed(body, at=int(time.time()) - 301)
    assert account.send(body, old).status_code == 400
    assert not account.events()


def test_a_wrong_signature_is_refused_in_words_that_tell_nothing(account):
    body = account.event()
    forged = account.signed(body, "somebody_elses_secret")
    answers = [
        account.send(body, forged),
        account.send(body, {}),
        account.send(body + b" ", account.signed(body)),
    ]
    assert {answer.status_code for answer in answers} == {400}
    assert len({answer.text for answer in answers}) == 1
    assert not account.events()


def test_the_event_of_one_account_is_not_taken_for_another(running, account):
    other = Account(running, account.setting["provider"])
    other.put(secrets=["the_secret_of_the_other_account"])
    body = account.event()
    assert other.send(body, account.signed(body)).status_code == 400
    assert not other.events()


def test_an_event_of_the_other_provider_is_none(running):
    account = Account(running, "stripe")
    body = paddle_event()
    assert account.send(body, paddle_signed(body, STRIPE_SECRET)).status_code == 400
    assert account.send(body, stripe_signed(body)).status_code == 400


def test_a_live_event_is_not_taken_for_a_test(running):
    account = Account(running, "stripe")
    body = stripe_event(livemode=True)
    assert account.send(body).status_code == 400
    assert not account.events()


def test_a_huge_event_is_refused_before_it_is_looked_at(account):
    body = b"x" * (512 * 1024 + 1)
    assert account.send(body).status_code == 413


@pytest.mark.parametrize("address", ["a" * 43, "short", "a/b", "%2e%2e"])
def test_an_address_that_is_nobodys_says_nothing(running, address):
    body = stripe_event()
    answer = running.http.post(f"/v1/webhooks/{address}", content=body, headers=stripe_signed(body))
    assert answer.status_code in {404, 422}


def test_a_secret_is_rotated_without_losing_an_event_and_the_address_stays(account):
    old = account.setting["secrets"][0]
    assert account.put(secrets=["the_secret_that_comes_next", old])["path"] == account.path
    first, second = account.event("evt_1"), account.event("evt_2")
    assert account.send(first).status_code == 204
    new = account.signed(second, "the_secret_that_comes_next")
    assert account.send(second, new).status_code == 204
    account.put(secrets=["the_secret_that_comes_next"])
    assert account.send(account.event("evt_3")).status_code == 400
    assert [row["event_id"] for row in account.events()] == ["evt_1", "evt_2"]


def test_the_address_is_there_before_the_provider_has_made_a_secret(account):
    told = account.put(secrets=[])
    assert (told["secrets"], told["path"]) == (0, account.path)
    assert account.send(account.event()).status_code == 400
    account.put()
    assert account.send(account.event()).status_code == 204


def test_another_mode_gets_another_address(account):
    moved = account.put(is_live=not account.setting["is_live"])
    assert moved["path"] != account.path
    assert account.send(account.event()).status_code == 404


def test_a_removed_webhook_is_gone_with_what_its_events_said(account):
    assert account.send(account.event()).status_code == 204
    url = f"/v1/billing/webhooks/{account.webhook_id}"
    assert account.http.delete(url).status_code == 204
    assert account.http.delete(url).status_code == 404
    assert account.send(account.event()).status_code == 404
    (row,) = account.events()
    assert row["sealed"] is None
    assert row["object_id"]


def test_secrets_and_addresses_are_in_no_list_and_no_log(running, account):
    listed = running.http.get("/v1/billing/webhooks").text
    assert account.setting["secrets"][0] not in listed
    log = running.http.get("/v1/audit", params={"entity_id": account.webhook_id}).text
    assert '"webhook"' in log
    assert account.path.rpartition("/")[2] not in log
    assert account.setting["secrets"][0] not in log


@pytest.mark.parametrize(
    ("role", "sets", "reads"),
    [
        (Role.OWNER, 200, 200), (Role.EDITOR, 403, 200), (Role.VIEWER, 403, 403),
        (Role.PRIVACY_OFFICER, 403, 403),
    ],
)  # fmt: skip
def test_owners_set_webhooks_and_editors_read_events(running, role, sets, reads):
    with client_of_role(running, role) as http:
        setting = SETTINGS["stripe"]
        assert http.put("/v1/billing/webhooks/billing_of_role", json=setting).status_code == sets
        assert http.get("/v1/billing/webhooks").status_code == sets
        assert http.get("/v1/billing/events").status_code == reads


@pytest.mark.parametrize(
    "secrets", [["short"], ["with spaces in it"], ["long" * 100], ["good_secret"] * 5, "text"]
)
def test_a_secret_that_cannot_be_one_is_refused(running, secrets):
    setting = {**SETTINGS["stripe"], "secrets": secrets}
    answer = running.http.put("/v1/billing/webhooks/billing_odd", json=setting)
    assert answer.status_code == 422
    assert answer.json()["field"].startswith("secrets")


def test_an_event_survives_a_kill_between_acceptance_and_answer(tmp_path, begin):
    """The provider hears nothing, sends again, and the desktop still hears of it once."""
    data = tmp_path / "data"
    service = begin(data, "--bootstrap")
    token = service.ready["owner_token"]
    account = Account(service, "stripe")
    body = stripe_event("evt_killed")
    sender = _sent_without_waiting(service, account.path, body)
    deadline = time.monotonic() + 20
    while not account.events() and time.monotonic() < deadline:
        pass
    service.kill()
    sender.close()
    again = begin(data)
    again.http.headers["Authorization"] = f"Bearer {token}"
    account.running = again
    assert account.send(body).status_code == 204
    assert [row["event_id"] for row in account.events()] == ["evt_killed"]
    files = b"".join(path.read_bytes() for path in data.iterdir() if path.is_file())
    for secret in (EMAIL, STRIPE_SECRET, account.path.rpartition("/")[2]):
        assert secret.encode() not in files


def _sent_without_waiting(service, path, body):
    """A provider whose connection hangs once the event is sent."""
    parts = urlsplit(service.ready["url"])
    connection = socket.create_connection((parts.hostname, parts.port), 20)
    headers = {**stripe_signed(body), "Host": parts.netloc, "Content-Length": str(len(body))}
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
    return connection


@pytest.fixture
def storage(tmp_path):
    made = EmbeddedStorage(tmp_path, "5a" * 32, lambda: 1)
    yield made
    made.close()


def stored(event_id, received_us, sealed="c2VhbGVk"):
    return StoredEvent("billing_1", event_id, "invoice.paid", "in_1", 1, received_us, sealed)


def test_old_events_are_forgotten_and_revisions_never_go_back(tmp_path, storage):
    commit(storage, *(TakeEvent(stored(f"evt_{at}", at)) for at in (10, 20, 30)))
    newest = storage.revision()
    commit(storage, ForgetOld(0, 0, webhooks_before_us=25))
    assert [row.event_id for row in storage.webhook_events(0, 9)] == ["evt_30"]
    assert storage.forgotten_webhook_revision() == newest - 1
    commit(storage, ForgetOld(0, 0, webhooks_before_us=99))
    (last,) = storage.webhook_events(0, 9)
    assert last.sealed is None
    storage.close()
    again = EmbeddedStorage(tmp_path, "5a" * 32, lambda: 1)
    assert again.revision() == newest
    again.close()


def test_a_reader_that_missed_events_is_told(running):
    account = Account(running, "stripe")
    account.send(account.event())
    page = running.http.get("/v1/billing/events", params={"limit": 200}).json()
    assert running.http.get("/v1/billing/events", params={"cursor": page["next_cursor"]}).is_success
    elsewhere = running.http.get("/v1/changes").json()["next_cursor"]
    answer = running.http.get("/v1/billing/events", params={"cursor": elsewhere})
    assert (answer.status_code, answer.json()["code"]) == (410, "cursor_unknown")
