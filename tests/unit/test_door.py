"""The only way out: hosts that are listed, certificates that are checked, proxies, pins."""

import base64
import socket
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from desktop.domain.errors import (
    CertificateProblem,
    HostNotAllowed,
    InvalidInput,
    NotOurService,
    PinChanged,
    ProxyProblem,
    ServiceUnreachable,
)
from desktop.domain.network import ProxyMode, Purpose, readable
from desktop.services.addresses import place_of
from desktop.services.client import ServiceClient
from desktop.services.door import Door, GuardedTransport
from desktop.services.network_log import NetworkLog
from desktop.services.storage import sync_state
from desktop.services.storage.sync_state import StoredConnection
from desktop.services.tls import key_fingerprint
from tests.fakes import OWNER_TOKEN, FakeHosted
from tests.hosted.certificates import Authority

NAME = "meter.example"
LIMIT_S = 20


class Service:
    """A service behind TLS on loopback; `asked` is what reached it."""

    def __init__(self, certificate=None):
        self.asked = []
        self.answer = FakeHosted()._description().model_dump_json().encode()
        self.headers = {"content-type": "application/json"}
        self.status = 200
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                service.asked.append(self.path)
                self.send_response(service.status)
                for name, value in service.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(service.answer)))
                self.end_headers()
                self.wfile.write(service.answer)

            def log_message(self, *_):
                """Quiet."""

        self.server = _Quiet(("127.0.0.1", 0), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_port
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()


class _Quiet(ThreadingHTTPServer):
    def handle_error(self, *_):
        """A client that refuses our certificate is what some tests are about."""


class Tunnel:
    """A proxy: notes what it is asked for, and tunnels to a port or refuses."""

    def __init__(self, port=None, refusal=b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"):
        self.heard = b""
        self._port, self._refusal = port, refusal
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            with peer:
                self._answer(peer)

    def _answer(self, peer):
        heard = b""
        while b"\r\n\r\n" not in heard:
            heard += peer.recv(4096)
        self.heard += heard
        if self._port is None:
            peer.sendall(self._refusal)
            return
        peer.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with socket.create_connection(("127.0.0.1", self._port)) as target:
            back = threading.Thread(target=_pour, args=(target, peer), daemon=True)
            back.start()
            _pour(peer, target)
            back.join(LIMIT_S)

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(LIMIT_S)


def _pour(source, target):
    try:
        while data := source.recv(65_536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


@pytest.fixture
def started():
    """Starts servers; all are closed at the end."""
    running = []

    def start(server):
        running.append(server)
        return server

    yield start
    for server in reversed(running):
        server.close()


@pytest.fixture
def network(device):
    return device.services.network


@pytest.fixture
def log(device):
    return NetworkLog(device.services.vault, device.surroundings.clock)


@pytest.fixture
def describe(device, log):
    """Asks an address through the door for its description."""
    clients = []

    def describe(url):
        client = Door(device.services.vault, log).client(url, OWNER_TOKEN)
        clients.append(client)
        return client.describe()

    yield describe
    for client in clients:
        client.close()


def connect_to(device, url):
    stored = StoredConnection("remote", url, "wss://x/ws", "app_1", "svc_fake", "")
    with device.services.vault.transaction() as db:
        sync_state.store_connection(db, stored)


def fingerprint_of(chain):
    return key_fingerprint(ssl.PEM_cert_to_DER_cert(chain.read_text()))


def test_certificate_nobody_trusts_is_refused_before_anything_is_sent(authority, started, describe):
    service = started(Service(authority.sign("127.0.0.1")))
    with pytest.raises(CertificateProblem, match="not trusted, so nothing was sent"):
        describe(f"https://127.0.0.1:{service.port}")
    assert service.asked == []


def test_own_authority_is_trusted_until_it_is_forgotten(authority, started, network, describe):
    service = started(Service(authority.sign("127.0.0.1")))
    assert network.use_authority(str(authority.file)).ca_name == "authority.pem"
    assert describe(f"https://127.0.0.1:{service.port}").service_id == "svc_fake"
    assert network.forget_authority().ca_name == ""
    with pytest.raises(CertificateProblem):
        describe(f"https://127.0.0.1:{service.port}")


@pytest.mark.parametrize("signed", [("elsewhere.example", 30), ("127.0.0.1", -1)])
def test_certificate_of_another_name_or_time_is_refused(
    authority, started, network, describe, signed
):
    service = started(Service(authority.sign(signed[0], days=signed[1])))
    network.use_authority(str(authority.file))
    with pytest.raises(CertificateProblem):
        describe(f"https://127.0.0.1:{service.port}")
    assert service.asked == []


def test_pinned_key_is_let_through_and_another_one_is_not(
    authority, started, device, network, describe
):
    chain, key = authority.sign("127.0.0.1")
    service = started(Service((chain, key)))
    url = f"https://127.0.0.1:{service.port}"
    connect_to(device, url)
    network.use_authority(str(authority.file))
    right, other = fingerprint_of(chain), "ab" * 32
    assert network.pin(readable(right)).is_pinned
    assert describe(url).service_id == "svc_fake"
    network.pin(other)
    asked = len(service.asked)
    with pytest.raises(PinChanged) as failure:
        describe(url)
    assert len(service.asked) == asked
    assert readable(right) in str(failure.value)
    assert readable(other) in str(failure.value)
    assert not network.unpin().is_pinned
    assert describe(url).service_id == "svc_fake"


def test_key_that_was_shown_is_remembered(authority, started, network, describe, log):
    chain, key = authority.sign("127.0.0.1")
    service = started(Service((chain, key)))
    url = f"https://127.0.0.1:{service.port}"
    network.use_authority(str(authority.file))
    describe(url)
    assert log.shown_key(place_of(url)) == fingerprint_of(chain)


def test_pin_belongs_to_its_host(device, network):
    connect_to(device, "https://meter.example")
    assert network.pin("cd" * 32).is_pinned
    connect_to(device, "https://other.example")
    assert not network.options().is_pinned


@pytest.mark.parametrize("pin", ["", "abc", "z" * 64, "a" * 63])
def test_pin_that_is_no_fingerprint_is_refused(device, network, pin):
    connect_to(device, "https://meter.example")
    with pytest.raises(InvalidInput) as refusal:
        network.pin(pin)
    assert refusal.value.field == "pin"


def test_service_without_encryption_has_nothing_to_pin(device, network):
    connect_to(device, "http://127.0.0.1:8000")
    with pytest.raises(InvalidInput, match="https"):
        network.pin("ab" * 32)


def test_file_without_a_certificate_is_refused(tmp_path, network):
    for content in (b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nxx\n"):
        (tmp_path / "some.pem").write_bytes(content)
        with pytest.raises(InvalidInput) as refusal:
            network.use_authority(str(tmp_path / "some.pem"))
        assert refusal.value.field == "ca_path"
    with pytest.raises(InvalidInput, match="cannot be read"):
        network.use_authority(str(tmp_path / "missing.pem"))


def test_own_proxy_is_used_with_its_password_which_is_shown_nowhere(
    authority, started, device, network, describe
):
    service = started(Service(authority.sign(NAME)))
    proxy = started(Tunnel(service.port))
    network.use_authority(str(authority.file))
    options = network.set_proxy(ProxyMode.OWN, proxy.url, "ann", "tomato-42")
    assert (options.proxy_url, options.proxy_has_password) == (proxy.url, True)
    assert "tomato-42" not in repr(options)
    assert describe(f"https://{NAME}").service_id == "svc_fake"
    assert proxy.heard.startswith(f"CONNECT {NAME}:443".encode())
    expected = base64.b64encode(b"ann:tomato-42")
    assert b"Basic " + expected in proxy.heard
    assert OWNER_TOKEN.encode() not in proxy.heard
    (stored,) = device.query("SELECT proxy_auth FROM network_options")
    assert b"tomato-42" not in stored[0]


def test_password_stays_when_only_the_address_changes(network):
    network.set_proxy(ProxyMode.OWN, "proxy.example:3128", "ann", "tomato-42")
    changed = network.set_proxy(ProxyMode.OWN, "http://proxy.example:3129", "", None)
    assert (changed.proxy_url, changed.proxy_has_password) == ("http://proxy.example:3129", True)
    assert not network.set_proxy(ProxyMode.NONE, "", "", None).proxy_has_password


def test_proxy_that_refuses_is_told_from_the_service(started, network, describe, log):
    proxy = started(Tunnel())
    network.set_proxy(ProxyMode.OWN, proxy.url, "", None)
    with pytest.raises(ProxyProblem, match="Settings > Connection"):
        describe(f"https://{NAME}")
    problems = {one.host: one.last_error for one in log.hosts()}
    assert problems[place_of(proxy.url)] == "The proxy refused"


def test_proxy_that_is_not_there_is_told_from_the_service(network, describe, log):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    network.set_proxy(ProxyMode.OWN, f"http://127.0.0.1:{port}", "", None)
    with pytest.raises(ProxyProblem):
        describe(f"https://{NAME}")
    assert {one.purpose for one in log.hosts()} == {Purpose.SERVICE, Purpose.PROXY}


def test_proxy_of_the_environment_is_used_and_never_for_this_computer(
    started, describe, monkeypatch
):
    proxy, service = started(Tunnel()), started(Service())
    monkeypatch.setenv("https_proxy", proxy.url)
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert describe(f"http://127.0.0.1:{service.port}").service_id == "svc_fake"
    assert proxy.heard == b""
    with pytest.raises(ProxyProblem):
        describe(f"https://{NAME}")
    assert proxy.heard.startswith(b"CONNECT")


def test_no_proxy_means_none(started, network, describe, monkeypatch):
    proxy = started(Tunnel())
    monkeypatch.setenv("https_proxy", proxy.url)
    network.set_proxy(ProxyMode.NONE, "", "", None)
    monkeypatch.setattr(socket, "getaddrinfo", _no_names)
    with pytest.raises(ServiceUnreachable):
        describe(f"https://{NAME}")
    assert proxy.heard == b""


def test_proxy_in_the_settings_of_the_computer_may_be_spoilt(describe, monkeypatch):
    monkeypatch.setenv("https_proxy", "spell://nowhere")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with pytest.raises(ProxyProblem, match="cannot be used"):
        describe(f"https://{NAME}")


def test_pin_through_an_encrypted_proxy_is_refused_instead_of_unchecked(
    device, network, describe, monkeypatch
):
    connect_to(device, f"https://{NAME}")
    network.pin("ab" * 32)
    monkeypatch.setenv("https_proxy", "https://proxy.example:3128")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with pytest.raises(ProxyProblem, match="pinned key"):
        describe(f"https://{NAME}")


@pytest.mark.parametrize(
    "url",
    ["", "https://proxy.example:3128", "http://proxy.example", "http://ann:pw@proxy.example:1",
     "http://proxy.example:1/path", "socks5://proxy.example:1", "http://[::1"],
)  # fmt: skip
def test_address_of_a_proxy_that_cannot_be_used_is_refused(network, url):
    with pytest.raises(InvalidInput) as refusal:
        network.set_proxy(ProxyMode.OWN, url, "", None)
    assert refusal.value.field == "proxy_url"


def _no_names(*_arguments, **_options):
    raise socket.gaierror(socket.EAI_NONAME, "no names in this test")


@pytest.fixture
def sockets(monkeypatch):
    """Every address that any socket of this process is connected to, and every name looked up."""
    contacted = []
    connect, resolve = socket.socket.connect, socket.getaddrinfo

    def noted_connect(self, address):
        contacted.append(address[:2] if isinstance(address, tuple) else address)
        return connect(self, address)

    def noted_resolve(host, *arguments, **options):
        contacted.append((host, arguments[0] if arguments else None))
        return resolve(host, *arguments, **options)

    monkeypatch.setattr(socket.socket, "connect", noted_connect)
    monkeypatch.setattr(socket, "getaddrinfo", noted_resolve)
    return contacted


def test_no_socket_goes_anywhere_but_to_the_service(started, describe, sockets):
    service = started(Service())
    service.status, service.answer = 302, b""
    service.headers = {"location": "http://elsewhere.example/", "content-type": "text/html"}
    with pytest.raises(NotOurService, match="sends us on"):
        describe(f"http://127.0.0.1:{service.port}")
    assert service.asked == ["/v1/service"]
    assert set(sockets) == {("127.0.0.1", service.port)}


@pytest.mark.parametrize("url", ["https://elsewhere.example/v1", "http://127.0.0.1:1/v1"])
def test_host_that_is_not_listed_is_never_contacted(log, sockets, url):
    log.allow("meter.example:443", Purpose.SERVICE)
    transport = GuardedTransport(httpx.HTTPTransport(), log)
    with httpx.Client(transport=transport) as client, pytest.raises(HostNotAllowed):
        client.get(url)
    assert sockets == []


def test_plain_http_never_leaves_this_computer(log, sockets):
    log.allow("meter.example:80", Purpose.SERVICE)
    client = ServiceClient(
        "http://meter.example", OWNER_TOKEN, GuardedTransport(httpx.HTTPTransport(), log)
    )
    with pytest.raises(HostNotAllowed, match="without encryption"):
        client.describe()
    client.close()
    assert sockets == []


def test_what_was_exchanged_is_kept_with_each_host(started, describe, device, log):
    service = started(Service())
    url = f"http://127.0.0.1:{service.port}"
    for _ in range(3):
        describe(url)
    (contact,) = log.hosts()
    assert (contact.host, contact.purpose) == (f"127.0.0.1:{service.port}", Purpose.SERVICE)
    assert (contact.requests, contact.received_bytes) == (3, 3 * len(service.answer))
    assert contact.last_contact == device.surroundings.clock()
    later = NetworkLog(device.services.vault, device.surroundings.clock)
    later.allow(contact.host, Purpose.SERVICE)
    later.note_failure(contact.host, "No connection")
    later.note_exchange(contact.host, 10, 5)
    (kept,) = later.hosts()
    assert (kept.requests, kept.sent_bytes) == (4, 10)
    assert (kept.last_error, kept.last_error_at) == ("No connection", kept.last_contact)


def test_host_that_cannot_be_reached_is_listed_with_its_problem(describe, log):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(ServiceUnreachable):
        describe(f"http://127.0.0.1:{port}")
    (contact,) = log.hosts()
    assert (contact.last_contact, contact.last_error) == (None, "No connection")
