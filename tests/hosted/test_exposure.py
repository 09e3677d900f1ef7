"""Who can reach the service, and how: loopback, TLS with renewed files, a proxy in front."""

import asyncio
import ssl

import httpx
import pytest
import websockets

from hosted.errors import StartFailed
from hosted.exposure import BehindProxy, check_exposure, networks
from hosted.sdk.gate import REFUSALS_PER_WINDOW
from hosted.tls import Certificate
from tests.hosted.certificates import Authority
from tests.hosted.service import ANSWER_LIMIT_S, failed_start, serving, until

ANYWHERE = "0.0.0.0"  # noqa: S104 - refused in these tests


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


def tls(pair):
    """Options that serve with a pair of files."""
    return ("--tls-cert", str(pair[0]), "--tls-key", str(pair[1]))


def test_address_of_the_network_needs_encryption(tmp_path):
    said, status, _ = failed_start(tmp_path / "d", "--host", ANYWHERE)
    assert status == 1
    assert "--tls-cert" in said["error"]
    assert not (tmp_path / "d").exists()


def refusal(host, *, has_tls=False, proxies=None):
    """Why an address may not be served; empty when it may."""
    try:
        check_exposure(host, has_tls=has_tls, proxies=proxies)
    except StartFailed as error:
        return str(error)
    return ""


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "::1", "localhost"])
def test_this_computer_may_be_served_in_the_clear(host):
    said = [refusal(host), refusal(host, has_tls=True), refusal(host, proxies=())]
    assert said == ["", "", ""]


@pytest.mark.parametrize("host", [ANYWHERE, "::", "192.0.2.1", "api.example.test"])
def test_other_addresses_need_tls_or_a_proxy_with_a_known_address(host):
    assert "unencrypted" in refusal(host)
    assert "which addresses" in refusal(host, proxies=())
    assert refusal(host, has_tls=True) == ""
    assert refusal(host, proxies=networks("10.0.0.5")) == ""


def test_half_of_a_pair_is_told(tmp_path):
    said, _, _ = failed_start(tmp_path / "d", "--tls-cert", str(tmp_path / "none"))
    assert "belong together" in said["error"]


def test_certificate_that_cannot_be_used_is_told_before_anything_is_made(tmp_path):
    files = tls((tmp_path / "none", tmp_path / "none"))
    said, status, errors = failed_start(tmp_path / "d", *files, "--bootstrap")
    assert status == 1
    assert "do not belong together" in said["error"]
    assert "Traceback" not in errors
    assert not (tmp_path / "d").exists()


def test_key_with_a_passphrase_is_told_and_never_asked_for(tmp_path, authority):
    files = tls(authority.sign("127.0.0.1", passphrase=b"secret"))
    said, status, _ = failed_start(tmp_path / "d", *files)
    assert status == 1
    assert "passphrase" in said["error"]


def test_key_file_and_tls_serve_an_address_of_the_network(tmp_path, authority):
    key_file = tmp_path / "key"
    key_file.write_text("7b" * 32)
    key_file.chmod(0o600)
    options = ("--key-file", str(key_file), *tls(authority.sign("127.0.0.1")))
    with serving(tmp_path / "d", *options) as running:
        assert running.ready["url"].startswith("https://")
        assert running.ready["ws_url"].startswith("wss://")
        assert running.ready["warning"] == ""
        assert not (tmp_path / "d" / "service.key").exists()
        trusted = ssl.create_default_context(cafile=authority.file)
        with httpx.Client(verify=trusted, trust_env=False) as client:
            assert client.get(running.ready["url"] + "/healthz").status_code == 200


def test_old_versions_of_tls_are_refused(tmp_path, authority):
    chain, key = authority.sign("127.0.0.1")
    context = Certificate(chain, key).context
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    exchanges = {cipher["kea"] for cipher in context.get_ciphers()}
    assert exchanges <= {"kx-ecdhe", "kx-any"}


def test_certificate_that_ends_soon_is_told_at_the_start(authority):
    assert "Renew" in Certificate(*authority.sign("127.0.0.1", days=5)).warning
    assert Certificate(*authority.sign("127.0.0.1", days=60)).warning == ""


def served(running, trusted):
    """Serial number of the certificate that a new connection gets."""
    import socket

    from cryptography import x509

    address = httpx.URL(running.ready["url"])
    with (
        socket.create_connection((address.host, address.port)) as plain,
        trusted.wrap_socket(plain, server_hostname=address.host) as encrypted,
    ):
        return x509.load_der_x509_certificate(encrypted.getpeercert(binary_form=True)).serial_number


