"""The desktop against the real service on loopback: what the stand-in promises, it keeps."""

import json
import os
import signal
import time
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest
from websockets.sync.client import connect

from contract.messages.privacy import LinksIssued, LinksRequest
from contract.pricing.rule import Model
from contract.pricing.writing import canonical_text
from contract.terms import IdentityLocation, LimitInterval, TraceState, Verdict
from desktop.domain.editing import EditState
from desktop.domain.errors import ServiceUnreachable
from desktop.domain.ids import ApplicationId
from desktop.domain.policies import BlockDraft, LimitDraft, PolicyDraft
from desktop.domain.privacy.purposes import Purpose
from desktop.domain.traces import CallToTest, TraceQuery
from desktop.domain.usage import DateRange, GroupBy
from desktop.services.compose import build_services
from desktop.services.privacy.references import reference
from desktop.services.storage.rows import VERSIONS
from tests.fakes import PASSPHRASE, no_report
from tests.prices import amount_in, amount_of, rule_draft

GO_AGENT = "Go-http-client/1.1"
ANSWER_LIMIT_S = 20


class Home:
    """A desktop with the embedded service, and an API that reports to it."""

    def __init__(self, folder):
        self.folder = folder
        self.services = build_services(folder / "a", folder / "service", syncs_by_itself=False)
        self.services.workspace.create(PASSPHRASE)
        self.services.connection.use_embedded(no_report)
        info = self.services.connection.info()
        self.application_id = ApplicationId(info.application_id)
        with self.services.vault.reading() as db:
            store = self.services.connection._secrets
            self.sdk_key = store.sdk_key(db, info.application_id)
            self.owner_token = store.owner_token(db)
        self.ws_url, self.url = info.ws_url, info.url
        self.others = []

    def second_desktop(self):
        other = build_services(self.folder / "b", self.folder / "none", syncs_by_itself=False)
        self.others.append(other)
        other.workspace.create(PASSPHRASE)
        other.connection.use_remote(self.url, self.owner_token)
        other.sync.run(no_report)
        return other

    def call(self, method, url, identity="", amount=1):
        """One metered call, as a Go client with a rate limit reports it: each step is confirmed."""
        alias = f"{method} {url} {identity}".strip()
        metadata = {"method": method, "url": url, "headers": {"X-User": [identity]}}
        allocation = str(uuid.uuid4())
        fields = {"alias": alias, "amount": amount, "allocationId": allocation}
        headers = {"x-usage-key": self.sdk_key}
        with connect(
            self.ws_url, additional_headers=headers, user_agent_header=GO_AGENT, proxy=None
        ) as socket:
            for kind, more in (("request_for_allocation", {}), ("use_allocation", {})):
                payload = {**fields, "metadata": {**metadata, "responseStatusCode": 200}, **more}
                socket.send(json.dumps({"type": kind, "payload": payload, "id": uuid.uuid4().hex}))
                assert json.loads(socket.recv(ANSWER_LIMIT_S))["type"] == "success"

    def sync(self):
        return self.services.sync.run(no_report)

    def sync_until(self, is_so):
        """Sync until something is so: the service tells of a row once a second at most."""
        ends = time.monotonic() + ANSWER_LIMIT_S
        while not is_so():
            assert time.monotonic() < ends, "the numbers never came"
            self.sync()

    def kill_service(self):
        embedded = self.services.connection._embedded
        os.kill(embedded.running().pid, signal.SIGKILL)
        embedded._child.wait(ANSWER_LIMIT_S)

    def rows(self, group_by):
        today = datetime.now(UTC).date()
        period = DateRange(today - timedelta(days=2), today + timedelta(days=2))
        return self.services.usage.table(period, group_by).rows

    def close(self):
        self.services.connection._embedded.stop()
        for services in (*self.others, self.services):
            services.close()


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    home = Home(tmp_path)
    yield home
    home.close()


