"""Applications, endpoints and the connection of their SDKs."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from contract.identifiers import catalog_id
from contract.messages.applications import CatalogBody, EndpointBody, Route
from contract.messages.health import ApplicationConnection, ConnectionHealth, SdkClients, SdkKind
from contract.terms import CapInterval, ConnectionState
from desktop.domain.applications import ApplicationDraft, KeepDraft
from desktop.domain.errors import InvalidInput
from desktop.domain.ids import ApplicationId
from desktop.domain.policies import Route as OwnRoute
from tests.fakes import APPLICATION, NOON

APP = ApplicationId(APPLICATION)
HEALTH = ("GET", "/v1/health/connections")


def connected():
    client = SdkClients(kind=SdkKind.PYTHON, version="0.3.4 or newer", sockets=10, addresses=2)
    application = ApplicationConnection(
        application_id=APPLICATION, state=ConnectionState.CONNECTED, since="2026-06-15T11:00:00Z",
        clients=(client,), refused_handshakes=3,
    )  # fmt: skip
    return ConnectionHealth(
        applications=(application,), unknown_keys=1, server_time="2026-06-15T12:00:00Z"
    )


def settings(device):
    return device.services.applications.settings(APP)


def endpoint(hosted, number, method, url, **changes):
    body = EndpointBody(
        application_id=APPLICATION, method=method, url=url, first_seen="2026-01-01T00:00:00Z",
        **changes,
    )  # fmt: skip
    hosted.put("endpoint", f"end_{number}", body.model_dump(mode="json"))


def test_application_is_listed_with_what_it_has(device, hosted):
    hosted.live[HEALTH] = connected()
    endpoint(hosted, 1, "GET", "/items", last_seen="2026-06-01T08:00:00Z")
    endpoint(hosted, 2, "GET", "(unmatched)")
    device.sync()
    device.services.connection.snippets()
    (line,) = device.services.applications.picture().lines
    assert (line.settings.name, line.endpoints, line.keys) == ("My API", 1, 1)
    assert line.last_seen == datetime(2026, 6, 1, 8, tzinfo=UTC)
    assert line.connection.state == ConnectionState.CONNECTED
    assert line.connection.clients[0].sockets == 10


def test_health_is_kept_for_when_nobody_can_be_asked(device, hosted):
    hosted.live[HEALTH] = connected()
    now = device.services.connections.connections()
    assert (now.stamp.online, now.unknown_keys) == (True, 1)
    hosted.online = False
    device.clock.forward(hours=3)
    later = device.services.connections.connections()
    assert later.stamp.online is False
    assert later.stamp.as_of == NOON
    assert later.applications == now.applications


def test_health_of_a_service_that_does_not_tell_is_empty(device):
    found = device.services.connections.connections()
    assert (found.applications, found.stamp.online, found.stamp.as_of) == ((), False, None)


def test_without_a_service_there_is_no_health(make_device):
    lone = make_device("c", connect=False)
    assert lone.services.connections.connections().applications == ()


def test_application_is_made_changed_and_archived(device, hosted):
    device.sync()
    draft = ApplicationDraft(" Shop ", "Europe/Berlin", "1,000", CapInterval.DAY, "30")
    made = device.services.applications.create(draft)
    changed = device.services.applications.change(made, replace(draft, name="Store", cap=""))
    device.services.applications.set_archived(changed, archived=True)
    device.sync()
    body = hosted.body("application", made.application_id)
    assert (body["name"], body["time_zone"], body["cap"]) == ("Store", "Europe/Berlin", None)
    assert (body["raw_event_days"], body["archived"]) == (30, True)
    names = [line.settings.name for line in device.services.applications.picture().lines]
    assert names == ["My API", "Store"]


def test_cap_is_sent_with_its_interval(device, hosted):
    made = device.services.applications.create(ApplicationDraft("Shop", cap="5"))
    device.sync()
    assert hosted.body("application", made.application_id)["cap"] == {
        "requests": 5,
        "interval": "month",
    }


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"time_zone": "Moon/Base"}, "time_zone"),
        ({"time_zone": "../etc"}, "time_zone"),
        ({"cap": "0"}, "cap"),
        ({"raw_event_days": "4000"}, "raw_event_days"),
    ],
)
def test_setting_that_is_wrong_is_named(device, changes, field):
    with pytest.raises(InvalidInput) as refusal:
        device.services.applications.create(replace(ApplicationDraft("Shop"), **changes))
    assert refusal.value.field == field


def test_time_zones_can_be_chosen(device):
    assert {"UTC", "Europe/Berlin"} <= set(device.services.applications.time_zones())


def test_refused_settings_can_be_given_up(device, hosted):
    device.sync()
    hosted.refuses = "bad"
    device.services.applications.change(settings(device), ApplicationDraft("bad"))
    device.sync()
    device.services.applications.discard_rejected(APP)
    assert settings(device).name == "My API"


def test_routes_are_stored_once_each_and_advice_is_given(device, hosted):
    device.sync()
    routes = (OwnRoute("get", "/a"), OwnRoute("GET", "/a"), OwnRoute("GET", "/b"))
    saved = device.services.applications.set_routes(
        settings(device), routes, (OwnRoute("POST", "/upload"),)
    )
    assert saved.metered_routes == (OwnRoute("GET", "/a"), OwnRoute("GET", "/b"))
    device.sync()
    assert hosted.body("application", APPLICATION)["whitelisted_routes"] == [
        {"method": "POST", "url": "/upload"}
    ]
    told = device.services.applications.route_advice(saved)
    assert any("one url for each method" in advice.text for advice in told)


def test_application_that_is_gone_is_told(device):
    with pytest.raises(InvalidInput):
        device.services.applications.settings(ApplicationId("app_gone"))


def test_operations_that_were_never_called_are_listed(device, hosted):
    endpoint(hosted, 1, "GET", "/items/:id", sdk="go")
    catalog = CatalogBody(
        application_id=APPLICATION,
        title="Shop",
        operations=(Route(method="GET", url="/items/{id}"), Route(method="POST", url="/items")),
        imported_at="2026-06-01T00:00:00Z",
    )
    hosted.put("catalog", catalog_id(APPLICATION), catalog.model_dump(mode="json"))
    device.sync()
    picture = device.services.applications.endpoints(APP)
    assert [(e.method, e.url, e.was_called) for e in picture.endpoints] == [
        ("POST", "/items", False),
        ("GET", "/items/:id", True),
    ]
    assert (picture.catalog_title, picture.endpoints[1].in_catalog) == ("Shop", True)


def test_bodies_are_kept_for_some_days_with_a_reason(device, hosted):
    endpoint(hosted, 1, "GET", "/items")
    device.sync()
    draft = KeepDraft(APP, "GET", "/items", " a bug ", "7")
    made = device.services.applications.keep_bodies(draft)
    assert made.expires_at == NOON + timedelta(days=7)
    device.sync()
    assert hosted.body("scrub_rule", made.scrub_rule_id)["reason"] == "a bug"
    (seen,) = device.services.applications.endpoints(APP).endpoints
    assert seen.scrub_rule.scrub_rule_id == made.scrub_rule_id
    device.services.applications.drop_bodies(made.scrub_rule_id)
    assert device.services.applications.endpoints(APP).endpoints[0].scrub_rule is None
    device.services.applications.restore_bodies(made)
    assert device.services.applications.endpoints(APP).endpoints[0].scrub_rule is not None


@pytest.mark.parametrize(
    ("reason", "days", "field"),
    [("", "7", "reason"), ("why", "91", "days"), ("why", "few", "days")],
)
def test_bodies_are_not_kept_without_reason_or_end(device, reason, days, field):
    draft = KeepDraft(APP, "GET", "/items", reason, days)
    with pytest.raises(InvalidInput) as refusal:
        device.services.applications.keep_bodies(draft)
    assert refusal.value.field == field
