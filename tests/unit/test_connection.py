"""Choosing a service: elsewhere, or on this computer with a real process."""

import ast
import json
import os
import signal
import socket
import subprocess
import sys

import pytest

from desktop.domain.connection import ServiceKind
from desktop.domain.errors import (
    Cancelled,
    EmbeddedServiceFailed,
    InvalidInput,
    ServiceRefused,
    ServiceUnreachable,
)
from desktop.services.compose import build_services
from desktop.services.login_item import LoginItem, run_command, unit_text
from desktop.services.snippets import snippets
from tests.fakes import OWNER_TOKEN, PASSPHRASE, URL, no_report

SDK_KEY = "uf_live_" + "k" * 40


@pytest.fixture
def alone(make_device):
    """A vault without a service."""
    return make_device("alone", connect=False).services


def test_workspace_starts_without_a_service(alone):
    assert alone.connection.info().kind is ServiceKind.NONE
    with pytest.raises(InvalidInput, match="no service yet"):
        alone.connection.snippets()


def test_joining_a_service_elsewhere_stores_address_and_token(alone, device):
    info = alone.connection.use_remote(f" {URL}/ ", f" {OWNER_TOKEN}\n")
    assert info.kind is ServiceKind.REMOTE
    assert (info.url, info.ws_url) == (URL, "wss://service.example/ws")
    assert info.application_id == "app_1"
    assert alone.sync.run(no_report).last_success is not None
    assert OWNER_TOKEN not in repr(info)


@pytest.mark.parametrize(("url", "token"), [(URL, ""), (URL, "two words\n\x00"), ("ftp://x", "t")])
def test_wrong_input_is_refused_at_its_field(alone, url, token):
    with pytest.raises(InvalidInput) as refusal:
        alone.connection.use_remote(url, token)
    assert refusal.value.field == ("url" if url != URL else "owner_token")
    assert alone.connection.info().kind is ServiceKind.NONE


def test_refused_token_changes_nothing(device):
    with pytest.raises(ServiceRefused):
        device.services.connection.use_remote(URL, "uf_owner_stranger")
    assert device.sync().last_success is not None


def test_service_without_applications_is_told(alone, hosted):
    hosted.put("application", "app_1", None)
    with pytest.raises(ServiceRefused, match="no application yet"):
        alone.connection.use_remote(URL, OWNER_TOKEN)


def test_unreachable_service_changes_nothing(alone, hosted):
    hosted.online = False
    with pytest.raises(ServiceUnreachable):
        alone.connection.use_remote(URL, OWNER_TOKEN)
    assert alone.connection.info().kind is ServiceKind.NONE


def test_snippets_hold_address_and_key_and_the_key_is_asked_for_once(device, hosted):
    first = device.services.connection.snippets()
    second = device.services.connection.snippets()
    assert first == second
    assert [s.framework for s in first] == ["FastAPI", "Flask", "Gin"]
    assert all(SDK_KEY in s.code for s in first)
    assert all("wss://service.example/ws" in s.code for s in first)
    assert sum(r.url.path.endswith("/keys") for r in hosted.requests) == 1