TIERS = [{"up_to": 10, "unit_amount": "0.0020", "flat_amount": "1"}, {"unit_amount": "1e-12"}]
PACKS = [{"up_to": "5", "package_size": "2", "package_amount": "1"}]
EVERY_MODEL = {
    "flat": {"amount": "49.90"},
    "per_unit": {"unit_amount": "0.000000000001", "free_units": "100"},
    "graduated": {"tiers": TIERS},
    "volume": {"tiers": TIERS},
    "package": {"package_size": "1000", "package_amount": "3", "minimum_packages": 1},
    "percentage": {"rate": "2.9", "fixed_amount": "0.30", "per_event_max": "12"},
    "graduated_percentage": {"tiers": [{"up_to": "5", "rate": "1"}, {"rate": "0.5"}]},
    "graduated_package": {"tiers": PACKS},
    "volume_package": {"tiers": PACKS},
    "dynamic": {"multiplier": "1.25"},
    "event_priced": {},
    "graduated_by_dimension": {"tiers": [{"rates": {"us": "2", "eu": "1"}}]},
    "capacity": {"tiers": [{"limits": {"seats": "5", "calls": None}, "price": "1"}]},
    "prorated_graduated": {"tiers": TIERS},
}


def draft(home, name="Images", price="0.02"):
    return rule_draft(name, price, application_id=home.application_id)


def test_calls_of_an_sdk_become_numbers_of_the_desktop(home):
    location = IdentityLocation.HEADERS
    draft_policy = PolicyDraft(
        home.application_id,
        "GET",
        "/items/:id",
        identity_location=location,
        identity_name="X-User",
    )
    home.services.policies.save_policy(draft_policy, None, ())
    home.sync()
    for number in range(6):
        home.call("GET", "/items/:id", identity=f"user-{number % 2}", amount=number)
    home.call("POST", "/images", amount=3)
    expected = {"GET /items/:id": (6, Decimal(15)), "POST /images": (1, Decimal(3))}
    home.sync_until(
        lambda: {r.endpoint: (r.requests, r.units) for r in home.rows(GroupBy.ENDPOINT)} == expected
    )
    customers = home.rows(GroupBy.CUSTOMER)
    assert sorted(r.requests for r in customers) == [1, 3, 3]
    assert "Anonymous callers" in {r.customer for r in customers}
    home.call("POST", "/images")
    home.sync_until(lambda: sum(r.requests for r in home.rows(GroupBy.DAY)) == 8)


def test_call_can_be_looked_at_explained_and_its_caller_stopped(home):
    policy = PolicyDraft(
        home.application_id,
        "GET",
        "/items/:id",
        identity_location=IdentityLocation.HEADERS,
        identity_name="X-User",
        limits=(LimitDraft("5", LimitInterval.DAY),),
    )
    home.services.policies.save_policy(policy, None, ())
    home.sync()
    home.call("GET", "/items/:id", identity="ann")
    query = TraceQuery(home.application_id, state=TraceState.SETTLED)
    home.sync_until(lambda: len(home.services.traces.page(query, None).lines) == 1)
    (line,) = home.services.traces.page(query, None).lines
    assert (line.method, line.url, line.status, line.units) == ("GET", "/items/:id", 200, "1")
    detail = home.services.traces.trace(line.trace_id)
    assert detail.stamp.online
    assert not any("ann" in field.value for field in detail.fields)

    asked = CallToTest(home.application_id, "GET", "/items/:id", identity="ann")
    told = home.services.explanations.explain(asked)
    assert (told.verdict, told.from_service) == (Verdict.ALLOWED, True)
    assert {step.used for step in told.steps if step.rule == "limit"} == {"1"}
    home.services.blocks.block(
        BlockDraft(home.application_id, "GET", "/items/:id", line.customer_id, "test", 1)
    )
    home.sync()
    assert home.services.explanations.explain(asked).verdict is Verdict.REFUSED

    (connection,) = home.services.connections.connections().applications
    assert connection.application_id == home.application_id
    assert connection.clients == () or connection.clients[0].kind == "go"


def test_rule_edited_offline_reaches_the_service_exactly_once(home):
    home.sync()
    home.services.connection.stop_embedded()
    home.services.pricing.publish(draft(home), None)
    with pytest.raises(ServiceUnreachable):
        home.sync()
    home.services.connection.start_embedded()
    home.sync()
    home.sync()
    other = home.second_desktop()
    (rule,) = other.pricing.list_rules(home.application_id)
    assert (rule.name, amount_of(rule)) == ("Images", Decimal("0.02"))
    assert rule.standing.state is EditState.SYNCED