def test_renewed_files_serve_new_connections_and_open_ones_go_on(tmp_path, authority):
    pair = authority.sign("127.0.0.1")
    trusted = ssl.create_default_context(cafile=authority.file)

    async def scene(running):
        key = {"x-usage-key": running.ready["sdk_key"]}
        async with websockets.connect(
            running.ws_url, additional_headers=key, ssl=trusted, proxy=None
        ) as socket:
            before = await asyncio.to_thread(served, running, trusted)
            authority.sign("127.0.0.1")
            await asyncio.to_thread(until, lambda: served(running, trusted) != before)
            await socket.send('{"type":"get_blocked_endpoints","id":"1"}')
            return await asyncio.wait_for(socket.recv(), ANSWER_LIMIT_S)

    with serving(tmp_path / "d", "--bootstrap", *tls(pair)) as running:
        assert '"success"' in asyncio.run(scene(running))


def test_half_renewed_pair_changes_nothing(authority, caplog):
    chain, key = authority.sign("127.0.0.1")
    certificate = Certificate(chain, key)
    before = certificate.context.cert_store_stats(), certificate._expires
    old_key = key.read_bytes()
    authority.sign("127.0.0.1", days=90)
    new_key = key.read_bytes()
    key.write_bytes(old_key)
    asyncio.run(certificate.renew())
    assert "the one before still serves" in caplog.text
    assert (certificate.context.cert_store_stats(), certificate._expires) == before
    key.write_bytes(new_key)
    asyncio.run(certificate.renew())
    assert certificate._expires > before[1]


@pytest.mark.parametrize("text", ["10.0.0.300", "proxy.example.test", "10.0.0.1/8"])
def test_proxy_that_is_no_address_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        networks(text)


def asked(peer, proxies, kind="http", **headers):
    """Status that a peer gets, and the client the application then sees."""
    seen, sent = [], []

    async def app(scope, receive, send):
        seen.append((scope["client"][0], scope["scheme"]))
        await send({"type": "http.response.start", "status": 200})

    async def send(message):
        sent.append(message)

    scope = {
        "type": kind,
        "scheme": "http",
        "client": peer and (peer, 4711),
        "headers": [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()],
    }
    asyncio.run(BehindProxy(app, networks(proxies))(scope, None, send))
    return sent[0]["status"], seen[0] if seen else None


def test_proxy_is_believed_and_nobody_else():
    said = {"x_forwarded_for": "203.0.113.9", "x_forwarded_proto": "https"}
    assert asked("10.0.0.5", "10.0.0.5", **said) == (200, ("203.0.113.9", "https"))
    assert asked("::ffff:10.0.0.5", "10.0.0.0/28", **said) == (200, ("203.0.113.9", "https"))
    assert asked("127.0.0.1", "", **said) == (200, ("203.0.113.9", "https"))
    assert asked("10.0.0.6", "10.0.0.5", **said) == (403, None)
    assert asked("10.0.0.6", "10.0.0.5", kind="websocket", **said) == (403, None)
    assert asked(None, "10.0.0.5", **said) == (403, None)


def test_forged_beginning_of_the_chain_is_not_believed():
    chain = {"x_forwarded_for": "198.51.100.1, 203.0.113.9, 10.0.0.5"}
    assert asked("10.0.0.5", "10.0.0.5", **chain)[1][0] == "203.0.113.9"


def test_without_a_proxy_nobody_hides_behind_another_address(tmp_path):
    async def knock(running, number):
        headers = {"x-usage-key": "uf_live_nobody", "x-forwarded-for": f"203.0.113.{number}"}
        try:
            async with websockets.connect(running.ws_url, additional_headers=headers, proxy=None):
                raise AssertionError("the key was accepted")
        except websockets.InvalidStatus as refused:
            return refused.response.status_code

    async def scene(running):
        return [await knock(running, number) for number in range(REFUSALS_PER_WINDOW + 2)]

    with serving(tmp_path / "d") as running:
        assert asyncio.run(scene(running))[-1] == 429


def test_service_behind_a_proxy_throttles_by_the_clients_own_address(tmp_path):
    async def knock(running, address):
        headers = {"x-usage-key": "uf_live_nobody", "x-forwarded-for": address}
        try:
            async with websockets.connect(running.ws_url, additional_headers=headers, proxy=None):
                raise AssertionError("the key was accepted")
        except websockets.InvalidStatus as refused:
            return refused.response.status_code

    async def scene(running):
        first = [await knock(running, "203.0.113.1") for _ in range(REFUSALS_PER_WINDOW + 1)]
        return first[-1], await knock(running, "203.0.113.2")

    with serving(tmp_path / "d", "--behind-proxy") as running:
        assert asyncio.run(scene(running)) == (429, 401)