def test_python_snippets_run_and_redirect_the_published_sdk():
    script = """
import sys
from usageflow.core import socket_manager
connected = []
def connect(self):
    connected.append((self.ws_url, self.api_key))
socket_manager.UsageFlowSocketManager.connect = connect
exec(sys.stdin.read())
if not connected:
    app.build_middleware_stack()
sys.stderr.write(f"CONNECTED {connected}")  # the SDK prints to the other stream
"""
    for snippet in snippets("ws://127.0.0.1:7/ws", SDK_KEY)[:2]:
        ast.parse(snippet.code)
        done = subprocess.run(
            [sys.executable, "-c", script], input=snippet.code,
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert f"CONNECTED [('ws://127.0.0.1:7/ws', '{SDK_KEY}')]" in done.stderr, done


def test_gin_snippet_names_the_constant_to_change():
    gin = snippets("ws://127.0.0.1:7/ws", SDK_KEY)[2]
    assert "replace" in gin.code
    assert "s|wss://api.usageflow.io/ws|ws://127.0.0.1:7/ws|" in gin.code
    assert "$(go list" in gin.code
    assert "SSL_CERT_FILE" in gin.note


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Services of a computer of its own, with the real embedded service; it is ended afterwards."""
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    made = []

    def build(name="home"):
        services = build_services(tmp_path / name, tmp_path / "service", syncs_by_itself=False)
        made.append(services)
        return services

    yield build
    for services in made:
        services.connection._embedded.stop()
        services.close()


@pytest.fixture
def embedded(home):
    services = home()
    services.workspace.create(PASSPHRASE)
    services.connection.use_embedded(no_report)
    return services


def pid_of(services):
    return services.connection._embedded.running().pid


def kill(services):
    """End the service as a crash does, and wait until it is gone."""
    service = services.connection._embedded
    os.kill(pid_of(services), signal.SIGKILL)
    service._child.wait(10)


def test_embedded_service_is_started_joined_and_synced(embedded):
    info = embedded.connection.use_embedded(no_report)
    assert info.kind is ServiceKind.EMBEDDED
    assert info.url.startswith("http://127.0.0.1:")
    assert embedded.connection.embedded_status().running
    assert embedded.sync.run(no_report).backfill_done
    assert embedded.usage.applications()[0].application_id == info.application_id
    keys = embedded.api_keys.list_keys()
    assert [key.made_by_service for key in keys] == [True]
    assert embedded.api_keys.reveal(keys[0].key_id) in embedded.connection.snippets()[0].code


def test_embedded_service_keeps_its_address_over_stop_and_start(embedded):
    before = embedded.connection.embedded_status()
    first = pid_of(embedded)
    assert not embedded.connection.stop_embedded().running
    after = embedded.connection.start_embedded()
    assert (after.running, after.url) == (True, before.url)
    assert pid_of(embedded) != first
    assert embedded.sync.run(no_report).last_success is not None


def test_embedded_service_survives_the_desktop(embedded, home):
    first = pid_of(embedded)
    embedded.close()
    again = home()
    again.workspace.unlock(PASSPHRASE)
    assert pid_of(again) == first
    assert again.sync.run(no_report).last_success is not None


def test_vault_that_lacks_the_token_gets_a_new_one(embedded):
    with embedded.vault.transaction() as db:
        db.execute("DELETE FROM secrets")
        db.execute("DELETE FROM connection")
    info = embedded.connection.use_embedded(no_report)
    assert info.application_id
    assert embedded.sync.run(no_report).last_success is not None
    assert "uf_live_" in embedded.connection.snippets()[0].code


def test_crashed_service_is_started_again_and_a_stopped_one_is_not(embedded):
    keeper = embedded.sync._keeper
    keeper.keep()
    kill(embedded)
    keeper.keep()
    assert embedded.connection.embedded_status().running
    embedded.connection.stop_embedded()
    keeper.keep()
    assert not embedded.connection.embedded_status().running


def test_service_stopped_right_after_the_unlock_stays_off(embedded, home):
    embedded.close()
    again = home()
    again.workspace.unlock(PASSPHRASE)
    again.connection.stop_embedded()
    again.sync._keeper.keep()
    assert not again.connection.embedded_status().running


def test_service_is_started_after_the_computer_was(embedded, home):
    embedded.connection._embedded.stop()
    embedded.close()
    again = home()
    again.workspace.unlock(PASSPHRASE)
    again.sync._keeper.keep()
    assert again.connection.embedded_status().running


def test_keeper_leaves_workspaces_of_other_services_alone(device):
    device.services.sync._keeper.keep()
    assert not device.services.connection.embedded_status().running


def test_stale_state_file_of_a_dead_service_is_no_running_service(embedded):
    kill(embedded)
    assert not embedded.connection.embedded_status().running
    assert embedded.connection._embedded.has_crashed()


def test_foreign_process_with_the_pid_of_the_service_is_not_ended(embedded, tmp_path):
    embedded.connection.stop_embedded()
    state = {"pid": os.getpid(), "url": "http://127.0.0.1:9", "ws_url": "", "service_id": "svc"}
    (tmp_path / "service" / "service.json").write_text(json.dumps(state))
    embedded.connection.stop_embedded()
    assert not embedded.connection.embedded_status().running


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"pid": "x"}', "\xff"])
def test_rubbish_in_the_state_file_is_no_service(alone, text):
    service = alone.connection._embedded
    service._data.mkdir(parents=True)
    (service._data / "service.json").write_bytes(text.encode("latin-1"))
    assert service.running() is None
    assert not service.has_crashed()


@pytest.fixture
def scripted(alone, monkeypatch):
    """An embedded service whose program is a script."""

    def make(script):
        service = alone.connection._embedded
        command = (sys.executable, "-c", script)
        monkeypatch.setattr(type(service), "command", command)
        return alone.connection

    return make


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        (
            """print('{"ready":false,"error":"Port 5 is in use. Data are safe.","code":"x"}')""",
            "Port 5 is in use. Data are safe.",
        ),
        ("raise SystemExit(3)", "ended while it started"),
        ("print('hello')", "ended while it started"),
    ],
)
def test_service_that_cannot_start_says_why(scripted, script, sentence):
    connection = scripted(script)
    with pytest.raises(EmbeddedServiceFailed, match=sentence):
        connection.use_embedded(no_report)
    assert connection.info().kind is ServiceKind.NONE


def test_service_that_says_nothing_is_ended(scripted, monkeypatch):
    monkeypatch.setattr("desktop.services.embedded.START_LIMIT_S", 0.1)
    connection = scripted("input_ = __import__('threading').Event().wait(60)")
    with pytest.raises(EmbeddedServiceFailed, match="did not start within"):
        connection.use_embedded(no_report)


def test_start_can_be_cancelled(scripted):
    connection = scripted("__import__('threading').Event().wait(60)")

    def stop(done, total=None):
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        connection.use_embedded(stop)


def test_port_in_use_is_told_in_words(embedded):
    url = embedded.connection.info().url
    embedded.connection.stop_embedded()
    with (
        socket.create_server(("127.0.0.1", int(url.rpartition(":")[2]))),
        pytest.raises(EmbeddedServiceFailed, match="port"),
    ):
        embedded.connection.start_embedded()
    assert embedded.connection.start_embedded().url == url


class Systemd:
    """Stands in for `systemctl`; remembers what it was told."""

    def __init__(self, **failing):
        self.commands = []
        self.failing = failing

    def __call__(self, command):
        self.commands.append(list(command[2:]))
        return self.failing.get(command[2].replace("-", "_"), 0)


@pytest.fixture
def login_item(tmp_path, monkeypatch):
    monkeypatch.setattr("desktop.services.login_item.shutil.which", lambda _name: "/bin/systemctl")
    monkeypatch.setattr("desktop.services.login_item.sys.platform", "linux")

    def make(systemd):
        return LoginItem(
            ["/usr/bin/python", "-m", "hosted"],
            tmp_path,
            "usageflow-service.service",
            tmp_path / "units",
            systemd,
        )

    return make


def test_start_at_login_is_a_unit_that_is_switched_on_and_off(login_item, tmp_path):
    systemd = Systemd()
    item = login_item(systemd)
    assert not item.is_on()
    item.set(True)
    assert item.is_on()
    unit = tmp_path / "units" / "usageflow-service.service"
    assert 'ExecStart="/usr/bin/python" "-m" "hosted"\n' in unit.read_text()
    assert ["enable", "usageflow-service.service"] in systemd.commands
    item.set(False)
    assert not unit.exists()
    assert not item.is_on()


@pytest.mark.parametrize(
    ("failing", "sentence"),
    [({"show_environment": 1}, "no user services"), ({"enable": 1}, "did not take")],
)
def test_computer_that_cannot_start_at_login_says_so(login_item, failing, sentence):
    with pytest.raises(EmbeddedServiceFailed, match=sentence):
        login_item(Systemd(**failing)).set(True)


def test_unit_quotes_what_systemd_would_read_otherwise(tmp_path):
    text = unit_text(['/a "b"/p%thon', "$HOME", "back\\slash"], tmp_path)
    assert 'ExecStart="/a \\"b\\"/p%%thon" "$$HOME" "back\\\\slash"\n' in text


def test_missing_command_is_a_failure_and_no_error():
    assert run_command(["/nowhere/at-all"]) == 1