def test_published_rules_of_every_model_are_equal_by_bytes_on_a_second_desktop(home):
    price = {"currency": "KWD", "min": "0.0010", "max": "9e3", "discount_percent": "2.50"}
    pricing = home.services.pricing
    for model, fields in EVERY_MODEL.items():
        whole = {"model": model, **price, **fields}
        pricing.publish(draft(home, name=model, price=whole), None)
    (tokens,) = (rule for rule in pricing.list_rules(home.application_id) if rule.name == "volume")
    pricing.publish(draft(home, name="volume", price=dict(tokens.price) | {"max": "10"}), tokens)
    sent = bodies(home.services, home.application_id)
    home.sync()
    other = home.second_desktop()
    assert bodies(other, home.application_id) == sent == bodies(home.services, home.application_id)
    assert {rule.name for rule in other.pricing.list_rules(home.application_id)} == set(Model)
    assert [one.version for one in other.pricing.versions(home.application_id)].count(2) == 1


def bodies(services, application_id):
    """Every version of every rule in canonical JSON, but for when the service took it."""
    versions = services.pricing.versions(application_id)
    when = {"published_at": None}
    trees = ({**VERSIONS.body(one), **when, "id": one.version_id} for one in versions)
    return sorted(canonical_text(tree) for tree in trees)


def test_conflict_between_two_desktops_is_shown_and_decided(home):
    rule = home.services.pricing.publish(draft(home, price="1"), None)
    home.sync()
    other = home.second_desktop()
    (theirs,) = other.pricing.list_rules(home.application_id)
    other.pricing.publish(draft(home, price="5"), theirs)
    other.sync.run(no_report)
    (mine,) = home.services.pricing.list_rules(home.application_id)
    home.services.pricing.publish(draft(home, price="3"), mine)
    home.sync()
    (conflict,) = home.services.conflicts.conflicts()
    (difference,) = conflict.differences
    texts = (difference.base, difference.mine, difference.theirs)
    assert [amount_in(text) for text in texts] == ["1", "3", "5"]
    home.services.conflicts.keep_mine(conflict.conflict_id)
    home.sync()
    other.sync.run(no_report)
    (final,) = other.pricing.list_rules(home.application_id)
    assert (final.rule_id, amount_of(final)) == (rule.rule_id, Decimal(3))


def test_deleted_and_restored_rule_is_back_at_the_service(home):
    rule = home.services.pricing.publish(draft(home), None)
    home.sync()
    home.services.pricing.delete_rule(rule.rule_id)
    home.sync()
    home.services.pricing.restore_rule(rule)
    home.sync()
    (back,) = home.services.pricing.list_rules(home.application_id)
    assert back.standing.state is EditState.SYNCED
    assert home.services.conflicts.conflicts() == ()


def test_edit_the_service_refuses_is_shown_with_its_reason(home):
    stranger = rule_draft("x", "1", application_id=ApplicationId("app_gone"))
    home.services.pricing.publish(stranger, None)
    home.sync()
    (rule,) = home.services.pricing.list_rules(ApplicationId("app_gone"))
    assert rule.standing.state is EditState.REJECTED
    assert rule.standing.problem
    home.services.pricing.discard_rejected(rule.rule_id)
    assert home.services.pricing.list_rules(ApplicationId("app_gone")) == ()


def test_cursors_the_service_does_not_know_end_in_the_same_numbers(home):
    for number in range(4):
        home.call("GET", "/items", amount=number)
    home.sync()
    before = home.rows(GroupBy.ENDPOINT)
    with home.services.vault.transaction() as db:
        db.execute("UPDATE cursors SET cursor = 'ufc' || hex(zeroblob(40))")
    home.call("GET", "/items", amount=1)
    home.sync()
    assert before[0].requests == 4
    assert [r.requests for r in home.rows(GroupBy.ENDPOINT)] == [5]


def test_killed_service_comes_back_with_everything_confirmed(home):
    for _ in range(3):
        home.call("GET", "/items")
    home.kill_service()
    with pytest.raises(ServiceUnreachable):
        home.sync()
    home.services.connection.start_embedded()
    home.call("GET", "/items")
    home.sync()
    assert [r.requests for r in home.rows(GroupBy.ENDPOINT)] == [4]


def test_desktop_whose_token_ended_gets_a_new_one_by_connecting_again(home):
    with home.services.vault.transaction() as db:
        home.services.connection._secrets.replace_owner_token(db, "uf_owner_stale")
    home.services.link.forget()
    with pytest.raises(Exception, match="owner token"):
        home.sync()
    home.services.connection.use_embedded(no_report)
    assert home.sync().last_success is not None


def test_second_vault_on_the_same_service_gets_a_token_of_its_own(home):
    home.services.pricing.publish(draft(home), None)
    home.sync()
    other = build_services(home.folder / "b", home.folder / "service", syncs_by_itself=False)
    home.others.append(other)
    other.workspace.create(PASSPHRASE)
    other.connection.use_embedded(no_report)
    other.sync.run(no_report)
    assert [rule.name for rule in other.pricing.list_rules(home.application_id)] == ["Images"]
    assert home.sync().last_success is not None
    with home.services.link.client_for(home.url, home.owner_token) as client:
        rows = client._http.get("/v1/tokens").json()["rows"]
    assert len(rows) == 2
    assert all(row["name"].startswith("Desktop on ") and not row["revoked_at"] for row in rows)
    other.connection.stop_embedded()


def test_last_use_of_an_sdk_key_travels_from_a_call_to_the_keys(home):
    home.sync()
    issued = home.services.sdk_keys.create(home.application_id, "Server two")
    uses = {use.key_id: use for use in home.services.sdk_keys.uses(no_report)}
    assert uses[issued.key_id].last_used_at is None
    home.sdk_key = home.services.api_keys.reveal(issued.key_id)
    begun = datetime.now(UTC).replace(microsecond=0)
    home.call("GET", "/items/:id")
    uses = {use.key_id: use for use in home.services.sdk_keys.uses(no_report)}
    assert begun <= uses[issued.key_id].last_used_at <= datetime.now(UTC)


def test_service_of_this_computer_is_restored_elsewhere_with_the_key_in_the_vault(home, tmp_path):
    from hosted import archive
    from hosted.keys import find_key
    from hosted.secrets import storage_key
    from hosted.storage.embedded import EmbeddedStorage

    home.call("GET", "/items/:id")
    home.sync_until(lambda: home.rows(GroupBy.ENDPOINT))
    made = home.services.archives.make_if_embedded()
    service_id = archive.restore(made, tmp_path / "new", home.services.archives.key())
    key = storage_key(find_key(tmp_path / "new", None, None).key)
    restored = EmbeddedStorage(tmp_path / "new", key, lambda: 1)
    assert restored.service_id == service_id
    (counted,) = restored._writer.execute("SELECT count(*) FROM events").fetchone()
    restored.close()
    assert counted == 1


def test_request_of_the_website_reaches_the_queue_and_one_click_the_preferences(home):
    home.sync()
    body = {"kind": "access", "email": "jane@example.org", "text": "A copy, please."}
    sent = httpx.post(f"{home.url}/privacy/requests", json=body)
    assert sent.status_code == 201, sent.text
    service = home.services.privacy
    subject = reference(home.services.vault, "jane@example.org").hex()
    with home.services.link.service() as client:
        asked = LinksRequest(subjects=(subject,), purpose="news")
        (path,) = client.ask("POST", "/v1/privacy/links", LinksIssued, body=asked).paths
        assert httpx.get(home.url + path).status_code == 200
        service.mailbox.exchange(client)
    (line,) = home.services.privacy_requests.list_requests()
    assert line.person == "jane@example.org"
    assert service.preferences.check_contacts("jane@example.org", Purpose.NEWS).refused == 1
    other = home.second_desktop()
    with other.link.service() as client:
        other.privacy.mailbox.exchange(client)
    (owned,) = other.privacy_requests.elsewhere()
    assert (owned.number, owned.due) == (line.number, line.due)
